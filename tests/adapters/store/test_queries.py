"""The named queries, and how they go to either database."""

from __future__ import annotations

import re

import pytest

from escalate.adapters.store import queries


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("SELECT :a, :b_c", "SELECT %(a)s, %(b_c)s"),
        ("SELECT a::text, :a::text[]", "SELECT a::text, %(a)s::text[]"),
        ("WHERE a LIKE 'courier:%'", "WHERE a LIKE 'courier:%%'"),
        ("WHERE a = 'it''s :here' AND b = :b", "WHERE a = 'it''s :here' AND b = %(b)s"),
        ("SELECT 7 % :n", "SELECT 7 %% %(n)s"),
        ("SELECT 'a\n:b' || :c", "SELECT 'a\n:b' || %(c)s"),
        ("f(most => :limit)", "f(most => %(limit)s)"),
    ],
)
def test_names_are_written_as_psycopg_takes_them(query, sent):
    assert queries.for_psycopg(query) == sent


def test_every_query_of_one_database_is_one_of_the_other():
    """But for those that only one needs; each of them stands in its own file."""
    own = {name for name in queries.load_postgres() if name not in queries.load()}

    assert own == {
        "ask_about", "bundle_in_hand", "copy", "find", "hold_heads", "lock_numbers", "messages_by_ids",
        "reads_words", "state_free", "state_held", "take_messages", "turn_taken",
    }  # fmt: skip


def test_a_query_that_differs_takes_the_same_values():
    plain, other = queries.load(), queries.load_postgres()

    named = {name: set(re.findall(r"(?<!:):([a-z_]+)", re.sub(r"'[^']*'", "", plain[name]))) for name in plain}
    differing = {
        name: (named[name], wanted)
        for name in plain
        if (wanted := set(re.findall(r"%\(([a-z_]+)\)s", other[name]))) - named[name]
    }
    assert differing == {}


def test_both_databases_come_to_the_same_schema():
    assert {number for number, _script in queries.migrations("postgres")} == set(range(3, queries.LATEST + 1))
    assert queries.migrations()[-1][0] == queries.LATEST


@pytest.mark.parametrize("loaded", [queries.load, queries.load_postgres, queries.load_for_owner])
def test_they_are_read_once_and_nobody_changes_them(loaded):
    assert loaded() is loaded()
    with pytest.raises(TypeError):
        loaded()["numbers"] = "SELECT 1"
