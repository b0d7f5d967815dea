"""Chains and notes that come into a shared record from elsewhere, as people type it."""

from __future__ import annotations

import json

import pytest

from shared import as_, put_roster, said, shared_pg  # noqa: F401
from telling import TOKENS
from two_people import BOB, ROSTER, wired_as

pytestmark = pytest.mark.slow


@pytest.fixture
def environ(environ):
    return {**environ, **TOKENS}


@pytest.fixture
def team(put_roster):
    put_roster()


def kinds(said, user="alice", ref="1"):
    return [line["kind"] for line in said(user, f"timeline {ref} --all --json").data]


@pytest.fixture
def exported(escalate, wiring, tmp_path):
    """INC-2 of a record in a file: two incidents, of which the second left it with its chain."""
    for title in ("another", "Reports of coordinated sign-ups"):
        escalate(f"open '{title}' --severity SEV2 --quiet-open")
    escalate("log 'called the desk' -i 2")
    path = tmp_path / "out.jsonl"
    assert escalate(f"export 2 -o {path}").exit_code == 0
    return path


def test_a_chain_comes_back_by_the_owner_and_by_nobody_else(said, exported, team):
    for who in ("alice", "keeper", "sender"):
        refused = said(who, f"import {exported}", code=4)
        assert "escalate_owner" in refused.stderr
    assert said("alice", "list --all --json").data == []

    brought = said("copier", f"import {exported} --json").data

    assert (brought["ref"], brought["imported"]) == ("INC-1", 2)
    assert kinds(said) == ["incident.opened", "note.added", "incident.numbered"]
    assert len(said("bob", "search desk --json").data) == 1
    said("bob", "log 'it goes on here' -i 1")
    assert said("copier", f"import {exported}", code=4).stderr.count("already") == 1
    assert said("alice", "verify").exit_code == 0


def test_a_chain_keeps_its_number_where_that_is_the_next(said, exported, team):
    said("alice", "open 'the first here' --severity SEV3 --quiet-open")

    assert said("copier", f"import {exported} --json").data["ref"] == "INC-2"
    assert said("alice", "verify").exit_code == 0
    assert said("alice", "open 'the third' --severity SEV3 --quiet-open --json").data["ref"] == "INC-3"


def test_notes_of_others_are_brought_in_by_a_member(said, team, tmp_path):
    path = tmp_path / "notes.jsonl"
    path.write_text(json.dumps({"at": "2026-11-20T20:55:00Z", "text": "it began"}) + "\n")

    assert said("alice", f"import {path} --json").data["imported"] == 1
    assert said("bob", "verify").exit_code == 0


def test_what_was_opened_restricted_by_words_that_were_erased_is_closed_here(
    said, escalate, wiring, environ, clock, apply_roster, team, tmp_path
):
    apply_roster(ROSTER)
    lines = ("open 'a name' --severity SEV2 --quiet-open --restricted", "grant bob -i 1", "erase 1 --why w -i 1")
    for line in lines:
        assert escalate(line, wired=wired_as(environ, clock, wiring.author)).exit_code in {0, 9}, line
    assert escalate("erase 1 --confirm --why agreed -i 1", wired=wired_as(environ, clock, BOB)).exit_code in {0, 9}
    path = tmp_path / "out.jsonl"
    assert escalate(f"export 1 -o {path}", wired=wired_as(environ, clock, wiring.author)).exit_code == 0

    brought = said("copier", f"import {path}")

    assert "closed to you" not in brought.stderr  # whoever owns the database reads all of it, and is not let in by that
    assert "copier" not in said("bob", "access 1").stdout
    assert said("copier", f"import {path}", code=4).stderr.count("already") == 1
    said("carol", "show 1", code=3)
    assert said("carol", "list --all --json").data == []
    assert said("bob", "show 1").exit_code == 0


def test_what_was_restricted_or_erased_there_is_so_here(
    said, escalate, wiring, environ, clock, apply_roster, team, tmp_path
):
    apply_roster(ROSTER)
    escalate("open 'words of its own' --severity SEV2 --quiet-open", wired=wired_as(environ, clock, wiring.author))
    for line in ("log 'Quillfeather called'", "restrict --why 'need to know'", "grant bob", "erase 2 --why w"):
        assert escalate(f"{line} -i 1", wired=wired_as(environ, clock, wiring.author)).exit_code in {0, 9}, line
    assert escalate("erase 2 --confirm --why agreed -i 1", wired=wired_as(environ, clock, BOB)).exit_code in {0, 9}
    path = tmp_path / "out.jsonl"
    assert escalate(f"export 1 -o {path}", wired=wired_as(environ, clock, wiring.author)).exit_code == 0

    said("copier", f"import {path}")

    assert "1 of them erased" in said("alice", "verify 1").stdout
    assert "access.restricted" in kinds(said, "bob")
    said("carol", "show 1", code=3)
    said("carol", "open 'another' --severity SEV3 --quiet-open")
    assert "not visible to you: 1 incident." in said("carol", "verify", code=None).stdout
    assert said("copier", "db check").stdout.startswith("The record is sound")
