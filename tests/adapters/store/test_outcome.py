"""COMMIT fails: whether it was recorded is looked up, and said as it is."""

from __future__ import annotations

import errno
import fcntl
import sqlite3

import pytest

from escalate.app.incidents import note
from escalate.errors import Misconfigured

AFTERWARDS = ("SQLITE_IOERR_DIR_FSYNC", sqlite3.SQLITE_IOERR_DIR_FSYNC)
"""The journal is gone, and that it is could not be synced."""

BEFORE = ("SQLITE_IOERR_FSYNC", sqlite3.SQLITE_IOERR_FSYNC)


class Failing(sqlite3.Connection):
    """Its COMMIT ends with an error of the disk: after it did its work, or after it was rolled back."""

    kind = AFTERWARDS
    done = True
    then = None

    def execute(self, sql, *values):
        if sql != "COMMIT":
            return super().execute(sql, *values)
        super().execute("COMMIT" if self.done else "ROLLBACK")
        if self.then:
            self.then()
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname, error.sqlite_errorcode = self.kind
        raise error


@pytest.fixture
def failing(store):
    """Puts a connection in the place of the store's, once."""

    def put(**how):
        store.connection()
        store._connection.close()
        store._connection = sqlite3.connect(store.file, isolation_level=None, factory=Failing)
        store._connection.row_factory = sqlite3.Row
        for name, value in how.items():
            setattr(store._connection, name, value)

    return put


@pytest.fixture
def doubts(store):
    found = []
    store.doubt = found.append
    return found


def texts(store, incident):
    with store.reading() as look:
        return [entry.event.text for entry in look.entries(incident) if entry.kind == "note.added"]


def test_what_is_recorded_although_the_disk_reports_an_error_is_recorded_and_doubted(
    store, ledger, incident, failing, doubts
):
    failing()

    written = note(ledger, incident, "first")

    assert texts(store, incident) == ["first"]
    assert written.incident.head.seq == 2
    [said] = doubts
    assert said.startswith("It is recorded, but the disk reported an error: disk I/O error.")
    note(ledger, incident, "second")
    assert (texts(store, incident), len(doubts)) == (["first", "second"], 1)


@pytest.mark.parametrize("kind", [BEFORE, AFTERWARDS], ids=lambda kind: kind[0])
def test_what_was_rolled_back_was_not_recorded(store, ledger, incident, failing, doubts, kind):
    failing(done=False, kind=kind)

    with pytest.raises(Misconfigured, match="The disk did not take it") as refused:
        note(ledger, incident, "first")

    assert refused.value.hint.startswith("Nothing was recorded.")
    assert (texts(store, incident), doubts) == ([], [])
    note(ledger, incident, "second")
    assert texts(store, incident) == ["second"]


@pytest.mark.parametrize("done", [True, False])
def test_where_nothing_can_be_looked_up_nothing_is_claimed(store, ledger, incident, failing, doubts, done):
    kept = store.path.with_name("aside")
    failing(done=done, then=lambda: store.path.rename(kept))

    with pytest.raises(Misconfigured, match="whether it was is not known") as refused:
        note(ledger, incident, "first")

    assert "Nothing was recorded" not in refused.value.message + refused.value.hint
    assert "Look before you do it again" in refused.value.hint
    kept.rename(store.path)
    assert (texts(store, incident), doubts) == (["first"] * done, [])


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        pytest.param(BEFORE, "Nothing was recorded", id="the journal was still there"),
        pytest.param(AFTERWARDS, "Look before you do it again", id="the journal was gone"),
    ],
)
def test_what_has_no_entry_to_look_for(store, incident, failing, kind, says):
    failing(kind=kind, done=kind is AFTERWARDS)

    with pytest.raises(Misconfigured) as refused, store.writing() as pen:
        pen.leave("nobody")

    assert says in refused.value.hint


def test_readers_that_do_not_let_go_take_nothing_away(store, ledger, incident, raw, monkeypatch):
    from escalate.errors import Conflict

    monkeypatch.setattr("escalate.adapters.store.sqlite.READERS", 10)
    raw.execute("BEGIN")
    raw.execute("SELECT count(*) FROM timeline").fetchone()

    with pytest.raises(Conflict, match="held by another program"):
        note(ledger, incident, "first")

    raw.execute("ROLLBACK")
    note(ledger, incident, "second")
    assert texts(store, incident) == ["second"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("log 'called the desk back'", 6, id="nothing else comes of it"),
        pytest.param("page person:alice", 9, id="what is still owed comes first"),
    ],
)
def test_the_command_says_so_and_goes_on(escalate, environ, clock, monkeypatch, tmp_path, line, code):
    from escalate.wiring import Wiring

    escalate("init")
    (tmp_path / "roster.toml").write_text('[people.alice]\nname = "Alice Ng"\nzone = "UTC"\n')
    applied = escalate(f"apply {tmp_path}/roster.toml")
    assert applied.exit_code == 0, applied.stderr
    escalate("open T --quiet-open")
    wired = Wiring(environ, clock=clock)
    connect = sqlite3.connect
    todo = [Failing]
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *words, **how: connect(*words, factory=todo.pop() if todo else sqlite3.Connection, **how),
    )

    result = escalate(line, wired=wired)

    assert result.exit_code == code
    assert result.stdout.startswith("INC-1 ")
    assert "It is recorded, but the disk reported an error: disk I/O error." in result.stderr
    assert "Do not do it again" in result.stderr
    assert len(escalate("timeline --json").data) > 1


# ── what else a disk does ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_search_index_that_cannot_be_read_is_said_in_a_sentence(store, ledger, incident, raw):
    raw.execute("DELETE FROM search_data WHERE id = 10")
    store.close()

    with pytest.raises(Misconfigured, match="vtable constructor failed: search") as refused:
        note(ledger, incident, "t")

    assert "escalate db check" in refused.value.hint


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EIO, errno.EOPNOTSUPP], ids=errno.errorcode.get)
def test_a_file_system_without_locks_is_said_in_a_sentence(store, ledger, incident, monkeypatch, number):
    def refuse(_number, _operation):
        raise OSError(number, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)

    with pytest.raises(Misconfigured, match=r"record\.db\.lock cannot be locked: No locks available\.") as refused:
        note(ledger, incident, "t")

    assert refused.value.hint.startswith("Nothing was recorded.")
    assert texts(store, incident) == []
