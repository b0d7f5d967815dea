from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from escalate.adapters.severity_file import read
from escalate.adapters.taxonomy_file import Taxonomies
from escalate.domain.incident.harm import BELOW, HARMS, SENSITIVE, harm
from escalate.domain.incident.taxonomy import extended, misfits, parse
from escalate.errors import Misconfigured, Usage


def text_at(path):
    return Path(path).read_text(encoding="utf-8")


CORE = Taxonomies(Path("/nowhere"), text_at).in_force()
SCALE = read(Path("/nowhere"), text_at)

SMALL = """
id = "small"
version = 3
[harms.a]
label = "A"
sensitive = true
floor = "F4"
[harms.a.below.one]
label = "One"
maps_to = [{ scheme = "rsit", id = "fraud", relation = "broad" }]
[harms.a.below.old]
label = "Old"
floor = "F1"
replaced_by = "a:one"
"""


def of(text, name="small.toml"):
    return parse(name, tomllib.loads(text))


def test_the_fast_list_says_what_the_file_says():
    first = [kind for slug, kind in CORE.kinds.items() if ":" not in slug]

    assert {kind.slug: kind.label for kind in first} == HARMS
    assert [kind.slug for kind in first] == list(HARMS)
    assert {kind.slug for kind in first if kind.sensitive} == SENSITIVE
    assert CORE.below == BELOW


def test_what_comes_with_escalate_is_whole():
    assert CORE.name == "escalate-core@1"
    assert len(HARMS) == 17
    assert {floor for slug in CORE.kinds for floor in CORE.floors(slug)} <= set(SCALE.floors)
    assert len({kind.label for kind in CORE.kinds.values()}) == len(CORE.kinds)
    for kind in CORE.kinds.values():
        assert len({(each.scheme, each.id) for each in kind.maps_to}) == len(kind.maps_to), kind.slug


def test_what_is_below_brings_the_floor_of_what_is_above():
    assert CORE.floors("cse") == ["F4"]
    assert CORE.floors("cse:grooming") == ["F4"]
    assert CORE.floors("ais:weight-exfiltration") == ["F3"]
    assert CORE.floors("ais") == []
    assert of(SMALL).floors("a:old") == ["F4", "F1"]


def test_a_second_level_nobody_knows_any_more_stays_readable():
    assert CORE.floors("cse:from-an-old-record") == ["F4"]
    assert CORE.floors("from-another-world") == []


def test_a_replaced_one_is_not_chosen_again():
    own = extended(CORE, [("own.toml", of(
        """
        id = "own"
        version = 1
        extends = "escalate-core"
        [harms.har.below.pile-on]
        label = "Pile-on"
        replaced_by = "har:brigading"
        [harms.oth.below.house-rules]
        label = "House rules"
        """
    ))])  # fmt: skip

    assert own.harm("OTH:house-rules") == "oth:house-rules"
    assert own.kinds["har:pile-on"].label == "Pile-on"
    with pytest.raises(Usage, match="no longer used") as caught:
        own.harm("har:pile-on")
    assert caught.value.hint == "Say har:brigading."
    with pytest.raises(Usage):
        CORE.harm("oth:house-rules")


def test_every_choice_of_the_file_is_a_harm():
    for slug in CORE.kinds:
        assert CORE.harm(slug) == harm(slug) == slug


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('label = "A"', ""), "harms.a.label: this is missing"),
        (('label = "A"', "label = 3"), "harms.a.label: this must be text"),
        (('label = "A"', 'label = "A\\u202eB"'), "characters that cannot be seen"),
        (('label = "A"', f"label = \"{'x' * 121}\""), "120 are enough"),
        (("sensitive = true", "sensitive = 1"), "harms.a.sensitive: this must be true or false"),
        (("sensitive = true", "sensative = true"), "Did you mean sensitive?"),
        (('floor = "F4"', 'floor = "4"'), "a floor is F and a number"),
        (("version = 3", "version = 0"), "versions count from 1"),
        (("version = 3", ""), "version: this is missing"),
        (('id = "small"', 'id = "Small One"'), "id: this is small letters"),
        (('relation = "broad"', 'relation = "board"'), "Did you mean broad?"),
        (('scheme = "rsit"', ""), "harms.a.below.one.maps_to[0].scheme: this is missing"),
        (('id = "fraud"', "id = 4"), "maps_to[0].id: this must be text"),
        (('replaced_by = "a:one"', 'replaced_by = "a:two"'), "there is no 'a:two'"),
        (('replaced_by = "a:one"', 'replaced_by = "a:old"'), "a:old is replaced itself"),
        (("[harms.a.below.old]", '[harms.a.below."Old One"]'), "a slug is small letters"),
    ],
)  # fmt: skip
def test_mistakes_are_named(change, says):
    before, after = change
    text = SMALL.replace(before, after, 1).replace("{ ,", "{")
    with pytest.raises(Misconfigured) as caught:
        of(text)
    assert says in caught.value.message


def test_all_mistakes_are_named_at_once():
    with pytest.raises(Misconfigured) as caught:
        of('version = "one"\n[harms.a]\nlable = "A"\n[harms.a.below.b]\nmaps_to = 3\n')
    for said in ("id: ", "version: ", "harms.a.lable: ", "harms.a.label: ", "harms.a.below.b.maps_to: "):
        assert said in caught.value.message
    assert "has 6 mistakes" in caught.value.message


def test_an_extension_only_adds():
    with pytest.raises(Misconfigured) as caught:
        extended(CORE, [("own.toml", of(
            """
            id = "own"
            version = 1
            extends = "escalate-core"
            [harms.cse.below.grooming]
            label = "Again"
            [harms.new.below.one]
            label = "One"
            [harms.oth.below.two]
            label = "Two"
            replaced_by = "oth:three"
            """
        ))])  # fmt: skip
    assert "escalate-core has it already" in caught.value.message
    assert "harms.new: escalate-core has no such first level" in caught.value.message
    assert "there is no 'oth:three'" in caught.value.message


def test_what_records_go_by_stays_as_it_is():
    kinds = {slug: kind for slug, kind in CORE.kinds.items() if slug != "oth"}
    kinds["cse"] = kinds["cse"].but(sensitive=False)
    kinds["har"] = kinds["har"].but(replaced_by="oth")
    kinds["new"] = kinds["gra"].but(slug="new")

    found = misfits(CORE.but(kinds=kinds))

    assert misfits(CORE) == []
    assert [mistake.partition(":")[0] for mistake in found] == [
        "harms.oth",
        "harms.cse.sensitive",
        "harms.har.replaced_by",
        "harms.new",
    ]
