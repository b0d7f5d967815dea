"""The one way to write: lock the head, bring the state up to date, append, derive what is owed, commit."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.incident import fold
from escalate.domain.instants import to_text
from escalate.domain.timeline import chain
from escalate.domain.timeline.codec import encode
from escalate.domain.timeline.entry import EXACT, Draft, Entry
from escalate.domain.timeline.events import OWING
from escalate.domain.value import Value
from escalate.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from escalate.app.ports import Clock, Store, Texts, Writing
    from escalate.domain.incident.state import Head, Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.event import Event

AHEAD = timedelta(minutes=2)
"""How far ahead of the store's clock something may have happened: clocks differ, the future has not happened."""


class Author(Value):
    """Who writes: `actor` as it stands in entries, `person` in the roster if there is one, `origin` the machine."""

    actor: str
    person: str | None = None
    source: str = ""
    origin: str = ""


class Written(Value):
    """What a request wrote: the incident after it, its entries, and the messages it made owed."""

    incident: Incident
    entries: list[Entry]
    queued: list[Message] = []


class Blind(Value):
    """An incident of which no more is known than its id and where its timeline ends."""

    id: str
    head: Head


class Record:
    """One transaction's worth of writing."""

    def __init__(self, tx: Writing, author: Author, texts: Texts) -> None:
        self.tx = tx
        self._author = author
        self._texts = texts
        self.now = tx.now()
        self._roster: Roster | None = None

    @property
    def roster(self) -> Roster:
        if self._roster is None:
            self._roster = self.tx.roster()
        return self._roster

    def incident(self, id_: str) -> Incident:
        found = self.tx.incident(id_)
        if found is None:
            raise NotFound(f"There is no incident {id_}.", hint="See what there is: escalate list --all")
        return found

    def on_call(self) -> Incident:
        """The on-call record; it is begun when something is first changed."""
        from uuid import uuid4

        from escalate.domain.timeline.duties import OncallOpened

        return self.tx.on_call_record() or self.append(None, OncallOpened(), id_=str(uuid4())).incident

    def append(self, incident: Incident | None, *events: Event | Draft, id_: str = "", owing: bool = True) -> Written:
        """Append events and queue what they oblige us to say. A new incident has no state yet, but an id.

        Without `owing` nothing is said: the incident was brought in from a record that says it.
        """
        drafts = [event if isinstance(event, Draft) else Draft(event=event) for event in events]
        entries: list[Entry] = []
        queued: list[Message] = []
        last = drafts[-1] if drafts else None
        for draft in drafts:
            _belongs(incident, draft.event)
            entry = self._entry(incident, draft, id_)
            incident = fold.apply(incident, entry)
            keep(self.tx, incident, entry, draft.event, telling=owing)
            entries.append(entry)
            queued += self._owe(incident, entry, draft.event) if owing else []
            if draft is last and owing:
                drafts += _taken_up(incident, drafts)
        if incident is None:
            raise ValueError("nothing was appended")
        self.tx.save(incident)
        return Written(incident=incident, entries=entries, queued=queued)

    def append_blind(self, blind: Blind, event: Event) -> Entry:
        """One entry at the end of what may not be read. It is neither folded nor searched for: nobody here knows how."""
        entry = self._entry(blind, Draft(event=event), "")
        self.tx.insert(entry, None)
        return entry

    def _entry(self, incident: Incident | Blind | None, draft: Draft, id_: str) -> Entry:
        import os
        from uuid import uuid4

        recorded = self.now
        if incident and incident.head.recorded_at:
            recorded = max(recorded, incident.head.recorded_at)
        if draft.at is not None:
            self.refuse_future(draft.at, recorded)
        body = encode(draft.event.plain())
        salt = os.urandom(16)
        head = incident.head if incident else None
        fields: dict[str, Any] = {
            "incident": incident.id if incident else id_,
            "seq": head.seq + 1 if head else 1,
            "id": draft.id or str(uuid4()),
            "kind": draft.event.kind,
            "occurred_at": to_text(draft.at or self.now),
            "precision": draft.precision or EXACT,
            "written_at": to_text(self.now),
            "recorded_at": to_text(recorded),
            "origin": self._author.origin,
            "actor": draft.actor or self._author.actor,
            "labels": " ".join(sorted(draft.labels)),
            "body_digest": chain.body_digest(salt, body),
            "prev": head.digest if head else chain.START,
        }
        return Entry(**fields, body=body, salt=salt, digest=chain.digest(fields[name] for name in chain.HASHED))

    def refuse_future(self, at: datetime, now: datetime | None = None) -> None:
        if at > (now or self.now) + AHEAD:
            raise Refused(
                f"{to_text(at)} is in the future.",
                hint=f"Something can be recorded once it has happened; the record's clock says {to_text(self.now)}.",
            )

    def _owe(self, incident: Incident, entry: Entry, event: Event) -> list[Message]:
        if event.kind not in OWING:
            return []
        from escalate.app.wording import messages

        said = self._said_first(event)
        queued = messages(incident, entry, event, self.roster, self._texts, self.now, said=said)
        for message in queued:
            self.tx.queue(message)
        return queued

    def _said_first(self, event: Any) -> str:
        """The words of the ping that a refused message carried: what is sent in its place says them again.

        They are looked up and not copied into the entry, so that they can be erased in one place.
        """
        for _ in range(20):
            if event.kind == "team.pinged":
                return str(event.text)
            if event.kind not in {"message.failed", "message.gave_up"}:
                return ""
            found = [message for message in self.tx.message(event.message) if message.id == event.message]
            entry = self.tx.entry_by_id(found[0].entry) if found else None
            if entry is None:
                return ""
            event = entry.event
        return ""


