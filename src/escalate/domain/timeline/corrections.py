"""Statements as they stand now: corrected, withdrawn, moved or labelled by later entries, never in place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

from escalate.domain.timeline import words
from escalate.domain.timeline.events import STATEMENTS
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from escalate.domain.timeline.entry import Entry
    from escalate.domain.timeline.event import Event

    Naming = Callable[[str], str]

CORRECTING = frozenset({"entry.corrected", "entry.withdrawn", "entry.labelled"})
ERASED = "[erased]"


class Line(Value):
    """One line of a timeline as a reader meets it.

    `event`, `text`, `at` and `precision` are what counts now, or what was first written, depending on who
    made the line; `labels` always count now. `corrected_by` is the seq of the entry that corrected it last, `about` where
    the entry stands that it is about.
    """

    entry: Entry
    event: Event
    text: str
    at: datetime
    precision: str
    labels: frozenset[str]
    withdrawn: bool = False
    moved_to: str | None = None
    corrected_by: int | None = None
    about: str = ""
    is_masked: bool = False

    @property
    def seq(self) -> int:
        return self.entry.seq

    @property
    def kind(self) -> str:
        return self.entry.kind

    def masked(self, name_of: Naming | None = None) -> Line:
        """The line for a reader who may know that it is there, but not what people wrote in it."""
        if self.entry.body is None:
            return self
        return self.but(text=words.masked(self.event, name_of, lambda _id: self.about), is_masked=True)

    def public(self) -> dict[str, Any]:
        """The line as `--json` shows it. `body` stays what was first written and hashed."""
        body = json.loads(self.entry.body) if self.entry.body else None
        if body is not None and self.is_masked:
            body = words.masked_body(self.kind, body)
        return {
            "seq": self.seq,
            "id": self.entry.id,
            "kind": self.kind,
            "occurred_at": self.at.isoformat(),
            "precision": self.precision,
            "recorded_at": self.entry.recorded.isoformat(),
            "actor": self.entry.actor,
            "text": self.text,
            "body": body,
            "labels": sorted(self.labels),
            "digest": self.entry.digest,
            "corrected_by": self.corrected_by,
            "withdrawn": self.withdrawn,
        }


class Change(Value):
    """What later entries made of a statement. None: as it was."""

    text: str | None = None
    at: datetime | None = None
    precision: str = ""
    labels: frozenset[str]
    withdrawn: bool = False
    moved_to: str | None = None
    corrected_by: int | None = None


class Corrections:
    """What a timeline says about its own entries. Feed it entries in order of seq."""

    def __init__(self, name_of: Naming | None = None) -> None:
        self._name_of = name_of
        self._changes: dict[str, Change] = {}
        self._entries: dict[str, Entry] = {}
        self._restored: dict[str, Entry] = {}

    @classmethod
    def of(cls, entries: Iterable[Entry], name_of: Naming | None = None) -> Self:
        found = cls(name_of)
        kept = list(entries)
        if any(entry.body is None and entry.kind in CORRECTING for entry in kept):
            found._restore(kept)
        for entry in kept:
            found.take(entry)
        return found

    def _restore(self, entries: list[Entry]) -> None:
        """What corrected something goes on doing so after its words were erased."""
        from escalate.domain.timeline.erasing import restored

        self._restored = {entry.id: entry for entry in restored(entries) if entry.kind in CORRECTING}

    def take(self, entry: Entry) -> None:
        self._entries[entry.id] = entry
        read = self._restored.get(entry.id, entry)
        if read.kind in CORRECTING and read.body is not None:
            self._change(read)

    def _change(self, entry: Entry) -> None:
        event: Any = entry.event
        target = self._entries.get(getattr(event, "entry", ""))
        if target is None:
            return
        now = self._changes.get(target.id) or Change(labels=target.label_set)
        if event.kind == "entry.labelled":
            now = now.but(labels=frozenset(event.labels))
        elif target.kind not in STATEMENTS:
            return
        elif event.kind == "entry.withdrawn":
            now = now.but(withdrawn=True, moved_to=event.moved_to, corrected_by=entry.seq)
        elif event.kind == "entry.corrected":
            now = now.but(
                text=now.text if event.text is None else event.text,
                at=event.at or now.at,
                precision=entry.precision if event.at else now.precision,
                labels=now.labels | entry.label_set,
                corrected_by=entry.seq,
            )
        self._changes[target.id] = now

    def labels(self, entry: Entry) -> frozenset[str]:
        """The labels that count now. An entry that corrects another bears that one's labels too."""
        found: frozenset[str] = frozenset()
        following: Entry | None = entry
        while following is not None:
            change = self._changes.get(following.id)
            found |= change.labels if change else following.label_set
            following = self._corrected_by(following)
        return found

    def _corrected_by(self, entry: Entry) -> Entry | None:
        """The earlier entry that this one corrects."""
        entry = self._restored.get(entry.id, entry)
        if entry.kind not in CORRECTING or entry.body is None:
            return None
        target = self._entries.get(getattr(entry.event, "entry", ""))
        return target if target and target.seq < entry.seq else None

    def current(self, entry: Entry) -> Line:
        """The entry as it stands now."""
        line = self.as_written(entry)
        change = self._changes.get(entry.id)
        if change is None or entry.body is None or change.corrected_by is None:
            return line
        event: Any = line.event
        if change.text is not None:
            event = event.but(text=change.text) if entry.kind == "note.added" else event.but(why=change.text)
        return line.but(
            event=event,
            text=words.sentence(event, self._name_of, self._seq_of),
            at=change.at or line.at,
            precision=change.precision or line.precision,
        )

    def as_written(self, entry: Entry) -> Line:
        """The entry with its first words and time, but the labels that count now."""
        event: Any = entry.event
        change = self._changes.get(entry.id)
        erased = entry.body is None
        return Line(
            entry=entry,
            event=event,
            text=ERASED if erased else words.sentence(event, self._name_of, self._seq_of),
            at=entry.at,
            precision=entry.precision,
            labels=self.labels(entry),
            withdrawn=change.withdrawn if change else False,
            moved_to=change.moved_to if change else None,
            corrected_by=change.corrected_by if change else None,
            about=self._seq_of(getattr(event, "entry", "")),
        )

    def lines(self, entries: Iterable[Entry], show_all: bool = False) -> list[Line]:
        """Sorted by when it happened, then by seq.

        What was corrected stands once, as it is now; what was withdrawn is left out. With `show_all` every
        entry stands as it was written, those that correct others among them.
        """
        if show_all:
            shown = [self.as_written(entry) for entry in entries]
        else:
            shown = [self.current(entry) for entry in entries if entry.kind not in CORRECTING]
            shown = [line for line in shown if not line.withdrawn]
        return sorted(shown, key=lambda line: (line.at, line.seq))

    def _seq_of(self, id_: str) -> str:
        return f"#{self._entries[id_].seq}" if id_ in self._entries else "an entry"


def lines(entries: Iterable[Entry], show_all: bool = False, name_of: Naming | None = None) -> list[Line]:
    """The lines of a whole timeline, as `Corrections.lines` gives them."""
    kept = list(entries)
    return Corrections.of(kept, name_of).lines(kept, show_all)
