"""Couriers as processes, on a real store, by the clock on the wall: fixtures for tests that start and stop them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from escalate.app.ledger import Author
from escalate.app.roster import apply
from escalate.wiring import Wiring
from telling import TOKENS, Receivers, roster

SRC = str(Path(__file__).resolve().parents[1] / "src")


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture
def environ(environ):
    return {**environ, **TOKENS, "PYTHONPATH": SRC, "PYTHONWARNINGS": "ignore"}


@pytest.fixture
def wiring(environ):
    """As in the other tests, but by the clock on the wall, which other processes go by."""
    made = Wiring(environ, author=Author(actor="alice", person="alice", source="test", origin="desk"))
    made.store.create()
    yield made
    made.store.close()


@pytest.fixture
def put_roster(wiring, tmp_path, httpserver):
    """The roster, its waits in seconds: shorter than a file may say."""

    def put(text="", **seconds):
        path = tmp_path / "roster.toml"
        path.write_text(text or roster(httpserver.url_for("")))
        checked = wiring.read_roster([path])
        for name, wait in seconds.items():
            for step in checked.roster["policies"][name]["steps"]:
                step["wait"] = wait
        apply(wiring.ledger, checked)

    return put


@pytest.fixture(autouse=True)
def set_up(receivers, put_roster, incident):
    put_roster(critical=1, quick=1)


@pytest.fixture
def spawn(environ, tmp_path):
    """Starts the program; whatever is left of it at the end is killed."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # these tests run behind a shell: the program would heed that
        signal.signal(signal.SIGINT, signal.default_int_handler)
    started = []

    def run(*words, **more):
        given = {
            "env": environ,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "cwd": tmp_path,
            **more,
        }
        process = subprocess.Popen([sys.executable, "-m", "escalate", *words], **given)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(true, seconds=8.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    return true()


def couriers(wiring):
    with wiring.store.reading() as look:
        return look.couriers(datetime.now(UTC) - timedelta(seconds=60))


def at_work(spawn, wiring, *words):
    process = spawn("work", *words)
    assert until(lambda: couriers(wiring)), process.communicate()
    time.sleep(0.15)  # past its first round, and waiting
    return process


@pytest.fixture
def detached(environ, wiring):
    """What a command started is ended here."""
    environ["ESCALATE_COURIER"] = "auto"
    yield lambda: [one["pid"] for one in couriers(wiring)]
    for pid in [one["pid"] for one in couriers(wiring)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    until(lambda: not couriers(wiring))
