"""The courier: what becomes of a message, whatever its way out answers."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from escalate.app import delivery, paging
from escalate.app.ports import Taken
from escalate.errors import Conflict, Misconfigured, Rejected, Unreachable
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


def test_what_is_taken_is_sent_and_stands_on_the_timeline(wiring, incident, paged, lines):
    assert courier(wiring, lines).run(1) == 1

    [sent] = events(wiring, incident, "message.sent")
    message = only(wiring)
    assert (message.state, message.attempts, message.remote) == ("sent", 1, "r-1")
    assert (sent.message, sent.to, sent.via, sent.sha256, sent.remote) == (
        message.id,
        "person:bob",
        "hook",
        message.sha256,
        "r-1",
    )
    assert courier(wiring, lines).run(1) == 0


def test_delivered_is_said_only_when_the_other_side_says_so(wiring, incident, paged):
    courier(wiring, Lines(hook=Line(Taken(remote="x", delivered=True)))).run(1)

    assert only(wiring).state == "delivered"
    assert "message.delivered" in kinds(wiring, incident)


def test_what_is_not_due_waits(wiring, ledger, incident, clock, lines):
    paging.page(ledger, incident, ("person:alice",))
    courier(wiring, lines).run(1)
    assert lines["pager"].sent == []

    clock.advance(seconds=119)
    courier(wiring, lines).run(1)
    assert lines["pager"].sent == []

    clock.advance(seconds=1)
    courier(wiring, lines).run(1)
    assert len(lines["pager"].sent) == 1


def test_it_drives_the_steps_of_pages(wiring, ledger, incident, clock, lines):
    paging.page(ledger, incident, ("policy:critical",))
    for _ in range(3):
        courier(wiring, lines).run(1)
        clock.advance(minutes=5)
    courier(wiring, lines).run(1)

    assert [m.to for m in lines["hook"].sent] == ["person:alice", "person:bob"]
    assert [m.to for m in lines["pager"].sent] == ["person:alice", "person:carol"]
    assert "page.exhausted" in kinds(wiring, incident)


# ── trying again ────────────────────────────────────────────────────────────────────────────────────────────────────


def attempts(wiring, clock, line, most=20):
    """Seconds between attempts until nothing is tried any more."""
    gaps, before = [], clock.now()
    courier(wiring, Lines(hook=line, chat=line)).run(1)
    for _ in range(most):
        message = messages(wiring)[0]
        if message.state not in {"queued", "unknown"}:
            break
        clock.advance(seconds=(message.due_at - clock.now()).total_seconds())
        gaps.append((clock.now() - before).total_seconds())
        before = clock.now()
        courier(wiring, Lines(hook=line, chat=line)).run(1)
    return gaps


def test_pauses_double_up_to_five_minutes_and_a_page_is_given_up_after_a_quarter_of_an_hour(
    wiring, ledger, incident, clock
):
    """A policy of its own keeps the page open for longer than that."""
    with ledger.writing() as record:
        policy = {"name": "slow", "steps": [{"targets": ["person:bob"], "wait": 7200}]}
        event = paging.PageOpened(page=str(uuid4()), number=1, target="policy:slow", policy=policy)
        paging.advance(record, record.append(record.incident(incident), event), event.page)
    line = Line(*[Unreachable("refused") for _ in range(50)])

    assert attempts(wiring, clock, line) == [5, 10, 20, 40, 80, 160, 300, 300]

    assert len(set(line.keys)) == 1
    [gave_up] = events(wiring, incident, "message.gave_up")
    assert gave_up.attempts == 9
    assert [way["via"] for way in gave_up.instead] == ["console"]
    assert [m.state for m in messages(wiring)] == ["gave-up", "queued"]
    assert kinds(wiring, incident).count("message.unknown") == 0


def test_what_wakes_nobody_is_tried_for_a_day(wiring, ledger, incident, clock):
    """300 attempts, five minutes apart; the last ones are looked at here."""
    paging.ping(ledger, incident, ("legal",), "")
    with ledger.writing() as record:
        record.tx.update(only(wiring).but(attempts=297))
    line = Line(*[Unreachable("refused") for _ in range(9)])

    assert attempts(wiring, clock, line) == [300, 300]

    assert len(line.sent) == 3
    assert [way["via"] for way in events(wiring, incident, "message.gave_up")[0].instead] == ["console"]


@pytest.mark.parametrize(("asked", "waits"), [(30, 30), (0, 1), (299, 299), (900, 900), (99999, 3600), (0.25, 1)])
def test_a_wait_that_was_asked_for_is_kept_within_an_hour(wiring, clock, paged, asked, waits):
    courier(wiring, Lines(hook=Line(Unreachable("slow down", retry_after=asked)))).run(1)

    assert (only(wiring).due_at - clock.now()).total_seconds() == waits
    assert only(wiring).state == "queued"


def test_an_answer_that_never_came_is_one_entry_and_the_key_stays(wiring, incident, clock, paged):
    silent = [Unreachable("no answer", unknown=True), Unreachable("no answer", unknown=True), Unreachable("refused")]
    line = Line(*silent)
    states_seen = []
    for _ in range(4):
        courier(wiring, Lines(hook=line)).run(1)
        states_seen.append(only(wiring).state)
        clock.advance(minutes=1)

    assert states_seen == ["unknown", "unknown", "unknown", "sent"]
    assert len(set(line.keys)) == 1
    assert [k for k in kinds(wiring, incident) if k.startswith("message.")] == ["message.unknown", "message.sent"]
    assert only(wiring).last_error == ""


# ── refusals, and what is done instead ──────────────────────────────────────────────────────────────────────────────


def test_a_refusal_is_not_repeated_and_the_next_way_is_used_now(wiring, ledger, incident, lines):
    """Alice's pager was to ring in two minutes; it rings now."""
    paging.page(ledger, incident, ("policy:critical",))
    lines["hook"] = Line(Rejected("400: no"))

    courier(wiring, lines).run(1)

    assert states(wiring) == [("person:alice", "hook", "failed"), ("person:alice", "pager", "sent")]
    assert len(lines["hook"].sent) == 1
    assert events(wiring, incident, "message.failed")[0].why == "400: no"


