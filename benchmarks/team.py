"""What one PostgreSQL record takes: entries a second by several writers, bytes an entry, verifying, searching.

The database that --database names must be empty and ours to fill.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from pairs import SOURCE, environment

sys.path.insert(0, str(SOURCE))

from escalate.app.incidents import Opening, note, open_incident
from escalate.domain.timeline.events import NoteAdded
from escalate.wiring import Wiring

TABLES = ("timeline", "search", "incidents", "heads", "messages")


def fill(one, entries, each=500):
    for _ in range(entries // each):
        written = open_incident(one.ledger, Opening(title="Bench", severity="SEV4", quiet=True))
        with one.ledger.writing() as record:
            incident = record.incident(written.incident.id)
            record.append(incident, *(NoteAdded(text=f"a line of the benchmark, number {n}") for n in range(each - 1)))


def write(seconds):
    """Lines, one transaction each, on an incident of this process's own; how many there were."""
    one = Wiring(os.environ)
    mine = open_incident(one.ledger, Opening(title="Writer", severity="SEV4", quiet=True)).incident.id
    until, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        note(one.ledger, mine, f"a line of the benchmark, number {random.random()}")
        count += 1
    print(count)


def writers(environ, number, seconds):
    command = [sys.executable, __file__, "--write", str(seconds)]
    running = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) for _ in range(number)]
    return sum(int(process.communicate(timeout=seconds + 60)[0]) for process in running) / seconds


def timed(said, act):
    began = time.perf_counter()
    found = act()
    print(f"{said}: {time.perf_counter() - began:.3f} s", flush=True)
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", type=float, help=argparse.SUPPRESS)
    options.add_argument("--database", default="")
    options.add_argument("--entries", type=int, default=50_000)
    options.add_argument("--seconds", type=float, default=5.0)
    given = options.parse_args()
    if given.write is not None:
        write(given.write)
        return
    with tempfile.TemporaryDirectory() as folder:
        environ = {**environment(Path(folder)), "ESCALATE_DATABASE": given.database}
        one = Wiring(environ)
        one.store.create()
        timed(f"{given.entries:,} entries in transactions of 500", lambda: fill(one, given.entries))
        sizes(given.database, given.entries)
        for number in (1, 2, 4, 8):
            print(f"{number} writers: {writers(environ, number, given.seconds):.0f} entries/s", flush=True)
        command = [sys.executable, "-m", "escalate"]
        for words in (["verify"], ["search", "benchmark", "number"], ["list"], ["log", "a line", "-i", "INC-1"]):
            run = partial(subprocess.run, [*command, *words], env=environ, stdout=subprocess.DEVNULL, check=True)
            timed(f"escalate {words[0]}", run)
        one.store.close()


def sizes(database, entries):
    import psycopg

    with psycopg.connect(database) as connection:
        for table in TABLES:
            [bytes_] = connection.execute("SELECT pg_total_relation_size(%s)", [f"escalate.{table}"]).fetchone()
            print(f"{table}: {bytes_ / 2**20:.1f} MiB, {bytes_ / entries:.0f} bytes an entry", flush=True)


if __name__ == "__main__":
    main()
