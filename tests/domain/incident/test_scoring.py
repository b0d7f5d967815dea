from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.adapters.severity_file import read
from escalate.domain.incident.scoring import (
    Facts,
    Judgement,
    Match,
    Rating,
    Term,
    explain,
    following,
    read_floors,
    read_ratings,
)
from escalate.domain.incident.severity import LEVELS, worst
from escalate.errors import Usage

SCALE = read(Path("/nowhere"), lambda path: Path(path).read_text(encoding="utf-8"))
VALUES = st.tuples(*[st.integers(0, 4)] * 6)


def counted(values, floors=(), confidence="", scale=SCALE):
    ratings = {key: Rating(value=value) for key, value in zip("HISVRX", values, strict=False)}
    return explain(
        scale,
        Judgement(ratings=ratings, floors=tuple(Match(id=floor) for floor in floors), confidence=confidence),
    )


def by_hand(h, i, s, v, r, x):
    score = Fraction(5, 2) * h * i + 5 * h + 4 * s + 3 * v + 2 * r + x
    level = "SEV0" if score >= 75 else "SEV1" if score >= 50 else "SEV2" if score >= 30 else "SEV3"
    return score, level if score >= 12 else "SEV4"


@pytest.mark.parametrize(
    ("values", "score", "band", "floors", "severity"),
    [
        pytest.param((4, 4, 1, 2, 4, 1), 79, "SEV0", ["F1"], "SEV0", id="credible threat to a person, within a day"),
        pytest.param((4, 4, 1, 4, 4, 0), 84, "SEV0", [], "SEV0", id="a young person in danger now"),
        pytest.param((4, 3, 4, 1, 4, 4), 81, "SEV0", ["F3"], "SEV0", id="model weights taken"),
        pytest.param((4, 2, 4, 1, 4, 2), 69, "SEV1", ["F5"], "SEV1", id="actionable uplift, one account"),
        pytest.param((3, 4, 1, 3, 3, 1), 65, "SEV1", [], "SEV1", id="intimate images spreading"),
        pytest.param((4, 1, 1, 4, 3, 1), 53, "SEV1", ["F4"], "SEV1", id="known hash, nothing ongoing"),
        pytest.param((2, 3, 1, 2, 2, 1), 40, "SEV2", [], "SEV2", id="pile-on, one adult"),
        pytest.param((1, 4, 2, 1, 3, 2), 34, "SEV2", [], "SEV2", id="addresses exposed, ongoing"),
        pytest.param((1, 4, 2, 1, 3, 2), 34, "SEV2", ["F7"], "SEV1", id="addresses exposed, and a clock runs"),
        pytest.param((1, 3, 3, 1, 1, 3), 32.5, "SEV2", [], "SEV2", id="public bypass, little harm"),
        pytest.param((0, 4, 4, 0, 0, 1), 17, "SEV3", [], "SEV3", id="spam wave"),
        pytest.param((0, 1, 1, 0, 0, 0), 4, "SEV4", [], "SEV4", id="edge case graded wrongly"),
    ],
)
def test_worked_examples(values, score, band, floors, severity):
    answer = counted(values, floors)

    assert (answer["score"], answer["band"], answer["severity"]) == (score, band, severity)
    assert [floor["id"] for floor in answer["floors"]] == floors
    assert answer["missing"] == []


@given(VALUES)
def test_everybody_counts_the_same(values):
    answer = counted(values)
    terms = [Fraction(term["weight"]) * prod(term["values"].values()) for term in answer["terms"]]

    assert (Fraction(answer["score"]), answer["severity"]) == by_hand(*values)
    assert sum(terms) == answer["score"]
    assert [Fraction(term["product"]) for term in answer["terms"]] == terms


@given(VALUES, st.integers(0, 5), st.sets(st.sampled_from(sorted(SCALE.floors))), st.sampled_from(["", "low", "high"]))
def test_more_of_anything_is_never_less_severe(values, which, floors, confidence):
    more = tuple(min(4, value + (n == which)) for n, value in enumerate(values))
    before, after = counted(values), counted(more, floors, confidence)

    assert worst(before["severity"], after["severity"]) == after["severity"]
    assert after["severity"] == worst(after["band"], *(SCALE.floors[floor].severity for floor in floors))


@pytest.mark.parametrize("level", LEVELS[:-1])
def test_a_band_begins_exactly_at_its_score(level):
    least = SCALE.bands[level]
    assert SCALE.band(least) == level
    assert SCALE.band(least - Decimal("0.000001")) == LEVELS[LEVELS.index(level) + 1]


