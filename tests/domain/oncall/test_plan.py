"""Who is on call at an instant, and what was published about it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.oncall.planned import (
    DAY,
    HOUR,
    LONG_AGO,
    always,
    override,
    plan,
    published,
    rule,
    said,
    temporary,
    utc,
    weekly,
)
from escalate.domain.oncall.overrides import HANDFUL, Spans
from escalate.domain.oncall.wall import zone_named

UNITS = {"hourly": "hours", "daily": "days", "weekly": "weeks", "monthly": "months"}


def published_plan(case):
    zone, rotations, rules = zone_named(case["timezone"]), [], []
    for number, each in enumerate(case["rules"]):
        days = tuple((day - 1) % 7 for day, on in enumerate(each["weekdays_sun_to_sat"]) if on)
        target = f"person:{each.get('user')}"
        if turning := each.get("rotation"):
            people, first = turning["participants"], turning.get("current_index") or 0
            start = datetime.fromisoformat(turning.get("current_start") or turning["start"])
            rotations.append(weekly(
                f"r{number}", *people[first:], *people[:first], zone=case["timezone"], every=turning["shift_length"],
                unit=UNITS[turning["type"]],
                start=f"{start.astimezone(zone):%Y-%m-%dT%H:%M}",
            ))  # fmt: skip
            target = f"rotation:r{number}"
        rules.append(rule(each["start"], each["end"], target, days))
    overrides = [
        override(utc(each["start"]), utc(each["end"]), each["add"], each["remove"]) for each in case["overrides"]
    ]
    temporaries = [
        temporary(
            utc(each["start"]), utc(each["end"]),
            *((turn["user"], utc(turn["start"]), utc(turn["end"])) for turn in each["shifts"]),
        )
        for each in case["temporary_schedules"]
    ]  # fmt: skip
    return plan(rules, *rotations, overrides=overrides, temporaries=temporaries, zone=case["timezone"])


@pytest.mark.parametrize("case", published("schedule_shifts"))
def test_shifts_are_the_published_ones(case):
    start, end = utc(case["window"]["from"]), utc(case["window"]["to"])
    expected = [
        (each["user"], utc(each["start"]), min(utc(each["end"]), end), each["truncated"])
        for each in case["expected_shifts"]
    ]
    cut = any(begins == start for _, begins, _, _ in expected)  # some published answers begin at the window

    shifts = published_plan(case).shifts("schedule:ts", start, end)

    got = [(one.person, max(one.start, start) if cut else one.start, one.end, one.truncated) for one in shifts]
    assert sorted(got) == sorted(expected)


@pytest.mark.parametrize("case", published("override_map"))
def test_overrides_give_the_published_people(case):
    overrides = [
        override(utc(each["start"]) if each["start"] else LONG_AGO, utc(each["end"]), each["add"], each["remove"])
        for each in case["overrides"]
    ]
    one = plan(always(*case["active_users"]), overrides=overrides)

    for check in case["checks"]:
        assert sorted(one.on_call("schedule:ts", utc(check["at"]))) == check["expected_users_unordered"]


def test_people_stand_in_the_order_of_the_rules_and_once():
    one = plan([*always("carol", "alice", "carol"), rule("00:00", "00:00", "rotation:r")], weekly("r", "alice", "bob"))

    assert one.on_call("schedule:ts", utc("23T12")) == ["carol", "alice"]


@pytest.mark.parametrize("target", ["schedule:gone", "rotation:gone", "person:alice", "policy:x", "ts"])
def test_a_target_that_is_not_there_has_nobody(target):
    one = plan(always("alice"))

    assert one.on_call(target, utc("23T12")) == []
    assert one.shifts(target, utc("23T12"), utc("24T12")) == []
    assert one.until(target, "alice", utc("23T12")) is None


def test_a_rule_whose_rotation_is_gone_gives_nobody():
    one = plan([rule("00:00", "00:00", "rotation:gone"), *always("alice")])

    assert one.on_call("schedule:ts", utc("23T12")) == ["alice"]
    assert said(one.shifts("schedule:ts", utc("23T12"), utc("24T12")))[0].startswith("alice")


NOON = (utc("23T12"), utc("23T13"))
EARLIER = (utc("23T11"), utc("23T13"))


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param([], ["alice", "bob"], id="none"),
        pytest.param([(*NOON, "carol", None)], ["alice", "bob", "carol"], id="somebody joins"),
        pytest.param([(*NOON, "alice", None)], ["alice", "bob"], id="who joins is on call already"),
        pytest.param([(*NOON, None, "alice")], ["bob"], id="somebody leaves"),
        pytest.param([(*NOON, None, "carol")], ["alice", "bob"], id="who leaves is not on call"),
        pytest.param([(*NOON, "carol", "alice")], ["carol", "bob"], id="somebody stands in"),
        pytest.param([(*NOON, "dan", "carol")], ["alice", "bob"], id="for a person who is not on call: nobody"),
        pytest.param([(*NOON, "bob", "alice")], ["bob"], id="who stands in is on call already"),
        pytest.param([(*NOON, "bob", "alice"), (*NOON, "carol", "bob")], ["bob", "carol"], id="they do not chain"),
        pytest.param([(*NOON, "bob", "alice"), (*NOON, "alice", "bob")], ["bob", "alice"], id="a swap"),
        pytest.param(
            [(*NOON, "carol", "alice"), (*EARLIER, "dan", "alice")], ["carol", "bob"], id="the later start wins"
        ),
        pytest.param(
            [(*NOON, "carol", "alice"), (*NOON, "dan", "alice")], ["dan", "bob"], id="of equal starts the later made"
        ),
        pytest.param(
            [(*EARLIER, "carol", "alice"), (*NOON, None, "alice")], ["carol", "bob"],
            id="who stands in counts before a removal",
        ),
        pytest.param(
            [(*NOON, "alice", None), (*NOON, None, "alice")], ["bob", "alice"], id="who joins is not removed"
        ),
        pytest.param([(*NOON, None, "alice"), (*NOON, None, "bob")], [], id="all leave"),
        pytest.param([(utc("23T10"), utc("23T12"), "carol", "alice")], ["alice", "bob"], id="just over"),
        pytest.param([(utc("23T12:01"), utc("23T13"), "carol", "alice")], ["alice", "bob"], id="not yet"),
        pytest.param([(utc("23T13"), utc("23T11"), "carol", "alice")], ["alice", "bob"], id="without length"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("more", [0, HANDFUL + 1], ids=["few", "many"])
def test_overrides_at_an_instant(overrides, expected, more):
    others = [override(utc("01T00") + n * DAY, utc("02T00") + n * DAY, "zoe", "yan") for n in range(more)]
    one = plan(always("alice", "bob"), overrides=[*others, *(override(*each) for each in overrides)])

    assert one.on_call("schedule:ts", utc("23T12")) == expected


@pytest.mark.parametrize(
    ("more", "at", "expected"),
    [
        pytest.param({"since": utc("23T12")}, "23T11:59", ["alice"], id="what was not known yet changed nothing"),
        pytest.param({"since": utc("23T12")}, "23T12", ["bob"], id="known from here on"),
        pytest.param({"until": utc("23T12")}, "23T11:59", ["bob"], id="what was taken back did count before"),
        pytest.param({"until": utc("23T12")}, "23T12", ["alice"], id="and no more from there on"),
        pytest.param({"since": utc("23T12"), "until": utc("23T12")}, "23T12", ["alice"], id="taken back at once"),
        pytest.param({"schedule": "other"}, "23T12", ["alice"], id="another schedule's"),
    ],
)
def test_an_override_counts_from_when_it_was_known_until_it_was_taken_back(more, at, expected):
    one = plan(always("alice"), overrides=[override(utc("23T10"), utc("23T14"), "bob", "alice", **more)])
    temporarily = plan(
        always("alice"),
        temporaries=[temporary(utc("23T10"), utc("23T14"), ("bob", utc("23T00"), utc("24T00")), **more)],
    )

    assert one.on_call("schedule:ts", utc(at)) == expected
    assert temporarily.on_call("schedule:ts", utc(at)) == expected


def test_a_temporary_schedule_is_all_there_is_for_its_span():
    span = temporary(
        utc("23T08"), utc("23T20"), ("bob", utc("23T06"), utc("23T12")), ("carol", utc("23T14"), utc("23T22"))
    )
    one = plan(always("alice"), overrides=[override(utc("23T00"), utc("24T00"), "dan")], temporaries=[span])

    shifts = one.shifts("schedule:ts", utc("23T00"), utc("24T00"))

    assert one.on_call("schedule:ts", utc("23T13")) == []
    assert said(shifts)[1:] == [
        "dan 23T00:00-23T08:00",
        "bob 23T08:00-23T12:00",
        "carol 23T14:00-23T20:00",
        "alice 23T20:00-24T00:00…",
        "dan 23T20:00-24T00:00",
    ]


def test_of_two_temporary_schedules_the_later_made_counts_and_then_the_earlier_again():
    first = temporary(utc("23T08"), utc("23T20"), ("bob", utc("23T08"), utc("23T20")))
    second = temporary(utc("23T10"), utc("23T12"), ("carol", utc("23T10"), utc("23T12")))
    one = plan(always("alice"), temporaries=[first, second])

    assert said(one.shifts("schedule:ts", utc("23T08"), utc("23T20"))) == [
        "bob 23T08:00-23T10:00", "carol 23T10:00-23T12:00", "bob 23T12:00-23T20:00",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=40), st.integers(-1, 61))
def test_the_index_finds_what_looking_through_all_of_them_finds(edges, at):
    first = utc("23T00")
    made = [override(first + begins * HOUR, first + ends * HOUR, "alice") for begins, ends in edges]
    instant = first + at * HOUR

    found = Spans(made).at(instant)

    assert list(map(id, found)) == [id(each) for each in made if each.start <= instant < each.end]
