"""The note that one person on call hands to the next: what is open, who has not answered, what is not done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.instants import to_text
from escalate.domain.oncall.changes import YEAR
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.oncall.duty import Handoff
    from escalate.domain.oncall.plan import Plan
    from escalate.domain.roster import Roster

LEAD = "lead"
"""The role that goes over with a hand-off."""

COUNTED = {
    "incidents": ("open incident", "open incidents"),
    "pages": ("page nobody has answered", "pages nobody has answered"),
    "messages": ("message still owed", "messages still owed"),
    "clocks": ("running clock", "running clocks"),
    "tasks": ("runbook with steps to do", "runbooks with steps to do"),
}


def items(incidents: Iterable[Incident], owed: Iterable[Message]) -> dict[str, list[dict[str, Any]]]:
    """What there is to take on. No titles: this stands on a record that more people read than an incident's own; and where
    an incident is sensitive or restricted, nothing that may be named after the harm.
    """
    known = [one for one in incidents if not one.drill]
    refs = {one.id: one.ref for one in known}
    return {
        "incidents": [
            {"ref": one.ref, "code_name": one.code_name, "severity": one.severity, "status": one.status,
             "lead": one.roles.get(LEAD)}
            for one in known
        ],
        "pages": [
            {"page": f"{one.ref}/{page.number}", "target": None if _guarded(one) else page.target, "state": page.state}
            for one in known
            for page in one.unacknowledged
        ],
        "messages": [
            {"ref": refs[message.incident], "to": message.name, "via": message.via, "purpose": message.purpose,
             "state": message.state}
            for message in owed
            if message.incident in refs
        ],
        "clocks": [clock for one in known for clock in _clocks(one)],
        "tasks": [task for one in known for task in _tasks(one)],
    }  # fmt: skip


def _guarded(incident: Incident) -> bool:
    return incident.sensitive or incident.restricted


def _clocks(incident: Incident) -> list[dict[str, Any]]:
    if incident.clocks is None:
        return []
    return [
        {
            "ref": incident.ref,
            "clock": None if _guarded(incident) else one.id,
            "strict": to_text(one.due) if one.due else None,
        }
        for one in incident.clocks.pending(incident)
    ]


def _tasks(incident: Incident) -> list[dict[str, Any]]:
    found = []
    for name, started in incident.runbooks.items():
        over = {*started["done"], *started["skipped"]}
        open_ = [number for number in range(1, len(started["steps"]) + 1) if number not in over]
        if open_:
            hidden = _guarded(incident)
            found.append({
                "ref": incident.ref,
                "runbook": None if hidden else name,
                "open": open_,
                "next": None if hidden else started["steps"][open_[0] - 1],
            })  # fmt: skip
    return found


def counted(note: dict[str, Any]) -> str:
    """`2 open incidents, 1 page nobody has answered`; what may be said anywhere."""
    numbers = [(len(note.get(name) or []), words) for name, words in COUNTED.items()]
    said = [f"{number} {words[number != 1]}" for number, words in numbers if number]
    return ", ".join(said) or "nothing is open"


def schedule_of(roster: Roster, plan: Plan, person: str, now: datetime) -> str:
    """The schedule meant where none is named: the only one, else the only one they are on call in."""
    names = list(roster.schedules)
    if len(names) > 1:
        names = [name for name in names if person in plan.on_call(f"schedule:{name}", now)]
    if not roster.schedules:
        raise NotFound(
            "The roster has no schedules.", hint="Write one, [schedules.NAME], then: escalate apply roster.toml"
        )
    if len(names) != 1:
        raise Usage("Which schedule is handed over?", hint=f"Say one of: {', '.join(roster.schedules)}.")
    return names[0]


def next_taker(plan: Plan, schedule: str, giver: str, now: datetime) -> str:
    """Who comes after the giver; where the giver's time is over, whoever is on call already. Raises Refused for nobody."""
    target = f"schedule:{schedule}"
    present = plan.on_call(target, now)
    if giver not in present and present:
        return present[0]
    others = [one for one in plan.shifts(target, now, now + YEAR) if one.person != giver and one.start > now]
    if not others:
        raise Refused(
            f"Nobody is on call in {schedule} after {giver}, as far as can be seen.",
            hint="Say who takes over: --to bob",
        )
    return min(others, key=lambda one: one.start).person


def refuse_others(handoff: Handoff, person: str | None) -> None:
    """Raises Refused where it is not theirs to accept."""
    if person == handoff.taker:
        return
    to = person if person not in {None, handoff.giver} else "NAME"
    raise Refused(
        f"{handoff.id} was written for {handoff.taker}; nobody else can accept it.",
        hint=f"For somebody else {handoff.giver} writes a new one: escalate oncall handoff {handoff.schedule} --to {to}",
    )
