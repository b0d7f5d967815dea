"""The record as one person may read it: a restricted incident that does not admit them is not there.

On PostgreSQL the database itself sees to that. In a SQLite file it is a mark that the command line keeps to; whoever can
open the file reads all of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from escalate.adapters.store.rows import added_up
from escalate.domain.instants import to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from escalate.adapters.store.postgres import PostgresStore
    from escalate.adapters.store.sqlite import SqliteStore
    from escalate.adapters.store.writing import Look
    from escalate.app.ledger import Author
    from escalate.app.ports import Tally
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.timeline.entry import Entry

MORE = 4
"""How many times as much is asked for where too little was left."""


class Discreet:
    """Everything else is as in the store itself. `author` is asked only where something is restricted."""

    def __init__(self, store: SqliteStore | PostgresStore, author: Callable[[], Author]) -> None:
        self._store = store
        self._author = author

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def reading(self) -> Iterator[DiscreetLook]:
        with self._store.reading() as look:
            yield DiscreetLook(look, self._author)

    @contextmanager
    def writing(self) -> Iterator[DiscreetLook]:
        with self._store.writing() as pen:
            yield DiscreetLook(pen, self._author)

    def pages_of(self, incident: str) -> Iterator[list[Entry]]:
        with self.reading() as look:
            shows = look.shows_id(incident)
        if shows:
            yield from self._store.pages_of(incident)


class DiscreetLook:
    """A look, or a pen: what is written passes as it is."""

    def __init__(self, look: Look, author: Callable[[], Author]) -> None:
        self._look = look
        self._author = author

    def __getattr__(self, name: str) -> Any:
        return getattr(self._look, name)

    def shows(self, incident: Incident) -> bool:
        if not incident.restricted or incident.access is None:
            return True
        author = self._author()
        return incident.access.admits(author.actor, author.person, self._look.roster())

    def shows_id(self, id_: str) -> bool:
        """One that is not there, or is about to be, hides nothing."""
        found = self._look.glance(id_)
        return found is None or self.shows(found)

    # ── incidents ───────────────────────────────────────────────────────────────────────────────────────────────────

    def incident(self, id_: str) -> Incident | None:
        return self._shown(self._look.incident(id_))

    def glance(self, id_: str) -> Incident | None:
        return self._shown(self._look.glance(id_))

    def _shown(self, found: Incident | None) -> Incident | None:
        return found if found is not None and self.shows(found) else None

    def ids(self, ref: str) -> list[str]:
        return [id_ for id_ in self._look.ids(ref) if self.shows_id(id_)]

    def incidents(
        self, *, statuses: Iterable[str] = (), limit: int | None = None, before: int | None = None
    ) -> list[Incident]:
        found: list[Incident] = []
        while limit is None or len(found) < limit:
            page = self._look.incidents(statuses=statuses, limit=limit, before=before)
            found += [incident for incident in page if self.shows(incident)]
            if limit is None or len(page) < limit:
                break
            before = page[-1].number
        return found[:limit]

    # ── entries ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def entries(self, incident: str, *, after: int = 0, limit: int = 500) -> list[Entry]:
        return self._look.entries(incident, after=after, limit=limit) if self.shows_id(incident) else []

    def last_entries(self, incident: str, limit: int) -> list[Entry]:
        return self._look.last_entries(incident, limit) if self.shows_id(incident) else []

    def entry(self, incident: str, seq: int) -> Entry | None:
        return self._look.entry(incident, seq) if self.shows_id(incident) else None

    def entry_by_id(self, id_: str) -> Entry | None:
        found = self._look.entry_by_id(id_)
        return found if found is not None and self.shows_id(found.incident) else None

    def search(self, words: str, **filters: Any) -> list[Entry]:
        wanted = filters.get("limit") or 20
        return self._filled(lambda limit: self._look.search(words, **{**filters, "limit": limit}), wanted)

    # ── what is owed ────────────────────────────────────────────────────────────────────────────────────────────────

    def messages(
        self, *, incident: str | None = None, states: Iterable[str] = (), limit: int | None = None
    ) -> list[Message]:
        wanted = tuple(states)
        if limit is None:
            return self._of(self._look.messages(incident=incident, states=wanted))
        return self._filled(lambda most: self._look.messages(incident=incident, states=wanted, limit=most), limit)

    def by_hand(self, now: datetime, limit: int) -> list[Message]:
        return self._filled(lambda most: self._look.by_hand(now, most), limit)

    def tally(self, now: datetime) -> Tally:
        rows = self._look.run("tally", now=to_text(now))
        return added_up(row for row in rows if self.shows_id(row["incident"]))

    def message(self, key: str) -> list[Message]:
        return self._of(self._look.message(key))

    def coded(self, code: str) -> list[tuple[str, str, str]]:
        return [one for one in self._look.coded(code) if self.shows_id(one[0])]

    # ── subjects ────────────────────────────────────────────────────────────────────────────────────────────────────

    def sightings(self, handle: str) -> list[dict[str, Any]]:
        return [one for one in self._look.sightings(handle) if self.shows_id(one["incident"])]

    def links(self, handle: str) -> list[dict[str, Any]]:
        return [one for one in self._look.links(handle) if self.shows_id(one["incident"])]

    def handles_like(self, prefix: str) -> list[str]:
        return [handle for handle in self._look.handles_like(prefix) if self.sightings(handle)]

    # ── leaving out ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _of(self, found: list[Any]) -> list[Any]:
        """Those of incidents that are shown; each incident is looked at once."""
        shown = {id_: self.shows_id(id_) for id_ in dict.fromkeys(one.incident for one in found)}
        return [one for one in found if shown[one.incident]]

    def _filled(self, ask: Callable[[int], list[Any]], wanted: int) -> list[Any]:
        """As many as were wanted, if there are so many; what is left out takes nobody's place."""
        limit = wanted
        while True:
            found = ask(limit)
            shown = self._of(found)
            if len(shown) >= wanted or len(found) < limit:
                return shown[:wanted]
            limit *= MORE
