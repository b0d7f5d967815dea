"""A subject of one incident was seen in another: whoever leads it is told, and what was decided is looked at again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.app.known_subjects import may_read
from escalate.domain.decision.approvals import person_of
from escalate.domain.instants import from_text
from escalate.domain.subjects.review import to_reopen
from escalate.domain.timeline.access import SubjectMatched
from escalate.domain.timeline.chain import uuid_parts
from escalate.domain.timeline.entry import Draft

if TYPE_CHECKING:
    from escalate.app.ledger import Ledger, Record
    from escalate.domain.incident.state import Incident

AGAIN = timedelta(days=1)
"""Who asks the same again within a day is not told of again."""


def tell_matches(ledger: Ledger) -> int:
    """Act on every match that is due; a courier does this. Returns how many there were."""
    with ledger.store.reading() as look:
        due = look.due_matches(ledger.clock.now())
    for one in due:
        tell_match(ledger, one["entry"], one["incident"], one["handle"], one["seen_in"], one["by"])
    return len(due)


def tell_match(ledger: Ledger, entry: str, incident_id: str, handle: str, seen_in: str, by: str) -> None:
    """Append what one match is worth to the incident it is about. The ids of the entries are the same whoever does it,
    so that two couriers cannot both append them. `seen_in` is empty where somebody only asked.
    """
    with ledger.writing() as record:
        incident = record.tx.incident(incident_id)
        if incident is not None:
            drafts = []
            if _unread(record, incident, by) and not _told(record, incident, handle, seen_in, by):
                event = SubjectMatched(subject=handle, seen_in=_ref(record, seen_in), by=by)
                drafts.append(Draft(event=event, id=uuid_parts(incident_id, f"matched/{entry}")))
            if seen_in:
                labels = frozenset({"sensitive"}) if incident.sensitive else frozenset()
                drafts += [
                    Draft(event=event, labels=labels, id=uuid_parts(incident_id, f"matched/{entry}/{event.decision}"))
                    for event in to_reopen(incident, handle)
                ]
            fresh = [draft for draft in drafts if draft.id and record.tx.entry_by_id(draft.id) is None]
            if fresh:
                record.append(incident, *fresh)
        record.tx.told_match(entry, incident_id)


def _unread(record: Record, incident: Incident, by: str) -> bool:
    return not may_read(incident, by, person_of(by, record.roster), record.roster)


def _told(record: Record, incident: Incident, handle: str, seen_in: str, by: str) -> bool:
    wanted = (handle, _ref(record, seen_in), by)
    return any(
        (one["subject"], one["seen_in"], one["by"]) == wanted and from_text(one["at"]) > record.now - AGAIN
        for one in (incident.case.matched if incident.case else [])
    )


def _ref(record: Record, incident_id: str) -> str:
    """An incident's number: whoever may not read it learns that it is there, and whom to ask."""
    found = record.tx.glance(incident_id) if incident_id else None
    return found.ref if found else ""
