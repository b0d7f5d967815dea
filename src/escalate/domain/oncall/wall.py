"""What the clocks on the wall show, and when: days without midnight, hours that come twice, a date that never was.

Clocks jump forwards (a gap: some times are never shown) and backwards (some are shown twice). No zone ever moved its
clocks by more than a day, and never twice within one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import time, tzinfo

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
    """Zone data, asked for day by day because `zoneinfo` does not hand out its tables.

    By wall time, which costs a tenth of asking by instants; where two days differ, the instants around them are asked.
    """
    days = _days_about(year)
    offsets = [zone.utcoffset(day) for day in days]
    changing = (day for day, one, next_ in zip(days, offsets, offsets[1:], strict=False) if one != next_)
    return tuple(sorted({at for day in changing for at in _changes_near(day, zone) if at.year == year}))


@lru_cache(maxsize=64)
def _days_about(year: int) -> tuple[datetime, ...]:
    """The days of a year and three to either side of it, as far as the calendar goes."""
    first, last = (date(year, month, day).toordinal() for month, day in ((1, 1), (12, 31)))
    return tuple(map(datetime.fromordinal, range(max(first - 3, 1), min(last + 3, date.max.toordinal()) + 1)))


def _changes_near(day: datetime, zone: tzinfo) -> list[datetime]:
    """Those that a day of the wall and the next may lie on two sides of; one may lie in a gap as long as a day."""
    around = [day.replace(tzinfo=UTC) + days * DAY for days in range(-2, 4)]
    return [_change(before, after, zone) for before, after in pairwise(around) if _differs(before, after, zone)]


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


def _differs(one: datetime, other: datetime, zone: tzinfo) -> bool:
    return _offset(one, zone) != _offset(other, zone)


def _offset(at: datetime, zone: tzinfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
