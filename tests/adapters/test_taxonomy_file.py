from __future__ import annotations

import json
import time
import tomllib

import pytest

from escalate.adapters.library import Library
from escalate.adapters.taxonomy_file import MOST, Taxonomies
from escalate.domain.incident.taxonomy import parse
from escalate.errors import Misconfigured, NotFound
from escalate.resources import bundled

CORE = (bundled("templates") / "taxonomies" / "escalate-core.toml").read_text(encoding="utf-8")
OWN = 'id = "{}"\nversion = 1\nextends = "escalate-core"\n[harms.{}.below.{}]\nlabel = "Ours"\n'

MISP = {
    "namespace": "weather",
    "description": "How the weather is.",
    "version": 7,
    "predicates": [
        {"value": "Rain", "expanded": "Rainy weather"},
        {"value": "sun"},
        {"value": "rain", "expanded": "The other rain"},
    ],
    "values": [
        {"predicate": "Rain", "entry": [{"value": "light+", "expanded": "Light"}, {"value": "light-"}]},
        {"predicate": "sun", "entry": [{"value": "hot", "expanded": "Hot \u202e\x1b[2J"}]},
        {"predicate": "Rain", "entry": [{"value": "heavy"}, {"value": "heavy", "expanded": "Again"}]},
    ],
}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "templates" / "taxonomies"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def taxonomies(tmp_path):
    return Taxonomies(tmp_path, Library(own=tmp_path, bundled=tmp_path).text_at)


@pytest.fixture
def imported(tmp_path, taxonomies):
    def read(data):
        path = tmp_path / "machinetag.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        return taxonomies.machinetag(path)

    return read


def test_what_comes_with_escalate(taxonomies):
    assert taxonomies.in_force().name == "escalate-core@1"
    assert taxonomies.names() == ["escalate-core"]


def test_a_teams_own_core_replaces_it(taxonomies, folder):
    text = CORE.replace("version = 1", "version = 9").replace('label = "Gore"', 'label = "x"')
    (folder / "escalate-core.toml").write_text(text, encoding="utf-8")
    assert taxonomies.in_force().name == "escalate-core@9"


def test_a_teams_own_files_extend_it(taxonomies, folder):
    (folder / "ours.toml").write_text(OWN.format("ours", "har", "pile-on"), encoding="utf-8")
    (folder / "more.toml").write_text(OWN.format("more", "sec", "theft"), encoding="utf-8")

    found = taxonomies.in_force()

    assert found.below["har"] == ("targeted", "hate", "doxxing", "brigading", "pile-on")
    assert found.harm("sec:theft") == "sec:theft"
    assert list(found.kinds)[-5:] == ["oth", "oth:ip", "oth:defamation", "oth:specialised-advice", "oth:other-tc"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("escalate-core", CORE.replace('id = "escalate-core"', 'id = "ours"'), "so its id is, too"),
        ("escalate-core", CORE.replace("sensitive = true\n", "", 1), "harms.cse.sensitive: it is true in every record"),
        ("escalate-core", "id = 3", "has 3 mistakes"),
        ("escalate-core", "[", "is not TOML"),
        ("ours", "[", "is not TOML"),
        ("ours", OWN.format("ours", "cse", "grooming"), "escalate-core has it already"),
        ("Ours", "", "holds Ours.toml"),
    ],
)
def test_a_broken_one_is_refused_and_nothing_stands_in_for_it(taxonomies, folder, name, text, says):
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        taxonomies.in_force()
    assert says in caught.value.message


def test_another_taxonomy_is_found_by_its_id(taxonomies, folder, imported):
    (folder / "weather.toml").write_text(taxonomies.written(imported(MISP)), encoding="utf-8")

    assert taxonomies.named("weather").version == 7
    assert "rain" not in taxonomies.in_force().kinds
    with pytest.raises(NotFound) as caught:
        taxonomies.named("wether")
    assert caught.value.hint == "There are: escalate-core, weather."


