"""Plans made in a line: rules, rotations, overrides and temporary schedules of invented people; and the published cases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from escalate.domain.oncall.duty import Override, Temporary, Turn
from escalate.domain.oncall.plan import Plan
from escalate.domain.oncall.rotation import Rotation
from escalate.domain.oncall.schedule import Rule, Schedule

SAMPLES = Path(__file__).parents[2] / "samples" / "oncall_conformance.json"
BINDING = {"normative", "reference-run", "derived"}
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def utc(text):
    """`23T09` is that hour of November 2026."""
    if len(text) <= 8:
        day, _, clock = text.partition("T")
        text = f"2026-11-{day}T{clock or '00'}:00" if ":" not in clock else f"2026-11-{day}T{clock}"
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def rule(begin, end, target, days=None, zone=None):
    return Rule(days=days, begin=time.fromisoformat(begin), end=time.fromisoformat(end), target=target, zone=zone)


def always(*people):
    return [rule("00:00", "00:00", f"person:{person}") for person in people]


def weekly(name, *people, start="2026-01-05T09:00", zone="UTC", every=1, unit="weeks"):
    return Rotation.from_plain(
        {"name": name, "zone": zone, "start": start, "every": every, "unit": unit, "people": [*people]}
    )


def override(start, end, add=None, remove=None, since=LONG_AGO, until=None, schedule="ts"):
    return Override(
        id="O", schedule=schedule, add=add, remove=remove, start=start, end=end, since=since, until=until, by="alice"
    )


def temporary(start, end, *turns, since=LONG_AGO, until=None, schedule="ts"):
    shifts = tuple(Turn(person=person, start=begins, end=ends) for person, begins, ends in turns)
    return Temporary(
        id="T", schedule=schedule, start=start, end=end, shifts=shifts, since=since, until=until, by="alice"
    )


def plan(rules, *rotations, overrides=(), temporaries=(), zone="UTC"):
    schedules = {"ts": Schedule(name="ts", zone=zone, rules=tuple(rules))}
    return Plan({one.name: one for one in rotations}, schedules, overrides, temporaries)


def said(shifts):
    """Shifts as `person 23T09:00-24T09:00`, with `…` where they go on."""
    return [
        f"{one.person} {one.start:%dT%H:%M}-{one.end:%dT%H:%M}{'…' if one.truncated else ''}" for one in shifts
    ]  # fmt: skip


def published(kind):
    """Recorded history is not the plan's: what was in force then is looked up in the record, by escalate.app.oncall."""
    cases = json.loads(SAMPLES.read_text())["cases"]
    return [
        pytest.param(c, id=c["id"])
        for c in cases
        if c["kind"] == kind and c["tier"] in BINDING and not c.get("history")
    ]
