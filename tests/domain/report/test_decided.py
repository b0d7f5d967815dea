"""What documents say of decisions, questions, second persons, actions and numbers, and to whom."""

from __future__ import annotations

from datetime import UTC

import pytest

from domain.report.record import ROSTER, full, minute, plain
from escalate.domain.report.audience import audience
from escalate.domain.report.material import gather
from escalate.domain.report.model import data, values
from escalate.domain.timeline import judgements as ju


def add(record, labels=""):
    """A question, two numbers, a decision with a dissent, an action, and a second person who is asked for."""
    events = [
        ju.QuestionAsked(question="A-1", person="bob", text="canary-ask?", options=["now", "later"], recommend=2, due=minute(200)),
        ju.ImpactStated(measure="accounts", low=100, high=300, as_of=minute(20), basis="canary-old", confidence="low"),
        ju.ImpactStated(measure="accounts", low=150, high=150, as_of=minute(30), basis="canary-new", confidence="high"),
        ju.DecisionMade(decision="D-1", question="canary-question?", choice="canary-choice", reasons="canary-reasons",
                        options=[{"option": "canary-choice", "cons": "canary-cons"}], clause="har-3.2@4",
                        dissent=[{"person": "alice", "view": "canary-view"}], threshold="imminence@2", review_at=minute(300)),
        ju.ActionTaken(action="X-1", what="suspend_account", scope="canary-scope", ground="terms", decision="D-1", count=3),
        ju.ApprovalAsked(approval="P-1", act="lower-severity", why="canary-why", due=minute(190), what={
            "kind": "severity.changed", "severity": "SEV1", "body": {"was": "SEV1", "severity": "SEV3", "why": "canary-why"}}),
    ]  # fmt: skip
    for place, event in enumerate(events):
        record.add(event, 20 + place, labels=labels)
    return record


def shown(record, kind, reader="default"):
    material = gather(record.entries, ROSTER, audience(reader, ROSTER), plain, ())
    return values(material, kind, UTC, minute(210)), data(material, kind, minute(210))


def test_what_an_executive_reads_first():
    page, document = shown(add(full()), "summary")

    question, second, _assessed = page["decisions"]
    assert (question["who"], question["by"], question["text"]) == (
        "Bob Roe",
        "2026-11-22 00:20Z",
        "canary-ask, recommended: later",
    )
    assert question["options"] == ["now", "later"]
    assert (second["who"], second["text"]) == ("A second person", "lower the severity SEV1 → SEV3")
    assert page["impact"] == ["150 accounts as of 2026-11-21 21:30Z (high confidence)"]
    assert [one["low"] for one in document["impact"]] == [100, 150]
    assert [one["id"] for one in document["decisions"]] == ["D-1"]


def test_the_report_has_all_of_it():
    page, _ = shown(add(full()), "report")

    [made] = page["made"]
    assert (made["id"], made["question"], made["choice"], made["by"]) == (
        "D-1",
        "canary-question?",
        "canary-choice",
        "Alice Ng",
    )
    assert [(line["label"], line["text"]) for line in made["said"]] == [
        ("Because", "canary-reasons"),
        ("Considered", "canary-choice (cons: canary-cons)"),
        ("Clause", "har-3.2@4"),
        ("Threshold", "imminence@2"),
        ("Dissent", "alice: canary-view"),
        ("To be looked at again", "2026-11-22 02:00Z"),
    ]
    assert [(one["number"], one["basis"]) for one in page["impacts"]] == [
        ("150", "canary-new"),
        ("100 to 300", "canary-old"),
    ]
    assert page["actions"][0]["said"] == "canary-scope; ground terms; D-1; 3 accounts or items"
    assert (page["two_people"][0]["state"], page["two_people"][0]["other"]) == ("pending", "")


@pytest.mark.parametrize("kind", ["summary", "report"])
@pytest.mark.parametrize(
    ("labels", "harm", "reader", "reads"),
    [
        ("", "har", "default", True),
        ("sensitive", "har", "default", False),
        ("sensitive", "har", "safety", True),
        ("privileged", "har", "default", False),
        ("privileged", "har", "legal", True),
        ("", "cse", "default", False),
        ("", "cse", "safety", True),
    ],
)
def test_who_reads_the_words(kind, labels, harm, reader, reads):
    page, document = shown(add(full(harm=[harm]), labels), kind, reader)

    assert ("canary" in str(page)) == reads
    assert ("canary" in str(document)) == reads


def test_masked_is_not_hidden():
    page, _ = shown(add(full(harm=["cse"])), "summary")

    assert page["decisions"][0]["text"] == "a question is recorded, masked for this audience"
    assert page["decisions"][1]["text"] == "lower the severity SEV1 → SEV3"
    assert page["impact"] == ["150 accounts as of 2026-11-21 21:30Z (high confidence)"]


def test_what_was_answered_is_not_needed_any_more():
    record = add(full())
    record.add(ju.ApprovalGiven(approval="P-1"), 40, actor="bob")
    record.add(ju.DecisionMade(decision="D-2", question="canary-ask?", choice="now", reasons="w", answers="A-1"), 41)
    record.add(ju.DecisionReopened(decision="D-1", because="date"), 42)
    page, _ = shown(record, "report")

    assert [(one["from"], one["text"]) for one in page["needed"]] == [("decision D-1", "decide again; it was reopened")]
    assert [one["state"] for one in page["two_people"]] == ["approved"]
    assert page["two_people"][0]["other"] == "Bob Roe"


def test_a_page_stays_a_page_whatever_is_asked():
    record = full()
    for number in range(1, 9):
        record.add(
            ju.QuestionAsked(
                question=f"A-{number}", person="bob", text="words " * 400, options=["words " * 40] * 9, due=minute(200)
            ),
            20 + number,
        )
    page, _ = shown(record, "summary")

    assert (len(page["decisions"]), page["decisions_more"]) == (3, 5)
    assert all(
        len(f"{one['who']} {one['by']} {one['text']} {' '.join(one['options'])}".split()) < 50
        for one in page["decisions"]
    )


def test_what_came_from_elsewhere_need_not_have_our_shape():
    record = full()
    record.add(
        ju.DecisionMade(
            decision="D-1", question="q", choice="c", reasons="w", options=["x", {}], dissent=[3], elements=[{}]
        ),
        20,
    )
    record.add(ju.ApprovalAsked(approval="P-1", act="odd", what={"body": 3}, why="w", due=minute(20)), 21)
    record.add(ju.QuestionAsked(question="A-1", person="x", text="q", options=[], recommend=9, due=minute(20)), 22)

    for kind in ("summary", "report"):
        assert shown(record, kind)
