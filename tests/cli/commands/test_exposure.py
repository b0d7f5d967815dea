from __future__ import annotations

import os
import pwd

import pytest

from on_call import roster

LOGIN = pwd.getpwuid(os.getuid()).pw_name
MORE = """
[policies.night]
[[policies.night.steps]]
wait = "5m"
targets = ["schedule:ts"]
[care]
reveals = 1
"""


@pytest.fixture
def looked(escalate, apply_roster, incident):
    """A function: the login is that person, who looks once; what it said beside the answer."""

    def look(person):
        known = f'[people.{person}]\nlogins = ["{LOGIN}"]\n'
        apply_roster((roster() + MORE).replace(f"[people.{person}]\n", known))
        escalate("log 'a text' --label sensitive")
        return escalate("timeline --reveal --why 'to answer the authority'").stderr

    return look


def test_ones_own_looks_by_day_and_shift(escalate, looked):
    looked("alice")
    data = escalate("exposure --json").data

    assert (data["person"], data["people"], data["total"], data["last_24_hours"], data["limit"]) == (
        "alice",
        1,
        1,
        1,
        1,
    )
    assert len(data["days"]) == 7
    assert data["days"][-1] == {"day": "2026-11-21", "reveals": 1}
    [shift] = data["shifts"]
    assert (shift["schedule"], shift["end"], shift["reveals"]) == ("ts", None, 1)
    assert "does not claim" in data["claim"]
    shown = escalate("exposure --days 1").stdout
    assert "alice: masked texts were looked at once in the last 24 hours, once in 1 day." in shown
    assert "Sat 2026-11-21  1" in shown
    assert "does not claim that anybody is protected" in shown


def test_all_together_have_no_names(escalate, looked):
    looked("dana")
    done = escalate("exposure --all")

    assert "The 4 people of the roster together" in done.stdout
    assert "dana" not in done.stdout
    assert escalate("exposure --all --json").data["person"] is None


def test_it_can_be_asked_by_somebody_the_roster_does_not_know(escalate, incident):
    data = escalate("exposure --json").data

    assert (data["person"], data["total"], data["shifts"], data["limit"]) == (f"os:{LOGIN}", 0, [], None)
    assert "No number is set" in escalate("exposure").stdout


@pytest.mark.parametrize("days", ["0", "91", "x"])
def test_days_are_a_number_of_days(escalate, incident, days):
    assert escalate(f"exposure --days {days}").exit_code == 2


@pytest.mark.parametrize(
    ("person", "says"),
    [
        pytest.param("alice", "bob is next on ts and can take over now", id="on call"),
        pytest.param("dana", "On call on ts now: alice. They can go on: escalate assign lead alice", id="not on call"),
    ],
)
def test_past_the_number_somebody_is_named(looked, person, says):
    told = looked(person)

    assert "meant to be enough" in told
    assert says in told
