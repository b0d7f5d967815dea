from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LIMITED = str(Path(__file__).with_name("limited.py"))


class Ran:
    def __init__(self, done):
        self.exit_code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr

    @property
    def data(self):
        return json.loads(self.stdout)["data"]


@pytest.fixture
def process_environ(environ):
    return {
        **environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",  # or a file that may not grow would be a module cut in two
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


@pytest.fixture
def on_a_bad_day(process_environ, tmp_path):
    """Runs one command line in a process of its own, under the limits that are given by name."""

    def run(words, *, stdin="", **limits):
        words = words.split() if isinstance(words, str) else words
        done = subprocess.run(
            [sys.executable, LIMITED, json.dumps(limits), *words],
            env=process_environ, cwd=tmp_path, input=stdin, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done)

    return run


@pytest.fixture
def record(escalate):
    """A record with INC-1, opened quietly, and one note; runs further commands in this process."""
    escalate("init")
    escalate("open 'A title' --quiet-open")
    escalate("log first")
    return escalate


@pytest.fixture
def nothing_lost(record):
    """Asserts that the notes are these, that all fits together, and that the next command works."""

    def check(*notes):
        texts = [entry["text"] for entry in record("timeline INC-1 --json").data if entry["kind"] == "note.added"]
        assert texts == ["first", *notes]
        assert record("verify").exit_code == 0
        assert record("log 'and on' -i INC-1").exit_code == 0
        assert record("verify").exit_code == 0

    return check
