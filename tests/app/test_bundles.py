"""Bundles that fail, couriers that crash with one in hand, and a way out that hangs."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from escalate.app import delivery, outbox, paging
from escalate.app.handing_out import hand_out
from escalate.app.ports import Taken
from escalate.app.verification import verify_store
from escalate.domain.messages.pace import HELD
from escalate.errors import Rejected, Unreachable
from many_pages import chat, labels, of, page, rostered, run  # noqa: F401
from telling import Line, Lines, courier, events, messages

# ── failures ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("unknown", [False, True])
def test_a_bundle_is_tried_again_as_it_was_whoever_answered_meanwhile_and_whatever_came(
    wiring, store, ledger, page, run, clock, unknown
):
    ids = page(3)
    lines = chat(Unreachable("late", unknown=unknown), Unreachable("late", unknown=unknown))
    run(lines)
    assert {m.state for m in messages(wiring)} == {"unknown" if unknown else "queued"}
    paging.acknowledge(ledger, ids[0], None, by="bob")
    page()
    clock.advance(seconds=5)
    run(lines)
    clock.advance(seconds=10)
    run(lines)

    first, second, third = lines["chat"].sent
    assert (first.id, first.text) == (second.id, second.text) == (third.id, third.text)
    assert [first.attempts, second.attempts, third.attempts] == [1, 2, 3]
    assert [of(wiring, one).state for one in ids] == ["sent"] * 3, "what was sent although it was answered is said so"
    assert all(len(events(wiring, one, "message.unknown")) == unknown for one in ids)
    assert verify_store(store).sound
    clock.advance(minutes=1)
    run(lines)
    assert labels(lines["chat"])[3:] == ["INC-4/1"]


def test_a_bundle_all_of_whose_pages_were_answered_is_not_sent_again(wiring, ledger, page, run, clock):
    ids, lines = page(2), chat(Unreachable("late"))
    run(lines)
    for incident in ids:
        paging.acknowledge(ledger, incident, None, by="alice")
    clock.advance(minutes=5)

    assert run(lines) == 0
    assert {m.state for m in messages(wiring)} == {"cancelled"}


def test_a_bundle_that_is_refused_falls_apart_and_each_goes_its_own_way(wiring, store, ledger, page, run, clock):
    ids, lines = page(3, target="person:bob"), chat(Rejected("channel_not_found"))
    run(lines)

    assert len(lines["chat"].sent) == 1
    for incident in ids:
        by_chat, by_mail = sorted(messages(wiring, incident=incident), key=lambda one: one.via)
        assert (by_chat.state, by_mail.state) == ("failed", "sent")
        assert events(wiring, incident, "message.failed")[0].bundle == by_chat.bundle != ""
    assert labels(lines["mail"]) == [["INC-1/1", "INC-2/1", "INC-3/1"]]

    again = messages(wiring, incident=ids[0])[0]
    outbox.retry(ledger, (again.id,))
    run(lines)
    assert lines["chat"].keys[1:] == [again.id]
    assert verify_store(store).sound


def test_what_somebody_wants_sent_now_is_held_no_more(wiring, ledger, page, run, clock):
    lines = chat()
    page()
    run(lines)
    ids = page(2)
    run(lines)

    outbox.retry(ledger, (of(wiring, ids[0]).id,))

    assert of(wiring, ids[0]).last_error == ""
    assert run(lines) == 1
    assert lines["chat"].keys[1:] == [of(wiring, ids[0]).id]
    assert (of(wiring, ids[0]).attempts, events(wiring, ids[0], "message.sent")[0].bundle) == (1, "")
    assert of(wiring, ids[1]).bundle == HELD


def test_a_bundle_that_waits_goes_whole_when_one_of_it_is_wanted_now(wiring, ledger, page, run):
    ids = page(2)
    lines = chat(Unreachable("slow down", retry_after=900))
    run(lines)
    outbox.retry(ledger, (of(wiring, ids[0]).id,))
    run(lines)

    assert len(set(lines["chat"].keys)) == 1
    assert [of(wiring, one).state for one in ids] == ["sent", "sent"]


def test_a_bundle_is_given_up_page_by_page(wiring, page, run, clock):
    ids = page(2, target="person:bob")
    lines = chat(*[Unreachable("refused") for _ in range(20)])
    for _ in range(12):
        run(lines)
        clock.advance(seconds=300)

    assert lines["chat"].keys == [lines["chat"].keys[0]] * 9
    assert [len(events(wiring, one, "message.gave_up")) for one in ids] == [1, 1]


def test_a_crash_before_it_was_written_down_sends_the_same_bundle_again(wiring, page, run, clock):
    page(3)
    with wiring.courier_ledger().writing() as record:
        [parcel] = hand_out(record, delivery.LEASE, 1)
    page()  # and then the power went

    clock.advance(seconds=60)
    lines = chat()
    run(lines)
    [again] = [message for message in lines["chat"].sent if message.id == parcel.message.id]
    assert (again.text, again.attempts) == (parcel.message.text, 2)
    clock.advance(seconds=60)  # until then it may be held: three have just gone out
    run(lines)
    assert "INC-4/1" in labels(lines["chat"])


def test_two_couriers_never_have_a_page_in_hand_together(wiring, page):
    page(3)
    page(3, target="person:carol")
    hands = []
    for _ in range(4):
        with wiring.courier_ledger().writing() as record:
            hands.append([one.id for parcel in hand_out(record, delivery.LEASE, 2) for one in parcel.members])

    taken = [id_ for hand in hands for id_ in hand]
    assert len(taken) == len(set(taken)) == 9


def test_letting_go_of_a_bundle_leaves_the_whole_of_it_to_the_next(wiring, page, run, clock):
    free = threading.Event()

    def hang(_message):
        free.wait(20)
        return Taken()

    page(2)
    at_work = courier(wiring, chat(hang))
    at_work.run(0.05)
    at_work.let_go(0.05)
    free.set()

    assert [m.state for m in messages(wiring)] == ["unknown", "unknown"]
    clock.advance(seconds=5)
    lines = chat()
    run(lines)
    assert len(lines["chat"].sent[0].details["labels"]) == 2


def test_one_page_that_cannot_be_written_down_takes_no_other_of_its_bundle_with_it(wiring, page, run, monkeypatch):
    ids, log = page(2), []
    real = delivery.Courier._record_one

    def record(self, tx, outcome, current):
        if outcome.message.incident == ids[0]:
            raise ValueError("damaged")
        real(self, tx, outcome, current)

    monkeypatch.setattr(delivery.Courier, "_record_one", record)
    run(chat(), log=log.append)

    assert [of(wiring, one).state for one in ids] == ["sending", "sent"]
    assert len(log) == 1


# ── one way that hangs ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("threads", [2, 6])
def test_a_way_that_hangs_leaves_room_for_the_others_however_much_is_due_by_it(wiring, page, threads):
    free = threading.Event()

    def hang(_message):
        free.wait(20)
        return Taken()

    lines = Lines(hook=Line(*[hang] * 30), pager=Line())
    page(30, target="person:carol")
    at_work = courier(wiring, lines, threads=threads)
    try:
        at_work.run(0.6)
        assert len(lines["hook"].sent) <= max(1, threads - delivery.KEPT_FREE)
        assert len(lines["pager"].sent) == 30
    finally:
        free.set()
    at_work.run(5)
    assert {message.state for message in messages(wiring)} == {"sent"}


@pytest.mark.slow
def test_nothing_is_written_while_the_only_way_with_something_due_is_full(wiring, page, monkeypatch):
    free = threading.Event()

    def hang(_message):
        free.wait(20)
        return Taken()

    page(20, target="person:carol")
    at_work = courier(wiring, Lines(hook=Line(*[hang] * 20), pager=Line(*[hang] * 20)), threads=2)
    at_work.run(0.05)
    claims = []
    monkeypatch.setattr(delivery, "hand_out", lambda *_words, **_more: claims.append(1) or [])
    at_work.run(0.3)
    free.set()

    assert claims == []


def test_nobody_is_held_past_half_of_the_time_their_step_gives(wiring, page, run, clock):
    """A page that goes on to the next person must not do so while its message waits for others."""
    lines = chat()
    for _ in range(5):
        page()
        run(lines)
        clock.advance(seconds=61)
    [sixth] = page()
    run(lines)

    assert of(wiring, sixth).state == "queued"
    assert of(wiring, sixth).due_at - clock.now() == timedelta(minutes=2, seconds=30)  # and not eleven minutes
    clock.advance(minutes=2, seconds=30)
    run(lines)
    assert of(wiring, sixth).state == "sent"


def test_a_step_that_gives_little_time_holds_nobody_long(wiring, page, run, clock):
    lines = chat()
    page()
    run(lines)
    clock.advance(seconds=10)
    [short] = page(target="policy:again")
    run(lines)

    [mine] = [one for one in messages(wiring, incident=short) if one.to == "person:alice"]
    assert mine.due_at - clock.now() == timedelta(seconds=30)
