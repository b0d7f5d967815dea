"""How a courier ends: what came back is recorded, what never began is given back, and what hangs is given up."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from escalate import wiring as wired
from escalate.adapters.channels import attempt
from escalate.app import delivery, paging
from escalate.app.delivery import Courier
from escalate.app.ports import Taken
from escalate.errors import Conflict, Misconfigured, Unreachable
from telling import Line, Lines, courier, kinds, messages, roster


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster())


@pytest.fixture
def paged(ledger, incident):
    return paging.page(ledger, incident, ("person:bob",))[1][0]


def only(wiring):
    [message] = messages(wiring)
    return message


@pytest.fixture
def held(monkeypatch):
    """The record cannot be had for so many tries to put down what came back."""

    def make(*errors):
        real, left = Courier._settled, [*errors]

        def settled(self, outcomes):
            if left:
                raise left.pop(0)
            real(self, outcomes)

        monkeypatch.setattr(Courier, "_settled", settled)

    return make


def test_a_deadline_is_kept_well_within_the_lease():
    assert attempt.TIMES * wired.SEND_TIMEOUT < delivery.OVERDUE
    assert timedelta(seconds=delivery.LONGEST_WAIT + delivery.OVERDUE) < delivery.LEASE


# ── what came back ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [Conflict("held"), Unreachable("cut")], ids=["held", "cut"])
def test_what_was_taken_while_others_held_the_record_is_recorded_at_the_end(wiring, paged, held, error):
    line = Line()
    held(error, error)

    with pytest.raises(type(error)), courier(wiring, Lines(hook=line)) as at_work:
        at_work.run(1)

    assert (only(wiring).state, len(line.sent)) == ("sent", 1)
    assert not at_work.busy
    assert not at_work.told


def test_what_cannot_be_recorded_even_then_is_said_and_nobody_is_called_untold(wiring, paged, held, monkeypatch):
    monkeypatch.setattr(delivery, "RECORDING", 0.2)
    held(*[Conflict("held")] * 1000)
    log = []

    with pytest.raises(Conflict), courier(wiring, Lines(hook=Line()), log=log.append) as at_work:
        at_work.run(1)

    assert at_work.told == {"person:bob"}
    assert log[0] == (
        "hook took the message to Bob Okoro, which could not be recorded: it is sent again, with the same key."
    )
    assert only(wiring).state == "sending"


def test_a_full_disk_is_not_waited_for(wiring, paged, held):
    held(*[Misconfigured("The disk is full.")] * 1000)
    began = time.monotonic()

    with pytest.raises(Misconfigured), courier(wiring, Lines(hook=Line())) as at_work:
        at_work.run(1)

    assert time.monotonic() - began < delivery.RECORDING / 2


def test_whoever_is_interrupted_learns_of_that_and_what_came_back_is_recorded(wiring, paged, held, monkeypatch):
    monkeypatch.setattr(delivery, "RECORDING", 0.2)
    held(*[Conflict("held")] * 1000)
    log = []

    with pytest.raises(KeyboardInterrupt), courier(wiring, Lines(hook=Line()), log=log.append) as at_work:
        with pytest.raises(Conflict):
            at_work.run(1)
        raise KeyboardInterrupt

    assert log[-1] == "held"


def test_an_answer_that_comes_while_the_record_is_held_counts(wiring, incident, paged, held):
    """It was put down as not answered already, but that was not recorded yet."""
    hanging = Hanging()
    at_work = courier(wiring, Lines(hook=hanging))
    at_work.run(0.05)
    real = at_work._count_as_unanswered

    def unanswered():
        real()
        hanging.gate.set()

    at_work._count_as_unanswered = unanswered
    held(*[Conflict("held")] * 3)

    at_work.let_go(0.0)

    assert only(wiring).state == "sent"


# ── what hangs ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Hanging(Line):
    """Says nothing until it is let go: to everybody, or to these people."""

    def __init__(self, *people):
        super().__init__()
        self.people = people
        self.gate = threading.Event()

    def send(self, message):
        if not self.people or message.to in self.people:
            self.sent.append(message)
            self.gate.wait(20)
            return Taken(remote="at last")
        return super().send(message)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(delivery, "OVERDUE", 0.2)
    monkeypatch.setattr(delivery, "LOOK", 0.02)


@pytest.fixture
def hanging():
    line = Hanging()
    yield line
    line.gate.set()


def test_an_attempt_that_never_ends_counts_as_not_answered_and_is_tried_again(
    wiring, incident, paged, clock, impatient, hanging
):
    at_work = courier(wiring, Lines(hook=hanging))

    at_work.run(1)

    assert not at_work.busy
    assert (only(wiring).state, only(wiring).last_error) == ("unknown", "hook had not answered after 0.2 seconds.")
    assert kinds(wiring, incident)[-1] == "message.unknown"
    clock.advance(minutes=1)
    at_work.run(1)
    assert len(hanging.sent) == 2
    assert len(set(hanging.keys)) == 1


def test_what_was_taken_after_all_is_recorded(wiring, paged, impatient, hanging):
    at_work = courier(wiring, Lines(hook=hanging))
    at_work.run(1)
    hanging.gate.set()
    time.sleep(0.05)
    at_work.run(0.1)

    assert only(wiring).state == "sent"


@pytest.mark.slow
def test_the_other_ways_and_people_go_on_and_threads_do_not_grow_without_end(
    wiring, ledger, incident, clock, impatient, monkeypatch
):
    hanging = Hanging("person:bob")
    monkeypatch.setattr(delivery, "OVERDUE", 0.05)
    before = threading.active_count()
    at_work = courier(wiring, Lines(hook=hanging, chat=Line(), pager=Line()), threads=2)
    try:
        for _ in range(6):
            paging.page(ledger, incident, ("person:bob",))
            at_work.run(0.2)
            clock.advance(minutes=1)
        assert threading.active_count() - before <= 4
        assert len(hanging.sent) <= 4

        paging.ping(ledger, incident, ("legal",), "")
        at_work.run(0.2)
        assert [m.state for m in messages(wiring) if m.via == "chat"] == ["sent"]
    finally:
        hanging.gate.set()