def test_a_machinetag_file_becomes_a_taxonomy(imported):
    found = imported(MISP)

    assert (found.id, found.version, found.title) == ("weather", 7, "How the weather is.")
    assert {slug: (kind.label, kind.maps_to[0].id) for slug, kind in found.kinds.items()} == {
        "rain": ("Rainy weather", "weather:Rain"),
        "sun": ("sun", "weather:sun"),
        "rain-2": ("The other rain", "weather:rain"),
        "rain:light": ("Light", 'weather:Rain="light+"'),
        "rain:light-2": ("light-", 'weather:Rain="light-"'),
        "sun:hot": ("Hot <U+202E>␛[2J", 'weather:sun="hot"'),
        "rain:heavy": ("heavy", 'weather:Rain="heavy"'),
    }


def test_what_is_written_is_read_again(imported, taxonomies, tmp_path):
    found = imported(MISP)
    path = tmp_path / "weather.toml"
    path.write_text(taxonomies.written(found), encoding="utf-8")

    again = taxonomies.at(path)

    assert again.kinds == found.kinds
    assert again.name == found.name
    core = taxonomies.in_force()
    path.write_text(taxonomies.written(core), encoding="utf-8")
    assert taxonomies.at(path).kinds == core.kinds


NAMED = {"namespace": "x", "predicates": [{"value": "p"}]}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        (f'{{"version": {"9" * 5000}}}', "is not JSON"),
        ("[]", "it is not an object"),
        ("{}", "it has no namespace"),
        ({"namespace": 3}, "it has no namespace"),
        ({"namespace": "x"}, "it has no predicates"),
        ({**NAMED, "version": "1"}, "its version is not a whole number"),
        ({**NAMED, "version": 2**60}, "its version is not a whole number"),
        ({**NAMED, "predicates": {}}, "its predicates are not a list"),
        ({**NAMED, "predicates": [{"value": " \u200b"}]}, "has no value"),
        ({**NAMED, "values": [{"predicate": "q"}]}, "which is not a predicate"),
        ({**NAMED, "values": [{"predicate": ["q"]}]}, "which is not a predicate"),
        ({**NAMED, "values": [{"predicate": "p", "entry": ["v"]}]}, "its entry are not a list"),
        ({**NAMED, "values": [{"predicate": "p", "entry": [{"value": None}]}]}, "has no value"),
        ({**NAMED, "predicates": [{"value": str(n)} for n in range(MOST + 1)]}, "more than 10,000"),
        (" " * (1 << 20) + "{}", "larger than 1 MiB"),
    ],
    ids=range(17),
)
def test_other_files_are_refused(imported, data, says):
    with pytest.raises(Misconfigured) as caught:
        imported(data)
    assert says in caught.value.message
    assert len(caught.value.message) < 600


def test_names_that_all_become_one_do_not_take_for_ever(imported, taxonomies):
    data = {"namespace": "!", "predicates": [{"value": "!"}], "values": [
        {"predicate": "!", "entry": [{"value": f"{n:014b}".translate({48: "!", 49: "?"})} for n in range(MOST - 1)]}
    ]}  # fmt: skip
    began = time.perf_counter()

    found = imported(data)

    assert len(found.kinds) == MOST
    assert time.perf_counter() - began < 10
    with pytest.raises(Misconfigured, match="would be larger than 1 MiB"):
        taxonomies.written(found)


def test_hostile_words_are_only_text(imported, taxonomies):
    word = 'x"]\n[harms.cse]\nfloor = "F1"\\u0041\ud800\x00\x7f'
    found = imported({"namespace": word, "description": word, "predicates": [{"value": word, "expanded": word}]})

    text = taxonomies.written(found)
    again = parse("again", tomllib.loads(text))
    assert len(again.kinds) == 1
    assert again.kinds == found.kinds
    assert all(line.isprintable() for line in text.splitlines())
