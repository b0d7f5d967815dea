"""`assess --until`, `assess --diff`, and what `close` says of assessments."""

from __future__ import annotations

import json

import pytest

TRIAGE = {
    "reporter_class": "user",
    "one_line": "reports about sign-ups",
    "harm_primary": "frd",
    "imminent": False,
    "child_involved": False,
    "ongoing": True,
    "content_viewed_by": 0,
    "outcome": "incident",
    "bluf": "Many accounts were made at once. Low harm so far. We ask for nothing yet.",
    "confidence": {"level": "moderate", "why": "two sources agree"},
}


@pytest.fixture
def opened(escalate):
    escalate("init")
    assert escalate("open 'Coordinated sign-ups' --severity SEV2").exit_code == 0
    return escalate


def final(escalate, more=""):
    return escalate(f"assess triage --from - --final {more}", stdin=json.dumps(TRIAGE))


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("60m", "2026-11-21T22:00:00+00:00"),
        ("1h30m", "2026-11-21T22:30:00+00:00"),
        ("23:15", "2026-11-21T23:15:00+00:00"),
        ("'in 2h'", "2026-11-21T23:00:00+00:00"),
        ("2026-11-22T09:00:00+01:00", "2026-11-22T08:00:00+00:00"),
    ],
)
def test_it_can_be_final_for_a_time(opened, said, until):
    assert final(opened, f"--until {said} --json").data["until"] == until


@pytest.mark.parametrize("said", ["2026-11-21T20:59:00Z", "2020-01-01T00:00:00Z", "soon", "-5m", "0m", "''"])
def test_a_time_that_is_over_or_cannot_be_read_is_refused(opened, said):
    result = opened(f"assess triage --from - --final --until={said}", stdin=json.dumps(TRIAGE))

    assert result.exit_code == 2, result.stderr
    assert opened("timeline --all --json").data[-1]["kind"] == "incident.opened"


def test_only_what_is_final_holds_for_a_time(opened):
    assert opened("assess triage --set imminent=yes --until 60m").exit_code == 2


def test_a_lasting_assessment_says_so_wherever_it_is_shown(opened, clock, wiring):
    from escalate.app.timing import pass_time

    assert "final until 2026-11-21 22:00Z" in final(opened, "--until 60m").stdout
    assert "until 2026-11-21 22:00:00Z" in opened("show INC-1").stdout
    assert "until 2026-11-21 22:00:00Z" in opened("timeline").stdout
    clock.advance(hours=2)
    with wiring.store.reading() as look:
        [id_] = look.ids("INC-1")
    pass_time(wiring.ledger, id_)

    assert "Its time is over. Look again, then: escalate assess triage INC-1 --final" in opened("assess triage").stdout
    assert "ITS TIME IS OVER since 2026-11-21 22:00:00Z" in opened("show INC-1").stdout
    assert "escalate assess triage INC-1" in opened("").stdout
    assert opened("assess triage --final --json").data["expired"] is False


def test_what_changed_is_shown_by_question(opened):
    final(opened)
    opened("assess triage --set imminent=yes --set floors=F1 --set one_line='other words'")
    opened("assess triage --final")

    found = opened("assess triage --diff --json").data
    assert (found["template"], found["from"]["seq"], found["to"]["seq"]) == ("triage", 2, 4)
    assert [(row["field"], row["before"], row["after"]) for row in found["changes"]] == [
        ("one_line", "reports about sign-ups", "other words"),
        ("imminent", False, True),
        ("floors", None, ["F1"]),
    ]
    shown = opened("assess triage --diff").stdout
    assert "In one line (one_line)\n  reports about sign-ups\n  → other words" in shown
    assert "  + F1" in shown
    assert "imminent no → yes" in opened("timeline").stdout
    assert opened("assess triage --diff '#4' INC-1 --json").data["changes"] == []
    assert opened("assess triage --diff INC-1 --json").data == found
    assert opened("assess triage INC-1 --diff 2 --json").data == found


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("assess triage --diff", 3),
        ("assess triage --diff 1", 3),
        ("assess triage --diff x INC-1", 2),
        ("assess triage --diff --final", 2),
        ("assess triage --diff --set imminent=yes", 2),
        ("assess triage --diff --reveal why", 2),
    ],
)
def test_what_cannot_be_compared_is_said(opened, line, exit_code):
    assert opened(line).exit_code == exit_code


def test_closing_points_out_what_assessments_leave_open_and_goes_on(opened):
    opened("assess policy --set bluf=x")
    result = opened("close --disposition incident --worst SEV2 --json")

    assert result.exit_code == 0
    assert result.data["status"] == "closed"
    assert "Note: INC-1 closes with questions of policy unanswered: " in result.stderr
    assert "notice_to_user, policy_gap, " in result.stderr
    assert "escalate assess policy INC-1" in result.stderr


def test_closing_says_nothing_where_nothing_is_left(opened):
    final(opened)
    assert "unanswered" not in opened("close --disposition incident --worst SEV2").stderr
