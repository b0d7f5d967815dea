"""What is kept of messages against what the timeline says of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from escalate.adapters.store.upkeep import rebuild
from escalate.app import outbox, paging
from escalate.app.settled import AFTER
from escalate.app.verification import verify_incident, verify_store
from escalate.domain.messages.message import key
from escalate.domain.timeline.events import every_kind
from escalate.errors import Rejected, Unreachable
from telling import Line, courier, everything, messages, roster


@pytest.fixture
def told(ledger, wiring, incident, apply_roster):
    """INC-1 with messages in every state that a courier and people bring about."""
    apply_roster(roster(more='[people.lena]\nname = "Lena"\nzone = "UTC"\nlogins = ["lena"]\n'))
    lines = everything()
    lines["hook"] = Line(Rejected("no"), Unreachable("late", unknown=True))
    lines["chat"] = Line(Unreachable("not now"))
    paging.page(ledger, incident, ("person:alice", "person:bob", "person:dana"))
    paging.ping(ledger, incident, ("legal", "crew"), "please join")
    courier(wiring, lines, threads=1, show=lambda _message: None).run(1)
    paging.acknowledge(ledger, incident, "1", by="alice")
    _, [last] = paging.page(ledger, incident, ("person:alice",))
    paging.decide(ledger, incident, str(last.number), "cancel", "wrong person")
    courier(wiring, lines, threads=1).run(1)
    return incident


def test_whatever_becomes_of_messages_fits(store, ledger, wiring, told):
    states = {message.state for message in messages(wiring)}
    assert len(states) > 4, states
    assert verify_store(store).sound

    for message in messages(wiring):
        if message.state == "failed":
            outbox.retry(ledger, (message.id,))
        if message.state == "shown":
            outbox.told(ledger, (message.id,), "by phone")

    assert verify_store(store).sound


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ("UPDATE messages SET text = 'other' WHERE state = 'sent'", "its words are not those"),
        ("UPDATE messages SET state = 'cancelled' WHERE state = 'sent'", "is cancelled; this entry says sent"),
        ("UPDATE messages SET state = 'cancelled' WHERE state = 'queued'", "is cancelled; no entry says so"),
        ("UPDATE messages SET state = 'queued' WHERE state = 'cancelled'", "is queued; this entry says cancelled"),
        ("UPDATE messages SET text = x'ff' WHERE state = 'shown'", "its words are not those"),
    ],
)
def test_a_message_that_was_changed_is_found(store, told, done, says):
    with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER messages_say_what_they_said")
        assert raw.execute(done).rowcount

    bad = verify_incident(store, told).bad

    assert {fault.field for fault in bad} == {"message"}
    assert any(says in fault.what for fault in bad), bad


@pytest.mark.parametrize(
    "done",
    [
        "DELETE FROM messages",
        "UPDATE messages SET text = 'other'",
        "UPDATE messages SET via = 'console'",
        "UPDATE messages SET recipient = 'person:eve', name = 'Eve'",
        "UPDATE messages SET address = 'elsewhere'",
    ],
)
def test_what_was_owed_cannot_be_changed_by_accident(store, told, done):
    with closing(sqlite3.connect(store.file, isolation_level=None)) as raw, pytest.raises(sqlite3.IntegrityError):
        raw.execute(done)


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ("recipient = 'person:bob', name = 'Bob Roe'", "it is not to whom its entry owes one"),
        ("via = 'other'", "it is not to whom its entry owes one"),
        ("id = '00000000' || substr(id, 9)", "it is not to whom its entry owes one"),
        ("page = NULL", "it is not to whom its entry owes one"),
        ("purpose = 'exhausted'", "it is not to whom its entry owes one"),
        ("address = 'elsewhere'", "no roster that is kept has that name and address"),
        ("name = 'Mallory'", "no roster that is kept has that name and address"),
        ("entry = (SELECT id FROM timeline WHERE seq = 1)", "it names the entry that owes it otherwise"),
        ("entry = 'none'", "the entry that owes it is not on this timeline"),
        ("entry_seq = 99", "it names the entry that owes it otherwise"),
        ("entry_digest = '0'", "it names the entry that owes it otherwise"),
        ("subject = 'other'", "its subject is not the first line"),
        ("details = json_set(details, '$.code', 'WXYZ')", "its code is not the one"),
        ("details = 'no json'", "it is not as escalate keeps one"),
        ("due_at = 'soon'", "it is not as escalate keeps one"),
        ("tried_at = 'soon'", "it is not as escalate keeps one"),
        ("recipient = CAST(recipient AS BLOB)", "it is not as escalate keeps one"),
        ("incident = 'another'", "is of an incident that is not there"),
    ],
)
def test_whom_a_message_goes_to_is_what_its_entry_says(store, told, done, says):
    with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER messages_say_what_they_said")
        [id_] = raw.execute("SELECT id FROM messages WHERE recipient = 'person:alice' AND purpose = 'page'").fetchone()
        raw.execute(f"UPDATE messages SET {done} WHERE id = ?", (id_,))

    bad = verify_store(store).bad

    assert {fault.field for fault in bad} <= {"message", "state"}
    assert any(says in fault.what for fault in bad), bad


def test_whoever_also_makes_the_key_fit_is_found_by_the_entry(store, told):
    """A whole forgery but for the entry, which says who was asked."""
    with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER messages_say_what_they_said")
        query = "SELECT id, entry, via FROM messages WHERE recipient = 'person:alice' AND purpose = 'page'"
        id_, entry, via = raw.execute(query).fetchone()
        raw.execute(
            "UPDATE messages SET id = ?, recipient = 'person:eve', name = 'eve', address = '' WHERE id = ?",
            (key(entry, "person:eve", via, 1), id_),
        )

    assert any("it is not to whom its entry owes one" in fault.what for fault in verify_store(store).bad)


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ("UPDATE rosters SET roster = 'x'", "roster 1 is not as escalate keeps one"),
        ("UPDATE rosters SET version = 2", "roster 1 is missing"),
        ("DELETE FROM rosters", "lena is kept as lena, which the newest roster does not say"),
        ("UPDATE logins SET person = 'bob'", "though the newest roster says so"),
        ("UPDATE logins SET login = CAST(login AS BLOB)", "though the newest roster says so"),
        ("DELETE FROM logins", "though the newest roster says so"),
        ("INSERT INTO logins VALUES ('mallory', 'alice')", "mallory is kept as alice"),
        ("UPDATE codes SET code = 'WXYZ'", "is not one that a page gives"),
        ("UPDATE codes SET person = 'eve'", "is not one that a page gives"),
        ("UPDATE codes SET page = 'eve'", "is not one that a page gives"),
        ("UPDATE codes SET incident = 'eve'", "is not one that a page gives"),
        ("DELETE FROM codes", "the codes to answer its pages by are not there"),
        ("UPDATE pages SET policy = 'other'", "its pages are not what the entries make"),
    ],
)
def test_what_is_kept_of_no_incident_alone(store, told, done, says):
    with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
        for name in ("rosters_are_kept", "rosters_stay"):
            raw.execute(f"DROP TRIGGER {name}")
        assert raw.execute(done).rowcount

    bad = verify_store(store).bad

    assert any(says in fault.what for fault in bad), bad


def test_who_is_who_and_the_codes_are_made_again(store, told):
    with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
        for done in (
            "UPDATE logins SET person = 'bob'",
            "UPDATE codes SET code = 'WXYZ'",
            "INSERT INTO logins VALUES (x'61', 'b')",
        ):
            raw.execute(done)
    assert not verify_store(store).sound

    rebuild(store)

    assert verify_store(store).sound


def test_every_receipt_has_its_states():
    assert set(AFTER) == {kind for kind in every_kind() if kind.startswith("message.")}
