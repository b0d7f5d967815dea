"""Whatever is killed, refused or cut off where: what was said to be recorded is there, and whoever is owed a word gets it.

Four parts, since none of them sees everything: docs/explanation/torture.md. `pytest -m slow tests/torture
--torture-seconds 1200` tortures longer.
"""

from __future__ import annotations

import sys

import pytest

from torture.benches import Databases
from torture.crashes import crashes
from torture.cuts import cuts
from torture.faults import LONG, LONG_SHARED, SHARED, SHORT, faults, why_not
from torture.kills import storm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kills and traces as Linux does"),
]

LONG_ENOUGH = 300
"""Seconds from which on more commands are tried."""

TAKES_LONGER = f"takes longer: ESCALATE_TORTURE_SECONDS={LONG_ENOUGH}"

KILLS, CALLS, CUTS, CRASHES = 0.125, 0.2, 0.15, 0.1
"""What each part has of the seconds; the first two have it once on each store."""

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
        told(storm(folder, seconds=min(seconds, 100) * KILLS, seed=seed + number, **store()))


@traced
@pytest.mark.parametrize("command", SHORT, ids=str)
def test_every_system_call_fails_or_kills_in_turn(tmp_path, seconds, seed, told, command):
    told(faults(tmp_path, [command], seed=seed, seconds=seconds * CALLS / len(SHORT)))


@traced
@pytest.mark.parametrize("command", LONG, ids=str)
def test_every_system_call_of_more_commands(tmp_path, seconds, seed, told, command):
    if seconds < LONG_ENOUGH:
        pytest.skip(TAKES_LONGER)
    told(faults(tmp_path, [command], seed=seed, seconds=seconds * CALLS / len(LONG)))


@traced
@pytest.mark.parametrize("commands", [SHARED[::2], SHARED[1::2]], ids=lambda them: "+".join(map(str, them)))
def test_every_system_call_and_every_word_to_a_server_fails_in_turn(tmp_path, seconds, seed, told, commands):
    told(faults(tmp_path, commands, seed=seed, seconds=seconds * CALLS / 2, on=Databases))


@traced
@pytest.mark.parametrize("command", LONG_SHARED, ids=str)
def test_every_system_call_and_word_of_more_commands(tmp_path, seconds, seed, told, command):
    if seconds < LONG_ENOUGH:
        pytest.skip(TAKES_LONGER)
    told(faults(tmp_path, [command], seed=seed, seconds=seconds * CALLS / len(LONG_SHARED), on=Databases))


@traced
@pytest.mark.parametrize("init", [False, True], ids=["commands", "init"])
def test_the_power_goes_at_every_moment(tmp_path, seconds, seed, told, init):
    told(cuts(tmp_path, seed=seed, seconds=seconds * CUTS, init=init, scattered=2 if seconds < LONG_ENOUGH else 20))


def test_the_server_ends_at_once(tmp_path, seconds, seed, told):
    told(crashes(tmp_path, seed=seed, seconds=seconds * CRASHES))
