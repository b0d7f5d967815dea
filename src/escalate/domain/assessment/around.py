"""What answers are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from escalate.domain.guidance.book import Guidance
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster
    from escalate.domain.subjects.keys import Ring


class Naming(Protocol):
    """What the record knows of subjects. What it sees of somebody for the first time here is in `fresh`."""

    fresh: list[Any]

    def known(self, begins: str) -> list[str]:
        """The handles that begin so."""

    def stands(self, said: str) -> bool:
        """Whether it is an answer of this incident already, as an older template took it."""

    def handle(self, type_: str, value: str, relation: str) -> str:
        """The handle of a value. Raises Unfit, which does not repeat it."""


class Known(Value):
    """`harm` gives the slug that somebody chose, and raises an EscalateError for one that there is not; `clocks` are the ids
    of the clock library. `keys` are those under which subjects are kept.
    """

    harm: Callable[[str], str]
    clocks: Callable[[], Collection[str]]
    keys: Callable[[], Ring] | None = None


class Around(Value):
    """What answers are held against.

    `read_time(text, ahead)` reads a time as people type it, and raises an EscalateError. `entry_seq(id)` is
    the number of the entry of this incident with that id, or None. `guidance()` are all clauses there are; `known` says
    what else there is. Both are looked up when an answer names something of theirs.
    """

    incident: Incident
    roster: Roster
    now: datetime
    read_time: Callable[[str, bool], datetime]
    entry_seq: Callable[[str], int | None]
    guidance: Callable[[], Guidance] | None = None
    known: Known | None = None
    subjects: Naming | None = None
