"""Rows to values and back, inside one transaction. The queries themselves stand in `sql/`."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from escalate.adapters.store.keeping import Keeping
from escalate.adapters.store.knowing import Knowing, Noting
from escalate.adapters.store.rows import added_up, columns_of, entry_of, message_of, state_of
from escalate.domain.instants import from_text, to_text
from escalate.domain.timeline.events import STATEMENTS
from escalate.domain.timeline.words import words_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from escalate.app.ports import Clock, Tally
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.oncall.duty import Duty
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.entry import Entry

EVERY = 2**53
"""No number is as high, and nothing is there so often."""


class Look(Knowing):
    _moments: tuple[str, ...] = ("next_page_due", "next_timer_due", "next_match_due")

    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str]) -> None:
        self._connection = connection
        self._queries = queries

    def run(self, query: str, **values: Any) -> list[Any]:
        return self._connection.execute(self._queries[query], values).fetchall()

    def tuples(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """The same without names: a million rows are taken apart much faster."""
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor.execute(self._queries[query], values).fetchall()

    def first(self, query: str, **values: Any) -> Any:
        return self._connection.execute(self._queries[query], values).fetchone()

    # ── incidents ───────────────────────────────────────────────────────────────────────────────────────────────────

    def incident(self, id_: str) -> Incident | None:
        return self.glance(id_)

    def glance(self, id_: str) -> Incident | None:
        """The current state: as kept, brought up to date by the entries that came since."""
        return self._current(id_, self.first("state", incident=id_))

    def _current(self, id_: str, row: Any) -> Incident | None:
        from escalate.domain.incident.fold import fold

        if row is None:
            return None
        known = state_of(row["state"]) if row["state"] else None
        if known is not None and (known.head.seq, known.head.digest) == (row["head_seq"], row["head_digest"]):
            return known
        if known is not None:
            at = self.entry(id_, known.head.seq)
            if at is None or at.digest != known.head.digest:
                known = None
        return fold(self.entries_after(id_, known.head.seq if known else 0), known)

    def entries_after(self, incident: str, after: int) -> Iterable[Entry]:
        while entries := self.entries(incident, after=after):
            yield from entries
            after = entries[-1].seq

    def ids(self, ref: str) -> list[str]:
        text = ref.strip().encode("utf-8", "replace").decode()
        if text.upper() == "ONCALL":
            return [row["incident"] for row in self.run("on_call_record")]
        if text.upper().startswith("OFF-"):
            return self._opened_offline(text[4:].lower())
        digits = text.upper().removeprefix("INC-")
        if digits.isascii() and digits.isdigit() and len(digits) < 15:
            rows = self.run("incident_by_number", number=int(digits)) if int(digits) else []
        elif len(text) == 36 and text.count("-") == 4:
            rows = self.run("incident_by_id", id=text.lower())
        else:
            rows = self.run("incident_by_code_name", code_name=" ".join(text.replace("-", " ").upper().split()))
        return [row["id"] for row in rows]

    def _opened_offline(self, prefix: str) -> list[str]:
        """By the name an incident had before it got a number; several may have had the same."""
        if len(prefix) != 4 or not set(prefix) <= set("0123456789abcdef"):
            return []
        rows = self.run("incidents_beginning", prefix=prefix)
        return [row["id"] for row in rows if (one := self.glance(row["id"])) is not None and one.offline]

    def incidents(
        self, *, statuses: Iterable[str] = (), limit: int | None = None, before: int | None = None
    ) -> list[Incident]:
        query = "incidents_not_closed" if statuses else "incidents_all"
        rows = self.run(query, before=before or EVERY, limit=EVERY if limit is None else limit)
        found = (state_of(row["state"]) or self.glance(row["id"]) for row in rows)
        return [incident for incident in found if incident is not None]

    def code_name_taken(self, code_name: str) -> bool:
        return self.first("incident_by_code_name", code_name=code_name) is not None

    # ── entries ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def entries(self, incident: str, *, after: int = 0, limit: int = 500) -> list[Entry]:
        return [entry_of(row) for row in self.run("entries_after", incident=incident, after=after, limit=limit)]

    def last_entries(self, incident: str, limit: int) -> list[Entry]:
        return [entry_of(row) for row in self.run("last_entries", incident=incident, limit=limit)]

    def entry(self, incident: str, seq: int) -> Entry | None:
        row = self.first("entry_by_seq", incident=incident, seq=seq)
        return entry_of(row) if row else None

    def entry_by_id(self, id_: str) -> Entry | None:
        row = self.first("entry_by_id", id=id_)
        return entry_of(row) if row else None

    def entries_there(self, ids: Iterable[str]) -> dict[str, str]:
        return {row["id"]: row["incident"] for row in self.run("entries_there", ids=json.dumps([*ids]))}

    def kinds_there(self, ids: Iterable[str]) -> dict[str, str]:
        return {row["id"]: row["kind"] for row in self.run("entries_there", ids=json.dumps([*ids]))}

    def search(self, words: str, **filters: Any) -> list[Entry]:
        """`words` is an expression of FTS5, made by `app.search`; filters: incident, kind, actor, since, until, rank,
        limit.
        """
        names = {"incident": "=", "kind": "=", "actor": "=", "since": ">=", "until": "<="}
        columns = {"since": "occurred_at", "until": "occurred_at"}
        given = {name: filters[name] for name in names if filters.get(name)}
        conditions = "".join(f" AND t.{columns.get(n, n)} {names[n]} :{n}" for n in given)
        order = "search.rank" if filters.get("rank") else "search.rowid DESC"
        query = (
            "SELECT t.* FROM search JOIN timeline AS t ON t.incident = search.incident AND t.seq = search.seq"  # noqa: S608
            f" WHERE search MATCH :words{conditions} ORDER BY {order} LIMIT :limit"
        )
        values = {**given, "words": words, "limit": filters.get("limit") or 20}
        return [entry_of(row) for row in self._connection.execute(query, values).fetchall()]

    # ── the roster ──────────────────────────────────────────────────────────────────────────────────────────────────

    def roster(self) -> Roster:
        from escalate.domain.roster import Roster

        row = self.first("roster")
        if row is None:
            return Roster()
        return Roster.from_plain({**json.loads(row["roster"]), "version": row["version"]}).but(duty=self.duty())

    def rosters(self) -> list[tuple[datetime, Roster]]:
        from escalate.domain.roster import Roster

        return [
            (from_text(row["applied_at"]), Roster.from_plain({**json.loads(row["roster"]), "version": row["version"]}))
            for row in self.run("rosters")
        ]

    def on_call_record(self) -> Incident | None:
        row = self.first("on_call_record")
        return self.incident(row["incident"]) if row else None

    def duty(self) -> Duty | None:
        row = self.first("on_call_record")
        found = self.glance(row["incident"]) if row else None
        return found.duty if found else None

    def coded(self, code: str) -> list[tuple[str, str, str]]:
        return [(row["incident"], row["page"], row["person"]) for row in self.run("coded", code=code.upper())]

    def opened_by(self, policy: str) -> int:
        return int(self.first("pages_by_policy", policy=policy)["number"])

    def last_worked(self, incident: str, after: int) -> datetime | None:
        row = self.first("last_worked", incident=incident, after=after)
        return from_text(row["at"]) if row["at"] else None

    def revealed(self, actor: str, since: datetime) -> int:
        return int(self.first("revealed", actor=actor, since=to_text(since))["number"])

    def person_of(self, login: str) -> str | None:
        row = self.first("person_of", login=login)
        return row["person"] if row else None

    # ── the outbox ──────────────────────────────────────────────────────────────────────────────────────────────────

    def messages(
        self, *, incident: str | None = None, states: Iterable[str] = (), limit: int | None = None
    ) -> list[Message]:
        from escalate.domain.messages.message import OWED

        wanted = set(states)
        owed = bool(wanted) and wanted <= set(OWED) and incident is None
        exact = wanted == set(OWED) if owed else not wanted  # else what is left over here must not take others' places
        most = limit if exact and limit is not None else EVERY
        if incident is not None:
            rows = self.run("messages_of_incident", incident=incident, limit=most)
        else:
            rows = self.run("messages_owed" if owed else "messages_all", limit=most)
        found = (message_of(row) for row in rows if exact or row["state"] in wanted)
        return [*islice(found, limit)]

    def by_hand(self, now: datetime, limit: int) -> list[Message]:
        return [message_of(row) for row in self.run("messages_by_hand", now=to_text(now), limit=limit)]

    def tally(self, now: datetime) -> Tally:
        return added_up(self.run("tally", now=to_text(now)))

    def message(self, key: str) -> list[Message]:
        return [message_of(row) for row in self.run("messages_by_prefix", key=key.lower())]

    def ways_due(self, now: datetime, *, console: bool = False) -> list[str]:
        return [row["via"] for row in self.run("ways_due", now=to_text(now), console=console)]

    def beside(self, to: str, via: str, now: datetime) -> list[Message]:
        return [message_of(row) for row in self.run("messages_beside", recipient=to, via=via, now=to_text(now))]

    def tried(self, to: str, via: str, since: datetime) -> list[Message]:
        return [message_of(row) for row in self.run("messages_tried", recipient=to, via=via, since=to_text(since))]

    def bundle(self, key: str) -> list[Message]:
        return [message_of(row) for row in self.run("messages_in_bundle", bundle=key)]

    def due_pages(self, now: datetime) -> list[tuple[str, str]]:
        return [(row["incident"], row["id"]) for row in self.run("due_pages", now=to_text(now))]

    def due_timers(self, now: datetime) -> list[str]:
        return [row["incident"] for row in self.run("due_timers", now=to_text(now))]

    def has_alarm(self, incident: str) -> bool:
        return any(row["key"].startswith("broken/") for row in self.run("timers_of", incident=incident))

    def watching(self, clauses: Iterable[str]) -> list[str]:
        return [row["incident"] for row in self.run("watching", clauses=json.dumps([*clauses]))]

    def next_due(self, now: datetime, *, console: bool = False) -> datetime | None:
        found = [self._first_moment("next_message_due", now=to_text(now), console=console)]
        found += [self._first_moment(query) for query in self._moments]
        return min((at for at in found if at is not None), default=None)

    def _first_moment(self, query: str, **values: Any) -> datetime | None:
        """Past those that cannot be read: nothing is due by them."""
        after = ""
        while text := self.first(query, after=after, **values)["due_at"]:
            with suppress(ValueError, TypeError):
                return from_text(text)
            after = text
        return None

    def couriers(self, since: datetime) -> list[dict[str, Any]]:
        """Whose sign of life cannot be read has given none."""
        found = []
        for row in self.run("couriers", since=to_text(since)):
            with suppress(ValueError, TypeError):
                moments = {name: from_text(row[name]) for name in ("beat_at", "started_at")}
                found.append({**dict(row), **moments})
        return found


class Pen(Look, Noting, Keeping):
    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str], clock: Clock) -> None:
        super().__init__(connection, queries)
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def hold(self, incidents: Iterable[str]) -> None:
        """Nobody else writes meanwhile; there is nothing to hold."""

    def free(self, id_: str) -> Incident | None:
        return self.glance(id_)

    def next_number(self) -> int:
        return int(self.first("next_number")["number"])

    def number(self, number: int, incident: str) -> None:
        self.run("give_number", number=number, incident=incident)

    def insert(self, entry: Entry, text: str | None) -> None:
        self.run("insert_entry", **entry.__dict__)
        self.written = entry.id
        if text:
            self.run("index_words", words=text, incident=entry.incident, seq=entry.seq)

    def queue(self, message: Message) -> None:
        self.run("queue_message", **columns_of(message))
        kind, _, person = message.to.partition(":")
        if kind == "person" and message.page and (code := message.details.get("code")):
            self.run("save_code", code=code, incident=message.incident, page=message.page, person=person)

    def update(self, message: Message) -> None:
        names = ("id", "state", "attempts", "due_at", "leased_until", "last_error", "remote", "bundle", "tried_at")
        columns = columns_of(message)
        self.run("update_message", **{name: columns[name] for name in names})

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
        return self.take([row["id"] for row in found[:limit]], now, until)

    def current(self, ids: Iterable[str]) -> dict[str, Message]:
        found = (self.first("messages_by_id", id=id_) for id_ in ids)
        return {row["id"]: message_of(row) for row in found if row is not None}

    def take(self, ids: Iterable[str], now: datetime, until: datetime) -> list[Message]:
        taken = []
        for id_ in ids:
            self.run("take_message", id=id_, now=to_text(now), until=to_text(until))
            taken.append(message_of(self.first("messages_by_id", id=id_)))
        return taken

    def beat(self, courier: dict[str, Any]) -> None:
        self.run("beat", **courier)

    def leave(self, courier: str) -> None:
        self.run("leave", id=courier)

    def apply_roster(self, roster: dict[str, Any], source: str, by: str) -> int:
        row = self.first("roster")
        version = (row["version"] if row else 0) + 1
        text = json.dumps(roster, separators=(",", ":"), sort_keys=True)
        self.run(
            "apply_roster",
            version=version,
            applied_at=to_text(self.now()),
            applied_by=by,
            roster=text,
            source=source,
        )
        self.keep_logins(roster)
        return version

    def forget_words_of(self, incident: str, entry: str) -> None:
        target = self.entry_by_id(entry)
        if target is None or target.incident != incident or target.kind not in STATEMENTS:
            return
        # Found by their own words, the index finds them at once; by incident and seq it would be read from end to end.
        phrase = " ".join(words_of(target.event).replace('"', " ").split()[:20])
        where = {"incident": incident, "seq": target.seq}
        found = self.run("words_found", phrase=f'"{phrase}"', **where) if phrase else []
        for row in found:
            self.run("forget_found", number=row["rowid"])
        if not found:
            self.run("forget_words", **where)

    def forget_all_words(self, incident: str) -> None:
        self.run("forget_all_words", incident=incident)

    def erase(self, entry: Entry, messages: Iterable[str]) -> None:
        self.run("overwrite_freed")
        for id_ in messages:  # while what they repeat can still be read
            self.run("blank_message", id=id_)
        self.run("erase_body", id=entry.id)
        self.run("forget_words", incident=entry.incident, seq=entry.seq)
        self.run("drop_sighting", entry=entry.id)
        self.run("drop_link", entry=entry.id)
        self.run("optimise_search")  # the index keeps what was taken out of it until it is merged
