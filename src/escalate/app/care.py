"""Looking after those who look: past a number of revealed texts, a person is offered the next in turn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.ledger import Author
    from escalate.app.ports import Store

WITHIN = timedelta(hours=24)
"""The time in which revealed texts are counted."""


class Relief(Value):
    """Who could take over on a schedule that the person is on call for; `person` is None where nobody follows."""

    schedule: str
    person: str | None
    until: datetime | None


class Offer(Value):
    """`count` texts were revealed within a day, `most` are meant to be."""

    count: int
    most: int
    reliefs: list[Relief]


def offer(store: Store, author: Author, now: datetime) -> Offer | None:
    """None while the number the roster sets is not reached, or it sets none."""
    with store.reading() as look:
        roster = look.roster()
        if not roster.reveals:
            return None
        count = look.revealed(author.actor, now - WITHIN)
    if count < roster.reveals:
        return None
    plan, me = roster.plan, author.person or ""
    reliefs = []
    for name in roster.schedules:
        target = f"schedule:{name}"
        on_call = plan.on_call(target, now)
        if me in on_call:
            until = plan.until(target, me, now)
            others = [one for one in plan.on_call(target, until) if one != me] if until else []
            reliefs.append(Relief(schedule=name, person=others[0] if others else None, until=until))
    return Offer(count=count, most=roster.reveals, reliefs=reliefs)
