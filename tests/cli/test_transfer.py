"""`import`, `export`, `verify`: files as they come."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

LINE = '{"at": "2026-11-21T20:55:00Z", "text": "called"}'
NAIVE = '{"at": "2026-11-21T20:55:00", "text": "called"}'


@pytest.fixture
def record(escalate):
    escalate("init")
    return escalate


@pytest.fixture
def file(tmp_path):
    def write(content, name="notes.jsonl"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


# ── import ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        pytest.param(LINE, ["called"], id="one line, not ended"),
        pytest.param(LINE + "\r\n\r\n" + LINE + "\r\n", ["called", "called"], id="lines of Windows"),
        pytest.param("\ufeff" + LINE, ["called"], id="with a mark of UTF-8"),
        pytest.param(
            LINE.replace("called", "caf\u00e9 \u2028 \u0085"), ["café \u2028 \u0085"], id="odd line ends in a text"
        ),
        pytest.param(LINE.replace("called", " two\\nlines "), [" two\nlines "], id="byte for byte"),
    ],
)
def test_importing(record, file, content, texts):
    brought = record(["import", file(content), "--json"]).data

    assert (brought["ref"], brought["title"], brought["imported"]) == ("INC-1", "notes", len(texts))
    lines = record("timeline --json").data
    assert [line["text"] for line in lines if line["kind"] == "note.added"] == texts


def test_importing_from_a_pipe(record):
    brought = record("import - --title 'From a pipe' --json", stdin=LINE).data

    assert (brought["title"], brought["imported"]) == ("From a pipe", 1)
    more_than_a_text_may_hold = "\n".join(LINE.replace("called", "x" * 9_000) for _ in range(600))
    assert record("import - --json", stdin=more_than_a_text_may_hold).data["imported"] == 600


@pytest.mark.parametrize(
    ("content", "exit_code", "says"),
    [
        pytest.param("", 4, "nothing to import", id="empty"),
        pytest.param(LINE + '\n{"at": "2026-11-21T20:5', 4, "line 2: it is not JSON", id="a torn last line"),
        pytest.param(f"{LINE}\n{NAIVE}\n{NAIVE}", 4, "line 2", id="times without a zone"),
        pytest.param(NAIVE, 4, "--zone", id="what to do about it"),
        pytest.param(LINE.encode("utf-16"), 2, "UTF-16", id="UTF-16"),
        pytest.param(LINE.encode("utf-16-be"), None, "", id="UTF-16 without a mark"),
        pytest.param(LINE.replace("called", "caf\u00e9").encode("latin-1"), 2, "not UTF-8", id="Latin-1"),
        pytest.param("[" * 100_000, 4, "line 1: it is nested too deeply", id="deep"),
        pytest.param(LINE.replace("20:55:00Z", "25:00:00Z"), 4, "line 1", id="no time of day"),
        pytest.param(LINE.replace("2026-11-21T20:55:00Z", "20m ago"), 4, "line 1", id="a time that moves"),
        pytest.param(
            LINE.replace("2026-11-21T20:55:00Z", "99999999999999999999"), 4, "line 1", id="a number for a time"
        ),
        pytest.param(LINE.replace("2026", "2099"), 4, "future", id="the future"),
        pytest.param(
            LINE.replace("2026-11-21T20:55:00Z", "0001-01-01T00:00:00+14:00"), 4, "line 1", id="before the calendar"
        ),
        pytest.param("\x00" * 100, 4, "line 1", id="a file of zeros"),
        pytest.param("SQLite format 3", 4, "line 1", id="another kind of file"),
    ],
)
def test_what_cannot_be_imported_leaves_nothing(record, file, content, exit_code, says):
    result = record(["import", file(content)])

    assert result.exit_code == exit_code if exit_code else result.exit_code in {2, 4}
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert record("list --all --json").data == []


@pytest.mark.parametrize(("name", "exit_code"), [("missing.jsonl", 3), (".", 6)])
def test_a_file_that_cannot_be_read_is_named(record, tmp_path, name, exit_code):
    result = record(["import", str(tmp_path / name)])

    assert result.exit_code == exit_code
    assert str(tmp_path) in result.stderr


def test_times_without_a_zone_are_local_where_the_zone_is_given(record, file):
    record(["import", file(NAIVE), "--zone", "Europe/Berlin"])

    assert record("timeline --json").data[-1]["occurred_at"] == "2026-11-21T19:55:00+00:00"


def test_a_null_character_is_shown_and_said(record, file):
    result = record(["import", file(LINE.replace("called", "a\\u0000b"))])

    assert result.exit_code == 0
    assert "U+0000 cannot be kept and stands as ␀ now, in line 1." in result.stderr
    assert record("timeline --json").data[-1]["text"] == "a␀b"


def test_a_name_that_is_no_text_is_shown(record, tmp_path):
    path = tmp_path / "\udcff.jsonl"
    path.write_text(LINE)

    assert record(["import", str(path), "--json"]).data["imported"] == 1


# ── export, and back ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def exported(record, tmp_path):
    """The path of an export of INC-1, four entries long."""
    record("open 'A title' --quiet-open")
    for text in ("one", "two", "three"):
        record(["log", text])
    path = tmp_path / "INC-1.jsonl"
    assert record(["export", "-o", str(path)]).exit_code == 0
    return path


def test_an_export_is_whole_and_for_its_owner(record, exported, tmp_path):
    assert exported.stat().st_mode & 0o777 == 0o600
    assert len(exported.read_text().splitlines()) == 5
    assert record(["verify", str(exported), "--json"]).data == {"entries": 4, "erased": 0, "bad": []}


def test_an_export_replaces_nothing_unless_told(record, exported):
    before = exported.read_bytes()

    refused = record(["export", "-o", str(exported)])

    assert refused.exit_code == 4
    assert "--force" in refused.stderr
    assert exported.read_bytes() == before
    assert record("timeline --json").data[-1]["kind"] == "report.exported"  # the first, not the refused one
    assert len(record("timeline --json").data) == 5
    assert record(["export", "-o", str(exported), "--force"]).exit_code == 0


def test_it_can_be_piped(record, exported):
    result = record("export -o -")

    assert json.loads(result.stdout.splitlines()[0])["format"] == "escalate-export-1"
    assert "nothing masked" in result.stderr
    assert record("export -o - --json").exit_code == 2


def test_it_comes_back_in_another_record(record, exported, environ, tmp_path):
    before = record("timeline --json --all").data
    environ["ESCALATE_HOME"] = str(tmp_path / "elsewhere")
    record("init")

    brought = record(["import", str(exported), "--json"])

    assert (brought.exit_code, brought.data["ref"], brought.data["imported"]) == (0, "INC-1", 4)
    after = record("timeline --json --all").data
    assert [(one["id"], one["digest"]) for one in after] == [(one["id"], one["digest"]) for one in before][:4]
    assert record("verify").exit_code == 0
    again = record(["import", str(exported)])
    assert again.exit_code == 4
    assert "in this record already" in again.stderr


@pytest.mark.parametrize(
    ("edit", "exit_code", "says"),
    [
        pytest.param(lambda raw: raw.replace(b"two", b"2wo"), 4, "what it says was changed", id="edited"),
        pytest.param(lambda raw: raw[:-200], 4, "cannot be read", id="torn"),
        pytest.param(lambda raw: b"\n".join(raw.split(b"\n")[:-2]), 4, "does not end where it says", id="cut off"),
        pytest.param(lambda raw: raw.split(b"\n")[0] + b"\n", 4, "", id="nothing but its first line"),
        pytest.param(lambda _raw: b"", 4, "", id="empty"),
        pytest.param(lambda _raw: LINE.encode(), 2, "not an export", id="not an export"),
        pytest.param(lambda _raw: b"[" * 100_000, 2, "not an export", id="deep"),
        pytest.param(lambda raw: raw.decode().encode("utf-16"), 2, "UTF-16", id="UTF-16"),
    ],
)
def test_verifying_a_file_that_is_not_as_it_was(record, exported, edit, exit_code, says):
    exported.write_bytes(edit(exported.read_bytes()))

    result = record(["verify", str(exported)])

    assert result.exit_code == exit_code
    assert says in result.stdout + result.stderr


# ── verify ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sound_record(record, exported):
    result = record("verify")

    assert (result.exit_code, result.stdout) == (0, "5 entries fit together.\n")
    assert record("verify INC-1 --json").data == {"entries": 5, "erased": 0, "bad": []}
    assert "head #5:" in record("verify INC-1").stdout


def test_each_entry_and_field_that_does_not_fit_is_named(record, exported, home):
    with closing(sqlite3.connect(home / "record.db", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER timeline_only_erases")
        raw.execute("UPDATE timeline SET body = replace(body, 'two', 'six') WHERE seq = 3")

    found = record("verify --json")

    assert found.exit_code == 4
    bad, guards = found.data["bad"]
    assert (guards["incident"], guards["seq"], guards["field"]) == ("record", 0, "guards")
    assert guards["what"] == "the trigger timeline_only_erases is missing: escalate db rebuild"
    assert (bad["seq"], bad["field"], bad["incident"]) == (3, "body", record("show INC-1 --json").data["id"])
    name = " ".join(record("show INC-1 --json").data[word] for word in ("ref", "code_name"))
    for line in ("verify", "verify INC-1", "db check", "db rebuild"):
        shown = record(line)
        assert shown.exit_code == 4
        assert "body" in shown.stdout + shown.stderr
        assert name in shown.stdout + shown.stderr
        assert bad["incident"] not in shown.stdout + shown.stderr
    problems = record("db check --json").data["problems"]
    assert [problem for problem in problems if "entry" in problem] == [
        f"{bad['incident']} entry 3, body: what it says was changed"
    ]


@pytest.mark.parametrize("line", ["verify", "verify INC-1"])
def test_a_record_without_its_guards_is_not_said_to_be_in_order(record, exported, home, line):
    assert record(line).exit_code == 0
    with closing(sqlite3.connect(home / "record.db", isolation_level=None)) as raw:
        for name in ("heads_stay", "timeline_forgets_nothing"):
            raw.execute(f"DROP TRIGGER {name}")

    found = record(line)

    assert found.exit_code == 4
    assert "1 fault" in found.stdout
    assert "and 1 more: escalate db check" in " ".join(found.stdout.split())
    record("db rebuild")
    assert record(line).exit_code == 0


BYTES = ("id", "occurred_at", "precision", "written_at", "recorded_at", "origin", "actor", "labels", "body_digest")


@pytest.mark.parametrize("column", BYTES)
def test_bytes_in_the_place_of_the_same_text_are_found_and_said(record, exported, home, column):
    """They give the same digest, and nothing can be done with them."""
    with closing(sqlite3.connect(home / "record.db", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER timeline_only_erases")
        raw.execute(f"UPDATE timeline SET {column} = CAST({column} AS BLOB) WHERE seq = 3")

    bad = [(one["seq"], one["field"]) for one in record("verify --json").data["bad"]]

    assert bad[:1] == [(3, "body" if column == "body_digest" else "digest")]
    for line in (
        "timeline INC-1",
        "report INC-1 -o -",
        "export INC-1 -o -",
        "summary INC-1 -o -",
        "show INC-1 --as-of now",
    ):
        said = record(line)
        assert (said.exit_code, "Traceback" in said.stderr) == (4, False), line
        assert "Entry 3 of incident" in said.stderr, line
        assert "escalate verify" in said.stderr, line


@pytest.mark.parametrize(
    "change", ["occurred_at = 'x'", "recorded_at = 'x'", "body = 'x'", "body = '[' || body"], ids=lambda change: change
)
def test_what_cannot_be_read_any_more_is_said(record, exported, home, change):
    with closing(sqlite3.connect(home / "record.db", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER timeline_only_erases")
        raw.execute(f"UPDATE timeline SET {change} WHERE seq = 3")

    said = record("timeline INC-1")

    assert (said.exit_code, record("verify").exit_code) == (4, 4)
    assert "Entry 3 of incident" in said.stderr
    assert "escalate verify" in said.stderr


def test_faults_of_an_export_are_named_as_the_incident_was_there(record, exported):
    exported.write_bytes(exported.read_bytes().replace(b"two", b"2wo"))

    found = record(["verify", str(exported)])

    assert record("show INC-1 --json").data["code_name"] in found.stdout


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("verify INC-9", 3, "INC-9"),
        ("verify missing.jsonl", 3, "There is no file"),
        ("verify --expect-head '#1:3fa9c1d2'", 2, "Say which"),
        ("verify INC-1 --expect-head 12", 2, "is not a head"),
        ("verify INC-1 --expect-head '#2:00000000'", 4, "not the one that was noted"),
        ("verify INC-1 --expect-head '#99:00000000'", 4, "before the expected head"),
    ],
)
def test_what_cannot_be_verified(record, exported, line, exit_code, says):
    result = record(line)

    assert result.exit_code == exit_code
    assert says in result.stdout + result.stderr


def test_a_head_that_was_noted_still_fits_when_more_was_written(record, exported):
    head = record("show --json").data["head"]
    record("log four")

    assert record(f"verify INC-1 --expect-head '#{head['seq']}:{head['digest'][:12]}'").exit_code == 0
    assert (
        record(
            [
                "verify",
                str(exported),
                "--expect-head",
                f"4:{json.loads(exported.read_text().splitlines()[0])['head']['digest']}",
            ]
        ).exit_code
        == 0
    )


def test_an_empty_record_is_not_in_order(record):
    result = record("verify")

    assert result.exit_code == 4
    assert "nothing to verify" in result.stderr


def test_an_incident_whose_state_is_gone_can_still_be_verified(record, exported, home):
    with closing(sqlite3.connect(home / "record.db", isolation_level=None)) as raw:
        raw.execute("DELETE FROM incidents")

    found = record("verify INC-1 --json")

    assert (found.exit_code, [bad["field"] for bad in found.data["bad"]]) == (4, ["state"])
    assert record("db rebuild").exit_code == 0
    assert record("verify INC-1").exit_code == 0
