"""What happens to who is on call: kinds of the on-call record, the one timeline that belongs to no incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from escalate.domain.timeline.event import Event

if TYPE_CHECKING:
    from datetime import datetime


class OncallOpened(Event):
    """The first entry of the on-call record. A store has one, without a number."""

    kind: ClassVar[str] = "oncall.opened"


class OverrideAdded(Event):
    """`add` joins, `remove` leaves, both: `add` takes the place of `remove`. Half-open, whole minutes. The halves of a
    swap bear the same `swap`.
    """

    kind: ClassVar[str] = "override.added"
    override: str
    schedule: str
    add: str | None = None
    remove: str | None = None
    start: datetime
    end: datetime
    swap: str | None = None
    why: str = ""


class OverrideRemoved(Event):
    """From here on it does not count; what it did before stays done."""

    kind: ClassVar[str] = "override.removed"
    override: str
    why: str = ""


class TemporaryAdded(Event):
    """From `start` to `end` the schedule is `shifts` alone: {person, start, end}, instants as they are stored."""

    kind: ClassVar[str] = "temporary.added"
    temporary: str
    schedule: str
    start: datetime
    end: datetime
    shifts: list[dict[str, Any]]
    why: str = ""


class TemporaryRemoved(Event):
    kind: ClassVar[str] = "temporary.removed"
    temporary: str
    why: str = ""


class PreferencesSet(Event):
    """What a person asks not to be given. The reason is never asked for."""

    kind: ClassVar[str] = "preferences.set"
    person: str
    not_for: list[str]


class HandoffOffered(Event):
    """`items` is the note: {incidents, pages, clocks, tasks}, each a list of what the next person takes on."""

    kind: ClassVar[str] = "handoff.offered"
    handoff: str
    schedule: str
    giver: str
    taker: str
    note: str = ""
    items: dict[str, Any] = {}


class HandoffAccepted(Event):
    kind: ClassVar[str] = "handoff.accepted"
    handoff: str
    by: str


class ShiftAnnounced(Event):
    """A person was owed the news of a shift to come; `was` is when it was said to begin before it moved. Where that is
    `start`, the shift has begun and goes on longer; where `start` is `end`, it is no longer theirs.
    """

    kind: ClassVar[str] = "shift.announced"
    schedule: str
    person: str
    start: datetime
    end: datetime
    was: datetime | None = None
