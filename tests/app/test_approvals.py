"""Two people: the first asks, the second does it, or nobody else could and it is reviewed."""

from __future__ import annotations

import pytest

from escalate.app import approvals, decisions, incidents, timing
from escalate.app.incidents import Opening
from escalate.app.verification import verify_store
from escalate.domain.decision.rules import Deciding, Doing
from escalate.domain.incident import rules as states
from escalate.errors import NotFound, Refused, Usage
from telling import messages
from two_people import ROSTER, STRANGER, ledger_of

NOT_REFERRING = Deciding(question="Refer?", choose="no", why="unclear", declines="referral", threshold="imminence@2")


@pytest.fixture
def grave(ledger, apply_roster):
    """The id of an incident of SEV1, with a roster that knows three people by their logins."""
    apply_roster(ROSTER)
    return opened(ledger)


def opened(ledger, **more):
    return incidents.open_incident(
        ledger, Opening(**{"title": "t", "severity": "SEV1", "quiet": True, **more})
    ).incident.id


def kinds(written):
    return [entry.kind for entry in written.entries if not entry.kind.startswith("message.")]


def look(store, id_):
    with store.reading() as found:
        return found.incident(id_)


# ── lowering ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lowering_waits_for_somebody_else_and_is_then_done(ledger, grave, wiring, store):
    done = incidents.judge(ledger, grave, "SEV3", "a false alarm")

    assert kinds(done.written) == ["approval.asked"]
    assert (done.written.incident.severity, done.waits, done.approval["id"]) == ("SEV1", True, "P-1")

    written, approval = approvals.approve(ledger_of(wiring), grave, None, "looked at it")

    assert kinds(written) == ["approval.given", "severity.changed"]
    assert (written.incident.severity, written.incident.peak_severity) == ("SEV3", "SEV1")
    assert written.entries[1].event.approval == "P-1"
    assert written.entries[1].event.why == "a false alarm"
    assert (approval["state"], approval["decided_by"]) == ("given", "bob")
    assert verify_store(store).sound


def test_raising_stays_one_persons(ledger, grave):
    done = incidents.judge(ledger, grave, "SEV0", "worse")

    assert kinds(done.written)[0] == "severity.changed"
    assert done.approval is None


def test_rejecting_does_nothing_else(ledger, grave, wiring):
    incidents.judge(ledger, grave, "SEV3", "w")

    written, approval = approvals.reject(ledger_of(wiring), grave, "P-1", "not sure at all")

    assert kinds(written) == ["approval.refused"]
    assert (written.incident.severity, approval["state"]) == ("SEV1", "refused")
    with pytest.raises(Refused, match="rejected already"):
        approvals.approve(ledger_of(wiring), grave, "P-1")


@pytest.mark.parametrize("answer", [approvals.approve, approvals.reject])
def test_nobody_answers_for_themselves_and_no_stranger_at_all(ledger, grave, wiring, store, answer):
    incidents.judge(ledger, grave, "SEV3", "w")
    before = look(store, grave).head

    with pytest.raises(Refused, match="somebody else"):
        answer(ledger, grave, "P-1", "w")
    with pytest.raises(Refused, match="os:guest is nobody the roster knows"):
        answer(ledger_of(wiring, STRANGER), grave, "P-1", "w")

    assert look(store, grave).head == before


def test_a_stranger_may_ask(grave, wiring):
    assert incidents.judge(ledger_of(wiring, STRANGER), grave, "SEV3", "w").waits


def test_what_no_longer_holds_is_refused_and_nothing_is_done(ledger, grave, wiring, store):
    incidents.judge(ledger, grave, "SEV3", "w")
    incidents.judge(ledger, grave, "SEV0", "worse")
    before = look(store, grave).head

    with pytest.raises(Refused) as raised:
        approvals.approve(ledger_of(wiring), grave, "P-1")

    assert "was SEV1 when it was asked and is SEV0 now" in raised.value.message
    assert look(store, grave).head == before


def test_pressing_twice_asks_once_and_another_wish_is_another(ledger, grave):
    incidents.judge(ledger, grave, "SEV3", "w")
    again = incidents.judge(ledger, grave, "SEV3", "w")
    other = incidents.judge(ledger, grave, "SEV2", "w")

    assert (again.written.entries, again.approval["id"]) == ([], "P-1")
    assert other.approval["id"] == "P-2"


