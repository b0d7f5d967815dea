"""The drill as a user runs it: a program of its own, real sockets, and what happens when the other side dies."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def drill(environ, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "escalate", "drill", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.parametrize("scenario", ["threat-to-life", "model-regression"])
def test_a_drill_runs_the_whole_job_and_leaves_its_report(environ, home, scenario):
    out, err = (program := drill(environ, scenario, "--speed", "300", "--json")).communicate(timeout=60)

    assert program.returncode == 0, err
    data = json.loads(out)["data"]
    assert data["not_received"] == 0
    assert data["verified"] is True
    assert data["incident"]["status"] == "closed"
    assert data["incident"]["code_name"].startswith("DRILL ")
    assert {message["state"] for message in data["messages"]} <= {"sent", "acknowledged", "cancelled"}
    assert all(message["text"].startswith("DRILL ") for message in data["messages"])
    for path in data["files"]:
        assert "DRILL" in Path(path).read_text(encoding="utf-8")
        assert Path(path).stat().st_mode & 0o777 == 0o600


def test_a_drill_whose_receiver_dies_says_what_was_not_received_and_exits_9(environ):
    program = drill(environ, "threat-to-life", "--speed", "600", "--patience", "4")
    for line in program.stdout:
        if found := re.search(r"\(pid (\d+)\)", line):
            os.kill(int(found[1]), signal.SIGKILL)
            break
    out, err = program.communicate(timeout=90)

    assert program.returncode == 9, out + err
    assert "NOT RECEIVED" in err
    assert "DRILL FELL SHORT" in out
    assert "Traceback" not in err


def test_a_drill_touches_neither_the_record_nor_the_secrets_of_its_user(environ, wiring, incident):
    before = wiring.database.read_bytes()

    program = drill({**environ, "ESCALATE_SECRET_SLACK": "xoxb-real"}, "--speed", "600")
    program.communicate(timeout=60)

    assert program.returncode == 0
    assert wiring.database.read_bytes() == before
