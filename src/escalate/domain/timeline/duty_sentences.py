"""The one line that each entry of the on-call record is to a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.timeline.phrases import people_named, person_named, worded

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.timeline.phrases import Naming, Showing


def on_call(event: Any, name_of: Naming, show: Showing) -> str:
    match event.kind:
        case "oncall.opened":
            return "Record of who is on call begun"
        case "override.added":
            swap = f" (swap {event.swap})" if event.swap else ""
            fact = f"Override {event.override} of {event.schedule}{swap}, {_span(event)}: {_change(event, name_of)}"
            return worded(fact, event.why, show)
        case "override.removed":
            return worded(f"Override {event.override} taken back", event.why, show)
        case "temporary.added":
            people = dict.fromkeys(str(turn.get("person")) for turn in event.shifts)
            who = people_named([*people], name_of) or "nobody on call"
            return worded(
                f"Temporary schedule {event.temporary} of {event.schedule}, {_span(event)}: {who}", event.why, show
            )
        case "temporary.removed":
            return worded(f"Temporary schedule {event.temporary} taken back", event.why, show)
        case "preferences.set":
            return f"{person_named(event.person, name_of)} said what they would rather not be given"
        case "handoff.offered":
            giver, taker = person_named(event.giver, name_of), person_named(event.taker, name_of)
            return worded(f"Hand-off {event.handoff} of {event.schedule}, {giver} to {taker}", event.note, show)
        case "handoff.accepted":
            return f"Hand-off {event.handoff} accepted by {person_named(event.by, name_of)}"
        case "shift.announced":
            return _news(event, name_of)
    return str(event.kind)


def _change(event: Any, name_of: Naming) -> str:
    if event.add and event.remove:
        return f"{person_named(event.add, name_of)} in place of {person_named(event.remove, name_of)}"
    return f"with {person_named(event.add, name_of)}" if event.add else f"without {person_named(event.remove, name_of)}"


def _news(event: Any, name_of: Naming) -> str:
    who = f"News for {person_named(event.person, name_of)}"
    if event.start == event.end:
        return f"{who}: the shift in {event.schedule} from {_minute(event.was or event.start)} is no longer theirs"
    if event.was == event.start:
        return (
            f"{who}: the shift in {event.schedule} since {_minute(event.start)} now goes on until {_minute(event.end)}"
        )
    moved = f"; it was to begin {_minute(event.was)}" if event.was else ""
    return f"{who}: on call in {event.schedule}, {_span(event)}{moved}"


def _span(event: Any) -> str:
    """`2026-11-22 09:00Z to 17:00Z`."""
    start, end = event.start, event.end
    return f"{_minute(start)} to {f'{end:%H:%M}Z' if start.date() == end.date() else _minute(end)}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
