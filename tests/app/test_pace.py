"""Pace and bundles on a real record: many pages for one person, and what says nothing new."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.adapters.store.writing import Pen
from escalate.app import delivery, paging
from escalate.app.handing_out import WHY_HELD, hand_out
from escalate.app.verification import verify_store
from escalate.domain.messages.pace import HELD
from escalate.errors import Unreachable
from many_pages import ROSTER, chat, labels, of, page, rostered, run  # noqa: F401
from telling import TOKENS, Receivers, courier, events, kinds, messages

# ── many pages become one message ───────────────────────────────────────────────────────────────────────────────────


def test_what_is_due_together_is_said_in_one_message_and_stands_on_every_timeline(wiring, store, page, run):
    ids, lines = page(3), chat()

    assert run(lines) == 1

    [sent] = lines["chat"].sent
    assert sent.text.startswith("PAGES for Alice Ng: 3 wait for your answer.\nINC-1/1 ")
    for incident in ids:
        mine = of(wiring, incident)
        [told] = events(wiring, incident, "message.sent")
        assert (mine.state, mine.attempts, mine.remote, mine.bundle) == ("sent", 1, "r-1", sent.id)
        assert (told.message, told.bundle, told.sha256) == (mine.id, sent.id, mine.sha256)
        assert f"escalate ack {mine.details['code']}\n" in sent.text
    assert verify_store(store).sound


def test_the_first_goes_at_once_and_what_follows_goes_together_after_a_minute(wiring, page, run, clock):
    lines = chat()
    page()
    run(lines)
    clock.advance(seconds=10)
    held = page(2)
    assert run(lines) == 0

    assert len(lines["chat"].sent) == 1
    for incident in held:
        mine = of(wiring, incident)
        assert (mine.state, mine.attempts, mine.bundle, mine.tried_at) == ("queued", 0, HELD, None)
        assert (mine.due_at - clock.now(), mine.last_error) == (timedelta(seconds=50), WHY_HELD)

    clock.advance(seconds=49)
    assert run(lines) == 0
    clock.advance(seconds=1)
    assert run(lines) == 1
    assert labels(lines["chat"]) == ["INC-1/1", ["INC-2/1", "INC-3/1"]]
    assert [(of(wiring, one).state, of(wiring, one).last_error) for one in held] == [("sent", "")] * 2


def test_one_that_was_held_alone_goes_out_as_itself(wiring, page, run, clock):
    lines = chat()
    page()
    run(lines)
    [held] = page()
    run(lines)
    clock.advance(minutes=1)
    run(lines)

    assert lines["chat"].keys[1] == of(wiring, held).id
    assert of(wiring, held).bundle is None
    assert events(wiring, held, "message.sent")[0].bundle == ""


@pytest.mark.parametrize("severity", ["SEV0", "SEV1"])
def test_the_worst_is_not_held_and_takes_with_it_what_is(page, run, clock, severity):
    lines = chat()
    page()
    run(lines)
    page(2)
    run(lines)

    page(severity=severity)
    run(lines)

    assert labels(lines["chat"]) == ["INC-1/1", ["INC-4/1", "INC-2/1", "INC-3/1"]]
    clock.advance(minutes=20)
    assert run(lines) == 0


def test_the_worst_takes_nothing_whose_own_time_has_not_come(page, run, clock):
    """Bob's mail is to go out five minutes after his chat message."""
    lines = chat()
    page(target="person:bob")
    run(lines)
    clock.advance(minutes=1)
    page(severity="SEV1", target="person:bob")
    run(lines)

    assert lines["mail"].sent == []
    clock.advance(minutes=4)
    run(lines)
    assert labels(lines["mail"]) == ["INC-1/1"]


@pytest.mark.slow
def test_a_hundred_pages_take_three_messages_and_none_is_lost(wiring, store, page, run, clock):
    lines = chat()
    page(100)
    for _ in range(4):
        run(lines)
        clock.advance(minutes=1)

    assert [len(named) for named in labels(lines["chat"])] == [40, 40, 20]
    assert {message.state for message in messages(wiring)} == {"sent"}
    assert verify_store(store).sound


def test_a_page_alone_is_driven_by_its_policy(page, run, clock):
    """Three passes, a minute apart, and a manual step between them."""
    lines = chat()
    page(target="policy:again")
    for _ in range(3):
        run(lines)
        clock.advance(seconds=60)

    assert len(lines["chat"].sent) == 3


def test_machines_take_what_comes(page, run):
    lines = chat()
    page(3, target="person:carol")
    run(lines)

    assert sorted(labels(lines["pager"])) == sorted(labels(lines["hook"])) == ["INC-1/1", "INC-2/1", "INC-3/1"]


def test_who_is_told_at_the_terminal_is_told_each(page, run):
    shown = []
    page(3, target="person:dana")
    run(chat(), show=shown.append)

    assert sorted(message.details["label"] for message in shown) == ["INC-1/1", "INC-2/1", "INC-3/1"]