def test_a_drill_takes_one(ledger, apply_roster):
    apply_roster(ROSTER)

    done = incidents.judge(ledger, opened(ledger, drill=True), "SEV3", "w")

    assert kinds(done.written) == ["severity.changed"]


# ── break-glass ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_break_glass_is_done_at_once_and_reviewed_by_somebody_else(ledger, grave, wiring):
    done = incidents.judge(ledger, grave, "SEV3", "w", break_glass=True)

    assert kinds(done.written) == ["approval.asked", "severity.changed"]
    assert (done.written.incident.severity, done.waits, done.alone) == ("SEV3", False, False)
    assert done.written.entries[0].event.broken
    written, approval = approvals.approve(ledger_of(wiring), grave, None, "agreed")
    assert (kinds(written), approval["state"]) == (["approval.given"], "given")


def test_objecting_in_review_undoes_nothing(ledger, grave, wiring):
    incidents.judge(ledger, grave, "SEV3", "w", break_glass=True)

    written, _ = approvals.reject(ledger_of(wiring), grave, None, "it was too early")

    assert (kinds(written), written.incident.severity) == (["approval.refused"], "SEV3")


@pytest.mark.parametrize(
    "roster", ["", '[people.alice]\nname = "Alice"\nzone = "UTC"\nlogins = ["ang"]\n'], ids=["none", "one"]
)
def test_whoever_is_alone_is_not_stuck(ledger, apply_roster, roster):
    if roster:
        apply_roster(roster)

    done = incidents.judge(ledger, opened(ledger), "SEV3", "w")

    assert kinds(done.written) == ["approval.asked", "severity.changed"]
    assert (done.alone, done.approval["broken"], done.written.incident.severity) == (True, True, "SEV3")


def test_break_glass_where_one_is_enough_is_no_break_glass(ledger, incident, apply_roster):
    apply_roster(ROSTER)

    done = incidents.judge(ledger, incident, "SEV3", "w", break_glass=True)

    assert (kinds(done.written), done.needless, done.approval) == (["severity.changed"], True, None)


# ── decisions and actions ───────────────────────────────────────────────────────────────────────────────────────────


def test_not_to_refer_is_decided_when_somebody_else_agrees(ledger, grave, wiring, store):
    done = decisions.decide(ledger, grave, NOT_REFERRING)
    assert (done.waits, done.written.incident.judgement.decisions) == (True, {})

    written, _ = approvals.approve(ledger_of(wiring), grave, None)

    made = written.incident.judgement.decisions["D-1"]
    assert kinds(written) == ["approval.given", "decision.made"]
    assert (made["by"], made["declines"], made["approval"], made["threshold"]) == (
        "alice",
        "referral",
        "P-1",
        "imminence@2",
    )
    assert verify_store(store).sound


def test_once_grave_always_grave_for_not_referring(ledger, grave, wiring):
    incidents.judge(ledger, grave, "SEV3", "w")
    approvals.approve(ledger_of(wiring), grave, None)

    assert decisions.decide(ledger, grave, NOT_REFERRING).waits


@pytest.mark.parametrize(
    ("opening", "given", "waits"),
    [
        ({"harm": ("vex",)}, Doing(what="terminate-account", why="w"), True),
        ({"harm": ("har",)}, Doing(what="terminate-account", why="w"), False),
        ({"harm": ("har",)}, Doing(what="block_network", count=51, why="w"), True),
        ({"harm": ("har",)}, Doing(what="block_network", count=50, why="w"), False),
    ],
    ids=["contested", "not contested", "many", "not so many"],
)
def test_actions_that_take_two(ledger, apply_roster, wiring, opening, given, waits):
    apply_roster(ROSTER)
    id_ = opened(ledger, **opening)

    done = decisions.act(ledger, id_, given)

    assert done.waits == waits
    if waits:
        written, _ = approvals.approve(ledger_of(wiring), id_, None)
        assert kinds(written) == ["approval.given", "action.taken"]
        assert written.incident.judgement.actions["X-1"]["count"] == given.count


def test_an_answered_question_takes_the_approval_back(ledger, grave, wiring, store, clock):
    from datetime import timedelta

    from escalate.app import asking

    asking.ask(ledger, grave, "bob", "Refer?", due=clock.now() + timedelta(hours=1), options=("no", "yes"))
    decisions.decide(ledger, grave, NOT_REFERRING.but(question="A-1", choose="1"))
    decisions.decide(ledger_of(wiring), grave, Deciding(question="A-1", choose="2"))

    with pytest.raises(Refused, match="A-1 was answered since, by D-1"):
        approvals.approve(ledger_of(wiring), grave, "P-1")


