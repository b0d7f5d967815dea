"""Looks at masked texts: counted by day and by shift, and past a number somebody else is offered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from escalate.app import care, reading
from escalate.app.ledger import Author, Ledger
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.events import NoteAdded
from on_call import roster
from telling import roster as without_schedules

CARE = "\n[care]\nreveals = 2\n"
POLICY = """
[policies.night]
[[policies.night.steps]]
wait = "5m"
targets = ["schedule:ts", "schedule:day"]
"""
DANA = Author(actor="dana", person="dana")


@pytest.fixture
def look(ledger, incident, clock, store):
    """Somebody looks, so many times, a second apart."""

    def reveal(times=1, author=None):
        by = Ledger(store, clock, author, None) if author else ledger
        for _ in range(times):
            reading.reveal(by, incident, "to answer the authority")
            clock.advance(seconds=1)

    return reveal


@pytest.fixture
def sensitive(ledger, incident):
    with ledger.writing() as record:
        draft = Draft(event=NoteAdded(text="a text"), labels=frozenset({"sensitive"}))
        record.append(record.incident(incident), draft)


def counts(found):
    return [(f"{day.day:%a}", day.reveals) for day in found.days]


def test_looks_are_counted_by_the_readers_day(ledger, store, clock, look, sensitive):
    look(2)
    clock.advance(hours=4)
    look(1)
    now = clock.now()

    utc = care.exposure(store, ledger.author, now, days=3, zone=UTC)
    assert counts(utc) == [("Fri", 0), ("Sat", 2), ("Sun", 1)]
    assert (utc.person, utc.total, utc.last_24_hours, utc.limit) == ("alice", 3, 3, None)
    east = care.exposure(store, ledger.author, now, days=2, zone=timezone(timedelta(hours=5)))
    assert counts(east) == [("Sat", 0), ("Sun", 3)]
    clock.advance(hours=21)
    assert care.exposure(store, ledger.author, clock.now(), days=1, zone=UTC).last_24_hours == 1


def test_looks_are_counted_by_the_persons_own_shifts(ledger, store, clock, look, sensitive, apply_roster):
    apply_roster(roster() + CARE)
    look(2)
    clock.advance(days=2)
    look(1)
    found = care.exposure(store, ledger.author, clock.now(), days=7, zone=UTC)

    [watch] = found.shifts
    assert (watch.schedule, watch.reveals, watch.goes_on) == ("ts", 2, False)
    assert watch.end == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert (found.total, found.limit) == (3, 2)


def test_a_shift_that_goes_on_is_counted_until_now(ledger, store, clock, look, sensitive, apply_roster):
    apply_roster(roster())
    look(2)

    [watch] = care.exposure(store, ledger.author, clock.now(), days=1, zone=UTC).shifts
    assert (watch.reveals, watch.goes_on) == (2, True)


def test_others_are_only_in_the_sum(ledger, store, clock, look, sensitive, apply_roster):
    apply_roster(roster())
    look(2)
    look(3, DANA)

    assert care.exposure(store, ledger.author, clock.now(), days=7, zone=UTC).total == 2
    found = care.exposure_of_all(store, clock.now(), days=7, zone=UTC)
    assert (found.person, found.people, found.total, found.shifts) == (None, 4, 5, [])
    assert sum(day.reveals for day in found.days) == 5


def test_who_is_not_on_call_is_told_who_is(store, clock, look, sensitive, apply_roster):
    apply_roster(roster() + POLICY + CARE)
    look(2, DANA)
    offer = care.offer(store, DANA, clock.now())

    assert offer.reliefs == []
    assert [(there.target, there.people) for there in offer.on_call] == [
        ("schedule:ts", ["alice"]),
        ("schedule:day", []),
    ]


def test_who_is_on_call_is_offered_the_next_in_turn(ledger, store, clock, look, sensitive, apply_roster):
    apply_roster(roster() + POLICY + CARE)
    look(1)
    assert care.offer(store, ledger.author, clock.now()) is None
    look(1)
    offer = care.offer(store, ledger.author, clock.now())

    assert [(relief.schedule, relief.person) for relief in offer.reliefs] == [("ts", "bob")]
    assert offer.on_call == []


def test_where_no_policy_uses_a_schedule_nobody_is_named(store, clock, look, sensitive, apply_roster):
    apply_roster(without_schedules() + CARE)
    look(2, DANA)

    assert care.offer(store, DANA, clock.now()).on_call == []


def test_where_the_roster_sets_no_number_nobody_is_interrupted(store, clock, look, sensitive, apply_roster):
    apply_roster(roster())
    look(9, DANA)

    assert care.offer(store, DANA, clock.now()) is None
