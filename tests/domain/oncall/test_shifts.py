"""Shifts over a window, and until when somebody is on call."""

from __future__ import annotations

import pytest

from domain.oncall.planned import DAY, MINUTE, always, override, plan, rule, said, utc, weekly

NIGHT_AND_DAY = [rule("09:00", "17:00", "person:alice"), rule("17:00", "09:00", "person:bob")]


@pytest.mark.parametrize(
    ("rules", "start", "end", "expected"),
    [
        pytest.param(
            NIGHT_AND_DAY, "23T12", "24T12",
            ["alice 23T09:00-23T17:00", "bob 23T17:00-24T09:00", "alice 24T09:00-24T12:00…"],
            id="true start before, cut at the end",
        ),
        pytest.param(NIGHT_AND_DAY, "23T09", "23T17", ["alice 23T09:00-23T17:00"], id="exactly one"),
        pytest.param(
            NIGHT_AND_DAY, "23T16:59", "23T17:01", ["alice 23T09:00-23T17:00", "bob 23T17:00-23T17:01…"], id="two minutes"
        ),
        pytest.param(NIGHT_AND_DAY, "23T12", "23T12", [], id="a window without length"),
        pytest.param([rule("09:00", "17:00", "person:alice")], "23T17", "24T09", [], id="nobody"),
        pytest.param([], "23T17", "24T09", [], id="no rules"),
        pytest.param(
            [rule("09:00", "17:00", "person:alice"), rule("17:00", "20:00", "person:alice")], "23T00", "24T00",
            ["alice 23T09:00-23T20:00"], id="two rules that touch are one shift",
        ),
        pytest.param(
            [rule("09:00", "17:00", "person:alice"), rule("12:00", "20:00", "person:alice")], "23T00", "24T00",
            ["alice 23T09:00-23T20:00"], id="two rules that overlap are one shift",
        ),
        pytest.param(
            [rule("09:00", "17:00", "person:bob"), rule("09:00", "17:00", "person:alice")], "23T00", "24T00",
            ["alice 23T09:00-23T17:00", "bob 23T09:00-23T17:00"], id="two at once are two shifts",
        ),
    ],
)  # fmt: skip
def test_shifts_of_a_window(rules, start, end, expected):
    assert said(plan(rules).shifts("schedule:ts", utc(start), utc(end))) == expected


def test_a_shift_goes_on_where_only_the_reason_changes():
    one = plan(
        [rule("09:00", "17:00", "rotation:r"), rule("17:00", "09:00", "person:bob")],
        weekly("r", "alice", "bob", start="2026-11-23T09:00", every=1, unit="days"),
        overrides=[override(utc("25T09"), utc("25T17"), "bob", "alice")],
    )

    assert said(one.shifts("schedule:ts", utc("23T10"), utc("27T10"))) == [
        "alice 23T09:00-23T17:00", "bob 23T17:00-27T09:00", "alice 27T09:00-27T10:00…",
    ]  # fmt: skip


def test_a_shift_is_looked_back_at_for_as_long_as_it_takes():
    one = plan(
        [rule("00:00", "00:00", "rotation:r")],
        weekly("r", "alice", "bob", start="2026-03-01T09:00", every=10, unit="months"),
    )

    [shift] = one.shifts("schedule:ts", utc("23T12"), utc("24T12"))
    [turn] = one.shifts("rotation:r", utc("23T12"), utc("24T12"))

    assert shift.start == utc("2026-03-01T09:00")
    assert shift == turn
    assert shift.truncated


def test_an_endless_shift_is_looked_back_at_for_a_year():
    one = plan(always("alice"), weekly("r", "alice"))

    [shift] = one.shifts("schedule:ts", utc("23T12"), utc("24T12"))
    [turn] = one.shifts("rotation:r", utc("23T12"), utc("24T12"))

    assert shift.start == utc("23T12") - 366 * DAY
    assert shift == turn


def test_turns_of_a_rotation_are_shifts_and_neighbours_of_one_person_are_one():
    one = plan([], weekly("r", "alice", "alice", "bob", start="2026-11-23T09:00", unit="days"))

    assert said(one.shifts("rotation:r", utc("23T12"), utc("27T12"))) == [
        "alice 23T09:00-25T09:00", "bob 25T09:00-26T09:00", "alice 26T09:00-27T12:00…",
    ]  # fmt: skip
    assert one.on_call("rotation:r", utc("25T12")) == ["bob"]


def test_a_schedule_follows_the_sun():
    one = plan(
        [
            rule("08:00", "16:00", "rotation:asia", zone="Asia/Singapore"),
            rule("08:00", "16:00", "rotation:europe", zone="Europe/London"),
            rule("08:00", "16:00", "rotation:west", zone="America/Los_Angeles"),
        ],
        weekly("asia", "alice", zone="Asia/Singapore"),
        weekly("europe", "bob", zone="Europe/London"),
        weekly("west", "carol", zone="America/Los_Angeles"),
    )

    assert said(one.shifts("schedule:ts", utc("23T00"), utc("24T00"))) == [
        "alice 23T00:00-23T08:00", "bob 23T08:00-23T16:00", "carol 23T16:00-24T00:00",
    ]  # fmt: skip
    summer = one.shifts("schedule:ts", utc("2026-07-01T00:00"), utc("2026-07-02T00:00"))
    assert [f"{s.person} {s.start:%H}-{s.end:%H}" for s in summer] == [
        "alice 00-08", "bob 07-15", "carol 15-23",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("person", "at", "expected"),
    [
        pytest.param("alice", "23T12", utc("23T17"), id="later that day"),
        pytest.param("alice", "23T09", utc("23T17"), id="from its first minute"),
        pytest.param("alice", "23T17", None, id="it has ended"),
        pytest.param("bob", "23T12", None, id="not on call"),
        pytest.param("carol", "23T12", None, id="always on call"),
        pytest.param("dan", "23T12", utc("2027-02-01T00:00"), id="months later"),
        pytest.param("erin", "23T12", utc("23T12") + 8 * DAY, id="where one look ends"),
        pytest.param("finn", "23T12", utc("23T12") + 366 * DAY, id="where the last look ends"),
        pytest.param("gus", "23T12", None, id="a minute beyond"),
    ],
)
def test_until_when_somebody_is_on_call(person, at, expected):
    since = utc("2026-11-01T00:00")
    one = plan(
        [rule("09:00", "17:00", "person:alice"), *always("carol")],
        overrides=[
            override(since, utc("2027-02-01T00:00"), "dan"),
            override(since, utc("23T12") + 8 * DAY, "erin"),
            override(since, utc("23T12") + 366 * DAY, "finn"),
            override(since, utc("23T12") + 366 * DAY + MINUTE, "gus"),
        ],
    )

    assert one.until("schedule:ts", person, utc(at)) == expected
