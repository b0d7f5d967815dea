"""Races, crashes and leases: whatever happens between claiming a message and writing down what became of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from escalate.app import delivery, driving, paging
from escalate.app.ports import Taken
from escalate.errors import Conflict, Misconfigured, Rejected
from telling import Line, Lines, courier, events, everything, kinds, messages, roster, states


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster())


@pytest.fixture
def lines():
    return everything()


@pytest.fixture
def paged(ledger, incident):
    """Bob is paged by one way."""
    return paging.page(ledger, incident, ("person:bob",))[1][0]


def only(wiring):
    [message] = messages(wiring)
    return message


def apart(wiring, line):
    """Claim, do in this thread what a channel's thread would do, and settle: the order of a race, written down."""
    at_work = courier(wiring, Lines(hook=line))
    with wiring.courier_ledger().writing() as record:
        claimed = record.tx.claim(record.now, record.now + delivery.LEASE, 9)
    for message in claimed:
        try:
            outcome = delivery.Outcome(message=message, taken=line.send(message))
        except Exception as error:
            outcome = delivery.Outcome(message=message, error=error)
        with wiring.courier_ledger().writing() as record:
            at_work._record(record, outcome, {})


def test_after_an_acknowledgement_no_other_way_is_tried(wiring, ledger, incident, paged):
    line = Line(lambda _message: paging.acknowledge(wiring.ledger, incident, None, by="bob") and Rejected("no"))
    apart(wiring, line)

    assert [state for to, _via, state in states(wiring) if to == "person:bob"] == ["cancelled"]
    assert "message.failed" not in kinds(wiring, incident)


@pytest.mark.parametrize("meanwhile", ["ack", "told"])
def test_what_was_sent_although_it_was_no_longer_needed_is_recorded_as_sent(wiring, ledger, incident, paged, meanwhile):
    def answer(message):
        if meanwhile == "ack":
            paging.acknowledge(ledger, incident, None, by="bob")
        else:
            from escalate.app.outbox import told

            told(ledger, (message.id,), "phone")
        return Taken(remote="late")

    apart(wiring, Line(answer))

    [sent] = events(wiring, incident, "message.sent")
    assert sent.remote == "late"
    assert ("person:bob", "hook", "sent") in states(wiring)


def test_a_crash_between_sending_and_writing_it_down_sends_again_with_the_same_key(wiring, clock, paged):
    line = Line()
    with wiring.courier_ledger().writing() as record:
        [claimed] = record.tx.claim(clock.now(), clock.now() + delivery.LEASE, 9)
    line.send(claimed)  # and then the power went

    clock.advance(seconds=59)
    assert courier(wiring, Lines(hook=line)).run(1) == 0
    clock.advance(seconds=1)
    assert courier(wiring, Lines(hook=line)).run(1) == 1

    assert line.keys[0] == line.keys[1]
    assert (only(wiring).state, only(wiring).attempts) == ("sent", 2)


def test_two_couriers_never_hold_one_message_together(wiring, ledger, incident, lines):
    paging.page(ledger, incident, ("person:alice", "person:bob", "policy:critical"))
    with wiring.courier_ledger().writing() as record:
        first = record.tx.claim(record.now, record.now + delivery.LEASE, 2)
    with wiring.courier_ledger().writing() as record:
        second = record.tx.claim(record.now, record.now + delivery.LEASE, 9)

    assert len(first) == 2
    assert not {m.id for m in first} & {m.id for m in second}


def test_a_record_that_cannot_be_had_loses_no_outcome(wiring, incident, paged, monkeypatch):
    """Somebody held the lock just when an answer came in: it is written down later, and not sent again."""
    line = Line()
    at_work = courier(wiring, Lines(hook=line))
    real, failures = delivery.Courier._record, [Conflict("held"), Misconfigured("The disk is full.")]

    def record(self, *args):
        if failures:
            raise failures.pop(0)
        real(self, *args)

    monkeypatch.setattr(delivery.Courier, "_record", record)
    for error in (Conflict, Misconfigured):
        with pytest.raises(error):
            at_work.run(1)
        assert at_work.busy

    assert at_work.run(1) == 1
    assert not at_work.busy
    assert len(line.sent) == 1
    assert only(wiring).state == "sent"


