"""Duties to tell somebody outside, as a reader of a report sees them."""

from __future__ import annotations

import pytest

from escalate.domain.report.duties import sentence

DUTY = {
    "id": "eu-x", "recipient": "the authority", "state": "running", "strict": "2026-11-24T22:15:19+00:00", "outer": None,
    "target": None, "missing": [], "submitted_at": None, "owner": "alice", "confirmed": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "eu-x to the authority: running, due 2026-11-24 22:15Z; said to apply by alice"),
        ({"missing": ["awareness"], "strict": None}, "waits for the fact awareness"),
        ({"submitted_at": "2026-11-23T10:00:00+00:00", "state": "submitted"}, "submitted 2026-11-23 10:00Z; said"),
        ({"submitted_at": "2026-11-25T10:00:00+00:00", "state": "met_late"}, "submitted 2026-11-25 10:00Z, late"),
        (
            {"strict": None, "target": "2026-11-22T01:00:00+00:00"},
            "the law names no number; internal target 2026-11-22",
        ),
        ({"confirmed": False}, "(nobody has confirmed this clock)"),
        ({"recipient": ""}, "eu-x: running"),
    ],
)
def test_a_duty_in_words(more, said):
    assert said in sentence({**DUTY, **more})


def test_a_clock_that_applies_stands_in_summary_and_report(escalate, apply_roster):
    import getpass

    apply_roster(f'[people.alice]\nname = "Alice Ng"\nzone = "UTC"\nlogins = ["{getpass.getuser()}"]\n')
    escalate("open 'Records seen by others' --severity SEV2 --quiet-open")
    escalate("clock applies eu-gdpr-33-authority --why 'personal data' --zone Europe/Brussels")
    escalate("fact awareness --at '3h ago' --why told")

    summary = escalate("summary -o -").stdout
    report = escalate("report --format json -o -").stdout

    assert "eu-gdpr-33-authority to competent (lead) supervisory authority: running, due 2026-11-24 18:00Z" in summary
    assert "nobody has confirmed" not in summary
    assert '"strict": "2026-11-24T18:00:00+00:00"' in report
