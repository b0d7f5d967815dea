"""What entries make of decisions, approvals, questions, actions and numbers, and what happens by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from escalate.domain.decision.state import Judgement, after, next_id
from escalate.domain.instants import to_text
from escalate.domain.timeline import judgements as ju

NOW = datetime(2026, 11, 21, 21, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OPEN, CLOSED = SimpleNamespace(status="open"), SimpleNamespace(status="closed")


def folded(*events, by="alice"):
    judgement = Judgement()
    for seq, event in enumerate(events, start=2):
        entry = SimpleNamespace(
            event=event, actor=by, occurred_at=to_text(NOW), seq=seq, label_set=frozenset({"b", "a"})
        )
        judgement = after(judgement, entry)
    return judgement


def decision(id_="D-1", **more):
    return ju.DecisionMade(**{"decision": id_, "question": "Refer?", "choice": "no", "reasons": "w", **more})


def question(id_="A-1", **more):
    return ju.QuestionAsked(**{"question": id_, "person": "bob", "text": "Refer?", "due": LATER, **more})


def approval(id_="P-1", **more):
    return ju.ApprovalAsked(
        **{"approval": id_, "act": "decline", "what": {"kind": "x"}, "why": "w", "due": LATER, **more}
    )


EVERYTHING = folded(
    question(), approval(), ju.ApprovalGiven(approval="P-1"), decision(answers="A-1", approval="P-1", review_at=LATER),
    ju.ActionTaken(action="X-1", what="label", end=LATER), ju.ActionTaken(action="X-2", what="label", reverses="X-1"),
    ju.ImpactStated(measure="people", low=1, high=2, as_of=NOW, basis="b", confidence="low"),
    ju.ImpactStated(measure="people", low=2, high=2, as_of=NOW, basis="b", confidence="high"),
    ju.DecisionReopened(decision="D-1", because="date"), decision("D-2", answers="D-1"),
)  # fmt: skip


def test_a_kept_state_is_read_back_as_it_was():
    kept = json.loads(json.dumps(EVERYTHING.plain()))

    assert Judgement.from_plain(kept) == EVERYTHING
    assert Judgement.from_plain(kept).plain() == kept


def test_what_became_of_each():
    assert EVERYTHING.questions["A-1"]["state"] == "answered"
    assert EVERYTHING.questions["A-1"]["decision"] == "D-1"
    assert EVERYTHING.decisions["D-1"]["state"] == "superseded"
    assert EVERYTHING.decisions["D-1"]["superseded_by"] == "D-2"
    assert EVERYTHING.actions["X-1"]["reversed_by"] == "X-2"
    assert [one["low"] for one in EVERYTHING.impacts["people"]] == [1, 2]
    assert EVERYTHING.approvals["P-1"]["state"] == "given"
    assert EVERYTHING.decisions["D-2"]["labels"] == ["a", "b"]


def test_whoever_asked_for_the_second_person_decided():
    judgement = folded(approval(), by="alice")
    entry = SimpleNamespace(
        event=decision(approval="P-1"), actor="bob", occurred_at=to_text(NOW), seq=9, label_set=frozenset()
    )

    assert after(judgement, entry).decisions["D-1"]["by"] == "alice"


@pytest.mark.parametrize(
    "event",
    [
        ju.DecisionReopened(decision="D-9", because="w"),
        ju.QuestionLate(question="A-9"),
        ju.ApprovalGiven(approval="P-9"),
        ju.ApprovalRefused(approval="P-9", why="w"),
        ju.ApprovalLate(approval="P-9"),
    ],
    ids=lambda event: event.kind,
)
def test_what_names_nothing_known_changes_nothing(event):
    assert folded(event) == Judgement()


def timers(judgement, incident=OPEN):
    return [(timer.event.kind, timer.at) for timer in judgement.timers(incident)]


def test_what_happens_by_itself_happens_once():
    judgement = folded(question(), approval(), decision(review_at=LATER))

    assert sorted(timers(judgement)) == [
        ("approval.late", LATER),
        ("decision.reopened", LATER),
        ("question.late", LATER),
    ]
    assert timers(judgement, CLOSED) == [("decision.reopened", LATER)]
    over = folded(
        question(), approval(), decision(review_at=LATER), ju.QuestionLate(question="A-1"), ju.ApprovalLate(approval="P-1"),
        ju.DecisionReopened(decision="D-1", because="date"),
    )  # fmt: skip
    assert timers(over) == []


@pytest.mark.parametrize(
    "events",
    [
        (question(), decision(answers="A-1")),
        (approval(), ju.ApprovalGiven(approval="P-1")),
        (approval(), ju.ApprovalRefused(approval="P-1", why="w")),
        (decision(review_at=LATER), ju.DecisionReopened(decision="D-1", because="w")),
        (decision(),),
    ],
    ids=["answered", "approved", "rejected", "reopened by hand", "without a date"],
)
def test_what_is_over_is_waited_for_no_more(events):
    assert timers(folded(*events)) == []


def test_a_second_review_of_the_same_number_is_another():
    first, second = (
        folded(decision(review_at=LATER)).reviews()[0],
        folded(question(), decision(review_at=LATER)).reviews()[0],
    )

    assert first.key != second.key


def test_numbers_are_not_given_twice():
    assert next_id("D", []) == "D-1"
    assert next_id("D", ["D-1", "D-3"]) == "D-4"
    assert next_id("D", ["D-x", "odd"]) == "D-1"
