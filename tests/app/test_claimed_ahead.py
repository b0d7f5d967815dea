"""What a courier claims beyond what its threads can carry, and gives back when it ends."""

from __future__ import annotations

import threading

import pytest

from escalate.app import delivery, paging
from escalate.app.attempts import Outcome
from escalate.app.delivery import Courier
from escalate.app.incidents import Opening, open_incident
from escalate.app.ports import Taken
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


def test_what_another_courier_has_in_hand_since_is_left_to_it(wiring, ended, clock):
    waiting = {parcel.message.id for parcel, _roster in ended._crew._waiting}
    assert waiting
    clock.advance(seconds=61)
    with wiring.courier_ledger().writing() as record:
        theirs = {message.id: message for message in record.tx.claim(record.now, record.now + delivery.LEASE, 100)}
    ended.let_go(0.0)

    kept = {message.id: message for message in found(wiring)}
    assert waiting <= theirs.keys()
    assert {id_: kept[id_].leased_until for id_ in waiting} == {id_: theirs[id_].leased_until for id_ in waiting}


def test_what_came_back_is_kept_where_nothing_can_be_given_back(wiring, ended, monkeypatch):
    """The line goes while one outcome is to be recorded and another message to be given back: neither is forgotten."""
    [waiting] = ended._crew.withdraw()
    [begun] = [parcel for id_, parcel in ended._under_way.items() if id_ != waiting.message.id]
    ended._done.put(Outcome(**waiting.__dict__, begun=False))
    ended._done.put(Outcome(**begun.__dict__, taken=Taken(remote="r-1")))

    def unreachable():
        raise Unreachable("the line is down")

    with monkeypatch.context() as down:
        down.setattr(ended._ledger, "writing", unreachable)
        with pytest.raises(Unreachable):
            ended._settle(1.0)
    ended._settle(1.0)

    with wiring.store.reading() as look:
        [sent] = [message for message in look.messages(limit=100) if message.state == "sent"]
    assert sent.id == begun.message.id
