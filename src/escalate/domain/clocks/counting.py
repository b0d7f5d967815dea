"""Counts a period by its rule: the strict deadline, the outer one that the law may allow, and how they were found.

`strict` is what to alert on. `outer` is never earlier; it equals `strict` where nothing rolls.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from escalate.domain.clocks.days import business_days, calendar_days, eu_days, eu_months, keep, sec_days
from escalate.domain.clocks.rules import DORA, EU
from escalate.domain.clocks.trace import NOT_ADVICE, Step, many, said
from escalate.domain.value import Value
from escalate.errors import Refused

if TYPE_CHECKING:
    from escalate.domain.clocks.calendar import Calendar
    from escalate.domain.clocks.rules import Rule
    from escalate.domain.clocks.trace import Trace

AN_HOUR = timedelta(hours=1)

Found = tuple[datetime, datetime, list[Step]]
"""strict, outer, and the steps that led there."""


class Counted(Value):
    """`strict` and `outer` in UTC."""

    strict: datetime
    outer: datetime
    trace: Trace


def count(rule: Rule, n: int, start: datetime, calendar: Calendar, *, aware: datetime | None = None) -> Counted:
    """The end of a period of `n` units of the rule from `start`.

    `aware` is wanted by `dora_min` alone, and is a defect of the caller where that lacks it. Raises Refused for a period
    that has no end in the calendar.
    """
    try:
        strict, outer, steps = _found(rule, n, start.astimezone(UTC), calendar, aware)
        if rule.is_noon:
            outer, noon = _noon(strict, calendar)
            steps = [*steps, *noon]
    except OverflowError:
        raise Refused(
            f"{many(n, rule.unit)} from {start:%Y-%m-%d} is past the last year of the calendar.",
            hint="Is the number right?",
        ) from None
    if rule.name != "keep_until":
        steps += _ending(strict, outer)
    return Counted(strict=strict, outer=outer, trace=(*steps, NOT_ADVICE))


def _found(rule: Rule, n: int, start: datetime, calendar: Calendar, aware: datetime | None) -> Found:
    match rule.name:
        case "elapsed_hours":
            return _elapsed(n, start, calendar)
        case "eu_hours":
            return _eu_hours(n, start, calendar)
        case "dora_min":
            assert aware is not None
            return _dora_min(rule, n, start, aware.astimezone(UTC), calendar)
        case "eu_days":
            return eu_days(n, start, calendar, rolls=not rule.is_noon)
        case "eu_months":
            return eu_months(n, start, calendar, rolls=not rule.is_noon)
        case "calendar_days":
            return calendar_days(n, start, calendar)
        case "business_days_after":
            return business_days(n, start, calendar)
        case "us_sec_business_days":
            return sec_days(n, start, calendar)
        case "keep_until":
            return keep(n, start, calendar)
    raise AssertionError(rule.name)


def _elapsed(n: int, start: datetime, calendar: Calendar) -> Found:
    end = start + n * AN_HOUR
    steps = [
        Step(step="It starts.", at=start, why=f"Times are those of {calendar.place}."),
        Step(
            step=f"elapsed_hours: {many(n, 'hours')} later, as time passes.",
            at=end,
            why="Nights, weekends and holidays count, and nothing rolls.",
        ),
    ]
    return end, end, [*steps, *_clocks_change(start, end, calendar)]


def _eu_hours(n: int, start: datetime, calendar: Calendar) -> Found:
    local = start.astimezone(calendar.zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    first = start - past + AN_HOUR
    strict, outer = start + n * AN_HOUR, first + n * AN_HOUR
    steps = [
        Step(step="It starts.", at=start, why=f"Times are those of {calendar.place}."),
        Step(
            step=f"Read strictly: {many(n, 'hours')} later, as time passes.",
            at=strict,
            why="The reading that nobody disputes; plan for it.",
        ),
        Step(
            step="eu_hours: the hour in which it starts is not counted; the next full hour is the first.",
            at=first,
            why="The period begins with the first hour and ends with the expiry of the last.",
            cite=f"{EU} Art. 3(1), 3(2)(a)",
        ),
        Step(
            step=f"{many(n, 'hours')} from there.",
            at=outer,
            why="Holidays, Saturdays and Sundays count; a period of hours does not roll.",
            cite=f"{EU} Art. 3(3), 3(4)",
        ),
    ]
    return strict, outer, [*steps, *_clocks_change(start, outer, calendar)]


def _dora_min(rule: Rule, n: int, classified: datetime, aware: datetime, calendar: Calendar) -> Found:
    cite = f"{DORA} Art. 5(1)(a)"
    cap = aware + rule.cap * AN_HOUR
    by_class = classified + n * AN_HOUR
    steps = [
        Step(step="Aware of the incident.", at=aware, why=f"Times are those of {calendar.place}."),
        Step(step="Classified as major.", at=classified),
        Step(step=f"dora_min: {many(n, 'hours')} from the classification.", at=by_class, cite=cite),
    ]
    if classified < aware:
        steps.append(Step(step="It was classified before anybody was aware of it: look at both facts again."))
    if classified > cap:
        late = f"It was classified later than {rule.cap} hours after awareness: only the classification counts."
        end, step = by_class, Step(step=late, at=by_class, cite=f"{DORA} Art. 5(2)")
    else:
        end = min(by_class, cap)
        which = "That is earlier, and counts." if cap < by_class else "That is not earlier: the classification counts."
        step = Step(step=f"{rule.cap} hours from awareness. {which}", at=cap, cite=cite)
    return end, end, [*steps, step, *_clocks_change(aware, end, calendar)]


def _noon(strict: datetime, calendar: Calendar) -> tuple[datetime, list[Step]]:
    day = calendar.day_of(strict)
    if calendar.is_working(day):
        return strict, [Step(step=f"dora_noon: {said(day)} is a working day, nothing moves.", cite=f"{DORA} Art. 5(4)")]
    working = calendar.working_from(day)
    outer = calendar.noon(working)
    why = (
        "Not for initial and intermediate reports of credit institutions, central counterparties, trading venues, "
        "essential or important entities, nor for others that the authority excludes."
    )
    text = f"dora_noon: {said(day)} {calendar.free(day)}; it may be sent until noon of {said(working)}."
    return outer, [Step(step=text, at=outer, why=why, cite=f"{DORA} Art. 5(4)-(6)")]


def _clocks_change(start: datetime, end: datetime, calendar: Calendar) -> list[Step]:
    before, after = (at.astimezone(calendar.zone) for at in (start, end))
    if before.utcoffset() == after.utcoffset():
        return []
    return [
        Step(
            step=f"The clocks change in between, from {before:%z} to {after:%z}: the hours are elapsed ones.",
            why="An hour that the clocks skip or repeat makes a period neither shorter nor longer.",
        )
    ]


def _ending(strict: datetime, outer: datetime) -> list[Step]:
    ends = [Step(step="Strict: alert on this.", at=strict)]
    if outer == strict:
        return [*ends, Step(step="Outer: the same, nothing rolls.", at=outer)]
    why = "Only if the law cited applies to the case; do not plan for it."
    return [*ends, Step(step="Outer: what the law may allow.", at=outer, why=why)]
