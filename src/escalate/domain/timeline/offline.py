"""What is to be known of entries that were written while the record could not be reached."""

from __future__ import annotations

from typing import Any, ClassVar

from escalate.domain.timeline.event import Event


class IncidentRecalled(Event):
    """The first entry, on the machine that wrote it alone, of what was written on an incident of the shared record:
    what was known of that one. It never comes into the shared record. `ref` is what the person called it; `pages` are
    the plain pages that waited, `known_at` when that was so. Of one that is known by name alone `opened_at`, `opened_by` and
    `marking` are empty.
    """

    kind: ClassVar[str] = "incident.recalled"
    ref: str
    number: int = 0
    code_name: str = ""
    severity: str = "SEV2"
    harm: list[str] = []
    restricted: bool = False
    drill: bool = False
    pages: list[dict[str, Any]] = []
    known_at: str = ""
    status: str = "open"
    marking: str = ""
    opened_at: str = ""
    opened_by: str = ""


class EntryFlagged(Event):
    """`mark` is clock (the writer's was off) or rule (what it says could no longer be so when it came in)."""

    kind: ClassVar[str] = "entry.flagged"
    entry: str
    mark: str
    why: str
