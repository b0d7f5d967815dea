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

    assert data == {"page": "INC-1/1", "by": "alice", "at": "2026-11-21T21:00:00+00:00"}


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
    assert "INC-1/1 (person:bob), INC-1/2 (person:alice)" in asked.stderr
    assert escalate(f"ack {named}").exit_code == (0 if named.startswith("INC") else 3)


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
