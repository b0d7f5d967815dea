"""Rows to values and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text, to_text
from escalate.domain.timeline.entry import Entry, changed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escalate.app.ports import Tally
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message


LONG_AGO = from_text("1970-01-01T00:00:00.000000Z")


def state_of(text: str) -> Incident | None:
    """The kept state; None where it cannot be read, as after a newer version wrote it: it is only a cache."""
    from escalate.domain.incident.state import Incident

    try:
        return Incident.from_plain(json.loads(text))
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def entry_of(row: Any) -> Entry:
    """Raises Refused for what escalate did not write: whoever reads entries may trust that text is text."""
    entry = Entry(**dict(row))
    if tuple(map(type, entry.__dict__.values())) not in TYPES:
        raise changed(entry.incident, entry.seq)
    return entry


_WHOLE: dict[str, type] = {**dict.fromkeys(Entry._fields, str), "seq": int, "salt": bytes}
_ERASED: dict[str, type] = {**_WHOLE, "body": type(None), "salt": type(None)}
TYPES = (tuple(_WHOLE.values()), tuple(_ERASED.values()))
"""Of the columns of an entry, and of one that was erased or may not be read."""


def added_up(rows: Iterable[Any]) -> Tally:
    """What is owed of several incidents, in one."""
    from escalate.app.ports import Tally

    found = [*rows]
    return Tally(**{name: sum(row[name] for row in found) for name in Tally._fields})


def columns_of(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "incident": message.incident,
        "entry": message.entry,
        "entry_seq": message.seq,
        "entry_digest": message.digest,
        "page": message.page,
        "purpose": message.purpose,
        "recipient": message.to,
        "name": message.name,
        "via": message.via,
        "address": message.address,
        "subject": message.subject,
        "text": message.text,
        "details": json.dumps(message.details, sort_keys=True),
        "state": message.state,
        "attempts": message.attempts,
        "due_at": to_text(message.due_at),
        "leased_until": to_text(message.leased_until) if message.leased_until else None,
        "last_error": message.last_error,
        "remote": message.remote,
        "bundle": message.bundle,
        "tried_at": to_text(message.tried_at) if message.tried_at else None,
    }


def message_of(row: Any) -> Message:
    """One that cannot be read is `spoilt`: it keeps nobody from the others."""
    from escalate.domain.messages.message import Message

    given = dict(row)
    read: dict[str, Any] = {}
    try:
        read = {
            name: from_text(given[name]) if given[name] else None for name in ("due_at", "leased_until", "tried_at")
        }
        read["details"] = json.loads(given["details"])
        spoilt = not (isinstance(read["details"], dict) and read["due_at"])
    except (ValueError, TypeError, RecursionError):
        spoilt = True
    if spoilt:
        read = {"details": {}, "due_at": LONG_AGO, "leased_until": None, "tried_at": None}
    return Message(
        id=given["id"],
        incident=given["incident"],
        entry=given["entry"],
        seq=given["entry_seq"],
        digest=given["entry_digest"],
        page=given["page"],
        purpose=given["purpose"],
        to=given["recipient"],
        name=given["name"],
        via=given["via"],
        address=given["address"],
        subject=given["subject"],
        text=given["text"],
        state=given["state"],
        attempts=given["attempts"],
        last_error=given["last_error"],
        remote=given["remote"],
        bundle=given["bundle"],
        spoilt=spoilt,
        **read,
    )
