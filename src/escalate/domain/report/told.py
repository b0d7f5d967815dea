"""Who was told, how, and what became of it: from receipts, never from what was meant to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.messages.message import OWED
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from escalate.domain.messages.message import Message
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.entry import Entry

STATES = {
    "message.sent": "sent",
    "message.delivered": "delivered",
    "message.shown": "shown",
    "message.told": "told",
    "message.failed": "failed",
    "message.unknown": "unknown",
    "message.gave_up": "gave-up",
    "message.cancelled": "cancelled",
    "message.retried": "queued",
    "message.bundled": "bundled",
}

MEANS = {
    "sent": "sent; the channel took it, nobody has said that they saw it",
    "delivered": "delivered",
    "shown": "shown on a console, not passed on yet",
    "told": "passed on by a person",
    "failed": "failed",
    "unknown": "no answer came; it may have arrived",
    "gave-up": "given up",
    "cancelled": "cancelled, no longer needed",
    "bundled": "said by another message to the same person at the same time",
    "queued": "not sent yet",
    "sending": "not sent yet",
}


class Told(Value):
    """One message. `at` is when it came into this state, `reached` whether a person may count as told."""

    message: str
    to: str
    name: str
    via: str
    state: str
    at: datetime
    attempts: int
    sha256: str

    @property
    def reached(self) -> bool:
        return self.state in {"sent", "delivered", "told"}

    @property
    def missed(self) -> bool:
        """Somebody should have been told by it and was not, as far as is known."""
        return self.state in {"failed", "gave-up", "shown", "queued", "sending", "unknown"}


def told(entries: Iterable[Entry], waiting: Iterable[Message], roster: Roster) -> list[Told]:
    """Each message in the state of its last receipt, in the order in which they first appear."""
    found: dict[str, Told] = {}
    for entry in entries:
        if entry.kind not in STATES or entry.body is None:
            continue
        event: Any = entry.event
        if event.kind != entry.kind:
            continue
        found[event.message] = Told(
            message=event.message,
            to=event.to,
            name=_name(event.to, roster),
            via=event.via,
            state=STATES[entry.kind],
            at=entry.recorded,
            attempts=event.attempts,
            sha256=event.sha256,
        )
    for message in waiting:
        if message.state in OWED and message.id not in found:
            found[message.id] = Told(
                message=message.id,
                to=message.to,
                name=message.name,
                via=message.via,
                state=message.state,
                at=message.due_at,
                attempts=message.attempts,
                sha256=message.sha256,
            )
    return list(found.values())


def _name(to: str, roster: Roster) -> str:
    if to == "person:":
        return "whoever is at the console"
    return f"ticket in {to.partition(':')[2]}" if to.startswith("ticket:") else roster.name_of(to)