def test_a_way_that_is_not_waiting_is_made(wiring, ledger, incident, lines, apply_roster):
    apply_roster(roster().replace('slack = "C0LEGAL"', 'slack = "C0LEGAL"\nemail = "legal@example.org"') + """
[channels.mail]
kind = "email"
host = "127.0.0.1:9"
from = "escalate@example.org"
tls = "none"
""")  # fmt: skip
    paging.ping(ledger, incident, ("legal",), "")
    lines |= {"chat": Line(Rejected("no such channel")), "mail": Line(Rejected("no such mailbox"))}

    courier(wiring, lines).run(1)

    assert sorted(states(wiring)) == [
        ("team:legal", "chat", "failed"), ("team:legal", "console", "queued"), ("team:legal", "mail", "failed"),
    ]  # fmt: skip


def test_with_nothing_left_the_fallback_is_woken_and_then_the_console(wiring, ledger, incident, lines):
    paging.page(ledger, incident, ("policy:critical",))
    lines |= {"hook": Line(Rejected("no")), "pager": Line(Rejected("no"), Rejected("no"))}

    courier(wiring, lines).run(1)

    assert states(wiring) == [
        ("person:alice", "hook", "failed"),
        ("person:alice", "pager", "failed"),
        ("person:carol", "pager", "failed"),
        ("person:carol", "console", "queued"),
    ]
    shown = []
    courier(wiring, lines, show=shown.append).run(1)
    assert [m.to for m in shown] == ["person:carol"]
    assert states(wiring)[-1] == ("person:carol", "console", "shown")
    assert kinds(wiring, incident)[-1] == "message.shown"


def test_somebody_who_was_reached_another_way_is_not_gone_past(wiring, ledger, incident, lines, clock):
    paging.page(ledger, incident, ("policy:critical",))
    courier(wiring, lines).run(1)
    clock.advance(minutes=2)
    lines["pager"] = Line(Rejected("key revoked"))

    courier(wiring, lines).run(1)

    assert states(wiring) == [("person:alice", "hook", "sent"), ("person:alice", "pager", "failed")]


