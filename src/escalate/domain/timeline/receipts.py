"""What became of messages: each change of state is an event."""

from __future__ import annotations

from typing import Any, ClassVar

from escalate.domain.timeline.event import Event


class MessageEvent(Event):
    """`message` is the key, `sha256` the digest of the text, `attempts` how often it had been tried by then. `bundle` is
    the key of the one message that several went out as.
    """

    message: str
    to: str
    via: str
    sha256: str
    attempts: int = 1
    bundle: str = ""


class MessageSent(MessageEvent):
    """The channel took it. `remote` is what the other side calls it. That a person saw it is not said here."""

    kind: ClassVar[str] = "message.sent"
    remote: str = ""
    link: str = ""


class MessageDelivered(MessageEvent):
    kind: ClassVar[str] = "message.delivered"


class MessageShown(MessageEvent):
    """Shown to the person at the terminal, who has to pass it on; still owed."""

    kind: ClassVar[str] = "message.shown"


class MessageTold(MessageEvent):
    """Somebody passed it on by another way and says so."""

    kind: ClassVar[str] = "message.told"
    how: str = ""


class MessageFailed(MessageEvent):
    """The other side refuses it for good. `instead` are the ways that are tried now."""

    kind: ClassVar[str] = "message.failed"
    why: str
    instead: list[dict[str, Any]] = []


class MessageUnknown(MessageEvent):
    """The answer never came: it may have arrived. It is sent again with the same key."""

    kind: ClassVar[str] = "message.unknown"
    why: str


class MessageGaveUp(MessageEvent):
    kind: ClassVar[str] = "message.gave_up"
    why: str
    instead: list[dict[str, Any]] = []


class MessageBundled(MessageEvent):
    """It says nothing that message `into`, to the same person by the same way at the same time, does not say."""

    kind: ClassVar[str] = "message.bundled"
    into: str


class MessageCancelled(MessageEvent):
    kind: ClassVar[str] = "message.cancelled"
    why: str


class MessageRetried(MessageEvent):
    """A person asked for another attempt after it had failed or been given up."""

    kind: ClassVar[str] = "message.retried"


class CourierMissing(Event):
    """Something is owed and no courier could be started; `waiting` are the people who will not be woken."""

    kind: ClassVar[str] = "courier.missing"
    waiting: list[str]
    why: str
