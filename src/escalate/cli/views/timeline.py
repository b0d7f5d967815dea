"""How lines of a timeline look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.cli.views import Table
from escalate.domain.text.visible import visible

if TYPE_CHECKING:
    from datetime import tzinfo

    from escalate.app.reading import Told
    from escalate.cli.views import Cell, View
    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.corrections import Line

COARSE = {"day": "%Y-%m-%d", "week": "%Y-%m-%d (week)", "month": "%Y-%m", "year": "%Y"}


def when(line: Line, zone: tzinfo) -> str:
    """The moment in UTC, and the reader's clock beside it where that differs; as exactly as it is known."""
    if line.precision in COARSE:
        return format(line.at, COARSE[line.precision])
    seconds = "%H:%M:%S" if line.precision == "exact" else "%H:%M"
    shown = f"{line.at:%Y-%m-%d} {line.at:{seconds}}Z"
    local = line.at.astimezone(zone)
    day = "" if local.date() == line.at.date() else f"{local:%Y-%m-%d} "
    beside = "" if local.utcoffset() == line.at.utcoffset() else f" ({day}{local:{seconds}})"
    return shown + beside + ("" if line.precision in {"exact", "minute", "second"} else f" ~{line.precision}")


def words(line: Line) -> str:
    """What it says, on one line of its own column; other lines are kept apart by a visible mark."""
    text = " ⏎ ".join(visible(line.text, lines=True).splitlines()) or "(nothing)"
    marks = "".join(f" [{label}]" for label in sorted(line.labels))
    if line.withdrawn:
        return f"(withdrawn by #{line.corrected_by}) {text}{marks}"
    return f"{text}{f' (corrected by #{line.corrected_by})' if line.corrected_by else ''}{marks}"


def styled(line: Line) -> Cell:
    if line.withdrawn:
        return words(line), "dim strike"
    if line.kind in {"page.exhausted", "message.failed", "message.gave_up", "courier.missing"}:
        return words(line), "bold red"
    return words(line), "" if line.kind in {"note.added", "fact.stated"} else "cyan"


def rows(told: Told, zone: tzinfo) -> View:
    table = Table(
        columns=("#", "when", "who", "what"),
        rows=[(str(line.seq), when(line, zone), line.entry.actor, styled(line)) for line in told.lines],
    )
    return [(_heading(told.incident), "bold"), table]


def _heading(incident: Incident) -> str:
    if incident.duty is not None:
        return f"{incident.name}  {incident.title}"
    return f"{incident.name}  {incident.severity}  {incident.status}"


def following(line: Line, zone: tzinfo) -> str:
    from escalate.cli.screen import inert

    return inert(f"{line.seq:>4}  {when(line, zone)}  {line.entry.actor}  {words(line)}")


def hits(found: list[Told], zone: tzinfo) -> View:
    if not found:
        return ["Nothing was found. What is sensitive is not in the index."]
    return [
        Table(
            columns=("ref", "#", "when", "who", "what"),
            rows=[
                (told.incident.ref, str(line.seq), when(line, zone), line.entry.actor, styled(line))
                for told in found
                for line in told.lines
            ],
        )
    ]
