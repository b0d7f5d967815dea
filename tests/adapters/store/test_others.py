"""Others at the same time, and files of others."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from escalate.adapters.store import lock
from escalate.adapters.store.sqlite import APPLICATION, SqliteStore
from escalate.app.incidents import note
from escalate.errors import Conflict, Misconfigured, Usage


def every(store, incident):
    return [entry for page in store.pages_of(incident) for entry in page]


def state(store, incident):
    with store.reading() as look:
        return look.incident(incident)


@pytest.fixture
def other(store):
    """Another connection, as another program would have it."""
    connection = sqlite3.connect(store.file, isolation_level=None, check_same_thread=False, timeout=0)
    yield connection
    connection.close()


def test_a_reader_waits_for_a_commit_and_not_for_luck(store, incident, other):
    locked, seen = threading.Event(), []

    def commit():
        with lock.held(store.file):
            other.execute("BEGIN EXCLUSIVE")
            locked.set()
            time.sleep(0.1)
            seen.append("committed")
            other.execute("COMMIT")

    thread = threading.Thread(target=commit)
    thread.start()
    locked.wait()

    assert state(store, incident).ref == "INC-1"
    assert seen == ["committed"]
    thread.join()


def test_another_program_that_holds_the_file_is_a_conflict(store, ledger, incident, other, monkeypatch):
    monkeypatch.setattr("escalate.adapters.store.sqlite.READERS", 10)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(Conflict, match="held by another program"):
        state(store, incident)
    with pytest.raises(Conflict, match="held by another program") as caught:
        note(ledger, incident, "t")
    assert "Nothing was recorded" in caught.value.hint

    other.execute("ROLLBACK")
    note(ledger, incident, "t")


def test_a_commit_waits_for_readers(store, ledger, incident, other):
    other.execute("BEGIN")
    other.execute("SELECT * FROM timeline").fetchall()
    threading.Timer(0.1, lambda: other.execute("ROLLBACK")).start()

    note(ledger, incident, "t")

    assert len(every(store, incident)) == 2


def test_who_waits_too_long_for_the_lock_is_told(store, ledger, incident, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    let_go, got_it = threading.Event(), threading.Event()

    def hold():
        with lock.held(store.file):
            got_it.set()
            let_go.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    got_it.wait()

    with pytest.raises(Conflict, match="Somebody else has been writing") as caught:
        note(ledger, incident, "t")
    let_go.set()
    thread.join()

    assert "Run the same command again" in caught.value.hint
    note(ledger, incident, "t")


def test_writers_in_threads_of_their_own_lose_nothing(store, wiring, incident, clock):
    def write(name):
        from escalate.app.ledger import Author, Ledger

        mine = SqliteStore(store.file, clock)
        ledger = Ledger(mine, clock, Author(actor=name, origin="desk"), wiring.texts)
        for number in range(10):
            note(ledger, incident, f"{name} {number}")
        mine.close()

    threads = [threading.Thread(target=write, args=(f"writer-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = every(store, incident)
    assert [entry.seq for entry in entries] == list(range(1, 42))
    assert sorted(entry.event.text for entry in entries[1:]) == sorted(
        f"writer-{w} {n}" for w in range(4) for n in range(10)
    )


# ── what cannot be opened ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def at(tmp_path, clock):
    opened = []

    def open_(content=None):
        path = tmp_path / "some.db"
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content:
            with sqlite3.connect(path) as made:
                made.executescript(content)
            made.close()
        opened.append(SqliteStore(path, clock))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "There is no record", id="no file"),
        pytest.param(b"", "is empty", id="an empty file"),
        pytest.param(b"not a database, but a letter to somebody " * 30, "damaged or not a record", id="a letter"),
        pytest.param("CREATE TABLE theirs (x)", "belongs to another program", id="another program's"),
        pytest.param("CREATE TABLE theirs (x); PRAGMA user_version = 1", "belongs to another", id="with our version"),
        pytest.param("PRAGMA application_id = 7", "belongs to another", id="another program's, still empty"),
        pytest.param(
            f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 99", "newer escalate", id="a newer one"
        ),
    ],
)
def test_what_is_no_record_is_neither_read_nor_changed(at, content, says):
    store = at(content)
    before = store.path.read_bytes() if content is not None else None

    for attempt in (store.reading, store.writing):
        with pytest.raises(Misconfigured, match=says) as caught, attempt():
            pass
        assert caught.value.hint

    assert (store.path.read_bytes() if content is not None else None) == before


@pytest.mark.parametrize("content", ["CREATE TABLE theirs (x)", "CREATE TABLE t (x); PRAGMA user_version = 1"])
def test_a_record_is_not_made_in_the_database_of_another_program(at, content):
    store = at(content)

    with pytest.raises(Misconfigured, match="belongs to another program"):
        store.create()


def test_a_folder_that_cannot_be_made_is_said(tmp_path, clock):
    (tmp_path / "file").write_text("")

    with pytest.raises(Misconfigured, match="Not a directory|File exists"):
        SqliteStore(tmp_path / "file" / "record.db", clock).create()


def test_a_network_disk_is_refused(monkeypatch, tmp_path, clock):
    from escalate.adapters.store import files

    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    monkeypatch.setattr(files, "NETWORKED", {line.split()[2] for line in mounts})

    with pytest.raises(Misconfigured, match="network file system"):
        SqliteStore(tmp_path / "record.db", clock).create()


def test_a_record_that_has_come_to_a_network_disk_is_read_and_not_written(
    monkeypatch, tmp_path, store, clock, incident
):
    from escalate.adapters.store import files, upkeep

    store.close()
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    monkeypatch.setattr(files, "NETWORKED", {line.split()[2] for line in mounts})

    with pytest.raises(Misconfigured, match="network file system") as refused, store.writing():
        pytest.fail("it was taken")
    assert "escalate db backup FILE" in refused.value.hint
    with store.reading() as look:
        assert look.incident(incident) is not None
    upkeep.backup(store, tmp_path / "copy.db")
    monkeypatch.undo()
    copied = SqliteStore(tmp_path / "copy.db", clock)
    with copied.writing() as tx:
        assert tx.next_number() == 2
    copied.close()


def test_what_a_person_looks_for_is_refused_where_it_says_nothing(store):
    from escalate.app.reading import search

    with pytest.raises(Usage, match="no word"):
        search(store, "* ' -- %")
