"""News of shifts to come: what a person is told, once, when their next shift draws near, moves or goes away."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.domain.oncall.changes import YEAR
from escalate.domain.timeline.duties import ShiftAnnounced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from escalate.domain.oncall.duty import Duty, Turn
    from escalate.domain.oncall.plan import Plan
    from escalate.domain.oncall.shift import Shift
    from escalate.domain.roster import Roster

MINUTE = timedelta(minutes=1)


def news(roster: Roster, now: datetime) -> Iterator[ShiftAnnounced]:
    """What is to be said at `now`. A schedule without `notice` announces nothing, and costs nothing."""
    asked = [one for one in roster.schedules.values() if one.notice]
    if not asked:
        return
    plan, duty = roster.plan, roster.duty
    for schedule in asked:
        assert schedule.notice is not None
        yield from _of_schedule(plan, duty, schedule.name, schedule.notice, roster, now)


def _of_schedule(
    plan: Plan, duty: Duty | None, schedule: str, notice: timedelta, roster: Roster, now: datetime
) -> Iterator[ShiftAnnounced]:
    target = f"schedule:{schedule}"
    said = {name.rpartition("/")[2]: turn for name, turn in _announced(duty) if name.rpartition("/")[0] == schedule}
    until = max([now + notice, *(turn.start for turn in said.values())]) + MINUTE
    shifts: dict[str, list[Shift]] = {}
    for shift in plan.shifts(target, now, until):
        shifts.setdefault(shift.person, []).append(shift)
    for person in sorted({*shifts, *said} & set(roster.people)):
        told = said.get(person)
        if told is not None and told.start <= now < told.end:
            end = plan.until(target, person, now)
            if end is not None and end > told.end:
                yield ShiftAnnounced(schedule=schedule, person=person, start=told.start, end=end, was=told.start)
                continue
        found = _of_person(shifts.get(person, []), said.get(person), now, notice)
        if found is None:
            continue
        start, was = found
        gone = person not in plan.on_call(target, start)
        end = start if gone else (plan.until(target, person, start) or start + YEAR)
        yield ShiftAnnounced(schedule=schedule, person=person, start=start, end=end, was=was)


def _announced(duty: Duty | None) -> list[tuple[str, Turn]]:
    return [*duty.announced.items()] if duty else []


def _of_person(
    shifts: list[Shift], told: Turn | None, now: datetime, notice: timedelta
) -> tuple[datetime, datetime | None] | None:
    """When the shift begins that they are to be told of, and when it was said to begin, should that have changed; None
    where there is no news. Where nothing takes the place of what they were told, both are what was said.
    """
    near = next((shift for shift in shifts if now < shift.start <= now + notice), None)
    if told is None or not _stands(told, now):
        return (near.start, None) if near else None
    there = next((shift for shift in shifts if shift.start <= told.start < shift.end), None)
    if there is not None and there.start == told.start:
        # A shift before the one they know of is news of its own.
        return (near.start, None) if near and near.start < told.start else None
    found = there or near
    return (found.start if found else told.start), told.start


def _stands(told: Turn, now: datetime) -> bool:
    """Whether a shift they were told of is still to come, and was not said to be gone."""
    return now < told.start < told.end


def clock(at: datetime, zone: str) -> str:
    """`Mon 2026-11-23 09:00 GMT (09:00Z)`: on the clock of whoever reads it, and in UTC."""
    from escalate.domain.oncall.wall import zone_named

    utc = f"{at:%a %Y-%m-%d %H:%M}Z"
    try:
        there = at.astimezone(zone_named(zone))
    except (LookupError, ValueError, OSError):
        return utc  # this machine does not know the zone
    if not there.utcoffset():
        return utc
    beside = f"{at:%H:%M}Z" if there.date() == at.date() else utc
    return f"{there:%a %Y-%m-%d %H:%M} {there.tzname()} ({beside})"
