from __future__ import annotations

from datetime import UTC, datetime

import pytest

from escalate.app.assessments import Given, draft, finalise, look, reveal, shown
from escalate.app.incidents import Opening, open_incident
from escalate.domain.assessment.template import parse
from escalate.domain.guidance.book import Guidance
from escalate.errors import NotFound, Refused, Usage

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TEMPLATE = parse(
    "quick",
    {
        "title": "Quick look",
        "version": 2,
        "fields": {
            "line": {"type": "text", "required": "open"},
            "bluf": {"type": "long", "plain": True, "required": "final"},
            "imminent": {"type": "yesno"},
            "when": {"type": "text", "when": "imminent", "required": "final"},
            "unknowns": {"type": "several"},
            "source": {"type": "ref"},
            "tlp": {"type": "choice", "choices": ["red", "amber"], "marks": "tlp"},
        },
    },
)
COMPLETE = {"line": "a line", "bluf": "short"}


def read_time(text, ahead):
    raise Usage(f"No time can be read in {text!r}.")


def keep(ledger, incident, answers=None, more=None, template=TEMPLATE):
    return draft(ledger, incident, template, Given(answers=answers or {}, more=more or {}), read_time=read_time)


def close(ledger, incident, answers=None):
    return finalise(ledger, incident, TEMPLATE, Given(answers=answers or {}), read_time=read_time)


def entries(store, incident):
    with store.reading() as tx:
        return tx.entries(incident)


def test_a_draft_keeps_what_was_given_and_says_what_is_missing(ledger, incident):
    written, data = keep(ledger, incident, {"line": "a line", "imminent": "yes"})

    assert [entry.kind for entry in written.entries] == ["assessment.drafted"]
    assert data == {
        "ref": "INC-1",
        "template": "quick",
        "version": 2,
        "status": "draft",
        "answers": {"line": "a line", "imminent": True},
        "missing": ["bluf", "when"],
        "unfinished": [],
        "missing_to_close": [],
        "until": None,
        "expired": False,
    }


def test_only_what_changed_is_written(ledger, store, incident):
    keep(ledger, incident, COMPLETE)
    written, _ = keep(ledger, incident, {"line": "a line", "bluf": "shorter"})
    again, data = keep(ledger, incident, {"bluf": "shorter"})

    assert written.entries[0].event.answers == {"bluf": "shorter"}
    assert again.entries == []
    assert data["answers"] == {"line": "a line", "bluf": "shorter"}
    assert len(entries(store, incident)) == 3


def test_what_does_not_fit_is_refused_and_nothing_is_kept(ledger, store, incident):
    before = entries(store, incident)

    with pytest.raises(Refused) as refused:
        keep(ledger, incident, {"line": "fine", "imminent": "perhaps", "blfu": "x"})

    assert "imminent: 'perhaps' is neither yes nor no." in refused.value.message
    assert "blfu: quick has no such field. Did you mean bluf?" in refused.value.message
    assert entries(store, incident) == before


def test_an_answer_is_taken_back(ledger, incident):
    keep(ledger, incident, COMPLETE)
    _, data = keep(ledger, incident, {"line": None})

    assert data["answers"] == {"bluf": "short"}


def test_answers_are_added_to_those_that_stand(ledger, incident):
    keep(ledger, incident, {"unknowns": ["who"]})
    _, data = keep(ledger, incident, more={"unknowns": ["where", "who"]})

    assert data["answers"]["unknowns"] == ["who", "where"]


def test_final_is_refused_while_something_is_missing(ledger, store, incident):
    keep(ledger, incident, {"line": "a line"})

    with pytest.raises(Refused) as refused:
        close(ledger, incident, {"imminent": True})

    assert "bluf: Bluf" in refused.value.message
    assert "when: When" in refused.value.message
    assert "were not kept" in refused.value.hint
    assert look(store, incident, TEMPLATE, NOW)["answers"] == {"line": "a line"}


def test_final_holds_all_answers_in_one_entry(ledger, incident):
    keep(ledger, incident, {"line": "a line"})
    written, data = close(ledger, incident, {"bluf": "short"})

    assert [entry.kind for entry in written.entries] == ["assessment.finalised"]
    assert written.entries[0].event.answers == COMPLETE
    assert (data["status"], data["missing"]) == ("final", [])


