"""Periods of days, months, years and business days. The day on which they start is never counted."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from escalate.domain.clocks.calendar import A_DAY, Calendar
from escalate.domain.clocks.rules import EU
from escalate.domain.clocks.trace import Step, many, said
from escalate.domain.oncall import wall

if TYPE_CHECKING:
    from collections.abc import Sequence

Found = tuple[datetime, datetime, list[Step]]

SEC_ZONE = "America/New_York"
SEC_CLOSES = time(17, 30)
SEC_CITE = "Form 8-K General Instruction B.1"

SHOWN = 12
"""Holidays that a trace names; nobody reads more."""


def eu_days(n: int, start: datetime, calendar: Calendar, *, rolls: bool = True) -> Found:
    zero = calendar.day_of(start)
    last = zero + n * A_DAY
    steps = [
        _day_zero(start, zero, calendar, f"{EU} Art. 3(1)"),
        Step(
            step=f"eu_days: day {n} is {said(last)}; it ends with that day.",
            at=calendar.end_of(last),
            cite=f"{EU} Art. 3(2)(b)",
        ),
    ]
    return _eu(n > 1, zero, last, calendar, steps, rolls=rolls)


def eu_months(n: int, start: datetime, calendar: Calendar, *, rolls: bool = True) -> Found:
    zero = calendar.day_of(start)
    last = same_date(zero, n)
    why = f"{_month(last)} has no day {zero.day}: the last day of the month." if last.day != zero.day else ""
    steps = [
        _day_zero(start, zero, calendar, f"{EU} Art. 3(1)"),
        Step(
            step=f"eu_months: the same date {many(n, 'months')} on is {said(last)}; it ends with that day.",
            at=calendar.end_of(last),
            why=why,
            cite=f"{EU} Art. 3(2)(c)",
        ),
    ]
    return _eu(True, zero, last, calendar, steps, rolls=rolls)


def calendar_days(n: int, start: datetime, calendar: Calendar) -> Found:
    zero = calendar.day_of(start)
    last = zero + n * A_DAY
    end = calendar.end_of(last)
    steps = [
        _day_zero(start, zero, calendar, ""),
        Step(
            step=f"calendar_days: day {n} is {said(last)}; it ends with that day.",
            at=end,
            why="It does not roll off a weekend or holiday: some statutes would allow that, none is relied on.",
        ),
    ]
    return end, end, steps


def business_days(n: int, start: datetime, calendar: Calendar) -> Found:
    zero = calendar.day_of(start)
    last = calendar.working_after(zero, n)
    end = calendar.end_of(last)
    steps = [
        _day_zero(start, zero, calendar, ""),
        Step(
            step=f"business_days_after: working day {n} after it is {said(last)}; it ends with that day.",
            at=end,
            why="Saturdays, Sundays and holidays are left out.",
        ),
        _holidays(calendar, zero, last),
    ]
    return end, end, steps


def sec_days(n: int, start: datetime, calendar: Calendar) -> Found:
    there = Calendar(zone=wall.zone_named(SEC_ZONE), holidays=calendar.holidays)
    zero = there.day_of(start)
    last = there.working_after(zero, n)
    end = wall.first(last, SEC_CLOSES, there.zone)
    first = there.working_after(zero, 1)
    free = (
        "" if there.is_working(zero) else f"{said(zero)} {there.free(zero)}: it begins on and includes {said(first)}."
    )
    steps = [
        Step(
            step=f"It starts on {said(zero)} in New York; business day 1 is {said(first)}.",
            at=start,
            why=free,
            cite=SEC_CITE,
        ),
        Step(
            step=f"us_sec_business_days: business day {n} is {said(last)}; it ends at 17:30 in New York.",
            at=end,
            why="What is filed later takes the date of the next business day.",
            cite=f"{SEC_CITE}; Regulation S-T Rule 13(a)(2)",
        ),
        _holidays(there, zero, last),
    ]
    return end, end, steps


def keep(n: int, start: datetime, calendar: Calendar) -> Found:
    zero = calendar.day_of(start)
    last = same_date(zero, 12 * n)
    free = calendar.after_end_of(last)
    why = f"{_month(last)} has no day {zero.day}: the last day of the month." if last.day != zero.day else ""
    steps = [
        _day_zero(start, zero, calendar, ""),
        Step(
            step=f"keep_until: the same date {many(n, 'years')} on is {said(last)}; it is kept through that day.",
            why=why,
        ),
        Step(
            step=f"It may be disposed of from {said(last + A_DAY)} on, not before.",
            at=free,
            why="Keeping is no deadline: nothing has to be sent. Never dispose of it while a legal hold is active.",
        ),
    ]
    return free, free, steps


def same_date(day: date, months: int) -> date:
    """So many months on; the last day of the month where that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise OverflowError("after the last year")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _eu(two_days: bool, zero: date, last: date, calendar: Calendar, steps: list[Step], *, rolls: bool) -> Found:
    """Article 3(4), then 3(5): strict stays where the count ends, outer is where the rolls lead."""
    strict = calendar.end_of(last)
    if not rolls:
        return strict, strict, [*steps, _holidays(calendar, zero, last)]
    rolled = calendar.working_from(last)
    if rolled != last:
        steps.append(
            Step(
                step=f"{said(last)} {calendar.free(last)}: it ends with the following working day, {said(rolled)}.",
                at=calendar.end_of(rolled),
                cite=f"{EU} Art. 3(4)",
            )
        )
    worked = calendar.working_between(zero, rolled)
    if two_days and worked < 2:
        second = calendar.working_after(zero, 2)
        steps.append(
            Step(
                step=f"It holds {many(worked, 'working_days')} so far; it ends with the second, {said(second)}.",
                at=calendar.end_of(second),
                why="A period of two days or more includes at least two working days.",
                cite=f"{EU} Art. 3(5)",
            )
        )
        rolled = second
    return strict, calendar.end_of(rolled), [*steps, _holidays(calendar, zero, rolled)]


def _day_zero(start: datetime, zero: date, calendar: Calendar, cite: str) -> Step:
    return Step(
        step=f"Day zero is {said(zero)} in {calendar.place}.",
        at=start,
        why="The day on which it starts is not counted.",
        cite=cite,
    )


def _holidays(calendar: Calendar, after: date, until: date) -> Step:
    if not calendar.holidays:
        return Step(
            step="No holidays were given: only Saturdays and Sundays are taken as free.",
            why="A day that may be a holiday or not extends nothing.",
        )
    met = calendar.weekday_holidays(after, until)
    return Step(step=f"Holidays on weekdays after day zero, up to the end: {_listed(met)}.")


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return (", ".join(words[:SHOWN]) + more) or "none"


def _month(day: date) -> str:
    return said(day).split(" ", 2)[2]
