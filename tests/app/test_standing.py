"""Who is on call now, until when, and who is next: what the shifts say, for any schedule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalate.app import rota

PEOPLE = ["alice", "bob", "carol"]
DAY = timedelta(days=1)
ZONES = ["UTC", "Europe/London", "America/Santiago", "Australia/Lord_Howe"]
NOW = datetime(2026, 11, 21, 21, tzinfo=UTC)


def rotation(every, people, start="2026-11-21T21:00", zone="UTC"):
    number, unit = every.split()
    return {"name": "r", "zone": zone, "start": start, "every": int(number), "unit": unit, "people": [*people]}


def rule(begin, end, target, days=None, zone=None):
    return {"days": days, "begin": begin, "end": end, "target": target, "zone": zone}


@pytest.fixture(scope="module")
def known():
    return {person: {"slug": person, "name": person.title(), "zone": "UTC"} for person in PEOPLE}


@pytest.fixture
def desk(ledger, store, known):
    """The only schedule, with these rules and this rotation in force."""

    def of(rules, turns, zone="UTC"):
        schedule = {"name": "ts", "zone": zone, "rules": rules, "notice": None}
        plain = {"people": known, "rotations": {"r": turns}, "schedules": {"ts": schedule}}
        with ledger.writing() as record:
            record.tx.apply_roster(plain, "", "alice")
        [found] = rota.standing_now(store, NOW)
        with store.reading() as look:
            return found, look.roster().plan

    return of


def said(found):
    until = [(each.person, each.until and (each.until - NOW) / DAY) for each in found.on_call]
    return until, found.next and (found.next.people, (found.next.at - NOW) / DAY)


@pytest.mark.parametrize(
    ("every", "people", "until", "following"),
    [
        pytest.param("1 days", "alice bob", 1, (["bob"], 1), id="tomorrow"),
        pytest.param("8 days", "alice bob", 8, (["bob"], 8), id="just as far as is looked at first"),
        pytest.param("20 days", "alice bob", 20, (["bob"], 20), id="after three weeks"),
        pytest.param("120 days", "alice bob", 120, (["bob"], 120), id="after four months"),
        pytest.param("300 days", "alice bob", 300, (["bob"], 300), id="after ten months"),
        pytest.param("400 days", "alice bob", None, None, id="not within a year"),
        pytest.param("20 days", "alice alice bob", 40, (["bob"], 40), id="twice in a row"),
        pytest.param("1 days", "alice", None, None, id="somebody alone"),
        pytest.param("20 days", "alice stranger bob", 20, (["bob"], 40), id="somebody unknown comes between"),
        pytest.param("150 days", "alice stranger bob", 150, (["bob"], 300), id="somebody unknown for months"),
    ],
)
def test_who_takes_over_however_far_ahead(desk, every, people, until, following):
    found, _ = desk([rule("00:00", "00:00", "rotation:r")], rotation(every, people.split()))

    assert said(found) == ([("alice", until)], following)


def test_who_comes_after_a_long_time_without_anybody(desk):
    found, _ = desk([rule("00:00", "00:00", "rotation:r")], rotation("100 days", ["stranger", "bob"]))

    assert said(found) == ([], (["bob"], 100))


def test_two_who_begin_together_are_both_next(desk):
    both = [rule("09:00", "17:00", f"person:{person}") for person in ("carol", "bob")]

    assert said(desk(both, rotation("1 days", ["alice"]))[0]) == ([], (["bob", "carol"], 0.5))


clocks = st.integers(0, 47).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
targets = st.sampled_from(["rotation:r", *(f"person:{person}" for person in PEOPLE)])
days = st.none() | st.sets(st.integers(0, 6)).map(sorted)
rules = st.lists(st.builds(rule, clocks, clocks, targets, days, st.none() | st.sampled_from(ZONES)), max_size=3)
turns = st.builds(
    rotation,
    st.tuples(st.integers(1, 40), st.sampled_from(["hours", "days", "weeks"])).map(
        lambda every: "{} {}".format(*every)
    ),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3),
    st.dates(date(2026, 9, 1), date(2026, 12, 31)).map(lambda day: f"{day}T09:30"),
    st.sampled_from(ZONES),
)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules, turns, st.sampled_from(ZONES))
def test_it_is_what_the_shifts_say(desk, rules, turns, zone):
    found, plan = desk(rules, turns, zone)
    far = NOW + 366 * DAY
    shifts = plan.shifts("schedule:ts", NOW, far)

    ends = {each.person: each.end for each in shifts if each.start <= NOW}
    assert {each.person: each.until or far for each in found.on_call} == ends
    coming = [each for each in shifts if each.start > NOW]
    if found.next:
        assert found.next.at == coming[0].start
        assert found.next.people == sorted(each.person for each in coming if each.start == coming[0].start)
    else:
        # Who joins somebody that stays is told a season ahead, no longer.
        assert not coming or (ends and coming[0].start > NOW + 92 * DAY)
