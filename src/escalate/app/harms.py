"""Changing which kinds of harm an incident concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.app.incidents import _routed
from escalate.app.ledger import Written
from escalate.domain.incident import harms as rules
from escalate.domain.incident.harm import is_sensitive
from escalate.domain.incident.rules import labels_for
from escalate.domain.timeline.entry import Draft

if TYPE_CHECKING:
    from escalate.app.ledger import Ledger


def change(
    ledger: Ledger, incident_id: str, harm: tuple[str, ...], *,
    primary: str | None, taxonomy: str, why: str, labels: frozenset[str] = frozenset(),
) -> Written:  # fmt: skip
    """Set all harms anew. What has become sensitive stays so; where it is worked on, routes that fit only now are followed,
    as when it is opened: who would have been paged then is paged now.
    """
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        events = rules.change(incident, harm, primary, taxonomy, why)
        if not events:
            return Written(incident=incident, entries=[])
        labels = labels_for(incident, labels, frozenset())
        labels |= {"sensitive"} if is_sensitive(harm) else frozenset()
        written = record.append(incident, *(Draft(event=event, labels=labels) for event in events))
        if incident.status not in {"open", "mitigated"}:
            return written
        return _routed(record, written, incident.severity, harm=incident.harm)
