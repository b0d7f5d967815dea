"""What waits on this machine to come into the shared record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from escalate.domain.instants import to_text
from escalate.domain.text.many import many
from escalate.domain.value import Value

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.timeline.entry import Entry


class Waiting(Value):
    """`unsent` are messages that only this machine sends."""

    incidents: int = 0
    entries: int = 0
    unsent: int = 0
    since: datetime | None = None

    @property
    def any(self) -> bool:
        return bool(self.entries or self.unsent)

    def public(self) -> dict[str, Any]:
        return {
            "incidents": self.incidents,
            "entries": self.entries,
            "unsent": self.unsent,
            "since": self.since.isoformat() if self.since else None,
        }

    @property
    def said(self) -> str:
        unsent = f", {many(self.unsent, 'message')} not sent" if self.unsent else ""
        since = f", since {self.since:%Y-%m-%d %H:%MZ}" if self.since else ""
        return f"{many(self.entries, 'entry')} on {many(self.incidents, 'incident')}{unsent}{since}"


class Left(Value):
    """Of one incident: the entries in order, and the messages they owe. `target` is its id in the shared record where that
    is known, `recalled` the entry that says which one is meant; None where it was opened here.
    """

    incident: str
    target: str | None
    recalled: Entry | None
    entries: list[Entry]
    messages: list[Message]

    def is_in_hand(self, now: datetime) -> bool:
        """Whether one of its messages is being sent right now: what comes of it belongs to it."""
        return any(one.leased_until is not None and one.leased_until > now for one in self.messages)


class Spool(Protocol):
    """As far as bringing it in needs it."""

    def unsynced(self) -> list[str]:
        """The incidents of which the shared record does not have all, in the order in which they were written on."""

    def waiting(self) -> Waiting: ...
    def writing(self) -> AbstractContextManager[Any]: ...


def remembered(incident: Incident) -> dict[str, Any]:
    """Of an incident, what is needed to page, answer and refer to it, and how old it is. Its pages are driven by the shared
    record: here nothing is due.
    """
    pages = [page.but(due_at=None).plain() for page in incident.pages.values()]
    names = ("number", "code_name", "status", "severity", "marking", "restricted", "drill", "opened_by")
    known = {name: getattr(incident, name) for name in names}
    return {**known, "opened_at": to_text(incident.opened_at), "harm": list(incident.harm), "pages": pages}
