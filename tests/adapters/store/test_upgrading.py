"""A record of schema 3, with data, brought up to date: nothing in it changes, and what is new is filled from it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import psycopg
import pytest

import postgres
from escalate.adapters.store import pg_upkeep, queries, upkeep
from escalate.adapters.store.sqlite import SqliteStore
from escalate.app import decisions, reviews
from escalate.app.incidents import Opening, note, open_incident
from escalate.app.ledger import Author
from escalate.app.verification import verify_store
from escalate.domain.decision.rules import Deciding
from escalate.domain.instants import to_text
from escalate.domain.timeline.duties import OncallOpened
from escalate.domain.timeline.events import NoteAdded
from escalate.domain.timeline.judgements import DecisionMade, DecisionReopened
from escalate.errors import Misconfigured
from pg_stores import at, ledger_at  # noqa: F401
from postgres import empty_pg  # noqa: F401
from postgres_entries import Writer, apply_roster

pytestmark = pytest.mark.slow

CLAUSE = "har-3.2"
PAGE = "11111111-2222-4333-8444-555555555555"


def scripts(kind, upto):
    return [script for number, script in queries.migrations(kind) if number <= upto]


def rows(run, table, order):
    return [tuple(row) for row in run(f"SELECT * FROM {table} ORDER BY {order}")]


def taken_up(ledger, incident):
    with ledger.writing() as record:
        record.append(record.incident(incident), DecisionReopened(decision="D-1", because="date"))


# ── a file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def old(store, ledger, incident, raw):
    """A record of schema 3: INC-1 waits for a clause, INC-2 does not any more, INC-3 never did."""
    wish = Deciding(question="Refer?", choose="no", why="w", review_on=(f"clause:{CLAUSE}",))
    decisions.decide(ledger, incident, wish)
    other = open_incident(ledger, Opening(title="second")).incident.id
    decisions.decide(ledger, other, wish)
    taken_up(ledger, other)
    open_incident(ledger, Opening(title="third"))
    store.close()
    raw.execute("DROP TABLE watches")
    raw.execute("PRAGMA user_version = 3")
    with closing(sqlite3.connect(":memory:")) as made:
        for script in scripts("sqlite", 3):
            made.executescript(script)
        assert upkeep._schema(made) == upkeep._schema(raw)
    return incident


def test_a_file_is_brought_up_to_date_when_it_is_opened(store, ledger, old, raw):
    before = {table: rows(raw.execute, table, "1, 2") for table in ("timeline", "heads", "messages", "timers", "pages")}

    found = verify_store(store)

    assert found.sound, found.bad
    assert raw.execute("PRAGMA user_version").fetchone()[0] == queries.LATEST
    assert rows(raw.execute, "watches", "1, 2") == [(CLAUSE, old)]
    assert upkeep.check(store) == []
    assert {table: rows(raw.execute, table, "1, 2") for table in before} == before
    note(ledger, old, "and goes on")


def test_a_file_that_an_older_escalate_opens_is_refused_and_left_alone(store, incident, monkeypatch):
    store.close()
    before = store.path.read_bytes()
    monkeypatch.setattr(queries, "LATEST", 3)

    with pytest.raises(Misconfigured, match=r"newer escalate .schema 4, this one knows 3") as caught:
        SqliteStore(store.path, ledger_at).connection()

    assert "Upgrade this installation" in caught.value.hint
    assert store.path.read_bytes() == before


# ── a server ────────────────────────────────────────────────────────────────────────────────────────────────────────


def watching(decision="D-1", *on):
    return DecisionMade(decision=decision, question="Refer?", choice="no", reasons="w", review_on=list(on))


class Older:
    """A record of schema 3 on a server, made by its scripts and written on by plain SQL; `open` and `hidden` wait for a
    clause, `done` does not any more. Of `hidden` only Alice may know.
    """

    def __init__(self, pg):
        self.pg = pg
        with pg.connect() as connection, connection.transaction():
            for script in scripts("postgres", 3):
                connection.execute(script)
            connection.execute("INSERT INTO escalate.schema_version VALUES (3)")
        apply_roster(Writer(pg.connect("keeper"), "db:esc_keeper"))
        self.alice, bob = Writer(pg.connect("alice"), "alice"), Writer(pg.connect("bob"), "bob")
        self.open, self.done = bob.open(), bob.open()
        self.hidden = self.alice.open(restricted=True)
        for writer, incident in ((bob, self.open), (bob, self.done), (self.alice, self.hidden)):
            writer.append(incident, NoteAdded(text="called the desk back"))
            writer.append(incident, watching("D-1", f"clause:{CLAUSE}", "a note"))
        bob.append(self.done, DecisionReopened(decision="D-1", because=f"clause:{CLAUSE}"))
        duty = "6e0f7a52-8a0d-4f0c-9c52-0a9d5f1f9d11"
        bob.put(bob.entry(duty, 1, "0" * 64, OncallOpened()))

    def rows(self, table, order):
        with self.pg.connect() as connection:
            return [
                tuple(row.values()) for row in connection.execute(f"SELECT * FROM escalate.{table} ORDER BY {order}")
            ]


@pytest.fixture
def older(empty_pg):
    postgres.server()
    return Older(empty_pg)


@pytest.mark.parametrize("who", [None, "copier"], ids=["a superuser", "somebody of the owner's"])
def test_a_server_is_brought_up_to_date_by_who_may(older, at, ledger_at, who):
    if who is not None and not postgres.server().ours:
        pytest.skip("who runs these tests gave that login what it has")
    before = {table: older.rows(table, "1, 2") for table in ("timeline", "heads", "numbers", "restricted", "grants")}
    store = at(older.pg.url(who))

    assert store.create() is False  # it was there
    assert store.brought == (3, queries.LATEST)
    again = at(older.pg.url(who))
    assert (again.create(), again.brought) == (False, None)

    assert older.rows("schema_version", "1") == [(3,), (4,)]
    assert older.rows("watches", "1, 2") == sorted([(CLAUSE, older.open, False), (CLAUSE, older.hidden, True)])
    assert {table: older.rows(table, "1, 2") for table in before} == before
    found = verify_store(at(older.pg.url()))
    assert (found.sound, found.hidden, found.entries) == (True, 0, 11)
    assert len(older.rows("incidents", "1")) == 4


SPOILT = {
    "a page without its policy": ("page.opened", {"page": PAGE, "number": 1, "target": "person:alice", "policy": {}}),
    "half a character": ("severity.changed", {"severity": "\ud800", "was": "SEV2", "why": "w"}),
}


@pytest.mark.parametrize(("kind", "body"), SPOILT.values(), ids=SPOILT)
def test_an_incident_that_cannot_be_read_keeps_no_server_from_being_brought_up_to_date(older, at, kind, body):
    bob = Writer(older.pg.connect("bob"), "bob")
    shape = SimpleNamespace(kind=kind, plain=dict)
    before = {row[0]: row for row in older.rows("incidents", "1")}
    bob.append(older.done, shape, body=json.dumps(body, sort_keys=True, separators=(",", ":")))
    store = at(older.pg.url())

    store.create()

    assert store.unread == [older.done]
    assert older.rows("schema_version", "1") == [(3,), (4,)]
    assert older.rows("watches", "1, 2") == sorted([(CLAUSE, older.open, False), (CLAUSE, older.hidden, True)])
    after = {row[0]: row for row in older.rows("incidents", "1")}
    assert after.get(older.done) == before.get(older.done)
    assert {older.open, older.hidden} <= after.keys()
    with at(older.pg.url("bob")).reading() as look:
        assert look.incident(older.open) is not None


def test_on_a_server_the_others_are_made_again_beside_one_that_cannot_be_read(older, at):
    bob = Writer(older.pg.connect("bob"), "bob")
    store = at(older.pg.url())
    store.create()
    bob.append(older.open, SimpleNamespace(kind="page.opened", plain=lambda: {"policy": {}}))
    before = older.rows("incidents", "1"), older.rows("watches", "1, 2")
    faults = verify_store(store).bad

    counted = pg_upkeep.rebuild(store, {fault.incident for fault in faults})

    assert {fault.incident for fault in faults} == {older.open}
    assert counted["incidents"] == 3
    assert (older.rows("incidents", "1"), older.rows("watches", "1, 2")) == before


def test_afterwards_each_sees_what_they_may(older, at):
    at(older.pg.url()).create()

    def sees(who):
        with at(older.pg.url(who)).reading() as look:
            return look.watching(["no-such", CLAUSE])

    assert sees("bob") == sees("sender") == [older.open]
    assert sees("alice") == sees("courier") == sorted([older.open, older.hidden])


def test_and_goes_on_writing(older, at, ledger_at):
    at(older.pg.url()).create()
    ledger = ledger_at(older.pg.url("alice"))

    note(ledger, older.hidden, "and goes on")
    taken_up(ledger, older.hidden)

    assert older.rows("watches", "1, 2") == [(CLAUSE, older.open, False)]
    assert verify_store(at(older.pg.url())).sound


def test_a_version_of_the_clause_takes_up_what_was_decided_before_the_upgrade(older, at, ledger_at):
    at(older.pg.url()).create()
    keeper = ledger_at(older.pg.url("keeper"))
    with keeper.store.writing() as tx:
        row = {
            "id": CLAUSE,
            "version": 4,
            "effective_from": to_text(tx.now()),
            "owner": "o",
            "digest": "d",
            "clause": "{}",
        }
        tx.apply_clause(row, keeper.author.actor, "f.toml")

    courier = ledger_at(older.pg.url("courier"))
    courier.author = Author(actor="courier:desk", origin="desk")
    written = reviews.look_again(courier)

    assert sorted(one.incident.id for one in written) == sorted([older.open, older.hidden])
    assert older.rows("watches", "1, 2") == []


def test_before_it_everybody_is_told_what_to_do_and_nothing_is_written(older, at):
    for attempt in (
        at(older.pg.url("alice")).connection,
        at(older.pg.url("courier")).connection,
        at(older.pg.url()).connection,
    ):
        with pytest.raises(Misconfigured, match=r"older escalate .schema 3, this one needs 4.") as caught:
            attempt()
        assert "escalate init" in caught.value.hint

    for login in ("alice", "keeper", "courier"):
        with pytest.raises(Misconfigured, match="may not make the tables") as caught:
            at(older.pg.url(login)).create()
        assert "GRANT" not in caught.value.hint
        assert "Whoever looks after the record runs: escalate init" in caught.value.hint
    assert older.rows("schema_version", "1") == [(3,)]


def test_an_older_escalate_is_refused_afterwards(older, at, monkeypatch):
    at(older.pg.url()).create()
    monkeypatch.setattr(queries, "LATEST", 3)

    for attempt in (at(older.pg.url("alice")).connection, at(older.pg.url()).create):
        with pytest.raises(Misconfigured, match=r"newer escalate .schema 4, this one knows 3"):
            attempt()


def test_what_goes_wrong_leaves_it_as_it_was(older, at, monkeypatch):
    from escalate.adapters.store import pg_migrating

    def broken(_connection):
        raise psycopg.errors.DiskFull("no space left")

    monkeypatch.setattr(pg_migrating, "_refold", broken)
    with pytest.raises(Exception, match=r"space|disk"):
        at(older.pg.url()).create()

    assert older.rows("schema_version", "1") == [(3,)]
    with pytest.raises(psycopg.errors.UndefinedTable):
        older.rows("watches", "1")
