"""One transaction on PostgreSQL, where others write at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.adapters.store import pg_search
from escalate.adapters.store.pg_access import keep_closed
from escalate.adapters.store.rows import entry_of, message_of
from escalate.adapters.store.writing import Look, Pen
from escalate.domain.instants import from_text, to_text
from escalate.domain.timeline.events import STATEMENTS
from escalate.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import psycopg

    from escalate.adapters.store.pg_rows import Row
    from escalate.domain.incident.access import Access
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.timeline.entry import Entry

OVERDUE = timedelta(seconds=10)
"""What is due for so long goes out whoever holds the turn: any program of the server could hold it for ever."""


LATER = frozenset({
    "insert_entry", "index_words", "forget_words", "queue_message", "update_message", "save_state", "save_page", "save_code",
    "save_timer", "drop_timer", "save_sighting", "save_link", "drop_sighting", "drop_link", "drop_watches",
    "save_watches", "told_match", "beat", "leave",
})  # fmt: skip
"""Writes that answer nothing: they go out together before the next look, or the end. A distant server is then waited for
a few times and not for each.
"""


class PgLook(Look):
    """`sends` says whether who looks may send what is owed: to nobody else it is shown what incidents are to be told."""

    def __init__(self, connection: psycopg.Connection[Row], queries: Mapping[str, str], *, sends: bool) -> None:
        self._server: Any = connection
        self._queries = queries
        self._sends = sends
        if not sends:
            self._moments = ("next_page_due", "next_timer_due")

    def run(self, query: str, **values: Any) -> list[Any]:
        cursor = self._server.execute(self._queries[query], values)
        return list(cursor.fetchall()) if cursor.description else []

    def tuples(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        from psycopg.rows import tuple_row

        with self._server.cursor(row_factory=tuple_row) as cursor:
            return list(cursor.execute(self._queries[query], values).fetchall())

    def first(self, query: str, **values: Any) -> Any:
        return self._server.execute(self._queries[query], values).fetchone()

    def due_matches(self, now: datetime) -> list[dict[str, Any]]:
        return super().due_matches(now) if self._sends else []

    def search(self, words: str, **filters: Any) -> list[Entry]:
        found = pg_search.query(words)
        if not found:
            return []
        names = ("incident", "kind", "actor", "since", "until")
        given = {name: filters.get(name) or None for name in names}
        limit, rank = filters.get("limit") or 20, bool(filters.get("rank"))
        return [entry_of(row) for row in self.run("find", words=found, limit=limit, rank=rank, **given)]


class PgPen(PgLook, Pen):
    """Heads are locked before messages, and those of several incidents in the order of their ids; claiming waits for
    nobody. So no two wait for each other, and where they do all the same the server ends one with a conflict.
    """

    def __init__(
        self, connection: psycopg.Connection[Row], queries: Mapping[str, str], now: datetime, *, sends: bool
    ) -> None:
        PgLook.__init__(self, connection, queries, sends=sends)
        self._now = now
        self._held: dict[str, Incident] = {}
        self._written_on: set[str] = set()
        self._later: list[tuple[str, dict[str, Any]]] = []
        self._copying = False

    def run(self, query: str, **values: Any) -> list[Any]:
        if query in LATER:
            self._later.append((query, values))
            return []
        self.flush()
        return super().run(query, **values)

    def tuples(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        self.flush()
        return super().tuples(query, **values)

    def first(self, query: str, **values: Any) -> Any:
        self.flush()
        return super().first(query, **values)

    def flush(self) -> None:
        """Send what is to be written; what is wrong with it is said here."""
        waiting, self._later = self._later, []
        if len(waiting) == 1:
            [(query, values)] = waiting
            self._server.execute(self._queries[query], values)
        elif waiting:
            with self._server.pipeline():
                for query, values in waiting:
                    self._server.execute(self._queries[query], values)

    def drop_waiting(self) -> None:
        """What was not sent yet is not written."""
        self._later = []

    def now(self) -> datetime:
        return self._now

    # ── incidents ───────────────────────────────────────────────────────────────────────────────────────────────────

    def incident(self, id_: str) -> Incident | None:
        """Held, and so as we left it when we last wrote on it."""
        return self._held.get(id_) or self._keep(id_, self.first("state_held", incident=id_))

    def free(self, id_: str) -> Incident | None:
        return self._held.get(id_) or self._keep(id_, self.first("state_free", incident=id_))

    def hold(self, incidents: Iterable[str]) -> None:
        if wanted := [id_ for id_ in incidents if id_ not in self._held]:
            for row in self.run("hold_heads", incidents=wanted):
                self._keep(row["id"], row)

    def _keep(self, id_: str, row: Any) -> Incident | None:
        found = self._current(id_, row)
        if found is not None:
            self._held[id_] = found
        return found

    def save(self, incident: Incident) -> None:
        """Nothing is kept anew of an incident on which nothing was written: the database takes it with an entry alone."""
        if incident.id in self._written_on:
            super().save(incident)
        self._held[incident.id] = incident

    def remake(self, incident: Incident) -> None:
        """For whoever owns the record."""
        self._written_on.add(incident.id)
        self.save(incident)

    def forget_states(self) -> None:
        """Of what was written on; where many are made again one after the other they need not all be kept."""
        self._held.clear()

    def copy_by_owner(self) -> None:
        """From here on rows come in as they are elsewhere; it may take long."""
        self._server.execute("SET LOCAL escalate.copying = 'on'")
        self._server.execute("SET LOCAL idle_in_transaction_session_timeout = 0")

    def on_call_record(self) -> Incident | None:
        """Held; or nobody else begins one."""
        row = self.first("on_call_record")
        if row is None:
            self.run("lock_numbers")
            row = self.first("on_call_record")
        return self.incident(row["incident"]) if row else None

    def next_number(self) -> int:
        self.run("lock_numbers")
        return super().next_number()

    def number(self, number: int, incident: str) -> None:
        """The database gave it when the entry that names it came in, but for what is copied."""
        if self._copying:
            super().number(number, incident)

    def copy(self) -> None:
        row = self.first("copy")
        if not row["allowed"]:
            raise Refused(
                f"{row['login']} may not bring in what was written elsewhere, as it is: only whoever owns the record may.",
                hint="Nothing was recorded. For the time of it whoever looks after the database says: "
                f"GRANT escalate_owner TO {row['named']}; and afterwards: REVOKE escalate_owner FROM {row['named']};",
            )
        self._copying = True

    def keep_closed(self, incident: str, access: Access) -> None:
        keep_closed(self._server, incident, access)

    def opened_by(self, policy: str) -> int:
        self.run("lock_numbers")  # two pages at once must not both begin with the same person
        return super().opened_by(policy)

    def insert(self, entry: Entry, text: str | None) -> None:
        self._held.pop(entry.incident, None)
        self._written_on.add(entry.incident)
        super().insert(entry, None)
        if text:
            self.index(entry, text)

    def index(self, entry: Entry, text: str) -> None:
        if words := pg_search.indexed(text):
            self.run("index_words", words=words, incident=entry.incident, seq=entry.seq)

    def tell_others(self, entry: Entry, digest: str) -> None:
        """The database does, which may look where the writer may not."""

    def asked_about(self, digest: str, by: str) -> None:  # noqa: ARG002  (the database knows itself who asks)
        """It looks where the asker may not, who learns nothing."""
        self.run("ask_about", digest=digest)

    def forget_words_of(self, incident: str, entry: str) -> None:
        target = self.entry_by_id(entry)
        if target is not None and target.incident == incident and target.kind in STATEMENTS:
            self.run("forget_words", incident=incident, seq=target.seq)

    # ── the outbox ──────────────────────────────────────────────────────────────────────────────────────────────────

    def claim(
        self,
        now: datetime,
        until: datetime,
        limit: int,
        *,
        console: bool = False,
        busy: Mapping[str, int] | None = None,
        most: int | None = None,
    ) -> list[Message]:
        found = []
        for via in self.ways_due(now, console=console):
            room = limit if most is None else min(limit, most - (busy or {}).get(via, 0))
            if room > 0:
                found += self.run("messages_due_by", now=to_text(now), via=via, limit=room)
        found.sort(key=lambda row: (row["rank"], row["attempts"], row["due_at"], row["id"]))
        turns: dict[str, bool] = {}
        return self.take([row["id"] for row in found[:limit] if self._our_turn(row, now, turns)], now, until)

    def _our_turn(self, row: Any, now: datetime, turns: dict[str, bool]) -> bool:
        """Two couriers at once must not decide on one person's pages, nor send one bundle twice."""
        if row["bundle"]:
            return self._turn(f"bundle {row['bundle']}", row, now, turns) and not self.run(
                "bundle_in_hand", bundle=row["bundle"], now=to_text(now)
            )
        if row["purpose"] != "page":
            return True
        return self._turn(f"pages {row['via']} {row['recipient']}", row, now, turns)

    def _turn(self, what: str, row: Any, now: datetime, turns: dict[str, bool]) -> bool:
        if what not in turns:
            turns[what] = bool(self.first("turn_taken", what=what)["had"])
        return turns[what] or now - from_text(row["due_at"]) > OVERDUE

    def current(self, ids: Iterable[str]) -> dict[str, Message]:
        return {row["id"]: message_of(row) for row in self.run("messages_by_ids", ids=[*ids])}

    def take(self, ids: Iterable[str], now: datetime, until: datetime) -> list[Message]:
        """Those that nobody else has in hand, in the order given."""
        wanted = [*ids]
        if not wanted:
            return []
        taken = self.run("take_messages", ids=wanted, now=to_text(now), until=to_text(until))
        found = {row["id"]: message_of(row) for row in taken}
        return [found[id_] for id_ in wanted if id_ in found]
