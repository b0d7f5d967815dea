"""One line of a timeline, exactly as it is stored and hashed, and the draft that becomes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.instants import from_text
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.timeline.events import Event

EXACT = "exact"


class Entry(Value):
    """Text is kept as the store holds it: what is hashed is the stored bytes, never a second rendering of them.

    `body` and `salt` are None together, once the entry has been erased or where a reader may not see them.
    """

    incident: str
    seq: int
    id: str
    kind: str
    occurred_at: str
    precision: str
    written_at: str
    recorded_at: str
    origin: str
    actor: str
    labels: str
    body: str | None
    salt: bytes | None
    body_digest: str
    prev: str
    digest: str

    @property
    def event(self) -> Event:
        from escalate.domain.timeline.codec import decode

        return decode(self.kind, self.body)

    @property
    def at(self) -> datetime:
        """When it happened in the world."""
        return from_text(self.occurred_at)

    @property
    def recorded(self) -> datetime:
        """When the store took it."""
        return from_text(self.recorded_at)

    @property
    def label_set(self) -> frozenset[str]:
        return frozenset(self.labels.split())


class Draft(Value):
    """An event about to be appended. Without `at` it happened when it is recorded; without `id` it gets a new one."""

    event: Event
    at: datetime | None = None
    precision: str = EXACT
    labels: frozenset[str] = frozenset()
    id: str | None = None
    actor: str | None = None
