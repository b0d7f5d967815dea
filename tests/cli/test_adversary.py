"""Answers that must not land where nobody meant them, and the on-call record where an incident is expected."""

from __future__ import annotations

import pytest

from escalate.app import paging
from escalate.app.incidents import Opening, change, open_incident
from escalate.domain.incident import rules
from telling import events, kinds, roster

TURNS = """
[policies.turns]
[[policies.turns.steps]]
round_robin = true
targets = ["person:alice", "person:bob"]
"""


@pytest.fixture(autouse=True)
def rostered(apply_roster, incident):
    apply_roster(roster(more=TURNS))


@pytest.fixture
def other(ledger):
    """INC-2, on which the only page waits."""
    found = open_incident(ledger, Opening(title="another", severity="SEV1")).incident.id
    paging.page(ledger, found, ("person:bob",))
    return found


def answers(wiring, incident):
    return events(wiring, incident, "page.acknowledged")


@pytest.mark.parametrize("words", ["ack", "ack --all"])
def test_an_incident_named_in_the_environment_is_the_one_meant(escalate, environ, wiring, other, words):
    environ["ESCALATE_INCIDENT"] = "INC-1"

    assert escalate(words).exit_code == 3
    assert answers(wiring, other) == []


def test_a_page_elsewhere_is_not_answered_from_a_terminal_that_holds_an_incident(escalate, environ, wiring, other):
    environ["ESCALATE_SESSION"] = "one"
    escalate("use INC-1")

    done = escalate("ack")

    assert done.exit_code == 2
    assert "escalate ack INC-2/1" in done.stderr
    assert answers(wiring, other) == []
    assert escalate("ack -i INC-2 --json").data["state"] == "acknowledged"


def test_the_page_of_the_incident_in_hand_is_answered(escalate, environ, wiring, ledger, incident):
    environ["ESCALATE_SESSION"] = "one"
    paging.page(ledger, incident, ("person:bob",))
    escalate("use INC-1")

    assert "acknowledged" in escalate("ack").stdout
    assert len(answers(wiring, incident)) == 1


@pytest.mark.parametrize("last", ["INC-2/9", "INC-1", "INC-2/1 --at '2h ago'"])
def test_several_are_answered_together_or_none_is(escalate, wiring, ledger, incident, other, last):
    paging.page(ledger, other, ("person:alice",))

    done = escalate(f"ack INC-2/2 {last}")

    assert done.exit_code in {3, 4}
    assert answers(wiring, other) == []


def test_who_wants_to_decline_is_not_told_to_acknowledge(escalate, ledger, other):
    paging.page(ledger, other, ("person:alice",))

    said = escalate("decline").stderr

    assert "escalate decline INC-2/1" in said
    assert "escalate ack" not in said


@pytest.mark.slow
def test_every_page_is_every_page_however_many_incidents_are_newer(escalate, wiring, ledger, other):
    for number in range(201):
        open_incident(ledger, Opening(title=f"nr {number}", severity="SEV4", quiet=True))

    assert escalate("ack --all").exit_code in {0, 9}
    assert len(answers(wiring, other)) == 1


# ── the on-call record ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def on_call(ledger):
    with ledger.writing() as record:
        return record.on_call().id


def test_no_terminal_holds_the_on_call_record(escalate, environ, on_call):
    """What is then logged would be missing on the incident."""
    environ["ESCALATE_SESSION"] = "one"

    done = escalate("use ONCALL")

    assert done.exit_code == 4
    assert "no incident" in done.stderr
    assert escalate("log 'called the desk'").stdout.startswith("INC-1 ")


def test_no_incident_repeats_the_on_call_record(escalate, on_call, wiring, incident):
    done = escalate("close INC-1 --disposition duplicate --duplicate-of ONCALL --worst SEV4 --why x")

    assert done.exit_code == 4
    assert "incident.closed" not in kinds(wiring, incident)


# ── rehearsals ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", ["page alice", "page alice --test", "ping legal"])
def test_nothing_is_rehearsed_that_would_be_refused(escalate, ledger, incident, on_call, words):
    change(ledger, incident, lambda now: rules.close(now, "incident", "SEV2", None, ""))
    for ref in ("ONCALL", "INC-1"):
        meant, earnest = escalate(f"{words} --dry-run -i {ref}"), escalate(f"{words} -i {ref}")
        assert (meant.exit_code, earnest.exit_code) == (4, 4)
        assert meant.stderr == earnest.stderr


def test_a_rehearsal_asks_whose_turn_it_is(escalate, ledger, incident):
    said = []
    for _ in range(2):
        said.append(escalate("page policy:turns --dry-run --json -i INC-1").data[0]["to"])
        paging.page(ledger, incident, ("policy:turns",))

    assert said == ["person:alice", "person:bob"]
