"""What happens to an incident by itself once a moment has come: clocks that alert, reviews that fall due, answers that are
late. Pure; a courier appends what is due, as it does with the steps of pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.instants import from_text
from escalate.domain.timeline.chain import uuid_parts
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.event import Event


class Timer(Value):
    """`key` tells it from every other of the incident, also from an earlier one of the same thing. Of several of one `group`
    that are due together only the last happens: it says all that the others would.
    """

    key: str
    at: datetime
    event: Event
    group: str = ""


def timers(incident: Incident) -> list[Timer]:
    """All that are still to come, and those that are due, soonest first. Of a closed incident the law's clocks run on,
    decisions are looked at again when that was promised, and what one person did alone is still to be reviewed. Of one that
    was brought in from another record, nothing but that a restricted one was broken into.
    """
    found: list[Timer] = []
    if not incident.resting:
        if incident.clocks is not None:
            found += incident.clocks.timers(incident)
        if incident.judgement is not None:
            found += incident.judgement.timers(incident)
        if incident.status != "closed":
            found += _assessments(incident)
        found = [timer for timer in found if timer.key not in incident.silent] if incident.silent else found
    if incident.access is not None and incident.access.broken:
        found += incident.access.timers(incident)
    return sorted(found, key=lambda timer: (timer.at, timer.key))


def due(incident: Incident, now: datetime) -> tuple[Event, str] | None:
    """The first event that must be appended at `now`, with the id of its entry: two couriers cannot both append it."""
    past = [timer for timer in timers(incident) if timer.at <= now]
    last = {timer.group: timer for timer in past if timer.group}
    for timer in past:
        if last.get(timer.group, timer) is timer:
            return timer.event, uuid_parts(incident.id, timer.key)
    return None


def _assessments(incident: Incident) -> list[Timer]:
    waiting = [(name, one) for name, one in incident.assessments.items() if one.get("until") and not one.get("expired")]
    if not waiting:
        return []
    from escalate.domain.timeline.judgements import AssessmentExpired

    return [
        Timer(key=f"assessment/{name}/{one['seq']}", at=from_text(one["until"]), event=AssessmentExpired(template=name))
        for name, one in waiting
    ]
