"""Entries written by plain SQL, as somebody would who has a login and no manners; their digests are right unless asked."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest

from escalate.domain.timeline import chain
from escalate.domain.timeline.codec import encode
from escalate.domain.timeline.entry import Entry
from escalate.domain.timeline.events import IncidentOpened, NoteAdded

COLUMNS = ", ".join(Entry._fields)
INSERT = f"INSERT INTO escalate.timeline ({COLUMNS}) VALUES ({', '.join(f'%({name})s' for name in Entry._fields)})"
MESSAGE = (
    "id", "incident", "entry", "entry_seq", "entry_digest", "page", "purpose", "recipient", "name", "via", "address",
    "subject", "text", "details", "state", "attempts", "due_at", "leased_until", "last_error", "remote", "bundle",
    "tried_at",
)  # fmt: skip


@contextmanager
def refused(says, code="ES002", what=""):
    """Our own guards say so, in these words."""
    with pytest.raises(psycopg.Error) as caught:
        yield
    assert caught.value.sqlstate == code, what
    assert re.search(says, str(caught.value)), what


class Writer:
    """`actor` is who this login is in the roster, or what it is called where no roster knows it."""

    def __init__(self, connection, actor) -> None:
        self.connection, self.actor = connection, actor

    def run(self, statement, *values):
        cursor = self.connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else cursor.rowcount

    def one(self, statement, *values):
        [row] = self.run(statement, *values)
        [value] = row.values()
        return value

    @contextmanager
    def transaction(self):
        with self.connection.transaction():
            yield

    @contextmanager
    def taken_back(self):
        """What is done inside is done, looked at, and never was."""
        with self.connection.transaction():
            yield
            raise psycopg.Rollback

    def now(self) -> str:
        return self.one(
            """SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at"""
        )

    def open(self, *, title="Reports of coordinated sign-ups", **more) -> str:
        with self.transaction():
            self.run("SELECT escalate.lock_numbers()")
            number = self.one("SELECT coalesce(max(number), 0) + 1 FROM escalate.numbers")
            name = more.pop("code_name", f"AMBER BADGER {number}")
            event = IncidentOpened(**{"number": number, "code_name": name, "title": title, "severity": "SEV2", **more})
            entry = self.entry(str(uuid4()), 1, chain.START, event)
            self.put(entry)
            return entry["incident"]

    def append(self, incident, event=None, /, **changed):
        """The entry as it was put in."""
        with self.transaction():
            entry = self.next(incident, event or NoteAdded(text="called the desk back"), **changed)
            self.put(entry)
            return entry

    def next(self, incident, event, /, **changed):
        heads = self.run("SELECT * FROM escalate.lock_head(%s)", incident)
        head = heads[0] if heads else {"seq": 0, "digest": chain.START}
        seq, prev = changed.pop("seq", head["seq"] + 1), changed.pop("prev", head["digest"])
        return self.entry(incident, seq, prev, event, **changed)

    def entry(self, incident, seq, prev, event, /, **changed):
        now, salt = self.now(), changed.pop("salt", os.urandom(16))
        body = changed.pop("body", encode(event.plain()))
        fields = {
            "incident": incident, "seq": seq, "id": str(uuid4()), "kind": event.kind, "occurred_at": now,
            "precision": "exact", "written_at": now, "recorded_at": now, "origin": "desk", "actor": self.actor,
            "labels": "", "prev": prev, **changed,
        }  # fmt: skip
        if "body_digest" not in changed:
            fields["body_digest"] = chain.body_digest(salt, body) if body is not None and salt is not None else "0" * 64
        if "digest" not in changed:
            fields["digest"] = chain.digest(fields[name] for name in chain.HASHED)
        return {**fields, "body": body, "salt": salt}

    def put(self, entry) -> None:
        self.connection.execute(INSERT, entry)

    def owe(self, entry, /, **changed):
        """A message that `entry` owes, in the transaction that is open."""
        row = {
            "id": str(uuid4()), "incident": entry["incident"], "entry": entry["id"], "entry_seq": entry["seq"],
            "entry_digest": entry["digest"], "page": None, "purpose": "page", "recipient": "person:carol",
            "name": "Carol", "via": "harm-desk", "address": "desk", "subject": "INC", "text": "Acknowledge.",
            "details": "{}", "state": "queued", "attempts": 0, "due_at": entry["recorded_at"], "leased_until": None,
            "last_error": "", "remote": "", "bundle": None, "tried_at": None, **changed,
        }  # fmt: skip
        places = ", ".join(f"%({name})s" for name in MESSAGE)
        self.connection.execute(f"INSERT INTO escalate.messages ({', '.join(MESSAGE)}) VALUES ({places})", row)
        return row


def kept_state(incident, head, /, **changed) -> str:
    """What of a kept state the database looks at, and whatever else there is to be in it."""
    known = {
        "id": incident,
        "number": 1,
        "code_name": "AMBER BADGER 1",
        "status": "open",
        "severity": "SEV2",
        "head": head,
    }
    return json.dumps({**known, **changed}, separators=(",", ":"), sort_keys=True)


ROSTER = {
    "people": {
        name: {"slug": name, "name": name.title(), "zone": "UTC", "logins": [f"esc_{name}"]}
        for name in ("alice", "bob", "carol", "sender")
    },
    "teams": {"legal": {"slug": "legal", "name": "Legal", "people": ["carol"]}},
}


def apply_roster(keeper, roster=ROSTER, **changed):
    version = keeper.one("SELECT coalesce(max(version), 0) + 1 FROM escalate.rosters")
    row = {
        "version": version,
        "applied_at": keeper.now(),
        "applied_by": keeper.actor,
        "roster": json.dumps(roster),
        "source": "",
        **changed,
    }
    keeper.connection.execute(
        "INSERT INTO escalate.rosters VALUES (%(version)s, %(applied_at)s, %(applied_by)s, %(roster)s, %(source)s)", row
    )
