"""`severity LEVEL` stays a plain command; `severity explain` counts, with and without a record."""

from __future__ import annotations

import pytest


@pytest.fixture
def opened(escalate):
    escalate("init")
    assert escalate("open 'Reports of coordinated sign-ups' --severity SEV3 --quiet-open").exit_code == 0


@pytest.mark.parametrize(
    "line",
    [
        "severity SEV1 INC-1 --why worse",
        "severity INC-1 SEV1 --why worse",
        "severity SEV1 --why worse",
        "severity --why worse SEV1",
        "severity -i INC-1 sev-1 --why worse",
    ],
)
@pytest.mark.usefixtures("opened")
def test_setting_it_is_as_it_was(escalate, line):
    assert escalate(line).exit_code == 0
    assert escalate("show INC-1 --json").data["severity"] == "SEV1"


def test_explaining_needs_no_record(escalate, home):
    result = escalate("severity explain --axis H=4 --axis I=2 --axis S=4,V=1,R=4,X=2 --floor F5 --json")

    assert result.exit_code == 0
    assert result.data["score"] == 69
    assert result.data["severity"] == "SEV1"
    assert [floor["id"] for floor in result.data["floors"]] == ["F5"]
    assert result.data["terms"][0] == {
        "term": "H × I",
        "weight": 2.5,
        "values": {"H": 4, "I": 2},
        "product": 20,
        "anchors": {
            "H": "death, serious injury, sexual abuse of a child, or many dead",
            "I": "days to weeks away",
        },
    }
    assert not home.exists()


@pytest.mark.usefixtures("opened")
def test_without_ref_no_incident_is_taken_by_itself(escalate):
    assert "ref" not in escalate("severity explain --axis H=4 --json").data
    assert escalate("severity explain INC-1 --json").data["ref"] == "INC-1"
    assert escalate("severity INC-1 explain --json").data["ref"] == "INC-1"
    assert escalate("severity explain -i INC-1 --json").data["ref"] == "INC-1"


def test_every_term_is_shown_with_what_its_value_means(escalate):
    shown = escalate("severity explain --axis H=3 --axis I=4 --axis S=1 --axis V=3 --axis R=3 --axis C=low").stdout

    rows = [line.split() for line in shown.splitlines()]
    assert rows[1][:7] == ["H", "×", "I", "2.5", "3", "×", "4"]
    assert rows[2][:4] == ["H", "5", "3", "15"]
    assert "severe and lasting harm" in shown
    assert "X exposure: not given, counts as 0" in shown
    assert "Score 64: SEV1 (SEV0 from 75, SEV1 from 50, SEV2 from 30, SEV3 from 12, SEV4 below)" in shown
    assert "Not given, counted as 0: X." in shown
    assert "Assume the worst: verify." in shown
    assert "Counted by the scale core@1." in shown


@pytest.mark.usefixtures("opened")
def test_what_follows_beside_how_the_incident_stands(escalate):
    assert "escalate severity SEV0 INC-1 --why" in escalate("severity explain INC-1 --floor F1").stdout
    few = escalate("severity explain INC-1 --axis H=0").stdout
    assert "too little is known" in few
    assert "escalate severity SEV4" not in few
    every = "severity explain INC-1 --axis H=0,I=0,S=0,V=0,R=0,X=0"
    assert "escalate severity SEV4 INC-1 --why" in escalate(every).stdout
    assert "too little is known" in escalate(f"{every},C=low").stdout


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("severity", 2, "LEVEL"),
        ("severity explain --axis Q=1", 2, "Axes: H (severity of the credible harm)"),
        ("severity explain --axis H=5", 2, "0 a nuisance; 1 minor harm"),
        ("severity explain --axis H=1.5", 2, "whole number from 0 to 4"),
        ("severity explain --axis C=sure", 2, "low, moderate, high"),
        ("severity explain --floor F12", 2, "Floors: F1 credible threat"),
        ("severity explain --why x", 2, "explain sets nothing"),
        ("severity explain INC-1 INC-2", 2, "unexpected extra argument"),
        ("severity SEV1 --axis H=4", 2, "escalate severity explain"),
        ("severity SEV1 --floor F1 --why x", 2, "escalate severity explain"),
        ("severity explain INC-9", 3, "INC-9"),
    ],
)
@pytest.mark.usefixtures("opened")
def test_failures(escalate, line, exit_code, says):
    result = escalate(line)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert says in result.stderr


def test_a_broken_scale_of_the_teams_own_is_refused(escalate, home):
    own = home / "templates" / "severity" / "core.toml"
    own.parent.mkdir(parents=True)
    own.write_text("id = 'ours'\nversion = 'one'\n", encoding="utf-8")

    result = escalate("severity explain --axis H=4")

    assert (result.exit_code, result.stdout) == (6, "")
    for key in ("version:", "axes:", "terms:", "bands.SEV0:"):
        assert key in result.stderr
    assert str(own) in result.stderr
