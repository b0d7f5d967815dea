"""Correcting, withdrawing and moving what people stated. What the program did stays as it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.incident import rules
from escalate.domain.timeline.corrections import Corrections
from escalate.domain.timeline.entry import EXACT, Draft
from escalate.domain.timeline.events import NoteAdded
from escalate.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from escalate.app.ledger import Ledger, Record, Written
    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.corrections import Line
    from escalate.domain.timeline.entry import Entry


def correct(
    ledger: Ledger,
    incident_id: str,
    ref: str,
    *,
    text: str | None,
    at: datetime | None,
    precision: str = EXACT,
    why: str,
) -> Written:
    """`precision` is how exactly the corrected time is known."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        target = find(record, incident_id, ref)
        events = rules.correct(target, text=text, at=at, why=why)
        _standing(record, target)
        if at is not None:
            record.refuse_future(at)
        written = record.append(
            incident, *(Draft(event=event, precision=precision, labels=target.label_set) for event in events)
        )
        return _with_clocks(record, incident, written, target)


def withdraw(ledger: Ledger, incident_id: str, ref: str, why: str) -> Written:
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        target = find(record, incident_id, ref)
        events = rules.withdraw(target, why)
        _standing(record, target)
        written = record.append(incident, *(Draft(event=event) for event in events))
        return _with_clocks(record, incident, written, target)


def _with_clocks(record: Record, before: Incident, written: Written, target: Entry) -> Written:
    """Most incidents have none, and need not know what one is."""
    if target.kind != "fact.stated" or before.clocks is None:
        return written
    from escalate.app.clock_consequences import recomputed

    return recomputed(record, before, written, str(getattr(target.event, "name", "")))


def move(ledger: Ledger, source_id: str, refs: Iterable[str], target_id: str) -> tuple[Written, Written]:
    """Both ends in one transaction; heads are locked together, as the whole store is."""
    if source_id == target_id:
        raise Refused("They are on that incident already.", hint="Say where they belong: --to REF")
    with ledger.writing() as record:
        here, there = record.incident(source_id), record.incident(target_id)
        targets = list({entry.id: entry for entry in (find(record, source_id, ref) for ref in refs)}.values())
        drafts = [_copy(record, entry) for entry in targets]
        extra = {"sensitive"} if there.sensitive else set()
        appended = record.append(there, *(draft.but(labels=draft.labels | extra) for draft in drafts))
        gone = [
            event
            for entry in targets
            for event in rules.withdraw(entry, f"misfiled; moved to {there.ref}", moved_to=there.ref)
        ]
        return record.append(here, *gone), appended


def _copy(record: Record, entry: Entry) -> Draft:
    """The note as it stands, corrections and labels included, with its own time and author."""
    if entry.kind != "note.added":
        raise Refused(
            f"Entry {entry.seq} ({entry.kind}) is not a note; only notes are moved.",
            hint="Withdraw it here and state it there.",
        )
    line = _standing(record, entry)
    event = entry.event
    assert isinstance(event, NoteAdded)
    note = event.but(text=line.text, author=event.author or entry.actor, moved_from=entry.id)
    return Draft(event=note, at=line.at, precision=line.precision, labels=line.labels)


def _standing(record: Record, target: Entry) -> Line:
    """The statement as it stands now. Raises Refused where it stands no more."""
    if target.body is None:
        raise Refused(f"Entry {target.seq} was erased.", hint="See who did, and why: escalate timeline --all")
    related, after = [target], target.seq
    while entries := record.tx.entries(target.incident, after=after):
        related += entries
        after = entries[-1].seq
    line = Corrections.of(related).current(target)
    if line.withdrawn:
        raise Refused(
            f"Entry {target.seq} was withdrawn already, by entry {line.corrected_by}.",
            hint="See it: escalate timeline --all",
        )
    return line


def find(record: Record, incident: str, ref: str) -> Entry:
    """The entry `14`, `#14` or its id names. Raises NotFound."""
    text = ref.strip().removeprefix("#").encode("utf-8", "replace").decode()
    entry = (
        record.tx.entry(incident, int(text))
        if text.isascii() and text.isdigit() and len(text) < 16
        else record.tx.entry_by_id(text)
    )
    if entry is None or entry.incident != incident:
        raise NotFound(
            f"There is no entry {ref!r} on this incident.",
            hint="The numbers stand in front of each line: escalate timeline",
        )
    return entry
