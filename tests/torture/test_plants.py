"""The self-test: nine bugs are put in, one at a time, and each is found."""

from __future__ import annotations

import sys

import pytest

from torture.cuts import cuts
from torture.faults import SHORT, faults, why_not
from torture.kills import has, storm
from torture.plants import PLANTS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kills and traces as Linux does"),
]

LONG_ENOUGH = 300
TRIES = 4
"""Storms, each with another seed, of which one must find it: when a kill comes is up to the machine."""


def in_a_storm(folder, plant, wanted):
    found = []
    for seed in range(TRIES):
        (place := folder / str(seed)).mkdir()
        found += storm(place, seconds=1.5, seed=seed, plant=plant, pages=0.6).findings
        if has(found, wanted):
            break
    return found


def by_a_failing_call(folder, plant, wanted):
    return faults(folder, SHORT[:2], seconds=120, plant=plant, wanted=wanted).findings


def by_a_power_cut(folder, plant, wanted):
    return cuts(folder, seconds=30, plant=plant, wanted=wanted).findings


SEEN_BY = {
    "two-transactions": ("owes nothing|not what the entries make", by_a_power_cut, in_a_storm, by_a_failing_call),
    "sent-before-sending": ("never sent", by_a_power_cut, in_a_storm, by_a_failing_call),
    "new-key-per-attempt": ("a key of nothing", by_a_power_cut, in_a_storm, by_a_failing_call),
    "lease-that-never-ends": ("not delivered", in_a_storm, by_a_failing_call),
    "head-read-outside-the-lock": ("was overtaken", in_a_storm),
    "success-before-the-commit": ("^lost|: lost", by_a_power_cut, in_a_storm, by_a_failing_call),
    "error-taken-for-sent": ("never sent", in_a_storm, by_a_failing_call),
    "synchronous-off": ("^lost|^unreadable|^integrity", by_a_power_cut),
    "synchronous-normal-in-wal": ("^lost", by_a_power_cut),
}
"""What each is found by: a finding of its own, so that no other defect stands in for it, and the parts, the quickest first."""


def test_every_bug_has_a_part_that_sees_it():
    assert set(SEEN_BY) == set(PLANTS)
    assert len(PLANTS) == 9


@pytest.mark.parametrize(
    ("plant", "wanted", "part", "quickest"),
    [
        pytest.param(plant, wanted, part, part is parts[0], id=f"{plant}, {part.__name__}")
        for plant, (wanted, *parts) in SEEN_BY.items()
        for part in parts
    ],
)
def test_a_planted_bug_is_found(tmp_path, seconds, plant, wanted, part, quickest):
    if not quickest and seconds < LONG_ENOUGH:
        pytest.skip(f"found already by another part; takes longer: ESCALATE_TORTURE_SECONDS={LONG_ENOUGH}")
    if part is not in_a_storm and (why := why_not()):
        pytest.skip(why)
    assert has(part(tmp_path, plant, wanted), wanted)
