"""Which authorities fit a place and a harm, and which entries somebody should look at again."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain.report.record import Record, opened
from escalate.domain.authorities.authority import Authority, fitting, named, place_of, places_of
from escalate.domain.authorities.doubts import doubts
from escalate.domain.incident.fold import fold
from escalate.domain.timeline.events import AssessmentDrafted
from escalate.errors import NotFound

TODAY = date(2026, 11, 22)


def entry(name, place, harm, **more):
    return Authority(
        name=name, body=name.title(), place=tuple(place), harm=tuple(harm), channel="phone", phone="+00 000 0000",
        legal_basis="b", **more,
    )  # fmt: skip


KNOWN = [
    entry("anywhere", ["any"], ["any"]),
    entry("country", ["US"], ["life"]),
    entry("region", ["US-CA"], ["life", "cse"]),
    entry("below", ["US"], ["cse:grooming"]),
    entry("elsewhere", ["GB"], ["life"]),
]


@pytest.mark.parametrize(
    ("places", "harms", "expected"),
    [
        pytest.param(["US-CA"], ["life"], ["region", "country", "anywhere"], id="the closest first"),
        pytest.param(["US"], ["life"], ["country", "region", "anywhere"], id="a region in the country"),
        pytest.param(["US"], ["cse"], ["region", "below", "anywhere"], id="below a first level"),
        pytest.param(["US"], ["cse:grooming"], ["below", "region", "anywhere"], id="the very second level"),
        pytest.param(["FR"], ["frd"], ["anywhere"], id="nobody but who is for all"),
        pytest.param([], [], ["anywhere", "country", "region", "below", "elsewhere"], id="nothing asked"),
        pytest.param([], ["life"], ["country", "region", "elsewhere", "anywhere"], id="any place"),
        pytest.param(["GB", "US-CA"], ["life"], ["region", "elsewhere", "country", "anywhere"], id="several places"),
    ],
)
def test_fitting(places, harms, expected):
    assert sorted(one.name for one in fitting(KNOWN, places, harms)) == sorted(expected)
    assert fitting(KNOWN, places, harms)[0].name in expected[:2]


@pytest.mark.parametrize(
    ("text", "code"), [("us-ca", "US-CA"), ("UK", "GB"), ("uk-sct", "GB-SCT"), ("Berlin", ""), ("", ""), ("U", "")]
)
def test_places(text, code):
    assert place_of(text) == code


def test_where_an_incident_may_be_is_what_its_assessments_say():
    record = Record()
    record.add(opened())
    record.add(AssessmentDrafted(template="triage", version=1, answers={"jurisdiction_guess": ["uk", "somewhere"]}))
    record.add(AssessmentDrafted(template="policy", version=1, answers={"jurisdictions": ["US-CA", "GB"]}))

    assert places_of(fold(record.entries)) == ["GB", "US-CA"]


def test_an_unknown_name_says_which_may_be_meant():
    known = {one.name: one for one in KNOWN}
    assert named(known, " Region ", "f").name == "region"
    for name, hint in (("regoin", "Did you mean region?"), ("zzz", "There are: anywhere")):
        with pytest.raises(NotFound) as caught:
            named(known, name, "f")
        assert hint in caught.value.hint
    with pytest.raises(NotFound) as caught:
        named({}, "desk", "/home/authorities.toml")
    assert "/home/authorities.toml" in caught.value.hint


@pytest.mark.parametrize(
    ("on", "stale"),
    [(date(2026, 8, 24), False), (date(2026, 8, 23), True), (None, True)],
    ids=["90 days", "91 days", "never"],
)
def test_entries_grow_old(on, stale):
    one = entry("desk", ["any"], ["any"], verified_on=on, verified_by="alice" if on else "")

    assert one.is_stale(TODAY) is stale
    assert one.public(datetime(2026, 11, 22, tzinfo=UTC))["stale"] is stale
    assert [what for what, _found, _do in doubts({"desk": one}, [], TODAY)] == (["authority desk"] if stale else [])


def test_harms_for_which_nobody_stands_there_are_named_the_gravest_first():
    record = Record()
    record.add(opened(harm=["frd", "life"]))
    known = {"desk": entry("desk", ["any"], ["life"], verified_on=TODAY, verified_by="alice")}

    found = list(doubts(known, [fold(record.entries)], TODAY))

    assert found[0][:2] == ("authorities for INC-12", "nobody stands there for frd")
    assert found[1][1].startswith("nobody stands there for cse, cbrn, ssh, vex")
    [(_what, said, _do)] = doubts({}, [], TODAY)
    assert "cse, life, cbrn" in said
