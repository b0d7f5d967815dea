"""The whole record of one incident, to hand over or keep elsewhere."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from escalate.app import reading
from escalate.app.transfer import export as lines
from escalate.domain.timeline.events import ReportExported
from escalate.domain.value import Value

if TYPE_CHECKING:
    from escalate.app.ledger import Ledger
    from escalate.domain.incident.state import Incident


class Exported(Value):
    """`incident` is as it was before the export itself was put on record."""

    text: str
    sha256: str
    incident: Incident
    entries: int


def export(ledger: Ledger, incident_id: str) -> Exported:
    """The record as JSONL; that it was made, and its digest, go on the timeline afterwards."""
    incident = reading.incident(ledger.store, incident_id)
    text = "\n".join(lines(ledger.store, incident)) + "\n"
    digest = sha256(text.encode()).hexdigest()
    with ledger.writing() as record:
        event = ReportExported(
            report="export",
            format="jsonl",
            audience="everything",
            sha256=digest,
            marking=incident.marking,
            up_to=incident.head.seq,
        )
        record.append(record.incident(incident_id), event)
    return Exported(text=text, sha256=digest, incident=incident, entries=text.count("\n") - 1)
