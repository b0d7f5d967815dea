"""What the clocks on the wall show, and when: days without midnight, hours that come twice, a date that never was.

Clocks jump forwards (a gap: some times are never shown) and backwards (some are shown twice). No zone ever moved its
clocks by more than a day, and never twice within one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import date, time, tzinfo

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> tzinfo:
    """The zone; `ZoneInfo` itself forgets all but eight and reads their files again."""
    return ZoneInfo(name)


def first(day: date, clock: time, zone: tzinfo) -> datetime:
    """The first instant at which that local day shows that clock; in a gap the first instant after the gap."""
    return first_showing(datetime.combine(day, clock), zone)


def last(day: date, clock: time, zone: tzinfo) -> datetime:
    """The last instant at which that local day shows that clock; in a gap the first instant after the gap."""
    return last_showing(datetime.combine(day, clock), zone)


def first_showing(shown: datetime, zone: tzinfo) -> datetime:
    """As `first`, for a day and clock in one naive datetime. Of two such times, the later never comes first."""
    at = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return at if at.astimezone(zone).replace(tzinfo=None) == shown else _after_gap(shown, zone)


def last_showing(shown: datetime, zone: tzinfo) -> datetime:
    """As `last`, for a day and clock in one naive datetime."""
    at = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return at if at.astimezone(zone).replace(tzinfo=None) == shown else _after_gap(shown, zone)


def local(at: datetime, zone: tzinfo) -> datetime:
    """What the clocks show at `at`, as a naive datetime."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def add_clock(at: datetime, hours: float, zone: tzinfo) -> datetime:
    """When the clocks show so many hours more than at `at`, which is not always so many hours later."""
    return first_showing(local(at, zone) + timedelta(hours=hours), zone)


def clock_hours_between(a: datetime, b: datetime, zone: tzinfo) -> float:
    """By how much the clocks move on from `a` to `b`."""
    return (local(b, zone) - local(a, zone)) / HOUR


def changes(zone: tzinfo, start: datetime, end: datetime) -> list[datetime]:
    """The instants in [start, end) at which the clocks jump."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    years = range(start.year, end.year + 1)
    return [at for year in years for at in _changes_in(zone, year) if start <= at < end]


@lru_cache(maxsize=8192)
def gaps_in(zone: tzinfo, year: int) -> tuple[tuple[datetime, datetime], ...]:
    """The gaps of a year (in UTC): what the clocks show as each begins and ends. The end is shown, the rest never is."""
    second = timedelta(seconds=1)
    jumps = ((local(at - second, zone) + second, local(at, zone)) for at in _changes_in(zone, year))
    return tuple((begin, end) for begin, end in jumps if begin < end)


@lru_cache(maxsize=8192)
def _changes_in(zone: tzinfo, year: int) -> tuple[datetime, ...]:
    """Zone data, asked for day by day because `zoneinfo` does not hand out its tables."""
    found = []
    before = datetime(year, 1, 1, tzinfo=UTC)
    # The day after the last of a year is the first of the next; after the year 9999 there is none.
    days = (datetime(year, 12, 31, tzinfo=UTC) - before).days + (year < 9999)
    offset = _offset(before, zone)
    for _ in range(days):
        after = before + DAY
        if (then := _offset(after, zone)) != offset:
            found.append(_change(before, after, zone))
            offset = then
        before = after
    return tuple(found)


def _after_gap(shown: datetime, zone: tzinfo) -> datetime:
    """The end of the gap. PEP 495: in a gap `fold=1` is read as an instant before it and `fold=0` as one after it."""
    before = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return _change(before, after, zone)


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first instant of another offset than at `before`; it is had at `after`. Clocks jump at whole seconds."""
    offset = _offset(before, zone)
    before, too_early = before.replace(microsecond=0), 0
    # A fraction of a second of `after` must not be cut off: the change may be at the second it stands in.
    late_enough = -(-(after - before) // timedelta(seconds=1))
    while late_enough - too_early > 1:
        middle = (too_early + late_enough) // 2
        if _offset(before + timedelta(seconds=middle), zone) == offset:
            too_early = middle
        else:
            late_enough = middle
    return before + timedelta(seconds=late_enough)


def _offset(at: datetime, zone: tzinfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
