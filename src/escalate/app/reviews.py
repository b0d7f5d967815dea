"""Decisions that are looked at again because the guidance they go by has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.decision.triggers import by_clauses, watched_clauses
from escalate.domain.instants import from_text
from escalate.domain.timeline.entry import Draft
from escalate.errors import Conflict, Misconfigured, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Reading


def _silent(_line: str) -> None:
    """For who has nobody to tell; a courier looks at the same, and says it."""


def clause_changed(ledger: Ledger, id_: str, version: int, log: Callable[[str], None] = _silent) -> list[Written]:
    """After a version of a clause was applied: take up what waits for it, where it is in force; later, a courier does."""
    return look_again(ledger, only=(id_, version), log=log)


def look_again(
    ledger: Ledger, *, only: tuple[str, int] | None = None, log: Callable[[str], None] = _silent
) -> list[Written]:
    """Take up every decision that was made before a version of a clause took effect for which it waits. It may be asked
    for as often as one likes: what was decided since is left alone. `log` gets a line for each incident and clause with
    which that cannot be done, while the others are looked at.
    """
    with ledger.store.reading() as look:
        moments = _moments(look, only, log)
        if not moments:
            return []
        watching = [id_ for id_ in look.watching(moments) if _waits(look, id_, moments, log)]
    done = [_taken_up_if_it_goes(ledger, id_, moments, log) for id_ in sorted(watching)]
    return [written for written in done if written is not None]


def _waits(look: Reading, id_: str, moments: dict[str, list[datetime]], log: Callable[[str], None]) -> bool:
    try:
        one = look.incident(id_)
        return one is not None and not one.resting and bool(moments.keys() & watched_clauses(one))
    except (Conflict, Misconfigured, Unreachable):
        raise
    except Exception as error:  # noqa: BLE001  (one damaged incident must not keep the others from being looked at)
        log(_cannot(f"incident {id_}", error))
        return False


def _moments(look: Reading, only: tuple[str, int] | None, log: Callable[[str], None]) -> dict[str, list[datetime]]:
    """When each version took effect here, by the clause: not before it was applied."""
    found: dict[str, list[datetime]] = {}
    for row in look.clauses():
        if only is None or (row["id"], row["version"]) == only:
            try:
                at = max(from_text(row["effective_from"]), from_text(row["applied_at"]))
            except (ValueError, TypeError) as error:
                log(_cannot(f"clause {row['id']}@{row['version']}", error))
                continue
            found.setdefault(row["id"], []).append(at)
    return found


def _cannot(what: str, error: Exception) -> str:
    """Without its words: nobody knows what is in them."""
    return f"What waits for guidance cannot be looked at in {what} ({type(error).__name__}): escalate verify"


def _taken_up_if_it_goes(
    ledger: Ledger, id_: str, moments: dict[str, list[datetime]], log: Callable[[str], None]
) -> Written | None:
    try:
        return _taken_up(ledger, id_, moments)
    except (Conflict, Misconfigured, Unreachable):
        raise
    except Exception as error:  # noqa: BLE001  (as above)
        log(_cannot(f"incident {id_}", error))
        return None


def _taken_up(ledger: Ledger, incident_id: str, moments: dict[str, list[datetime]]) -> Written | None:
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        events = by_clauses(incident, moments, record.now)
        labels = frozenset({"sensitive"}) if incident.sensitive else frozenset()
        return record.append(incident, *(Draft(event=event, labels=labels) for event in events)) if events else None
