"""What is kept of messages against what the timeline says of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from escalate.app import outbox, paging
from escalate.app.settled import AFTER
from escalate.app.verification import verify_incident, verify_store
from escalate.domain.timeline.events import every_kind
from escalate.errors import Rejected, Unreachable
from telling import Line, courier, everything, messages, roster


@pytest.fixture
def told(ledger, wiring, incident, apply_roster):
    """INC-1 with messages in every state that a courier and people bring about."""
    apply_roster(roster())
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
    assert all(says in fault.what for fault in bad), bad


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


def test_every_receipt_has_its_states():
    assert set(AFTER) == {kind for kind in every_kind() if kind.startswith("message.")}
