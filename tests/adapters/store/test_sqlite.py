from __future__ import annotations

import os
import sqlite3
import threading
from datetime import timedelta

import pytest

from escalate.adapters.store import queries
from escalate.adapters.store.sqlite import APPLICATION, SqliteStore
from escalate.app.incidents import note
from escalate.domain.instants import to_text
from escalate.errors import Refused


def every(store, incident):
    return [entry for page in store.pages_of(incident) for entry in page]


def state(store, incident):
    with store.reading() as look:
        return look.incident(incident)


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_newest_schema_is_the_one_of_the_last_migration():
    assert [number for number, _ in queries.migrations()] == list(range(1, queries.LATEST + 1))


def test_making_it_again_changes_nothing(store, incident):
    assert store.create() is False
    assert state(store, incident).ref == "INC-1"


def test_the_header_says_whose_it_is(raw):
    assert raw.execute("PRAGMA application_id").fetchone()[0] == APPLICATION == int.from_bytes(b"ESC1", "big")


def test_it_is_durable_before_it_is_fast(store, ledger, incident, raw):
    raw.execute("PRAGMA journal_mode = WAL")
    raw.close()

    note(ledger, incident, "t")

    assert store.connection().execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    assert store.connection().execute("PRAGMA synchronous").fetchone()[0] == 3


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o177, 0o777], ids=oct)
def test_file_folder_and_lock_are_their_owners_under_any_umask(tmp_path, clock, umask):
    before = os.umask(umask)
    try:
        store = SqliteStore(tmp_path / "a" / "b" / "record.db", clock)
        store.create()
        with store.writing() as pen:
            pen.next_number()
        store.close()
    finally:
        os.umask(before)

    modes = {str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777 for path in sorted(tmp_path.rglob("*"))}
    assert modes == {"a": 0o700, "a/b": 0o700, "a/b/record.db": 0o600, "a/b/record.db.lock": 0o600}


@pytest.mark.parametrize("name", ["record.db", "re?cord #1 100%.db", "ünï 😀.db", "-rf"])
def test_any_name_will_do(tmp_path, clock, name):
    store = SqliteStore(tmp_path / name, clock)

    assert store.create()
    assert (tmp_path / name).stat().st_size
    store.close()


def test_a_link_and_its_target_have_one_lock(tmp_path, clock, store):
    (tmp_path / "link.db").symlink_to(store.file)

    assert SqliteStore(tmp_path / "link.db", clock).file == store.file


def test_many_can_make_it_at_once(tmp_path, clock):
    made, start = [], threading.Barrier(4)

    def make():
        store = SqliteStore(tmp_path / "x" / "record.db", clock)
        start.wait()
        made.append(store.create())
        store.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == [False, False, False, True]


def test_the_file_that_has_taken_the_name_is_the_one_that_is_written_to(store, ledger, incident, tmp_path):
    from escalate.adapters.store.upkeep import backup, restore

    backup(store, tmp_path / "copy.db")
    note(ledger, incident, "after the copy")

    kept = restore(store.path, tmp_path / "copy.db", store._clock)
    note(ledger, incident, "after it was put back")

    assert [entry.kind for entry in every(store, incident)] == ["incident.opened", "note.added"]
    with sqlite3.connect(kept) as old:
        assert old.execute("SELECT count(*) FROM timeline").fetchone() == (2,)
    old.close()


# ── appending ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_recorded_at_never_goes_back(ledger, store, incident, clock):
    clock.advance(hours=1)
    note(ledger, incident, "by a clock that is right")
    clock.advance(minutes=-30)
    note(ledger, incident, "by a clock that was set back")
    clock.advance(minutes=31)
    note(ledger, incident, "later")

    recorded = [entry.recorded_at for entry in every(store, incident)]
    assert recorded == sorted(recorded)
    assert recorded[1] == recorded[2] != recorded[3]
    [_, _, back, _] = every(store, incident)
    assert back.occurred_at == back.written_at == to_text(clock.now() - timedelta(minutes=31))


@pytest.mark.parametrize(
    ("ahead", "taken"),
    [
        pytest.param(timedelta(minutes=2), True, id="two minutes: clocks differ"),
        pytest.param(timedelta(minutes=2, microseconds=1), False, id="more: it has not happened"),
        pytest.param(timedelta(days=-20_000), True, id="long ago"),
    ],
)
def test_what_has_not_happened_is_not_recorded(ledger, store, incident, clock, ahead, taken):
    if taken:
        note(ledger, incident, "t", at=clock.now() + ahead)
    else:
        with pytest.raises(Refused, match="in the future"):
            note(ledger, incident, "t", at=clock.now() + ahead)

    assert len(every(store, incident)) == 1 + taken
