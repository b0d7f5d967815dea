from __future__ import annotations

import json
from hashlib import sha256

import pytest


@pytest.fixture
def here(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def opened(escalate, here):
    escalate("init")
    escalate("open 'Sign-ups in a wave' --severity SEV4 --quiet-open")
    return here


@pytest.mark.parametrize("command", ["report", "summary"])
@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_to_standard_output_goes_the_document_alone(escalate, opened, command, form):
    result = escalate(f"{command} INC-1 --format {form} -o -")

    assert result.exit_code == 0
    assert "INC-1" in result.stdout
    assert "TLP:AMBER+STRICT" in result.stdout
    if form == "json":
        assert json.loads(result.stdout)["incident"]["ref"] == "INC-1"
    assert list(opened.iterdir()) == []


def test_into_a_file_and_what_it_says_of_it(escalate, opened):
    result = escalate("summary INC-1 -o one.md --json")

    assert result.exit_code == 0
    content = (opened / "one.md").read_bytes()
    assert result.data["path"] == "one.md"
    assert result.data["sha256"] == sha256(content).hexdigest()
    assert (opened / "one.md").stat().st_mode & 0o777 == 0o600
    assert "Exported summary as md" in escalate("timeline INC-1").stdout


def test_with_json_and_no_name_the_file_is_named_and_marked(escalate, opened):
    path = escalate("report INC-1 --json").data["path"]

    assert path.startswith("INC-1-")
    assert path.endswith("-report-TLP-AMBER+STRICT.md")
    assert [found.name for found in opened.iterdir()] == [path]


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("report INC-1 -o - --json", 2, "both want standard output"),
        ("report INC-1 -o taken.md", 4, "taken.md exists"),
        ("report INC-1 -o no/such.md", 6, "no such folder"),
        ("report INC-1 --audience press -o -", 3, "no audience 'press'"),
        ("report INC-9 -o -", 3, "INC-9"),
        ("report INC-1 --format pdf", 2, "pdf"),
    ],
)
def test_failures_say_what_to_do(escalate, opened, line, exit_code, says):
    (opened / "taken.md").write_text("mine")

    result = escalate(line)

    assert result.exit_code == exit_code
    assert says in result.stderr + result.stdout
    assert (opened / "taken.md").read_text() == "mine"


@pytest.mark.parametrize(
    "line",
    [
        "report INC-1 -o no/such.md",
        "report INC-1 --json",  # its name is taken: it is the second one
        "summary INC-1 -o folder/full.md",
        "export INC-1",  # so is this one's
        "export INC-1 -o no/such.jsonl",
    ],
)
def test_what_was_not_written_is_not_on_record_as_exported(escalate, opened, line):
    escalate("report INC-1 --json")
    escalate("export INC-1")
    (opened / "folder").mkdir()
    (opened / "folder" / "full.md").mkdir()
    before = escalate("timeline INC-1 --json").data

    assert escalate(line).exit_code in {4, 6}

    assert escalate("timeline INC-1 --json").data == before
    assert [entry["kind"] for entry in before].count("report.exported") == 2


def test_force_writes_over_a_file(escalate, opened):
    (opened / "taken.md").write_text("mine")

    assert escalate("report INC-1 -o taken.md --force").exit_code == 0
    assert "post-incident report" in (opened / "taken.md").read_text()
