"""`init` and `db`: the record as a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from escalate.adapters.store import queries
from escalate.domain.instants import to_text


@pytest.fixture
def record(escalate):
    escalate("init")
    escalate("open 'A title' --quiet-open")
    escalate("log 'a note'")
    return escalate


def test_making_a_record_twice(escalate, home):
    first, second = escalate("init --json"), escalate("init --json")

    assert (first.exit_code, first.data) == (0, {"database": str(home / "record.db"), "created": True, "brought": None})
    assert (second.exit_code, second.data) == (
        0,
        {"database": str(home / "record.db"), "created": False, "brought": None},
    )


@pytest.mark.parametrize("given", ["option", "url", "environment"])
def test_where_it_is_made(escalate, environ, tmp_path, given):
    path = tmp_path / "else where" / "r.db"
    if given == "environment":
        environ["ESCALATE_DATABASE"] = str(path)
    line = ["--database", f"sqlite://{path}" if given == "url" else str(path)] if given != "environment" else []

    assert escalate([*line, "init", "--json"]).data["created"] is True
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_server_that_is_not_there_is_said(escalate):
    result = escalate("--database postgresql://127.0.0.1:1/x init")

    assert result.exit_code == 7
    assert "cannot be reached" in result.stderr


def test_checking(record, home):
    assert record("db check").exit_code == 0
    (home / "record.db").chmod(0o644)

    result = record("db check --json")

    assert (result.exit_code, result.data["entries"]) == (4, 2)
    assert "chmod 600" in result.data["problems"][0]


def test_a_copy_and_back(record, tmp_path, home):
    copy = str(tmp_path / "copy.db")
    assert record(["db", "backup", copy]).exit_code == 0
    record("log 'after the copy'")

    assert record(["db", "backup", copy]).exit_code == 4
    asked = record(["db", "restore", copy])
    assert asked.exit_code == 4
    assert "--yes" in asked.stderr
    restored = record(["db", "restore", copy, "--yes", "--json"])
    assert restored.exit_code == 0
    assert restored.data["kept"].startswith(str(home / "record.db.before-"))
    assert [entry["text"] for entry in record("timeline --json").data if entry["kind"] == "note.added"] == ["a note"]


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [("db restore missing.db --yes", 3), ("db backup missing/copy.db", 6), ("db backup", 2), ("db", 2)],
)
def test_failures(record, line, exit_code):
    result = record(line)

    assert result.exit_code == exit_code
    assert "Traceback" not in result.stderr


def test_rebuilding(record):
    assert record("db rebuild --json").data == {"incidents": 1, "entries": 2}
    assert record("verify").exit_code == 0


def test_a_damaged_file_is_not_sent_back_to_the_command_that_found_it(record, home):
    file = home / "record.db"
    file.write_bytes(b"no database at all" * 1000)

    result = record("db check")

    assert result.exit_code == 6
    assert "escalate db check" not in result.stderr
    assert "escalate db restore FILE" in result.stderr


def test_db_by_itself_says_what_it_goes_on_with(record):
    result = record("db")

    assert result.exit_code == 2
    assert result.stderr.startswith(
        "escalate: `escalate db` goes on with one of: backup, check, copy, grant-role, rebuild, restore,"
    )
    assert "Usage:" not in result.stderr


@pytest.mark.parametrize("word", ["db", "config", "template", "runbook"])
def test_a_word_that_leads_to_others_says_which(escalate, word):
    said = escalate(word)

    assert said.exit_code == 2
    assert f"`escalate {word}` goes on with one of: " in said.stderr


def test_a_record_of_an_older_escalate_is_said_to_be_brought_up_to_date(record, home):
    with closing(sqlite3.connect(home / "record.db")) as raw:
        raw.execute("DROP TABLE watches")
        raw.execute("PRAGMA user_version = 3")

    done = record("init")

    assert (done.exit_code, done.stdout) == (
        0, f"The record at {home / 'record.db'} was brought up to date, from schema 3 to {queries.LATEST}.\n",
    )  # fmt: skip
    assert "it was there already" in record("init").stdout


def test_couriers_of_the_older_escalate_are_named(record, home, wiring):
    alive, gone = "other:7:ab", "other:8:cd"
    with wiring.store.writing() as pen:
        for id_, beat in ((alive, wiring.clock.now()), (gone, wiring.clock.now() - timedelta(hours=1))):
            host, pid, _ = id_.split(":")
            pen.beat({
                "id": id_, "host": host, "pid": int(pid), "socket": "", "started_at": to_text(beat), "beat_at": to_text(beat)
            })  # fmt: skip
    with closing(sqlite3.connect(home / "record.db")) as raw:
        raw.execute("DROP TABLE watches")
        raw.execute("PRAGMA user_version = 3")

    done = record("init")

    assert "A courier of the earlier escalate still works on other, process 7: end it there" in done.stdout
    assert "process 8" not in done.stdout
    assert "earlier escalate" not in record("init").stdout


def test_a_copy_put_back_twice_within_a_second(record, tmp_path, home):
    copy = str(tmp_path / "copy.db")
    record(["db", "backup", copy])

    done = [record(["db", "restore", copy, "--yes", "--json"]) for _ in range(2)]

    kept = [one.data["kept"] for one in done]
    assert [one.exit_code for one in done] == [0, 0]
    assert kept[1] == f"{kept[0]}-2"
    assert not [*home.glob(".record*")]
