"""A thousand messages to a receiver that takes its time, by one courier and by several; and writing meanwhile.

Without --database a fresh SQLite record is used; with it, a PostgreSQL database that is empty and ours to fill.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from pairs import SOURCE, environment

sys.path.insert(0, str(SOURCE))

from escalate.app.delivery import Courier
from escalate.app.incidents import Opening, note, open_incident
from escalate.app.ledger import Author
from escalate.app.roster import apply
from escalate.domain.messages.message import Message, key
from escalate.domain.timeline.events import TeamPinged
from escalate.wiring import Wiring

ROSTER = """
[channels.hook]
kind = "webhook"
url = "http://127.0.0.1:{port}/"
secret = "secret:hook"

[people.alice]
name = "Alice Ng"
zone = "UTC"
reach = [{{ via = "hook", after = "0m" }}]
"""


# ── the receiver, a process of its own ──────────────────────────────────────────────────────────────────────────────


async def serve(delay):
    """Answers each POST after `delay` seconds, and GET with how often each key came."""
    keys = Counter()

    async def one(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                fields = {name.lower(): value for name, value in fields.items()}
                await reader.readexactly(int(fields.get(b"content-length", 0)))
                body = b"{}"
                if head.startswith(b"POST"):
                    keys[fields[b"idempotency-key"].decode()] += 1
                    await asyncio.sleep(delay)
                else:
                    body = json.dumps(keys).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


class Receiver:
    def __init__(self, delay):
        self._process = subprocess.Popen([sys.executable, __file__, "--serve", str(delay)], stdout=subprocess.PIPE)
        self.port = int(self._process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self._process.kill()
        self._process.wait()

    def keys(self):
        from urllib.request import urlopen

        with urlopen(f"http://127.0.0.1:{self.port}/") as answer:
            return json.load(answer)


# ── the record ──────────────────────────────────────────────────────────────────────────────────────────────────────


def wiring(environ):
    """On PostgreSQL the database says who writes."""
    shared = "ESCALATE_DATABASE" in environ
    return Wiring(environ, author=None if shared else Author(actor="alice", person="alice", origin="bench"))


def prepare(environ, port, folder):
    one = wiring(environ)
    one.store.create()
    path = Path(folder) / "roster.toml"
    path.write_text(ROSTER.format(port=port), encoding="utf-8")
    apply(one.ledger, one.read_roster([path]))
    return one


def owe(one, count, incidents=10):
    """`count` messages to one address, spread over some incidents, each with the entry that owes it."""
    for number in range(incidents):
        written = open_incident(one.ledger, Opening(title=f"Bench {number}", severity="SEV3", quiet=True))
        with one.ledger.writing() as record:
            incident = record.incident(written.incident.id)
            pings = (TeamPinged(team="desk", text=f"{n}") for n in range(count // incidents))
            for entry in record.append(incident, *pings, owing=False).entries:
                record.tx.queue(message(entry, record.now))


def message(entry, now):
    return Message(
        id=key(entry.id, "person:alice", "hook", 1), incident=entry.incident, entry=entry.id, seq=entry.seq,
        digest=entry.digest, page=None, purpose="ping", to="person:alice", name="Alice Ng", via="hook", address="",
        subject="bench", text="bench", details={}, state="queued", attempts=0, due_at=now, leased_until=None,
        last_error="", remote="", bundle=None, tried_at=None,
    )  # fmt: skip


def drain(environ, threads):
    """By one courier in this process: seconds."""
    one = Wiring(environ)
    courier = Courier(one.courier_ledger(), one.channel, threads=threads)
    one.clients.tls  # noqa: B018  (set up before the clock starts)
    began = time.perf_counter()
    courier.run(120)
    took = time.perf_counter() - began
    one.store.close()
    return took


def couriers(environ, number, threads):
    """By several processes, from when the first begins until the last ends: seconds, with what starting them takes."""
    command = [sys.executable, "-m", "escalate", "work", "--once", "--threads", str(threads)]
    began = time.perf_counter()
    running = [subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) for _ in range(number)]
    for process in running:
        process.wait(timeout=300)
    return time.perf_counter() - began


def writers(environ, number, seconds):
    """Notes from several processes at once: every wait in milliseconds."""
    command = [sys.executable, __file__, "--write", str(seconds)]
    running = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) for _ in range(number)]
    return [float(line) for process in running for line in process.communicate(timeout=seconds + 60)[0].split()]


def write(seconds):
    import random

    one = wiring(os.environ)
    with one.store.reading() as look:
        ids = [incident.id for incident in look.incidents(limit=10)]
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        note(one.ledger, random.choice(ids), "a line of the benchmark")
        print((time.perf_counter() - began) * 1000)
        time.sleep(random.uniform(0, 0.05))


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    options.add_argument("--write", type=float, help=argparse.SUPPRESS)
    options.add_argument("--database", default="")
    options.add_argument("--messages", type=int, default=1000)
    options.add_argument("--threads", type=int, default=64)
    options.add_argument("--couriers", type=int, default=4)
    options.add_argument("--writers", type=int, default=8)
    options.add_argument("--seconds", type=float, default=8.0)
    given = options.parse_args()
    if given.serve is not None:
        asyncio.run(serve(given.serve))
    elif given.write is not None:
        write(given.write)
    else:
        measure(given)


def measure(given):
    ideal = given.messages / given.threads * 0.1
    with tempfile.TemporaryDirectory() as folder, Receiver(0.1) as receiver:
        environ = {**environment(Path(folder)), "ESCALATE_SECRET_HOOK": "bench"}
        if given.database:
            environ["ESCALATE_DATABASE"] = given.database
        one = prepare(environ, receiver.port, folder)
        sent = 0
        for _ in range(3):
            owe(one, given.messages)
            took = drain(environ, given.threads)
            sent += given.messages
            print(f"one courier, {given.threads} at a time: {took:.2f} s, {took / ideal:.2f} × ideal", flush=True)
        owe(one, given.messages)
        took = couriers(environ, given.couriers, 16)
        sent += given.messages
        print(f"{given.couriers} couriers, 16 at a time each: {took:.2f} s with their start", flush=True)
        came = receiver.keys()
        twice = sum(1 for often in came.values() if often > 1)
        print(f"{sum(came.values()):,} requests for {sent:,} messages, {len(came):,} keys, {twice} came twice")
        owe(one, given.messages * 3)
        courier = subprocess.Popen([sys.executable, "-m", "escalate", "work", "--once", "--threads", "16"], env=environ)
        waits = writers(environ, given.writers, given.seconds)
        courier.wait(timeout=300)
        print(
            f"{given.writers} writers while a courier drains: {len(waits):,} lines, "
            f"p50 {quantile(waits, 0.5):.0f} ms, p99 {quantile(waits, 0.99):.0f} ms, worst {max(waits):.0f} ms"
        )
        with one.store.reading() as look:
            kept = sum(1 for incident in look.incidents(limit=1000) for entry in _all(look, incident.id) if entry)
        print(f"{kept:,} of {len(waits):,} lines are there, once each")
        one.store.close()


def _all(look, incident):
    return [entry for entry in look.entries_after(incident, 0) if entry.kind == "note.added"]


if __name__ == "__main__":
    main()
