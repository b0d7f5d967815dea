"""What one can ask of decisions and of what is done by them: make, take up again, act, list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app import approvals
from escalate.app.guidance import meant
from escalate.app.ledger import Written
from escalate.domain.decision import rules
from escalate.domain.decision.again import labels_of
from escalate.domain.decision.approvals import event_of, person_of
from escalate.domain.decision.state import Judgement
from escalate.domain.incident.rules import labels_for
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.events import TextRevealed
from escalate.errors import NotFound, Refused

if TYPE_CHECKING:
    from escalate.app.approvals import Outcome
    from escalate.app.ledger import Ledger
    from escalate.app.ports import Store
    from escalate.domain.decision.rules import Deciding, Doing
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster


def decide(
    ledger: Ledger, incident_id: str, given: Deciding, *,
    labels: frozenset[str] = frozenset(), break_glass: bool = False,
) -> Outcome:  # fmt: skip
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        clause = meant(record.tx, given.clause, record.now)
        given = given.but(clause=clause.name) if clause else given
        event = rules.decide(incident, given, record.now, clause)
        return approvals.do(
            ledger, record, incident, event, why=given.why, labels=labels,
            inherited=labels_of(incident, event.answers), break_glass=break_glass,
        )  # fmt: skip


def reopen(
    ledger: Ledger, incident_id: str, ref: str, why: str, *, labels: frozenset[str] = frozenset()
) -> tuple[Written, dict[str, Any]]:
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        events = rules.reopen(incident, ref, why)
        labels = labels_for(incident, labels, frozenset())
        written = (
            record.append(incident, *(Draft(event=event, labels=labels) for event in events))
            if events
            else Written(incident=incident, entries=[])
        )
        return written, rules.of(written.incident).decisions[ref.strip().upper()]


def act(
    ledger: Ledger, incident_id: str, given: Doing, *,
    labels: frozenset[str] = frozenset(), break_glass: bool = False,
) -> Outcome:  # fmt: skip
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        clause = meant(record.tx, given.clause, record.now)
        event = rules.act(incident, given.but(clause=clause.name) if clause else given)
        return approvals.do(ledger, record, incident, event, why=given.why, labels=labels, break_glass=break_glass)


def needs_two(store: Store, incident_id: str, given: Doing) -> bool:
    """Whether an action would take a second person: then it needs a reason."""
    from escalate.domain.decision.approvals import needs_two as needed

    incident = incident_of(store, incident_id)
    return bool(needed(incident, rules.act(incident, given.but(clause=None))))


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def incident_of(store: Store, incident_id: str) -> Incident:
    with store.reading() as look:
        found = look.incident(incident_id)
    if found is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    return found


def judged(store: Store, incident_id: str) -> tuple[Incident, Judgement, Roster]:
    with store.reading() as look:
        roster = look.roster()
    incident = incident_of(store, incident_id)
    return incident, incident.judgement or Judgement(), roster


def decisions(judgement: Judgement) -> list[dict[str, Any]]:
    """Those made, and after them those that wait for a second person."""
    return [*judgement.decisions.values(), *waiting(judgement, "decision.made")]


def actions(judgement: Judgement) -> list[dict[str, Any]]:
    return [*judgement.actions.values(), *waiting(judgement, "action.taken")]


def waiting(judgement: Judgement, kind: str) -> list[dict[str, Any]]:
    """What was asked for and is not done, in the shape it will have."""
    found = []
    for approval in judgement.pending:
        if approval["broken"] or approval["what"].get("kind") != kind:
            continue
        try:
            event = event_of(approval)
        except Refused:  # a newer escalate asked for it
            continue
        own = {name: approval[name] for name in ("by", "at", "seq", "labels")}
        found.append({**event.plain(), **own, "id": None, "state": "pending", "reopened": [], "superseded_by": None,
                      "reversed_by": None})  # fmt: skip
    return found


def reveal(ledger: Ledger, incident_id: str, seqs: list[int], why: str) -> None:
    """Put on the timeline that somebody is about to see masked words, which, and why; before they are shown."""
    from escalate.domain.incident.rules import said

    if not seqs:
        return
    with ledger.writing() as record:
        event = TextRevealed(entries=sorted(set(seqs)), why=said(why, "The reason"))
        record.append(record.incident(incident_id), event)


def name_of(actor: str, roster: Roster) -> str:
    person = person_of(actor, roster)
    return roster.name_of(f"person:{person}") if person else actor
