"""What is written while the shared record cannot be reached: a record of its own, on this machine, for one database user.

The same code works on it as on any record. Whom to tell and what is open it takes from what the machine remembers
(`known`); of an incident of the shared record it keeps a timeline that begins with what was known of it.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from escalate.adapters.store import lock, queries
from escalate.adapters.store.failures import translated
from escalate.adapters.store.known import Known, refuse_foreign
from escalate.adapters.store.rows import message_of
from escalate.adapters.store.sqlite import SqliteStore
from escalate.adapters.store.writing import EVERY, Look, Pen
from escalate.app.spool import Left, Waiting, remembered
from escalate.domain.instants import from_text, to_text
from escalate.domain.messages.message import ACKNOWLEDGED
from escalate.domain.timeline import chain
from escalate.domain.timeline.codec import encode
from escalate.domain.timeline.entry import EXACT, Entry
from escalate.domain.timeline.offline import IncidentRecalled
from escalate.errors import Unreachable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from escalate.app.ports import Clock
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.oncall.duty import Duty
    from escalate.domain.roster import Roster

NAMED = "5f0c7d0e-6d0b-4f5e-9a53-2b1f0c9a7e44"
"""The namespace of the ids of incidents that are only known by a name."""

PLACE = re.compile(r"OFF-[0-9A-F]{4}|INC-[1-9][0-9]{0,14}")


@cache
def queries_of_spool() -> Mapping[str, str]:
    own = (Path(queries.FOLDER) / "spool.sql").read_text(encoding="utf-8")
    return MappingProxyType({**queries.load(), **queries.parse(own)})


class SpoolStore(SqliteStore):
    """With `takes_names`, what may be the name of an incident is one, though nothing is known of it here: whoever writes
    is right, whoever looks would find nothing.
    """

    sends = True
    beside = frozenset({"table synced", "table moved"})

    def __init__(self, path: str, clock: Clock, known: Known | None, origin: str, wake: Any = None) -> None:
        super().__init__(path, clock, wake)
        self.known = known
        self.origin = origin
        self._queries = queries_of_spool()
        self.takes_names = True
        self._typed: dict[str, str] = {}

    def exists(self) -> bool:
        return True

    def create(self) -> bool:
        """Make it, or make sure that it is ours. Raises Misconfigured for a file that others own or could have written."""
        for path in (self.path.parent, self.path):
            if path.exists():
                refuse_foreign(str(path), path.stat())
        created = super().create()
        self.path.parent.chmod(0o700)
        self.path.chmod(0o600)
        connection = self.connection()
        [made] = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('synced', 'moved')").fetchone()
        if made < 2:
            with lock.held(self.file), translated(self.file):
                connection.execute(self._queries["spool_tables"])
                connection.execute(self._queries["spool_tables_more"])
        return created

    def _looking(self, connection: sqlite3.Connection) -> SpoolLook:
        return SpoolLook(connection, self._queries, self)

    def _writing(self, connection: sqlite3.Connection) -> SpoolPen:
        return SpoolPen(connection, self._queries, self)

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def actor(self) -> str:
        """The one writer of all of it."""
        return self.known.actor if self.known else "os:unknown"

    # ── what has not come in ────────────────────────────────────────────────────────────────────────────────────────

    def unsynced(self) -> list[str]:
        """The incidents of which the shared record does not have all, in the order in which they were written on."""
        return [row["incident"] for row in self.rows("unsynced")]

    def waiting(self) -> Waiting:
        with self.reading() as look:
            assert isinstance(look, SpoolLook)
            return look.waiting()

    def named(self, ref: str) -> str:
        """The id of an incident of which only that name is known: the same for two commands at once, and for nobody else."""
        id_ = chain.uuid_parts(NAMED, self.path.name, self.origin, ref)
        self._typed[id_] = ref
        return id_

    def recall(self, id_: str) -> IncidentRecalled | None:
        """What is known of an incident of the shared record. None where nothing is, not even a name."""
        known = self.known.of(id_) if self.known else None
        if known is not None:
            assert self.known is not None
            ref = f"INC-{known['number']}" if known["number"] else known["code_name"]
            said = {name: value for name, value in known.items() if name in IncidentRecalled._fields}
            return IncidentRecalled(ref=ref, known_at=to_text(self.known.at), **said)
        ref = self._typed.get(id_, "")
        if not ref:
            return None
        number = int(ref[4:]) if ref.startswith("INC-") else 0
        return IncidentRecalled(ref=ref, number=number, code_name="" if PLACE.fullmatch(ref) else ref)

    def recalled(self, id_: str, event: IncidentRecalled, before: Incident | None, at: datetime | None = None) -> Entry:
        """`at` is when the writing began for which it is recalled: it stands before what is written."""
        body, salt, now = encode(event.plain()), os.urandom(16), at or self.now()
        head = before.head if before else None
        recorded = max(now, head.recorded_at) if head and head.recorded_at else now
        from uuid import uuid4

        fields: dict[str, Any] = {
            "incident": id_,
            "seq": head.seq + 1 if head else 1,
            "id": str(uuid4()),
            "kind": event.kind,
            "occurred_at": to_text(now),
            "precision": EXACT,
            "written_at": to_text(now),
            "recorded_at": to_text(recorded),
            "origin": self.origin,
            "actor": self.actor,
            "labels": "",
            "body_digest": chain.body_digest(salt, body),
            "prev": head.digest if head else chain.START,
        }
        return Entry(**fields, body=body, salt=salt, digest=chain.digest(fields[name] for name in chain.HASHED))


class SpoolLook(Look):
    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str], spool: SpoolStore) -> None:
        super().__init__(connection, queries)
        self._spool = spool

    @property
    def _known(self) -> Known | None:
        return self._spool.known

    def waiting(self) -> Waiting:
        row, unsent = self.first("waiting"), self.first("waiting_messages")["unsent"]
        since = from_text(row["since"]) if row["since"] else None
        return Waiting(incidents=row["incidents"], entries=row["entries"], unsent=unsent, since=since)

    # ── incidents, those that only the shared record has among them ─────────────────────────────────────────────────

    def incident(self, id_: str) -> Incident | None:
        return self.glance(id_) or self._remembered(id_)

    def _remembered(self, id_: str) -> Incident | None:
        """What is known of it, as it would begin here."""
        from escalate.domain.incident.fold import apply

        event = self._spool.recall(id_)
        return apply(None, self._spool.recalled(id_, event, None)) if event else None

    def incidents(
        self, *, statuses: Iterable[str] = (), limit: int | None = None, before: int | None = None
    ) -> list[Incident]:
        here = super().incidents(statuses=statuses, limit=limit, before=None)
        known = self._known.incidents if self._known else {}
        if statuses:  # what came in, and is not open there any more, is not open
            here = [one for one in here if one.id in known or not self._is_in(one)]
        ids = {one.id for one in here}
        there = [one for id_ in known if id_ not in ids and (one := self.glance(id_) or self._remembered(id_))]
        found = sorted([*here, *there], key=lambda one: -(one.number or EVERY))
        return [one for one in found if before is None or one.number < before][:limit]

    def _is_in(self, incident: Incident) -> bool:
        row = self.first("synced_of", incident=incident.id)
        return row is not None and bool(row["seq"] >= incident.head.seq)

    def ids(self, ref: str) -> list[str]:
        name = " ".join(ref.strip().encode("utf-8", "replace").decode().upper().split())
        if name.isascii() and name.isdigit() and int(name):
            name = f"INC-{int(name)}"
        if name == "ONCALL":
            return []
        known = self._known.incidents if self._known else {}
        if name.startswith("OFF-"):
            prefix = name[4:].lower()
            near = [row["id"] for row in self.run("incidents_beginning", prefix=prefix)] if _is_hex(prefix) else []
            found = [id_ for id_ in near if (one := self.glance(id_)) and one.ref.startswith("OFF-")]
            found = found or near
        else:
            words = " ".join(name.replace("-", " ").split())
            found = [id_ for id_, one in known.items() if id_ == ref.strip().lower() or one["code_name"] == words
                     or name == f"INC-{one['number']}"]  # fmt: skip
            found = found or super().ids(ref)
        found = found or [row["id"] for row in self.run("recalled_as", ref=f'"ref":"{_plain(name)}"')]
        return list(dict.fromkeys(found)) or self._new(name)

    def _new(self, name: str) -> list[str]:
        """An incident that the shared record may have, of which nothing is known here but how somebody called it."""
        words = " ".join(name.replace("-", " ").split())
        if not self._spool.takes_names or not (PLACE.fullmatch(name) or _is_code_name(words)):
            return []
        ref = name if PLACE.fullmatch(name) else words
        return [self._spool.named(ref)]

    def code_name_taken(self, code_name: str) -> bool:
        known = self._known.incidents.values() if self._known else ()
        return super().code_name_taken(code_name) or any(one["code_name"] == code_name for one in known)

    # ── the roster ──────────────────────────────────────────────────────────────────────────────────────────────────

    def roster(self) -> Roster:
        from escalate.domain.roster import Roster

        return self._known.as_roster() if self._known else Roster()

    def rosters(self) -> list[tuple[datetime, Roster]]:
        return [(self._known.at, self._known.as_roster().but(duty=None))] if self._known else []

    def on_call_record(self) -> Incident | None:
        """It stays on the shared record."""
        return None

    def duty(self) -> Duty | None:
        return self.roster().duty

    def person_of(self, login: str) -> str | None:  # noqa: ARG002  (there is one writer)
        return self._known.person if self._known else None

    def coded(self, code: str) -> list[tuple[str, str, str]]:
        """Also the codes of pages that the shared record sent out."""
        return list(dict.fromkeys([*super().coded(code), *self._known_codes(code.upper())]))

    def _known_codes(self, wanted: str) -> Iterator[tuple[str, str, str]]:
        from escalate.domain.oncall.code import code

        for id_, one in (self._known.incidents if self._known else {}).items():
            for page in one["pages"]:
                for person in (*page["paged"], *page["told"]):
                    if code(page["id"], person) == wanted:
                        yield id_, page["id"], person


class SpoolPen(SpoolLook, Pen):
    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str], spool: SpoolStore) -> None:
        Pen.__init__(self, connection, queries, spool.clock)
        self._spool = spool
        self._began: datetime | None = None

    def now(self) -> datetime:
        now = super().now()
        self._began = self._began or now
        return now

    def incident(self, id_: str) -> Incident | None:
        """For writing on it: one of the shared record begins, or goes on, with what is known of it."""
        here = self.glance(id_)
        if here is None or self._is_outdated(here):
            event = self._spool.recall(id_)
            return self.recall(id_, event, here) if event else here
        return here

    def _is_outdated(self, here: Incident) -> bool:
        """Whether all of it is in, and more is known since."""
        known, there = self._known, self._known.of(here.id) if self._known else None
        row = self.first("synced_of", incident=here.id)
        return bool(known and there and row and row["seq"] >= here.head.seq and row["at"] < to_text(known.at))

    def recall(self, id_: str, event: IncidentRecalled, here: Incident | None) -> Incident:
        from escalate.domain.incident.fold import apply

        entry = self._spool.recalled(id_, event, here, self._began)
        after = apply(here, entry)
        self.insert(entry, None)
        self.save(after)
        return after

    def save(self, incident: Incident) -> None:
        if incident.number:  # another incident was called so by mistake; the one that has the number keeps it
            for row in self.run("same_number", number=incident.number, id=incident.id):
                self.run("unnumber", id=row["id"])
        super().save(incident)

    def _save_pages(self, incident: Incident) -> None:
        """Whether anybody works on what was acknowledged, only the shared record can tell."""
        pages = {
            id_: page.but(due_at=None) if page.state == "acknowledged" else page for id_, page in incident.pages.items()
        }
        super()._save_pages(incident.but(pages=pages))

    def next_number(self) -> int:
        """Numbers are given by the shared record."""
        return 0

    def number(self, number: int, incident: str) -> None:
        """As above."""

    # ── coming in ───────────────────────────────────────────────────────────────────────────────────────────────────

    def left(self, id_: str) -> Left:
        """What the shared record does not have yet of an incident."""
        row = self.first("synced_of", incident=id_)
        found = list(self.entries_after(id_, row["seq"] if row else 0))
        first = self.entry(id_, 1)
        messages = [message_of(row) for row in self.run("messages_to_sync", incident=id_)]
        known = next((entry for entry in reversed(found) if entry.kind == IncidentRecalled.kind), first)
        return Left(
            incident=id_,
            target=row["target"] if row else None,
            recalled=known if known is not None and first is not None and first.kind == IncidentRecalled.kind else None,
            entries=[entry for entry in found if entry.kind != IncidentRecalled.kind],
            messages=messages,
        )

    def came_in(self, id_: str, there: Incident) -> None:
        """All of it is in the shared record, as incident `there`, which answers for it from now on: nothing of it is due
        here any more.
        """
        here = self.glance(id_)
        assert here is not None
        event = IncidentRecalled(ref=there.ref, known_at=to_text(self.now()), **remembered(there))
        after = self.recall(id_, event, here)
        self.run("mark_synced", incident=id_, target=there.id, seq=after.head.seq, at=to_text(self.now()))
        self.run("mark_moved", incident=id_)

    def update(self, message: Message) -> None:
        if self.first("is_moved", id=message.id) is None:
            super().update(message)
        elif message.state != ACKNOWLEDGED:  # that comes of the answer, there as here
            raise Unreachable(
                f"Message {message.id[:8]} is the shared record's, which cannot be reached.",
                hint="Nothing was recorded. Say it on the timeline meanwhile: escalate log",
            )


def _is_hex(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{4}", text) is not None


def _is_code_name(words: str) -> bool:
    from escalate.domain.incident.code_names import FIRST, SECOND

    first, _, second = words.removeprefix("DRILL ").partition(" ")
    return first in FIRST and second in SECOND


def _plain(name: str) -> str:
    return name.replace("\\", "").replace('"', "")
