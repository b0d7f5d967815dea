"""What is to be known of entries that were written while the record could not be reached."""

from __future__ import annotations

from typing import ClassVar

from escalate.domain.timeline.event import Event


class EntryFlagged(Event):
    """`mark` is clock (the writer's was off) or rule (what it says could no longer be so when it came in)."""

    kind: ClassVar[str] = "entry.flagged"
    entry: str
    mark: str
    why: str
