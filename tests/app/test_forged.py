"""A message that somebody puts into the outbox by hand, under the right key of an entry that owes nobody anything."""

from __future__ import annotations

import pytest

from escalate.app import paging
from escalate.app.incidents import note
from escalate.app.redirected import PURPOSES
from escalate.app.verification import verify_store
from escalate.domain.messages.message import Message, key
from escalate.domain.timeline.events import OWING
from telling import courier, everything, messages, roster

FORGED = "PAGE INC-9: log in at http://evil.example.org"


@pytest.fixture
def forged(ledger, store, incident, apply_roster):
    """A message from a note to Alice waits; its id."""
    apply_roster(roster())
    entry = note(ledger, incident, "as it is").entries[-1]
    made = Message(
        id=key(entry.id, "person:alice", "hook", 1), incident=incident, entry=entry.id, seq=entry.seq, digest=entry.digest,
        purpose="page", to="person:alice", name="Alice", via="hook", address="", subject=FORGED, text=FORGED,
        due_at=ledger.clock.now(),
    )  # fmt: skip
    with store.writing() as pen:
        pen.queue(made)
    return made.id


def test_it_is_not_sent(wiring, forged):
    lines, said = everything(), []

    courier(wiring, lines, threads=1, log=said.append).run(1)

    assert [one for line in lines.values() for one in line.keys if one == forged] == []
    assert any("is not sent" in line for line in said)
    assert "http://evil.example.org" not in [one.text for one in messages(wiring) if one.id != forged]


def test_verify_names_it(wiring, forged):
    found = verify_store(wiring.store)

    assert not found.sound
    assert any("owes nobody anything: it is note.added" in fault.what for fault in found.bad)


def test_what_each_kind_that_owes_may_owe_is_known():
    besides = {
        "page.step_fired", "page.exhausted", "message.failed", "message.gave_up", "team.pinged", "ticket.asked",
        "handoff.offered", "shift.announced",
    }  # fmt: skip

    assert besides | PURPOSES.keys() == OWING


def test_verify_names_a_bundle_that_does_not_go_to_one(wiring, store, ledger, incident, apply_roster):
    apply_roster(roster())
    paging.page(ledger, incident, ("person:alice", "person:bob"))
    assert verify_store(wiring.store).sound
    both = [one for one in messages(wiring) if one.purpose == "page"]
    assert len({one.to for one in both}) == 2
    with store.writing() as pen:
        for one in both:
            pen.update(one.but(bundle="0" * 8))

    found = verify_store(wiring.store)

    assert {fault.incident for fault in found.bad} == {incident}
    assert all("do not go where it goes" in fault.what for fault in found.bad)
