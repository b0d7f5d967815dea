"""What waits for somebody's judgement: second persons, reviews, answers, decisions to be taken up again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.decision.approvals import described, person_of
from escalate.domain.instants import from_text
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from escalate.app.ports import Reading
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster

CLOSED = 200
"""Incidents looked through, newest first, for closed ones where something is to be looked at again."""

LASTING = frozenset({"decision", "review", "call-back"})
"""What still waits for somebody when its incident is closed."""


MATCHES = timedelta(days=14)
"""A match that nobody has taken up is shown for so long: whoever can only be told at a console is told by this alone."""


class Awaited(Value):
    """`kind` is approval, review, question, decision, call-back or match; `who` is asked, empty where anybody may. It holds
    nothing that anybody typed.
    """

    ref: str
    id: str
    kind: str
    what: str
    who: str = ""
    due: datetime | None = None
    late: bool = False
    command: str = ""

    def public(self) -> dict[str, Any]:
        return {**self.__dict__, "due": self.due.isoformat() if self.due else None}


def awaited(look: Reading, open_: list[Incident], roster: Roster, now: datetime) -> list[Awaited]:
    """Of the `open_` incidents, and decisions, reviews and call-backs of closed ones; late ones first, then by when they are
    due, matches last.
    """
    closed = [one for one in look.incidents(limit=CLOSED) if one.status == "closed" and (one.judgement or one.case)]
    found = [one for incident in open_ for one in of(incident, roster, now)]
    found += [one for incident in closed for one in of(incident, roster, now) if one.kind in LASTING]
    ordered = sorted(found, key=lambda one: (not one.late, one.due is not None, one.due or now))
    return ordered + [one for incident in open_ for one in _matches(look, incident, roster, now)]


def _matches(look: Reading, incident: Incident, roster: Roster, now: datetime) -> list[Awaited]:
    """The newest match of each subject after which no person has written anything on the incident."""
    recent = [one for one in incident.case.matched if now - from_text(one["at"]) < MATCHES] if incident.case else []
    newest = {one["subject"]: one for one in recent}
    return [
        Awaited(ref=incident.ref, id=one["subject"], kind="match", what=_matched(one, roster),
                command=f"escalate log -i {incident.ref}")
        for one in newest.values()
        if look.last_worked(incident.id, one["seq"]) is None
    ]  # fmt: skip


def _matched(one: dict[str, Any], roster: Roster) -> str:
    person = person_of(one["by"], roster)
    name = roster.name_of(f"person:{person}") if person else one["by"]
    where = f"was seen in {one['seen_in']}" if one["seen_in"] else "was asked about"
    return f"{where} by {name}, who may not read this: talk to them, and say so here"


def of(incident: Incident, roster: Roster, now: datetime) -> list[Awaited]:
    judgement = incident.judgement
    called = _call_backs(incident, now)
    if judgement is None:
        return called
    ref = incident.ref
    return [
        *called,
        *_approvals(incident, judgement.pending, now),
        *(
            Awaited(ref=ref, id=one["id"], kind="question", what="a decision is asked for",
                    who=roster.name_of(f"person:{one['person']}"), due=from_text(one["due"]),
                    late=from_text(one["due"]) <= now, command=f"escalate decide {one['id']} {ref}")
            for one in judgement.unanswered
        ),
        *(
            Awaited(ref=ref, id=one["id"], kind="decision", what="reopened: it must be decided again",
                    command=f"escalate decide {one['id']} {ref}")
            for one in judgement.reopened
        ),
    ]  # fmt: skip


def _call_backs(incident: Incident, now: datetime) -> list[Awaited]:
    """Of what was sent to authorities and not answered: when they said they would call back."""
    sent = [one for one in incident.case.referrals.values() if one["state"] == "sent"] if incident.case else []
    due = [(one, from_text(one["sent"]["call_back"])) for one in sent if one["sent"]["call_back"]]
    return [
        Awaited(ref=incident.ref, id=one["referral"], kind="call-back", what="an answer is awaited", who=one["authority"],
                due=at, late=at <= now, command=f"escalate refer answered {one['referral']} {incident.ref}")
        for one, at in due
    ]  # fmt: skip


def _approvals(incident: Incident, pending: Iterable[dict[str, Any]], now: datetime) -> Iterable[Awaited]:
    for one in pending:
        due, act = from_text(one["due"]), described(one["act"], one["what"])
        yield Awaited(
            ref=incident.ref,
            id=one["id"],
            kind="review" if one["broken"] else "approval",
            what=f"done by one person alone: {act}" if one["broken"] else f"waits for a second person: {act}",
            due=due,
            late=due <= now,
            command=f"escalate approve {one['id']} {incident.ref}",
        )