def test_what_waits_is_found_anywhere_and_in_one_incident(ledger, grave, wiring, store):
    incidents.judge(ledger, grave, "SEV3", "w")
    other = opened(ledger)
    incidents.judge(ledger, other, "SEV3", "w")
    approvals.reject(ledger_of(wiring), other, None, "no")

    everywhere, _ = approvals.listed(store, None)
    of_one, _ = approvals.listed(store, other)

    assert [(one.ref, each["id"]) for one, each in everywhere] == [("INC-1", "P-1")]
    assert [each["state"] for _one, each in of_one] == ["refused"]
    with pytest.raises(NotFound):
        approvals.approve(ledger_of(wiring), other, None)


def test_the_labels_of_the_request_stand_on_what_comes_of_it(ledger, grave, wiring):
    incidents.judge(ledger, grave, "SEV3", "w", labels=frozenset({"sensitive"}))

    written, _ = approvals.approve(ledger_of(wiring), grave, None)

    assert [entry.labels for entry in written.entries if entry.kind == "severity.changed"] == ["sensitive"]


# ── who is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def told(wiring, id_):
    return {(one.to, one.purpose) for one in messages(wiring, incident=id_)}


COUNSEL = ROSTER + '\n[teams.counsel]\nname = "Counsel"\npeople = ["dana", "alice"]\nreads = ["privileged"]\n'


@pytest.mark.parametrize(
    ("roster", "lead", "to"),
    [
        (ROSTER, "bob", {"person:bob"}),
        (ROSTER, "alice", {"person:bob", "person:dana"}),
        (ROSTER, None, {"person:bob", "person:dana"}),
        (COUNSEL, None, {"person:dana"}),
        (COUNSEL, "bob", {"person:bob"}),
    ],
    ids=["the lead", "the lead asked", "whoever could do it", "who reads what is privileged", "the lead before them"],
)
def test_who_is_told_that_a_second_person_is_needed(ledger, apply_roster, wiring, roster, lead, to):
    apply_roster(roster)
    id_ = opened(ledger)
    if lead:
        incidents.change(ledger, id_, lambda found: states.assign(found, "lead", lead))

    incidents.judge(ledger, id_, "SEV3", "canary")

    assert told(wiring, id_) == {(one, "approval") for one in to}
    assert "canary" not in "".join(one.text for one in messages(wiring))
    assert "escalate approve P-1 INC-1" in messages(wiring)[0].text


def test_nobody_need_be_told_once_it_was_answered(ledger, grave, wiring):
    incidents.change(ledger, grave, lambda found: states.assign(found, "lead", "bob"))
    incidents.judge(ledger, grave, "SEV3", "w")
    assert [one.state for one in messages(wiring, incident=grave)] == ["queued"]

    approvals.approve(ledger_of(wiring), grave, None)

    assert [one.state for one in messages(wiring, incident=grave)] == ["cancelled"]


def test_break_glass_is_told_to_the_fallback_where_there_is_no_lead(ledger, grave, wiring):
    from escalate.app import paging

    paging.page(ledger, grave, ("policy:critical",))

    incidents.judge(ledger, grave, "SEV3", "w", break_glass=True)

    assert ("person:carol", "review") in told(wiring, grave)


def test_late_once_and_only_while_it_waits(ledger, grave, wiring, clock):
    incidents.change(ledger, grave, lambda found: states.assign(found, "lead", "bob"))
    incidents.judge(ledger, grave, "SEV3", "w")
    assert timing.pass_time(ledger, grave) is None
    clock.advance(hours=1)

    written = timing.pass_time(ledger, grave)

    assert kinds(written) == ["approval.late"]
    assert "LATE" in written.queued[0].text
    assert timing.pass_time(ledger, grave) is None
    assert approvals.approve(ledger_of(wiring), grave, None)[1]["state"] == "given"


def test_several_that_wait_must_be_named(ledger, grave, wiring):
    incidents.judge(ledger, grave, "SEV3", "w")
    decisions.decide(ledger, grave, NOT_REFERRING)

    with pytest.raises(Usage, match="P-1, P-2"):
        approvals.approve(ledger_of(wiring), grave, None)