def test_final_twice_writes_nothing(ledger, incident):
    close(ledger, incident, COMPLETE)
    written, data = close(ledger, incident)

    assert written.entries == []
    assert data["status"] == "final"


def test_a_draft_after_final_carries_the_answers_over(ledger, store, incident):
    close(ledger, incident, COMPLETE)
    _, data = keep(ledger, incident, {"bluf": "it was worse"})

    assert data["status"] == "draft"
    assert data["answers"] == {"line": "a line", "bluf": "it was worse"}
    assert [entry.kind for entry in entries(store, incident)][-2:] == [
        "assessment.finalised",
        "assessment.drafted",
    ]


def test_an_unchanged_draft_after_final_stays_final(ledger, incident):
    close(ledger, incident, COMPLETE)
    written, data = keep(ledger, incident, {"bluf": "short"})

    assert (written.entries, data["status"]) == ([], "final")


def test_a_newer_template_can_be_made_final_again(ledger, incident):
    close(ledger, incident, COMPLETE)
    written, _ = finalise(ledger, incident, TEMPLATE.but(version=3), Given(), read_time=read_time)

    assert written.entries[0].event.version == 3


@pytest.mark.parametrize(("given", "kept"), [("1", "#1"), ("case-77", "case-77")])
def test_a_reference_is_to_an_entry_of_this_incident(ledger, incident, given, kept):
    assert keep(ledger, incident, {"source": given})[1]["answers"]["source"] == kept


def test_the_id_of_an_entry_becomes_its_number_here_and_stays_opaque_elsewhere(ledger, store, incident):
    other = open_incident(ledger, Opening(title="Another", severity="SEV3"))
    [first] = entries(store, incident)[:1]

    assert keep(ledger, incident, {"source": first.id})[1]["answers"]["source"] == "#1"
    assert keep(ledger, incident, {"source": other.entries[0].id})[1]["answers"]["source"] == other.entries[0].id


def test_the_marking_is_a_label_of_the_entry(ledger, incident):
    written, _ = keep(ledger, incident, {"tlp": "RED", "line": "x"})

    assert written.entries[0].labels == "tlp:red"


@pytest.fixture
def grave(ledger):
    return open_incident(ledger, Opening(title="Held back", severity="SEV1", harm=["cse"])).incident.id


def test_in_a_sensitive_incident_own_words_are_masked_and_not_searchable(ledger, store, grave):
    written, given = keep(ledger, grave, {"line": "hippopotamus", "bluf": "neutral", "imminent": "yes"})

    assert written.entries[0].labels == "sensitive"
    assert given["answers"]["line"] == "hippopotamus"
    assert look(store, grave, TEMPLATE, NOW)["answers"] == {
        "line": "[masked: 12 characters]",
        "bluf": "neutral",
        "imminent": True,
    }
    with store.reading() as tx:
        assert tx.search("hippopotamus") == []


def test_seeing_what_is_masked_takes_a_reason_and_is_an_entry(ledger, grave):
    kept, _ = keep(ledger, grave, {"line": "hippopotamus"})
    written, data = reveal(ledger, grave, TEMPLATE, "handing over")

    assert data["answers"]["line"] == "hippopotamus"
    assert written.entries[0].event.entries == [kept.entries[0].seq]
    with pytest.raises(Refused):
        reveal(ledger, grave, TEMPLATE, " ")


def test_nothing_is_begun_before_the_first_answer(store, incident):
    assert look(store, incident, TEMPLATE, NOW)["status"] == "none"


def test_an_unknown_incident_is_not_found(ledger, store):
    with pytest.raises(NotFound):
        look(store, "nowhere", TEMPLATE, NOW)
    with pytest.raises(NotFound):
        keep(ledger, "nowhere", COMPLETE)


def test_answers_of_a_field_that_is_gone_stay_masked(ledger, store, incident):
    keep(ledger, incident, COMPLETE)
    smaller = parse("quick", {"title": "Quick look", "version": 3, "fields": {"bluf": {"type": "long", "plain": True}}})
    with store.reading() as tx:
        data = shown(tx.incident(incident), smaller, Guidance, NOW)

    assert data["answers"] == {"bluf": "short", "line": "[masked: 6 characters]"}
