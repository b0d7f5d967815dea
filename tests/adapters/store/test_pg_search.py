"""Words as they are indexed and looked for on PostgreSQL."""

from __future__ import annotations

import pytest

from escalate.adapters.store import pg_search
from escalate.app.reading import expression


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Called the DESK, twice.", "called the desk twice"),
        ("Ünï cödé naïve Ångström", "uni code naive angstrom"),
        ("alice@example.org", "alice example org"),
        ("https://example.org/a?b=1#c", "https example org a b 1 c"),
        ("foo_bar-baz 10:30 1e5 -3.5", "foo bar baz 10 30 1e5 3 5"),
        ("ελληνικά Русский 日本語", "ελληνικα русскии 日本語"),
        ("' \\ : & | ! <-> *", ""),
    ],
)
def test_words_are_small_letters_and_digits(text, words):
    assert pg_search.indexed(text) == words


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("desk", "('desk')"),
        ("called desk", "('called') & ('desk')"),
        ('"the desk" wor*', "('the' <-> 'desk') & ('wor':*)"),
        ("alice@example.org", "('alice' <-> 'example' <-> 'org')"),
        ("it's", "('it' <-> 's')"),
        ("a' | b", "('a') & ('b')"),
    ],
)
def test_what_was_typed_becomes_a_text_query(typed, query):
    assert pg_search.query(expression(typed)) == query
