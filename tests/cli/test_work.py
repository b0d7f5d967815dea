"""Couriers as processes: started by hand, by a command, woken, stopped, killed; and `page --wait` beside them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from couriers import SRC, at_work, couriers, detached, environ, put_roster, receivers, set_up, spawn, until, wiring  # noqa: F401
from escalate.app import paging
from escalate.domain.instants import to_text
from telling import TOKENS, kinds, messages

# ── work --once, in this process ────────────────────────────────────────────────────────────────────────────────────


def test_once_does_what_is_due_and_ends(escalate, wiring, ledger, incident, receivers):
    paging.ping(ledger, incident, ("legal",), "")

    done = escalate("work --once --json", wired=wiring)

    assert done.exit_code == 0
    assert done.data == {"settled": 1, "owed": 0}
    assert len(receivers.by("chat")) == 1


def test_once_says_when_something_stays_owed(escalate, wiring, ledger, incident, receivers):
    receivers.refuse["chat"] = 503
    paging.ping(ledger, incident, ("legal",), "")
    assert escalate("work --once", wired=wiring).exit_code == 9

    at = to_text(datetime.now(UTC))
    with wiring.store.writing() as tx:
        tx.beat({"id": "x", "host": "h", "pid": 1, "socket": "00", "started_at": at, "beat_at": at})
    assert escalate("work --once", wired=wiring).exit_code == 0, "a living courier holds it"


def test_once_leaves_the_console_to_a_person(escalate, wiring, ledger, incident):
    paging.ping(ledger, incident, ("board",), "")

    assert escalate("work --once", wired=wiring).exit_code == 9
    assert messages(wiring)[0].state == "queued"


def test_installing_says_how_to_start_and_what_secrets_it_will_not_see(escalate, wiring, tmp_path):
    done = escalate("work --install", wired=wiring)

    unit = tmp_path / ".config/systemd/user/escalate.service"
    assert done.exit_code == 0
    assert str(unit) in done.stdout
    assert "systemctl --user enable --now escalate" in done.stdout
    assert "systemctl --user import-environment ESCALATE_SECRET_CHAT ESCALATE_SECRET_HOOK" in done.stdout
    assert not any(token in unit.read_text() + done.stdout for token in TOKENS.values())


# ── couriers as processes ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_courier_is_woken_and_stopped(spawn, wiring, ledger, incident, receivers):
    """A datagram makes a message go out at once, though it sleeps for five seconds when nothing is owed; a signal ends
    it at once as well, and it signs off.
    """
    courier = at_work(spawn, wiring)
    paging.ping(ledger, incident, ("legal",), "")
    began = time.monotonic()
    wiring.store.wake()

    assert until(lambda: receivers.by("chat"))
    assert time.monotonic() - began < 0.5

    assert until(lambda: messages(wiring)[0].state == "sent")
    began = time.monotonic()
    courier.send_signal(signal.SIGTERM)
    _, said = courier.communicate(timeout=5)
    assert time.monotonic() - began < 2
    assert courier.returncode == 0
    assert "Traceback" not in said
    assert couriers(wiring) == []


@pytest.mark.slow
def test_a_courier_ends_when_it_has_been_idle(spawn, wiring):
    courier = spawn("work", "--idle", "1s", "--json")

    said, _ = courier.communicate(timeout=8)

    assert courier.returncode == 0
    assert json.loads(said)["data"] == {"settled": 0}
    assert couriers(wiring) == []


def test_a_courier_that_was_killed_loses_nothing(spawn, wiring, ledger, incident, receivers):
    """It died with a message in its hands; the next courier sends it when the lease is over."""
    paging.ping(ledger, incident, ("legal",), "")
    with wiring.courier_ledger().writing() as record:
        [held] = record.tx.claim(record.now, record.now, 9)
    assert held.state == "sending"

    spawn("work", "--idle", "8s")

    assert until(lambda: messages(wiring)[0].state == "sent")
    assert messages(wiring)[0].attempts == 2
    assert len(receivers.by("chat")) == 1


# ── a courier that a command starts ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_command_starts_a_courier_that_drives_what_is_left(
    spawn, environ, detached, wiring, incident, receivers, home
):
    before = os.umask(0)
    try:
        done = spawn("page", "policy:critical")
        said, warned = done.communicate(timeout=10)
    finally:
        os.umask(before)

    assert done.returncode == 0, warned
    assert "(courier on this machine, alive" in said
    [pid] = detached()
    assert os.getsid(pid) == pid, "a session of its own"
    assert stat.S_IMODE((home / "courier.log").stat().st_mode) == 0o600
    argv = Path(f"/proc/{pid}/cmdline").read_text()
    assert not any(token in argv for token in TOKENS.values())
    held = {os.path.realpath(path) for path in Path(f"/proc/{pid}/fd").iterdir()}
    assert not any(path.endswith(".lock") for path in held)
    assert os.path.realpath(f"/proc/{pid}/cwd") == "/"

    assert until(lambda: "page.exhausted" in kinds(wiring, incident))
    assert [body["to"] for body in receivers.by("hook")] == ["person:alice", "person:bob"]
    assert "courier.missing" not in kinds(wiring, incident)


@pytest.mark.slow
def test_relative_paths_mean_the_same_to_the_courier(spawn, environ, detached, tmp_path, receivers, home):
    """It runs from `/`, and finds the same record and the team's own templates."""
    environ |= {"ESCALATE_HOME": home.name, "PYTHONPATH": os.path.relpath(SRC, tmp_path)}
    (home / "templates" / "messages").mkdir(parents=True)
    (home / "templates" / "messages" / "page.j2").write_text("OUR OWN WORDS {{ name }}")

    done = spawn("--database", f"./{home.name}/record.db", "page", "policy:critical")
    _, warned = done.communicate(timeout=10)

    assert done.returncode == 0, warned
    assert detached()
    assert until(lambda: len(receivers.by("hook")) == 2)
    assert [body["text"] for body in receivers.by("hook")] == ["OUR OWN WORDS Alice Ng", "OUR OWN WORDS Bob Okoro"]


