from __future__ import annotations

import tomllib
from datetime import date, timedelta

import pytest

from escalate.domain.clocks.library import parse
from escalate.errors import Misconfigured
from escalate.resources import bundled

TODAY = date(2026, 11, 21)
ROW = {
    "id": "xx-one", "regime": "R", "jurisdiction": "XX", "who": "anybody", "start": "awareness", "trigger": "T", "n": 72,
    "unit": "hours", "rule": "elapsed_hours", "qualifier": "within", "recipient": "the desk", "cite": "Art. 1",
    "status": "in_force", "conf": "P", "verified_on": TODAY,
}  # fmt: skip


def row(**changes):
    return {key: value for key, value in (ROW | changes).items() if value is not None}


def clock(**changes):
    [one] = parse({"schema": 1, "clocks": [row(**changes)]}, "clocks.toml")
    return one


def mistakes(*rows, **top):
    with pytest.raises(Misconfigured) as refused:
        parse({"schema": 1, "clocks": list(rows), **top}, "clocks.toml")
    return refused.value.message


@pytest.fixture(scope="module")
def shipped():
    text = (bundled("templates") / "clocks" / "core.toml").read_text(encoding="utf-8")
    return {one.id: one for one in parse(tomllib.loads(text), "core.toml", "bundled")}


def test_what_is_shipped_can_be_read(shipped):
    assert len(shipped) == 63
    assert sum(one.rule is None for one in shipped.values()) == 12
    assert {one.verified_on for one in shipped.values()} == {TODAY}


def test_no_shipped_clock_runs_from_the_opening_of_an_incident(shipped):
    assert {name for one in shipped.values() for name in one.starts if "open" in name} == set()
    assert {name for one in shipped.values() for name in one.starts if "_" in name} == set()


def test_what_runs_from_a_report_names_a_clock_that_there_is(shipped):
    reports = {one.start.removeprefix("submitted:") for one in shipped.values() if one.start.startswith("submitted:")}

    assert reports
    assert reports <= set(shipped)


@pytest.mark.parametrize(
    ("changes", "in_force", "said"),
    [
        pytest.param({}, True, "in force", id="in force"),
        pytest.param({"in_force_from": date(2026, 9, 11)}, True, "in force since 2026-09-11", id="since"),
        pytest.param({"status": "from", "in_force_from": date(2027, 1, 1)}, False, "NOT YET in force, from 2027-01-01", id="to come"),
        pytest.param({"status": "from", "in_force_from": TODAY}, True, "in force since 2026-11-21", id="come"),
        pytest.param({"status": "not_in_force"}, False, "NOT in force", id="not"),
        pytest.param({"status": "unclear"}, None, "UNCLEAR whether it is in force", id="unclear"),
        pytest.param({"status": "template"}, None, "an example: set your own", id="a template"),
    ],
)  # fmt: skip
def test_whether_it_is_in_force(changes, in_force, said):
    one = clock(**changes)

    assert one.is_in_force(TODAY) is in_force
    assert one.standing(TODAY) == said


@pytest.mark.parametrize(("conf", "confirmed"), [("P", True), ("S", False), ("M", False)])
def test_a_row_that_nobody_has_confirmed_says_so(conf, confirmed):
    one = clock(conf=conf)

    assert one.is_confirmed is confirmed
    assert ("NOT CONFIRMED" in one.confidence) is not confirmed


@pytest.mark.parametrize(("days", "stale"), [(180, False), (181, True)])
def test_it_is_old_after_180_days(days, stale):
    assert clock().is_stale(TODAY + timedelta(days=days)) is stale


def test_underscores_in_the_name_of_a_fact_read_as_hyphens():
    assert clock(start="measure_available").start == "measure-available"


def test_one_of_two_facts_may_start_it():
    assert clock(start="determination_or_reasonable_belief").starts == (
        "determination-or-reasonable-belief", "determination", "reasonable-belief",
    )  # fmt: skip


def test_without_a_number_there_is_no_rule():
    one = clock(n=None, unit="qualitative", rule="none")

    assert (one.n, one.rule, one.period) == (None, None, "no number in law")


def test_every_mistake_is_named_at_once_with_its_clock_and_key():
    said = mistakes(
        row(id="a", status="inforce", conf="X"),
        row(id="b", rule="eu_dais", verified_on="yesterday"),
        row(id="c", n=None, cite=None, colour="red"),
        row(id="d", status="from"),
        row(id="e", unit="qualitative"),
        row(id="f"),
        row(id="f"),
        row(id=7),
    )

    for line in (
        "a.status: this cannot be 'inforce'. Did you mean in_force?",
        "a.conf: this cannot be 'X'. Known: P, S, M.",
        "b.rule: There is no rule 'eu_dais'. Did you mean eu_days?",
        "b.verified_on: this must be a date",
        "c.n: this is missing.",
        "c.cite: this is missing.",
        "c.colour: nothing reads this key.",
        "d.in_force_from: this is missing: from which day on?",
        "e.rule: without a number",
        "f: there are two clocks of that id.",
        "clocks[8].id: this must be text.",
    ):
        assert line in said
    assert said.splitlines()[0] == "The clocks in clocks.toml have 11 mistakes:"


def test_a_file_of_another_shape_is_refused():
    assert "schema: this must be 1." in mistakes(row(), schema=2)
    assert "clocks: this must be a list" in mistakes("x")
