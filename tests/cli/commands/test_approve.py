"""Two people at their terminals: `severity`, `approve`, `reject`, `approvals`, `--break-glass`."""

from __future__ import annotations

import pytest

from two_people import ROSTER, STRANGER, wired_as


@pytest.fixture
def alice(escalate, wiring, apply_roster):
    """INC-1 at SEV1, Bob leads; the command line is Alice's."""
    apply_roster(ROSTER)
    for line in ("open 'Reports of coordinated sign-ups' --severity SEV1 --quiet-open", "assign lead bob"):
        assert escalate(line, wired=wiring).exit_code == 0
    return lambda line: escalate(line, wired=wiring)


@pytest.fixture
def bob(escalate, environ, clock):
    return lambda line: escalate(line, wired=wired_as(environ, clock))


def severity(alice):
    return alice("show INC-1 --json").data["severity"]


def test_lowering_is_asked_for_and_done_by_the_second(alice, bob):
    asked = alice("severity SEV3 --why 'a false alarm' --json")

    assert "Nothing was lowered yet: INC-1 stays SEV1." in asked.stderr
    assert "escalate approve P-1 INC-1" in asked.stderr
    assert (asked.data["severity"], asked.data["approval"]["id"], asked.data["approval"]["state"]) == (
        "SEV1",
        "P-1",
        "pending",
    )

    done = bob("approve P-1 INC-1 --why agreed --json")

    assert done.exit_code == 0
    assert {name: done.data[name] for name in ("id", "ref", "act", "what", "state", "by", "decided_by", "made")} == {
        "id": "P-1", "ref": "INC-1", "act": "lower-severity", "what": "lower the severity SEV1 → SEV3", "state": "approved",
        "by": "alice", "decided_by": "bob", "made": "SEV3",
    }  # fmt: skip
    assert severity(alice) == "SEV3"
    assert "Severity lowered SEV1 → SEV3 (P-1): a false alarm" in alice("timeline").stdout


def test_exit_0_where_somebody_delivers(alice, apply_roster):
    """Nothing is owed by hand, and what is queued waits for the courier."""
    alice("severity SEV3 --why w")
    assert alice("severity SEV3 --why w").exit_code == 0


def test_who_cannot(alice, escalate, environ, clock):
    alice("severity SEV3 --why w")

    own, stranger = alice("approve P-1"), escalate("approve P-1", wired=wired_as(environ, clock, STRANGER))

    assert (own.exit_code, stranger.exit_code) == (4, 4)
    assert "it takes somebody else" in own.stderr
    assert "Could: Bob Okoro, Dana Weiss" in own.stderr
    assert "os:guest is nobody the roster knows, and cannot approve" in stranger.stderr
    assert severity(alice) == "SEV1"


@pytest.mark.parametrize("words", ["", "P-1", "INC-1", "P-1 INC-1", "-i INC-1 p-1"])
def test_what_is_meant(alice, bob, words):
    alice("severity SEV3 --why w")

    assert bob(f"approve {words}").exit_code == 0
    assert severity(alice) == "SEV3"


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("approve", 3, "Nothing of INC-1 waits"),
        ("approve P-7", 3, "no approval 'P-7'"),
        ("reject", 2, "--why"),
        ("reject P-7 --why w", 3, "no approval 'P-7'"),
        ("approve P-1 INC-1 more", 2, "unexpected extra argument"),
        ("approvals INC-9", 3, "INC-9"),
        ("severity explain --break-glass", 2, "--break-glass is for setting a severity"),
    ],
)
def test_failures(alice, bob, line, exit_code, says):
    done = bob(line)

    assert (done.exit_code, done.stdout) == (exit_code, "")
    assert says in done.stderr


def test_rejecting(alice, bob):
    alice("severity SEV3 --why w")

    assert bob("reject --why 'still active' --json").data["state"] == "rejected"
    assert severity(alice) == "SEV1"
    assert alice("approvals --json").data == []
    [listed] = alice("approvals INC-1 --json").data
    assert (listed["state"], listed["decided_why"]) == ("rejected", "still active")


def test_break_glass(alice, bob, clock):
    done = alice("severity SEV3 --why 'the lead sleeps' --break-glass --json")

    assert "BREAK-GLASS" in done.stderr
    assert "2026-11-22 21:00Z" in done.stderr
    assert (done.data["severity"], done.data["approval"]["state"]) == ("SEV3", "to-review")
    assert "done by one person alone: lower the severity SEV1 → SEV3" in alice("").stdout
    objected = bob("reject P-1 --why 'too early'")
    assert "is not undone by this" in objected.stderr
    assert severity(alice) == "SEV3"


def test_needless_break_glass_is_said(alice):
    done = alice("severity SEV0 --why w --break-glass")

    assert "--break-glass was not needed" in done.stderr
    assert alice("approvals INC-1 --json").data == []


def test_not_to_refer_and_an_action_wait_in_their_lists(alice, bob):
    decided = alice("decide 'Refer?' --choose no --why unclear --not-referring --json")
    acted = alice("action terminate-account --count 60 --why 'one network' --json")

    assert (decided.data["id"], decided.data["state"], decided.data["approval"]) == (None, "pending", "P-1")
    assert (acted.data["id"], acted.data["state"], acted.data["approval"]) == (None, "pending", "P-2")
    assert [one["state"] for one in alice("decisions --json").data] == ["pending"]
    assert [one["id"] for one in alice("approvals --json").data] == ["P-1", "P-2"]
    assert bob("approve P-1 --json").data["made"] == "D-1"
    assert bob("approve P-2 --json").data["made"] == "X-1"
    assert [(one["id"], one["state"], one["by"]) for one in alice("decisions --json").data] == [
        ("D-1", "made", "alice")
    ]
    assert alice("verify").exit_code == 0


def test_whoever_is_alone_is_told_loudly(escalate, wiring):
    escalate("open 'Reports' --severity SEV1 --quiet-open", wired=wiring)

    done = escalate("severity SEV3 --why w", wired=wiring)

    assert "BREAK-GLASS: Nobody else in the roster has a login and could approve" in done.stderr
    assert escalate("show INC-1 --json").data["severity"] == "SEV3"
