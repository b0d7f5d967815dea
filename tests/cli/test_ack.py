"""`ack`: one word at 03:00 must do the right thing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import paging
from escalate.app.incidents import Opening, open_incident
from escalate.domain.instants import to_text
from telling import TOKENS, Receivers, events, messages, roster


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture(autouse=True)
def set_up(environ, httpserver, receivers, apply_roster, incident, store, clock):
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for("")))
    at = to_text(clock.now())
    with store.writing() as tx:
        tx.beat({"id": "x", "host": "h", "pid": 1, "socket": "00", "started_at": at, "beat_at": at})


def test_the_only_page_that_waits_is_answered(escalate, receivers, wiring, incident):
    escalate("page policy:critical")
    done = escalate("ack --for alice")

    assert done.exit_code == 0
    assert "acknowledged" in done.stdout
    assert [m.state for m in messages(wiring)] == ["acknowledged", "cancelled", "sent"]
    assert [body["event_action"] for body in receivers.by("pager")] == ["acknowledge"]
    assert events(wiring, incident, "page.acknowledged")[0].by == "alice"


def test_json_says_which_by_whom_and_when(escalate):
    escalate("page alice")

    data = escalate("ack 1 --for person:alice --heard phone --json").data

    assert data == {
        "page": "INC-1/1", "state": "acknowledged", "by": "alice", "at": "2026-11-21T21:00:00+00:00",
        "second_hand": True, "answered": ["alice"], "declined": [], "silent": [],
    }  # fmt: skip


def test_who_answers_is_who_is_at_the_keyboard(escalate, wiring, incident, apply_roster, httpserver):
    import getpass

    text = roster(httpserver.url_for("")).replace(
        'name = "Bob Okoro"', f'name = "Bob Okoro"\nlogins = ["{getpass.getuser()}"]'
    )
    apply_roster(text)
    escalate("page bob")

    escalate("ack")

    [answered] = events(wiring, incident, "page.acknowledged")
    assert (answered.by, answered.heard) == ("bob", None)


def test_the_page_is_found_among_several_incidents(escalate, ledger, wiring, incident):
    for title in ("another", "a third"):
        open_incident(ledger, Opening(title=title, severity="SEV1"))
    paging.page(ledger, incident, ("person:bob",))

    done = escalate("ack")

    assert done.stdout.startswith("INC-1 ")
    assert done.exit_code == 0


@pytest.mark.parametrize("named", ["INC-1/2", "2 -i INC-1/2", "INC-1/1"])
def test_of_several_that_wait_one_is_named(escalate, ledger, incident, named):
    paging.page(ledger, incident, ("person:bob", "person:alice"))
    asked = escalate("ack")

    assert asked.exit_code == 2
    assert "(person:bob); INC-1/2 " in asked.stderr
    assert escalate(f"ack {named}").exit_code == 0


def test_a_second_answer_is_recorded_and_the_same_again_is_not(escalate, wiring, incident):
    escalate("page bob")
    escalate("ack --for bob")

    second, again = escalate("ack INC-1/1 --for alice"), escalate("ack INC-1/1 --for alice")

    assert (second.exit_code, again.exit_code) == (0, 0)
    assert "it was so already" not in second.stdout
    assert "it was so already" in again.stdout
    assert [one.by for one in events(wiring, incident, "page.acknowledged")] == ["bob", "alice"]


def test_an_answer_to_a_cancelled_page_is_not_thrown_away(escalate):
    escalate("page bob")
    escalate("page cancel INC-1/1")

    done = escalate("ack INC-1/1 --for bob --heard phone --json")

    assert (done.exit_code, done.data["by"]) == (0, "bob")
    assert "cancelled" in escalate("show INC-1").stdout
    assert escalate("verify").exit_code == 0


def test_an_answer_before_the_page_is_refused(escalate, wiring, incident):
    escalate("page bob")

    done = escalate("ack --for bob --at '2h ago'")

    assert done.exit_code == 4
    assert "opened at 2026-11-21 21:00:00Z" in done.stderr
    assert events(wiring, incident, "page.acknowledged") == []


def test_a_page_that_was_cancelled_is_not_escalated(escalate):
    escalate("page bob")
    escalate("page cancel INC-1/1")

    assert escalate("page escalate INC-1/1").exit_code == 4


def test_nothing_waits(escalate):
    done = escalate("ack")

    assert done.exit_code == 3
    assert "no page to acknowledge" in done.stderr


def test_somebody_unknown_cannot_have_answered(escalate):
    escalate("page bob")

    done = escalate("ack --for eve")

    assert done.exit_code == 2
    assert "alice, bob" in done.stderr


def test_an_answer_given_earlier_has_its_own_time(escalate, clock, store, incident):
    escalate("page bob")
    clock.advance(minutes=4)

    escalate("ack --for bob --heard phone --at '3m ago'")

    with store.reading() as look:
        [answered] = [entry for entry in look.entries(incident) if entry.kind == "page.acknowledged"]
    assert answered.recorded - answered.at == timedelta(minutes=3)


def test_an_answer_heard_of_late_counts_from_when_it_was_given(escalate, clock, incident):
    escalate("page bob")
    clock.advance(minutes=4)

    done = escalate("ack --for bob --heard phone --at '3m ago' --json")

    assert done.data["at"] == "2026-11-21T21:01:00+00:00"


# ── codes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def code_of(wiring, person, page=0):
    """What stands in the person's message of their page."""
    found = [m for m in messages(wiring) if m.to == f"person:{person}" and m.purpose == "page"]
    said = found[page].text
    return said.partition("escalate ack ")[2].split()[0]


