"""Is what is kept of messages what their receipts on the timeline say? Only the receipts are chained."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from escalate.domain.messages import message as states

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AFTER = {
    "message.sent": (states.SENT, states.ACKNOWLEDGED),
    "message.delivered": (states.DELIVERED, states.ACKNOWLEDGED),
    "message.shown": (states.SHOWN,),
    "message.told": (states.TOLD,),
    "message.failed": (states.FAILED,),
    "message.unknown": (states.UNKNOWN,),
    "message.gave_up": (states.GAVE_UP,),
    "message.bundled": (states.BUNDLED,),
    "message.cancelled": (states.CANCELLED,),
    "message.retried": (states.QUEUED, states.SENDING),
}
"""The states a message can be in after its last receipt; before the first one it waits or is being sent."""


class Receipts:
    """The last one of every message of an incident. One whose message is not kept came with an import."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, str, str]] = {}

    def take(self, seq: int, kind: str, body: Any) -> None:
        import json

        try:
            said = json.loads(body)
            self._last[said["message"]] = (seq, kind, said["sha256"])
        except (ValueError, TypeError, LookupError, RecursionError):
            return  # it was erased, or escalate did not write it, which is found elsewhere

    def faults(self, kept: Iterable[tuple[str, str, str]], *, erased: bool = False) -> Iterator[tuple[int, str]]:
        """The seq of the receipt, 0 where there is none, and what does not fit. `kept` are id, state and text; with
        `erased` a text may be gone, with that of an entry.
        """
        for id_, state, text in kept:
            seq, kind, digest = self._last.get(id_, (0, "", ""))
            gone = erased and text == ""
            if seq and not gone and sha256(str(text).encode("utf-8", "surrogatepass")).hexdigest() != digest:
                yield seq, f"message {str(id_)[:8]}: its words are not those of which this entry tells"
            if state not in AFTER.get(kind, (states.QUEUED, states.SENDING) if not seq else (state,)):
                says = f"this entry says {kind.partition('.')[2]}" if seq else "no entry says so"
                yield seq, f"message {str(id_)[:8]} is {state}; {says}"
