from __future__ import annotations

from decimal import Decimal

import pytest

from escalate.adapters.library import Library
from escalate.adapters.severity_file import at, read
from escalate.domain.incident.severity import LEVELS
from escalate.errors import Misconfigured
from escalate.resources import bundled

BUNDLED = bundled("templates") / "severity" / "core.toml"
TEXT = BUNDLED.read_text(encoding="utf-8")
TEXT_AT = Library(own=BUNDLED, bundled=BUNDLED).text_at


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "templates" / "severity"
    folder.mkdir(parents=True)
    return folder / "core.toml"


def mistaken(path, text):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        read(path.parents[2], TEXT_AT)
    assert str(path) in f"{caught.value.message} {caught.value.hint}"
    return caught.value.message


def test_what_comes_with_escalate(tmp_path):
    scale = read(tmp_path, TEXT_AT)

    assert scale.name == "core@1"
    assert "".join(scale.axes) == "HISVRX"
    assert [(term.weight, term.name) for term in scale.terms] == [
        (Decimal("2.5"), "H × I"), (5, "H"), (4, "S"), (3, "V"), (2, "R"), (1, "X")
    ]  # fmt: skip
    assert scale.bands == {"SEV0": 75, "SEV1": 50, "SEV2": 30, "SEV3": 12}
    assert [scale.floors[f"F{n}"].severity for n in range(1, 11)] == ["SEV0"] * 3 + ["SEV1"] * 6 + ["SEV2"]
    assert scale.verify == ("H", 3)


def test_the_triage_asks_for_the_same_axes_and_floors(tmp_path):
    scale = read(tmp_path, TEXT_AT)
    triage = Library(own=tmp_path, bundled=bundled("templates").parent).template("triage")

    for key in scale.axes:
        field = triage.field(f"axis_{key.lower()}")
        assert (field.type, field.min, field.max) == ("number", 0, 4)
    asked = triage.field("floors").choices
    assert {floor: said.rpartition(": ")[2] for floor, said in asked.items()} == {
        floor.id: floor.severity for floor in scale.floors.values()
    }


def test_a_teams_own_replaces_it(own):
    own.write_text(TEXT.replace('id = "core"', 'id = "ours"').replace("weight = 5", "weight = 6.25"), encoding="utf-8")

    scale = read(own.parents[2], TEXT_AT)

    assert scale.name == "ours@1"
    assert scale.terms[1].weight == Decimal("6.25")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('id = "core"', 'id = "Our Core"', "id: this is small letters"),
        ("version = 1", "version = 0", "versions count from 1"),
        ("SEV0 = 75", "SEV0 = 40", "each level begins below the one before it"),
        ("SEV0 = 75", "SEV0 = 50", "each level begins below the one before it"),
        ("SEV0 = 75", "SEV9 = 75", "bands.SEV9: nothing reads this key"),
        ("SEV0 = 75", "", "bands.SEV0: this is missing"),
        ("[axes.X]", "[axes.C]", "C is confidence"),
        ("[axes.X]", "[axes.XX]", "an axis is one capital letter"),
        ('"internal",', "", "anchors: there are 4; one is needed for each value"),
        ('axes = ["X"]', 'axes = ["Z"]', "there is no axis 'Z'"),
        ('axes = ["X"]', 'axes = ["R"]', "axes.X: no term counts it"),
        ('axes = ["X"]', "", "terms[5].axes: this is missing"),
        ("weight = 2.5", "weight = -1", "a number from 0 to 1,000"),
        ("weight = 2.5", "weight = nan", "a number from 0 to 1,000"),
        ("weight = 2.5", "weight = inf", "a number from 0 to 1,000"),
        ("weight = 2.5", "weight = 1e999999999", "a number from 0 to 1,000"),
        ("weight = 2.5", "weight = 0.0000001", "six decimals at most"),
        ("weight = 2.5", "weight = true", "this must be a number"),
        ("weight = 2.5", 'weight = "2.5"', "this must be a number"),
        ("weight = 2.5", f"weight = {'9' * 5000}", "is not TOML"),
        ("[floors.F1]", "[floors.X1]", "a floor is F and a number"),
        ('severity = "SEV2"', 'severity = "SEV5"', "there is no severity 'SEV5'"),
        ('signs = ["child", "ongoing"]', 'signs = ["child", "on-going"]', "Did you mean ongoing?"),
        ('harm = ["life", "ssh"]', 'harm = ["live", "ssh"]', "Did you mean life?"),
        ('source = ["authority", "press"]', 'source = ["presse"]', "Did you mean press?"),
        ('source = ["authority", "press"]', "", "it would always be true"),
        ('axis = "H"\nfrom = 3', 'axis = "Q"\nfrom = 9', "verify.from: a value is from 0 to 4"),
        ("[bands]", "[bands", "is not TOML"),
    ],
)
def test_a_mistake_is_named(own, before, after, says):
    assert before in TEXT
    assert says in mistaken(own, TEXT.replace(before, after, 1))


