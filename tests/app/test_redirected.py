"""A message that somebody sends elsewhere in the record is not sent there."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from escalate.app import paging
from escalate.app.verification import verify_store
from telling import courier, events, everything, messages, roster

BY_CHAT = roster().replace(
    'reach = [{ via = "hook", after = "0m" }, { via = "pager"',
    'reach = [{ via = "chat", after = "0m" }, { via = "pager"',
)


@pytest.fixture
def paged(ledger, incident, apply_roster):
    """A page of Alice waits, by both her ways."""
    apply_roster(BY_CHAT)
    paging.page(ledger, incident, ("policy:critical",))
    return incident


@pytest.fixture
def change(store, wiring):
    def changed(done, via="chat"):
        [id_] = [one.id for one in messages(wiring) if (one.to, one.via) == ("person:alice", via)]
        with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
            raw.execute("DROP TRIGGER IF EXISTS messages_say_what_they_said")
            assert raw.execute(f"UPDATE messages SET {done} WHERE id = ?", (id_,)).rowcount
        return id_

    return changed


REDIRECTED = {
    "another person": "recipient = 'person:bob', name = 'Bob Okoro', address = 'U0BOB'",
    "somebody nobody knows": "recipient = 'person:eve', name = 'Eve', address = 'U0EVE'",
    "another address": "address = 'U0EVE'",
    "another entry": "entry = '00000000-0000-0000-0000-000000000000'",
    "details that cannot be read": "details = '{'",
    "details of another kind": "details = '[]'",
    "a moment that is none": "due_at = ''",
}


@pytest.mark.parametrize("done", REDIRECTED.values(), ids=REDIRECTED)
def test_a_page_that_was_redirected_goes_to_nobody_else(wiring, paged, change, done):
    id_ = change(done)
    assert not verify_store(wiring.store).sound
    lines, said = everything(), []

    courier(wiring, lines, threads=1, log=said.append).run(1)

    assert id_ not in lines["chat"].keys
    assert {(m.to, m.address) for m in lines["chat"].sent} <= {("person:alice", "U0ALICE"), ("person:carol", "")}
    [failed] = [one for one in events(wiring, paged, "message.failed") if one.message == id_]
    assert "was changed in the record" in failed.why
    assert any("is not sent" in line and "escalate verify" in line for line in said)


@pytest.mark.parametrize(
    "which",
    [
        "another person",
        "somebody nobody knows",
        "another address",
        "details that cannot be read",
        "a moment that is none",
    ],
)
def test_whom_the_entry_names_is_told_all_the_same(wiring, paged, change, which):
    before = {(m.to, m.address) for m in messages(wiring) if m.via == "chat"}
    change(REDIRECTED[which])
    lines = everything()

    courier(wiring, lines, threads=1).run(1)

    assert {(m.to, m.address) for m in lines["chat"].sent} == before


def test_where_nothing_says_who_was_meant_the_fallback_is_told(wiring, paged, change):
    change(REDIRECTED["another entry"])

    courier(wiring, everything(), threads=1).run(1)

    [failed] = events(wiring, paged, "message.failed")
    assert {way["to"] for way in failed.instead} == {"person:carol"}


def test_an_address_that_a_roster_gave_is_one_also_after_it_was_changed(wiring, paged, apply_roster):
    """Pages that wait go where they were owed."""
    [was] = {m.address for m in messages(wiring) if (m.to, m.via) == ("person:alice", "chat")}
    apply_roster(BY_CHAT.replace(was, "U0NEW"))
    lines = everything()

    courier(wiring, lines, threads=1).run(1)

    assert [m.address for m in lines["chat"].sent] == [was]
    assert verify_store(wiring.store).sound


def test_what_no_courier_put_together_goes_out_to_each_by_itself(ledger, wiring, paged, store):
    paging.page(ledger, paged, ("person:bob",))
    owed = [m for m in messages(wiring) if m.due_at <= wiring.clock.now() and m.via != "console"]
    assert {m.to for m in owed} == {"person:alice", "person:bob"}
    with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
        raw.execute("UPDATE messages SET bundle = '9b2cf535-f27b-4a3d-9c9a-1d2f4b0e5a11' WHERE via <> 'console'")
    lines = everything()

    courier(wiring, lines, threads=2).run(1)

    sent = [message for line in lines.values() for message in line.sent]
    assert {(m.id, m.to, m.text) for m in sent} == {(m.id, m.to, m.text) for m in owed}


@pytest.mark.parametrize("still_there", [True, False], ids=["the team is there", "the team has gone"])
def test_a_ping_under_a_key_of_nothing_is_settled_too(ledger, incident, wiring, apply_roster, store, still_there):
    apply_roster(BY_CHAT)
    paging.ping(ledger, incident, ("legal",), "")
    if not still_there:
        apply_roster('[people.alice]\nname = "Alice Ng"\nzone = "UTC"\n')
    with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER messages_say_what_they_said")
        raw.execute("UPDATE messages SET id = '00000000-0000-0000-0000-000000000000'")

    courier(wiring, everything(), threads=1).run(1)

    [failed] = events(wiring, incident, "message.failed")
    assert "was changed in the record" in failed.why
    assert [m.state for m in messages(wiring) if m.id == failed.message] == ["failed"]
