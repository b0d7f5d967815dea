"""The whole record of one incident, to hand over or keep elsewhere."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from escalate.app import reading
from escalate.app.reports import UNWRITTEN, unrecorded
from escalate.app.transfer import export as lines
from escalate.domain.timeline.events import ReportExported
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.ledger import Ledger
    from escalate.domain.incident.state import Incident


class Exported(Value):
    """`incident` is as it was before the export itself was put on record; `unrecorded` says
    that it could not be, and why.
    """

    text: str
    sha256: str
    incident: Incident
    entries: int
    unrecorded: str = ""


def export(ledger: Ledger, incident_id: str, hand_over: Callable[[Exported], object] | None = None) -> Exported:
    """The record as JSONL. That it was made, and its digest, go on the timeline once it was handed over: what `hand_over`
    raises leaves nothing on record; where the machine stops right after it, the file is there and its entry is not. Where
    it could not be put on record, `unrecorded` says so.
    """
    incident = reading.incident(ledger.store, incident_id)
    text = "\n".join(lines(ledger.store, incident)) + "\n"
    digest = sha256(text.encode()).hexdigest()
    made = Exported(text=text, sha256=digest, incident=incident, entries=text.count("\n") - 1)
    if hand_over is not None:
        hand_over(made)
    event = ReportExported(
        report="export",
        format="jsonl",
        audience="everything",
        sha256=digest,
        marking=incident.marking,
        up_to=incident.head.seq,
    )
    try:
        with ledger.writing() as record:
            record.append(record.incident(incident_id), event)
    except UNWRITTEN as error:
        return made.but(unrecorded=unrecorded(error))
    return made
