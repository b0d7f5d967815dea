"""Correcting, withdrawing and moving what people stated. What the program did stays as it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.incident import rules
from escalate.domain.timeline.corrections import Corrections
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.events import NoteAdded
from escalate.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from escalate.app.ledger import Ledger, Record, Written
    from escalate.domain.timeline.entry import Entry


def correct(ledger: Ledger, incident_id: str, ref: str, *, text: str | None, at: datetime | None, why: str) -> Written:
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        target = find(record, incident_id, ref)
        events = rules.correct(target, text=text, at=at, why=why)
        if text is not None:
            record.tx.forget_search(incident_id, target.seq)
        return record.append(incident, *(Draft(event=event, labels=target.label_set) for event in events))


def withdraw(ledger: Ledger, incident_id: str, ref: str, why: str) -> Written:
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        target = find(record, incident_id, ref)
        _standing(record, incident_id, target)
        return record.append(incident, *(Draft(event=event) for event in rules.withdraw(target, why)))


def move(ledger: Ledger, source_id: str, refs: Iterable[str], target_id: str) -> tuple[Written, Written]:
    """Both ends in one transaction; heads are locked together, as the whole store is."""
    if source_id == target_id:
        raise Refused("They are on that incident already.", hint="Say where they belong: --to REF")
    with ledger.writing() as record:
        here, there = record.incident(source_id), record.incident(target_id)
        targets = [find(record, source_id, ref) for ref in refs]
        drafts = []
        for entry in targets:
            if entry.kind != "note.added":
                raise Refused(
                    f"Entry {entry.seq} ({entry.kind}) is not a note; only notes are moved.",
                    hint="Withdraw it here and state it there.",
                )
            _standing(record, source_id, entry)
            drafts.append(_copy(record, source_id, entry))
        labels = there.sensitive
        appended = record.append(there, *(d.but(labels=d.labels | {"sensitive"}) if labels else d for d in drafts))
        gone = [
            event
            for entry in targets
            for event in rules.withdraw(entry, f"misfiled; moved to {there.ref}", moved_to=there.ref)
        ]
        return record.append(here, *gone), appended


def _copy(record: Record, incident: str, entry: Entry) -> Draft:
    """The note as it stands, corrections included, with its own time and author."""
    related = [found for found in _all(record, incident) if found.seq >= entry.seq]
    line = Corrections.of(related).current(entry)
    event = entry.event
    assert isinstance(event, NoteAdded)
    note = event.but(text=line.text, author=event.author or entry.actor, moved_from=entry.id)
    return Draft(event=note, at=line.at, precision=entry.precision, labels=entry.label_set)


def _all(record: Record, incident: str) -> Iterable[Entry]:
    after = 0
    while entries := record.tx.entries(incident, after=after):
        yield from entries
        after = entries[-1].seq


def _standing(record: Record, incident: str, target: Entry) -> None:
    for entry in _all(record, incident):
        if entry.kind == "entry.withdrawn" and getattr(entry.event, "entry", "") == target.id:
            raise Refused(
                f"Entry {target.seq} was withdrawn already, by entry {entry.seq}.",
                hint="See it: escalate timeline --all",
            )


def find(record: Record, incident: str, ref: str) -> Entry:
    """The entry `14`, `#14` or its id names. Raises NotFound."""
    text = ref.strip().removeprefix("#")
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
