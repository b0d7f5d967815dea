"""`oncall check` as it is typed."""

from __future__ import annotations

import pytest

ROSTER = """
[channels.mail]
kind = "email"
host = "smtp.example.org:587"
from = "escalate@example.org"
[people.alice]
name = "Alice Ng"
zone = "UTC"
email = "alice@example.org"
[people.bob]
name = "Bob Okoro"
zone = "UTC"
email = "bob@example.org"
[schedules.desk]
zone = "UTC"
[[schedules.desk.rules]]
from = "09:00"
to = "{to}"
target = "person:alice"
[policies.harm]
fallback = "person:bob"
[[policies.harm.steps]]
wait = "5m"
targets = ["schedule:desk"]
[[policies.harm.steps]]
wait = "5m"
targets = ["person:bob"]
"""


@pytest.fixture
def always(apply_roster):
    apply_roster(ROSTER.format(to="09:00"))


@pytest.fixture
def hours(apply_roster):
    apply_roster(ROSTER.format(to="17:00"))


@pytest.mark.usefixtures("always")
def test_it_says_plainly_that_all_is_covered(escalate):
    result = escalate("oncall check")

    assert (result.exit_code, escalate("oncall check --json").data) == (0, [])
    assert result.stdout == (
        "All is covered for 14 days, from Sat 2026-11-21 21:00Z to Sat 2026-12-05 21:00Z: "
        "somebody who can be reached is on call throughout.\n"
    )


@pytest.mark.usefixtures("hours")
def test_what_is_found_is_listed_by_place_and_the_exit_code_stays_0(escalate):
    result = escalate("oncall check --days 12")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Nobody is on call",
        "  schedule:desk: nobody is on call",
        "    Sat 2026-11-21 21:00Z to Sun 2026-11-22 09:00Z",
        *(f"    {a} 2026-11-{n} 17:00Z to {b} 2026-11-{n + 1} 09:00Z" for a, b, n in DAYS),
        "    … and 5 more: --json has them all",
        "    → escalate oncall override add desk --add PERSON --from 2026-11-21T21:00Z --to 2026-11-22T09:00Z",
        "",
        "13 found from Sat 2026-11-21 21:00Z to Thu 2026-12-03 21:00Z.",
    ]


DAYS = [("Sun", "Mon", 22), ("Mon", "Tue", 23), ("Tue", "Wed", 24), ("Wed", "Thu", 25), ("Thu", "Fri", 26),
        ("Fri", "Sat", 27), ("Sat", "Sun", 28)]  # fmt: skip


@pytest.mark.usefixtures("hours")
def test_a_program_gets_each_finding_by_itself(escalate):
    [first, *more] = escalate("oncall check --days 1 --json --zone Asia/Tokyo").data

    assert first == {
        "kind": "gap",
        "where": "schedule:desk",
        "from": "2026-11-22T06:00:00+09:00",
        "to": "2026-11-22T18:00:00+09:00",
        "text": "nobody is on call",
        "hint": "escalate oncall override add desk --add PERSON --from 2026-11-21T21:00Z --to 2026-11-22T09:00Z",
    }
    assert len(more) == 1
    assert escalate("oncall check --days 1 --json").data[0]["from"] == "2026-11-21T21:00:00+00:00"


def test_without_anything_that_pages_there_is_nothing_to_check(escalate, wiring):
    result = escalate("oncall check")

    assert result.exit_code == 0
    assert "nothing to check" in result.stdout


def test_no_days_is_a_usage_error(escalate, wiring):
    assert escalate("oncall check --days 0").exit_code == 2


def test_a_schedule_that_nothing_pages_is_named_and_not_called_covered(escalate, apply_roster):
    apply_roster(
        '[channels.hook]\nkind = "webhook"\nurl = "https://example.org/h"\nsecret = "secret:h"\n'
        '[people.alice]\nname = "Alice Ng"\nzone = "UTC"\nreach = [{ via = "hook" }]\n'
        '[schedules.night]\nzone = "UTC"\n[[schedules.night.rules]]\ndays = []\nfrom = "00:00"\nto = "00:00"\ntarget = "person:alice"\n'
        '[policies.p]\nfallback = "person:alice"\n[[policies.p.steps]]\ntargets = ["person:alice"]\n'
    )

    said = escalate("oncall check").stdout

    assert "Not looked at, since no policy and no route pages them: night." in said
