"""What can be wrong with who is on call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

NOBODY, LAST_STEP, GAP, NOT_FOR = "nobody", "last-step", "gap", "not-for"
UNREACHABLE, OVERRIDE, CLOCK_CHANGE = "unreachable", "override", "clock-change"
KINDS = (NOBODY, LAST_STEP, GAP, NOT_FOR, UNREACHABLE, OVERRIDE, CLOCK_CHANGE)
"""Gravest first. A clock change is nothing to mend: it is said so that a long night comes as no surprise."""


class Finding(Value):
    """From `start` to `end`, half-open. In JSON these are `from` and `to`."""

    kind: str
    where: str
    start: datetime
    end: datetime
    text: str
    hint: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": self.kind,
            "where": self.where,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "text": self.text,
            "hint": self.hint,
        }
