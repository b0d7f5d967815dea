"""Part two: the real command, each system call by which it writes, syncs, connects or reads made to fail or kill, in turn."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from contextlib import closing
from functools import cache
from itertools import count, zip_longest
from time import monotonic
from typing import NamedTuple

from escalate.app.paging import page
from torture.invariants import DONE, FAILED, Ran, findings, odd
from torture.kills import Report, has
from torture.plants import program
from torture.receiver import Receiver
from torture.record import Place, quietly

LIMIT = 60
"""Seconds for one command under strace."""

KILL, KILLED = "signal=KILL", frozenset({-9, 137})

WRITES = {
    "pwrite64": (KILL, "error=EIO", "error=ENOSPC"),
    "write": (KILL, "error=EIO", "error=ENOSPC"),
    "fdatasync": (KILL, "error=EIO"),
    "fsync": (KILL, "error=EIO"),
    "ftruncate": (KILL, "error=EIO"),
    "unlink": (KILL, "error=EIO"),
    "rename": (KILL, "error=EIO"),
    "openat": (KILL, "error=EACCES"),
    "flock": (KILL, "error=ENOLCK"),
    "pread64": ("error=EIO",),
}
"""On the files of the record and the answer. To be killed at a read is to be killed between two writes."""

SENDS = {
    "connect": (KILL, "error=ECONNREFUSED", "error=ETIMEDOUT"),
    "sendto": (KILL, "error=ECONNRESET"),
    "recvfrom": (KILL, "error=ECONNRESET"),
}


class Command(NamedTuple):
    """`owing`: a page waits to be sent when it begins; `empty`: there is no record yet."""

    words: tuple
    marker: str = ""
    owing: bool = False
    empty: bool = False

    @property
    def kind(self):
        return self.words[0]


SHORT = (
    Command(("log", "mark-log", "-i", "INC-1"), "mark-log"),
    Command(("page", "person:alice", "-i", "INC-1")),
    Command(("work", "--once"), owing=True),
    Command(("init",), empty=True),
)

LONG = (
    *SHORT,
    Command(("open", "mark-open", "--quiet-open"), "mark-open"),
    Command(("ack", "--all", "--for", "alice", "--heard", "phone", "-i", "INC-1"), owing=True),
    Command(("resolve", "INC-1"), owing=True),
    Command(("decide", "Wait for mark-decide?", "--choose", "yes", "--why", "less harm", "-i", "INC-1"), "mark-decide"),
    Command(("apply", "other.toml")),
)


class Case(NamedTuple):
    command: Command
    call: str
    fault: str
    when: int

    def __str__(self):
        return f"{' '.join(self.command.words)}: {self.call} {self.fault} when={self.when}"


@cache
def why_not():
    """Why strace cannot be used here; None where it can."""
    if not shutil.which("strace"):
        return "strace is not installed (Debian: apt install strace)"
    words = ["strace", "-f", "-e", "trace=write", "-e", "inject=write:error=ENOSPC", "sh", "-c", "echo x"]
    try:
        tried = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"strace does not run here: {error}"
    if "INJECTED" in tried.stderr:
        return None
    return f"strace cannot trace here (ptrace is forbidden?): {tried.stderr.strip()[-120:]}"


class Bench:
    """Records as they are before a command, and what becomes of a copy when something fails in the middle of it."""

    def __init__(self, folder, receiver, plant=None):
        self._folder, self._receiver, self._plant = folder, receiver, plant
        self._made = {}
        self._numbers = count(1)

    def _copy(self, command):
        kind = "empty" if command.empty else "owing" if command.owing else "quiet"
        if kind not in self._made:
            self._made[kind] = self._prepared(Place(self._folder / kind), kind)
        home = self._folder / f"case-{next(self._numbers)}"
        shutil.copytree(self._made[kind].home, home)
        return Place(home)

    def _prepared(self, place, kind):
        if kind == "empty":
            place.home.mkdir()
            return place
        place.make(self._receiver.url)
        quietly(place, "open", "A title", "--quiet-open")
        if kind == "owing":
            wiring = place.wiring()
            with closing(wiring.store) as store:
                with store.reading() as look:
                    [incident] = look.incidents()
                page(wiring.ledger, incident.id, ("policy:critical",))
        return place

    def _run(self, command, place, *options):
        """What came of it, and what strace wrote."""
        out, log = place.home / "answer", place.home / "strace"
        with out.open("w") as file:
            done = subprocess.run(
                ["strace", "-f", "-o", str(log), *options, *program(self._plant), *command.words],
                env=place.environ, cwd=place.home, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE,
                text=True, timeout=LIMIT, check=False,
            )  # fmt: skip
        code = None if done.returncode in KILLED else done.returncode
        return Ran(command.kind, command.marker, code, out.read_text(), done.stderr), log.read_text()

    def cases(self, command):
        """Every call of every kind that it makes when nothing fails, with every fault."""
        found = []
        for calls in (WRITES, SENDS):
            place = self._copy(command)
            ran, log = self._run(command, place, "-e", f"trace={','.join(calls)}", *_paths(place, next(iter(calls))))
            assert ran.code in DONE, ran
            log = "".join(line for line in log.splitlines(keepends=True) if f'"{place.home}", ' not in line)
            shutil.rmtree(place.home)
            by_thread = Counter(re.findall(r"^(\d+) +(\w+)\(", log, re.MULTILINE))  # strace counts for each thread
            for call, faults in calls.items():
                many = max((n for (_thread, name), n in by_thread.items() if name == call), default=0)
                found += [Case(command, call, fault, when) for fault in faults for when in range(1, many + 1)]
        return found

    def findings(self, case):
        place, before = self._copy(case.command), len(self._receiver.got)
        fast = [] if case.fault == KILL else ["--seccomp-bpf"]  # with it, strace 6.1 sends no signals
        trace = ["-e", f"trace={case.call}", "-e", f"inject={case.call}:{case.fault}:when={case.when}"]
        ran, _log = self._run(case.command, place, *fast, *trace, *_paths(place, case.call))
        found = self._begun(place, ran) if case.command.empty else self._judged(place, ran, before)
        shutil.rmtree(place.home)
        return [f"{case}: {one}" for one in found]

    def _judged(self, place, ran, before):
        """What does not hold at once, when a courier had its time, and for the next command."""
        found = findings(place.facts(), [ran], self._receiver.got[before:], ended=False, may=FAILED)
        place.recover()
        code, said = quietly(place, "log", "mark-after", "-i", "INC-1")
        again = findings(
            place.facts(),
            [ran, Ran("log", "mark-after", code, "", said)],
            self._receiver.got[before:],
            ended=True,
            may=FAILED,
        )
        found += [one for one in again if one not in found]
        return found if code in DONE else [*found, f"the next command ended with {code}: {said}"]

    def _begun(self, place, ran):
        """After `init`, whatever became of it, a record can be begun."""
        codes = [quietly(place, *words)[0] for words in (("init",), ("open", "mark", "--quiet-open"), ("verify",))]
        found = [] if codes == [0, 0, 0] else [f"no record can be begun: {codes}"]
        return found + list(odd(ran, FAILED))


def _paths(place, call):
    """The files of the record and the answer; sockets have no path. The folder itself is synced, too; that it is opened
    counts not, since Python does that as well.
    """
    names = ("record.db", "record.db-journal", "record.db-wal", "record.db.lock", "answer")
    found = [word for name in names for word in ("-P", str(place.home / name))] if call in WRITES else []
    return [*found, "-P", str(place.home)] if call in WRITES and call != "openat" else found


def faults(folder, commands, *, seconds, seed=0, plant=None, wanted=None):
    """As many of the cases as fit into so many seconds, in turn, from a place that `seed` gives; until something
    `wanted` is found.
    """
    until, tried, found = monotonic() + seconds, Counter(), []
    with Receiver() as receiver:
        bench = Bench(folder, receiver, plant)
        cases = [turns(bench.cases(command), seed) for command in commands]
        for case in in_turn(cases):
            if monotonic() > until or has(found, wanted):
                break
            found += bench.findings(case)
            tried[case.command.kind] += 1
    figures = {
        command.kind: f"{tried[command.kind]} of {len(its)}" for command, its in zip(commands, cases, strict=True)
    }
    return Report(found, figures)


def turns(cases, seed):
    """Each call and each fault in turn, so that those that are rare come early; of each, spread evenly over the run."""
    kinds = {}
    for case in cases:
        kinds.setdefault((case.call, case.fault), []).append(case)
    return in_turn([spread(alike, seed) for alike in kinds.values()])


def in_turn(rows):
    return [one for round_ in zip_longest(*rows) for one in round_ if one is not None]


def spread(cases, seed=0):
    """In an order in which every beginning of it is spread evenly over the whole."""
    bits = max(1, (len(cases) - 1).bit_length())
    order = [n for n in (int(f"{n:0{bits}b}"[::-1], 2) for n in range(2**bits)) if n < len(cases)]
    return [cases[(n + seed) % len(cases)] for n in order]
