"""Whatever is killed, refused or cut off where: what was said to be recorded is there, and whoever is owed a word gets it.

Three parts, since none of them sees everything: docs/explanation/torture.md. `pytest -m slow tests/torture
--torture-seconds 1200` tortures longer.
"""

from __future__ import annotations

import sys

import pytest

from torture.cuts import cuts
from torture.faults import LONG, SHORT, faults, why_not
from torture.kills import storm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kills and traces as Linux does"),
]

LONG_ENOUGH = 300
"""Seconds from which on each command of LONG is tried."""

STRACE = why_not()
traced = pytest.mark.skipif(STRACE is not None, reason=STRACE or "")


@pytest.fixture(params=["sqlite", "postgres"])
def store(request):
    """Makes a place for an empty record, as `storm` takes it."""
    made = []

    def place():
        if request.param == "sqlite":
            return {}
        postgres = pytest.importorskip("postgres", reason="the PostgreSQL store is not here yet")
        made.append(postgres.database())
        return {"database": made[-1].url("sender"), "keeper": made[-1].url("keeper")}

    yield place
    for database in made:
        database.close()


def test_commands_and_couriers_killed_at_random_moments(tmp_path, seconds, seed, store, told):
    for number in range(max(1, round(seconds / 100))):
        (folder := tmp_path / str(number)).mkdir()
        told(storm(folder, seconds=min(seconds, 100) * 0.2, seed=seed + number, **store()))


@traced
@pytest.mark.parametrize("command", SHORT, ids=lambda command: command.kind)
def test_every_system_call_fails_or_kills_in_turn(tmp_path, seconds, seed, told, command):
    told(faults(tmp_path, [command], seed=seed, seconds=seconds * 0.6 / len(SHORT)))


@traced
@pytest.mark.parametrize("command", LONG[len(SHORT) :], ids=lambda command: command.kind)
def test_every_system_call_of_more_commands(tmp_path, seconds, seed, told, command):
    if seconds < LONG_ENOUGH:
        pytest.skip(f"takes longer: ESCALATE_TORTURE_SECONDS={LONG_ENOUGH}")
    told(faults(tmp_path, [command], seed=seed, seconds=seconds * 0.2 / len(LONG[len(SHORT) :])))


@traced
@pytest.mark.parametrize("init", [False, True], ids=["commands", "init"])
def test_the_power_goes_at_every_moment(tmp_path, seconds, seed, told, init):
    told(cuts(tmp_path, seed=seed, seconds=seconds * 0.2, init=init, scattered=2 if seconds < LONG_ENOUGH else 20))
