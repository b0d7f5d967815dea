"""What can be concluded about a restricted incident without reading it: guesses must be answered like wrong guesses."""

from __future__ import annotations

import re

import psycopg
import pytest

from postgres import database

pytestmark = pytest.mark.slow

GUESSES = {
    "a code name": "SELECT 1 FROM escalate.incidents WHERE code_name = '{word} BADGER'",
    "a code name among the open": "SELECT 1 FROM escalate.incidents WHERE code_name = '{word} BADGER' AND NOT limited",
    "words of a state": "SELECT 1 FROM escalate.incidents WHERE state LIKE '%state {word}%'",
    "a policy": "SELECT 1 FROM escalate.pages WHERE policy = 'policy-{word}'",
    "a code": "SELECT 1 FROM escalate.codes WHERE code = 'C{word}'",
    "who was paged": "SELECT 1 FROM escalate.codes WHERE person = '{word}'",
    "a clock": "SELECT 1 FROM escalate.timers WHERE key = 'clock/{word}'",
    "clocks": "SELECT 1 FROM escalate.timers WHERE key >= 'clock/{word}' AND key < 'clock/{word}~'",
    "who was told": "SELECT 1 FROM escalate.messages WHERE recipient = 'person:{word}' AND tried_at IS NOT NULL",
    "by what": "SELECT 1 FROM escalate.messages WHERE via = 'via-{word}'",
    "what was said": "SELECT 1 FROM escalate.messages WHERE text = 'text {word}'",
    "a kind": "SELECT 1 FROM escalate.timeline WHERE kind = '{kind}'",
    "who wrote": "SELECT 1 FROM escalate.timeline WHERE actor = '{actor}'",
    "a list of guesses": "SELECT 1 FROM (VALUES ('{word} BADGER')) AS v (x) JOIN escalate.incidents ON code_name = v.x",
    "search": "SELECT 1 FROM escalate.find('{word}')",
    "a name": "SELECT 1 FROM escalate.incident_named('{word} BADGER')",
    "an answer": "SELECT 1 FROM escalate.coded('C{word}')",
    "a subject": "SELECT 1 FROM escalate.sightings_of('h-{word}')",
    "a link": "SELECT 1 FROM escalate.links_of('o-{word}')",
    "the beginning of a handle": "SELECT 1 FROM escalate.handles_like('h-{word}')",
    "what waits for a clause": "SELECT 1 FROM escalate.watches WHERE clause = 'clause-{word}'",
    "clauses that are waited for": "SELECT 1 FROM escalate.watches WHERE clause >= 'clause-{word}' AND clause < 'clause-{word}~'",
    "who waits for a clause": "SELECT 1 FROM escalate.watching(ARRAY['clause-{word}'])",
    "pages before": "SELECT 1 FROM escalate.messages_tried('person:{word}', 'via-{word}', '')",
}
# Both stand in the same place among what Bob may see.
RIGHT = {"word": "SECRET", "kind": "clock.submitted", "actor": "alice"}
WRONG = {"word": "SHADOW", "kind": "clock.nobody", "actor": "frank"}
COUNTED = """SELECT relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch FROM pg_stat_xact_all_tables
              WHERE schemaname = 'escalate' ORDER BY relname"""


@pytest.fixture
def pg():
    """Fresh: what was deleted before is seen in what is read."""
    made = database()
    yield made
    made.close()


@pytest.fixture
def guessing(as_, alice, hidden):
    """Bob, after the server has taken its notes."""
    with alice.transaction():
        alice.append(hidden.id, kind=RIGHT["kind"])
        hidden.save()
    courier = as_("courier")
    for message in courier.run("SELECT id FROM escalate.messages"):
        courier.run(
            "UPDATE escalate.messages SET tried_at = '2026-01-01T00:00:00.000000Z' WHERE id = %s", message["id"]
        )
    as_(None).run("VACUUM ANALYZE")
    return as_("bob")


def answers(bob, query, given):
    """Everything that a query tells: its rows, what the server counted meanwhile, and its plan, with how many rows and blocks
    went through it. Of several looks that with the fewest blocks: now and then the server looks something up for itself.
    """
    query = query.format(**given)
    with bob.transaction():
        before = bob.run(COUNTED)
        rows = bob.run(query)
        after = bob.run(COUNTED)
    counted = [{name: now[name] - was[name] for name in list(was)[1:]} for was, now in zip(before, after, strict=True)]
    plans = []
    for _ in range(3):
        told = "\n".join(
            row["QUERY PLAN"] for row in bob.run(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS) {query}")
        )
        for word in given.values():
            told = told.replace(word, "?")
        plans.append((sum(map(int, re.findall(r"hit=(\d+)", told))), told))
    return rows, counted, min(plans)