def test_one_outcome_that_cannot_be_written_down_takes_no_other_with_it(wiring, ledger, incident, lines, monkeypatch):
    paging.page(ledger, incident, ("person:bob",))
    paging.ping(ledger, incident, ("legal",), "")
    real, log = delivery.Courier._record, []

    def record(self, tx, outcome, known):
        if outcome.message.via == "hook":
            raise ValueError("damaged")
        real(self, tx, outcome, known)

    monkeypatch.setattr(delivery.Courier, "_record", record)
    courier(wiring, lines, log=log.append).run(1)

    assert ("team:legal", "chat", "sent") in states(wiring)
    assert "ValueError" in log[0]


def test_a_damaged_incident_keeps_no_other_from_being_paged(wiring, ledger, incident, lines, clock, monkeypatch):
    from escalate.app.incidents import Opening, open_incident

    other = open_incident(ledger, Opening(title="another", severity="SEV2")).incident.id
    for id_ in (incident, other):
        paging.page(ledger, id_, ("policy:critical",))
    clock.advance(minutes=5)
    log = []

    def advance(ledger, id_, page):
        if id_ == incident:
            raise ValueError("entry 3 does not open an incident")
        return paging.advance_due(ledger, id_, page)

    monkeypatch.setattr(driving, "advance_due", advance)
    at_work = courier(wiring, lines, log=log.append)
    at_work.run(1)
    at_work.run(1)

    assert "person:bob" in [m.to for m in messages(wiring, incident=other)]
    assert len(log) == 1
    assert "escalate verify" in log[0]


class Hanging(Line):
    """A server that takes the line and says nothing until it is let go."""

    def __init__(self):
        super().__init__()
        self.free = threading.Event()

    def send(self, message):
        super().send(message)
        self.free.wait(20)
        return Taken(remote="at last")


@pytest.fixture
def hanging():
    line = Hanging()
    yield line
    line.free.set()


def test_one_that_hangs_holds_up_no_other(wiring, ledger, incident, lines, hanging, clock):
    lines["hook"] = hanging
    paging.page(ledger, incident, ("person:bob",))
    at_work = courier(wiring, lines, threads=2)
    at_work.run(0.05)

    paging.ping(ledger, incident, ("legal",), "")
    at_work.run(0.3)

    assert len(lines["chat"].sent) == 1
    assert at_work.busy
    hanging.free.set()
    at_work.run(1)
    assert {m.state for m in messages(wiring)} == {"sent"}


def test_one_that_hangs_does_not_put_off_what_falls_due_meanwhile(wiring, ledger, incident, lines, hanging, clock):
    lines["hook"] = hanging
    paging.page(ledger, incident, ("person:alice",))
    later = threading.Timer(0.1, clock.advance, kwargs={"minutes": 2})
    later.start()

    courier(wiring, lines).run(0.9)

    later.join()
    assert len(lines["pager"].sent) == 1


def test_what_outlasts_its_lease_is_not_sent_twice_by_the_same_courier(wiring, clock, paged, hanging):
    at_work = courier(wiring, Lines(hook=hanging))
    at_work.run(0.05)
    clock.advance(seconds=61)
    at_work.run(0.05)

    hanging.free.set()
    at_work.run(0.5)
    assert len(hanging.sent) == 1
    assert only(wiring).state == "sent"


def test_letting_go_leaves_the_message_to_the_next_courier_without_waiting_for_the_lease(
    wiring, incident, clock, paged, hanging
):
    at_work = courier(wiring, Lines(hook=hanging))
    at_work.run(0.05)
    at_work.let_go(0.05)

    assert not at_work.busy
    assert only(wiring).state == "unknown"
    assert only(wiring).due_at - clock.now() == timedelta(seconds=5)
    clock.advance(seconds=5)
    line = Line()
    courier(wiring, Lines(hook=line)).run(1)
    assert line.keys == hanging.keys
    assert only(wiring).state == "sent"


def test_a_courier_that_nobody_watches_leaves_the_console_alone(wiring, ledger, incident, lines):
    paging.page(ledger, incident, ("person:dana",))

    assert courier(wiring, lines).run(1) == 0
    assert only(wiring).state == "queued"


def test_many_at_once_all_go_out(wiring, ledger, incident, lines):
    for _ in range(40):
        paging.ping(ledger, incident, ("legal",), "")

    courier(wiring, lines, threads=8).run(5)

    assert len(set(lines["chat"].keys)) == 40
    assert {m.state for m in messages(wiring)} == {"sent"}
