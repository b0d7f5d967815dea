"""One line of a timeline, exactly as it is stored and hashed, and the draft that becomes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.instants import from_text
from escalate.domain.value import Value
from escalate.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.timeline.event import Event

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

        try:
            return decode(self.kind, self.body)
        except (ValueError, RecursionError) as error:
            raise changed(self.incident, self.seq) from error

    @property
    def at(self) -> datetime:
        """When it happened in the world."""
        return self._instant(self.occurred_at)

    @property
    def recorded(self) -> datetime:
        """When the store took it."""
        return self._instant(self.recorded_at)

    def _instant(self, text: str) -> datetime:
        try:
            return from_text(text)
        except ValueError as error:
            raise changed(self.incident, self.seq) from error

    @property
    def label_set(self) -> frozenset[str]:
        return frozenset(self.labels.split())


def changed(incident: str, seq: int) -> Refused:
    """For an entry that cannot be read as it stands: escalate writes none like that."""
    return Refused(
        f"Entry {seq} of incident {incident} was changed: escalate wrote it otherwise.",
        hint="See all that was changed: escalate verify",
    )


def misfit(entry: Entry) -> str | None:
    """The first field that is not as escalate writes it, in an entry that came from elsewhere; None where all are.

    Digests say nothing about that: whoever makes an entry up can make up its digests.
    """
    import re

    for name, fits in _FITS.items():
        value = getattr(entry, name)
        if not (isinstance(value, str) and re.fullmatch(fits, value)):
            return name
    for name in ("occurred_at", "written_at", "recorded_at"):
        try:
            from_text(getattr(entry, name))
        except (TypeError, ValueError):
            return name
    if type(entry.seq) is not int or not 0 < entry.seq < 2**53:
        return "seq"
    if entry.labels.split() != sorted(set(entry.labels.split())):
        return "labels"
    return None if _body_fits(entry.body, entry.salt) else "body"


def _body_fits(body: object, salt: object) -> bool:
    import json

    from escalate.domain.timeline.codec import encode

    if body is None or salt is None:
        return body is salt
    try:
        said = json.loads(body) if isinstance(body, str) else None
        return isinstance(said, dict) and encode(said) == body and isinstance(salt, bytes) and len(salt) == 16
    except (ValueError, RecursionError):
        return False


_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}"
_DIGEST = "[0-9a-f]{64}"
_FITS = {
    "incident": _UUID,
    "id": _UUID,
    "kind": r"[a-z_]+(\.[a-z_]+)+",
    "precision": "[a-z][a-z0-9-]{0,31}",
    "origin": _NAME,
    "actor": _NAME,
    "labels": "([a-z0-9+:._-]+( [a-z0-9+:._-]+)*)?",
    "body_digest": _DIGEST,
    "prev": _DIGEST,
    "digest": _DIGEST,
}


class Draft(Value):
    """An event about to be appended. Without `at` it happened when it is recorded; without `id` it gets a new one."""

    event: Event
    at: datetime | None = None
    precision: str = EXACT
    labels: frozenset[str] = frozenset()
    id: str | None = None
    actor: str | None = None
