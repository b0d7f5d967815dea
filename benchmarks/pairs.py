"""Whole commands timed in turn, with the kernel's own accounting of each."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent / "src"


def once(command, environ):
    """Wall milliseconds, CPU milliseconds and peak MiB of one run; the command must exit 0 or 9."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as program:
        _, status, used = os.wait4(program.pid, 0)
        wall = (time.perf_counter() - began) * 1000
        said = program.stderr.read().decode(errors="replace")
        program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode not in {0, 9}:
        raise SystemExit(f"{command} ended with {program.returncode}: {said[-400:]}")
    return wall, (used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024


def in_turn(commands, runs, environ, warm=2):
    """`commands` maps a name to its argv. Returns name -> list of (wall, cpu, peak), measured A B C A B C …"""
    for _ in range(warm):
        for command in commands.values():
            once(command, environ)
    found = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(once(command, environ))
    return found


def median(rows, column=0):
    return statistics.median(row[column] for row in rows)


def ratio(ours, theirs):
    """The median of ours over theirs, pair by pair."""
    return statistics.median(a[0] / b[0] for a, b in zip(ours, theirs, strict=True))


def ourselves(*words):
    """The command as the console script runs it, from this checkout."""
    return [sys.executable, "-c", "import sys; from escalate.__main__ import start; start()", *words]


def environment(folder):
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ESCALATE_HOME": str(folder / "record"),
        "ESCALATE_COURIER": "off",
        "PYTHONPATH": str(SOURCE),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
