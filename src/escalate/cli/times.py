"""What people type as a time, and how times are shown. What cannot be read in one way only is an error.

Nothing here knows what time it is: `now` is handed in, and so is the zone that local times are in.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING

from escalate.cli.zones import Unreadable, fixed, zone
from escalate.domain.value import Value
from escalate.errors import Usage

if TYPE_CHECKING:
    import re
    from datetime import tzinfo

__all__ = ["Moment", "ago", "duration", "parse_future", "parse_past", "short", "shown", "zone"]

EXACT, MINUTE, DAY = "exact", "minute", "day"

FORMS = "Write 2026-11-21T21:07:14Z, 2026-11-21 21:07 (in your zone), 21:07, 20m ago, yesterday 14:00 or now."
FORMS_AHEAD = "Write 2026-11-21T21:07:14Z, 2026-11-21 21:07 (in your zone), 21:07, in 20m or tomorrow 09:00."
DURATIONS = "Write 90s, 5m, 1h30m or 2 days."

_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_UNITS = {
    "w": 604800, "week": 604800, "weeks": 604800,
    "d": 86400, "day": 86400, "days": 86400,
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
}  # fmt: skip
_LONGEST = timedelta(days=3660)
_YEARS = range(1900, 9000)


class Moment(Value):
    """An instant in UTC, and how exactly it is known: exact, minute or day."""

    at: datetime
    precision: str

    @property
    def said(self) -> str:
        """`2026-11-21 21:07Z`, and the seconds where they are known."""
        seconds = ":%S" if self.precision == EXACT else ""
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M{seconds}}Z"


def parse_past(text: str, now: datetime, zone: tzinfo | None, *, day_ok: bool = False) -> Moment:
    """When something happened; a time of day is its latest past occurrence.

    Without a zone only times that say their own are read. With `day_ok` a date is that day's first instant.
    """
    return _parse(text, now, zone, ahead=False, day_ok=day_ok)


def parse_future(text: str, now: datetime, zone: tzinfo | None, *, day_ok: bool = False) -> Moment:
    """When something is planned: as `parse_past`, but a time of day is the next, and `in 20m` is read."""
    return _parse(text, now, zone, ahead=True, day_ok=day_ok)


def duration(text: str) -> timedelta:
    """`90s`, `5m`, `1h30m`, `2 days`: whole numbers, each unit once, the longest first; ten years at most."""
    length = _length(text.strip().lower())
    if length is None:
        raise Usage(f"No duration can be read in {_quoted(text)}.", hint=DURATIONS)
    return length


def shown(instant: datetime, zone: tzinfo) -> str:
    """`2026-11-21 21:07:14Z (22:07:14 CET)`: UTC, and the reader's zone beside it where that is another."""
    utc, local = instant.astimezone(UTC), instant.astimezone(zone)
    text = f"{utc:%Y-%m-%d %H:%M:%S}Z"
    if local.tzname() == "UTC":
        return text
    day = "" if local.date() == utc.date() else f"{local:%Y-%m-%d} "
    return f"{text} ({day}{local:%H:%M:%S} {local.tzname()})"


def short(instant: datetime) -> str:
    """`21:07:14Z`."""
    return f"{instant.astimezone(UTC):%H:%M:%S}Z"


def ago(delta: timedelta) -> str:
    """`45 s`, `3 min`, `2 h 05 min`, `3 d 4 h`."""
    if delta < timedelta(0):
        return f"-{ago(-delta)}"
    seconds = int(delta.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02} min"
    return f"{seconds // 86400} d {seconds % 86400 // 3600} h"


def _parse(text: str, now: datetime, zone: tzinfo | None, *, ahead: bool, day_ok: bool) -> Moment:
    said = " ".join(text.lower().split())
    if said == "now":
        return Moment(at=now.astimezone(UTC), precision=EXACT)
    if match := _patterns()["relative"].fullmatch(said):
        length = _length(match["gone"] or match["coming"])
        if length is not None and (ahead or match["gone"]):
            seconds = "s" in _units(match["gone"] or match["coming"])
            at = now.astimezone(UTC) + (-length if match["gone"] else length)
            return Moment(at=at, precision=EXACT if seconds else MINUTE)
    elif match := _patterns()["iso"].fullmatch(said):
        return _dated(text, match, zone, day_ok=day_ok)
    elif (match := _patterns()["clock"].fullmatch(said)) and (ahead or match["day"] != "tomorrow"):
        return _on_the_clock(text, match, now, zone, ahead=ahead)
    raise Usage(f"No time can be read in {_quoted(text)}.", hint=FORMS_AHEAD if ahead else FORMS)


def _dated(text: str, match: re.Match[str], zone: tzinfo | None, *, day_ok: bool) -> Moment:
    zone = _zone_of(text, match, zone)
    try:
        day = datetime.strptime(match["date"], "%Y-%m-%d")  # noqa: DTZ007 -- the zone follows
    except ValueError:
        raise Usage(f"The calendar has no {match['date']}.", hint=FORMS) from None
    if day.year not in _YEARS:
        raise Usage(f"{_quoted(text)} is in the year {day.year}.", hint=FORMS)
    if match["hour"]:
        return Moment(at=_only(datetime.combine(day, _time(text, match)), zone), precision=_precision(match))
    if not day_ok:
        raise Usage(f"{_quoted(text)} is a date without a time.", hint=f"Add the time: '{match['date']} 14:00'.")
    return Moment(at=_first_of(day, zone), precision=DAY)


