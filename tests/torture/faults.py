"""Part two: the real command, each system call by which it writes, syncs, connects or reads made to fail or kill, in turn;
and the line to a server cut at each word.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter, defaultdict
from functools import cache
from itertools import zip_longest
from threading import Thread
from time import monotonic
from typing import NamedTuple

from torture.benches import KILL, WRITES, Files
from torture.door import AFTER, BEFORE, BEGIN, COMMIT, FOR_GOOD, HELD, TORN
from torture.invariants import DONE, FAILED, HUNG, Ran, findings, odd
from torture.kills import Report, has
from torture.plants import program
from torture.receiver import Receiver
from torture.record import quietly

LIMIT = 60
"""Seconds for one command under strace."""

HOLDS = 0.5
"""Seconds that a command is held while somebody else writes."""

KILLED = frozenset({-9, 137})

COMMITS = '"Q\\0\\0\\0\\vCOMMIT\\0"'
"""As strace shows what decides on a server: it is tried first how each call fails that says so or hears of it."""

NOBODY = "/nscd/"
"""Who is asked for names and is seldom there: nothing comes of it."""


WORD, BREAKS = "a word to the server", (AFTER, FOR_GOOD, BEFORE, TORN, HELD)

FIRST = {kind: rank for rank, kind in enumerate([(WORD, AFTER), ("sendto", KILL), (WORD, FOR_GOOD)])}


class Command(NamedTuple):
    """`before`: the record is `empty`, `quiet`, `owing` (a page waits to be sent), or something is `waiting` on this machine
    to come in; `down`: the server cannot be reached.
    """

    words: tuple
    marker: str = ""
    before: str = "quiet"
    down: bool = False

    @property
    def kind(self):
        return self.words[0]

    def __str__(self):
        return f"{self.kind}-away" if self.down else self.kind


LOG, INIT = Command(("log", "mark-log", "-i", "INC-1"), "mark-log"), Command(("init",), before="empty")
PAGE, WORK = Command(("page", "person:alice", "-i", "INC-1")), Command(("work", "--once"), before="owing")
OPEN = Command(("open", "mark-open", "--quiet-open"), "mark-open")
ACK = Command(("ack", "--all", "--for", "alice", "--heard", "phone", "-i", "INC-1"), before="owing")

SHORT = (LOG, PAGE, WORK, INIT)

LONG = (
    OPEN,
    ACK,
    Command(("resolve", "INC-1"), before="owing"),
    Command(("decide", "Wait for mark-decide?", "--choose", "yes", "--why", "less harm", "-i", "INC-1"), "mark-decide"),
    Command(("apply", "other.toml")),
)

SYNC = Command(("sync",), before="waiting")

SHARED = (LOG, PAGE, SYNC, LOG._replace(down=True))

LONG_SHARED = (
    WORK,
    *LONG[:-1],
    Command(("fact", "detected", "--at", "5m ago", "--why", "mark-fact", "-i", "INC-1"), "mark-fact"),
    Command(("ping", "crew", "-i", "INC-1")),
    LOG._replace(before="waiting"),
    *(one._replace(down=True) for one in (OPEN, PAGE, ACK)),
    INIT,
)


class Case(NamedTuple):
    """`decides`: it is about what says COMMIT to a server, or hears of it; or about BEGIN, where somebody else comes first."""

    command: Command
    call: str
    fault: str
    when: int
    decides: bool = False

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


class Trials:
    """What becomes of a copy of a record when something fails in the middle of a command."""

    def __init__(self, bench, receiver, plant=None):
        self._bench, self._receiver, self._plant = bench, receiver, plant
        self.amiss = []  # where nothing failed

    def cases(self, command, only=()):
        """Every call of every kind that it makes when nothing fails, with every fault; and every word to a server. `only`
        says which calls or faults are wanted, where not all are.
        """
        found, door = [], self._bench.door
        for calls in self._bench.calls[: 1 if command.down else 2]:
            kinds = {*calls, WORD, *BREAKS} if calls is self._bench.calls[-1] else {*calls}
            if only and not kinds & {*only}:
                continue
            place, since = self._bench.place(command), len(self._receiver.got)
            if door:
                door.cut()
            options = ["-e", f"trace={','.join(calls)}", *self._paths(place, next(iter(calls)))]
            ran, log = self._traced(command, place, *options)
            said = [*door.said] if door else []
            if not found:
                self.amiss += [f"nothing failed: {one}" for one in self._after(command, place, ran, since)]
            whens = numbered(line for line in log.splitlines() if f'"{place.home}", ' not in line)
            found += [
                Case(command, call, fault, when, decides)
                for call, faults in calls.items()
                for fault in faults
                for when, decides in sorted(whens[call].items())
            ]
            self._bench.put_away(place)
        for how in BREAKS:
            decisive = BEGIN if how == HELD else COMMIT
            found += [Case(command, WORD, how, when, word == decisive) for when, word in enumerate(said, 1)]
        return [case for case in found if not only or {case.call, case.fault} & {*only}]

    def findings(self, case):
        place, since = self._bench.place(case.command), len(self._receiver.got)
        ran = self._broken(case, place) if case.call == WORD else self._injected(case, place)
        found = self._after(case.command, place, ran, since)
        self._bench.put_away(place)
        return [f"{case}: {one}" for one in found]

    def _broken(self, case, place):
        door, other = self._bench.door, Thread(target=self._bench.write, args=(place,))

        def meanwhile():
            other.start()
            other.join(HOLDS)

        door.meanwhile = meanwhile
        door.cut(case.when, case.fault)
        ran = self._run(case.command, place, [], soon=case.fault == FOR_GOOD)
        door.cut()
        if other.ident:
            other.join(LIMIT)
        return ran

    def _injected(self, case, place):
        fast = [] if case.fault == KILL else ["--seccomp-bpf"]  # with it, strace 6.1 sends no signals
        inject = ["-e", f"trace={case.call}", "-e", f"inject={case.call}:{case.fault}:when={case.when}"]
        return self._traced(case.command, place, *fast, *inject, *self._paths(place, case.call))[0]

    def _traced(self, command, place, *options):
        """What came of it, and what strace wrote."""
        log = place.home / "strace"
        ran = self._run(command, place, ["strace", "-f", "-o", str(log), *options])
        return ran, log.read_text()

    def _run(self, command, place, tracer, *, soon=False):
        out, code, said = place.home / "answer", None, ""
        kind = command.kind
        with out.open("w") as file:
            try:
                done = subprocess.run(
                    [*tracer, *program(self._plant, soon=soon), *command.words],
                    env=self._bench.environ(place, command), cwd=place.home, stdin=subprocess.DEVNULL, stdout=file,
                    stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False,
                )  # fmt: skip
                code, said = done.returncode, done.stderr
            except subprocess.TimeoutExpired:
                kind += HUNG
        self._bench.settle(place)
        return Ran(kind, command.marker, None if code in KILLED else code, out.read_text(), said)

    def _after(self, command, place, ran, since):
        if command.before == "empty":
            return self._begun(place, ran)
        return self._judged(place, [*self._bench.ran[command.before], ran], command.before, since)

    def _judged(self, place, ran, before, since):
        """What does not hold at once, when a courier had its time, and for the next command."""
        found = findings(place.facts(), ran, self._got(before, since), ended=False, may=FAILED)
        self._bench.recover(place)
        code, said = quietly(place, "log", "mark-after", "-i", "INC-1")
        ran = [*ran, Ran("log", "mark-after", code, "", said)]
        again = findings(place.facts(), ran, self._got(before, since), ended=True, may=FAILED)
        found += [one for one in again if one not in found]
        return found if code in DONE else [*found, f"the next command ended with {code}: {said}"]

    def _got(self, before, since):
        return [*self._bench.sent[before], *self._receiver.got[since:]]

    def _begun(self, place, ran):
        """After `init`, whatever became of it, a record can be begun."""
        codes = [quietly(place, *words)[0] for words in (("init",), ("open", "mark", "--quiet-open"), ("verify",))]
        found = [] if codes == [0, 0, 0] else [f"no record can be begun: {codes}"]
        return found + list(odd(ran, FAILED))

    def _paths(self, place, call):
        """Sockets have none. A folder is synced, too; that it is opened counts not, since Python does that as well."""
        if call not in WRITES:
            return []
        folders = [] if call == "openat" else self._bench.folders(place)
        return [
            word for path in (*self._bench.files(place), place.home / "answer", *folders) for word in ("-P", str(path))
        ]


def numbered(lines):
    """Of each call, by which number it was made, and whether it decides. strace counts for each thread."""
    counts, whens, committing = Counter(), defaultdict(dict), defaultdict(set)
    for thread, call, rest in re.findall(r"^(\d+) +(\w+)\((.*)$", "\n".join(lines), re.MULTILINE):
        counts[thread, call] += 1
        if NOBODY in rest:
            continue
        if COMMITS in rest:
            committing[thread] = {"sendto", "poll", "recvfrom"}
        decides = call in committing[thread]
        committing[thread].discard(call)
        whens[call][counts[thread, call]] = whens[call].get(counts[thread, call], False) or decides
    return whens


def faults(folder, commands, *, seconds, seed=0, plant=None, wanted=None, on=Files, only=()):
    """As many of the cases as fit into so many seconds, in turn, from a place that `seed` gives; until something
    `wanted` is found. `on` says whether records are files or databases.
    """
    tried, found = Counter(), []
    with Receiver() as receiver, on(folder, receiver) as bench:
        trials = Trials(bench, receiver, plant)
        cases = [turns(trials.cases(command, only), seed) for command in commands]
        found += trials.amiss
        until = monotonic() + seconds
        for case in in_turn(cases):
            if monotonic() > until or has(found, wanted):
                break
            found += trials.findings(case)
            tried[case.command] += 1
    figures = {str(command): f"{tried[command]} of {len(its)}" for command, its in zip(commands, cases, strict=True)}
    return Report(found, figures)


def turns(cases, seed):
    """Each call and each fault in turn, so that those that are rare come early; of each, spread evenly over the run. What
    decides comes first, and of that what says most.
    """
    kinds = {}
    for case in sorted(cases, key=lambda one: (not one.decides, FIRST.get((one.call, one.fault), len(FIRST)))):
        kinds.setdefault((case.decides, case.call, case.fault), []).append(case)
    return in_turn([spread(alike, seed) for alike in kinds.values()])


def in_turn(rows):
    return [one for round_ in zip_longest(*rows) for one in round_ if one is not None]


def spread(cases, seed=0):
    """In an order in which every beginning of it is spread evenly over the whole."""
    bits = max(1, (len(cases) - 1).bit_length())
    order = [n for n in (int(f"{n:0{bits}b}"[::-1], 2) for n in range(2**bits)) if n < len(cases)]
    return [cases[(n + seed) % len(cases)] for n in order]
