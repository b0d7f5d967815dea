from __future__ import annotations

import pytest


@pytest.fixture
def archive(escalate, clock):
    escalate("init")
    for title in ("First case", "Second case"):
        escalate(["open", title, "--quiet-open"])
    escalate("log 'the desk called' -i INC-1 --at 20:00")
    clock.advance(minutes=1)
    escalate("log 'the desk wrote; case number on file' -i INC-2 --at 20:30")
    return escalate


def test_whoever_sees_a_part_is_told_that_there_is_more(archive):
    for line, much in (("list", 2), ("search desk", 2)):
        part, whole = archive(f"{line} --limit 1"), archive(f"{line} --limit {much} --json")
        assert "These are 1, and there are more: --limit 2" in part.stderr
        assert ("INC-2" in part.stdout, "INC-1" in part.stdout) == (True, False)
        assert (len(whole.data), whole.stderr) == (2, "")


def found(escalate, line):
    return [(hit["ref"], hit["seq"]) for hit in escalate(f"search {line} --json").data]


@pytest.mark.parametrize(
    ("line", "hits"),
    [
        ("desk", [("INC-2", 2), ("INC-1", 2)]),
        ("the desk called", [("INC-1", 2)]),
        ("desk -i INC-2", [("INC-2", 2)]),
        ("desk --kind note.added", [("INC-2", 2), ("INC-1", 2)]),
        ("desk --kind fact.stated", []),
        ("desk --since 20:15", [("INC-2", 2)]),
        ("desk --until 20:15", [("INC-1", 2)]),
        ("desk --since 20:00 --until 20:00", [("INC-1", 2)]),
        ("desk --actor nobody", []),
        ("desk --limit 1", [("INC-2", 2)]),
        ("case --rank --limit 1", [("INC-1", 1)]),
        ("'\"case number\"'", [("INC-2", 2)]),
        ("cas*", [("INC-2", 2), ("INC-2", 1), ("INC-1", 1)]),
        ("zebra", []),
    ],
)
def test_searching(archive, line, hits):
    got = found(archive, line)

    assert got == hits or ("--rank" in line and len(got) == 1)


def test_a_hit_says_where_it_stands(archive):
    [hit] = archive("search called --json").data

    assert (hit["ref"], hit["text"], hit["kind"]) == ("INC-1", "the desk called", "note.added")
    assert hit["code_name"]
    shown = archive("search called").stdout
    assert "INC-1" in shown
    assert "the desk called" in shown
    assert "20:00" in shown


def test_finding_nothing_is_no_failure_and_says_what_is_not_searched(archive):
    result = archive("search zebra")

    assert result.exit_code == 0
    assert "sensitive" in result.stdout


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("search", "WORDS"),
        ("search '*'", "no word to search for"),
        ("search desk --since noonish", "No time can be read"),
        ("search desk --limit 0", "0"),
        ("search desk -i INC-9", "INC-9"),
    ],
)
def test_failures(archive, line, says):
    result = archive(line)

    assert result.exit_code in {2, 3}
    assert says in result.stderr


@pytest.mark.parametrize("words", ["desk OR zebra", 'de"sk', "-- desk", "NEAR(desk)", "words:desk", "\udcff desk"])
def test_what_a_person_types_is_never_an_expression(archive, words):
    assert archive(["search", "--", words]).exit_code == 0
