"""A subject of a restricted incident comes up elsewhere: who is told, and who sees that nobody has taken it up."""

from __future__ import annotations

import pytest

from escalate.adapters.store.discreet import Discreet
from escalate.app import access, decisions, matching, subjects
from escalate.app.incidents import Opening, change, note, open_incident
from escalate.app.overview import overview
from escalate.domain.decision.rules import Deciding
from escalate.domain.incident import rules
from escalate.domain.subjects.keys import key_id
from subject_keys import KEY, MAIL, Keys
from telling import kinds, messages
from two_people import ROSTER, ledger_of


@pytest.fixture
def keys(ledger, apply_roster):
    apply_roster(ROSTER)
    with ledger.writing() as record:
        record.tx.add_subject_key(key_id(KEY), "alice")
    return Keys(KEY)


@pytest.fixture
def secret_one(ledger, keys, incident):
    """INC-1, restricted; Alice leads and Bob may not read it. The handle of its subject."""
    handle = subjects.add(ledger, keys, incident, MAIL, "actor")[1]["handle"]
    access.restrict(ledger, incident, "need to know")
    return handle


@pytest.fixture
def bobs(wiring):
    return ledger_of(wiring)


def courier(wiring):
    return wiring.courier_ledger()


def test_the_lead_is_told_of_a_sighting_once(ledger, bobs, keys, secret_one, incident, wiring):
    change(ledger, incident, lambda state: rules.assign(state, "lead", "carol"))
    mine = open_incident(bobs, Opening(title="Mine", severity="SEV3")).incident.id
    subjects.add(bobs, keys, mine, MAIL, "target")

    assert matching.tell_matches(courier(wiring)) == 1
    assert matching.tell_matches(courier(wiring)) == 0
    with wiring.store.reading() as look:
        [matched] = look.incident(incident).case.matched
    assert (matched["subject"], matched["seen_in"], matched["by"]) == (secret_one, "INC-2", "bob")
    told = [one for one in messages(wiring, incident=incident) if one.purpose == "matched"]
    assert {one.to for one in told} == {"person:carol"}
    assert "INC-1" in told[0].text
    assert secret_one not in told[0].text
    assert "canary" not in told[0].text


def test_the_lead_is_told_that_somebody_asked_and_no_decision_is_taken_up(
    ledger, bobs, keys, secret_one, incident, wiring
):
    decisions.decide(ledger, incident, Deciding(question="Close it?", choose="yes", why="x", review_on=("sighting",)))
    subjects.seen(bobs, keys, MAIL)
    subjects.seen(bobs, keys, MAIL)

    assert matching.tell_matches(courier(wiring)) == 2
    with wiring.store.reading() as look:
        state = look.incident(incident)
    assert [(one["seen_in"], one["by"]) for one in state.case.matched] == [("", "bob")]
    assert state.judgement.decisions["D-1"]["state"] == "made"


def test_two_couriers_append_it_once(ledger, bobs, keys, secret_one, incident, wiring):
    subjects.seen(bobs, keys, MAIL)
    with wiring.store.reading() as look:
        [one] = look.due_matches(ledger.clock.now())
    given = [one[name] for name in ("entry", "incident", "handle", "seen_in", "by")]

    matching.tell_match(courier(wiring), *given)
    matching.tell_match(courier(wiring), *given)

    assert kinds(wiring, incident).count("subject.matched") == 1


def test_nobody_is_told_at_a_terminal_which_may_be_that_of_who_asked(
    ledger, bobs, keys, secret_one, incident, wiring, apply_roster
):
    apply_roster('[people.alice]\nname = "Alice"\nzone = "UTC"\n[people.bob]\nname = "Bob"\nzone = "UTC"\n')
    subjects.seen(bobs, keys, MAIL)
    matching.tell_matches(courier(wiring))

    assert kinds(wiring, incident)[-1] == "subject.matched"
    assert [one for one in messages(wiring, incident=incident) if one.purpose == "matched"] == []


@pytest.fixture
def unseen(wiring, clock):
    """The matches that bare `escalate` shows to a ledger's author."""

    def found(ledger):
        shown = overview(Discreet(wiring.store, lambda: ledger.author), clock.now(), most=20)
        return [(one.ref, one.id, one.what, one.command) for one in shown.judged if one.kind == "match"]

    return found


SAID = "{}, who may not read this: talk to them, and say so here"


def test_a_match_stands_before_who_may_read_the_incident_until_a_person_writes_on_it(
    ledger, bobs, keys, secret_one, incident, wiring, unseen
):
    mine = open_incident(bobs, Opening(title="Mine", severity="SEV3")).incident.id
    subjects.seen(bobs, keys, MAIL)
    subjects.add(bobs, keys, mine, MAIL, "target")
    matching.tell_matches(courier(wiring))

    said = SAID.format("was seen in INC-2 by Bob Okoro")
    assert unseen(ledger) == [("INC-1", secret_one, said, "escalate log -i INC-1")]
    assert unseen(bobs) == []

    note(ledger, incident, "spoke with Bob")
    assert unseen(ledger) == []


def test_a_match_that_nobody_takes_up_is_shown_for_two_weeks(ledger, bobs, keys, secret_one, wiring, clock, unseen):
    subjects.seen(bobs, keys, MAIL)
    matching.tell_matches(courier(wiring))

    assert [row[2] for row in unseen(ledger)] == [SAID.format("was asked about by Bob Okoro")]
    clock.advance(days=14)
    assert unseen(ledger) == []
