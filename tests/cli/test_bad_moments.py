"""Stopped, killed or unread at a bad moment: nobody goes unwoken without a word."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from couriers import at_work, couriers, detached, environ, put_roster, receivers, set_up, spawn, until, wiring  # noqa: F401
from escalate.app import paging
from escalate.app.verification import verify_store
from telling import kinds, messages


@pytest.mark.slow
def test_a_courier_that_was_killed_is_not_believed(spawn, detached, wiring, incident, receivers):
    spawn("page", "person:bob").communicate(timeout=15)
    [killed] = couriers(wiring)
    os.kill(killed["pid"], signal.SIGKILL)
    until(lambda: not Path(f"/proc/{killed['pid']}").exists() or "Z" in Path(f"/proc/{killed['pid']}/stat").read_text())

    _, said = spawn("page", "policy:critical").communicate(timeout=15)

    assert {one["pid"] for one in couriers(wiring)} - {killed["pid"]}, said
    assert until(lambda: len(receivers.by("hook")) >= 3), "its second step fires all the same"


@pytest.mark.slow
@pytest.mark.parametrize("into", ["a pipe nobody reads", "a full disk"])
def test_that_nobody_reads_the_answer_keeps_nobody_from_being_told(into, spawn, wiring, incident, receivers):
    if into == "a full disk":
        with Path("/dev/full").open("w") as nowhere:
            ended = spawn("page", "person:bob", stdout=nowhere)
            ended.communicate(timeout=15)
    else:
        read, write = os.pipe()
        os.close(read)
        ended = spawn("page", "person:bob", stdout=write)
        os.close(write)
        ended.communicate(timeout=15)

    assert [body["to"] for body in receivers.by("hook")] == ["person:bob"]
    assert ended.returncode == 9  # couriers are switched off: nobody sees to what follows
    assert "courier.missing" in kinds(wiring, incident)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "says", "entries"),
    [
        (("log", "once"), 6, "It is recorded; only the answer could not be written", ["note.added"]),
        (("log", "once", "--json"), 6, "It is recorded; only the answer could not be written", ["note.added"]),
        (("report", "-o", "-"), 6, "The answer could not be written", []),
        (("report", "-o", "FILE"), 6, "It is recorded; only the answer could not be written", ["report.exported"]),
        (("export", "-o", "FILE"), 6, "It is recorded; only the answer could not be written", ["report.exported"]),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_an_answer_that_finds_no_room_says_whether_it_is_recorded(
    words, code, says, entries, spawn, wiring, incident, tmp_path
):
    with Path("/dev/full").open("w") as nowhere:
        ended = spawn(*(str(tmp_path / "made") if word == "FILE" else word for word in words), stdout=nowhere)
        _, said = ended.communicate(timeout=15)

    assert (ended.returncode, says in said) == (code, True), said
    assert kinds(wiring, incident) == ["incident.opened", *entries]


@pytest.mark.slow
@pytest.mark.parametrize("words", [("log", "-"), ("show",), ("list", "--json"), ("page", "person:dana")])
@pytest.mark.parametrize("closed", [0, 1, 2])
def test_closed_streams_end_in_no_traceback_and_write_nothing_into_the_record(words, closed, environ, wiring, incident):
    line = " ".join(map(shlex.quote, [sys.executable, "-m", "escalate", *words]))

    done = subprocess.run(
        ["sh", "-c", f"{line} {closed}>&-"], env=environ, capture_output=True, text=True, timeout=20, check=False
    )

    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 2, 9}
    assert verify_store(wiring.store).sound
    if words[0] == "page" and closed == 2:
        assert [message.state for message in messages(wiring)] == ["queued"], "nobody could see it"


@pytest.mark.slow
def test_a_courier_that_was_told_to_stop_is_counted_on_no_more(
    spawn, detached, wiring, incident, receivers, put_roster
):
    put_roster(critical=2)
    stopping = at_work(spawn, wiring)
    stopping.send_signal(signal.SIGTERM)

    said, _ = spawn("page", "policy:critical").communicate(timeout=15)
    stopping.communicate(timeout=15)

    assert until(lambda: len(receivers.by("hook")) >= 2), said


@pytest.mark.slow
def test_stopping_a_courier_that_somebody_depends_on_is_said(spawn, wiring, ledger, incident, put_roster):
    put_roster(critical=60)
    stopping = at_work(spawn, wiring)
    paging.page(ledger, incident, ("policy:critical",))
    time.sleep(0.5)
    stopping.send_signal(signal.SIGINT)

    _, warned = stopping.communicate(timeout=15)

    assert stopping.returncode == 9
    assert "NO COURIER IS RUNNING NOW" in warned
    assert "courier.missing" in kinds(wiring, incident)


@pytest.mark.slow
def test_a_command_that_is_killed_while_it_sends_leaves_a_courier(
    spawn, detached, wiring, incident, receivers, put_roster
):
    put_roster(critical=2)
    killed = spawn("page", "policy:critical")
    assert until(lambda: couriers(wiring) or killed.poll() is not None)
    killed.kill()

    def second_step():
        return "person:bob" in [body["to"] for body in receivers.by("hook")]

    assert until(second_step), "it fires all the same"
