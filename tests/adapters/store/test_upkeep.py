from __future__ import annotations

import sqlite3

import pytest

from escalate.adapters.store import upkeep
from escalate.adapters.store.sqlite import SqliteStore
from escalate.app.corrections import correct, withdraw
from escalate.app.incidents import Opening, note, open_incident
from escalate.app.reading import search
from escalate.app.verification import verify_store
from escalate.errors import Misconfigured, NotFound, Refused


def tables(raw):
    names = ("incidents", "pages", "search", "timeline", "heads", "numbers")
    return {name: [tuple(row) for row in raw.execute(f"SELECT * FROM {name} ORDER BY 1, 2")] for name in names}


def found(store, words):
    return [told.lines[0].seq for told in search(store, words)]


# ── rebuild ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def full(ledger, noted, apply_roster):
    """Two incidents, one of them sensitive, with a page, a correction and a withdrawal."""
    from escalate.app.paging import page

    apply_roster('[people.bob]\nname = "Bob Roe"\nzone = "Europe/London"\n')
    open_incident(ledger, Opening(title="a title that is sensitive", harm=("life",), quiet=True))
    correct(ledger, noted, "2", text="corrected words", at=None, why="misheard")
    withdraw(ledger, noted, "3", "misfiled")
    page(ledger, noted, ["person:bob"])
    return noted


def test_everything_that_was_derived_can_be_made_again(store, full, raw):
    before = tables(raw)
    for table in ("incidents", "pages", "search"):
        raw.execute(f"DELETE FROM {table}")

    counted = upkeep.rebuild(store)

    assert tables(raw) == before
    assert counted == {"incidents": 2, "entries": len(before["timeline"])}
    assert verify_store(store).sound


def test_rebuilding_queues_nothing(store, full, raw):
    before = [tuple(row) for row in raw.execute("SELECT * FROM messages")]

    upkeep.rebuild(store)

    assert [tuple(row) for row in raw.execute("SELECT * FROM messages")] == before


def test_the_newest_are_found_first_also_afterwards(store, ledger, noted):
    open_incident(ledger, Opening(title="note number zero, elsewhere"))
    note(ledger, noted, "note number six")
    before = [(told.incident.ref, told.lines[0].seq) for told in search(store, "note number")]

    upkeep.rebuild(store)

    assert before[:2] == [("INC-1", 7), ("INC-2", 1)]
    assert [(told.incident.ref, told.lines[0].seq) for told in search(store, "note number")] == before


@pytest.mark.parametrize("again", [False, True], ids=["as written", "rebuilt"])
def test_what_is_searchable(store, full, again):
    if again:
        upkeep.rebuild(store)

    assert found(store, '"note number 2"') == [4]
    assert found(store, '"note number 0"') == []  # its words were corrected
    assert found(store, "corrected words") == [7]
    assert found(store, '"note number 1"') == []  # it was withdrawn
    assert found(store, "sensitive") == []


# ── copies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_a_whole_record_for_its_owner(store, noted, tmp_path, clock):
    upkeep.backup(store, tmp_path / "copy.db")

    copy = SqliteStore(tmp_path / "copy.db", clock)
    assert verify_store(copy).entries == 6
    copy.close()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*copy*")] == ["copy.db"]


def test_a_backup_never_replaces_anything(store, tmp_path):
    (tmp_path / "there").write_text("x")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")

    for name in ("there", "dangling"):
        with pytest.raises(Refused, match="there already"):
            upkeep.backup(store, tmp_path / name)
    with pytest.raises(Misconfigured, match="No such file"):
        upkeep.backup(store, tmp_path / "no" / "folder.db")


def test_a_backup_does_not_replace_what_was_made_meanwhile(store, noted, tmp_path, monkeypatch):
    target = tmp_path / "copy.db"
    synced = upkeep._sync

    def meanwhile(path):
        synced(path)
        if not target.exists():
            target.write_text("somebody else's")

    monkeypatch.setattr(upkeep, "_sync", meanwhile)

    with pytest.raises(Refused, match="there already"):
        upkeep.backup(store, target)

    assert target.read_text() == "somebody else's"
    assert [path.name for path in tmp_path.glob("*copy*")] == ["copy.db"]


def test_a_copy_that_cannot_be_put_back_leaves_the_record_its_journal_and_nothing_else(
    store, noted, tmp_path, clock, monkeypatch
):
    upkeep.backup(store, tmp_path / "copy.db")
    store.close()
    journal = store.path.with_name("record.db-journal")
    journal.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"x" * 2000)
    before = {path.name: path.read_bytes() for path in store.path.parent.iterdir()}

    def full(_self, _target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(store.path), "replace", full)

    with pytest.raises(Misconfigured, match="No space left"):
        upkeep.restore(store.path, tmp_path / "copy.db", clock)

    assert {path.name: path.read_bytes() for path in store.path.parent.iterdir()} == before


