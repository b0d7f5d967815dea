"""What the README shows of an incident is what the program says, but for names, times and numbers that differ each time."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest

from escalate.domain.instants import to_text

ROOT = Path(__file__).parents[1]

VARYING = (
    (r"\b[A-Z]+ [A-Z]+(?= #\d| SEV\d|  SEV\d)", "NAME"),
    (r"\b\d\d\d\d-\d\d-\d\d\b", "DATE"),
    (r"\b\d\d:\d\d(:\d\dZ|Z)?", "TIME"),
    (r"#(\d+):[0-9a-f]{12}", r"#\1:HEAD"),
    (r"\b[0-9a-f]{8}\b", "ID"),
    (r"\b(ack|decline) [0-9A-Z]{4}\b", r"\1 CODE"),
    (r"\(courier .*\)", "(COURIER)"),
    (r"The record is at .*", "The record is at PATH"),
)


def shown():
    """(command, its lines) of the two-minute incident; what a comment explains is only named there."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## A two-minute incident")[2]
    block = text.partition("```console\n")[2].partition("```")[0]
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        if "  #" not in command:
            yield command, lines


def alike(line):
    """A line without what differs each time, and as a pipe shows it; `…` stands for the rest of a long one."""
    for pattern, name in VARYING:
        line = re.sub(pattern, name, line)
    return " ".join(line.lower().split())


def unlike(expected, lines):
    """The lines that only one of the two has."""
    said = [alike(line) for line in lines if line.strip()]
    wanted = [alike(line) for line in expected if line.strip("─ ")]
    missing = [
        one for one in wanted
        if not any(line == one or (one.endswith("…") and line.startswith(one.rstrip("… "))) for line in said)
    ]  # fmt: skip
    more = [
        one for one in said
        if not any(one == line or (line.endswith("…") and one.startswith(line.rstrip("… "))) for line in wanted)
    ]  # fmt: skip
    return missing, more


@pytest.fixture
def living(store, clock):
    at = to_text(clock.now() - timedelta(seconds=1))
    with store.writing() as tx:
        tx.beat({"id": "x", "host": "elsewhere", "pid": 1, "socket": "00", "started_at": at, "beat_at": at})


def test_the_two_minute_incident(escalate, environ, clock, tmp_path, living):
    from escalate.wiring import Wiring

    said_codes: list[str] = []
    for command, lines in shown():
        words, expected = shlex.split(command)[1:], lines
        if words[0] == "init":  # the record of this test is there already
            elsewhere = Wiring({**environ, "ESCALATE_HOME": str(tmp_path / "new")}, clock=clock)
            assert unlike(lines, escalate("init", wired=elsewhere).stdout.splitlines()) == ([], [])
            continue
        if words[0] == "open":
            prompt, *expected = lines
            words[1:1] = ["-"]
            answer = prompt.partition(": ")[2]
        else:
            answer = ""
        if words[0] == "ack":
            words[1] = said_codes[0]
        done = escalate([str(ROOT / word) if word.startswith("docs/") else word for word in words], stdin=answer)
        said_codes += re.findall(r"escalate ack ([0-9A-Z]{4})\b", done.stderr)
        assert unlike(expected, [*done.stdout.splitlines(), *done.stderr.splitlines()]) == ([], []), command