def test_nothing_is_lost_in_decimals():
    scale = SCALE.but(
        terms=tuple(Term(weight=Decimal("0.1"), axes=("H",)) for _ in range(3)), bands={"SEV0": Decimal("0.3")}
    )
    assert counted((1,), scale=scale)["severity"] == "SEV0"


def test_what_is_missing_counts_as_nothing_and_is_said():
    answer = counted((4, 4))

    assert answer["score"] == 60
    assert answer["missing"] == ["S", "V", "R", "X"]
    assert answer["axes"]["S"] == {"label": "scale", "value": 0, "anchor": None, "from": None}
    assert answer["terms"][2]["anchors"] == {"S": None}


def test_every_floor_that_is_true_is_listed_worst_first():
    answer = counted((0,) * 6, ["F10", "F4", "F1", "F4"])

    assert [(floor["id"], floor["severity"]) for floor in answer["floors"]] == [
        ("F1", "SEV0"),
        ("F4", "SEV1"),
        ("F10", "SEV2"),
    ]
    assert answer["severity"] == "SEV0"


@pytest.mark.parametrize(
    ("harm", "confidence", "verify"),
    [(3, "low", True), (4, "low", True), (2, "low", False), (4, "moderate", False), (4, "", False)],
)
def test_low_confidence_in_severe_harm_is_a_reason_to_find_out(harm, confidence, verify):
    answer = counted((harm, 0, 0, 0, 0, 0), confidence=confidence)

    assert answer["verify"] is verify
    assert answer["score"] == 5 * harm


def test_ratings_are_read_as_people_write_them():
    ratings, confidence = read_ratings(SCALE, ["h=4", " I = 3,c=LOW", "X=0"])

    assert {key: rating.value for key, rating in ratings.items()} == {"H": 4, "I": 3, "X": 0}
    assert confidence == "low"


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("Q=1", "Axes: H (severity of the credible harm), I (imminence)"),
        ("H=5", "0 a nuisance"),
        ("H=-1", "0 a nuisance"),
        ("H=2.0", "0 a nuisance"),
        ("H=４", "0 a nuisance"),
        ("H=", "0 a nuisance"),
        ("H", "As --axis H=4"),
        ("", "As --axis H=4"),
        ("H=1,H=2", "Give it once"),
        ("C=low,C=low", "Give it once"),
        ("C=3", "low, moderate, high"),
    ],
)
def test_other_ratings_are_refused_with_what_there_is(word, says):
    with pytest.raises(Usage) as caught:
        read_ratings(SCALE, [word])
    assert says in caught.value.hint


def test_floors_are_read_as_people_write_them():
    assert [match.id for match in read_floors(SCALE, ["f1, F10", "F1"])] == ["F1", "F10"]
    with pytest.raises(Usage, match="There is no floor 'F11'") as caught:
        read_floors(SCALE, ["F11"])
    assert "F10 a regulator" in caught.value.hint


@pytest.mark.parametrize(
    ("harms", "signs", "source", "floors"),
    [
        pytest.param(["life"], ["imminent"], "user", ["F1"], id="imminent threat"),
        pytest.param(["life:domestic"], ["imminent"], "user", ["F1"], id="the second level, too"),
        pytest.param(["life"], ["ongoing"], "user", ["F1"], id="ongoing threat"),
        pytest.param(["ssh"], ["imminent"], "user", ["F1"], id="a person in danger"),
        pytest.param(["ssh"], ["ongoing"], "user", [], id="not each sign with each harm"),
        pytest.param(["life"], [], "user", [], id="a harm alone"),
        pytest.param(["frd"], ["imminent"], "user", [], id="a sign alone"),
        pytest.param([], ["child", "ongoing"], "user", ["F2"], id="a child, now"),
        pytest.param([], ["child"], "user", [], id="a child alone"),
        pytest.param(["life"], ["child", "imminent"], "press", ["F1", "F2", "F10"], id="several"),
        pytest.param([], [], "authority", ["F10"], id="an authority brought it"),
        pytest.param([], [], "researcher", [], id="somebody else brought it"),
    ],
)
def test_floors_that_follow(harms, signs, source, floors):
    facts = Facts(harms=dict.fromkeys(harms, "here"), signs=dict.fromkeys(signs, "there"), sources={source: "so"})

    found = following(SCALE, facts)

    assert [match.id for match in found] == floors
    assert all("(" in match.why for match in found)
