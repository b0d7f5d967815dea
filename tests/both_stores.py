"""The same empty record on either database, by the clock on the wall, which PostgreSQL goes by: fixtures."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest

from escalate.adapters.store.pg_clock import ServerClock
from escalate.adapters.store.postgres import PostgresStore
from escalate.adapters.store.sqlite import SqliteStore
from escalate.app.incidents import Opening, open_incident
from escalate.app.ledger import Author, Ledger
from postgres import database

STORES = ["sqlite", "postgres"]


class Wall:
    def now(self):
        return datetime.now(UTC)

    def real(self, seconds):
        return seconds


@pytest.fixture(params=STORES)
def opened(request, tmp_path):
    """Opens the same empty record again and again, and runs statements in it behind every guard's back."""
    made = []
    if request.param == "sqlite":
        path = tmp_path / "record.db"

        def again():
            made.append(SqliteStore(path, Wall()))
            return made[-1]

        again().create()

        def spoil(statement, *values):
            with sqlite3.connect(path) as raw:
                if any(f" {name} " in statement for name in ("timeline", "heads")):
                    for [name] in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                        raw.execute(f'DROP TRIGGER "{name}"')
                found = raw.execute(statement.replace("%s", "?"), values).fetchall()
            raw.close()
            return found

        again.spoil = spoil
        yield again
    else:
        there = database()

        def again():
            made.append(PostgresStore(there.url("sender"), ServerClock(Wall())))
            return made[-1]

        def spoil(statement, *values):
            raw = there.connect()
            raw.execute("SET session_replication_role = replica")
            raw.execute("SET search_path = escalate")
            cursor = raw.execute(statement, values)
            return [tuple(row.values()) for row in cursor.fetchall()] if cursor.description else []

        again.spoil = spoil
        yield again
    for store in made:
        store.close()
    if request.param == "postgres":
        there.close()


@pytest.fixture
def store(opened):
    return opened()


def ledger_of(store, texts=None):
    actor = store.greeting.actor if store.shared else "alice"
    return Ledger(store, Wall(), Author(actor=actor, origin="desk"), texts)


@pytest.fixture
def ledger(store, wiring):
    return ledger_of(store, wiring.texts)


@pytest.fixture
def incident(ledger):
    return open_incident(ledger, Opening(title="Reports of coordinated sign-ups", severity="SEV2")).incident.id


def every(store, incident):
    return [entry for page in store.pages_of(incident) for entry in page]


def state(store, incident):
    with store.reading() as look:
        return look.incident(incident)