def _taken_up(incident: Incident, drafts: list[Draft]) -> list[Draft]:
    """The decisions that these events take up again. Most incidents have none; they need not know what one is."""
    if incident.judgement is None or not any(draft.event.kind in FIRING for draft in drafts):
        return []
    from escalate.domain.decision.triggers import fired

    labels = frozenset({"sensitive"}) if incident.sensitive else frozenset()
    found = [event for draft in drafts for event in fired(incident, draft.event)]
    return [Draft(event=event, labels=labels) for event in {one.decision: one for one in found}.values()]


FIRING = frozenset({"severity.changed", "harm.changed", "fact.stated", "assessment.finalised", "subject.seen"})
"""Kinds that decisions may wait for."""


def _belongs(incident: Incident | None, event: Event) -> None:
    """The on-call record is no incident: nobody is paged for it, and it is neither assessed nor closed."""
    if incident is None or incident.duty is None:
        return
    from escalate.domain.oncall.duty import ALLOWED

    if event.kind.partition(".")[0] not in ALLOWED:
        raise no_incident()


def no_incident() -> Refused:
    return Refused(
        "The on-call record is no incident: it takes notes, overrides and hand-offs.",
        hint="See it: escalate timeline ONCALL. Open an incident: escalate open",
    )


class Ledger:
    def __init__(self, store: Store, clock: Clock, author: Author, texts: Texts) -> None:
        self.store = store
        self.clock = clock
        self.author = author
        self.texts = texts

    @contextmanager
    def writing(self) -> Iterator[Record]:
        with self.store.writing() as tx:
            yield Record(tx, self.author, self.texts)


def keep(tx: Writing, incident: Incident, entry: Entry, event: Event, *, telling: bool = True) -> None:
    """Put an entry into the store, with what of it can be searched for. `incident` is as the entry leaves it. With
    `telling`, other incidents of a subject it names are to be told.
    """
    from escalate.domain.timeline.words import forgotten, indexed

    tx.insert(entry, indexed(event, entry.label_set, sensitive=incident.sensitive) or None)
    if target := forgotten(event):
        tx.forget_words_of(entry.incident, target)
    if event.kind == "harm.changed" and incident.sensitive:
        tx.forget_all_words(entry.incident)
    if event.kind.startswith("subject."):
        tx.about_subjects(entry, event, telling=telling)
