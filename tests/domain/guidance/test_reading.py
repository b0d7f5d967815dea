from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from escalate.domain.guidance.reading import parse
from guided import HARASSMENT, NEXT, clauses


def test_a_clause_is_read_whole():
    [clause] = clauses(HARASSMENT)

    assert (clause.name, clause.title, clause.owner, clause.note) == (
        "har-3.2@4",
        "Repeated unwanted contact",
        "policy desk",
        "",
    )
    assert clause.effective_from == datetime(2026, 3, 1, tzinfo=UTC)
    assert [element.id for element in clause.elements] == ["repeated", "un-wanted"]


def test_a_moment_is_taken_with_its_zone():
    [clause] = clauses(NEXT)

    assert clause.effective_from == datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def test_the_digest_is_of_the_content_and_not_of_how_it_is_written():
    [first] = clauses(HARASSMENT)
    [again] = clauses(
        HARASSMENT.replace("2026-03-01", "2026-03-01T01:00:00+01:00").replace("version = 4\n", "version=0x4\n")
    )
    [other] = clauses(HARASSMENT.replace("clear no", "clear yes"))

    assert again.digest == first.digest
    assert other.digest != first.digest
    assert first.canonical.startswith('{"effective_from":"2026-03-01T00:00:00.000000Z","elements":[{"id":"repeated"')


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ('id = "har-3.2"', 'id = "Har 3.2"', "clauses[1].id: an id is small letters"),
        ('id = "har-3.2"', 'id = "har-3.2@4"', "clauses[1].id: an id is small letters"),
        ('id = "har-3.2"', "id = 3", "clauses[1].id: this must be text"),
        ("version = 4", "version = 0", "versions count from 1"),
        ("version = 4", "version = true", "version: this must be a whole number"),
        ("version = 4", "version = 4.0", "version: this must be a whole number"),
        ("version = 4", "", "clauses[1].version: this is missing"),
        ('title = "Repeated', 'titel = "Repeated', "nothing reads this key. Did you mean title?"),
        ('owner = "policy desk"', 'owner = "a\\nb"', "owner: this is one line"),
        ('owner = "policy desk"', 'owner = "\\u200b"', "nothing to be seen"),
        ('owner = "policy desk"', 'owner = "a\\u0000b"', "U+0000"),
        ("2026-03-01", '"2026-03-01"', "effective_from: this is a date, or a moment"),
        ("2026-03-01", "2026-03-01T09:00:00", "does not say its zone"),
        ("2026-03-01", "0026-03-01", "in the year 26"),
        ("effective_from = 2026-03-01", "", "effective_from: this is missing"),
        ('id = "un-wanted"', 'id = "repeated"', "there are two elements repeated"),
        ('id = "un-wanted"', 'id = "un wanted"', "an element's id is"),
        ('text = "The person had said no."', "", "har-3.2@4.elements[2].text: this is missing"),
        ("[[clauses]]", "[clauses]", "this is a list of tables"),
        ("[[clauses]]", "[[clause]]", "nothing reads this key. Did you mean clauses?"),
        ("[[clauses.elements]]", "[[clauses.element]]", "there is no element"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(was, now, says):
    _found, mistakes = parse(tomllib.loads(HARASSMENT.replace(was, now)))

    assert any(says in mistake for mistake in mistakes), mistakes


def test_all_mistakes_come_at_once():
    text = HARASSMENT.replace("version = 4", "version = 0").replace("2026-03-01", "2026-03-01T09:00:00") + "more = 1\n"

    found, mistakes = parse(tomllib.loads(text))

    assert found == []
    assert len(mistakes) == 3


@pytest.mark.parametrize("text", ["", "clauses = []", "clauses = 3"])
def test_a_file_without_a_clause_is_a_mistake(text):
    found, mistakes = parse(tomllib.loads(text))

    assert (found, len(mistakes)) == ([], 1)
