"""What follows when a fact changes that clocks count from, when time runs out, and when somebody has done what was due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app import paging
from escalate.domain.clocks.running import APPLIES, LATE
from escalate.domain.incident import rules
from escalate.domain.incident.state import CLOSED
from escalate.domain.messages.message import OWED
from escalate.domain.timeline.judgements import ClockRecomputed

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.ledger import Record, Written
    from escalate.domain.incident.state import Incident


def recomputed(record: Record, before: Incident, written: Written, fact: str, *, but: str = "") -> Written:
    """After a fact was stated, corrected or withdrawn: which clocks now count to another moment than `before`, or run
    again. They alert anew.
    """
    if before.clocks is None or written.incident.clocks is None:
        return written
    was, now = _limits(before), _limits(written.incident)
    events = [
        ClockRecomputed(clock=id_, fact=fact, was=was[id_][0], was_target=was[id_][1], strict=due, target=target)
        for id_, (due, target, settled) in now.items()
        if id_ != but and was[id_] != (due, target, settled)
    ]
    if not events:
        return written
    return _open_again(record, paging.joined(written, record.append(written.incident, *events)))


def _open_again(record: Record, written: Written) -> Written:
    """No incident is closed while a clock runs; one on which a clock begins to run is open again, and seen."""
    incident = written.incident
    pending = incident.clocks.pending(incident) if incident.status == CLOSED and incident.clocks else []
    if not pending:
        return written
    why = f"clock {pending[0].id} runs"
    return paging.joined(written, record.append(incident, *rules.reopen(incident, why)))


def page_on(record: Record, before: Incident, written: Written) -> Written:
    """After an incident was resolved, and its pages called off: whoever had not answered a clock that still runs is paged
    anew. What happened is over; what the law asks for is not.
    """
    if before.clocks is None or not before.unacknowledged:
        return written
    running = [one.id for one in before.clocks.pending(written.incident)]
    because = _reasons(record, before)
    for page in before.unacknowledged:
        why = because.get(page.id, "")
        if any(why.startswith(_because(id_)) for id_ in running) and record.roster.clock_alert:
            more = paging.open_page(record, written.incident, record.roster.clock_alert, because=why)
            written = paging.joined(written, more)
    return written


def _reasons(record: Record, incident: Incident) -> dict[str, str]:
    """Why each page was opened."""
    after = 0
    found: dict[str, str] = {}
    while entries := record.tx.entries(incident.id, after=after):
        events: list[Any] = [entry.event for entry in entries if entry.kind == "page.opened"]
        found |= {getattr(event, "page", ""): getattr(event, "because", "") for event in events}
        after = entries[-1].seq
    return found


def _limits(incident: Incident) -> dict[str, tuple[datetime | None, datetime | None, bool]]:
    """Strict, the internal target, and whether it was submitted, of those that apply."""
    known = incident.clocks.reckoned(incident) if incident.clocks else []
    applying = [one for one in known if one.standing.said == APPLIES]
    return {one.id: (one.due, one.own_target, one.submitted_at is not None) for one in applying}


def page_for(record: Record, written: Written, event: Any) -> Written:
    """Page whom the roster names when a clock has alerted; where it names nobody a message was owed instead."""
    target = record.roster.clock_alert
    if target is None:
        return written
    over = "its time is over" if event.stage == LATE else f"{event.stage}% of the time is over"
    more = paging.open_page(record, written.incident, target, because=f"{_because(event.clock)} {over}")
    return paging.joined(written, more)


def _because(id_: str) -> str:
    """What the reason of every page begins with that a clock opened."""
    return f"clock {id_}:"


def called_off(record: Record, written: Written, id_: str, why: str) -> Written:
    """Cancel the pages that this clock opened and that still page somebody, or would again."""
    opened = {page for page, said in _reasons(record, written.incident).items() if said.startswith(_because(id_))}
    for page in written.incident.pages.values():
        if page.id in opened and (page.waiting or page.due_at is not None):
            written = paging.joined(written, paging.cancelled(record, written.incident, page, why, why))
    return _taken_back(record, written, id_, why)


def _taken_back(record: Record, written: Written, id_: str, why: str) -> Written:
    """What was to be passed on from the console of a clock that does not run any more."""
    kept = record.tx.messages(incident=written.incident.id, states=OWED)
    mine = [m for m in kept if m.purpose == "clock" and (m.details.get("values") or {}).get("clock") == id_]
    return paging.messages_cancelled(record, written, mine, why)
