"""What happens to incidents by themselves when a moment has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.app.erasing import every_entry
from escalate.app.ledger import Written
from escalate.app.paging import joined
from escalate.domain.incident.fold import fold
from escalate.domain.incident.timers import due
from escalate.domain.timeline.entry import Draft

if TYPE_CHECKING:
    from escalate.app.ledger import Ledger


def pass_time(ledger: Ledger, incident_id: str) -> Written | None:
    """Append what is due. None where somebody else was faster."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        if record.tx.has_alarm(incident_id):
            # Whoever broke the glass may write what is derived: of whom it is told, and whether, only entries say.
            incident = fold(every_entry(record, incident_id)) or incident
        now = max(record.now, incident.head.recorded_at or record.now)
        written = Written(incident=incident, entries=[])
        while (found := due(written.incident, now)) is not None:
            event, id_ = found
            written = joined(written, record.append(written.incident, Draft(event=event, id=id_)))
            if event.kind == "clock.alerted":
                from escalate.app.clock_consequences import page_for

                written = page_for(record, written, event)
            elif event.kind == "access.alarmed":
                from escalate.app.access import page_for as alarm

                written = alarm(record, written, event)
        return written if written.entries else None
