"""What came of an attempt: the entry it is worth, and what the message is after it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.app.paging import receipt
from escalate.domain.messages import message as states
from escalate.domain.messages.message import is_key
from escalate.domain.messages.owed import owed, ways_instead
from escalate.domain.roster import CONSOLE
from escalate.domain.timeline.receipts import (
    MessageDelivered,
    MessageFailed,
    MessageGaveUp,
    MessageSent,
    MessageShown,
    MessageUnknown,
)
from escalate.domain.value import Value
from escalate.errors import Misconfigured, Rejected, Unreachable

if TYPE_CHECKING:
    from escalate.app.ledger import Record
    from escalate.app.ports import Taken
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.messages.owing import Owed
    from escalate.errors import EscalateError


class Astray(Rejected):
    """It was not handed over at all: somebody changed in the record to whom it goes."""


MOST_ATTEMPTS = {"page": 9, "exhausted": 9}
MOST_ATTEMPTS_OTHERS = 300
"""With the pauses below: a quarter of an hour for what must wake somebody, a day for the rest."""

FIRST_PAUSE, LONGEST_PAUSE = 5, 300
"""Seconds between attempts: doubled each time, up to the longest."""


class Outcome(Value):
    """What came of handing `message` over, which holds for each of its `members`; none given: it stands for itself. Without
    `begun` it waited too long for a thread, and nothing was handed over.
    """

    message: Message
    members: tuple[Message, ...] = ()
    taken: Taken | None = None
    error: EscalateError | None = None
    begun: bool = True


def judged(outcome: Outcome, record: Record) -> tuple[Any, Message]:
    """The event an attempt's outcome is worth (None: only counted), and the message after it."""
    message, error, now = outcome.message, outcome.error, record.now
    after = message.but(leased_until=None)
    bundle = message.bundle if message.bundle and message.bundle != message.id else ""
    if error is None and message.via == CONSOLE:
        return receipt(MessageShown, message), after.but(state=states.SHOWN)
    if error is None:
        assert outcome.taken is not None
        remote, link = outcome.taken.remote, outcome.taken.link
        shape = MessageDelivered if outcome.taken.delivered else MessageSent
        more = {} if outcome.taken.delivered else {"remote": remote, "link": link}
        state = states.DELIVERED if outcome.taken.delivered else states.SENT
        after = after.but(state=state, remote=remote, last_error="")
        return receipt(shape, message, bundle=bundle, **more), after
    after = after.but(last_error=error.message)
    if isinstance(error, Rejected | Misconfigured) or not isinstance(error, Unreachable):
        instead = _instead(message, record, astray=isinstance(error, Astray))
        event = receipt(MessageFailed, message, bundle=bundle, why=error.message, instead=instead)
        return event, after.but(state=states.FAILED)
    pause = error.retry_after if error.retry_after is not None else FIRST_PAUSE * 2 ** min(message.attempts - 1, 9)
    due = now + timedelta(seconds=min(max(pause, 1), LONGEST_PAUSE if error.retry_after is None else 3600))
    if message.attempts >= MOST_ATTEMPTS.get(message.purpose, MOST_ATTEMPTS_OTHERS):
        instead = _instead(message, record)
        event = receipt(MessageGaveUp, message, bundle=bundle, why=error.message, instead=instead)
        return event, after.but(state=states.GAVE_UP)
    waits = after.but(due_at=due)
    if error.unknown and message.state != states.UNKNOWN:
        event = receipt(MessageUnknown, message, bundle=bundle, why=error.message)
        return event, waits.but(state=states.UNKNOWN)
    return None, waits.but(state=states.UNKNOWN if message.state == states.UNKNOWN else states.QUEUED)


def _instead(message: Message, record: Record, *, astray: bool = False) -> list[dict[str, Any]]:
    """The ways to try now. Another way to the same people that was waiting for its time is brought forward."""
    incident = record.incident(message.incident)
    page = incident.pages.get(message.page or "")
    if page is not None and not page.waiting and not message.details.get("each"):
        return []
    if astray:
        return _as_the_entry_says(message, incident, record)
    said = record.tx.messages(incident=message.incident)
    kept = message.details.get("values")
    alike = [
        m
        for m in said
        if (m.page, m.purpose, m.details.get("values")) == (message.page, message.purpose, kept) and m.id != message.id
    ]
    same = [m for m in alike if m.to == message.to and m.seq >= message.seq]
    if any(m.state in {states.SENT, states.DELIVERED, states.ACKNOWLEDGED} for m in same):
        return []
    if waiting := [m for m in same if m.state in states.WAITING]:
        first = min(waiting, key=lambda m: m.due_at)
        if first.due_at > record.now and not first.attempts:
            record.tx.update(first.but(due_at=record.now))
        return []
    tried = {(m.to, m.via) for m in (*alike, message)}
    return ways_instead(message.to, tried, message.purpose, page, record.roster, record.now, kept)


def _meant(message: Message, incident: Incident, record: Record) -> list[Owed]:
    """What its entry owes by the roster in force; nothing where that does not know any more what the entry names."""
    entry = record.tx.entry_by_id(message.entry)
    if entry is None or entry.incident != incident.id:
        return []
    try:
        return owed(entry.event, incident, record.roster)
    except (LookupError, ValueError, TypeError, AttributeError):
        return []


def _as_the_entry_says(message: Message, incident: Incident, record: Record) -> list[dict[str, Any]]:
    """The way that the key of a message is of; where it is of none, who answers for the page."""
    ways = [one for one in _meant(message, incident, record) if is_key(message.id, message.entry, one.to, one.via)]
    if not ways:
        page = incident.pages.get(message.page or "")
        return ways_instead("person:", set(), message.purpose, page, record.roster, record.now)
    [way] = {(one.to, one.via): one for one in ways}.values()
    return [
        {
            "to": way.to,
            "via": way.via,
            "after": 0,
            "purpose": way.purpose,
            "template": way.template,
            "page": way.page,
            "values": way.values,
        }
    ]
