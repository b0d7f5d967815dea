"""What a person can do about messages: try again, or say that they passed one on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.app.paging import joined, receipt
from escalate.domain.incident.harm import is_sensitive
from escalate.domain.messages import message as states
from escalate.domain.messages.pace import HELD
from escalate.domain.roster import CONSOLE
from escalate.domain.timeline.events import TextRevealed
from escalate.domain.timeline.receipts import MessageRetried, MessageShown, MessageTold
from escalate.errors import Conflict, NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from escalate.app.ledger import Ledger, Record, Written
    from escalate.app.ports import Reading
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.timeline.event import Event

OURS = frozenset({
    "page", "exhausted", "status", "ticket", "handoff", "shift", "reassess", "clock", "broken", "matched", "question",
    "approval", "review",
})  # fmt: skip
"""Purposes of messages whose words are the program's: nothing that somebody typed of a guarded incident is in them."""

RETRIED = frozenset({states.FAILED, states.GAVE_UP, states.QUEUED, states.UNKNOWN})


def hidden(look: Reading, messages: Iterable[Message]) -> frozenset[str]:
    """Those of the messages, by id, whose words are masked where they are only listed, as those of a timeline are: what
    somebody typed. What is ours is not, for whoever passes it on must be able to read it again.
    """
    known: dict[str, Incident | None] = {}
    found = set()
    for message in messages:
        if message.incident not in known:
            known[message.incident] = look.incident(message.incident)
        incident = known[message.incident]
        if incident is None or incident.sensitive or incident.title_masked:
            if incident is None or not _only_ours(look, message, incident):
                found.add(message.id)
        elif message.purpose == "ping":
            entry = look.entry(message.incident, message.seq)
            if entry is None or "sensitive" in entry.label_set:
                found.add(message.id)
    return frozenset(found)


def _only_ours(look: Reading, message: Message, incident: Incident) -> bool:
    """Whether nobody typed any of its words. A channel may have been told the title before the incident was sensitive."""
    if message.purpose not in OURS:
        return False
    first = look.entry(incident.id, 1)
    always = first is not None and is_sensitive(getattr(first.event, "harm", ()))
    tells = bool(incident.title) and incident.title in message.text
    if message.via == CONSOLE:
        return always or not tells
    return always and not tells


def one(look: Reading, key: str) -> tuple[Message, bool]:
    """The message whose id begins so, and whether its words are masked."""
    message = _found(look, key)
    return message, bool(hidden(look, [message]))


def reveal(ledger: Ledger, message: Message, why: str) -> None:
    """Put on the timeline that somebody is about to see what was typed in a message, and why; before it is shown."""
    from escalate.domain.incident.rules import said

    with ledger.writing() as record:
        event = TextRevealed(entries=[message.seq], why=said(why, "The reason"))
        record.append(record.incident(message.incident), event)


def retry(ledger: Ledger, keys: tuple[str, ...]) -> Written:
    """Queue again what failed, was given up or waits, due now, with the same idempotency key."""

    def again(record: Record, message: Message) -> tuple[Message, Event]:
        if message.state not in RETRIED:
            raise Refused(
                f"Message {message.id[:8]} is {message.state}; there is nothing to try again.",
                hint="See them: escalate messages",
            )
        # Not 0 once it was tried: a channel then looks first whether an earlier attempt arrived.
        tried = min(message.attempts, 1)
        if message.leased_until is not None and message.leased_until > record.now:
            raise Conflict(f"Message {message.id[:8]} is being sent now.", hint="Look in a minute: escalate messages")
        fresh = message.but(state=states.QUEUED, due_at=record.now, leased_until=None, attempts=tried)
        if message.bundle == HELD:
            fresh = fresh.but(last_error="")
        if message.bundle == HELD or message.state in {states.FAILED, states.GAVE_UP}:
            # What fell out of a bundle goes alone, and somebody wants what was held now. A bundle that waits goes whole.
            fresh = fresh.but(bundle=message.id)
        return fresh, receipt(MessageRetried, message)

    return _each(ledger, keys, again)


def told(ledger: Ledger, keys: tuple[str, ...], how: str) -> Written:
    """Somebody passed it on by another way: it is not owed any more."""

    def passed_on(_record: Record, message: Message) -> tuple[Message, Event]:
        if message.state not in {*states.OWED, states.FAILED, states.GAVE_UP}:
            raise Refused(f"Message {message.id[:8]} is {message.state}.", hint="See them: escalate messages")
        return message.but(state=states.TOLD, leased_until=None), receipt(MessageTold, message, how=how)

    return _each(ledger, keys, passed_on)


def show_due(ledger: Ledger, show: Callable[[Message], None]) -> int:
    """Show what is due for whoever is at the terminal, and put down what was shown; for those who may not send. A closed
    terminal shows nothing, and the message stays owed. Returns how many were shown.
    """
    now = ledger.clock.now()
    with ledger.store.reading() as look:
        owed = look.messages(states=states.WAITING)
    seen = [message for message in owed if message.via == CONSOLE and message.due_at <= now and _shown(message, show)]
    if not seen:
        return 0
    with ledger.writing() as record:
        record.tx.hold({message.incident for message in seen})
        known = record.tx.current(message.id for message in seen)
        for current in known.values():
            if current.state in states.WAITING:  # else somebody else has passed it on meanwhile
                record.tx.update(current.but(state=states.SHOWN, leased_until=None))
                record.append(record.incident(current.incident), receipt(MessageShown, current))
    return len(seen)


def _shown(message: Message, show: Callable[[Message], None]) -> bool:
    try:
        show(message)
    except OSError:
        return False
    return True


def _each(ledger: Ledger, keys: tuple[str, ...], change: Callable[[Record, Message], tuple[Message, Event]]) -> Written:
    with ledger.writing() as record:
        written: Written | None = None
        record.tx.hold({_find(record, key).incident for key in keys})
        for key in dict.fromkeys(keys):
            after, event = change(record, _find(record, key))
            record.tx.update(after)
            more = record.append(record.incident(after.incident), event).but(queued=[after])
            written = joined(written, more) if written else more
        assert written is not None
        return written


def may_be_id(word: str) -> bool:
    """Whether an id could begin so."""
    return len(word) > 3 and all(c in "0123456789abcdef-" for c in word.lower())


def _find(record: Record, key: str) -> Message:
    return _found(record.tx, key)


def _found(look: Reading, key: str) -> Message:
    found = look.message(key) if may_be_id(key) else []
    if not found:
        raise NotFound(f"There is no message {key!r}.", hint="Their ids: escalate messages --all")
    if len(found) > 1:
        raise Usage(f"{key!r} begins several ids.", hint="Give more of it.")
    return found[0]