def test_a_code_answers_for_the_person_whose_message_it_was_in(escalate, wiring, incident):
    escalate("page policy:critical")

    done = escalate(f"ack {code_of(wiring, 'alice').lower()} --heard phone")

    assert done.exit_code == 0
    [answered] = events(wiring, incident, "page.acknowledged")
    assert (answered.by, answered.heard, answered.second_hand) == ("alice", "phone", False)


def test_without_the_code_an_answer_is_second_hand_and_no_time_to_acknowledge(escalate, wiring, incident, clock):
    escalate("page alice")
    escalate("page bob")
    clock.advance(minutes=4)

    by_hearsay = escalate("ack INC-1/1 --for alice --heard phone --json").data
    assert by_hearsay["second_hand"] is True
    assert escalate("report --format json -o -").stdout
    assert '"acknowledge": null' in escalate("report --format json -o -").stdout

    by_code = escalate(f"ack {code_of(wiring, 'bob')} --heard phone --json").data
    assert by_code["second_hand"] is False
    assert '"acknowledge": 240' in escalate("report --format json -o -").stdout


def test_several_codes_answer_several_pages_and_no_other(escalate, wiring, ledger, incident):
    for title in ("another", "a third"):
        other = open_incident(ledger, Opening(title=title, severity="SEV1")).incident.id
        paging.page(ledger, other, ("person:alice",))
    paging.page(ledger, incident, ("person:bob",))

    done = escalate(f"ack {code_of(wiring, 'alice', 0)} {code_of(wiring, 'alice', 1)} --json")

    assert [one["state"] for one in done.data] == ["acknowledged", "acknowledged"]
    assert done.stdout.count('"page": "INC-1/1"') == 0
    assert len(events(wiring, incident, "page.acknowledged")) == 0


def test_all_answers_every_page_that_waits(escalate, ledger, wiring, incident):
    other = open_incident(ledger, Opening(title="another", severity="SEV1")).incident.id
    paging.page(ledger, incident, ("person:bob", "person:alice"))
    paging.page(ledger, other, ("person:bob",))

    done = escalate("ack --all --for bob")

    assert done.exit_code == 0
    assert [len(events(wiring, one, "page.acknowledged")) for one in (incident, other)] == [2, 1]
    assert escalate("ack --all").exit_code == 3


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        ("ZZZZ", 3, "No page has the code ZZZZ"),
        ("CODE --for bob", 2, "is alice's code"),
        ("CODE --all", 2, "leave the words out"),
    ],
)
def test_a_code_that_does_not_fit(escalate, wiring, words, exit_code, said):
    escalate("page alice")

    done = escalate("ack " + words.replace("CODE", code_of(wiring, "alice")))

    assert done.exit_code == exit_code
    assert said in done.stderr


def test_two_that_are_alike_are_both_named_and_neither_is_answered(escalate, ledger, wiring, store, incident):
    paging.page(ledger, incident, ("person:bob", "person:alice"))
    code = code_of(wiring, "alice")
    with store.writing() as tx:
        tx.run("save_code", code=code, incident=incident, page=next(iter(tx.incident(incident).pages)), person="bob")

    done = escalate(f"ack {code}")

    assert done.exit_code == 2
    assert "code of several" in done.stderr
    assert events(wiring, incident, "page.acknowledged") == []


def test_a_code_outlives_a_rebuild(escalate, wiring):
    escalate("page alice")
    escalate("db rebuild")

    assert escalate(f"ack {code_of(wiring, 'alice')}").exit_code == 0


# ── declining ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_cannot_take_it_wakes_the_next_at_once(escalate, wiring, incident):
    escalate("page policy:critical")

    done = escalate(f"decline {code_of(wiring, 'alice')} --heard phone")

    assert done.exit_code == 0
    [no] = events(wiring, incident, "page.declined")
    assert (no.by, no.heard) == ("alice", "phone")
    assert [one.people for one in events(wiring, incident, "page.step_fired")] == [["alice"], ["bob"]]
    assert {m.state for m in messages(wiring) if m.to == "person:alice"} <= {"sent", "cancelled"}


def test_a_page_that_was_answered_cannot_be_declined(escalate, wiring, incident):
    escalate("page alice")
    escalate("ack --for alice")

    done = escalate("decline INC-1/1 --for alice")

    assert done.exit_code == 4
    assert "page escalate INC-1/1" in done.stderr


def test_declining_twice_is_nothing_new(escalate, wiring, incident):
    escalate("page policy:critical")
    escalate("decline --for alice")

    assert "it was so already" in escalate("decline --for alice").stdout
    assert len(events(wiring, incident, "page.declined")) == 1
