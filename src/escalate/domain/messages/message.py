"""A message on its way: to whom, by what, saying what, and what has become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.digest import sha256
from escalate.domain.timeline.chain import uuid_parts
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

QUEUED, SENDING, SENT, DELIVERED, ACKNOWLEDGED = "queued", "sending", "sent", "delivered", "acknowledged"
BUNDLED = "bundled"
SHOWN, TOLD, FAILED, UNKNOWN, CANCELLED, GAVE_UP = (
    "shown",
    "told",
    "failed",
    "unknown",
    "cancelled",
    "gave-up",
)

STATES = (
    QUEUED,
    SENDING,
    SENT,
    DELIVERED,
    ACKNOWLEDGED,
    SHOWN,
    TOLD,
    FAILED,
    UNKNOWN,
    CANCELLED,
    BUNDLED,
    GAVE_UP,
)

WAITING = (QUEUED, SENDING, UNKNOWN)
"""A courier still has work with these."""

OWED = (*WAITING, SHOWN)
"""Nobody has been reached by these yet."""


class Message(Value):
    """`id` is the idempotency key, UUIDv5(entry, recipient, via, nth): the same in every attempt.

    `to` is `person:x`, `team:x` or `ticket:x`; `via` a channel by its name in the roster, `address` where that is.
    `purpose` is page, ping, ticket, exhausted, status, handoff, shift, reassess, clock, question, approval or
    review; `details` holds what structured
    channels need: ref, code_name, severity, incident, page, head, drill, action (trigger, acknowledge, resolve), dedup, link;
    of a page also
    its label (INC-7/1), the person's `code`, and `each` where everybody of its step answers for themselves.
    `text` is what is said, `subject` its first line for channels that have one. `bundle` is the key of the one message it
    goes out in with others, `tried_at` when it was last handed over. `spoilt`: what is kept of it cannot be read.
    """

    id: str
    incident: str
    entry: str
    seq: int
    digest: str
    page: str | None = None
    purpose: str
    to: str
    name: str
    via: str
    address: str
    subject: str
    text: str
    details: dict[str, Any] = {}
    state: str = QUEUED
    attempts: int = 0
    due_at: datetime
    leased_until: datetime | None = None
    last_error: str = ""
    remote: str = ""
    bundle: str | None = None
    tried_at: datetime | None = None
    spoilt: bool = False

    @property
    def fits(self) -> bool:
        """Whether its key is that of a message from its entry to whom it names, by the way it names. Nothing that escalate
        writes is otherwise.
        """
        return not self.spoilt and is_key(self.id, self.entry, self.to, self.via)

    @property
    def sha256(self) -> str:
        return sha256(self.text.encode())

    def public(self, *, masked: bool = False) -> dict[str, Any]:
        """The message as `--json` shows it; `masked` for who may know that it is there, but not see its words by chance."""
        if masked:
            from escalate.domain.timeline.words import mask

            return self.but(subject=mask(self.subject), text=mask(self.text)).public()
        return {
            "id": self.id,
            "to": self.to,
            "name": self.name,
            "via": self.via,
            "purpose": self.purpose,
            "state": self.state,
            "attempts": self.attempts,
            "due_at": self.due_at.isoformat(),
            "last_error": self.last_error or None,
            "remote": self.remote or None,
            "subject": self.subject,
            "text": self.text,
        }


def key(entry: str, to: str, via: str, nth: int) -> str:
    """What a message is known by here and wherever it arrives; `nth` counts from 1 what one entry owes to one by one way."""
    return uuid_parts(entry, to, via, str(nth))


MOST_ALIKE = 32
"""More messages to one person by one way no entry owes."""


def is_key(id_: str, entry: str, to: str, via: str) -> bool:
    """Whether `id_` is the key of such a message. Raises nothing, whatever it is given."""
    try:
        return any(key(entry, to, via, nth) == id_ for nth in range(1, MOST_ALIKE + 1))
    except (ValueError, TypeError, AttributeError):
        return False
