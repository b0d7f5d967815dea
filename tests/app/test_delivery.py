"""The courier: what becomes of a message, whatever its way out answers."""

from __future__ import annotations

from uuid import uuid4

import pytest

from escalate.app import paging
from escalate.app.ports import Taken
from escalate.errors import Misconfigured, Rejected, Unreachable
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


class Without:
    """A way out whose library is not there; it is imported where it is used."""

    def send(self, message):
        import a_library_that_is_not_there  # type: ignore[import-not-found]  # noqa: F401


def test_where_a_library_is_missing_nothing_has_left(wiring, incident, paged):
    courier(wiring, Lines(hook=Without())).run(1)

    [failed] = events(wiring, incident, "message.failed")
    assert failed.why == "channel hook needs the library a_library_that_is_not_there, which is not installed here."
    assert "message.unknown" not in kinds(wiring, incident)
    assert messages(wiring)[0].state == "failed"
    assert failed.instead, "another way is tried at once"
