"""Looking after those who look: how often texts were revealed, and past a number of times who could take over.

It is meant to lead to fewer looks, and claims nothing more: nobody is kept from anything.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from escalate.app.ledger import Author
    from escalate.app.ports import Reading, Store
    from escalate.domain.roster import Roster

WITHIN = timedelta(hours=24)
"""The time in which revealed texts are counted."""


class Relief(Value):
    """Who could take over on a schedule that the person is on call for; `person` is None where nobody follows."""

    schedule: str
    person: str | None
    until: datetime | None


class OnCall(Value):
    """Who else is on call now on a schedule or rotation that policies page; `people` is empty where nobody is."""

    target: str
    people: list[str]


class Offer(Value):
    """`count` texts were revealed within a day, `most` are meant to be. `on_call` is looked up where no relief is known."""

    count: int
    most: int
    reliefs: list[Relief]
    on_call: list[OnCall] = []


class Day(Value):
    """In the reader's zone. `reveals` is how often texts were revealed on it."""

    day: date
    reveals: int


class Watch(Value):
    """A person's own shift. `goes_on`: it is not over."""

    schedule: str
    start: datetime
    end: datetime
    goes_on: bool
    reveals: int


class Exposure(Value):
    """How often texts were revealed since a midnight, by one `person`, or by all `people` of the roster together.

    `limit` is the number within 24 hours after which somebody else is offered; None where the roster sets none.
    """

    person: str | None
    people: int
    since: datetime
    until: datetime
    total: int
    last_24_hours: int
    limit: int | None
    days: list[Day]
    shifts: list[Watch] = []


def offer(store: Store, author: Author, now: datetime) -> Offer | None:
    """None while the number the roster sets is not reached, or it sets none."""
    with store.reading() as look:
        roster = look.roster()
        if not roster.reveals:
            return None
        count = look.revealed(author.actor, now - WITHIN)
    if count < roster.reveals:
        return None
    reliefs = _reliefs(roster, author.person or "", now)
    found = any(relief.person for relief in reliefs)
    on_call = [] if found else _on_call(roster, author.person or "", now)
    return Offer(count=count, most=roster.reveals, reliefs=reliefs, on_call=on_call)


def _reliefs(roster: Roster, me: str, now: datetime) -> list[Relief]:
    plan = roster.plan
    reliefs = []
    for name in roster.schedules:
        target = f"schedule:{name}"
        if me in plan.on_call(target, now):
            until = plan.until(target, me, now)
            others = [one for one in plan.on_call(target, until) if one != me] if until else []
            reliefs.append(Relief(schedule=name, person=others[0] if others else None, until=until))
    return reliefs


def _on_call(roster: Roster, me: str, now: datetime) -> list[OnCall]:
    targets = dict.fromkeys(
        target
        for policy in roster.policies.values()
        for step in policy.steps
        for target in step.targets
        if target.partition(":")[0] in {"schedule", "rotation"}
    )
    return [
        OnCall(target=target, people=[one for one in roster.people_behind(target, now) if one != me])
        for target in targets
    ]


def exposure(store: Store, author: Author, now: datetime, *, days: int, zone: tzinfo) -> Exposure:
    """The asker's own: by day and by shift."""
    with store.reading() as look:
        found = _exposure(look, [author.actor], now, days, zone)
        return found.but(person=author.actor, shifts=_shifts(look, author, found.since, now))


def exposure_of_all(store: Store, now: datetime, *, days: int, zone: tzinfo) -> Exposure:
    """Everybody in the roster together: only sums, no names and no shifts, which would tell whose they are."""
    with store.reading() as look:
        return _exposure(look, list(look.roster().people), now, days, zone)


def _exposure(look: Reading, actors: list[str], now: datetime, days: int, zone: tzinfo) -> Exposure:
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    begins = [datetime.combine(day, time(), zone).astimezone(UTC) for day in dates]
    ends = [*begins[1:], None]
    return Exposure(
        person=None,
        people=len(actors),
        since=begins[0],
        until=now,
        total=_times(look, actors, begins[0]),
        last_24_hours=_times(look, actors, now - WITHIN),
        limit=look.roster().reveals or None,
        days=[
            Day(day=day, reveals=_times(look, actors, begin, end))
            for day, begin, end in zip(dates, begins, ends, strict=True)
        ],
    )


def _shifts(look: Reading, author: Author, since: datetime, now: datetime) -> list[Watch]:
    from escalate.app.oncall import shifts

    roster = look.roster()
    if author.person is None:
        return []
    found = []
    for name in roster.schedules:
        for shift in shifts(look, roster, f"schedule:{name}", since, now, now):
            if shift.person == author.person:
                end = None if shift.truncated else shift.end
                reveals = _times(look, [author.actor], shift.start, end)
                found.append(
                    Watch(schedule=name, start=shift.start, end=shift.end, goes_on=shift.truncated, reveals=reveals)
                )
    return sorted(found, key=lambda watch: (watch.start, watch.schedule))


def _times(look: Reading, actors: list[str], start: datetime, end: datetime | None = None) -> int:
    """How often they revealed texts from `start` on, and before `end`."""
    return sum(look.revealed(actor, start) - (look.revealed(actor, end) if end else 0) for actor in actors)
