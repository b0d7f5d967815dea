"""Two people: for what, who, and whether it still holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.domain.decision import approvals
from escalate.domain.decision.state import Judgement
from escalate.domain.incident.state import Incident
from escalate.domain.people import Person
from escalate.domain.roster import Roster
from escalate.domain.timeline.events import SeverityChanged
from escalate.domain.timeline.judgements import ActionTaken, DecisionMade
from escalate.errors import NotFound, Refused, Usage

NOW = datetime(2026, 11, 21, 21, tzinfo=UTC)


def incident(severity="SEV1", peak=None, judgement=None, **more):
    given = {"id": "i", "number": 1, "code_name": "SLATE OTTER", "title": "t", "severity": severity,
             "peak_severity": peak or severity, "opened_at": NOW, "opened_by": "alice", **more}  # fmt: skip
    return Incident(**given, judgement=judgement)


def lower(to, was="SEV1"):
    return SeverityChanged(severity=to, was=was, why="w")


def decision(**more):
    return DecisionMade(**{"decision": "", "question": "Refer?", "choice": "no", "reasons": "w", **more})


def action(what="terminate_account", **more):
    return ActionTaken(action="", what=what, **more)


@pytest.mark.parametrize(
    ("found", "event", "act"),
    [
        pytest.param(incident("SEV0"), lower("SEV1", "SEV0"), "lower-severity", id="SEV0 to SEV1"),
        pytest.param(incident("SEV1"), lower("SEV4"), "lower-severity", id="SEV1 to SEV4"),
        pytest.param(incident("SEV2", "SEV0"), lower("SEV3", "SEV2"), "", id="SEV2, once SEV0"),
        pytest.param(incident("SEV1"), lower("SEV0"), "", id="raising"),
        pytest.param(incident("SEV1", drill=True), lower("SEV4"), "", id="a drill"),
        pytest.param(incident("SEV1"), decision(declines="referral"), "decline", id="not to refer at SEV1"),
        pytest.param(incident("SEV3", "SEV1"), decision(declines="report"), "decline", id="not to report, once SEV1"),
        pytest.param(incident("SEV2"), decision(declines="referral"), "", id="not to refer at SEV2"),
        pytest.param(incident("SEV0"), decision(), "", id="any other decision"),
        pytest.param(incident("SEV3", harm=("vex",)), action(), "terminate", id="closing for good, extremism"),
        pytest.param(
            incident("SEV3", harm=("inf:elections",)), action(), "terminate", id="closing for good, elections"
        ),
        pytest.param(incident("SEV3", source="press"), action(), "terminate", id="closing for good, the press"),
        pytest.param(incident("SEV0", harm=("har",)), action(), "", id="closing for good, harassment"),
        pytest.param(incident(harm=("vex",)), action("suspend_account"), "", id="closing for a time"),
        pytest.param(incident(), action("label", count=50), "", id="50 at once"),
        pytest.param(incident(), action("label", count=51), "mass-action", id="51 at once"),
    ],
)
def test_what_takes_two(found, event, act):
    assert approvals.needs_two(found, event) == act


ROSTER = Roster(
    people={
        "alice": Person(slug="alice", name="Alice Ng", zone="UTC", logins=("ang", "alice2")),
        "bob": Person(slug="bob", name="Bob", zone="UTC", logins=("bo",)),
        "carol": Person(slug="carol", name="Carol", zone="UTC"),
    }
)


def asked(by="alice", event=None, now="SEV1", **more):
    event = event or lower("SEV3")
    made = approvals.asked(incident(now), event, "lower-severity", "w", NOW, broken=False)
    return {**made.plain(), "id": "P-1", "by": by, "state": "asked", "decided_by": None, "labels": [], "seq": 2, **more}


@pytest.mark.parametrize(
    ("by", "actor", "person", "says"),
    [
        pytest.param("alice", "alice", "alice", "it takes somebody else", id="the same"),
        pytest.param("os:ang", "alice", "alice", "it takes somebody else", id="asked before the roster knew the login"),
        pytest.param("os:alice2", "alice", "alice", "it takes somebody else", id="the same person by another login"),
        pytest.param("alice", "os:guest", None, "os:guest is nobody the roster knows", id="a stranger"),
        pytest.param(
            "os:guest", "os:guest", None, "os:guest is nobody the roster knows", id="a stranger for themselves"
        ),
        pytest.param("alice", "bob", "gone", "nobody the roster knows", id="no longer in the roster"),
    ],
)
def test_who_cannot_be_the_second(by, actor, person, says):
    with pytest.raises(Refused) as raised:
        approvals.refuse_answer(asked(by), incident(), actor, person, ROSTER)

    assert says in raised.value.message


@pytest.mark.parametrize("by", ["alice", "os:guest"])
def test_who_can(by):
    approvals.refuse_answer(asked(by), incident(), "bob", "bob", ROSTER)


def test_one_answer_is_enough():
    with pytest.raises(Refused, match="rejected already, by bob"):
        approvals.refuse_answer(asked(state="refused", decided_by="bob"), incident(), "bob", "bob", ROSTER)


def test_whoever_has_no_login_could_never_answer():
    assert approvals.others(ROSTER, "alice") == ["bob"]
    assert approvals.others(ROSTER, None) == ["alice", "bob"]
    assert approvals.others(Roster(), None) == []


def test_what_was_asked_for_comes_back_whole():
    event = decision(declines="referral", review_at=NOW + timedelta(days=1), options=[{"option": "no"}], answers="A-1")
    approval = asked(event=event)

    assert approvals.event_of(approval) == event.but(approval="P-1")
    assert approvals.numbered(incident(), approvals.event_of(approval)).decision == "D-1"


@pytest.mark.parametrize(
    "what",
    [{}, {"kind": "note.added", "body": {"text": "x"}}, {"kind": ["severity.changed"]}, {"kind": "severity.changed", "body": 3},
     {"kind": "decision.made", "body": {"question": 3}}],
    ids=str,
)  # fmt: skip
def test_what_nobody_here_wrote_is_not_done(what):
    with pytest.raises(Refused, match="cannot do"):
        approvals.event_of(asked(what=what))
    assert approvals.described("lower-severity", what)


def question(state="open"):
    return {"A-1": {"id": "A-1", "state": state, "decision": "D-4"}}


@pytest.mark.parametrize(
    ("found", "event", "says"),
    [
        pytest.param(incident("SEV0"), lower("SEV3"), "was SEV1 when it was asked and is SEV0 now", id="raised since"),
        pytest.param(incident("SEV2"), lower("SEV3"), "is SEV2 now", id="lowered since"),
        pytest.param(incident("SEV0"), decision(declines="referral"), "is SEV0 now", id="worse since"),
        pytest.param(
            incident(judgement=Judgement(questions=question("answered"))), decision(answers="A-1"), "answered since, by D-4",
            id="answered since",
        ),
        pytest.param(
            incident(judgement=Judgement(decisions={"D-1": {"state": "made"}})), decision(answers="D-1"), "D-1 is made now",
            id="decided again since",
        ),
        pytest.param(
            incident(judgement=Judgement(decisions={"D-1": {"state": "reopened"}})), action(decision="D-1"),
            "D-1, on which it rests, is reopened", id="what it rests on",
        ),
        pytest.param(
            incident(judgement=Judgement(actions={"X-1": {"reversed_by": "X-2"}})), action(reverses="X-1"),
            "reversed since, by X-2", id="reversed since",
        ),
    ],
)  # fmt: skip
def test_what_holds_no_longer_is_refused_and_says_what_changed(found, event, says):
    with pytest.raises(Refused) as raised:
        approvals.refuse_changed(asked(event=event), found, event)

    assert says in raised.value.message


@pytest.mark.parametrize(
    ("found", "event"),
    [
        (incident("SEV1"), lower("SEV3")),
        (incident("SEV2"), decision(declines="referral")),
        (incident(judgement=Judgement(questions=question())), decision(answers="A-1")),
        (incident("SEV0"), action()),
    ],
)
def test_what_holds_passes(found, event):
    approvals.refuse_changed(asked(event=event), found, event)


def test_the_same_wish_is_asked_for_once():
    waiting = incident(judgement=Judgement(approvals={"P-1": asked()}))

    assert approvals.same(waiting, lower("SEV3"), "lower-severity") == "P-1"
    assert approvals.same(waiting, lower("SEV2"), "lower-severity") is None
    assert (
        approvals.same(
            incident(judgement=Judgement(approvals={"P-1": asked(state="refused")})), lower("SEV3"), "lower-severity"
        )
        is None
    )


def test_which_approval_is_meant():
    both = incident(judgement=Judgement(approvals={"P-1": asked(), "P-2": asked(id="P-2", state="given")}))

    assert approvals.named(both, None)["id"] == "P-1"
    assert approvals.named(both, "p-2")["id"] == "P-2"
    with pytest.raises(NotFound, match="P-7"):
        approvals.named(both, "P-7")
    with pytest.raises(NotFound, match="Nothing of INC-1"):
        approvals.named(incident(), None)
    with pytest.raises(Usage, match="P-1, P-2"):
        approvals.named(incident(judgement=Judgement(approvals={"P-1": asked(), "P-2": asked(id="P-2")})), None)
