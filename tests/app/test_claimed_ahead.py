"""What a courier claims beyond what its threads can carry, and gives back when it ends."""

from __future__ import annotations

import threading

import pytest

from escalate.app import delivery, paging
from escalate.app.delivery import Courier
from escalate.app.incidents import Opening, open_incident
from escalate.errors import Unreachable
from telling import roster


class Hanging:
    def __init__(self):
        self.gate = threading.Event()

    def send(self, _message):
        self.gate.wait(5)
        raise Unreachable("too late")


@pytest.fixture
def hanging():
    line = Hanging()
    yield line
    line.gate.set()


@pytest.fixture
def ended(wiring, ledger, apply_roster, hanging):
    """Six pages, and a courier of two threads that was told to end while nothing came back."""
    apply_roster(roster())
    for number in range(6):
        opened = open_incident(ledger, Opening(title=f"Report {number}", severity="SEV0", quiet=True))
        paging.page(ledger, opened.incident.id, ("person:bob",))
    courier = Courier(wiring.courier_ledger(), lambda _via, _roster: hanging, threads=2)
    courier.run(0.05)
    return courier


def found(wiring):
    with wiring.store.reading() as look:
        return look.messages(states=("queued", "sending", "unknown"), limit=100)


def test_what_no_thread_has_begun_is_as_it_was_before(wiring, ended):
    assert sum(message.leased_until is not None for message in found(wiring)) > 1
    ended.let_go(0.0)

    begun = [message for message in found(wiring) if message.attempts]
    assert {message.state for message in begun} == {"unknown"}
    assert len(begun) <= 2
    assert all(message.leased_until is None for message in found(wiring))
    assert not ended.busy


def test_what_was_called_off_meanwhile_is_not_brought_back(wiring, ledger, ended):
    with wiring.store.reading() as look:
        pages = [(one.id, page) for one in look.incidents(limit=10) for page in one.pages.values()]
    for incident, page in pages:
        paging.decide(ledger, incident, str(page.number), "cancel", "not needed")
    ended.let_go(0.0)

    with wiring.store.reading() as look:
        assert {message.state for message in look.messages(limit=100) if message.purpose == "page"} == {"cancelled"}


def test_what_waited_too_long_for_a_thread_is_not_begun_with_on_the_rest_of_its_lease(
    wiring, ledger, apply_roster, monkeypatch
):
    apply_roster(roster())
    monkeypatch.setattr(delivery, "LONGEST_WAIT", -1.0)
    opened = open_incident(ledger, Opening(title="Report", severity="SEV0", quiet=True))
    paging.page(ledger, opened.incident.id, ("person:bob",))
    Courier(wiring.courier_ledger(), lambda _via, _roster: pytest.fail("it was handed over"), threads=2).run(0.05)

    [message] = found(wiring)
    assert (message.state, message.attempts) in {("queued", 0), ("sending", 1)}