def test_a_copy_put_back_keeps_what_was_there(store, ledger, noted, tmp_path, clock):
    upkeep.backup(store, tmp_path / "copy of 100%?.db")
    note(ledger, noted, "since then")
    store.close()

    kept = upkeep.restore(store.path, tmp_path / "copy of 100%?.db", clock)

    assert verify_store(store).entries == 6
    assert kept.name == "record.db.before-20261121T210005Z"
    assert kept.stat().st_mode & 0o777 == store.path.stat().st_mode & 0o777 == 0o600


def test_a_copy_can_be_put_back_on_a_fresh_machine(store, noted, tmp_path, clock):
    upkeep.backup(store, tmp_path / "copy.db")
    fresh = SqliteStore(tmp_path / "new" / "home" / "record.db", clock)

    assert upkeep.restore(fresh.path, tmp_path / "copy.db", clock) is None

    assert verify_store(fresh).entries == 6
    assert fresh.path.parent.stat().st_mode & 0o777 == 0o700
    fresh.close()


def test_a_copy_can_be_put_in_the_place_of_a_damaged_record_with_its_journal(store, noted, tmp_path, clock):
    upkeep.backup(store, tmp_path / "copy.db")
    store.close()
    store.path.write_bytes(b"rubbish" * 1000)
    (tmp_path / "esc" / "record.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"x" * 2000)

    kept = upkeep.restore(store.path, tmp_path / "copy.db", clock)

    assert verify_store(store).entries == 6
    assert kept.read_bytes()[:7] == b"rubbish"
    assert kept.with_name(kept.name + "-journal").exists()
    assert not (tmp_path / "esc" / "record.db-journal").exists()


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        pytest.param(None, NotFound, "There is no file", id="no file"),
        pytest.param(b"a letter " * 200, Misconfigured, "damaged or not a record", id="a letter"),
        pytest.param("CREATE TABLE theirs (x)", Refused, "not a record of escalate", id="another program's"),
        pytest.param(
            "PRAGMA application_id = 0x45534331; PRAGMA user_version = 99", Misconfigured, "newer", id="newer"
        ),
    ],
)
def test_what_is_no_sound_copy_is_refused_and_nothing_changes(store, noted, tmp_path, clock, content, error, says):
    source = tmp_path / "source.db"
    if isinstance(content, bytes):
        source.write_bytes(content)
    elif content:
        with sqlite3.connect(source) as made:
            made.executescript(content)
        made.close()

    with pytest.raises(error, match=says):
        upkeep.restore(store.path, source, clock)

    assert verify_store(store).entries == 6
    assert {path.name for path in store.path.parent.iterdir()} == {"record.db", "record.db.lock"}


# ── checking ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sound_file_has_no_problems(store, noted):
    assert upkeep.check(store) == []


def test_rights_that_are_too_wide_are_a_problem(store, noted):
    store.path.chmod(0o644)
    store.path.parent.chmod(0o755)

    assert [problem.rpartition(": ")[2] for problem in upkeep.check(store)] == [
        f"chmod 600 {store.path}",
        f"chmod 700 {store.path.parent}",
    ]


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ("DROP TRIGGER timeline_forgets_nothing", "the trigger timeline_forgets_nothing is missing"),
        ("DROP INDEX pages_due", "the index pages_due is missing"),
        (
            "DROP TRIGGER heads_stay; CREATE TRIGGER heads_stay BEFORE DELETE ON heads BEGIN SELECT 1; END",
            "the trigger heads_stay is not as escalate makes it",
        ),
        (
            "CREATE TRIGGER search_theirs AFTER INSERT ON messages BEGIN UPDATE messages SET text = 'x'; END",
            "the trigger search_theirs is not escalate's",
        ),
        ("ALTER TABLE rosters ADD COLUMN more TEXT", "the table rosters is not as escalate makes it"),
    ],
)
def test_what_was_done_to_tables_and_guards_is_a_problem(store, noted, raw, done, says):
    raw.executescript(done)

    [problem] = upkeep.check(store)

    assert problem.startswith(says)
    if "table" in says:
        assert problem.endswith("escalate db restore FILE")
        return
    assert problem.endswith("escalate db rebuild")
    upkeep.rebuild(store)
    assert upkeep.check(store) == []


def test_all_guards_can_be_put_back(store, ledger, noted, unguarded):
    assert len(upkeep.check(store)) > 10

    upkeep.rebuild(store)

    assert upkeep.check(store) == []
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        unguarded.execute("DELETE FROM timeline")
    note(ledger, noted, "and on")
