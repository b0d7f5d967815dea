"""Whatever the plan: asked for an instant or for a window, it says the same."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.oncall.planned import DAY, MINUTE, override, plan, temporary, utc, weekly
from escalate.domain.oncall.schedule import Rule

pytestmark = pytest.mark.slow

PEOPLE = ["alice", "bob", "carol", "dan"]
ZONES = ["UTC", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"]
AROUND = [
    utc("2026-03-08T07:00"), utc("2025-11-02T06:00"), utc("2025-09-07T04:00"), utc("2026-04-05T03:00"),
    utc("2026-10-03T15:30"), utc("2026-02-15T02:00"), utc("2011-12-30T10:00"), utc("2026-07-01T00:00"),
]  # fmt: skip
clocks = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
people = st.sampled_from(PEOPLE)


@st.composite
def plans(draw):
    """A plan, and an instant near which its zones may change their clocks."""
    around = draw(st.sampled_from(AROUND))
    instants = st.integers(-10 * 96, 20 * 96).map(lambda quarter: around + quarter * 15 * MINUTE)
    zone = draw(st.sampled_from(ZONES))
    rotations = [
        weekly(
            name, *draw(st.lists(people, min_size=1, max_size=3)), zone=draw(st.sampled_from(ZONES)),
            every=draw(st.integers(1, 9)), unit=draw(st.sampled_from(["hours", "days", "weeks", "months"])),
            start=f"{draw(instants):%Y-%m-%dT%H:%M}",
        )
        for name in ("r", "q")
    ]  # fmt: skip
    targets = st.sampled_from(["rotation:r", "rotation:q", *(f"person:{person}" for person in PEOPLE)])
    days = st.none() | st.sets(st.integers(0, 6)).map(lambda some: tuple(sorted(some)))
    rules = st.builds(
        Rule, days=days, begin=clocks, end=clocks, target=targets, zone=st.none() | st.sampled_from(ZONES)
    )
    who = st.sampled_from([(add, remove) for add in (None, *PEOPLE) for remove in (None, *PEOPLE) if add or remove])
    overrides = draw(st.lists(st.tuples(instants, instants, who), max_size=12))
    spans = draw(st.lists(st.tuples(instants, instants, st.lists(st.tuples(people, instants, instants))), max_size=2))
    one = plan(
        draw(st.lists(rules, min_size=1, max_size=4)), *rotations, zone=zone,
        overrides=[override(start, end, *pair) for start, end, pair in overrides],
        temporaries=[temporary(start, end, *turns) for start, end, turns in spans],
    )  # fmt: skip
    return (
        one,
        draw(instants),
        draw(st.integers(1, 9 * 96)) * 15 * MINUTE,
        draw(st.sampled_from(["schedule:ts", "rotation:r"])),
    )


@settings(max_examples=60)
@given(plans(), st.lists(st.floats(0, 1), max_size=12))
def test_shifts_and_on_call_say_the_same(case, somewhere):
    one, start, length, target = case
    end = start + length

    shifts = one.shifts(target, start, end)

    instants = {start, end - MINUTE, *(start + part * (length - MINUTE) for part in somewhere)}
    for shift in shifts:
        instants |= {edge + by for edge in (shift.start, shift.end) for by in (-MINUTE, timedelta(0), MINUTE)}
    for at in instants:
        on = one.on_call(target, at)
        assert len(on) == len(set(on))
        if start <= at < end:
            assert sorted(on) == sorted(shift.person for shift in shifts if shift.start <= at < shift.end), at


@settings(max_examples=60)
@given(plans())
def test_shifts_are_in_order_have_length_and_never_overlap_or_touch_for_one_person(case):
    one, start, length, target = case

    shifts = one.shifts(target, start, start + length)

    assert shifts == sorted(shifts, key=lambda shift: (shift.start, shift.end, shift.person))
    for shift in shifts:
        assert shift.start < shift.end <= start + length
        assert shift.end > start
        assert shift.truncated is (shift.end == start + length and shift.person in one.on_call(target, shift.end))
    for person in PEOPLE:
        own = [shift for shift in shifts if shift.person == person]
        assert all(earlier.end < later.start for earlier, later in pairwise(own))


@settings(max_examples=40)
@given(plans())
def test_a_shift_is_the_same_seen_from_any_window(case):
    one, start, length, target = case
    wide = one.shifts(target, start - 40 * DAY, start + length)

    for shift in one.shifts(target, start, start + length):
        if shift.start >= start - 40 * DAY:
            assert shift in wide
        if not shift.truncated:
            assert one.until(target, shift.person, max(shift.start, start)) == shift.end
