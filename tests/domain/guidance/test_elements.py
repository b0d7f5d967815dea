from __future__ import annotations

import pytest

from escalate.domain.guidance.difference import difference, words
from escalate.domain.guidance.elements import rows, unjudged
from escalate.errors import NotFound, Refused, Usage
from guided import clauses

FOUR, FIVE, THREATS = clauses()


def row(element, met="met", **more):
    return {"element": element, "met": met, **more}


def test_each_element_gets_its_row_in_the_clauses_order():
    found = rows(FOUR, [row("Un_wanted", "unclear"), row(" repeated ", evidence="#3")])

    assert found == [row("repeated", evidence="#3"), row("un-wanted", "unclear")]


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ([], Refused, "nothing is said of: repeated, un-wanted"),
        ([row("repeated")], Refused, "nothing is said of: un-wanted"),
        ([row("repeated"), row("unwante")], NotFound, "Did you mean un-wanted? Its elements: repeated, un-wanted."),
        ([row("repeated"), row("repeated", "not"), row("un-wanted")], Usage, "repeated is there twice"),
    ],
)
def test_a_clause_is_judged_whole(given, error, says):
    with pytest.raises(error) as caught:
        rows(FOUR, given)

    assert says in f"{caught.value.message} {caught.value.hint}"


def test_what_nobody_has_judged():
    assert [one.id for one in unjudged(FOUR, [row("repeated"), row("other")])] == ["un-wanted"]


def test_what_changed_between_two_versions():
    found = difference(FOUR, FIVE)

    assert (found["from"]["name"], found["to"]["name"]) == ("har-3.2@4", "har-3.2@5")
    assert [part["part"] for part in found["parts"]] == ["effective_from"]
    assert [one["id"] for one in found["elements"]["added"]] == ["recent"]
    assert [one["id"] for one in found["elements"]["removed"]] == ["un-wanted"]
    assert found["elements"]["changed"] == [
        {
            "id": "repeated",
            "text": [
                {"op": "same", "text": "Contact was made"},
                {"op": "removed", "text": "more than once."},
                {"op": "added", "text": "at least twice."},
            ],
        }
    ]
    assert found["elements"]["reordered"] is False
    assert [one["op"] for one in found["text"]] == ["same", "removed", "added", "same"]


def test_nothing_changed():
    found = difference(FOUR, FOUR)

    assert (found["parts"], found["text"]) == ([], None)
    assert found["elements"] == {"added": [], "removed": [], "changed": [], "reordered": False}


def test_elements_in_another_order_are_pointed_out():
    turned = FOUR.but(elements=tuple(reversed(FOUR.elements)))

    assert difference(FOUR, turned)["elements"]["reordered"] is True


def test_line_breaks_are_kept_and_spaces_are_not():
    assert words("a  b\nc", "a b\n\nc") == [
        {"op": "same", "text": "a b\n"},
        {"op": "added", "text": "\n"},
        {"op": "same", "text": "c"},
    ]
