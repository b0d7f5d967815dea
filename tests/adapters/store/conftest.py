from __future__ import annotations

import sqlite3

import pytest

from escalate.app.incidents import note


@pytest.fixture
def raw(store):
    """The file itself, opened behind the program's back, with its guards."""
    connection = sqlite3.connect(store.file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture
def unguarded(raw):
    """The file itself, without its guards."""
    for [name] in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f'DROP TRIGGER "{name}"')
    return raw


@pytest.fixture
def noted(ledger, incident, clock):
    """INC-1 with an opening and five notes."""
    for number in range(5):
        clock.advance(seconds=1)
        note(ledger, incident, f"note number {number}")
    return incident
