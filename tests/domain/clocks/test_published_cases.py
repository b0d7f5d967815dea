"""Deadlines as they are published, with the texts they follow from: samples/deadline_cases.json."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.clocks.counted import counted

CASES = json.loads((Path(__file__).parents[2] / "samples" / "deadline_cases.json").read_text(encoding="utf-8"))["cases"]
SURE = [case for case in CASES if case["confidence"] != "low"]
"""What is disputed (`low`) is no measure: whoever computed it may be wrong."""


def such(*keys):
    found = [case for case in SURE if set(keys) <= {*case["trigger"], *case["expected"]}]
    return pytest.mark.parametrize("case", found, ids=[case["id"] for case in found])


def the(case, rule, n, unit, start):
    return counted(rule, n, unit, start, case["trigger"]["timezone"], case.get("holidays", ()))


def instant(text):
    return datetime.fromisoformat(text)


@such("aware_at", "due_1182_utc")
def test_72_hours(case):
    found = the(case, "eu_hours", 72, "hours", case["trigger"]["aware_at"])

    assert found.strict == instant(case["expected"]["conservative_due"])
    assert found.outer == instant(case["expected"]["due_1182"])


@such("event_date", "due_exclusive_end")
def test_days_and_months(case):
    [unit] = {"days", "months"} & set(case["trigger"])
    found = the(case, f"eu_{unit}", case["trigger"][unit], unit, case["trigger"]["event_date"] + " 10:00")

    assert found.outer + timedelta(seconds=1) == instant(case["expected"]["due_exclusive_end"])


@such("item", "due_instant")
def test_business_days(case):
    found = the(case, "us_sec_business_days", 4, "business_days", case["trigger"]["event_date"] + " 12:00")

    assert found.strict == found.outer == instant(case["expected"]["due_instant"])


@such("submitted_at", "late")
def test_too_late(case):
    aware, submitted = (instant(case["trigger"][key]) for key in ("aware_at", "submitted_at"))

    found = counted("eu_hours", 72, "hours", case["trigger"]["aware_at"], "UTC")

    assert (submitted > found.outer) is case["expected"]["late"]
    assert (submitted - aware) / timedelta(hours=1) == case["expected"]["hours_after_awareness"]


def test_every_case_is_tried():
    kinds = [
        {"aware_at", "due_1182_utc"}, {"event_date", "due_exclusive_end"}, {"item", "due_instant"}, {"submitted_at", "late"},
    ]  # fmt: skip
    left = [case["id"] for case in SURE if not any(kind <= {*case["trigger"], *case["expected"]} for kind in kinds)]

    assert left == []
