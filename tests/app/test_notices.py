"""News of shifts: owed once, by one way, and only where a schedule asks for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.app import duty
from escalate.app.notices import announce
from on_call import roster
from telling import messages

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def said(wiring):
    return [(m.to, m.via, m.purpose, m.subject) for m in messages(wiring)]


def test_a_schedule_without_notice_announces_nothing(ledger, store, clock, apply_roster):
    apply_roster(roster())

    assert announce(ledger, clock.now()) is None
    with store.reading() as look:
        assert look.on_call_record() is None


def test_whoever_is_next_is_told_once(ledger, wiring, clock, apply_roster):
    apply_roster(roster(notice="24h"))
    assert announce(ledger, clock.now()) is None
    clock.advance(hours=12)

    announce(ledger, clock.now())
    again = announce(ledger, clock.now())

    assert again is None
    assert said(wiring) == [("person:bob", "hook", "shift", "ON CALL ts from Mon 2026-11-23 10:00 CET (09:00Z)")]
    assert messages(wiring)[0].text.splitlines()[1] == (
        "Bob Okoro: you are on call from then until Mon 2026-11-30 10:00 CET (09:00Z)."
    )


def test_that_it_moved_is_said_to_both(ledger, wiring, clock, apply_roster):
    apply_roster(roster(notice="48h"))
    announce(ledger, clock.now())
    duty.add_override(ledger, "ts", add="alice", remove="bob", start=MONDAY, end=MONDAY + timedelta(hours=3))

    announce(ledger, clock.now())

    texts = [m.text for m in messages(wiring)]
    assert texts[1].splitlines()[:2] == [
        "ON CALL ts: your next shift moved",
        (
            "Bob Okoro: you are on call from Mon 2026-11-23 13:00 CET (12:00Z) until Mon 2026-11-30 10:00 CET (09:00Z). "
            "It was to begin Mon 2026-11-23 10:00 CET (09:00Z)."
        ),
    ]
    assert len(texts) == 2


def test_that_it_is_no_longer_theirs_is_said(ledger, wiring, clock, apply_roster):
    apply_roster(roster(notice="48h"))
    announce(ledger, clock.now())
    duty.add_override(ledger, "ts", add="dana", remove="bob", start=MONDAY, end=MONDAY + timedelta(days=7))

    announce(ledger, clock.now())
    announce(ledger, clock.now())

    assert [(to, subject) for to, _, _, subject in said(wiring)[1:]] == [
        ("person:bob", "ON CALL ts: your next shift is no longer yours"),
        ("person:dana", "ON CALL ts from Mon 2026-11-23 09:00Z"),
    ]


def test_two_couriers_say_it_once(ledger, wiring, clock, apply_roster, monkeypatch):
    """The other one was faster between looking and writing."""
    apply_roster(roster(notice="48h"))
    writing = ledger.writing

    def slow():
        monkeypatch.setattr(ledger, "writing", writing)
        announce(ledger, clock.now())
        return writing()

    monkeypatch.setattr(ledger, "writing", slow)

    assert announce(ledger, clock.now()) is None
    assert len(said(wiring)) == 1


@pytest.mark.parametrize("notice", ["1h", "24h"])
def test_every_shift_of_a_month_is_announced_so_long_before(ledger, wiring, clock, apply_roster, notice):
    apply_roster(roster(notice=notice))
    began = clock.now()
    while clock.now() - began < timedelta(days=25):
        announce(ledger, clock.now())
        clock.advance(hours=1)

    ahead = timedelta(hours=int(notice[:-1]))
    assert [(m.to, m.due_at) for m in messages(wiring)] == [
        ("person:bob", MONDAY - ahead),
        ("person:carol", MONDAY + timedelta(days=7) - ahead),
        ("person:alice", MONDAY + timedelta(days=14) - ahead),
        ("person:bob", MONDAY + timedelta(days=21) - ahead),
    ]


def test_a_shift_that_goes_on_longer_than_was_said_is_news_to_whoever_is_in_it(ledger, wiring, clock, apply_roster):
    apply_roster(roster(notice="48h"))
    announce(ledger, clock.now())
    clock.advance(hours=48)
    end = MONDAY + timedelta(days=7)
    duty.add_override(ledger, "ts", add="bob", remove="carol", start=end, end=end + timedelta(hours=3))

    announce(ledger, clock.now())
    again = announce(ledger, clock.now())

    assert again is None
    assert messages(wiring)[-1].text.splitlines()[:2] == [
        "ON CALL ts: your shift goes on longer",
        "Bob Okoro: you are on call until Mon 2026-11-30 13:00 CET (12:00Z).",
    ]