def test_people_and_ways_have_a_pace_of_their_own(page, run):
    lines = chat()
    page(target="person:alice")
    run(lines)
    page(target="person:bob")
    run(lines)

    assert [message.to for message in lines["chat"].sent] == ["person:alice", "person:bob"]


def test_an_address_that_changed_keeps_two_messages_apart(page, run, clock, apply_roster):
    page(2)
    apply_roster(ROSTER.format(http="http://127.0.0.1:9").replace("U0ALICE", "U0MOVED"))
    page(2)
    lines = chat()
    run(lines)
    clock.advance(minutes=1)
    run(lines)

    said = {message.address: message.details["labels"] for message in lines["chat"].sent}
    assert said == {"U0ALICE": ["INC-1/1", "INC-2/1"], "U0MOVED": ["INC-3/1", "INC-4/1"]}


def test_a_test_says_that_it_is_one_and_holds_nothing_up(ledger, page, run):
    lines = chat()
    [incident] = page()
    paging.page(ledger, incident, ("person:alice",), test=True)
    run(lines)
    assert sorted(message.text.split()[0] for message in lines["chat"].sent) == ["PAGE", "TEST"]

    paging.page(ledger, incident, ("person:bob",), test=True)
    run(lines)
    page(target="person:bob")
    assert run(lines) == 1


def test_pages_that_are_answered_while_they_are_held_are_not_in_the_message(wiring, ledger, page, run, clock):
    lines = chat()
    page()
    run(lines)
    ids = page(3)
    run(lines)
    paging.acknowledge(ledger, ids[1], None, by="bob")
    clock.advance(minutes=1)
    run(lines)

    assert labels(lines["chat"])[1:] == [["INC-2/1", "INC-4/1"]]
    assert of(wiring, ids[1]).state == "cancelled"


# ── what says nothing new ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_courier_that_was_down_wakes_nobody_twice_for_one_page(wiring, store, page, run, clock):
    [incident] = page(target="policy:again")
    clock.advance(minutes=1)
    lines = chat()
    run(lines)

    for via in ("chat", "hook", "pager"):
        older, newer = sorted((m for m in messages(wiring) if m.via == via), key=lambda one: one.seq)
        assert (older.state, newer.state) == ("bundled", "sent")
        assert lines[via].keys == [newer.id]
        [said] = [one for one in events(wiring, incident, "message.bundled") if one.via == via]
        assert (said.message, said.into, said.attempts) == (older.id, newer.id, 0)
    assert verify_store(store).sound


def test_what_was_tried_in_vain_is_put_down_as_well(wiring, store, page, run, clock):
    [incident] = page(target="policy:again")
    lines = chat(Unreachable("late", unknown=True))
    run(lines)
    clock.advance(minutes=1)
    run(lines)

    assert [m.state for m in messages(wiring) if m.via == "chat"] == ["bundled", "sent"]
    assert events(wiring, incident, "message.bundled")[0].attempts == 1
    assert verify_store(store).sound


def test_of_what_is_held_the_newest_is_kept(wiring, ledger, page, run, clock):
    """A page of another incident went out; then one page is escalated by hand before its first message could go."""
    lines = chat()
    page()
    run(lines)
    [incident] = page(target="policy:again")
    run(lines)
    clock.advance(seconds=10)
    paging.decide(ledger, incident, "1", "escalate", "")
    run(lines)
    clock.advance(seconds=50)
    run(lines)

    mine = [m for m in messages(wiring, incident=incident) if m.via == "chat"]
    assert sorted(m.state for m in mine[:2]) == ["bundled", "sent"]
    assert labels(lines["chat"])[:2] == ["INC-1/1", "INC-2/1"]


def test_where_it_cannot_be_recorded_both_go_out(wiring, page, run, clock, monkeypatch):
    page(target="policy:again")
    clock.advance(minutes=1)
    courier(wiring, chat())._advance()

    def damaged(self, id_):
        raise ValueError("entry 3 does not open an incident")

    with wiring.courier_ledger().writing() as record:
        monkeypatch.setattr(Pen, "free", damaged)
        ways = [one.message.via for one in hand_out(record, delivery.LEASE, 16)]

    assert sorted(ways) == ["chat", "chat", "hook", "hook", "pager", "pager"]


# ── over a real line ────────────────────────────────────────────────────────────────────────────────────────────────


def test_slack_gets_one_post_under_the_key_of_the_bundle(wiring, environ, apply_roster, httpserver, page):
    environ.update(TOKENS)
    receivers = Receivers(httpserver)
    apply_roster(ROSTER.format(http=httpserver.url_for("").rstrip("/")))
    page(3)
    at_work = delivery.Courier(wiring.courier_ledger(), wiring.channel, threads=4)
    at_work.run(3)

    [post] = receivers.by("chat")
    bundle = messages(wiring)[0].bundle
    assert bundle in post["metadata"] if isinstance(post["metadata"], str) else post["metadata"]["event_payload"]["id"]
    assert "PAGES for Alice Ng: 3 wait for your answer." in post["text"]
    assert {m.state for m in messages(wiring)} == {"sent"}
    assert "message.sent" in kinds(wiring, messages(wiring)[0].incident)
