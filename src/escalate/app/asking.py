"""Asking somebody to decide, and stating how many are affected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision import rules
from escalate.domain.incident.rules import labels_for
from escalate.domain.timeline.entry import Draft

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.ledger import Ledger, Written


def ask(
    ledger: Ledger, incident_id: str, person: str, text: str, *,
    due: datetime, options: tuple[str, ...] = (), recommend: int | None = None, labels: frozenset[str] = frozenset(),
) -> tuple[Written, dict[str, Any]]:  # fmt: skip
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        event = rules.ask(
            incident, record.roster, person, text,
            due=due, now=record.now, options=options, recommend=recommend,
        )  # fmt: skip
        written = record.append(incident, Draft(event=event, labels=labels_for(incident, labels, frozenset())))
        return written, rules.of(written.incident).questions[event.question]


def state_impact(
    ledger: Ledger, incident_id: str, measure: str, low: int, high: int, *,
    as_of: datetime, basis: str, confidence: str, labels: frozenset[str] = frozenset(),
) -> tuple[Written, dict[str, Any]]:  # fmt: skip
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        record.refuse_future(as_of)
        event = rules.state_impact(measure, low, high, as_of=as_of, basis=basis, confidence=confidence)
        written = record.append(incident, Draft(event=event, labels=labels_for(incident, labels, frozenset())))
        return written, rules.of(written.incident).impacts[event.measure][-1]
