"""The on-call record, folded: overrides, temporary schedules, preferences, hand-offs. Nothing in it is ever dropped, so
that who was on call at any moment can be told afterwards.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.timeline.entry import Entry

REF = "ONCALL"
"""What the on-call record is called where an incident has its reference."""

ALLOWED = frozenset({"oncall", "override", "temporary", "preferences", "handoff", "shift", "message", "note", "entry",
                     "text", "report", "courier"})  # fmt: skip
"""The families of kinds that the on-call record takes."""


class Change(Value):
    """Something that is so for a time. Half-open, whole minutes. `since` is when it was known, `until` when it was taken
    back: what was true before the one and after the other it did not change.
    """

    id: str
    schedule: str
    start: datetime
    end: datetime
    since: datetime
    until: datetime | None = None
    by: str
    why: str = ""

    @property
    def begins(self) -> datetime:
        """From when on it counts."""
        return max(self.start, self.since)

    @property
    def ends(self) -> datetime:
        """Until when it counts; not after `begins` where it never did."""
        return min(self.end, self.until) if self.until else self.end


class Override(Change):
    """`add` joins, `remove` leaves, both: `add` takes the place of `remove`. The halves of a swap bear the same `swap`."""

    add: str | None = None
    remove: str | None = None
    swap: str | None = None


class Turn(Value):
    """One shift of a temporary schedule."""

    person: str
    start: datetime
    end: datetime


class Temporary(Change):
    """For its span it is the schedule: rules and overrides do not count. Of two for the same moment the later one does."""

    shifts: tuple[Turn, ...]


class Handoff(Value):
    id: str
    schedule: str
    giver: str
    taker: str
    note: str
    items: dict[str, Any]
    at: datetime
    accepted_by: str | None = None
    accepted_at: datetime | None = None


class Duty(Value):
    """`overrides`, `temporaries` and `handoffs` in the order in which they were made; `announced` maps
    `schedule/person` to the last shift they were told of.
    """

    overrides: tuple[Override, ...] = ()
    temporaries: tuple[Temporary, ...] = ()
    handoffs: tuple[Handoff, ...] = ()
    not_for: dict[str, tuple[str, ...]] = {}
    announced: dict[str, Turn] = {}

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Duty:
        return Duty(
            overrides=tuple(_override(each) for each in data["overrides"]),
            temporaries=tuple(_temporary(each) for each in data["temporaries"]),
            handoffs=tuple(Handoff(**_instants(each, "at", "accepted_at")) for each in data["handoffs"]),
            not_for={person: tuple(harm) for person, harm in data["not_for"].items()},
            announced={name: _turn(each) for name, each in data["announced"].items()},
        )

    @property
    def next_override(self) -> str:
        return f"O-{len(self.overrides) + 1}"

    @property
    def next_temporary(self) -> str:
        return f"T-{len(self.temporaries) + 1}"

    @property
    def next_handoff(self) -> str:
        return f"H-{len(self.handoffs) + 1}"


def after(duty: Duty, entry: Entry) -> Duty:
    """The on-call record after one more of its entries."""
    event: Any = entry.event
    match event.kind:
        case "override.added":
            made = Override(
                id=event.override, schedule=event.schedule, add=event.add, remove=event.remove, start=event.start,
                end=event.end, since=minute(entry.recorded), swap=event.swap, by=entry.actor, why=event.why,
            )  # fmt: skip
            return duty.but(overrides=(*duty.overrides, made))
        case "override.removed":
            return duty.but(overrides=_taken_back(duty.overrides, event.override, entry))
        case "temporary.added":
            planned = Temporary(
                id=event.temporary, schedule=event.schedule, start=event.start, end=event.end, since=minute(entry.recorded),
                shifts=tuple(_turn(each) for each in event.shifts), by=entry.actor, why=event.why,
            )  # fmt: skip
            return duty.but(temporaries=(*duty.temporaries, planned))
        case "temporary.removed":
            return duty.but(temporaries=_taken_back(duty.temporaries, event.temporary, entry))
        case "preferences.set":
            return duty.but(not_for={**duty.not_for, event.person: tuple(event.not_for)})
        case "handoff.offered":
            offered = Handoff(
                id=event.handoff, schedule=event.schedule, giver=event.giver, taker=event.taker, note=event.note,
                items=event.items, at=entry.recorded,
            )  # fmt: skip
            return duty.but(handoffs=(*duty.handoffs, offered))
        case "handoff.accepted":
            return duty.but(handoffs=tuple(
                each.but(accepted_by=event.by, accepted_at=entry.at) if each.id == event.handoff else each
                for each in duty.handoffs
            ))  # fmt: skip
        case "shift.announced":
            said = Turn(person=event.person, start=event.start, end=event.end)
            return duty.but(announced={**duty.announced, f"{event.schedule}/{event.person}": said})
    return duty


def minute(instant: datetime) -> datetime:
    """On-call times are whole minutes; seconds are dropped."""
    return instant - timedelta(seconds=instant.second, microseconds=instant.microsecond)


def _taken_back(all_: tuple[Any, ...], id_: str, entry: Entry) -> tuple[Any, ...]:
    return tuple(
        each.but(until=minute(entry.recorded)) if each.id == id_ and each.until is None else each for each in all_
    )


def _instants(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**data, **{name: from_text(data[name]) if data.get(name) else None for name in names}}


def _turn(data: dict[str, Any]) -> Turn:
    return Turn(**_instants(data, "start", "end"))


def _override(data: dict[str, Any]) -> Override:
    return Override(**_instants(data, "start", "end", "since", "until"))


def _temporary(data: dict[str, Any]) -> Temporary:
    shifts = tuple(_turn(each) for each in data["shifts"])
    return Temporary(**{**_instants(data, "start", "end", "since", "until"), "shifts": shifts})
