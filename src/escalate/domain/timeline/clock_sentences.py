"""The one line that each entry about a legal clock is to a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.timeline.phrases import worded

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.timeline.phrases import Showing


def of_clock(event: Any, show: Showing) -> str:
    match event.kind:
        case "clock.applies":
            target = f", internal target {_length(event.own_target)}" if event.own_target is not None else ""
            return worded(f"Clock {event.clock} applies{target}", event.why, show)
        case "clock.dismissed":
            return worded(f"Clock {event.clock} does not apply", event.why, show)
        case "clock.submitted":
            return worded(f"Clock {event.clock} submitted, reference", event.reference, show)
        case "clock.delayed":
            until = f" until {_minute(event.until)}" if event.until else ""
            return worded(f"Clock {event.clock}: a ground for delay{until}", event.ground, show)
        case "clock.stopped":
            return worded(f"Clock {event.clock} stopped", event.why, show)
        case "clock.recomputed":
            return _recomputed(event)
        case "clock.alerted":
            over = "its time is over" if event.stage == "late" else f"{event.stage}% of the time is over"
            return f"Clock {event.clock}: {over}{_until(event.strict, event.target)}"
    return str(event.kind)


def _recomputed(event: Any) -> str:
    was, now = (
        _until(event.was, event.was_target).removeprefix(", "),
        _until(event.strict, event.target).removeprefix(", "),
    )
    said = f"Clock {event.clock} computed again, for the fact {event.fact} has changed"
    if was == now:
        return f"{said}: it stays at {now}" if now else said
    if not now:
        return f"{said}: no deadline any more, it was {was}"
    return f"{said}: {now}" + (f", it was {was}" if was else "")


def _until(strict: datetime | None, target: datetime | None) -> str:
    if strict is not None:
        return f", strict deadline {_minute(strict)}"
    return f", internal target {_minute(target)}" if target is not None else ""


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def _length(seconds: int) -> str:
    """`4h`, `1h30m`, as the roster has it."""
    found = ""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        found += f"{count}{unit}" if count else ""
    return found or "0m"
