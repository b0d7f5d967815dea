"""What a document shows to whom; the layout is tested with the templates."""

from __future__ import annotations

import json
from datetime import UTC

import pytest

from domain.report.record import INCIDENT, ROSTER, full, minute, plain
from escalate.domain.messages.message import Message
from escalate.domain.report.audience import audience
from escalate.domain.report.judgement import in_words
from escalate.domain.report.material import gather
from escalate.domain.report.model import data, values
from escalate.domain.timeline.events import (
    AssessmentFinalised,
    EntryCorrected,
    EntryLabelled,
    FactStated,
    IncidentNumbered,
    NoteAdded,
)


def material(record, reader="default", waiting=()):
    return gather(record.entries, ROSTER, audience(reader, ROSTER), plain, waiting)


def document(record, reader="default", kind="report"):
    return data(material(record, reader), kind, minute(180))


@pytest.mark.parametrize(
    ("reader", "harm", "readable", "hidden"),
    [
        pytest.param(
            "default", "har",
            ["an ordinary line", "A title with words", "Credible threats"],
            ["advice of counsel", "needs care", "desk alone", "nobody outside", "a single source", "an appeal"],
            id="default",
        ),
        pytest.param("legal", "har", ["advice of counsel"], ["needs care", "desk alone", "nobody outside"], id="legal"),
        pytest.param(
            "safety", "har", ["needs care", "desk alone", "nobody outside"], ["advice of counsel"], id="safety"
        ),
        pytest.param(
            "default", "cse",
            ["Credible threats", "SLATE OTTER"],
            ["an ordinary line", "A title with words", "suspended", "advice of counsel"],
            id="a sensitive incident",
        ),
        pytest.param("safety", "cse", ["an ordinary line", "A title with words"], ["advice"], id="who reads it all"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["report", "summary", "values", "brief values"])
def test_a_document_holds_what_its_audience_may_read(reader, harm, readable, hidden, form):
    found = material(full(harm=[harm]), reader)
    if "values" in form:
        text = str(values(found, "report" if form == "values" else "summary", UTC, minute(180)))
    else:
        text = json.dumps(data(found, form, minute(180)))

    assert [words for words in hidden if words in text] == []
    if form == "report":
        assert [words for words in readable if words not in text] == []


def test_what_is_left_out_is_listed_with_the_label_and_not_with_a_word_of_it():
    found = document(full())

    assert [(one["seq"], one["kind"], one["why"]) for one in found["left_out"]] == [
        (7, "note.added", "privileged"),
        (9, "note.added", "ntk:desk"),
    ]
    assert {line["seq"] for line in found["timeline"]} == set(range(1, 13)) - {7, 9}


def test_a_withheld_fact_is_in_no_duration():
    record = full()
    record.add(FactStated(name="impact-started", why="w"), -60, labels="privileged", recorded=130)

    default, legal = document(record), document(record, "legal")

    assert (default["durations"]["mitigate"], default["facts"]) == (None, {})
    assert legal["durations"]["mitigate"] == 180 * 60


def test_the_why_of_a_fact_is_masked_with_its_entry():
    record = full()
    record.add(FactStated(name="detected", why="seen by a neighbour"), 1, labels="sensitive")

    assert document(record)["facts"]["detected"]["why"] == "[masked: 19 characters]"
    assert document(record, "safety")["facts"]["detected"]["why"] == "seen by a neighbour"


def test_a_label_given_later_holds_back_what_was_written_before():
    record = full()
    note = record.add(NoteAdded(text="thought harmless"), 130)
    record.add(EntryCorrected(entry=note.id, text="thought quite harmless", why="w"), 131)
    record.add(EntryLabelled(entry=note.id, labels=["privileged"], why="counsel asks"), 132)

    assert "harmless" not in json.dumps(document(record))


def test_the_marking_is_that_of_what_is_in_it():
    record = full(marking="TLP:AMBER")
    record.add(NoteAdded(text="x"), 130, labels="privileged tlp:red")

    assert document(record)["marking"] == "TLP:AMBER"
    assert document(record, "legal")["marking"] == "TLP:RED"


def test_people_told_are_those_of_the_receipts():
    told = document(full())["people_told"]

    assert [(one["name"], one["via"], one["state"], one["reached"]) for one in told] == [
        ("Alice Ng", "chat", "sent", True),
        ("Legal", "mail", "failed", False),
    ]


def test_a_message_that_still_waits_is_not_told():
    waiting = Message(
        id="m3", incident=INCIDENT, entry="e", seq=1, digest="", purpose="page", to="person:bob", name="Bob Roe",
        via="chat", address="", subject="", text="t", due_at=minute(9),
    )  # fmt: skip

    [*_, last] = material(full(), waiting=[waiting]).told

    assert (last.name, last.state, last.reached, last.missed) == ("Bob Roe", "queued", False, True)


def test_decisions_stand_first_and_only_in_words_for_others():
    summary = document(full(), kind="summary")["summary"]

    [decision] = summary["decisions"]
    assert decision["who"] == "Bob Roe"
    assert decision["by"] == "2026-11-21 23:00Z"
    assert decision["recommendation"] == "suspend_account"
    assert (decision["options"], decision["option_count"]) == ([], 2)
    assert summary["confidence"] == "moderate: [masked: 23 characters]"
    assert summary["missed"] == ["Legal via mail"]


def test_without_an_assessment_the_summary_has_no_bottom_line():
    record = full()
    record.entries = record.entries[:3]

    summary = document(record, kind="summary")["summary"]

    assert (summary["bottom_line"], summary["decisions"], summary["unknowns"]) == ("", [], [])


def test_a_drill_says_so():
    assert document(full(drill=True))["drill"] is True


def test_the_number_is_the_last_one_given():
    record = full()
    record.add(IncidentNumbered(number=77), 130)

    assert document(record)["incident"]["ref"] == "INC-77"


def test_an_action_is_recommended_in_the_words_of_the_vocabulary_and_no_others():
    record = full()
    rows = [
        {"action": "suspend_account", "rationale": "a secret reason"},
        {"action": "Tell the Neighbour", "rationale": "a secret reason"},
    ]
    answers = {"recommendation": rows}
    record.add(AssessmentFinalised(template="triage", version=1, answers=answers), 150)
    found = gather(record.entries, ROSTER, audience("default", ROSTER), lambda _template, _field: False)

    decision = data(found, "summary", minute(180))["summary"]["decisions"][0]

    assert decision["recommendation"] == "suspend_account"
    assert "secret" not in str(data(found, "report", minute(180)))
    assert "Neighbour" not in str(data(found, "report", minute(180)))


def test_only_lines_that_hide_something_are_counted_as_masked():
    assert values(material(full(harm=["cse"])), "report", UTC, minute(180))["masked"] == 4


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(
            {"action": "remove", "clause": "3.2", "rationale": "it is met"},
            "remove: it is met (clause: 3.2)",
            id="advice",
        ),
        pytest.param(
            {"what": "call", "owner": "bob", "due": "2026-11-21T23:00:00.000000Z"},
            "call (owner: bob, due: 2026-11-21 23:00Z)",
            id="a step",
        ),
        pytest.param({"person": "bob", "view": "wait"}, "bob: wait", id="dissent"),
        pytest.param({"level": "low", "why": "hearsay"}, "low: hearsay", id="confidence"),
        pytest.param({"size": 3, "kind": ""}, "size: 3", id="a row of another shape"),
        pytest.param(["a", True, None, 0], "a, yes, 0", id="several"),
        pytest.param(" two\nlines ", "two lines", id="text"),
    ],
)
def test_an_answer_in_words(answer, said):
    assert in_words(answer) == said
