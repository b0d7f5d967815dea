"""`show` and `timeline`: what stands beside what."""

from __future__ import annotations

import pytest

from telling import roster


@pytest.fixture
def shown(escalate, apply_roster, ledger, incident):
    apply_roster(roster())
    escalate("fact impact-started --at '20m ago' --why 'first report'")
    escalate("assign communications-with-regulators alice")
    escalate("runbook start threat-to-life")
    escalate("page bob")
    return escalate("show --last 0").stdout.splitlines()


def test_names_and_what_they_say_stand_in_two_columns(shown):
    names = [
        "opened",
        "impact-started",
        "communications-with-regulators",
        "runbook threat-to-life",
        "page INC-1/1",
        "head",
    ]

    lines = {name: next(line for line in shown if line.startswith(f"{name}  ")) for name in names}
    starts = {len(line) - len(line[len(name) :].lstrip()) for name, line in lines.items()}
    assert starts == {len("communications-with-regulators") + 2}


def test_a_name_longer_than_all_the_others_moves_only_itself(escalate, incident):
    role = "whoever-talks-to-the-regulators-of-all-countries"
    escalate(f"assign {role} alice")

    lines = escalate("show --last 0").stdout.splitlines()

    assert f"{role}  alice" in lines
    assert next(line for line in lines if line.startswith("opened "))[34:].startswith("2026-11-21")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Tokyo", "2026-11-21 21:00:00Z (2026-11-22 06:00:00)"),
        ("Europe/Berlin", "2026-11-21 21:00:00Z (22:00:00)"),
        ("UTC", "2026-11-21 21:00:00Z  alice"),
    ],
)
def test_a_local_time_on_another_day_has_its_date(escalate, incident, zone, expected):
    assert expected in escalate(f"timeline --zone {zone}").stdout


def test_a_minute_on_another_day_has_its_date_as_well(escalate, incident):
    escalate("log 'called the desk' --at 2026-11-21T16:30Z")

    assert "2026-11-21 16:30Z (2026-11-22 01:30)" in escalate("timeline --zone Asia/Tokyo").stdout
