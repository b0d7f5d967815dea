"""Which clocks might apply, and why."""

from __future__ import annotations

from datetime import date

import pytest

from escalate.adapters.clock_file import ClockFiles
from escalate.domain.clocks.running import Clocks, Standing
from escalate.domain.clocks.suggest import SPECS, Asked, is_of, roles_of, suggest
from escalate.errors import Usage
from escalate.resources import bundled

ROWS = ClockFiles(bundled=bundled("templates").parent, own=bundled("nowhere")).all()
TODAY = date(2026, 11, 21)


def ids(said=None, today=TODAY, rows=ROWS, **asked):
    return [one.clock.id for one in suggest(rows, Asked(**asked), said, today)]


def given(*words):
    return dict.fromkeys(words, "as given")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"harms": given("prv"), "roles": given("controller"), "places": given("DE")}, ["eu-gdpr-33-authority", "eu-gdpr-34-persons"]),
        ({"harms": given("prv:personal-data-breach"), "roles": given("processor"), "places": given("FR")}, ["eu-gdpr-33-processor", "contract-processor-notice"]),
        ({"harms": given("prv"), "roles": given("controller"), "places": given("NO")}, ["eu-gdpr-33-authority", "eu-gdpr-34-persons"]),
        ({"harms": given("prv"), "roles": given("controller"), "places": given("GB")}, ["uk-gdpr-33-ico"]),
        ({"harms": given("sec"), "roles": given("financial-entity"), "places": given("EU")}, ["eu-dora-initial"]),
        ({"harms": given("cse"), "roles": given("hosting"), "places": given("US-CA")}, ["us-2258a-cybertip"]),
        ({"harms": given("vex"), "roles": given("hosting"), "places": given("NL")},
         ["eu-dsa-18-threat-to-life", "eu-dsa-17-statement-of-reasons", "eu-tco-3-removal-order"]),
        ({"harms": given("har"), "roles": given("bank"), "places": given("US")}, []),
        ({"harms": given("prv"), "roles": given("controller"), "places": given("ZZ")}, []),
    ],
    ids=["EU data", "a processor", "EEA", "UK", "DORA", "US", "extremism", "nothing to do with it", "nowhere"],
)  # fmt: skip
def test_by_harm_role_and_place(asked, found):
    assert ids(**asked) == found


def test_what_is_imminent_adds_to_it():
    asked = {"harms": given("life"), "roles": given("frontier"), "places": given("US-CA")}

    assert ids(**asked) == []
    assert ids(**asked, signs={"imminent": "as opened"}) == ["us-ca-sb53-imminent"]


def test_what_is_not_known_rules_nothing_out_and_is_said():
    [one] = [
        each for each in suggest(ROWS, Asked(harms=given("cse")), None, TODAY) if each.clock.id == "us-2258a-cybertip"
    ]

    assert one.why.startswith("harm cse (as given); if you are: provider (electronic communication service")
    assert one.why.endswith("if US federal has to do with it")


def test_what_follows_another_is_named_once_that_one_is_there():
    asked = {"harms": given("sec"), "roles": given("financial-entity"), "places": given("EU")}
    known = Clocks(clocks={"eu-dora-initial": Standing(id="eu-dora-initial", said="applies", by="a", at="t")})

    assert ids(known, **asked) == ["eu-dora-intermediate"]
    assert ids(None, facts=frozenset({"submitted:eu-dora-intermediate"})) == ["eu-dora-final"]


def test_what_is_not_in_force_is_left_out_until_it_is():
    asked = {"harms": given("ais"), "roles": given("frontier"), "places": given("US-NY", "US-IL")}

    assert ids(**asked) == []
    assert ids(**asked, today=date(2027, 1, 1)) == ["us-ny-raise-72h", "us-il-aisma-72h"]


def test_what_somebody_named_is_named():
    [one] = suggest(ROWS, Asked(named={"us-sec-8k-105": "by the triage"}), None, TODAY)

    assert one.why == "named (by the triage)"


def test_a_row_of_the_team_s_own_goes_by_its_place():
    own = [ROWS[0].but(id="ours-1", jurisdiction="CH", origin="own")]

    assert ids(rows=own, harms=given("frd"), places=given("CH")) == ["ours-1"]
    assert ids(rows=own, harms=given("frd"), places=given("DE")) == []


def test_every_row_that_comes_with_escalate_goes_with_something():
    unmatched = [
        row.id for row in ROWS if "submitted:" not in row.start and not any(row.id.startswith(s.begins) for s in SPECS)
    ]

    assert unmatched == []
    assert [one.begins for one in SPECS if not any(row.id.startswith(one.begins) for row in ROWS)] == []


@pytest.mark.parametrize(
    ("place", "jurisdiction", "is_there"),
    [
        ("EU", "EU/EEA", True), ("de", "EU (national transposition)", True), ("NO", "EU", False), ("NO", "EU/EEA", True),
        ("GB", "UK", True), ("UK", "UK (non-UK providers: UK-linked content)", True), ("US", "US federal", True),
        ("US", "US-NY", True), ("US-CA", "US-NY", False), ("US-CA", "US federal", True), ("CA", "CA", True),
        ("CA", "US-CA", False), ("U", "US federal", False), ("AU", "AU", True),
    ],
)  # fmt: skip
def test_places(place, jurisdiction, is_there):
    assert is_of(place, jurisdiction) is is_there


def test_roles_are_known_words():
    assert roles_of(["Financial_Entity"]) == ["financial-entity"]
    with pytest.raises(Usage, match="There is no role 'controler'") as refused:
        roles_of(["controler"])
    assert "controller" in refused.value.hint
