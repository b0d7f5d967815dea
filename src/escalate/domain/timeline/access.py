"""Who may know of an incident, and whom it is about, by handles that say nothing to whoever has no key."""

from __future__ import annotations

from typing import ClassVar

from escalate.domain.timeline.event import Event

# ── need to know ────────────────────────────────────────────────────────────────────────────────────────────────────


class AccessRestricted(Event):
    """From here on only those who are granted it may read the incident; the actor is granted it by this."""

    kind: ClassVar[str] = "access.restricted"
    why: str


class AccessLifted(Event):
    kind: ClassVar[str] = "access.lifted"
    why: str
    approval: str | None = None


class AccessGranted(Event):
    """`to` is person:NAME, team:NAME or a login that the roster does not know."""

    kind: ClassVar[str] = "access.granted"
    to: str
    why: str = ""


class AccessRevoked(Event):
    kind: ClassVar[str] = "access.revoked"
    to: str
    why: str = ""


class AccessBroken(Event):
    """Break-glass: the actor reads a restricted incident without having been asked in, says why, and the lead is paged."""

    kind: ClassVar[str] = "access.broken"
    why: str


class AccessAlarmed(Event):
    """The lead is told of the break-glass whose entry is `broken`, by whom it was."""

    kind: ClassVar[str] = "access.alarmed"
    broken: str
    by: str


# ── subjects ────────────────────────────────────────────────────────────────────────────────────────────────────────


class SubjectSeen(Event):
    """`digest` is the HMAC-SHA-256, in hex, of the value normalised by version `rule` of its `type`'s rule, under the key
    whose id is `key`. `relation` is actor, target, reporter or infrastructure. The value itself is nowhere.
    """

    kind: ClassVar[str] = "subject.seen"
    subject: str
    type: str
    relation: str
    digest: str
    key: str
    rule: int
    note: str = ""


class SubjectLinked(Event):
    """Two handles are held to be one subject, for the reason given."""

    kind: ClassVar[str] = "subject.linked"
    subject: str
    other: str
    why: str


class SubjectWithdrawn(Event):
    """The sighting or link whose entry is named was a mistake."""

    kind: ClassVar[str] = "subject.withdrawn"
    subject: str
    entry: str
    why: str


class SubjectMatched(Event):
    """Somebody who may not read this incident has seen one of its subjects in another, `seen_in`, or, where that
    is empty, has asked whether it was seen before; who asked was told nothing of it.
    """

    kind: ClassVar[str] = "subject.matched"
    subject: str
    seen_in: str
    by: str