def test_all_mistakes_are_named_at_once(own):
    said = mistaken(own, 'verion = 1\nbands = 3\nterms = []\n[floors.F1]\nfollows = "imminent"\n')

    for mistake in (
        "verion: ",
        "id: ",
        "version: ",
        "axes: ",
        "terms: ",
        "bands: ",
        "floors.F1.severity: ",
        "follows: ",
    ):
        assert mistake in said


def test_a_hundred_mistakes_are_enough(own):
    said = mistaken(own, "".join(f"k{n} = {n}\n" for n in range(1000)))
    assert len(said.splitlines()) == 102
    assert "and 9" in said


@pytest.mark.parametrize("what", ["folder", "link to nothing", "not text", "too large", "empty"])
def test_what_cannot_be_read_is_never_passed_over(own, what):
    if what == "folder":
        own.mkdir()
    elif what == "link to nothing":
        own.symlink_to(own.with_name("gone"))
    elif what == "not text":
        own.write_bytes(b"\xff\xfe\x00")
    elif what == "too large":
        own.write_text("#" * (1 << 20) + "\n" + TEXT, encoding="utf-8")
    else:
        own.write_text("", encoding="utf-8")
    with pytest.raises(Misconfigured):
        read(own.parents[2], TEXT_AT)


def test_a_scale_under_another_name_is_not_passed_over(own):
    own.with_name("ours.toml").write_text(TEXT, encoding="utf-8")
    own.with_name("notes.txt").write_text("", encoding="utf-8")

    with pytest.raises(Misconfigured, match=r"holds ours\.toml, which nothing reads"):
        read(own.parents[2], TEXT_AT)


def test_a_scale_may_count_other_things(own):
    own.write_text(
        'id = "small"\nversion = 2\n[bands]\nSEV0 = 4\nSEV1 = 3\nSEV2 = 2\nSEV3 = 1\n'
        '[axes.A]\nlabel = "all"\nanchors = ["a", "b", "c", "d", "e"]\n[[terms]]\nweight = 1\naxes = ["A"]\n',
        encoding="utf-8",
    )

    scale = at(own, TEXT_AT)

    assert [scale.band(Decimal(score)) for score in range(4, -1, -1)] == list(LEVELS)
    assert (scale.floors, scale.verify) == ({}, None)


def test_a_team_has_targets_of_its_own_or_none(own):
    own.write_text(TEXT.replace('acknowledge = "5m"', 'acknowledge = "2m"'), encoding="utf-8")
    assert read(own.parents[2], TEXT_AT).targets["SEV0"]["acknowledge"].total_seconds() == 120

    own.write_text(TEXT.partition("[targets.")[0], encoding="utf-8")
    assert read(own.parents[2], TEXT_AT).targets == {}


def test_mistakes_in_targets_are_named(own):
    said = mistaken(
        own, TEXT + '[targets.SEV9]\nacknowledge = "5m"\n[targets.SEV4]\nlegal = "soon"\nupdate = 3\nnews = "1h"\n'
    )

    assert "targets.SEV9: there is no severity 'SEV9'" in said
    assert 'targets.SEV4.legal: this is a time from 1 minute to 90 days. As "5m"' in said
    assert "targets.SEV4.update: this must be text" in said
    assert "targets.SEV4.news: nothing reads this key" in said
