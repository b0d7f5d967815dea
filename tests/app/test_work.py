"""The loop of a courier: its signs of life, its pauses, its end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import pairwise

import pytest

from escalate.app import delivery, paging, work
from escalate.app.work import Badge, Round
from escalate.errors import Conflict, Misconfigured, NotFound, Refused, Unreachable, Usage
from telling import Line, Lines, courier, messages, roster

MINUTE = timedelta(minutes=1)


class Doorbell:
    """Lets the time pass that a courier wanted to wait."""

    address = "00"

    def __init__(self, clock):
        self.clock, self.waits, self.closed = clock, [], False

    def wait(self, seconds):
        self.waits.append(round(seconds, 3))
        self.clock.advance(seconds=seconds)
        return False

    def close(self):
        self.closed = True


@pytest.fixture(autouse=True)
def rostered(apply_roster, clock, monkeypatch):
    apply_roster(roster())
    monkeypatch.setattr(type(clock), "real", lambda _self, seconds: seconds)


@pytest.fixture
def bell(clock):
    return Doorbell(clock)


@pytest.fixture
def at_work(wiring, clock, bell):
    def make(lines, *, rounds=1000, log=None):
        left = [rounds]

        def stopped():
            left[0] -= 1
            return left[0] < 0

        say = (lambda _line: None) if log is None else log.append
        return Round(
            wiring.courier_ledger(),
            courier(wiring, lines, log=say),
            bell,
            Badge(id="desk:1:ab", host="desk", pid=1),
            stopped=stopped,
            log=say,
        )

    return make


def alive(wiring, clock):
    with wiring.store.reading() as look:
        return [one["id"] for one in look.couriers(clock.now() - MINUTE)]


def test_it_ends_when_nothing_was_owed_for_long_enough_and_signs_off(wiring, clock, bell, at_work):
    began = clock.now()

    at_work(Lines()).run(10 * MINUTE)

    assert timedelta(0) <= clock.now() - began - 10 * MINUTE < timedelta(seconds=10)
    assert alive(wiring, clock) == []
    assert bell.closed
    assert max(bell.waits) <= 5


def test_it_stays_while_a_step_or_a_message_is_to_come(wiring, ledger, incident, clock, at_work):
    paging.page(ledger, incident, ("policy:critical",))
    began = clock.now()

    at_work(Lines(hook=Line(), pager=Line())).run(MINUTE)

    assert clock.now() - began > 10 * MINUTE
    assert {m.state for m in messages(wiring)} == {"sent"}
    assert any(m.purpose == "exhausted" for m in messages(wiring))


def test_a_step_fires_when_it_is_due_and_not_a_pause_later(ledger, incident, clock, at_work):
    line = Line()
    moments = []
    send = line.send
    line.send = lambda message: (moments.append(clock.now()), send(message))[1]
    began = clock.now()
    paging.page(ledger, incident, ("policy:quick",))

    at_work(Lines(hook=line), rounds=5).run(None)

    assert [(at - began).total_seconds() for at in moments] == [0]
    with ledger.store.reading() as look:
        [page] = look.incident(incident).pages.values()
        [last] = look.last_entries(incident, 1)
    assert page.state == "exhausted"
    assert (last.recorded - began).total_seconds() == 10


def test_it_gives_a_sign_of_life_every_ten_seconds(wiring, clock, at_work):
    seen = []
    real = clock.advance
    clock.advance = lambda **by: (real(**by), seen.append(alive(wiring, clock)))[0]

    at_work(Lines(), rounds=40).run(None)

    assert all(one == ["desk:1:ab"] for one in seen)


def test_a_clock_that_was_set_back_does_not_make_it_look_alive_for_ever(wiring, clock, at_work):
    loop = at_work(Lines())
    loop._beat()
    clock.advance(hours=-2)

    loop._beat()

    with wiring.store.reading() as look:
        [one] = look.couriers(clock.now() - MINUTE)
    assert one["beat_at"] == clock.now()


@pytest.mark.parametrize("error", [Conflict("held"), Misconfigured("The disk is full.", hint="Free some.")])
def test_a_record_that_cannot_be_written_for_a_while_is_waited_out(
    wiring, ledger, incident, at_work, error, monkeypatch
):
    paging.page(ledger, incident, ("person:bob",))
    log, failures = [], [error] * 3
    real = work.Round._beat

    def beat(self):
        if failures:
            raise failures.pop()
        real(self)

    monkeypatch.setattr(work.Round, "_beat", beat)

    at_work(Lines(hook=Line()), rounds=6, log=log).run(MINUTE)

    assert messages(wiring)[0].state == "sent"
    assert len(log) == 3


def test_a_courier_whose_record_is_gone_ends(wiring, clock, at_work):
    log = []
    loop = at_work(Lines(), log=log)
    wiring.store.close()
    for path in wiring.home.glob("record.db*"):
        path.unlink()

    loop.run(MINUTE)

    assert "There is no record" in log[0]


def test_what_is_due_and_cannot_be_done_is_not_asked_for_without_a_break(
    ledger, incident, bell, clock, at_work, monkeypatch
):
    from escalate.app import driving

    def broken(*_given):
        raise ValueError

    paging.page(ledger, incident, ("policy:critical",))
    clock.advance(minutes=5)
    monkeypatch.setattr(driving, "advance_due", broken)

    at_work(Lines(hook=Line(), pager=Line()), rounds=10).run(None)

    assert min(bell.waits[2:]) >= 0.2


def test_answers_that_are_awaited_keep_an_idle_courier(ledger, incident, clock, bell, at_work, monkeypatch):
    """Only what is under way in its own threads counts; it looks at them often."""
    import threading

    monkeypatch.setattr(work, "BURST", 0.05)
    monkeypatch.setattr(work, "ENDING", 0.05)
    free = threading.Event()

    class Slow(Line):
        def send(self, message):
            free.wait(5)
            return super().send(message)

    paging.page(ledger, incident, ("person:bob",))
    with ledger.writing() as record:
        record.append(record.incident(incident), *paging.rules.cancel(*record.incident(incident).pages.values(), ""))
    loop = at_work(Lines(hook=Slow()), rounds=2)
    loop._courier.run(0.01)
    loop.run(timedelta(0))
    free.set()

    assert all(wait <= 0.2 for wait in bell.waits)


def test_messages_that_wait_for_their_next_attempt_keep_it(wiring, ledger, incident, clock, at_work):
    line = Line(*[Unreachable("refused")] * 4)
    paging.ping(ledger, incident, ("legal",), "")

    at_work(Lines(chat=line)).run(timedelta(seconds=7))

    assert messages(wiring)[0].state == "sent"


def test_news_of_shifts_is_looked_for_once_a_minute_and_never_stops_pages(ledger, incident, at_work, monkeypatch):
    from escalate.app import notices

    looked = []

    def broken(_ledger, now):
        looked.append(now)
        raise ArithmeticError

    monkeypatch.setattr(notices, "announce", broken)
    paging.page(ledger, incident, ("policy:quick",))
    said, line = [], Line()

    at_work(Lines(hook=line), rounds=40, log=said).run(None)

    gaps = [later - earlier for earlier, later in pairwise(looked)]
    assert gaps
    assert all(MINUTE <= gap < 2 * MINUTE for gap in gaps)
    assert "News of shifts cannot be told (ArithmeticError): escalate oncall check" in said
    assert [message.purpose for message in line.sent] == ["page"]


@pytest.mark.parametrize("what", ["notices.announce", "reviews.look_again"])
@pytest.mark.parametrize(
    "error",
    [Refused("The database does not allow it."), NotFound("gone"), Usage("what?"), Conflict("held"), ValueError("x")],
    ids=lambda error: type(error).__name__,
)
def test_whatever_is_wrong_with_news_is_said_once_and_pages_go_on(ledger, incident, at_work, monkeypatch, what, error):
    def broken(*_given, **_more):
        raise error

    monkeypatch.setattr(f"escalate.app.{what}", broken)
    paging.page(ledger, incident, ("policy:quick",))
    log, line = [], Line()

    at_work(Lines(hook=line), rounds=30, log=log).run(None)  # news are looked for three times

    assert [message.to for message in line.sent] == ["person:bob"]
    assert len(log) == 1
    assert type(error).__name__ in log[0] or str(error) in log[0]


@pytest.mark.parametrize(
    "error", [Refused("No."), NotFound("gone"), Usage("what?"), ValueError("x")], ids=lambda error: type(error).__name__
)
def test_a_courier_outlives_what_nobody_thought_of(wiring, ledger, incident, at_work, monkeypatch, error):
    from escalate.app.driving import Driving

    real, failures = Driving.timers, [error] * 3

    def timers(self):
        if failures:
            raise failures.pop()
        return real(self)

    monkeypatch.setattr(Driving, "timers", timers)
    paging.page(ledger, incident, ("person:bob",))
    log = []

    at_work(Lines(hook=Line()), rounds=6, log=log).run(None)

    assert messages(wiring)[0].state == "sent"
    assert len(log) == 1
    assert "The courier goes on." in log[0]


def test_a_timer_of_one_incident_that_cannot_be_passed_keeps_no_other_waiting(
    wiring, ledger, incident, at_work, monkeypatch
):
    from escalate.adapters.store.writing import Look
    from escalate.app import timing

    monkeypatch.setattr(Look, "due_timers", lambda _self, _now: [incident])
    monkeypatch.setattr(timing, "pass_time", lambda *_given: 1 / 0)
    paging.page(ledger, incident, ("person:bob",))
    log = []

    at_work(Lines(hook=Line()), rounds=6, log=log).run(None)

    assert messages(wiring)[0].state == "sent"
    assert log == [f"What is due in incident {incident} cannot happen (ZeroDivisionError): escalate verify"]


def test_what_came_back_is_recorded_although_nobody_could_be_told_of_the_end(
    wiring, ledger, incident, at_work, monkeypatch
):
    paging.page(ledger, incident, ("person:bob",))
    log = []
    loop = at_work(Lines(hook=Line()), rounds=0, log=log)
    real, held = delivery.Courier._settled, [Conflict("held")] * 2

    def settled(self, outcomes):
        if held:
            raise held.pop()
        real(self, outcomes)

    def leave(_self, _id):
        raise Conflict("Somebody else has been writing for 5 seconds.")

    monkeypatch.setattr(delivery.Courier, "_settled", settled)
    monkeypatch.setattr("escalate.adapters.store.writing.Pen.leave", leave)
    with pytest.raises(Conflict):
        loop._courier.run(1)

    loop.run(None)

    assert messages(wiring)[0].state == "sent"
    assert log == ["Somebody else has been writing for 5 seconds. The courier ends without signing off."]


def test_news_of_shifts_goes_out_by_itself(wiring, at_work, apply_roster):
    from on_call import roster as scheduled

    apply_roster(scheduled(notice="48h"))
    line = Line()

    at_work(Lines(hook=line), rounds=40).run(None)

    assert [(message.purpose, message.to) for message in line.sent] == [("shift", "person:bob")]


def test_a_courier_ends_when_the_record_was_brought_up_to_a_newer_escalate(at_work, wiring, clock):
    class Upgraded(Doorbell):
        def wait(self, seconds):
            with closing(sqlite3.connect(wiring.store.file)) as raw:
                raw.execute("PRAGMA user_version = 99")
            return super().wait(seconds)

    loop = at_work(Lines())
    loop._bell = Upgraded(clock)

    with pytest.raises(Misconfigured, match="newer escalate .schema 99"):
        loop.run(None)

    assert len(loop._bell.waits) <= 3
