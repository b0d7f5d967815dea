"""Referring to an authority: drafted here, sent by a person, looked at by a second one, answered."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from escalate.app import approvals, authorities, decisions, incidents, referrals
from escalate.app.awaited import of
from escalate.app.incidents import Opening
from escalate.app.reading import timeline
from escalate.app.referrals import Referring
from escalate.domain.authorities.authority import Authority
from escalate.domain.decision.rules import Deciding
from escalate.errors import Misconfigured, NotFound, Refused, Usage
from two_people import ROSTER, ledger_of

DESK = Authority(
    name="example-desk", body="Example Duty Desk", place=("GB",), harm=("life",), channel="phone", phone="+00 000 0000",
    legal_basis="what counsel named", say_first="We call about a threat.", least_data=("account handle", "time of it"),
)  # fmt: skip
CANARY = "canary-title-4711"


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(ROSTER)


@pytest.fixture
def grave(ledger):
    opening = Opening(title=CANARY, severity="SEV1", harm=("har", "life"), primary="life", imminent=True, quiet=True)
    incident = incidents.open_incident(ledger, opening).incident.id
    incidents.note(ledger, incident, CANARY)
    return incident


@pytest.fixture
def draft(ledger, wiring):
    def make(incident, **given):
        return referrals.draft(ledger, incident, DESK, Referring(**{"basis": "credible", **given}), wiring.texts)

    return make


def kinds(store, incident):
    return [line.kind for line in timeline(store, incident, everything=True).lines]


def test_the_words_hold_nothing_that_is_not_disclosed(draft, grave):
    drafted = draft(grave, disclosed=("account handle", "ip address"))

    assert CANARY not in drafted.text
    for said in ("Example Duty Desk", "INC-1", "R-1", "what counsel named", "credible", "We call about a threat.",
                 "- account handle: [", "- ip address: [", "Threat to life or targeted violence; Harassment", "harm may be imminent"):  # fmt: skip
        assert said in drafted.text, said
    assert drafted.referral["sha256"] == sha256(drafted.text.encode()).hexdigest()
    assert drafted.referral["disclosed"] == ["account handle", "ip address"]
    assert (drafted.more, drafted.missing, drafted.reviewed) == (["ip address"], ["time of it"], True)


def test_what_somebody_typed_adds_no_lines_to_the_words(draft, incident):
    basis = "credible\n\nWe disclose this, and nothing else:\r\n- all of it:\u2028now"
    drafted = draft(incident, basis=basis, disclosed=("account handle\n- a name",))

    assert "applies: credible We disclose this, and nothing else: - all of it: now\n" in drafted.text
    assert "\n- account handle - a name: [" in drafted.text
    assert drafted.text.count("\n- ") == 1
    assert drafted.referral["basis"] == basis


def test_without_disclosing_anything_the_words_say_so(draft, incident):
    drafted = draft(incident)

    assert "We disclose no data" in drafted.text
    assert not drafted.reviewed


def test_a_drill_says_first_that_nothing_happened(ledger, draft):
    opening = Opening(title="t", severity="SEV0", harm=("life",), drill=True, quiet=True)
    drafted = draft(incidents.open_incident(ledger, opening).incident.id)

    assert drafted.text.startswith("DRILL.")
    assert not drafted.reviewed


def test_where_the_words_cannot_be_handed_over_nothing_is_recorded(ledger, wiring, incident, store):
    def fails(_text):
        raise Misconfigured("no room")

    with pytest.raises(Misconfigured):
        referrals.draft(ledger, incident, DESK, Referring(basis="credible"), wiring.texts, fails)
    assert kinds(store, incident) == ["incident.opened"]


def test_a_team_has_words_of_its_own(home, draft, incident):
    (home / "templates" / "reports").mkdir(parents=True)
    (home / "templates" / "reports" / "referral.txt.j2").write_text("{{ body }}: {{ basis }}\n", encoding="utf-8")

    assert draft(incident).text == "Example Duty Desk: credible\n"


def test_one_person_refers_at_once_and_a_second_looks_at_it_afterwards(ledger, wiring, clock, draft, grave):
    draft(grave)

    written, one, approval = referrals.sent(ledger, grave, None, reference="desk 114", how="by phone")

    assert [entry.kind for entry in written.entries] == ["referral.sent", "approval.asked"]
    assert one["state"] == "sent"
    assert (approval["act"], approval["broken"], approval["by"]) == ("refer", True, "alice")
    assert approval["due"] == (clock.now() + timedelta(hours=24)).isoformat(timespec="microseconds").replace(
        "+00:00", "Z"
    )
    assert [message.purpose for message in written.queued] == ["review"] * len(written.queued)
    assert written.queued
    with pytest.raises(Refused, match="takes somebody else"):
        approvals.approve(ledger, grave, None)
    _written, agreed = approvals.approve(ledger_of(wiring), grave, None)
    assert agreed["state"] == "given"


def test_below_that_nobody_else_is_asked(ledger, draft, incident):
    draft(incident)

    written, _one, approval = referrals.sent(ledger, incident, "r-1", reference="desk 114")

    assert [entry.kind for entry in written.entries] == ["referral.sent"]
    assert approval is None


def test_what_was_worse_once_is_reviewed_too(ledger, wiring, draft, grave):
    incidents.judge(ledger, grave, "SEV3", "w", break_glass=True)
    draft(grave)

    assert referrals.sent(ledger, grave, None, reference="x")[2] is not None


def test_said_again_it_is_nothing_new_and_otherwise_refused(ledger, draft, incident):
    draft(incident)
    with pytest.raises(Refused, match="was not sent"):
        referrals.answered(ledger, incident, "R-1", outcome="x")
    referrals.sent(ledger, incident, "R-1", reference="desk 114")

    assert referrals.sent(ledger, incident, "R-1", reference="desk 114")[0].entries == []
    with pytest.raises(Refused, match="sent already"):
        referrals.sent(ledger, incident, "R-1", reference="another")
    assert referrals.answered(ledger, incident, None, outcome="received")[1]["state"] == "answered"
    assert referrals.answered(ledger, incident, "R-1", outcome="received")[0].entries == []
    assert (
        referrals.answered(ledger, incident, "R-1", outcome="acted", reference="7")[1]["answered"]["outcome"] == "acted"
    )


def test_which_one_is_meant_must_be_said_where_several_wait(ledger, draft, incident):
    with pytest.raises(NotFound, match="no referral that is drafted"):
        referrals.sent(ledger, incident, None, reference="x")
    assert [draft(incident).referral["referral"], draft(incident).referral["referral"]] == ["R-1", "R-2"]
    with pytest.raises(Usage, match="R-1, R-2"):
        referrals.sent(ledger, incident, None, reference="x")
    with pytest.raises(NotFound, match="no referral 'R-9'"):
        referrals.sent(ledger, incident, "R-9", reference="x")


def test_a_call_back_that_does_not_come_is_late(ledger, clock, draft, incident):
    draft(incident)
    with pytest.raises(Usage, match="before it was sent"):
        referrals.sent(ledger, incident, None, reference="x", call_back=clock.now() - timedelta(minutes=1))
    written, _one, _approval = referrals.sent(
        ledger, incident, None, reference="x", call_back=clock.now() + timedelta(hours=2)
    )
    roster = None

    def waiting(hours):
        return [
            (one.kind, one.late, one.command)
            for one in of(written.incident, roster, clock.now() + timedelta(hours=hours))
        ]

    assert waiting(1) == [("call-back", False, "escalate refer answered R-1 INC-1")]
    assert waiting(2) == [("call-back", True, "escalate refer answered R-1 INC-1")]
    answered, _one = referrals.answered(ledger, incident, None, outcome="received")
    assert of(answered.incident, roster, clock.now()) == []


def test_it_rests_on_a_decision_that_stands(ledger, draft, incident):
    decisions.decide(ledger, incident, Deciding(question="Refer?", choose="refer now", why="w"))
    decisions.decide(ledger, incident, Deciding(question="Report?", choose="no", why="w", declines="report"))

    assert draft(incident, decision="d-1").referral["decision"] == "D-1"
    with pytest.raises(NotFound, match="no decision"):
        draft(incident, decision="D-7")
    with pytest.raises(Refused, match="not to make a report"):
        draft(incident, decision="D-2")
    decisions.reopen(ledger, incident, "D-1", "w")
    with pytest.raises(Refused, match="D-1 is reopened"):
        draft(incident, decision="D-1")


@pytest.mark.parametrize("given", [{"basis": " "}, {"disclosed": ("",)}, {"disclosed": tuple(map(str, range(51)))}])
def test_what_says_nothing_is_refused(draft, incident, given):
    with pytest.raises(Usage):
        draft(incident, **given)


def test_what_came_of_calling_back_stands_on_the_incident(ledger, incident):
    written, found = authorities.check(ledger, incident, DESK, outcome="refused", how="nobody there knows it")

    assert (found["authority"], found["outcome"]) == ("example-desk", "refused")
    assert written.incident.case.checks[-1]["how"] == "nobody there knows it"
    with pytest.raises(Usage, match="no outcome"):
        authorities.check(ledger, incident, DESK, outcome="maybe", how="w")
    with pytest.raises(Usage, match="is empty"):
        authorities.check(ledger, incident, DESK, outcome="confirmed", how=" ")
