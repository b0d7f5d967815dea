"""Stores at addresses of the tests' PostgreSQL server: fixtures."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from escalate.adapters.store.pg_clock import ServerClock
from escalate.adapters.store.postgres import PostgresStore
from escalate.app.incidents import Opening, open_incident
from escalate.app.ledger import Author, Ledger


class Wall:
    def now(self):
        return datetime.now(UTC)

    def real(self, seconds):
        return seconds


@pytest.fixture
def at(wiring):
    """The store at an address, closed with the test."""
    made = []

    def open_(url, password=None):
        made.append(PostgresStore(url, ServerClock(Wall()), password))
        return made[-1]

    yield open_
    for store in made:
        store.close()


@pytest.fixture
def ledger_at(at, wiring):
    def open_(url):
        store = at(url)
        return Ledger(store, Wall(), Author(actor=store.greeting.actor, origin="desk"), wiring.texts)

    return open_


def texts(ledger, incident):
    with ledger.store.reading() as look:
        return [entry.event.text for entry in look.entries(incident)[1:]]


def opened(ledger):
    return open_incident(ledger, Opening(title="Reports of coordinated sign-ups")).incident.id
