"""Who may look at what one person did alone, what is not told of a closed incident, and guidance where couriers only pass by."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import access, approvals, decisions, guidance, incidents
from escalate.app.doctor import examine
from escalate.app.incidents import Opening
from escalate.app.ledger import Author
from escalate.domain.decision.rules import Deciding
from escalate.errors import Refused
from escalate.wiring.patient import Patient
from two_people import BOB, ROSTER, ledger_of, wired_as

ANGELA = Author(actor="angela", person="angela", source="test", origin="desk")


@pytest.fixture
def reviewed(ledger, apply_roster):
    """An incident on which Alice alone did what takes two: P-1 is to be reviewed."""
    apply_roster(ROSTER)
    id_ = incidents.open_incident(ledger, Opening(title="t", severity="SEV0", quiet=True)).incident.id
    wish = Deciding(question="Refer?", choose="no", why="w", declines="referral")
    decisions.decide(ledger, id_, wish, break_glass=True)
    return id_


@pytest.mark.parametrize("answer", [approvals.approve, approvals.reject])
def test_nobody_reviews_under_another_name_what_they_did_alone(ledger, reviewed, wiring, apply_roster, answer):
    apply_roster(ROSTER.replace("alice", "angela"))

    with pytest.raises(Refused, match="somebody else"):
        answer(ledger_of(wiring, ANGELA), reviewed, "P-1", "fine")


def test_who_left_can_still_be_reviewed_by_anybody_else(ledger, reviewed, wiring, apply_roster):
    apply_roster(ROSTER.replace("alice", "angela"))

    _written, approval = approvals.approve(ledger_of(wiring, BOB), reviewed, "P-1", "it was right")

    assert approval["state"] == "given"


def test_whoever_broke_the_glass_does_not_review_it_under_another_name(ledger, wiring, apply_roster, environ, clock):
    apply_roster(ROSTER)
    bobs = wired_as(environ, clock, BOB)
    closed = incidents.open_incident(
        bobs.ledger, Opening(title="t", severity="SEV2", restricted=True, quiet=True)
    ).incident.id
    access.break_glass(ledger, "INC-1", "needed")
    from escalate.app.timing import pass_time

    pass_time(bobs.ledger, closed)
    apply_roster(ROSTER.replace("alice", "angela"))
    angelas = wired_as(environ, clock, ANGELA)
    access.break_glass(angelas.ledger, "INC-1", "again")

    with pytest.raises(Refused, match="somebody else"):
        approvals.approve(angelas.ledger, closed, "P-1", "fine")
    bobs.store.close()
    angelas.store.close()


def test_doctor_does_not_name_what_is_closed_to_who_asks(ledger, wiring, apply_roster, environ, clock):
    apply_roster(ROSTER)
    incidents.open_incident(ledger, Opening(title="t", severity="SEV2", harm=("frd",), restricted=True, quiet=True))
    bobs = wired_as(environ, clock, BOB)

    def about(whose):
        return [one.what for one in examine(Patient(whose), clock.now(), calls=False) if "INC-" in one.what]

    assert about(wiring) == ["authorities for INC-1"]
    assert about(bobs) == []
    bobs.store.close()


def test_work_once_takes_up_what_waited_for_guidance(ledger, incident, wiring, clock, escalate, tmp_path):
    file = tmp_path / "clauses.toml"
    text = '[[clauses]]\nid = "har-3.2"\nversion = {}\ntitle = "t"\ntext = "w"\nowner = "o"\neffective_from = {}\n'
    text += '[[clauses.elements]]\nid = "repeated"\ntext = "w"\n'
    later = (clock.now() + timedelta(days=2)).date()
    file.write_text(text.format(1, "2026-01-01") + text.format(2, later), encoding="utf-8")
    from escalate.adapters.guidance_file import read

    guidance.apply(ledger, read([file], lambda _path: file.read_text(encoding="utf-8")))
    clock.advance(minutes=1)
    wish = Deciding(question="Refer?", choose="no", why="w", review_on=("clause:har-3.2",))
    decisions.decide(ledger, incident, wish)
    clock.advance(days=3)

    escalate("work --once", wired=wiring)

    with wiring.store.reading() as look:
        assert look.incident(incident).judgement.decisions["D-1"]["state"] == "reopened"


@pytest.fixture
def broken(ledger, apply_roster, environ, clock):
    """The id of INC-1, which Bob opened restricted and Alice broke open, and Bob's ledger."""
    apply_roster(ROSTER)
    bobs = wired_as(environ, clock, BOB)
    opening = Opening(title="t", severity="SEV2", restricted=True, quiet=True)
    id_ = incidents.open_incident(bobs.ledger, opening).incident.id
    access.break_glass(ledger, "INC-1", "needed")
    from escalate.app.timing import pass_time

    pass_time(bobs.ledger, id_)
    yield id_, bobs.ledger
    bobs.store.close()


def test_whoever_let_themselves_in_shuts_nobody_out_until_that_was_reviewed(ledger, broken):
    id_, bobs = broken
    with pytest.raises(Refused, match="breaking the glass"):
        access.revoke(ledger, id_, "bob")
    access.grant(ledger, id_, "dana")  # whoever is needed can be let in

    approvals.approve(bobs, id_, "P-1", "it was needed")

    assert access.revoke(ledger, id_, "bob")[1] == "person:bob"


def test_whoever_let_themselves_in_can_leave_and_may_do_as_those_do_who_were_let_in(ledger, broken):
    id_, bobs = broken
    access.revoke(ledger, id_, "alice")
    access.grant(bobs, id_, "alice")

    assert access.revoke(ledger, id_, "bob")[1] == "person:bob"


def test_a_late_call_back_is_shown_also_where_the_incident_was_closed(ledger, incident, clock, store):
    from escalate.app.awaited import awaited
    from escalate.domain.incident import rules
    from escalate.domain.timeline.outward import ReferralDrafted, ReferralSent

    with ledger.writing() as record:
        due = clock.now() + timedelta(minutes=5)
        record.append(
            record.incident(incident),
            ReferralDrafted(referral="R-1", authority="example-desk", basis="b", disclosed=[], sha256="0" * 64),
            ReferralSent(referral="R-1", reference="r", call_back=due),
        )
    incidents.change(ledger, incident, lambda one: rules.close(one, "incident", "SEV2", None, ""))
    clock.advance(minutes=6)

    with store.reading() as look:
        [one] = awaited(look, [], look.roster(), clock.now())

    assert (one.kind, one.id, one.late) == ("call-back", "R-1", True)