@pytest.mark.slow
def test_a_courier_that_cannot_start_is_said(spawn, environ, wiring, incident, home):
    environ["ESCALATE_COURIER"] = "auto"
    (home / "courier.log").mkdir()

    done = spawn("page", "policy:critical")
    _, warned = done.communicate(timeout=15)

    assert done.returncode == 9
    assert "No courier could be started" in warned
    assert "courier.missing" in kinds(wiring, incident)


# ── page --wait ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_waiting_ends_well_when_somebody_answers_elsewhere(spawn, wiring, ledger, incident, receivers, put_roster):
    put_roster(critical=60)
    waiting = spawn("page", "policy:critical", "--wait", "--json")
    counted = waiting.stderr.readline()

    paging.acknowledge(ledger, incident, None, by="alice")
    said, warned = waiting.communicate(timeout=8)

    assert waiting.returncode == 0, warned
    assert json.loads(said)["data"]["state"] == "acknowledged"
    assert "waiting for alice; next person:bob" in counted


@pytest.mark.slow
def test_waiting_drives_the_steps_and_says_when_they_have_run_out(spawn, wiring, incident, receivers):
    waiting = spawn("page", "policy:critical", "--wait")
    said, warned = waiting.communicate(timeout=12)

    assert waiting.returncode == 8, warned
    assert "NOBODY ACKNOWLEDGED" in warned
    assert "exhausted" in said
    assert [body["to"] for body in receivers.by("hook")] == ["person:alice", "person:bob"]
    assert len(receivers.by("pager")) == 1, "the fallback was told before it came back"
    assert "page.exhausted" in kinds(wiring, incident)


@pytest.mark.slow
@pytest.mark.parametrize("going", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_whoever_leaves_a_page_leaves_it_to_a_courier(going, spawn, detached, wiring, incident, put_roster, receivers):
    put_roster(critical=2)
    waiting = spawn("page", "policy:critical", "--wait", stdin=subprocess.DEVNULL)
    assert until(lambda: receivers.by("hook"))
    time.sleep(0.2)

    waiting.send_signal(getattr(signal, going))
    _, warned = waiting.communicate(timeout=10)

    assert waiting.returncode == 130
    assert "You left" in warned
    assert "It goes on without you: courier on this machine" in warned
    assert "Traceback" not in warned
    assert until(lambda: len(receivers.by("hook")) == 2)


@pytest.mark.slow
def test_a_time_that_is_over_leaves_it_to_nobody_and_says_so(spawn, wiring, incident, put_roster):
    put_roster(critical=60)
    waiting = spawn("page", "policy:critical", "--wait", "--for", "1s")
    _, warned = waiting.communicate(timeout=10)

    assert waiting.returncode == 8
    assert "The time given is over." in warned
    assert "NO COURIER IS RUNNING" in warned
    assert kinds(wiring, incident)[-1] == "courier.missing"


@pytest.mark.slow
def test_a_time_of_nothing_is_over_at_once(spawn, wiring, incident, put_roster):
    put_roster(critical=60)

    waiting = spawn("page", "policy:critical", "--wait", "--for", "0s")
    waiting.communicate(timeout=10)

    assert waiting.returncode == 8


@pytest.mark.slow
def test_a_courier_that_was_started_to_outlive_the_terminal_does(wiring, environ, ledger, incident, receivers):
    """As `nohup escalate work` does it."""
    line = f"trap '' HUP; exec {shlex.quote(sys.executable)} -m escalate work"
    courier = subprocess.Popen(["sh", "-c", line], env=environ, stderr=subprocess.PIPE, text=True)
    try:
        assert until(lambda: couriers(wiring))
        courier.send_signal(signal.SIGHUP)
        paging.ping(ledger, incident, ("legal",), "")
        wiring.store.wake()

        assert until(lambda: receivers.by("chat"))
        courier.send_signal(signal.SIGTERM)
        courier.communicate(timeout=5)
        assert courier.returncode == 0
    finally:
        courier.kill()
        courier.communicate()
