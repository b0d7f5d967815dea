"""Decisions that are looked at again because the guidance they go by has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.decision.triggers import by_clauses, watched_clauses
from escalate.domain.instants import from_text
from escalate.domain.timeline.entry import Draft

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Reading


def clause_changed(ledger: Ledger, id_: str, version: int) -> list[Written]:
    """After a version of a clause was applied: take up what waits for it, where it is in force; later, a courier does."""
    return look_again(ledger, only=(id_, version))


def look_again(ledger: Ledger, *, only: tuple[str, int] | None = None) -> list[Written]:
    """Take up every decision that was made before a version of a clause took effect for which it waits. It may be asked
    for as often as one likes: what was decided since is left alone.
    """
    with ledger.store.reading() as look:
        moments = _moments(look, only)
        if not moments:
            return []
        known = (look.incident(id_) for id_ in look.watching(moments))
        watching = [
            one.id for one in known if one is not None and not one.resting and moments.keys() & watched_clauses(one)
        ]
    done = [_taken_up(ledger, id_, moments) for id_ in sorted(watching)]
    return [written for written in done if written is not None]


def _moments(look: Reading, only: tuple[str, int] | None) -> dict[str, list[datetime]]:
    """When each version took effect here, by the clause: not before it was applied."""
    found: dict[str, list[datetime]] = {}
    for row in look.clauses():
        if only is None or (row["id"], row["version"]) == only:
            at = max(from_text(row["effective_from"]), from_text(row["applied_at"]))
            found.setdefault(row["id"], []).append(at)
    return found


def _taken_up(ledger: Ledger, incident_id: str, moments: dict[str, list[datetime]]) -> Written | None:
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        events = by_clauses(incident, moments, record.now)
        labels = frozenset({"sensitive"}) if incident.sensitive else frozenset()
        return record.append(incident, *(Draft(event=event, labels=labels) for event in events)) if events else None
