"""Rows that somebody spoilt in the record: what waits for a moment, couriers, incidents, guidance. Others go on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from escalate.app import decisions, paging, reviews
from escalate.app.couriers import living
from escalate.app.incidents import Opening, open_incident
from escalate.app.verification import verify_store
from escalate.domain.decision.rules import Deciding
from escalate.domain.instants import to_text
from escalate.errors import Refused
from forged import PAGE, forge
from many_pages import page, rostered  # noqa: F401
from telling import messages


@pytest.fixture
def unguarded(store):
    """A connection to the record, past all that guards it."""
    with closing(sqlite3.connect(store.file, isolation_level=None)) as made:

        def opened():
            for [name] in made.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                made.execute(f'DROP TRIGGER "{name}"')
            return made

        yield opened


# ── what is due next ────────────────────────────────────────────────────────────────────────────────────────────────

UNREADABLE = ["2026-13-45T25:61:00.000000Z", "0", "1999-01-01", "zzz"]


@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("table", ["messages", "pages", "timers"])
def test_a_moment_that_cannot_be_read_hides_none_that_can(store, page, unguarded, clock, table, text):
    soon = to_text(clock.now() + timedelta(minutes=3))
    page(2)
    raw = unguarded()
    raw.execute("UPDATE messages SET due_at = ?", (to_text(clock.now() + timedelta(days=900)),))
    raw.execute("UPDATE pages SET due_at = NULL")
    keys = {"messages": "id", "pages": "id", "timers": "key"}
    if table == "timers":
        for [id_] in raw.execute("SELECT id FROM incidents").fetchall():
            raw.execute("INSERT INTO timers (incident, key, due_at) VALUES (?, ?, ?)", (id_, id_, soon))
    rows = [key for [key] in raw.execute(f"SELECT {keys[table]} FROM {table} ORDER BY 1").fetchall()]
    raw.execute(f"UPDATE {table} SET due_at = ? WHERE {keys[table]} = ?", (text, rows[0]))
    raw.execute(f"UPDATE {table} SET due_at = ? WHERE {keys[table]} = ?", (soon, rows[1]))

    with store.reading() as look:
        assert to_text(look.next_due(clock.now())) == soon


def test_where_none_can_be_read_nothing_is_due(store, page, unguarded, clock):
    page(2)
    raw = unguarded()
    raw.execute("UPDATE messages SET due_at = 'zzz'")
    raw.execute("UPDATE pages SET due_at = x'00'")

    with store.reading() as look:
        assert look.next_due(clock.now()) is None


# ── couriers ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("started", "beat", "lives"),
    [
        (0, 0, True),
        (0, 50, True),
        (0, 61, False),
        (0, 60 * 60 * 24 * 365 * 70, False),
        (0, "zzz", False),
        (0, "2099-99-99T00:00:00.000000Z", False),
        ("zzz", 0, False),
    ],
    ids=str,
)
def test_a_sign_of_life_that_cannot_be_is_none(store, unguarded, clock, started, beat, lives):
    raw = unguarded()

    def text(given):
        return given if isinstance(given, str) else to_text(clock.now() + timedelta(seconds=given))

    for id_, at, began in (("x", text(beat), text(started)), ("good", text(-5), text(-9))):
        raw.execute("INSERT INTO couriers VALUES (?, 'h', 1, '00', ?, ?)", (id_, began, at))

    with store.reading() as look:
        assert {one["id"] for one in living(look, clock.now())} == {"good", *(["x"] if lives else [])}


# ── decisions that wait for guidance ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def waiting(ledger, clock):
    """Two incidents with a decision that waits for a clause."""
    found = []
    for title in ("first", "second"):
        found.append(open_incident(ledger, Opening(title=title)).incident.id)
        wish = Deciding(question="Refer?", choose="no", why="w", review_on=("clause:har-3.2",))
        decisions.decide(ledger, found[-1], wish)
    clock.advance(minutes=1)
    return found


def apply(store, clock, id_="har-3.2"):
    row = {"id": id_, "version": 5, "effective_from": to_text(clock.now()), "owner": "o", "digest": "d", "clause": "{}"}
    with store.writing() as tx:
        tx.apply_clause(row, "alice", "f.toml")


def test_an_incident_that_cannot_be_read_keeps_no_other_from_being_looked_at(ledger, store, clock, waiting, unguarded):
    apply(store, clock)
    clock.advance(minutes=1)
    forge(unguarded(), waiting[0], PAGE)
    said = []

    done = reviews.look_again(ledger, log=said.append)

    assert [written.incident.id for written in done] == [waiting[1]]
    [line] = said
    assert waiting[0] in line
    assert "KeyError" in line
    assert reviews.clause_changed(ledger, "har-3.2", 5) == []


def test_a_clause_whose_moment_cannot_be_read_keeps_no_other_back(ledger, store, clock, waiting, unguarded):
    for id_ in ("har-3.1", "har-3.2"):
        apply(store, clock, id_)
    clock.advance(minutes=1)
    unguarded().execute("UPDATE clauses SET effective_from = 'nonsense' WHERE id = 'har-3.1'")
    said = []

    done = reviews.look_again(ledger, log=said.append)

    assert {written.incident.id for written in done} == {*waiting}
    [line] = said
    assert "har-3.1@5" in line


# ── an older record, and one that is made again ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def damaged(ledger, store, clock, waiting, unguarded):
    """The first of two incidents cannot be read any more."""
    apply(store, clock)
    raw = unguarded()
    raw.execute(
        "INSERT INTO timers (incident, key, due_at) VALUES (?, 'review/D-1', ?)", (waiting[0], to_text(clock.now()))
    )
    forge(raw, waiting[0], PAGE)
    return waiting[0]


TABLES = {"incidents": "id", "pages": "incident", "timers": "incident", "watches": "incident", "search": "incident"}


def kept(raw, incident):
    return {
        table: sorted(raw.execute(f"SELECT * FROM {table} WHERE {column} = ?", (incident,)).fetchall())
        for table, column in TABLES.items()
    }


def test_an_incident_that_cannot_be_read_keeps_no_file_from_being_brought_up_to_date(
    store, damaged, waiting, unguarded
):
    raw = unguarded()
    store.close()
    before = kept(raw, damaged)
    raw.execute("DROP TABLE watches")
    raw.execute("PRAGMA user_version = 3")

    assert store.create() is False

    assert store.unread == [damaged]
    assert store.brought == (3, 4)
    assert {**kept(raw, damaged), "watches": before["watches"]} == before
    assert [row[0] for row in raw.execute("SELECT incident FROM watches").fetchall()] == [waiting[1]]
    assert {fault.incident for fault in verify_store(store).bad} == {damaged}


def test_the_others_are_made_again_beside_one_that_does_not_verify(
    escalate, wiring, damaged, waiting, unguarded, clock
):
    raw = unguarded()
    before, others = kept(raw, damaged), kept(raw, waiting[1])
    raw.execute("UPDATE incidents SET state = '{}' WHERE id = ?", (waiting[1],))
    raw.execute("DELETE FROM watches WHERE incident = ?", (waiting[1],))

    done = escalate("db rebuild", wired=wiring)

    assert done.exit_code == 4
    assert "Made again: 1 incident" in done.stdout
    assert "Left as it was" in done.stderr
    assert "INC-1" in done.stderr
    assert (kept(raw, damaged), kept(raw, waiting[1])) == (before, others)
    assert {fault.incident for fault in verify_store(wiring.store).bad} == {damaged}


@pytest.fixture
def owed(ledger):
    incident = open_incident(ledger, Opening(title="paged")).incident.id
    paging.page(ledger, incident, ("person:alice",))
    return incident


def test_work_once_sends_what_is_owed_beside_an_incident_that_cannot_be_read(escalate, wiring, owed, damaged, clock):
    clock.advance(minutes=1)

    done = escalate("work --once", wired=wiring)

    assert done.exit_code == 9, done.stderr
    assert damaged in done.stderr
    assert sum(m.attempts for m in messages(wiring, incident=owed)) == 1


@pytest.mark.parametrize("error", [Refused("no"), KeyError("policy")], ids=["refused", "a defect"])
def test_work_once_sends_what_is_owed_whatever_is_wrong_with_guidance(escalate, wiring, owed, monkeypatch, error):
    def broken(*_given, **_more):
        raise error

    monkeypatch.setattr(reviews, "look_again", broken)

    done = escalate("work --once", wired=wiring)

    assert done.exit_code == 9
    assert "cannot be looked at again" in done.stderr
    assert sum(m.attempts for m in messages(wiring, incident=owed)) == 1


# ── a courier that is stopped ───────────────────────────────────────────────────────────────────────────────────────


def test_a_courier_that_is_stopped_says_so_on_every_timeline_that_can_be_read(
    escalate, wiring, ledger, unguarded, monkeypatch
):
    ids = [open_incident(ledger, Opening(title=title)).incident.id for title in ("first", "second", "third")]
    for id_ in ids:
        paging.page(ledger, id_, ("person:alice",))
    raw = unguarded()
    forge(raw, ids[1], PAGE)
    stops_at_once(monkeypatch)

    done = escalate("work", wired=wiring)

    assert done.exit_code == 9, done.stderr
    assert "NO COURIER IS RUNNING NOW" in done.stderr
    assert f"The timeline of incident {ids[1]} does not say so: KeyError" in done.stderr
    found = raw.execute("SELECT incident, actor FROM timeline WHERE kind = 'courier.missing'").fetchall()
    assert sorted(incident for incident, _actor in found) == sorted([ids[0], ids[2]])
    assert all(actor.startswith("courier:") for _incident, actor in found)


def stops_at_once(monkeypatch):
    from escalate.app.work import Round
    from escalate.cli.commands import work

    monkeypatch.setattr(work, "heard", lambda _stop: None)
    monkeypatch.setattr(Round, "run", lambda self, _idle: self._leave() or 0)
