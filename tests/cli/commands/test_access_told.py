"""Who may read is said where somebody could be mistaken about it: a login nobody has, and what an import closes."""

from __future__ import annotations

import pytest

from two_people import BOB, ROSTER, STRANGER, wired_as


@pytest.fixture
def rostered(wiring, apply_roster):
    apply_roster(ROSTER)


@pytest.fixture
def as_(escalate, environ, clock, wiring):
    who = {"alice": wiring.author, "bob": BOB, "guest": STRANGER}
    return lambda name, line: escalate(line, wired=wired_as(environ, clock, who[name]))


@pytest.fixture
def closed(rostered, as_):
    as_("alice", "open 'words of its own' --severity SEV2 --restricted --quiet-open")


@pytest.mark.parametrize("to", ["zoe", "os:zoe", "db:zoe"])
def test_a_login_that_nobody_has_is_taken_and_pointed_out(closed, as_, to):
    result = as_("alice", f"grant {to} 1")

    assert result.exit_code == 0
    assert "zoe" in result.stdout
    assert "Note: nobody in the roster has the login zoe." in result.stderr
    assert "escalate revoke zoe INC-1" in result.stderr


def test_a_name_that_is_nearly_somebodys_is_pointed_out(closed, as_):
    assert "person:dana" in as_("alice", "grant dnaa 1").stderr


@pytest.mark.parametrize("to", ["bob", "person:bob", "bo", "os:bo", "team:crew"])
def test_whoever_the_roster_knows_is_let_in_without_a_word(closed, as_, to):
    assert "Note" not in as_("alice", f"grant {to} 1").stderr


@pytest.fixture
def taken_out(closed, as_, tmp_path):
    """An export of a restricted incident, as it comes into a record of which it is no longer a part."""
    as_("alice", "grant bob 1")
    as_("alice", "grant team:crew 1")
    path = tmp_path / "out.jsonl"
    assert as_("alice", f"export 1 -o {path}").exit_code == 0
    return path


@pytest.fixture
def elsewhere(escalate, environ, clock, wiring, taken_out, tmp_path):
    """Another record, with the same people or with none."""
    home = tmp_path / "elsewhere"
    there = {**environ, "ESCALATE_HOME": str(home)}
    roster = tmp_path / "people.toml"
    roster.write_text(ROSTER)

    def run(author, line):
        return escalate(line, wired=wired_as(there, clock, author))

    run(BOB, "init")
    return lambda author, line, people=True: (
        run(author, f"apply {roster}") and run(author, line) if people else run(author, line)
    )


def test_what_an_import_closes_to_the_importer_is_said_with_who_may_read_it(elsewhere, taken_out):
    result = elsewhere(STRANGER, f"import {taken_out}")

    assert result.exit_code == 0
    assert "imported" in result.stdout
    assert "INC-1 is restricted, and closed to you." in result.stderr
    assert "Alice Ng" in result.stderr
    assert "Bob Okoro" in result.stderr
    assert "escalate grant guest INC-1" in result.stderr
    assert "escalate break-glass INC-1 --why" in result.stderr
    assert elsewhere(STRANGER, "show INC-1").exit_code == 3
    assert elsewhere(STRANGER, f"import {taken_out}").exit_code == 4


def test_a_script_is_told_as_well(elsewhere, taken_out):
    import json

    data = json.loads(elsewhere(STRANGER, f"import {taken_out} --json").stdout)["data"]
    assert (data["closed_to_you"], data["readers"]) == (True, ["Alice Ng", "Bob Okoro", "Crew"])


def test_where_nobody_here_was_let_in_that_is_said(elsewhere, taken_out):
    result = elsewhere(STRANGER, f"import {taken_out}", people=False)

    assert "nobody here can let you in" in result.stderr
    assert "escalate break-glass INC-1" in result.stderr


def test_whoever_was_let_in_is_told_nothing(elsewhere, taken_out):
    result = elsewhere(BOB, f"import {taken_out}")

    assert "closed to you" not in result.stderr
    assert elsewhere(BOB, "show INC-1").exit_code == 0
