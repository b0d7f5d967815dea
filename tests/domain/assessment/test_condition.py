from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.domain.assessment.condition import parse

ANSWERS = {
    "imminent": True,
    "ongoing": False,
    "harm": "cse:grooming",
    "others": ["har", "prv"],
    "count": 3,
    "sure": {"level": "low", "why": "one source"},
    "facts": [{"statement": "x"}],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("imminent", True),
        ("ongoing", False),
        ("facts", True),
        ("nobody_asked", False),
        ("not ongoing", True),
        ("imminent == yes", True),
        ("imminent == YES", True),
        ("imminent != yes", False),
        ("ongoing == no", True),
        ("nobody_asked == no", False),
        ("nobody_asked != no", True),
        ("harm == cse", True),
        ("harm == cse:grooming", True),
        ("harm == cse:sextortion", False),
        ("harm in [life, cse]", True),
        ("harm not in [life, cse]", False),
        ("har in others", True),
        ("others == prv", True),
        ("frd not in others", True),
        ("count == 3", True),
        ("sure == low", True),
        ('harm == "cse"', True),
        ("imminent and ongoing", False),
        ("imminent or ongoing", True),
        ("ongoing and ongoing or imminent", True),
        ("ongoing and (ongoing or imminent)", False),
        ("not (imminent and ongoing)", True),
        ("imminent == yes and harm in [cse, life]", True),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_condition_holds_by_the_answers(text, expected):
    assert parse(text).holds(ANSWERS) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "and",
        "a ==",
        "a == == b",
        "a in []",
        "a in [b",
        "(a",
        "a)",
        "a b",
        "a = b",
        "not",
        "__import__('os').system('x')",
        "a if b else c",
        "a == b; c",
        "(" * 30 + "a" + ")" * 30,
        "not " * 40 + "a",
        "a or " * 200 + "a",
    ],
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


@given(st.text(alphabet="ab ()[],=!andorti\"'\\\n;", max_size=60))
def test_nothing_but_a_value_error_comes_of_any_text(text):
    with suppress(ValueError):
        parse(text).holds(ANSWERS)
