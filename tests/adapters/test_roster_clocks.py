"""The table `[clocks]` of a roster."""

from __future__ import annotations

import pytest

from escalate.adapters.roster_file import read
from escalate.domain.clocks.settings import ClockRules
from escalate.domain.roster import Roster
from escalate.errors import Misconfigured

PEOPLE = """
[people.alice]
name = "Alice Ng"
zone = "Europe/London"
logins = ["ang"]

[people.bob]
name = "Bob Okoro"
zone = "Europe/Berlin"

[teams.legal]
name = "Legal"
people = ["alice"]

[policies.legal-on-call]
fallback = "person:bob"
[[policies.legal-on-call.steps]]
targets = ["person:alice"]
"""

WHOLE = """
[clocks]
decide = ["legal"]
alert = "legal-on-call"
at = [90, 25, 90]
targets = { us-2258a = "4h", uk-osa-66-csea-p1 = "15m" }
roles = ["controller", "financial_entity"]
jurisdictions = ["eu", "US-CA"]
calendars = { "EU" = "BE", "EU/EEA" = "DE-BY" }
"""


@pytest.fixture
def checked(tmp_path):
    def check(text):
        path = tmp_path / "roster.toml"
        path.write_text(PEOPLE + text)
        return read([path])

    return check


def test_all_of_it(checked):
    found = checked(WHOLE)

    assert Roster.from_plain(found.roster).clocks == ClockRules(
        decide=("legal",),
        alert="policy:legal-on-call",
        at=(25, 90),
        targets={"us-2258a": 4 * 3600, "uk-osa-66-csea-p1": 900},
        roles=("controller", "financial-entity"),
        jurisdictions=("EU", "US-CA"),
        calendars={"EU": "BE", "EU/EEA": "DE-BY"},
    )
    assert not [each for each in found.warnings if each.key.startswith("clocks")]


def test_without_it_there_are_defaults(checked):
    assert Roster.from_plain(checked("").roster).clocks == ClockRules()


def test_every_mistake_is_named_at_once(checked):
    with pytest.raises(Misconfigured) as refused:
        checked("""
[clocks]
decide = ["legall", 7]
alert = "policy:nobody"
at = [0, 50, 100]
targets = { "US 2258A" = "4h", us-2258a = "soon", eu-dsa-18 = "5s" }
roles = ["controler"]
jurisdictions = ["Europe"]
calendars = { EU = "Belgium" }
alarm = true
""")

    said = refused.value.message
    for key, words in {
        "clocks.decide[0]": "there is no team 'legall'. Did you mean legal.",
        "clocks.decide[1]": "is text, in quotes",
        "clocks.alert": "there is no policy 'nobody'",
        "clocks.at[0]": "is no percentage",
        "clocks.at[2]": "is no percentage",
        "clocks.targets.US 2258A": "is not the id of a clock",
        "clocks.targets.us-2258a": "is not a length of time",
        "clocks.targets.eu-dsa-18": "is no internal target",
        "clocks.roles[0]": "is not a role that clocks know. Did you mean controller",
        "clocks.jurisdictions[0]": "is not a jurisdiction",
        "clocks.calendars.EU": "is not the name of a holiday calendar",
        "clocks.alarm": "there is no such key",
    }.items():
        assert any(key in line and words in line for line in said.splitlines()), (key, words, said)
    assert "12 mistakes" in said


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("[clocks]\nat = [50]", "clocks", "nobody is paged when a legal clock alerts"),
        ('[clocks]\nalert = "team:empty"\n[teams.empty]\nname = "Empty"', "clocks.alert", "nobody is ever behind it"),
        ('[clocks]\nalert = "person:bob"\ndecide = ["crew"]\n[teams.crew]\nname = "Crew"\npeople = ["bob"]', "clocks.decide", "has a login"),
    ],
    ids=["nobody is paged", "nobody is behind it", "nobody can decide"],
)  # fmt: skip
def test_what_will_surprise_somebody(checked, text, key, says):
    assert [each.message for each in checked(text).warnings if each.key == key and says in each.message]


def test_the_longest_that_fits_counts():
    rules = ClockRules(targets={"us": 1, "us-2258a": 2}, calendars={"EU": "BE", "EU/EEA": "DE"})

    assert [rules.target_of(id_) for id_ in ("us-2258a-cybertip", "us-sec-8k-105", "uk-x")] == [2, 1, None]
    assert [rules.calendar_of(place) for place in ("EU/EEA", "EU (national transposition)", "UK")] == ["DE", "BE", None]


def test_it_is_shown(escalate, tmp_path, wiring):
    path = tmp_path / "roster.toml"
    path.write_text(PEOPLE + WHOLE)
    assert escalate(f"apply {path}").exit_code == 0

    shown = escalate("roster").stdout

    assert "Who may say that one applies: people of legal" in shown
    assert "When 25%, 90%, and all of the time is over, policy:legal-on-call is told." in shown
    assert "uk-osa-66-csea-p1: internal target 15m" in shown
    assert escalate("roster --json").data["clocks"]["at"] == [25, 90]
