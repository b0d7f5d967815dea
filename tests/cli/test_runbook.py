from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.shell_completion import split_arg_string

from escalate.adapters.library import Library
from escalate.app import paging
from escalate.resources import bundled
from telling import roster

SECURITY = """
[teams.security]
name = "Security"
people = ["bob"]
"""


@pytest.fixture
def opened(escalate):
    escalate("init")
    assert escalate("open 'Held back' --severity SEV1 --harm cse").exit_code in {0, 9}
    return escalate


def test_a_runbook_is_found_started_and_worked_through(opened):
    listed = opened("runbook list --json").data
    assert (listed[0]["name"], listed[0]["fits"]) == ("child-safety", True)

    started = opened("runbook start child-safety --json").data
    assert started["progress"]["next"] == 1
    assert opened("runbook done 1 --note 'closed it' --json").data["progress"]["done"] == 1
    assert "nothing new" in opened("runbook done 1").stdout.lower()
    skipped = opened("runbook skip 2 --why 'not now' --json").data
    assert skipped["progress"]["skipped"] == 1
    shown = opened("runbook show child-safety")
    assert "  1. [x] Step away" in shown.stdout
    assert "  2. [-]" in shown.stdout
    kinds = [entry["kind"] for entry in opened("timeline --all --json").data]
    assert [kind for kind in kinds if kind.startswith("runbook.")] == [
        "runbook.started",
        "runbook.step_done",
        "runbook.step_skipped",
    ]


def test_runbooks_can_be_read_without_any_incident(escalate):
    assert escalate("runbook list").exit_code == 0
    assert "What not to do" not in escalate("runbook list").stdout
    assert escalate("runbook show threat-to-life --json").data["steps"][0]["state"] is None


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("runbook show child-safty", 3, "Did you mean child-safety?"),
        ("runbook show ../../etc/passwd", 3, "There is no runbook"),
        ("runbook done 1", 4, "No runbook is started"),
        ("runbook done one", 2, "integer"),
        ("runbook skip 1", 2, "--why"),
        ("runbook list INC-9", 3, "INC-9"),
    ],
)
def test_failures_have_documented_exit_codes(opened, line, exit_code, says):
    result = opened(line)

    assert result.exit_code == exit_code
    assert says in result.stderr


# ── what the bundled runbooks tell people to type ───────────────────────────────────────────────────────────────────

STANDS_FOR = {"NAME": "alice", "PAGE": "INC-1/1"}
BUNDLED = Library(own=Path("nowhere"), bundled=bundled("templates").parent)
TYPED = sorted(
    {
        command
        for name in BUNDLED.runbooks()
        for command in re.findall(r"`escalate ([^`]+ [^`]+)`", BUNDLED.runbook(name).body)
    }
)


@pytest.mark.parametrize("command", TYPED)
def test_every_command_in_a_runbook_can_be_typed(escalate, apply_roster, ledger, incident, command):
    apply_roster(roster().replace("critical", "critical-harm") + SECURITY)
    paging.page(ledger, incident, ("policy:critical-harm",))
    paging.acknowledge(ledger, incident, None, by="alice")

    done = escalate([STANDS_FOR.get(word, word) for word in split_arg_string(command)])

    assert done.exit_code in {0, 9}, done.stderr
