"""No room, no right to write, no lock: said in a sentence, nothing lost, and the next command works."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

pytestmark = pytest.mark.slow

LONG = "x" * 90_000


def told(result, exit_code, *says):
    assert result.exit_code == exit_code, result.stderr
    for words in says:
        assert words in result.stderr
    assert result.stdout == ""
    assert 2 <= len(result.stderr.splitlines()) <= 4


# ── no room ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own with room for 600 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k,mode=700", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a small disk can only be mounted by root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(path):
    with path.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while ballast.write(b"x" * 512):
            pass


def test_a_full_disk(small_disk, environ, escalate):
    environ["ESCALATE_HOME"] = str(small_disk / "esc")
    escalate("init")
    escalate("open 'A title' --quiet-open")
    written = 0
    while (result := escalate("log -", stdin=LONG)).exit_code == 0:
        written += 1
        assert written < 20

    told(result, 6, "The disk did not take it", "Nothing was recorded. Free some space")
    fill(small_disk / "ballast")
    assert 0 < written == len(escalate("timeline --json").data) - 1
    assert escalate("verify").exit_code == 0
    for line in ("export -o {}/x.jsonl", "db backup {}/copy.db"):
        refused = escalate(line.format(small_disk))
        assert refused.exit_code == 6
        assert (
            "No space left" in refused.stderr or "no room left" in refused.stderr or "did not take it" in refused.stderr
        )
    assert {path.name for path in small_disk.rglob("*") if path.is_file()} == {"record.db", "record.db.lock", "ballast"}

    subprocess.run(["mount", "-o", "remount,size=2m", str(small_disk)], check=True)
    assert escalate("log -", stdin=LONG).exit_code == 0
    assert escalate("verify").exit_code == 0


def test_a_full_disk_from_the_beginning(small_disk, environ, escalate):
    environ["ESCALATE_HOME"] = str(small_disk / "esc")
    (small_disk / "ballast").write_bytes(b"x" * 580_000)

    told(escalate("init"), 6, "The disk did not take it")

    (small_disk / "ballast").unlink()
    assert escalate("init").exit_code == 0
    assert escalate("open 'A title' --quiet-open").exit_code == 0


def test_files_that_may_not_grow(on_a_bad_day, record, nothing_lost, home):
    largest = (home / "record.db").stat().st_size

    told(on_a_bad_day("log -", stdin=LONG, largest=largest), 6, "The disk did not take it", "Nothing was recorded")
    told(on_a_bad_day("export -o x.jsonl", largest=100), 6, "")

    nothing_lost()


def test_an_import_for_which_there_is_no_room_leaves_nothing(on_a_bad_day, record, nothing_lost, home, tmp_path):
    line = '{"at": "2026-11-21T20:55:00Z", "text": "%s"}\n' % ("x" * 1000)
    (tmp_path / "long.jsonl").write_text(line * 300)
    largest = (home / "record.db").stat().st_size + 50_000

    told(on_a_bad_day("import long.jsonl", largest=largest), 6, "The disk did not take it")

    assert [one["ref"] for one in record("list --all --json").data] == ["INC-1"]
    nothing_lost()


# ── no right ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_that_may_only_be_read(on_a_bad_day, record, nothing_lost, home):
    (home / "record.db").chmod(0o400)

    told(on_a_bad_day("log second", modes=True), 6, "cannot be written", "Nothing was recorded")
    assert on_a_bad_day("timeline", modes=True).exit_code == 0
    assert on_a_bad_day("verify", modes=True).exit_code == 0

    (home / "record.db").chmod(0o600)
    nothing_lost()


def test_a_folder_that_may_only_be_read(on_a_bad_day, record, nothing_lost, home):
    home.chmod(0o500)
    try:
        told(on_a_bad_day("log second", modes=True), 6, "Check the rights of the file and its folder")
        assert on_a_bad_day("timeline", modes=True).exit_code == 0
        told(on_a_bad_day("use INC-1", modes=True), 6, "cannot be kept")
    finally:
        home.chmod(0o700)

    nothing_lost()


def test_a_folder_without_a_lock_that_may_only_be_read(on_a_bad_day, record, home):
    (home / "record.db.lock").unlink()
    home.chmod(0o500)
    try:
        told(on_a_bad_day("log second", modes=True), 6, "record.db.lock cannot be opened", "Is the folder writable?")
        assert on_a_bad_day("timeline", modes=True).exit_code == 0
    finally:
        home.chmod(0o700)


@pytest.mark.parametrize("line", ["log x", "timeline", "init"])
def test_a_record_that_may_not_be_opened(on_a_bad_day, record, nothing_lost, home, line):
    (home / "record.db").chmod(0)
    told(on_a_bad_day(line, modes=True), 6, "Check the rights of the file and its folder")
    (home / "record.db").chmod(0o600)

    home.chmod(0)
    try:
        told(on_a_bad_day(line, modes=True), 6, "Permission denied")
    finally:
        home.chmod(0o700)
    nothing_lost()


def test_a_place_where_no_record_can_be_made(on_a_bad_day, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)

    told(
        on_a_bad_day(["--database", str(tmp_path / "closed" / "a" / "r.db"), "init"], modes=True),
        6,
        "Permission denied",
    )


@pytest.mark.slow
@pytest.mark.parametrize("umask", [0o000, 0o777], ids=oct)
def test_everything_is_its_owners_under_any_umask(on_a_bad_day, home, tmp_path, process_environ, umask):
    process_environ["ESCALATE_SESSION"] = "one"
    for line in ("init", "open T --quiet-open", "use INC-1", "log x", "export -o x.jsonl", "db backup copy.db"):
        assert on_a_bad_day(line, umask=umask).exit_code == 0

    modes = {path.name: path.stat().st_mode & 0o777 for path in (*home.rglob("*.*"), *tmp_path.glob("*.*"))}
    assert {name: oct(mode) for name, mode in modes.items() if mode != 0o600} == {}
    assert set(modes) >= {"record.db", "record.db.lock", "x.jsonl", "copy.db"}
    assert any(name.endswith(".json") for name in modes)
    assert {path.stat().st_mode & 0o777 for path in (home, home / "terminals")} == {0o700}


# ── others at the same time ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_lock_that_is_not_let_go(record, nothing_lost, home, monkeypatch):
    monkeypatch.setattr("escalate.adapters.store.lock.PATIENCE", 0.05)
    with (home / "record.db.lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        told(record("log second"), 5, "Somebody else has been writing", "Run the same command again")
        assert record("timeline").exit_code == 0

    nothing_lost()


def test_another_program_that_holds_the_file(record, nothing_lost, home, monkeypatch):
    monkeypatch.setattr("escalate.adapters.store.sqlite.READERS", 10)
    with closing(sqlite3.connect(home / "record.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        told(record("log second"), 5, "held by another program")
        told(record("timeline"), 5, "held by another program")

    nothing_lost()


WRITER = """
import sys
from escalate.cli.main import main
codes = [main(["log", f"{sys.argv[1]}-{number}", "-i", "INC-1"]) for number in range(6)]
sys.exit(max(codes))
"""


@pytest.mark.slow
def test_eight_processes_that_write_at_once_lose_and_double_nothing(record, process_environ):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(name)], env=process_environ, stdout=subprocess.DEVNULL)
        for name in range(8)
    ]

    assert [writer.wait(60) for writer in writers] == [0] * 8

    lines = record("timeline INC-1 --json").data
    assert sorted(line["text"] for line in lines[2:]) == sorted(
        f"{name}-{number}" for name in range(8) for number in range(6)
    )
    assert sorted(line["seq"] for line in lines) == list(range(1, 51))
    assert record("verify --json").data == {"entries": 50, "erased": 0, "bad": []}


# ── what is cut off in the middle ───────────────────────────────────────────────────────────────────────────────────

KILLED = """
import os, signal
from escalate.app import transfer
from escalate.cli.main import main
from escalate.adapters.store.sqlite import SqliteStore
connection = SqliteStore.connection
def small(self, **given):
    found = connection(self, **given)
    found.execute("PRAGMA cache_size = 2")
    return found
