"""Decisions are taken up again when what they wait for happens, in the same transaction, or when guidance takes effect."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import assessments, decisions, incidents, reviews
from escalate.app.incidents import Opening, open_incident
from escalate.domain.decision.rules import Deciding
from escalate.domain.instants import to_text
from telling import messages


@pytest.fixture
def decided(ledger, incident):
    def decide(*on, of=None):
        wish = Deciding(question="Refer?", choose="no", why="unclear", review_on=on)
        return decisions.decide(ledger, of or incident, wish)

    return decide


def reopened(written):
    return [entry.event.because for entry in written.entries if entry.kind == "decision.reopened"]


def apply(store, version, effective, by="alice"):
    row = {"id": "har-3.2", "version": version, "effective_from": to_text(effective), "owner": "o", "digest": "d",
           "clause": "{}"}  # fmt: skip
    with store.writing() as tx:
        tx.apply_clause(row, by, "f.toml")


def test_raising_the_severity_takes_it_up_in_the_same_transaction(ledger, incident, decided, wiring):
    decided("severity:SEV1", "a note")
    written = incidents.change_severity(ledger, incident, "SEV1", "worse")

    assert [entry.kind for entry in written.entries] == ["severity.changed", "decision.reopened"]
    assert reopened(written) == ["severity:SEV1"]
    assert [m.purpose for m in messages(wiring, incident=incident)] == ["review"], (
        "told, although they did it themselves"
    )


def test_a_decision_is_taken_up_once_whatever_fires_with_it(ledger, incident, decided):
    decided("fact:detected", "severity:SEV1")
    decided("fact:detected")

    stated = incidents.state_fact(ledger, incident, "detected", at=ledger.clock.now(), why="w")[0]
    assert reopened(stated) == ["fact:detected", "fact:detected"]
    assert reopened(incidents.change_severity(ledger, incident, "SEV1", "w")) == []


def test_one_that_one_person_declined_is_taken_up_once_when_it_turns_out_to_be_grave(ledger, incident):
    wish = Deciding(question="Refer?", choose="no", why="w", declines="referral", review_on=("severity:SEV1",))
    decisions.decide(ledger, incident, wish)

    assert len(reopened(incidents.change_severity(ledger, incident, "SEV1", "w"))) == 1


def test_what_waits_for_guidance_is_taken_up_when_it_is_in_force(ledger, incident, decided, clock, store):
    apply(store, 4, clock.now())
    clock.advance(minutes=1)
    decided("clause:har-3.2")
    clock.advance(minutes=1)
    apply(store, 5, clock.now() + timedelta(days=1))

    assert reviews.clause_changed(ledger, "har-3.2", 5) == []
    assert reviews.look_again(ledger) == []
    clock.advance(days=1)
    [written] = reviews.look_again(ledger)
    assert reopened(written) == ["clause:har-3.2"]
    assert reviews.look_again(ledger) == []

    clock.advance(minutes=1)
    decisions.decide(ledger, incident, Deciding(question="D-1", choose="yes", why="w", review_on=("clause:har-3.2",)))
    assert reviews.look_again(ledger) == [], "what was decided since goes by it"


def test_what_waits_for_several_clauses_is_taken_up_by_each(ledger, decided, clock, store):
    decided("clause:first", "clause:har-3.2", "clause:har-3.2")
    clock.advance(minutes=1)
    apply(store, 5, clock.now())

    [written] = reviews.look_again(ledger)
    assert reopened(written) == ["clause:har-3.2"]


def test_what_took_effect_before_it_was_applied_counts_from_then(ledger, decided, clock, store):
    decided("clause:har-3.2")
    clock.advance(minutes=1)
    apply(store, 5, clock.now() - timedelta(days=9))

    assert len(reviews.clause_changed(ledger, "har-3.2", 5)) == 1
    assert reviews.clause_changed(ledger, "har-3.2", 4) == []


def test_a_closed_incident_is_looked_at_again_and_others_are_left_alone(ledger, incident, decided, clock, store):
    other = open_incident(ledger, Opening(title="t", severity="SEV2")).incident.id
    decided("clause:har-3.2")
    decided("clause:other", of=other)
    from escalate.domain.incident import rules

    incidents.change(ledger, incident, lambda one: rules.close(one, "incident", "SEV2", None, ""))
    clock.advance(minutes=1)
    apply(store, 5, clock.now())

    [written] = reviews.look_again(ledger)
    assert (written.incident.id, written.incident.status) == (incident, "closed")


def test_an_assessment_that_is_final_again_takes_it_up(ledger, incident, decided, wiring):
    assert assessments  # it is appended like any other event
    decided("assessment:triage")
    from escalate.domain.timeline.events import AssessmentFinalised

    with ledger.writing() as record:
        written = record.append(
            record.incident(incident), AssessmentFinalised(template="triage", version=1, answers={})
        )
    assert reopened(written) == ["assessment:triage"]


def test_what_is_brought_in_takes_up_nothing(ledger, incident, decided):
    decided("fact:detected")
    from escalate.domain.timeline.events import FactStated

    with ledger.writing() as record:
        written = record.append(record.incident(incident), FactStated(name="detected", why="w"), owing=False)
    assert reopened(written) == []
