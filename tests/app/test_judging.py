from __future__ import annotations

import pytest

from escalate.app.incidents import Opening, open_incident
from escalate.app.judging import explain_incident, facts_of
from escalate.domain.incident.scoring import Judgement, Match, Rating
from escalate.errors import Misconfigured, NotFound


@pytest.fixture
def opened(ledger):
    def open_(**given):
        return open_incident(ledger, Opening(title="t", severity="SEV3", quiet=True, **given)).incident

    return open_


@pytest.fixture
def explained(wiring, store):
    def explain(incident, **given):
        return explain_incident(store, incident.id, wiring.scale, wiring.taxonomies.in_force(), Judgement(**given))

    return explain


def assessed(incident, **answers):
    return incident.but(assessments={"triage": {"status": "draft", "seq": 4, "answers": answers}})


def test_what_an_incident_says_of_itself(opened, explained):
    incident = opened(harm=("life", "cse:grooming"), imminent=True, child=True, source="authority")

    answer = explained(incident)

    assert {floor["id"]: floor["why"] for floor in answer["floors"]} == {
        "F1": "harm life (as opened), imminent (as opened)",
        "F2": "child (as opened), imminent (as opened)",
        "F4": "harm cse:grooming (as opened), by the taxonomy escalate-core@1",
        "F10": "brought by authority (as opened)",
    }
    assert (answer["severity"], answer["band"], answer["stands"]) == ("SEV0", "SEV4", "SEV3")
    assert answer["taxonomy"] == "escalate-core@1"
    assert answer["missing"] == list("HISVRX")


def test_an_old_second_level_is_read_as_its_first(opened, explained):
    answer = explained(opened(harm=("cse:as-it-was-called-once",)))
    assert [floor["id"] for floor in answer["floors"]] == ["F4"]


def test_what_is_given_goes_before_what_was_assessed(escalate, opened, explained):
    incident = opened(harm=("har",))
    line = "assess triage INC-1 --set axis_h=3 --set axis_i=2 --set floors=F9 --set 'confidence=low: one source'"
    assert escalate(line).exit_code == 0

    answer = explained(incident, ratings={"I": Rating(value=4)}, floors=(Match(id="F9"),))

    assert answer["score"] == 45
    assert answer["axes"]["H"]["from"] == "draft triage, entry 2"
    assert answer["axes"]["I"]["from"] == "given"
    assert answer["floors"][0]["why"] == "given; named in the draft triage, entry 2"
    assert answer["verify"] is True
    assert explained(incident, confidence="high")["verify"] is False


def test_what_the_triage_says_counts_as_what_was_said_at_the_opening(opened):
    incident = assessed(
        opened(harm=("har",), ongoing=True),
        harm_primary="life",
        harm_secondary=["cse:grooming", "har"],
        imminent=True,
        child_involved=False,
        ongoing=False,
        reporter_class="press",
    )

    facts = facts_of(incident)

    triage = "draft triage, entry 4"
    assert facts.harms == {"har": "as opened", "life": triage, "cse:grooming": triage}
    assert facts.signs == {"ongoing": "as opened", "imminent": triage}
    assert facts.sources == {"press": triage}


def test_answers_of_another_template_are_pointed_out(wiring, store, opened):
    from escalate.app.judging import _assessed

    notes = []
    found = _assessed(
        wiring.scale, assessed(opened(), axis_h=7, axis_i="4", axis_s=True, axis_v=2, floors=["F9", "F77"]), notes
    )

    assert {key: rating.value for key, rating in found.ratings.items()} == {"V": 2}
    assert [match.id for match in found.floors] == ["F9"]
    assert [note.split(";")[0][:30] for note in notes] == [
        "The triage answers axis H with",
        "The triage answers axis I with",
        "The triage answers axis S with",
        "The triage names the floor F77",
    ]


def test_a_scale_without_a_floor_of_the_taxonomy_is_refused(wiring, store, opened):
    scale = wiring.scale.but(floors={})
    with pytest.raises(Misconfigured, match="the floor F4; the severity scale core@1 has no such floor"):
        explain_incident(store, opened(harm=("cse",)).id, scale, wiring.taxonomies.in_force(), Judgement())


def test_an_incident_that_is_not_there(wiring, store):
    with pytest.raises(NotFound):
        explain_incident(store, "nobody", wiring.scale, wiring.taxonomies.in_force(), Judgement())
