"""Decisions that answer questions, are reviewed on their day, and are read by those who may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import asking, decisions, incidents, timing
from escalate.app.awaited import awaited
from escalate.app.incidents import Opening
from escalate.app.verification import verify_store
from escalate.domain.decision.rules import Deciding
from escalate.domain.incident import rules as states
from telling import kinds, messages
from two_people import ROSTER, ledger_of

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(ROSTER)


def asked(ledger, incident, clock, **more):
    given = {"due": clock.now() + HOUR, "options": ("now", "later"), "recommend": 2, **more}
    return asking.ask(ledger, incident, "bob", "canary-question", **given)


def test_a_question_goes_by_the_persons_ways_and_says_nothing_of_what_it_is_about(ledger, incident, clock, wiring):
    asked(ledger, incident, clock)

    [one] = messages(wiring, incident=incident)
    assert (one.to, one.via, one.purpose) == ("person:bob", "hook", "question")
    assert "A decision is asked of you".lower() in one.text.lower()
    assert "escalate decide A-1 INC-1" in one.text
    assert "canary" not in one.text


def test_a_late_question_is_told_again_once(ledger, incident, clock, wiring):
    asked(ledger, incident, clock)
    clock.advance(minutes=61)

    written = timing.pass_time(ledger, incident)

    assert [entry.kind for entry in written.entries] == ["question.late"]
    assert "LATE" in written.queued[0].text
    assert timing.pass_time(ledger, incident) is None


def test_an_answer_closes_the_question_and_what_was_still_to_be_said(ledger, incident, clock, wiring, store):
    asked(ledger, incident, clock)

    done = decisions.decide(ledger, incident, Deciding(question="A-1", choose="2"))

    judgement = done.written.incident.judgement
    assert judgement.questions["A-1"]["state"] == "answered"
    assert judgement.decisions["D-1"]["choice"] == "later"
    assert [one.state for one in messages(wiring, incident=incident)] == ["cancelled"]
    clock.advance(minutes=61)
    assert timing.pass_time(ledger, incident) is None
    assert verify_store(store).sound


def test_a_decision_reopens_on_its_day_and_whoever_decided_is_told(ledger, incident, clock, wiring, store):
    decisions.decide(ledger, incident, Deciding(question="Refer?", choose="no", why="w", review_at=clock.now() + HOUR))
    with store.reading() as look:
        assert look.due_timers(clock.now() + HOUR) == [incident]
    clock.advance(hours=1)

    written = timing.pass_time(ledger, incident)

    assert [entry.kind for entry in written.entries] == ["decision.reopened"]
    assert {(one.to, one.purpose) for one in written.queued} == {("person:alice", "review")}
    assert written.incident.judgement.decisions["D-1"]["state"] == "reopened"
    again = decisions.decide(ledger, incident, Deciding(question="D-1", choose="yes", why="w"))
    assert again.written.incident.judgement.decisions["D-1"]["superseded_by"] == "D-2"
    assert verify_store(store).sound


def test_whoever_reopens_their_own_decision_is_not_told(ledger, incident, wiring):
    decisions.decide(ledger, incident, Deciding(question="Refer?", choose="no", why="w"))

    written, _ = decisions.reopen(ledger, incident, "D-1", "a new account")

    assert written.queued == []
    assert decisions.reopen(ledger, incident, "D-1", "again")[0].entries == []


def test_whose_decision_somebody_else_reopens_is_told(ledger, incident, wiring):
    decisions.decide(ledger, incident, Deciding(question="Refer?", choose="no", why="w"))

    written, _ = decisions.reopen(ledger_of(wiring), incident, "d-1", "a new account")

    assert {one.to for one in written.queued} == {"person:alice"}


def test_what_waits_for_a_decision_late_first(ledger, incident, clock, store):
    asked(ledger, incident, clock, due=clock.now() + 2 * HOUR)
    asked(ledger, incident, clock)
    decisions.decide(ledger, incident, Deciding(question="Refer?", choose="no", why="w"))
    decisions.reopen(ledger, incident, "D-1", "canary")
    clock.advance(minutes=61)
    with store.reading() as look:
        found = awaited(look, look.incidents(statuses=("open",)), look.roster(), clock.now())

    assert [(one.id, one.kind, one.late) for one in found] == [
        ("A-2", "question", True), ("D-1", "decision", False), ("A-1", "question", False),
    ]  # fmt: skip
    assert "canary" not in str([one.public() for one in found])


def test_a_reopened_decision_of_a_closed_incident_is_not_forgotten(ledger, incident, clock, store):
    decisions.decide(ledger, incident, Deciding(question="Refer?", choose="no", why="w"))
    incidents.change(ledger, incident, lambda found: states.close(found, "incident", "SEV2", None, ""))
    decisions.reopen(ledger, incident, "D-1", "a new account")
    with store.reading() as look:
        found = awaited(look, [], look.roster(), clock.now())

    assert [(one.ref, one.id) for one in found] == [("INC-1", "D-1")]


def test_the_words_of_a_sensitive_incident_are_not_searched(ledger, store):
    from escalate.app import reading

    id_ = incidents.open_incident(ledger, Opening(title="t", severity="SEV2", harm=("cse",), quiet=True)).incident.id
    decisions.decide(ledger, id_, Deciding(question="canary", choose="no", why="w"))

    assert reading.search(store, "canary") == []
    assert reading.search(store, "w") == []


def test_numbers_keep_their_series(ledger, incident, clock):
    for low, high in ((100, 300), (150, 150)):
        written, stood = asking.state_impact(
            ledger, incident, "Accounts", low, high, as_of=clock.now(), basis="counted", confidence="low"
        )

    assert stood["low"] == 150
    assert [one["high"] for one in written.incident.judgement.impacts["accounts"]] == [300, 150]


def test_rebuilding_makes_the_same_state(ledger, incident, clock, store, wiring):
    asked(ledger, incident, clock)
    decisions.decide(
        ledger, incident, Deciding(question="A-1", choose="1", why="w", review_at=clock.now() + HOUR, review_on=("x",))
    )
    with store.reading() as look:
        before = look.incident(incident)
    wiring.upkeep.rebuild(store)
    with store.reading() as look:
        assert look.incident(incident) == before
        assert look.due_timers(clock.now() + HOUR) == [incident]
    assert "decision.made" in kinds(wiring, incident)
