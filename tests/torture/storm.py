"""Commands and two couriers at once, killed at random moments: `python -m torture.storm`, the orders as a line of JSON on stdin.

One process without threads imports the program and forks for every command, which saves the start of an interpreter:
only so are there dozens of kills in a second. What was run, and what came of it, is written to stdout at the end.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import time
from collections import defaultdict
from contextlib import suppress

from torture.forked import Child, command

AT_ONCE = 3
COURIERS = 2
KILLED, KILLED_AT_A_WORD = 0.5, 0.2
"""The part of the commands that are to be killed at some moment, and at their first word."""

COURIER_LIVES = 0.25
"""Seconds after which a courier is killed, on an average."""

TOO_LONG = 20.0
"""Seconds after which a command counts as hanging."""

DRAIN = 30.0
"""Seconds in which everything must have been delivered once nobody is killed any more."""

HUNG = " (hung)"

INCIDENTS = 4


class Storm:
    def __init__(self, seed, seconds, pages):
        self._random, self._pages = random.Random(seed), pages
        self._until = time.monotonic() + seconds
        self._name = f"{seed}-{os.urandom(2).hex()}"
        self._commands: dict[int, Child] = {}
        self._couriers: dict[int, Child] = {}
        self._lasts = defaultdict(lambda: 0.05)
        self._count = 0
        self.ran: list[dict] = []

    def blow(self):
        while time.monotonic() < self._until:
            while len(self._couriers) < COURIERS:
                self._courier(self._random.expovariate(1 / COURIER_LIVES))
            while len(self._commands) < AT_ONCE:
                self._start()
            self._wait()
        for child in (*self._commands.values(), *self._couriers.values()):
            child.kill()
        while self._commands or self._couriers:
            self._wait()

    def drain(self):
        """One courier, nobody is killed; then a last command, which must work."""
        self._courier(None)
        end = time.monotonic() + DRAIN
        while time.monotonic() < end and _something_due():
            self._wait(0.1)
        self._stop_couriers()
        self._last("log", "last")
        self._last("verify", "")

    def _last(self, kind, marker):
        words = ["log", f"mark-{self._name}-last", "-i", "INC-1"] if kind == "log" else [kind]
        child = Child(kind, marker and words[1], words)
        self._commands[child.pid] = child
        while self._commands:
            self._wait()

    def _stop_couriers(self):
        for child in self._couriers.values():
            child.kill(signal.SIGTERM)
        while self._couriers:
            self._wait()

    def _courier(self, dies_after):
        child = Child("work", "", ("work", "--threads", "8"), dies_after)
        self._couriers[child.pid] = child

    def _start(self):
        self._count += 1
        kind, marker, words = self._words(f"mark-{self._name}-{self._count}")
        chance, dies_after = self._random.random(), self._random.uniform(0, 1.3 * self._lasts[kind])
        at_a_word = KILLED < chance < KILLED + KILLED_AT_A_WORD
        child = Child(kind, marker, words, dies_after if chance < KILLED else None, dies_at_a_word=at_a_word)
        self._commands[child.pid] = child

    def _words(self, marker):
        where = ("-i", f"INC-{self._random.randint(1, INCIDENTS)}")
        if self._random.random() < self._pages:
            target = self._random.choice(["person:alice", "person:bob", "policy:critical"])
            return "page", "", ("page", target, *where)
        pick = self._random.random()
        if pick < 0.6:
            return "log", marker, ("log", marker, *where)
        if pick < 0.68:
            return "ack", "", ("ack", "--all", "--for", "alice", "--heard", "phone", *where)
        if pick < 0.76:
            return "open", marker, ("open", marker, "--severity", "SEV3", "--quiet-open")
        if pick < 0.84:
            return "fact", marker, ("fact", "detected", "--at", "5m ago", "--why", marker, *where)
        if pick < 0.92:
            return "decide", marker, ("decide", f"Wait for {marker}?", "--choose", "yes", "--why", "less harm", *where)
        return "read", "", self._random.choice([("timeline", where[1]), ("verify",), (), ("messages", where[1])])

    def _wait(self, seconds=0.001):
        now = time.monotonic()
        for child in (*self._commands.values(), *self._couriers.values()):
            if child.must_die:
                child.kill()
            if child.kind != "work" and not child.killed and now - child.began > TOO_LONG:
                child.kind += HUNG
                child.kill()
        if not self._reap():
            time.sleep(seconds)

    def _reap(self):
        with suppress(ChildProcessError):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return False
            child = self._commands.pop(pid, None) or self._couriers.pop(pid)
            self.ran.append(child.ended(status))
            if child.kind != "work" and not child.killed:
                self._lasts[child.kind] += 0.1 * (self.ran[-1]["seconds"] - self._lasts[child.kind])
            return True
        return False


def _something_due():
    """Whether anything falls due within the length of a lease."""
    from datetime import timedelta

    from escalate.errors import EscalateError
    from escalate.wiring import Wiring
    from torture.hurry import LEASE

    wiring = Wiring()
    try:
        with wiring.store.reading() as look:
            due = look.next_due(wiring.clock.now())
    except EscalateError:
        return True
    finally:
        wiring.store.close()
    return due is not None and due < wiring.clock.now() + timedelta(seconds=2 * LEASE)


def import_what_commands_import(home):
    """A child runs each command once and tells what it loaded; we load it, but start no thread and open no file."""
    commands = (
        ("init",),
        ("open", "A title", "--quiet-open"),
        ("log", "x"),
        ("fact", "detected", "--at", "5m ago", "--why", "x"),
        ("decide", "Wait?", "--choose", "yes", "--why", "x"),
        ("apply", f"{os.environ['ESCALATE_HOME']}/roster.toml"),
        ("page", "person:alice"),
        ("ack", "--all", "--for", "alice", "--heard", "phone"),
        ("timeline",),
        ("messages",),
        ("verify",),
        ("work", "--once"),
        (),
    )
    read, write = os.pipe()
    if os.fork() == 0:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        for words in (("list",), ("work", "--once")):  # on the real record, so that its client library is loaded
            with suppress(BaseException):
                command(words)
        os.environ |= {"ESCALATE_HOME": home, "ESCALATE_DATABASE": f"{home}/record.db"}
        for words in commands:
            with suppress(BaseException):
                command(words)
        os.write(write, "\n".join([name for name in sys.modules if name != "__main__"]).encode())
        os._exit(0)
    os.close(write)
    names = b""
    while more := os.read(read, 65536):
        names += more
    os.close(read)
    os.wait()
    import importlib

    for name in names.decode().splitlines():
        with suppress(Exception):
            importlib.import_module(name)


def main():
    orders = json.loads(sys.stdin.readline())
    import_what_commands_import(orders["scratch"])
    from torture.hurry import hurry
    from torture.plants import PLANTS

    hurry()
    if orders.get("plant"):
        PLANTS[orders["plant"]]()
    gc.collect()
    gc.freeze()
    print("ready", flush=True)  # what was sent until now was sent from another record
    sys.stdin.readline()
    storm = Storm(orders["seed"], orders["seconds"], orders["pages"])
    storm.blow()
    print("calm", flush=True)  # and whoever gave the orders lets the receiver behave
    storm.drain()
    json.dump(storm.ran, sys.stdout)


if __name__ == "__main__":
    main()
