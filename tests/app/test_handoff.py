"""The hand-off note, who is told of it, and what accepting it does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import incidents, paging
from escalate.app.handoff import accept_handoff, handoffs, offer_handoff
from escalate.app.incidents import Opening
from escalate.app.ledger import Author, Ledger
from escalate.domain.incident import rules
from escalate.errors import NotFound, Refused
from on_call import roster
from telling import Line, Lines, courier, messages, states


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster())


@pytest.fixture
def as_(ledger, store):
    def writer(person):
        return Ledger(store, ledger.clock, Author(actor=person, person=person, source="test"), ledger.texts)

    return writer


def lead(ledger, incident, person):
    incidents.change(ledger, incident, lambda state: rules.assign(state, "lead", person))


def test_the_next_person_is_told_that_something_waits(ledger, wiring, incident):
    written, made = offer_handoff(ledger, "ts", note="the desk calls back at nine")

    assert (made.id, made.giver, made.taker) == ("H-1", "alice", "bob")
    assert [one["ref"] for one in made.items["incidents"]] == ["INC-1"]
    [message] = written.queued
    assert (message.to, message.via, message.purpose) == ("person:bob", "hook", "handoff")
    assert message.text.splitlines()[:3] == [
        "HAND-OFF H-1 of ts",
        "Bob Okoro: Alice Ng hands over to you: 1 open incident.",
        "Read and accept it: escalate oncall handoff --accept H-1",
    ]
    assert "desk" not in message.text
    assert "sign-ups" not in str(message.details)


def test_all_ways_are_used_but_pagers(as_, wiring):
    offer_handoff(as_("bob"), "ts", to="alice")
    offer_handoff(as_("bob"), "ts", to="carol")

    assert states(wiring) == [("person:alice", "hook", "queued"), ("person:carol", "pager", "queued")]


def test_pages_and_messages_nobody_has_answered_are_in_the_note(ledger, incident):
    paging.page(ledger, incident, ("policy:critical",))

    _, made = offer_handoff(ledger, "ts")

    assert made.items["pages"] == [{"page": "INC-1/1", "target": "policy:critical", "state": "open"}]
    assert [(one["to"], one["via"], one["state"]) for one in made.items["messages"]] == [
        ("Alice Ng", "hook", "queued"),
        ("Alice Ng", "pager", "queued"),
    ]


def test_what_a_sensitive_incident_is_about_is_not_in_it(ledger):
    id_ = incidents.open_incident(ledger, Opening(title="words", severity="SEV1", harm=("life",))).incident.id
    paging.page(ledger, id_, ("policy:critical",))

    _, made = offer_handoff(ledger, "ts")

    assert made.items["pages"][0]["target"] is None
    assert "words" not in str(made.items)


def test_closed_incidents_are_left_out(ledger, incident):
    incidents.change(ledger, incident, lambda state: rules.close(state, "not-an-incident", "SEV4", None, ""))

    assert offer_handoff(ledger, "ts")[1].items["incidents"] == []


def test_accepting_takes_over_what_the_giver_leads(ledger, as_, store, incident):
    other = incidents.open_incident(ledger, Opening(title="another", severity="SEV3")).incident.id
    lead(ledger, incident, "alice")
    lead(ledger, other, "carol")
    offer_handoff(ledger, "ts")
    later = incidents.open_incident(ledger, Opening(title="opened after the note", severity="SEV3")).incident.id
    lead(ledger, later, "alice")

    written, made, led = accept_handoff(as_("bob"), "h-1")

    assert [one.ref for one in led] == ["INC-1"]
    assert (made.accepted_by, made.accepted_at) == ("bob", ledger.clock.now())
    assert "handoff.accepted" in [entry.kind for entry in written.entries]
    with store.reading() as look:
        leads = [look.incident(one).roles["lead"] for one in (incident, other, later)]
    assert leads == ["bob", "carol", "alice"]


def test_accepting_twice_is_once(ledger, as_):
    offer_handoff(ledger, "ts")
    accept_handoff(as_("bob"), "H-1")

    written, made, led = accept_handoff(as_("bob"), "H-1")

    assert (written.entries, led, made.accepted_by) == ([], [], "bob")


def test_whoever_has_accepted_need_not_be_told(ledger, as_, wiring):
    offer_handoff(ledger, "ts")
    accept_handoff(as_("bob"), "H-1")

    assert states(wiring) == [("person:bob", "hook", "cancelled")]


@pytest.mark.parametrize("person", ["alice", "carol", "os:root"])
def test_nobody_else_accepts_it(ledger, as_, store, person):
    offer_handoff(ledger, "ts")

    with pytest.raises(Refused, match="written for bob"):
        accept_handoff(as_(person), "H-1")

    assert handoffs(store)[0].accepted_by is None


def test_nobody_hands_over_to_themselves(ledger):
    with pytest.raises(Refused, match="alice cannot hand over to alice"):
        offer_handoff(ledger, "ts", to="alice")


def test_one_that_was_never_written_is_not_found(ledger, as_, store):
    assert handoffs(store) == []
    with pytest.raises(NotFound, match="no hand-off 'H-1'"):
        accept_handoff(as_("bob"), "H-1")


def test_the_schedule_is_the_one_the_giver_is_on_call_in(ledger):
    assert offer_handoff(ledger)[1].schedule == "ts"


def test_it_is_sent_as_everything_is(ledger, wiring):
    offer_handoff(ledger, "ts")
    line = Line()

    courier(wiring, Lines(hook=line)).run(5)

    assert [message.subject for message in line.sent] == ["HAND-OFF H-1 of ts"]
    assert [message.state for message in messages(wiring)] == ["sent"]


def test_the_newest_is_listed_first(ledger, store, clock):
    offer_handoff(ledger, "ts")
    clock.advance(minutes=1)
    offer_handoff(ledger, "ts", to="carol")

    assert [one.id for one in handoffs(store)] == ["H-2", "H-1"]
    assert handoffs(store)[0].at - handoffs(store)[1].at == timedelta(minutes=1)