@pytest.mark.parametrize("planner", ["as it likes", "by indexes", "by bitmaps"])
def test_a_right_guess_is_answered_like_a_wrong_one(guessing, planner):
    if planner != "as it likes":
        guessing.run("SET enable_seqscan = off")
    if planner == "by bitmaps":
        guessing.run("SET enable_indexscan = off; SET enable_indexonlyscan = off")

    different = []
    for what, query in GUESSES.items():
        for _ in range(3):  # a function is planned anew some times, and then no more
            answers(guessing, query, WRONG)
        right, wrong = answers(guessing, query, RIGHT), answers(guessing, query, WRONG)
        assert not right[0], what
        if right != wrong:
            different.append(what)
            print(what, *right, *wrong, sep="\n  ")  # seen where it fails
    assert not different


def test_the_planners_notes_are_not_for_reading(guessing):
    assert not guessing.run(
        "SELECT attname FROM pg_stats WHERE schemaname = 'escalate' AND most_common_vals::text || histogram_bounds::text LIKE '%SECRET%'"
    )


def test_a_function_of_ones_own_is_not_shown_what_is_hidden(guessing, known, hidden):
    heard = []
    guessing.connection.add_notice_handler(lambda notice: heard.append(notice.message_primary))
    guessing.run(
        """CREATE FUNCTION pg_temp.tell(x text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
           $$BEGIN RAISE NOTICE '%', x; RETURN true; END$$"""
    )
    for query in (
        "SELECT 1 FROM escalate.timeline WHERE pg_temp.tell(body)", "SELECT 1 FROM escalate.messages WHERE pg_temp.tell(text)",
        "SELECT 1 FROM escalate.incidents WHERE pg_temp.tell(state)", "SELECT 1 FROM escalate.codes WHERE pg_temp.tell(code)",
        "SELECT pg_temp.tell(h.incident) FROM escalate.heads AS h JOIN escalate.timeline AS t USING (incident)",
        "SELECT 1 FROM escalate.incidents WHERE number / (CASE WHEN pg_temp.tell(code_name) THEN 1 ELSE 0 END) > 0",
    ):  # fmt: skip
        guessing.run(query)

    assert any("OPEN" in one for one in heard)
    assert not [one for one in heard if "SECRET" in one or hidden.id in one]


def test_what_fails_on_a_hidden_row_does_not_fail(guessing, hidden):
    """By its number, which everybody knows."""
    for query in (
        "SELECT state::int FROM escalate.incidents WHERE number = 2",
        "SELECT 1 FROM escalate.incidents WHERE 1 / (number - 2) > 7",
        "SELECT (state || repeat('x', 100))::int FROM escalate.incidents WHERE code_name LIKE 'SECRET%'",
    ):
        assert guessing.run(query) == []


def test_keys_that_are_taken_say_nothing_that_is_not_known(bob, known, hidden):
    taken = {
        "a number": ("INSERT INTO escalate.incidents VALUES (%s, 2, 'X', 'open', 'SEV2', 1, 'd', '{}')", known.id),
        "an incident": ("INSERT INTO escalate.incidents VALUES (%s, 7, 'X', 'open', 'SEV2', 1, 'd', '{}')", hidden.id),
    }
    for what, (statement, *values) in taken.items():
        with pytest.raises(psycopg.Error) as caught:
            bob.run(statement, *values)
        assert caught.value.sqlstate in {"ES002", "42501"}, what
        assert "SECRET" not in str(caught.value), what
    with bob.taken_back():
        bob.append(known.id)
        assert bob.run("INSERT INTO escalate.codes VALUES ('CSECRET', %s, 'p', 'SECRET')", known.id) == 1


def test_nothing_is_counted_by_sequences(bob, hidden):
    assert not bob.run("SELECT * FROM pg_sequences WHERE schemaname = 'escalate'")


def test_what_others_ask_is_not_shown(bob, alice, hidden):
    alice.run("SELECT 'SECRET'")

    assert not [row for row in bob.run("SELECT query FROM pg_stat_activity") if "SECRET" in str(row["query"])]


def test_waking_says_no_word(bob, alice, hidden):
    bob.run("LISTEN escalate")
    with alice.transaction():
        alice.owe(alice.append(hidden.id))

    [told] = bob.connection.notifies(timeout=5, stop_after=1)
    assert told.payload == ""