def _on_the_clock(text: str, match: re.Match[str], now: datetime, zone: tzinfo | None, *, ahead: bool) -> Moment:
    """A time of day, by itself or on a day that has a name."""
    zone = _zone_of(text, match, zone)
    today, clock = now.astimezone(zone).date(), _time(text, match)
    if match["day"]:
        at = _only(datetime.combine(today + timedelta(days=_DAYS[match["day"]]), clock), zone)
        return Moment(at=at, precision=_precision(match))
    for days in range(3):  # two, but for the islands that crossed the date line
        wall = datetime.combine(today + timedelta(days=days if ahead else -days), clock)
        instants = _instants(wall, zone) or [_jump(wall, zone)]
        if instants[-1] > now if ahead else instants[0] <= now:
            return Moment(at=_only(wall, zone), precision=_precision(match))
    raise AssertionError("some day of three has come")


def _zone_of(text: str, match: re.Match[str], zone: tzinfo | None) -> tzinfo:
    """What the text says itself, else the reader's."""
    if match["offset"]:
        return UTC if match["offset"] in ("z", "utc") else fixed(match["offset"])
    if zone is None:
        raise Usage(
            f"{_quoted(text)} does not say its zone.",
            hint="Add Z or an offset, or give --zone Europe/London.",
        )
    if isinstance(zone, Unreadable):
        raise zone.refusal
    return zone


def _time(text: str, match: re.Match[str]) -> time:
    try:
        fraction = (match["fraction"] or "")[:6].ljust(6, "0")
        return time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0), int(fraction))
    except ValueError:
        raise Usage(
            f"No clock shows the time in {_quoted(text)}.", hint="Hours go to 23, minutes and seconds to 59."
        ) from None


def _precision(match: re.Match[str]) -> str:
    return EXACT if match["second"] else MINUTE


def _length(said: str) -> timedelta | None:
    if not _patterns()["length"].fullmatch(said):
        return None
    parts = _patterns()["part"].findall(said)
    sizes = [_UNITS.get(unit, 0) for _, unit in parts]
    if 0 in sizes or sizes != sorted(set(sizes), reverse=True):
        return None
    length = timedelta(seconds=sum(int(number) * size for (number, _), size in zip(parts, sizes, strict=True)))
    return length if length <= _LONGEST else None


def _units(said: str) -> str:
    """The first letters of the units in a length."""
    return "".join(unit[0] for _, unit in _patterns()["part"].findall(said))


def _quoted(text: str) -> str:
    from escalate.domain.text.visible import one_line

    return f"'{one_line(text, 60)}'"


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    import re

    clock = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,12}))?)?"
    offset = r"(?: ?(?P<offset>z|utc|[+-]\d\d(?::?\d\d(?::\d\d)?)?))?"
    length = r"\d{1,9} ?[a-z]+(?: ?\d{1,9} ?[a-z]+)*"
    patterns = {
        "iso": rf"(?P<date>\d{{4}}-\d\d-\d\d)(?:[t ]{clock}{offset}|(?P<nothing>))",
        "clock": rf"(?:(?P<day>yesterday|today|tomorrow) (?:at )?)?{clock}{offset}",
        "relative": r"(?P<gone>[\da-z ]*\d[\da-z ]*) ago|(?:in |\+ ?)(?P<coming>\d[\da-z ]*)",
        "length": length,
        "part": r"(\d+) ?([a-z]+)",
    }
    return {name: re.compile(pattern, re.ASCII) for name, pattern in patterns.items()}


def _instants(wall: datetime, zone: tzinfo) -> list[datetime]:
    """The instants at which clocks in `zone` show `wall`: one, two, or none."""
    both = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return sorted({instant for instant in both if instant.astimezone(zone).replace(tzinfo=None) == wall})


def _only(wall: datetime, zone: tzinfo) -> datetime:
    """The instant at which clocks in `zone` show `wall`, if there is exactly one."""
    instants = _instants(wall, zone)
    if len(instants) == 1:
        return instants[0]
    if instants:
        first, second = (instant.astimezone(zone).isoformat() for instant in instants)
        raise Usage(
            f"{wall:%H:%M} on {wall:%Y-%m-%d} is there twice in {zone}: the clocks go back.",
            hint=f"Write the one you mean: {first} (the first) or {second} (the second).",
        )
    after = _jump(wall, zone)
    edges = [instant.astimezone(zone).isoformat() for instant in (after - timedelta(seconds=1), after)]
    raise Usage(
        f"There is no {wall:%H:%M} on {wall:%Y-%m-%d} in {zone}: the clocks go forward over it.",
        hint=f"{edges[0]} is just before, {edges[1]} just after.",
    )


def _jump(wall: datetime, zone: tzinfo) -> datetime:
    """The instant at which clocks in `zone` jump over `wall`; from it on they show what follows."""
    late, early = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    old = early.astimezone(zone).utcoffset()
    while late - early > timedelta(microseconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == old:
            early = middle
        else:
            late = middle
    return late


def _first_of(day: datetime, zone: tzinfo) -> datetime:
    """The first instant of a day; in some zones the clocks jump over midnight, and once over a whole day."""
    first = (_instants(day, zone) or [_jump(day, zone)])[0]
    return first if first.astimezone(zone).date() == day.date() else _only(day, zone)
