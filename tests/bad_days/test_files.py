"""Files that are not what they should be: each is named, with what to do, and nothing is written into it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from escalate.adapters.store.queries import LATEST, migrations

pytestmark = pytest.mark.slow

EVERY = [
    "log x -i INC-1",
    "timeline INC-1",
    "list",
    "verify",
    "db check",
    "search x",
    "open t --quiet-open",
    "show INC-1",
    "export INC-1 -o x",
]


def told(result, exit_code, *says):
    assert result.exit_code == exit_code, result.stderr
    for words in says:
        assert words in result.stderr
    assert "Traceback" not in result.stderr


def script(path, statements):
    with closing(sqlite3.connect(path)) as made:
        made.executescript(statements)


@pytest.mark.parametrize("line", EVERY)
def test_no_record_yet(escalate, line):
    told(escalate(line), 6, "There is no record at", "escalate init")


@pytest.mark.parametrize("line", EVERY)
def test_a_record_that_is_gone(record, home, line):
    (home / "record.db").unlink()

    told(record(line), 6, "There is no record at")


@pytest.mark.parametrize("line", EVERY)
def test_a_newer_schema(record, nothing_lost, home, line):
    script(home / "record.db", "PRAGMA user_version = 99")
    before = (home / "record.db").read_bytes()

    told(record(line), 6, "written by a newer escalate", "Upgrade this installation")

    assert (home / "record.db").read_bytes() == before
    script(home / "record.db", f"PRAGMA user_version = {LATEST}")
    nothing_lost()


def test_a_record_of_an_earlier_version_is_brought_up_to_date(record, escalate, home, tmp_path):
    """Its tables get what is new, and its states are folded again: an earlier version knew less of a page."""
    (tmp_path / "roster.toml").write_text('[people.alice]\nname = "Alice Ng"\nzone = "UTC"\n')
    assert record(f"apply {tmp_path / 'roster.toml'}").exit_code == 0
    assert record("page person:alice -i INC-1").exit_code in {0, 9}
    assert record("ack INC-1/1").exit_code == 0
    as_of_first(home / "record.db", tmp_path / "first.db")
    (tmp_path / "first.db").replace(home / "record.db")
    (home / "record.db").chmod(0o600)

    assert record("verify").exit_code == 0
    assert record("show INC-1").exit_code == 0
    assert record("db check").exit_code == 0
    assert record("page person:alice -i INC-1").exit_code in {0, 9}
    assert record("verify").exit_code == 0


def as_of_first(record, made):
    """The record as the first version of the tables would hold it, its states as that version folded them."""
    import json

    new = ("turn", "passes", "current", "declined", "told", "second_hand")
    with closing(sqlite3.connect(record)) as now:
        [application] = now.execute("PRAGMA application_id").fetchone()
    with closing(sqlite3.connect(made)) as first:
        first.executescript(migrations()[0][1])
        first.execute("ATTACH ? AS now", (str(record),))
        first.executescript("".join(f"DROP TRIGGER {name};" for name in guards(first)))
        for table in ("timeline", "heads", "numbers", "rosters", "messages", "incidents", "pages", "logins", "search"):
            columns = ", ".join(row[1] for row in first.execute(f"PRAGMA main.table_info({table})"))
            first.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}")
        for id_, state in first.execute("SELECT id, state FROM main.incidents").fetchall():
            kept = json.loads(state)
            kept.pop("duty", None)
            for page in kept["pages"].values():
                for name in new:
                    page.pop(name, None)
            first.execute("UPDATE main.incidents SET state = ? WHERE id = ?", (json.dumps(kept), id_))
        first.commit()
        first.execute("DETACH now")
        for statement in (guard for guard in _guards() if guard):
            first.execute(statement)
        first.execute(f"PRAGMA application_id = {application}")
        first.execute("PRAGMA user_version = 1")
        first.commit()


def guards(connection):
    return [row[0] for row in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'trigger'")]


def _guards():
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(migrations()[0][1])
        return [row[0] for row in made.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]


@pytest.mark.parametrize(
    "content",
    [b"Dear Sir or Madam, " * 300, b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 5000],
    ids=["a letter", "zeros", "a bad header"],
)
@pytest.mark.parametrize("line", [*EVERY, "init"])
def test_a_file_that_is_no_database(escalate, home, content, line):
    home.mkdir()
    (home / "record.db").write_bytes(content)

    told(escalate(line), 6, str(home / "record.db"))

    assert (home / "record.db").read_bytes() == content


@pytest.mark.parametrize("version", [0, 1, 99])
@pytest.mark.parametrize("line", [*EVERY, "init"])
def test_the_database_of_another_program(escalate, home, version, line):
    home.mkdir()
    script(
        home / "record.db", f"CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1); PRAGMA user_version = {version}"
    )
    before = (home / "record.db").read_bytes()

    told(escalate(line), 6, "belongs to another program", "--database PATH")

    assert (home / "record.db").read_bytes() == before


@pytest.mark.parametrize("line", EVERY)
def test_a_record_that_was_cut_to_nothing(record, home, line):
    (home / "record.db").write_bytes(b"")

    told(record(line), 6, "is empty: it holds no record", "escalate db restore FILE")


def test_a_folder_in_the_place_of_the_record(escalate, home):
    (home / "record.db").mkdir(parents=True)

    for line in ("init", "list", "log x"):
        told(escalate(line), 6, "record.db")


def test_a_damaged_record_is_put_right_from_a_copy(record, nothing_lost, tmp_path, home):
    record(["db", "backup", str(tmp_path / "copy.db")])
    raw = bytearray((home / "record.db").read_bytes())
    raw[4096:40_000] = b"\xaa" * (40_000 - 4096)
    (home / "record.db").write_bytes(raw)

    for line in ("timeline INC-1", "log x -i INC-1", "verify"):
        assert record(line).exit_code in {4, 6}
        told(record(line), record(line).exit_code)

    assert record(["db", "restore", str(tmp_path / "copy.db"), "--yes"]).exit_code == 0
    nothing_lost()


@pytest.mark.parametrize("flip", [0x01, 0x80], ids=["another letter", "no letter at all"])
def test_a_byte_that_flipped_on_the_disk(record, home, flip):
    raw = bytearray((home / "record.db").read_bytes())
    place = raw.index(b'"text":"first"') + 9
    raw[place] ^= flip
    (home / "record.db").write_bytes(raw)

    found = record("verify --json")

    assert found.exit_code == 4
    assert [(bad["seq"], bad["field"]) for bad in found.data["bad"]] == [(2, "body")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"zone = Europe/London", "config.toml", id="no quotes"),
        pytest.param(b'zoen = "UTC"', "Did you mean zone?", id="a name misspelt"),
        pytest.param(b"\xff\xfe", "not UTF-8", id="no text"),
        pytest.param(b"zone = 5", "it is text, in quotes", id="a number"),
        pytest.param(b"x = " + b"[" * 50_000, "config.toml", id="deep"),
    ],
)
@pytest.mark.parametrize("line", ["log x -i INC-1", "timeline INC-1", "verify", "init"])
def test_broken_settings(record, nothing_lost, home, content, says, line):
    path = home / "config.toml"
    path.write_bytes(content)
    path.chmod(0o600)

    told(record(line), 6, says)

    path.unlink()
    nothing_lost()


def test_a_zone_that_is_none(record, nothing_lost, home):
    (home / "config.toml").write_text('zone = "Mars/Olympus"')
    (home / "config.toml").chmod(0o600)

    result = record("log x --at '20m ago' -i INC-1")

    assert result.exit_code in {2, 6}
    assert "Mars/Olympus" in result.stderr
    (home / "config.toml").unlink()
    nothing_lost()


def test_no_keyring(record, nothing_lost):
    result = record("login slack", stdin="xoxb-canary-1234")

    assert result.exit_code in {2, 6}
    assert "ESCALATE_SECRET_SLACK" in result.stderr
    assert "canary" not in result.stdout + result.stderr
    nothing_lost()


def test_a_terminals_memory_that_cannot_be_read(record, nothing_lost, home, environ):
    environ["ESCALATE_SESSION"] = "one"
    (home / "terminals").write_text("not a folder")

    told(record("use INC-1"), 6, "cannot be kept", "-i INC-7")
    nothing_lost()
