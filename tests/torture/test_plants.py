"""The self-test: nine bugs are put in, one at a time, and each is found."""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext

import pytest

import postgres
from torture.benches import Databases
from torture.crashes import crashes
from torture.cuts import cuts
from torture.door import HELD
from torture.faults import LOG, PAGE, WORK, faults, why_not
from torture.kills import has, storm
from torture.plants import PLANTS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kills and traces as Linux does"),
]

LONG_ENOUGH = 300
TRIES = 4
"""Storms, each with another seed, of which one must find it: when a kill comes is up to the machine."""


def in_a_storm(folder, plant, wanted, record=nullcontext):
    found = []
    for seed in range(TRIES):
        (place := folder / str(seed)).mkdir()
        with record() as where:
            found += storm(place, seconds=1.5, seed=seed, plant=plant, pages=0.6, **(where or {})).findings
        if has(found, wanted):
            break
    return found


def in_a_storm_on_a_server(folder, plant, wanted):
    return in_a_storm(folder, plant, wanted, on_a_server)


@contextmanager
def on_a_server():
    made = postgres.database()
    try:
        yield {"database": made.url("sender"), "keeper": made.url("keeper")}
    finally:
        made.close()


def by_a_failing_call(folder, plant, wanted, **on):
    command, *only = WHERE.get(plant, (PAGE,))
    return faults(folder, [command], seconds=120, plant=plant, wanted=wanted, only=only, **on).findings


def by_a_failing_word(folder, plant, wanted):
    return by_a_failing_call(folder, plant, wanted, on=Databases)


def by_a_power_cut(folder, plant, wanted):
    return cuts(folder, seconds=30, plant=plant, wanted=wanted).findings


def by_a_crash(folder, plant, wanted):
    return crashes(folder, seconds=60, plant=plant, wanted=wanted).findings


WHERE = {
    "sent-before-sending": (WORK, "connect"),
    "new-key-per-attempt": (WORK, "connect"),
    "error-taken-for-sent": (WORK, "connect"),
    "lease-that-never-ends": (WORK, "connect", "poll"),
    "success-before-the-commit": (LOG, "sendto", "unlink"),
    "head-read-outside-the-lock": (LOG, HELD),
}
"""The command and the calls by which a failing call finds it soon."""

SEEN_BY = {
    "two-transactions": ("owes nothing|not what the entries make", by_a_power_cut, in_a_storm, by_a_failing_call),
    "sent-before-sending": ("never sent", by_a_failing_call, by_a_power_cut, in_a_storm),
    "new-key-per-attempt": ("a key of nothing", by_a_failing_call, by_a_power_cut, in_a_storm),
    "lease-that-never-ends": ("not delivered", by_a_failing_call, in_a_storm),
    "head-read-outside-the-lock": ("was overtaken", in_a_storm),
    "success-before-the-commit": ("^lost|: lost", by_a_power_cut, by_a_failing_call, in_a_storm),
    "error-taken-for-sent": ("never sent", by_a_failing_call, in_a_storm),
    "synchronous-off": ("^lost|^unreadable|^integrity", by_a_power_cut),
    "synchronous-normal-in-wal": ("^lost", by_a_power_cut),
}
"""What each is found by: a finding of its own, so that no other defect stands in for it, and the parts, the quickest first."""

SEEN_ON_A_SERVER_BY = {
    "two-transactions": ("does not allow it|not what the entries make", by_a_failing_word, in_a_storm_on_a_server),
    "sent-before-sending": ("never sent", by_a_failing_word, in_a_storm_on_a_server),
    "new-key-per-attempt": ("a key of nothing", by_a_failing_word, in_a_storm_on_a_server),
    "lease-that-never-ends": ("not delivered", by_a_failing_word, in_a_storm_on_a_server),
    "head-read-outside-the-lock": ("was overtaken", by_a_failing_word, in_a_storm_on_a_server),
    "success-before-the-commit": ("^lost|: lost", by_a_failing_word),
    "error-taken-for-sent": ("never sent", by_a_failing_word, in_a_storm_on_a_server),
    "synchronous-off": ("^lost", by_a_crash),
}
"""Two transactions are refused there by the database itself. There is no WAL of ours to be left unsynced."""


def test_every_bug_has_a_part_that_sees_it():
    assert set(SEEN_BY) == set(PLANTS)
    assert len(PLANTS) == 9
    assert set(SEEN_ON_A_SERVER_BY) == set(PLANTS) - {"synchronous-normal-in-wal"}


@pytest.mark.parametrize(
    ("plant", "wanted", "part", "quickest"),
    [
        pytest.param(plant, wanted, part, part is parts[0], id=f"{plant}, {part.__name__}")
        for seen_by in (SEEN_BY, SEEN_ON_A_SERVER_BY)
        for plant, (wanted, *parts) in seen_by.items()
        for part in parts
    ],
)
def test_a_planted_bug_is_found(tmp_path, seconds, plant, wanted, part, quickest):
    if not quickest and seconds < LONG_ENOUGH:
        pytest.skip(f"found already by another part; takes longer: ESCALATE_TORTURE_SECONDS={LONG_ENOUGH}")
    if part not in UNTRACED and (why := why_not()):
        pytest.skip(why)
    assert has(part(tmp_path, plant, wanted), wanted)


UNTRACED = {in_a_storm, in_a_storm_on_a_server, by_a_crash}
