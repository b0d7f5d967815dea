"""What may be decided, done, asked and stated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.domain.decision import rules
from escalate.domain.decision.actions import ACTIONS, action
from escalate.domain.decision.rules import Deciding, Doing
from escalate.domain.decision.state import Judgement
from escalate.domain.incident.state import Head, Incident
from escalate.domain.people import Person
from escalate.domain.roster import Roster
from escalate.errors import NotFound, Refused, Usage

NOW = datetime(2026, 11, 21, 21, tzinfo=UTC)
QUESTION = {"id": "A-1", "text": "Refer?", "options": ["now", "later"], "state": "open", "decision": None}
DECISION = {"id": "D-1", "question": "Refer?", "options": [{"option": "now"}], "state": "made", "superseded_by": None}


def incident(**judgement):
    given = {"id": "i", "number": 1, "code_name": "SLATE OTTER", "title": "t", "severity": "SEV1", "peak_severity": "SEV1",
             "opened_at": NOW, "opened_by": "alice", "head": Head(seq=14)}  # fmt: skip
    return Incident(**given, judgement=Judgement(**judgement) if judgement else None)


def decide(given, **judgement):
    return rules.decide(incident(**judgement), given, NOW)


@pytest.mark.parametrize(
    ("choose", "choice"),
    [("1", "now"), ("2", "later"), ("wait", "wait"), (" 2 ", "later")],
    ids=["first", "second", "text", "blanks"],
)
def test_a_number_counts_the_options(choose, choice):
    made = decide(Deciding(question="A-1", choose=choose), questions={"A-1": QUESTION})

    assert (made.choice, made.question, made.answers) == (choice, "Refer?", "A-1")
    assert [one["option"] for one in made.options] == ["now", "later"]


def test_where_nobody_gave_options_a_number_is_a_choice():
    assert decide(Deciding(question="How many at once?", choose="3", why="w")).choice == "3"


def test_what_is_kept_of_a_decision():
    made = decide(
        Deciding(
            question="Refer?", choose="no", why="unclear", clause="life-2@4", threshold="imminence@2", declines="referral",
            elements=({"element": "intent", "met": "MET", "evidence": "#3"}, {"element": "means", "met": "unclear"}),
            dissent=({"person": "bob", "view": "too late by then"},),
            options=({"option": "no", "harm_if_wrong": "late help"}, {"option": "yes"}, {"option": "no"}),
            review_at=NOW + timedelta(hours=2), review_on=("a new account",),
        )
    )  # fmt: skip

    assert made.elements == [
        {"element": "intent", "met": "met", "evidence": "#3"},
        {"element": "means", "met": "unclear"},
    ]
    assert made.dissent == [{"person": "bob", "view": "too late by then"}]
    assert [one["option"] for one in made.options] == ["no", "yes"]
    assert (made.clause, made.threshold, made.review_on) == ("life-2@4", "imminence@2", ["a new account"])


@pytest.mark.parametrize(
    ("given", "refusal", "says"),
    [
        ({"question": " "}, Usage, "The question is empty"),
        ({"choose": ""}, Usage, "The choice is empty"),
        ({"why": ""}, Usage, "The reason is empty"),
        ({"clause": "life-2"}, Usage, "which version"),
        ({"clause": "@4"}, Usage, "which version"),
        ({"clause": "life 2@4"}, Usage, "which version"),
        ({"threshold": "imminence@"}, Usage, "which version"),
        ({"elements": ({"element": "x", "met": "maybe"},)}, Usage, "met, not, unclear"),
        ({"elements": ({"element": "x", "met": "met", "evidence": "#15"},)}, Usage, "has no entry #15"),
        ({"elements": ({"element": "x", "met": "met", "evidence": "#14, 0 #16"},)}, Usage, "no entry #0, #16"),
        ({"elements": ({"element": "x", "met": "met", "evidence": "see #1 and #77"},)}, Usage, "no entry #77"),
        ({"elements": ({"element": "x", "met": "met", "evidence": "see#77."},)}, Usage, "no entry #77"),
        ({"elements": ({"element": "x", "met": "met", "evidence": "#-1"},)}, Usage, "names no entry"),
        ({"elements": ({"element": "x", "met": "met", "evidence": "#１"},)}, Usage, "names no entry"),
        ({"elements": ({"element": "x", "met": "met", "evidence": "see # 3"},)}, Usage, "names no entry"),
        ({"elements": ({"element": "x", "met": "met", "evidence": "#14a"},)}, Usage, "names no entry"),
        (
            {"elements": ({"element": "x", "met": "met", "evidence": "#999999999999999999999999999999"},)},
            Usage,
            "no entry #999",
        ),
        ({"dissent": ({"person": "bob"},)}, Usage, "The view is empty"),
        ({"declines": "everything"}, Usage, "'everything'"),
        ({"review_at": NOW}, Usage, "is over"),
        ({"question": "A-7"}, NotFound, "no question A-7"),
        ({"question": "d-7"}, NotFound, "no decision D-7"),
        ({"question": "A-1", "choose": "3"}, Usage, "1 now; 2 later"),
        ({"question": "A-2"}, Refused, "answered already, by D-1"),
        ({"question": "D-1"}, Refused, "it was not reopened"),
        ({"question": "D-2"}, Refused, "superseded by D-3"),
    ],
    ids=str,
)
def test_what_is_no_decision(given, refusal, says):
    whole = {"question": "Refer?", "choose": "no", "why": "w", **given}
    questions = {"A-1": QUESTION, "A-2": {**QUESTION, "id": "A-2", "state": "answered", "decision": "D-1"}}
    decisions = {"D-1": DECISION, "D-2": {**DECISION, "id": "D-2", "state": "superseded", "superseded_by": "D-3"}}

    with pytest.raises(refusal) as raised:
        decide(Deciding(**whole), questions=questions, decisions=decisions)

    assert says in f"{raised.value.message} {raised.value.hint}"


def test_a_decision_that_was_reopened_is_decided_again_with_its_question_and_options():
    made = decide(Deciding(question="D-1", choose="1", why="w"), decisions={"D-1": {**DECISION, "state": "reopened"}})

    assert (made.question, made.choice, made.answers) == ("Refer?", "now", "D-1")


def test_reopening_twice_changes_nothing():
    assert rules.reopen(incident(decisions={"D-1": {**DECISION, "state": "reopened"}}), "D-1", "w") == []


@pytest.mark.parametrize("word", [*ACTIONS, "Terminate-Account", " suspend_account "])
def test_hyphens_and_underscores_are_alike(word):
    assert action(word) in ACTIONS
    assert action(word.replace("_", "-")) == action(word.replace("-", "_"))


@pytest.mark.parametrize(
    ("given", "refusal", "says"),
    [
        ({"what": "blow-up"}, Usage, "terminate-account"),
        ({"ground": "taste"}, Usage, "illegal, terms"),
        ({"automated": ("everything",)}, Usage, "detection, decision"),
        ({"notice": "perhaps"}, Usage, "no:WHY"),
        ({"notice": "no:"}, Usage, "is empty"),
        ({"notice": "yes:it was"}, Usage, "no:WHY"),
        ({"count": 0}, Usage, "how many"),
        ({"start": NOW, "end": NOW}, Usage, "end before it starts"),
        ({"decision": "D-9"}, NotFound, "no decision D-9"),
        ({"decision": "D-1"}, Refused, "D-1 is reopened"),
        ({"reverses": "X-9"}, NotFound, "no action X-9"),
        ({"reverses": "x-1"}, Refused, "reversed already, by X-2"),
    ],
    ids=str,
)
def test_what_is_no_action(given, refusal, says):
    found = incident(
        decisions={"D-1": {**DECISION, "state": "reopened"}}, actions={"X-1": {"id": "X-1", "reversed_by": "X-2"}}
    )

    with pytest.raises(refusal) as raised:
        rules.act(found, Doing(**{"what": "remove", **given}))

    assert says in f"{raised.value.message} {raised.value.hint}"


@pytest.mark.parametrize(
    ("said", "kept"), [("", ""), ("yes", "yes"), ("YES", "yes"), ("no: it would warn", "no: it would warn")]
)
def test_whether_the_user_was_told(said, kept):
    assert rules.act(incident(), Doing(what="remove", notice=said)).notice == kept


ROSTER = Roster(people={"bob": Person(slug="bob", name="Bob", zone="UTC")})


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"person": "nobody"}, NotFound),
        ({"due": NOW}, Usage),
        ({"recommend": 3}, Usage),
        ({"recommend": 0}, Usage),
        ({"text": " "}, Usage),
        ({"options": ("",)}, Usage),
    ],
    ids=str,
)
def test_what_is_no_question(given, refusal):
    whole = {"person": "Bob", "text": "Refer?", "due": NOW + timedelta(minutes=30), "options": ("a", "b"), **given}
    person, text = whole.pop("person"), whole.pop("text")

    with pytest.raises(refusal):
        rules.ask(incident(), ROSTER, person, text, now=NOW, **whole)


def test_questions_are_numbered_and_people_spelt_as_the_roster_does():
    due = NOW + timedelta(minutes=30)
    asked = rules.ask(incident(questions={"A-1": QUESTION, "A-4": QUESTION}), ROSTER, "BOB", "Now?", due=due, now=NOW)

    assert (asked.question, asked.person) == ("A-5", "bob")


@pytest.mark.parametrize(
    ("measure", "low", "high", "confidence"),
    [("!", 1, 1, "low"), ("people", 3, 2, "low"), ("people", -1, 2, "low"), ("people", 1, 2, "sure")],
)
def test_what_is_no_number_of_anything(measure, low, high, confidence):
    with pytest.raises(Usage):
        rules.state_impact(measure, low, high, as_of=NOW, basis="b", confidence=confidence)
