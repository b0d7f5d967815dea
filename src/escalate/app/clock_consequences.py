"""What follows when a fact changes that clocks count from, when time runs out, and when somebody has done what was due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app import paging
from escalate.domain.clocks.running import APPLIES, LATE
from escalate.domain.incident import rules
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
    return paging.joined(written, record.append(written.incident, *events)) if events else written


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
    after, opened = 0, set()
    while entries := record.tx.entries(written.incident.id, after=after):
        events: list[Any] = [entry.event for entry in entries if entry.kind == "page.opened"]
        opened |= {event.page for event in events if event.because.startswith(_because(id_))}
        after = entries[-1].seq
    for page in written.incident.pages.values():
        if page.id in opened and (page.waiting or page.due_at is not None):
            events = list(rules.cancel(page, why))
            more = paging._answered(record, written.incident, page, events, by=None, why=why)
            written = paging.joined(written, more)
    return written
