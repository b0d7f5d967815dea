"""What every event is: a kind that is permanent, and facts."""

from __future__ import annotations

from typing import Any, ClassVar

from escalate.domain.value import Value


class Event(Value):
    kind: ClassVar[str] = ""

    @classmethod
    def instants(cls) -> dict[str, str]:
        """The fields that are instants, with their annotations."""
        return {
            name: note
            for of in reversed(cls.__mro__)
            for name, note in of.__dict__.get("__annotations__", {}).items()
            if str(note).startswith("datetime")
        }


class Unrecognised(Event):
    """Written by a newer escalate, or erased; shown, and otherwise passed over."""

    of: str
    body: dict[str, Any]