SqliteStore.connection = small
from escalate.adapters.store.writing import Pen
Pen.number = lambda self, number, incident: os.kill(os.getpid(), signal.SIGKILL)
main(["import", "long.jsonl"])
"""
"""Killed when all is written but for the last row, with most of it in the file already: the cache is too small."""


def test_an_import_that_is_killed_half_way(record, nothing_lost, process_environ, tmp_path, home):
    line = '{"at": "2026-11-21T20:55:00Z", "text": "%s"}\n' % ("x" * 1000)
    (tmp_path / "long.jsonl").write_text(line * 300)
    before = (home / "record.db").stat().st_size

    killed = subprocess.run([sys.executable, "-c", KILLED], env=process_environ, cwd=tmp_path, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert (home / "record.db").stat().st_size > before
    assert (home / "record.db-journal").exists()
    assert [one["ref"] for one in record("list --all --json").data] == ["INC-1"]
    assert (home / "record.db").stat().st_size == before
    nothing_lost()


def test_a_torn_journal_is_rolled_back(record, nothing_lost, process_environ, tmp_path, home):
    """Killed, and the machine went down before the journal itself was whole: its header says nothing yet."""
    (home / "record.db-journal").write_bytes(b"\0" * 512)

    nothing_lost()


def test_the_reader_of_a_pipe_may_go(process_environ, record, tmp_path):
    for number in range(3):
        record("log -", stdin=f"{number} {LONG}")
    read, write = os.pipe()
    os.close(read)

    done = subprocess.run(
        [sys.executable, "-m", "escalate", "timeline", "INC-1"],
        env=process_environ,
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)

    assert b"Traceback" not in done.stderr
    assert done.returncode == 0
