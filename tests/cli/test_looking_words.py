"""Whoever only looks is not told that nothing was recorded."""

import pytest

from escalate.cli.looking import looks, without


@pytest.mark.parametrize(
    ("line", "only"),
    [
        ("", True),
        ("show 1", True),
        ("doctor", True),
        ("oncall", True),
        ("oncall who ts", True),
        ("oncall override add ts", False),
        ("oncall handoff ts", False),
        ("messages", True),
        ("messages -i 3", True),
        ("messages retry 12ab", False),
        ("messages told 12ab", False),
        ("clock list", True),
        ("clock applies gdpr", False),
        ("log show", False),
        ("log", False),
        ("severity SEV1", False),
        ("severity explain", True),
        ("db rebuild", False),
    ],
)
def test_which_commands_only_look(line, only):
    words = line.split()
    assert looks(words[0] if words else "", words) is only


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("Nothing was recorded. Run the same command again.", "Run the same command again."),
        ("Nothing was recorded: this machine never reached that record.", "This machine never reached that record."),
        ("See: escalate list", "See: escalate list"),
    ],
)
def test_what_they_are_told_to_do_stays(hint, shown):
    assert without(hint) == shown


def test_a_record_that_cannot_be_reached(escalate, environ, clock):
    from escalate.wiring import Wiring

    def said(line):
        there = {**environ, "ESCALATE_DATABASE": "postgresql://nobody@127.0.0.1:9/none"}
        done = escalate(line, wired=Wiring(there, clock=clock))
        return done.stdout + done.stderr

    assert "Nothing was recorded" in said("log x -i 1")
    for line in (
        "",
        "show 1",
        "list",
        "verify",
        "search x",
        "report 1 -o -",
        "access 1",
        "oncall who ts",
        "doctor --offline",
    ):
        assert "cannot be reached" in said(line)
        assert "Nothing was recorded" not in said(line), line
