"""Changing who is on call: one request, one transaction, and what was true before stays true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.app import duty
from escalate.app.ledger import Author, Ledger
from escalate.errors import NotFound, Refused, Usage
from on_call import roster

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def hour(number):
    return NOW + timedelta(hours=number)


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster())


def on_call(store, at, schedule="ts"):
    with store.reading() as look:
        return look.roster().plan.on_call(f"schedule:{schedule}", at)


def kinds(store):
    with store.reading() as look:
        record = look.on_call_record()
        return [entry.kind for entry in look.entries(record.id)] if record else []


def stand_in(ledger, **more):
    given = {"add": "bob", "remove": "alice", "start": hour(1), "end": hour(3), **more}
    return duty.add_override(ledger, "ts", **given)


@pytest.mark.parametrize(
    ("given", "people"),
    [
        pytest.param({"add": "bob"}, ["bob"], id="one in place of another"),
        pytest.param({"add": "carol", "remove": None}, ["alice", "carol"], id="one more"),
        pytest.param({"add": None}, [], id="one less"),
    ],
)
def test_an_override_counts_in_its_time_and_only_then(ledger, store, given, people):
    written, made, _ = stand_in(ledger, **given)

    assert written.incident.ref == "ONCALL"
    assert made.id == "O-1"
    assert on_call(store, hour(1) - timedelta(minutes=1)) == ["alice"]
    assert on_call(store, hour(1)) == people
    assert on_call(store, hour(3)) == ["alice"]


def test_what_was_before_an_override_stays_as_it_was(ledger, store):
    _, made, remarks = stand_in(ledger, start=hour(-2))

    assert remarks == ["O-1 counts from now on, 2026-11-21 21:00Z; what was before stays as it was."]
    assert made.start == hour(-2)
    assert on_call(store, hour(-1)) == ["alice"]
    assert on_call(store, NOW) == ["bob"]


def test_after_it_was_taken_back_it_still_counted_before(ledger, store, clock):
    stand_in(ledger, start=NOW)
    clock.advance(hours=1)

    written, [gone] = duty.remove_override(ledger, "o-1", "she is back")

    assert [entry.kind for entry in written.entries] == ["override.removed"]
    assert gone.until == hour(1)
    assert on_call(store, hour(0.5)) == ["bob"]
    assert on_call(store, hour(2)) == ["alice"]


def test_taking_it_back_twice_is_once(ledger):
    stand_in(ledger)
    duty.remove_override(ledger, "1")

    written, _ = duty.remove_override(ledger, "O-1")

    assert written.entries == []


def test_what_is_over_cannot_be_taken_back(ledger, clock):
    stand_in(ledger)
    clock.advance(hours=4)

    with pytest.raises(Refused, match=r"O-1 was over at 2026-11-22 00:00Z"):
        duty.remove_override(ledger, "O-1")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        pytest.param({"add": "zed"}, NotFound, id="a person nobody knows"),
        pytest.param({"remove": "bob"}, Usage, id="by themselves"),
        pytest.param({"add": None, "remove": None}, Usage, id="nobody at all"),
        pytest.param({"end": hour(1)}, Usage, id="no length"),
        pytest.param({"start": hour(-3), "end": hour(-1)}, Refused, id="over"),
        pytest.param({"why": "a\x00b"}, Usage, id="words that cannot be kept"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(ledger, store, given, error):
    with pytest.raises(error):
        stand_in(ledger, **given)

    assert kinds(store) == []


def test_an_unknown_schedule_or_id_is_not_found(ledger):
    with pytest.raises(NotFound, match="no schedule 'tz'"):
        duty.add_override(ledger, "tz", add="bob", start=hour(1), end=hour(2))
    with pytest.raises(NotFound, match="nothing was changed"):
        duty.remove_override(ledger, "O-1")
    stand_in(ledger)
    with pytest.raises(NotFound, match="no override 'O-9'"):
        duty.remove_override(ledger, "O-9")


def test_only_what_still_counts_is_listed(ledger, store, clock):
    stand_in(ledger)
    stand_in(ledger, start=hour(10), end=hour(11))
    stand_in(ledger, start=hour(5), end=hour(6))
    duty.add_override(ledger, "day", add="carol", start=hour(5), end=hour(6))
    duty.remove_override(ledger, "O-2")
    clock.advance(hours=4)

    def ids(schedule=None, **more):
        return [one.id for one in duty.overrides(store, schedule, clock.now(), **more)]

    assert ids() == ["O-3", "O-4"]
    assert ids("ts") == ["O-3"]
    assert ids(everything=True) == ["O-1", "O-3", "O-4", "O-2"]


# ── temporary schedules ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_temporary_schedule_is_all_there_is_in_its_span(ledger, store):
    stand_in(ledger, start=hour(1), end=hour(9))
    written, made = duty.add_temporary(ledger, "ts", hour(2), hour(8), [("carol", hour(3), hour(20))], "the fair")

    assert [entry.kind for entry in written.entries] == ["temporary.added"]
    assert made.id == "T-1"
    assert [on_call(store, hour(number)) for number in (1, 2, 3, 7, 8)] == [["bob"], [], ["carol"], ["carol"], ["bob"]]


def test_a_temporary_schedule_taken_back_counts_no_more(ledger, store, clock):
    duty.add_temporary(ledger, "ts", NOW, hour(8), [], nobody=True)
    clock.advance(hours=1)

    duty.remove_temporary(ledger, "T-1")

    assert on_call(store, hour(0.5)) == []
    assert on_call(store, hour(2)) == ["alice"]
    assert duty.temporaries(store, "ts", clock.now()) == []
    assert [one.id for one in duty.temporaries(store, None, clock.now(), everything=True)] == ["T-1"]
    assert duty.remove_temporary(ledger, "T-1")[0].entries == []


# ── swaps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_exchange_their_next_shifts(ledger, store):
    written, made, remarks = duty.swap(ledger, "ts", "bob", "carol", why="a wedding")

    assert [entry.kind for entry in written.entries] == ["override.added", "override.added"]
    assert [(one.add, one.remove, one.start, one.end, one.swap) for one in made] == [
        ("carol", "bob", MONDAY, MONDAY + WEEK, "S-1"),
        ("bob", "carol", MONDAY + WEEK, MONDAY + 2 * WEEK, "S-1"),
    ]
    assert remarks == []
    assert on_call(store, MONDAY) == ["carol"]
    assert on_call(store, MONDAY + WEEK) == ["bob"]


def test_taking_half_of_a_swap_back_takes_both(ledger, store):
    duty.swap(ledger, "ts", "bob", "carol")

    written, gone = duty.remove_override(ledger, "O-2")

    assert [one.id for one in gone] == ["O-2", "O-1"]
    assert len(written.entries) == 2
    assert on_call(store, MONDAY) == ["bob"]
    assert duty.swap(ledger, "ts", "bob", "carol")[1][0].swap == "S-2"


def test_a_swap_names_the_shifts_that_are_meant(ledger, store):
    _, made, _ = duty.swap(ledger, "ts", "alice", "bob", first_at=NOW, second_at=MONDAY + timedelta(days=22))

    assert [(one.start, one.end) for one in made] == [(NOW, MONDAY), (MONDAY + 3 * WEEK, MONDAY + 4 * WEEK)]
    assert on_call(store, NOW) == ["bob"]


@pytest.mark.parametrize(
    ("people", "error"),
    [
        pytest.param(("bob", "bob"), Usage, id="with themselves"),
        pytest.param(("bob", "dana"), Refused, id="with somebody who is never on call"),
        pytest.param(("bob", "zed"), NotFound, id="with nobody we know"),
    ],
)
def test_a_swap_that_cannot_be(ledger, store, people, error):
    with pytest.raises(error):
        duty.swap(ledger, "ts", *people)

    assert kinds(store) == []


def test_a_shift_that_somebody_has_by_an_override_is_not_swapped_half(ledger, store):
    duty.add_override(ledger, "ts", add="dana", remove="bob", start=MONDAY, end=MONDAY + WEEK)

    with pytest.raises(Refused, match="carol would not get the whole shift of dana"):
        duty.swap(ledger, "ts", "dana", "carol")

    assert kinds(store) == ["oncall.opened", "override.added"]


# ── preferences ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_somebody_asked_not_to_be_given(ledger, store):
    written, data = duty.set_preferences(ledger, ["GRA", "cse", "gra"])

    assert data == {"person": "alice", "not_for": ["cse", "gra"], "roster": []}
    assert duty.preferences(ledger, None) == data
    assert written.entries[0].label_set == {"sensitive"}
    with store.reading() as look:
        assert look.roster().not_for("alice") == {"cse", "gra"}
    assert duty.set_preferences(ledger, ["cse", "gra"])[0].entries == []
    assert duty.set_preferences(ledger, [])[1]["not_for"] == []


@pytest.mark.parametrize("person", ["bob", "person:bob"])
def test_only_ones_own(ledger, store, person):
    with pytest.raises(Refused, match="for bob alone"):
        duty.set_preferences(ledger, ["gra"], person)
    with pytest.raises(Refused, match="for bob alone"):
        duty.preferences(ledger, person)

    assert kinds(store) == []


def test_a_harm_nobody_knows_is_refused(ledger):
    with pytest.raises(Usage, match="no harm"):
        duty.set_preferences(ledger, ["spiders"])


def test_somebody_the_roster_does_not_know_has_none(store, ledger):
    stranger = Ledger(store, ledger.clock, Author(actor="os:root"), ledger.texts)

    with pytest.raises(Refused, match="does not know os:root"):
        duty.preferences(stranger, None)


def test_the_record_can_be_checked_and_made_again(ledger, store, wiring):
    from escalate.app import verification

    stand_in(ledger)
    duty.add_temporary(ledger, "ts", hour(2), hour(8), [("carol", hour(3), hour(20))])
    duty.set_preferences(ledger, ["gra"])
    duty.swap(ledger, "ts", "bob", "carol", first_at=MONDAY, second_at=MONDAY + WEEK)
    with store.reading() as look:
        before = look.on_call_record()

    assert verification.verify_store(store).sound
    wiring.upkeep.rebuild(store)

    with store.reading() as look:
        assert look.on_call_record() == before
    assert verification.verify_incident(store, before.id).sound
