"""What an audience may read of an incident: the one place where a document is made less than the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.incident.fold import fold
from escalate.domain.report.audience import (
    LEFT_OUT,
    MASKED,
    Audience,
    Withheld,
    masks,
    readable,
    strictest,
    withholding,
)
from escalate.domain.report.facts import Gap, durations, gaps
from escalate.domain.report.judgement import Judgement, judgements
from escalate.domain.report.told import Told, told
from escalate.domain.timeline.corrections import Corrections, Line
from escalate.domain.timeline.erasing import restored
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.entry import Entry

    PlainField = Callable[[str, str], bool]

CORE = ("incident.", "severity.", "role.", "page.")
"""Families whose facts stay whatever their labels: a document with another severity would not be true."""


class Material(Value):
    """`incident` holds no more than the audience may read; its `title` is empty where that is masked.

    `lines` are in order of time, masked where they must be; `withheld` are those that are not among them.
    """

    incident: Incident
    audience: Audience
    marking: str
    lines: list[Line]
    withheld: list[Withheld]
    gaps: list[Gap]
    durations: dict[str, int | None]
    told: list[Told]
    judgements: list[Judgement]
    names: Callable[[str], str]
    privileged: bool = False
    imported: bool = False

    def facts(self) -> dict[str, dict[str, Any]]:
        """The latest statement of each fact, its why masked where the audience may not read it."""
        whys = {line.entry.id: line for line in self.lines if line.kind == "fact.stated"}
        found = {}
        for name, stated in self.incident.facts.items():
            last = stated[-1]
            line = whys.get(last.entry)
            why = _why(line) if line else last.why
            found[name] = {"at": last.at, "precision": last.precision, "why": why, "by": last.by}
        return found


def gather(
    entries: Sequence[Entry],
    roster: Roster,
    audience: Audience,
    plain: PlainField,
    waiting: Sequence[Message] = (),
) -> Material:
    """`waiting` are messages of which nothing stands on the timeline yet. ValueError without any entry."""
    whole = fold(entries)
    if whole is None:
        raise ValueError("an incident has entries")
    corrections = Corrections.of(entries, roster.name_of)
    labels = {entry.id: corrections.labels(entry) for entry in entries}
    incident = fold(
        entry
        for entry in restored(entries)
        if entry.kind.startswith(CORE) or not withholding(labels[entry.id], audience)
    )
    assert incident is not None
    lines, withheld = _sorted_out(corrections.lines(entries), whole, audience, roster)
    shown = {line.entry.id for line in lines}
    if masks(labels[entries[0].id] | _unread(labels[entries[0].id], audience), whole, audience):
        incident = incident.but(title="")
    opened: Any = entries[0].event
    return Material(
        incident=incident,
        audience=audience,
        marking=strictest(whole, (labels[id_] for id_ in shown)),
        lines=lines,
        withheld=sorted(withheld, key=lambda one: one.seq),
        gaps=gaps(lines, incident),
        durations=durations(incident, entries),
        told=told([entry for entry in entries if entry.id in shown], waiting, roster),
        judgements=judgements(incident, plain, reads_all="sensitive" in audience.reads),
        names=roster.name_of,
        privileged=any("privileged" in line.labels for line in lines),
        imported=bool(getattr(opened, "imported_from", None)),
    )


def _unread(labels: frozenset[str], audience: Audience) -> frozenset[str]:
    """The entry that opens an incident is never left out; where it would be, it is masked."""
    return frozenset({"sensitive"}) if withholding(labels, audience) else frozenset()


def _sorted_out(
    lines: list[Line], incident: Incident, audience: Audience, roster: Roster
) -> tuple[list[Line], list[Withheld]]:
    kept, withheld = [], []
    for line in lines:
        verdict = readable(line.labels, incident, audience)
        if verdict == LEFT_OUT:
            why = ", ".join(withholding(line.labels, audience))
            withheld.append(Withheld(seq=line.seq, kind=line.kind, recorded_at=line.entry.recorded, why=why))
        else:
            kept.append(line.masked(roster.name_of) if verdict == MASKED else line)
    return kept, withheld


def _why(line: Line) -> str:
    event: Any = line.event
    if not line.is_masked:
        return str(getattr(event, "why", ""))
    from escalate.domain.timeline.words import mask

    return mask(event.why) if event.why else ""
