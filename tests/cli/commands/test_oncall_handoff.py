"""`oncall handoff`: writing the note, listing, accepting."""

from __future__ import annotations

import pytest

from escalate.app.handoff import offer_handoff
from escalate.app.ledger import Author, Ledger
from on_call import roster


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    import getpass

    login = getpass.getuser()
    apply_roster(
        roster().replace('zone = "Europe/London"\nslack', f'zone = "Europe/London"\nlogins = ["{login}"]\nslack')
    )


def test_a_note_is_written_and_said_to_be_owed(escalate, incident):
    done = escalate("oncall handoff --note - --json", stdin="the desk calls back at nine\n")

    assert done.data["id"] == "H-1"
    assert (done.data["schedule"], done.data["giver"], done.data["taker"]) == ("ts", "alice", "bob")
    assert done.data["note"] == "the desk calls back at nine"
    assert [one["ref"] for one in done.data["incidents"]] == ["INC-1"]
    assert (done.data["pages"], done.data["clocks"], done.data["tasks"]) == ([], [], [])
    # No courier runs here, and the webhook of the roster is not set up: that is said.
    assert done.exit_code == 9


def test_it_shows_what_is_handed_over(escalate, incident):
    escalate("runbook start threat-to-life INC-1")
    escalate("page person:dana -i INC-1")

    done = escalate("oncall handoff ts --to carol --note 'call the desk'")

    lines = done.stdout.splitlines()
    assert lines[0].startswith("ONCALL #2")
    assert "H-1  ts: alice to carol" in lines[1]
    assert "1 open incident, 1 page nobody has answered" in lines[2]
    assert "  call the desk" in lines
    assert any("page INC-1/1  person:dana" in line for line in lines)
    assert any("runbook threat-to-life" in line and "next 1" in line for line in lines)


def test_the_next_person_accepts_it_once(escalate, ledger, store, incident):
    escalate("assign lead bob INC-1")
    offer_handoff(Ledger(store, ledger.clock, Author(actor="bob", person="bob"), ledger.texts), "ts", to="alice")

    done = escalate("oncall handoff --accept h-1")

    assert done.stdout.startswith("ONCALL #4")
    assert "lead of INC-1" in done.stdout
    assert escalate("show INC-1 --json").data["roles"] == {"lead": "alice"}
    again = escalate("oncall handoff --accept H-1 --json")
    assert again.exit_code == 0
    assert (again.data["accepted_by"], again.data["lead_of"]) == ("alice", [])


def test_somebody_else_is_told_what_to_do(escalate):
    escalate("oncall handoff ts")

    done = escalate("oncall handoff --accept H-1")

    assert done.exit_code == 4
    assert "written for bob" in done.stderr
    assert "escalate oncall handoff ts --to NAME" in done.stderr


def test_those_that_nobody_accepted_are_listed_in_full(escalate):
    assert "no hand-off" in escalate("oncall handoff --list").stdout
    escalate("oncall handoff ts --note 'call the desk'")

    assert "call the desk" in escalate("oncall handoff --list").stdout
    assert [one["id"] for one in escalate("oncall handoff --list --json").data] == ["H-1"]


@pytest.mark.parametrize("words", ["ts --list", "--accept H-1 --list", "--accept H-1 --to bob", "--list --note x"])
def test_three_things_are_not_done_at_once(escalate, words):
    done = escalate(f"oncall handoff {words}")

    assert done.exit_code == 2
    assert "three things" in done.stderr


def test_what_looks_like_an_identifier_is_pointed_out(escalate):
    done = escalate("oncall handoff ts --note 'ask somebody@example.org'")

    assert "holds what looks like" in done.stderr
