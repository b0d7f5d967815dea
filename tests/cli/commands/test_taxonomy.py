"""`taxonomy`, and the harms that `open` takes."""

from __future__ import annotations

import json

import pytest

MISP = {
    "namespace": "weather", "version": 2, "predicates": [{"value": "rain", "expanded": "Rain"}],
    "values": [{"predicate": "rain", "entry": [{"value": "heavy", "expanded": "Heavy rain"}]}],
}  # fmt: skip


@pytest.fixture
def machinetag(tmp_path):
    path = tmp_path / "machinetag.json"
    path.write_text(json.dumps(MISP), encoding="utf-8")
    return path


def test_the_kinds_of_harm(escalate, home):
    data = escalate("taxonomy --json").data

    assert (data["id"], data["version"]) == ("escalate-core", 1)
    assert [kind["slug"] for kind in data["kinds"] if kind["parent"] is None][:3] == ["cse", "life", "ssh"]
    grooming = next(kind for kind in data["kinds"] if kind["slug"] == "cse:grooming")
    assert (grooming["parent"], grooming["sensitive"], grooming["floors"]) == ("cse", True, ["F4"])
    assert {"scheme": "ncmec", "id": "online enticement", "relation": "exact"} in grooming["maps_to"]
    assert "Child sexual exploitation and abuse" in escalate("taxonomy").stdout
    assert not home.exists()


def test_one_kind(escalate):
    shown = escalate("taxonomy CSE").stdout
    assert "It brings the severity floor F4." in shown
    assert "STATEMENT_CATEGORY_PROTECTION_OF_MINORS" in shown
    assert [kind["slug"] for kind in escalate("taxonomy cse:grooming --json").data["kinds"]] == ["cse:grooming"]


def test_kinds_are_listed_with_what_each_brings(escalate, home):
    rows = {row["slug"]: row for row in escalate("harm list --json").data}
    life, grooming = rows["life"], rows["cse:grooming"]

    assert [row["slug"] for row in escalate("taxonomy --json").data["kinds"]] == list(rows)
    assert (grooming["parent"], grooming["sensitive"], grooming["severity"]) == ("cse", True, "SEV1")
    assert (life["severity"], [(one["id"], one["when"]) for one in life["floors"]]) == (
        None, [("F1", ["imminent"]), ("F1", ["ongoing"])],
    )  # fmt: skip
    assert "eu-dsa-18-threat-to-life" in life["clocks"]
    assert "eu-dsa-18-threat-to-life" not in rows["frd"]["clocks"]
    said = escalate("harm list").stdout
    assert "SEV0 if imminent, or if ongoing" in said
    assert "Phishing" in said
    assert not home.exists()


def test_one_kind_is_listed_with_its_clocks(escalate):
    said = escalate("harm list LIFE").stdout

    assert "At least SEV0 if imminent, or if ongoing, by the floor F1:" in said
    assert "eu-dsa-18-threat-to-life" in said
    assert [row["slug"] for row in escalate("harm list cse:grooming --json").data] == ["cse:grooming"]
    refused = escalate("harm list lyfe")
    assert (refused.exit_code, "Did you mean life?" in refused.stderr) == (2, True)


def test_importing_and_looking_at_what_came_of_it(escalate, machinetag, tmp_path, home):
    made = tmp_path / "weather.toml"

    result = escalate(f"taxonomy import {machinetag} -o {made} --json")

    assert result.data == {"path": str(made), "id": "weather", "version": 2, "kinds": 2}
    assert made.stat().st_mode & 0o777 == 0o600
    assert escalate(f"taxonomy check {made}").stdout == "No mistakes: weather@2, 2 kinds.\n"
    assert escalate(f"taxonomy import {machinetag} -o {made}").exit_code == 4
    assert escalate(f"taxonomy import {machinetag} -o {made} --force").exit_code == 0
    assert escalate(f"taxonomy import {machinetag} -o -").stdout == made.read_text(encoding="utf-8")
    own = home / "templates" / "taxonomies"
    own.mkdir(parents=True)
    made.rename(own / "weather.toml")
    assert "Heavy rain" in escalate("taxonomy rain --of weather").stdout


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("taxonomy zzz", 3, "There are: cse, life"),
        ("taxonomy cse:groming", 3, "Did you mean cse:grooming?"),
        ("taxonomy grooming", 3, "Did you mean cse:grooming?"),
        ("taxonomy cse life", 2, "one at a time"),
        ("taxonomy cse -o x", 2, "-o is for"),
        ("taxonomy --of other", 3, "There are: escalate-core"),
        ("taxonomy check", 2, "takes one file"),
        ("taxonomy check x.toml -o y", 2, "writes nothing"),
        ("taxonomy check /nowhere/x.toml", 3, "There is no file"),
        ("taxonomy import", 2, "takes one file"),
        ("taxonomy import {} ", 2, "-o weather.toml"),
        ("taxonomy import {} -o - --json", 2, "Leave one of them out"),
        ("taxonomy import {} -o /nowhere/x.toml", 6, "no such folder"),
        ("taxonomy import /nowhere/x.json -o y", 3, "There is no file"),
    ],
)
def test_failures(escalate, machinetag, line, exit_code, says):
    result = escalate(line.format(machinetag))
    assert result.exit_code == exit_code
    assert says in result.stderr + result.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('id = "escalate-core"\nversion = 2\n[harms.cse]\nlabel = "x"\n', "harms.life: this first level is missing"),
        ('id = "x"\nversion = 2\nextends = "escalate-core"\n[harms.zz.below.a]\nlabel = "x"\n', "no such first level"),
        ('id = "x"\n', "version: this is missing"),
    ],
)
def test_checking_says_what_is_wrong(escalate, tmp_path, text, says):
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    result = escalate(f"taxonomy check {path}")
    assert result.exit_code == 6
    assert says in result.stderr


def test_open_takes_a_known_second_level_and_no_other(escalate):
    escalate("init")

    assert escalate("open t --harm cse:grooming,HAR:doxxing --quiet-open --json").data["harm"] == [
        "cse:grooming",
        "har:doxxing",
    ]
    refused = escalate("open t --harm cse:groming --quiet-open")
    assert refused.exit_code == 2
    assert "Did you mean cse:grooming? Below cse there are: known-csam, novel-csam" in refused.stderr


def test_a_record_with_another_second_level_stays_readable(escalate, wiring):
    from escalate.app.incidents import Opening, open_incident

    open_incident(wiring.ledger, Opening(title="t", harm=("har:pile-on",), severity="SEV3", quiet=True))

    assert escalate("show INC-1 --json").data["harm"] == ["har:pile-on"]
    assert escalate("verify --json").data["bad"] == []
    assert escalate("severity explain INC-1").exit_code == 0
