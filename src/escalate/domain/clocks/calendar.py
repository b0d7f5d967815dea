"""Which days are worked where the notice goes, and when its days begin and end."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Protocol

from escalate.domain.clocks.trace import said
from escalate.domain.oncall import wall
from escalate.domain.value import Value

A_DAY = timedelta(days=1)
A_SECOND = timedelta(seconds=1)
MIDNIGHT, NOON = time(0), time(12)


class Holidays(Protocol):
    def on(self, day: date) -> str | None:
        """What is celebrated on that day; None where it is no holiday, or nobody is sure: then nothing is extended."""


class Dates(Value):
    """Holidays that somebody named: a date, and what it is called there."""

    days: dict[date, str] = {}

    def on(self, day: date) -> str | None:
        return self.days.get(day)


class Calendar(Value):
    """`zone` and `holidays` are those of whoever is told. Saturdays and Sundays are not worked."""

    zone: tzinfo
    holidays: tuple[Holidays, ...] = ()

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def holiday(self, day: date) -> str | None:
        return next((name for found in self.holidays if (name := found.on(day)) is not None), None)

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5 and self.holiday(day) is None

    def working_from(self, day: date) -> date:
        """The first working day, that one among them."""
        while not self.is_working(day):
            day += A_DAY
        return day

    def working_after(self, day: date, n: int) -> date:
        """The `n`th working day after that one."""
        for _ in range(n):
            day = self.working_from(day + A_DAY)
        return day

    def working_between(self, after: date, until: date) -> int:
        """How many working days there are after the one, up to and with the other."""
        days = (after + n * A_DAY for n in range(1, (until - after).days + 1))
        return sum(map(self.is_working, days))

    def end_of(self, day: date) -> datetime:
        """The last second of a local day. Where midnight comes twice, the first one ends it: nothing is extended."""
        return wall.first(day + A_DAY, MIDNIGHT, self.zone) - A_SECOND

    def after_end_of(self, day: date) -> datetime:
        """The first instant that is surely past a local day."""
        return wall.last(day + A_DAY, MIDNIGHT, self.zone)

    def noon(self, day: date) -> datetime:
        return wall.first(day, NOON, self.zone)

    def free(self, day: date) -> str:
        """Why that day is not worked: `is a Sunday`, `is a public holiday (Labour Day)`."""
        name = self.holiday(day)
        if name is not None:
            return f"is a public holiday ({name})"
        return "is a Saturday" if day.weekday() == 5 else "is a Sunday"

    def weekday_holidays(self, after: date, until: date) -> list[str]:
        """The holidays on days that would have been worked, in words."""
        days = (after + n * A_DAY for n in range(1, (until - after).days + 1))
        return [
            f"{said(day)} ({name})" for day in days if day.weekday() < 5 and (name := self.holiday(day)) is not None
        ]

    @property
    def place(self) -> str:
        """The zone as it is written: `Europe/Brussels`, `UTC+05:30`."""
        return str(self.zone)
