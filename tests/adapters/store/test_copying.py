"""Every row from one record to another: whole, or not at all, and whatever was running meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import escalate as package
from escalate.adapters.store import comparing, copying
from escalate.adapters.store.pg_clock import ServerClock
from escalate.adapters.store.postgres import PostgresStore
from escalate.adapters.store.sqlite import SqliteStore
from escalate.app.incidents import Opening, note, open_incident
from escalate.app.ledger import Author, Ledger
from escalate.app.verification import verify_store
from escalate.domain.timeline.events import NoteAdded
from escalate.errors import Conflict, Refused
from moved import held
from pg_stores import Wall
from postgres import pg  # noqa: F401

pytestmark = pytest.mark.slow


@pytest.fixture
def other(pg):
    """The shared record, as one who may copy."""
    store = PostgresStore(pg.url("copier"), ServerClock(Wall()))
    yield copying.see_all(store)
    store.close()


@pytest.fixture
def file(tmp_path):
    store = SqliteStore(tmp_path / "source.db", Wall())
    store.create()
    yield store
    store.close()


def quiet(_what, _count):
    pass


def fill(store, entries, each=200):
    ledger = Ledger(store, Wall(), Author(actor="alice", person="alice", origin="desk"), None)
    for number in range(max(1, entries // each)):
        written = open_incident(ledger, Opening(title=f"Bench {number}", quiet=True))
        with ledger.writing() as record:
            notes = [NoteAdded(text=f"a line {number} {one}") for one in range(each - written.incident.head.seq)]
            record.append(record.incident(written.incident.id), *notes)


def differences(one, other):
    return [*comparing.differences(one, other, Counter())]


def test_entries_keep_the_order_in_which_they_were_written(file, other, tmp_path):
    ledger = Ledger(file, Wall(), Author(actor="alice", origin="desk"), None)
    first, second = (open_incident(ledger, Opening(title=title)).incident.id for title in "ab")
    for number in range(6):
        note(ledger, (first, second)[number % 2], f"line {number}")
    copying.copy(file, other, quiet)
    back = SqliteStore(tmp_path / "back.db", Wall())
    back.create()
    copying.copy(other, back, quiet)

    one, two = (
        [row[0] for row in store.connection().execute("SELECT id FROM timeline ORDER BY rowid")]
        for store in (file, back)
    )
    back.close()
    assert one == two


def test_more_than_a_page_of_everything(file, other):
    fill(file, 1700, each=850)
    counted = copying.copy(file, other, quiet)

    assert counted["timeline"] == 1700
    assert differences(file, other) == []
    assert verify_store(other).sound


def test_nobody_writes_on_a_file_while_it_is_read(file, other, monkeypatch):
    fill(file, 200)
    ledger = Ledger(SqliteStore(file.file, Wall()), Wall(), Author(actor="alice", origin="desk"), None)
    monkeypatch.setattr("escalate.adapters.store.lock.PATIENCE", 0.05)
    refused = []

    def tell(what, _count):
        if what == "timeline":
            with pytest.raises(Conflict) as caught:
                open_incident(ledger, Opening(title="meanwhile"))
            refused.append(caught.value)

    copying.copy(file, other, tell)
    ledger.store.close()
    assert refused
    assert differences(file, other) == []


def test_who_writes_on_a_server_while_it_is_read_is_noticed(pg, other, file):
    alice = PostgresStore(pg.url("alice"), ServerClock(Wall()))
    ledger = Ledger(alice, Wall(), Author(actor="db:esc_alice", origin="desk"), None)
    incident = open_incident(ledger, Opening(title="before")).incident.id

    def tell(what, _count):
        if what == "timeline":
            note(ledger, incident, "meanwhile")
            open_incident(ledger, Opening(title="meanwhile"))

    copying.copy(other, file, tell)
    alice.close()

    assert verify_store(file).sound
    found = differences(other, file)
    assert "INC-1: entry 2 is only here" in found
    assert "INC-2: entry 1 is only here" in found
    assert "number 2: only here" in found


def test_what_a_server_does_not_take_is_said_and_nothing_is_there(file, other):
    fill(file, 200)
    raw = file.connection()
    raw.execute("DROP TRIGGER timeline_only_erases")
    raw.execute("UPDATE timeline SET actor = 'mallory' WHERE seq = 100")

    with pytest.raises(Refused, match="the digests of this entry are not its own"):
        copying.copy(file, other, quiet)
    assert not any(held(other).values())


def test_what_others_began_meanwhile_is_not_written_into(pg, file, other):
    fill(file, 200)
    alice = PostgresStore(pg.url("alice"), ServerClock(Wall()))
    copying.refuse_full(other)
    open_incident(Ledger(alice, Wall(), Author(actor="db:esc_alice", origin="desk"), None), Opening(title="first"))
    alice.close()

    with pytest.raises(Refused, match="holds incidents already"):
        copying.copy(file, other, quiet)


KILLED = """
import os, signal, sys
from escalate.adapters.store import copying
from escalate.adapters.store.pg_clock import ServerClock
from escalate.adapters.store.postgres import PostgresStore
from escalate.adapters.store.sqlite import SqliteStore
from pg_stores import Wall
def at(address):
    return PostgresStore(address, ServerClock(Wall())) if "://" in address else SqliteStore(address, Wall())
def tell(what, count):
    if what == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
target = at(sys.argv[2])
target.create()
copying.copy(at(sys.argv[1]), target, tell)
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["timeline", "numbers", "incidents"])
@pytest.mark.parametrize("back", [False, True], ids=["to a server", "to a file"])
def test_killed_in_the_middle_nothing_is_there_and_it_goes_again(pg, file, other, tmp_path, moment, back):
    fill(file, 1200)
    source, target = file, other
    if back:
        copying.copy(file, other, quiet)
        source, target = other, SqliteStore(tmp_path / "target.db", Wall())
    ways = [store.url if store.shared else store.file for store in (source, target)]
    paths = os.pathsep.join([str(Path(package.__file__).parents[1]), str(Path(__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *ways, moment], env={**os.environ, "PYTHONPATH": paths}, check=False
    )
    assert done.returncode == -signal.SIGKILL

    target.create()
    assert not any(held(target).values())
    copying.copy(source, target, quiet)
    assert differences(source, target) == []
    assert verify_store(target).sound
    target.close()


@pytest.mark.slow
def test_a_long_record_takes_no_more_memory_than_a_short_one(file, other, tmp_path):
    import tracemalloc

    peaks = []
    for entries in (2000, 6000):
        source, target = (SqliteStore(tmp_path / f"{name}-{entries}.db", Wall()) for name in ("a", "b"))
        source.create()
        fill(source, entries)
        target.create()
        tracemalloc.start()
        began = time.monotonic()
        copying.copy(source, target, quiet)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert time.monotonic() - began < 60
        source.close()
        target.close()
    assert peaks[1] < peaks[0] * 1.3
