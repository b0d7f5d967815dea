"""When somebody can be reached: by the clocks on their own wall, not on ours. Pure: `now` is handed in."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from escalate.domain.oncall import wall
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import date

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

AHEAD = 9
"""Days looked through: every rule has its turn within a week."""


class Hours(Value):
    """`days` are numbers, 0 is Monday. What ends at or before it begins ends on the following day."""

    days: tuple[int, ...]
    start: time
    end: time
    zone: str

    @property
    def said(self) -> str:
        return f"{_days(self.days)} {self.start:%H:%M}-{self.end:%H:%M} {self.zone}"


class Reach(Value):
    """Whether somebody can be reached now; until when, or from when on. Without either it is always so."""

    open: bool
    until: datetime | None = None
    opens: datetime | None = None


def reach(hours: tuple[Hours, ...], now: datetime) -> Reach:
    """By no hours at all they can always be reached."""
    if not hours:
        return Reach(open=True)
    stretches = sorted(stretch for one in hours for stretch in _stretches(one, now))
    until = now
    for start, end in stretches:
        if start <= until < end:
            until = end
    if until > now:
        whole = until >= now + timedelta(days=AHEAD - 2)
        return Reach(open=True, until=None if whole else until)
    return Reach(open=False, opens=next((start for start, _end in stretches if start > now), None))


def _stretches(one: Hours, now: datetime) -> list[tuple[datetime, datetime]]:
    zone = wall.zone_named(one.zone)
    today = wall.local(now, zone).date()
    days = (today + timedelta(days=number) for number in range(-1, AHEAD))
    return [_stretch(one, day) for day in days if day.weekday() in one.days]


def _stretch(one: Hours, day: date) -> tuple[datetime, datetime]:
    zone = wall.zone_named(one.zone)
    over = day if one.end > one.start else day + timedelta(days=1)
    return wall.first(day, one.start, zone), wall.first(over, one.end, zone)


def _days(numbers: tuple[int, ...]) -> str:
    if numbers == tuple(range(7)):
        return "daily"
    if len(numbers) > 2 and numbers == tuple(range(numbers[0], numbers[-1] + 1)):
        return f"{DAYS[numbers[0]]}-{DAYS[numbers[-1]]}"
    return ",".join(DAYS[number] for number in numbers)