def test_every_way_of_everybody_refused_comes_to_an_end(wiring, ledger, incident, lines, clock, apply_roster):
    text = (
        roster()
        .replace('fallback = "person:carol"', 'fallback = "team:board"')
        .replace('people = ["carol"]', 'people = ["carol", "bob"]')
    )
    apply_roster(text)
    paging.page(ledger, incident, ("policy:critical",))
    refusals = {name: Line(*[Rejected("no") for _ in range(100)]) for name in ("hook", "pager")}

    for _ in range(4):
        courier(wiring, Lines(**refusals)).run(2)
        clock.advance(minutes=5)

    assert len(messages(wiring)) < 16
    assert {m.state for m in messages(wiring) if m.via == "console"} == {"queued"}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        pytest.param(Misconfigured("There is no secret 'hook'."), "no secret", id="a missing secret"),
        pytest.param(None, "no channel 'hook'", id="an unknown channel"),
    ],
)
def test_what_is_not_set_up_fails_that_one_message_and_the_others_go_on(wiring, ledger, incident, lines, broken, said):
    paging.page(ledger, incident, ("person:bob",))
    paging.ping(ledger, incident, ("legal",), "")
    if broken:
        lines["hook"] = Line(broken)
    else:
        del lines["hook"]

    courier(wiring, lines).run(1)

    assert sorted(states(wiring)) == [
        ("person:bob", "console", "queued"), ("person:bob", "hook", "failed"), ("team:legal", "chat", "sent"),
    ]  # fmt: skip
    assert said in events(wiring, incident, "message.failed")[0].why


@pytest.mark.parametrize(
    "error", [KeyError("canary-hook-5d41402abc4b2a76"), SystemExit("canary-hook-5d41402abc4b2a76")]
)
def test_a_channel_with_a_defect_loses_nothing_and_its_words_are_not_repeated(wiring, incident, clock, paged, error):
    line = Line(error)
    courier(wiring, Lines(hook=line)).run(1)
    assert only(wiring).state == "unknown"
    assert type(error).__name__ in only(wiring).last_error
    assert "canary" not in only(wiring).last_error

    clock.advance(seconds=5)
    courier(wiring, Lines(hook=line)).run(1)
    assert only(wiring).state == "sent"


def test_a_team_that_left_the_roster_holds_nothing_up(wiring, ledger, incident, lines, apply_roster):
    paging.ping(ledger, incident, ("legal",), "")
    apply_roster(roster().replace('[teams.legal]\nname = "Legal"\nslack = "C0LEGAL"', ""))
    lines["chat"] = Line(Rejected("channel is archived"))

    courier(wiring, lines).run(1)

    assert states(wiring) == [("team:legal", "chat", "failed"), ("team:legal", "console", "queued")]


def test_after_an_acknowledgement_no_other_way_is_tried(wiring, ledger, incident, paged):
    line = Line(lambda _message: paging.acknowledge(wiring.ledger, incident, None, by="bob") and Rejected("no"))
    apart(wiring, line)

    assert [state for to, _via, state in states(wiring) if to == "person:bob"] == ["cancelled"]
    assert "message.failed" not in kinds(wiring, incident)


# ── races, crashes and leases ───────────────────────────────────────────────────────────────────────────────────────


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
            at_work._record(record, outcome)


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

    def record(self, tx, outcome):
        if outcome.message.via == "hook":
            raise ValueError("damaged")
        real(self, tx, outcome)

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

    monkeypatch.setattr(delivery, "advance_due", advance)
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


def test_what_outlasts_its_lease_is_not_sent_twice_by_the_same_courier(wiring, clock, paged, hanging):
    at_work = courier(wiring, Lines(hook=hanging))
    at_work.run(0.05)
    clock.advance(seconds=61)
    at_work.run(0.05)

    assert len(hanging.sent) == 1


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
