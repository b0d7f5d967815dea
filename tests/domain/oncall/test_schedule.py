"""Weekly rules: when they begin and end, on ordinary days and on those on which the clock is changed."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.oncall.planned import MINUTE, published, utc
from escalate.domain.oncall import wall
from escalate.domain.oncall.plan import Plan
from escalate.domain.oncall.schedule import NEAR, Rule, Schedule

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def rule(begin, end, days=None, target="person:alice", zone=None):
    """`days` as the roster file names them."""
    numbers = None if days is None else tuple(DAYS.index(day) for day in days.split())
    return Rule(days=numbers, begin=time.fromisoformat(begin), end=time.fromisoformat(end), target=target, zone=zone)


def published_rule(data):
    sunday_first = data["weekdays_sun_to_sat"]
    days = " ".join(day for number, day in enumerate(DAYS) if sunday_first[(number + 1) % 7])
    return rule(data["start"], data["end"], days)


def schedule(zone, *rules, **more):
    return Schedule(name="ts", zone=zone, rules=rules, **more)


def plan(zone, *rules):
    return Plan({}, {"ts": schedule(zone, *rules)}, (), ())


def shown(window, zone):
    """A window as the people in that zone read it, with the offset."""
    return [f"{at.astimezone(zone):%d %H:%M %z}" for at in window] if window else None


@pytest.mark.parametrize("case", published("rule_active"))
def test_a_rule_counts_when_it_was_published_to(case):
    on = plan(case["timezone"], published_rule(case["rule"])).on_call("schedule:ts", datetime.fromisoformat(case["at"]))

    assert bool(on) is case["expected_active"]


@pytest.mark.parametrize("case", published("rule_window"))
def test_a_window_is_the_one_that_was_published(case):
    at = datetime.fromisoformat(case["at"]).astimezone(UTC)

    shift = plan(case["timezone"], published_rule(case["rule"])).shifts("schedule:ts", at, at + timedelta(days=9))[0]

    for edge, expected in case["expected"].items():
        assert getattr(shift, edge) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("zone", "begin", "end", "day", "expected"),
    [
        pytest.param("UTC", "09:00", "17:00", "2026-11-20", ["20 09:00 +0000", "20 17:00 +0000"], id="a day"),
        pytest.param("UTC", "22:00", "06:00", "2026-11-20", ["20 22:00 +0000", "21 06:00 +0000"], id="a night"),
        pytest.param("UTC", "08:00", "08:00", "2026-11-20", ["20 08:00 +0000", "21 08:00 +0000"], id="24 hours"),
        pytest.param("UTC", "17:00", "00:00", "2026-11-20", ["20 17:00 +0000", "21 00:00 +0000"], id="to midnight"),
        pytest.param("UTC", "00:00", "00:00", "2028-02-29", ["29 00:00 +0000", "01 00:00 +0000"], id="leap day"),
        pytest.param(
            "America/New_York", "22:00", "06:00", "2026-10-31", ["31 22:00 -0400", "01 06:00 -0500"], id="night of 9 h"
        ),
        pytest.param(
            "America/New_York", "22:00", "06:00", "2026-03-07", ["07 22:00 -0500", "08 06:00 -0400"], id="night of 7 h"
        ),
        pytest.param(
            "America/New_York", "01:30", "09:00", "2026-11-01", ["01 01:30 -0400", "01 09:00 -0500"],
            id="begins the first time",
        ),
        pytest.param(
            "America/New_York", "00:00", "01:30", "2026-11-01", ["01 00:00 -0400", "01 01:30 -0500"],
            id="ends the last time",
        ),
        pytest.param(
            "America/New_York", "01:15", "01:45", "2026-11-01", ["01 01:15 -0400", "01 01:45 -0500"],
            id="half an hour that lasts an hour and a half",
        ),
        pytest.param(
            "America/New_York", "02:30", "09:00", "2026-03-08", ["08 03:00 -0400", "08 09:00 -0400"],
            id="begins after the gap",
        ),
        pytest.param(
            "America/New_York", "00:00", "02:30", "2026-03-08", ["08 00:00 -0500", "08 03:00 -0400"],
            id="ends after the gap",
        ),
        pytest.param("America/New_York", "02:15", "02:45", "2026-03-08", None, id="wholly inside the gap"),
        pytest.param(
            "America/New_York", "02:30", "02:30", "2026-03-07", ["07 02:30 -0500", "08 03:00 -0400"],
            id="24 hours into the gap",
        ),
        pytest.param(
            "America/New_York", "02:30", "02:30", "2026-03-08", ["08 03:00 -0400", "09 02:30 -0400"],
            id="24 hours out of the gap",
        ),
        pytest.param(
            "Australia/Lord_Howe", "02:15", "10:00", "2026-10-04", ["04 02:30 +1100", "04 10:00 +1100"],
            id="half an hour's gap",
        ),
        pytest.param(
            "Australia/Lord_Howe", "01:45", "01:50", "2026-04-05", ["05 01:45 +1100", "05 01:50 +1030"],
            id="half an hour twice",
        ),
        pytest.param(
            "America/Santiago", "00:00", "08:00", "2025-09-07", ["07 01:00 -0300", "07 08:00 -0300"], id="no midnight"
        ),
        pytest.param(
            "America/Santiago", "16:00", "00:00", "2025-09-06", ["06 16:00 -0400", "07 01:00 -0300"],
            id="to a midnight that is not there",
        ),
        pytest.param(
            "America/Santiago", "23:15", "23:45", "2026-04-04", ["04 23:15 -0300", "04 23:45 -0400"],
            id="the last hour of the day twice",
        ),
        pytest.param("Pacific/Apia", "09:00", "17:00", "2011-12-30", None, id="a day that never was"),
        pytest.param("Pacific/Apia", "00:00", "00:00", "2011-12-30", None, id="24 hours that never were"),
        pytest.param(
            "Pacific/Apia", "22:00", "06:00", "2011-12-29", ["29 22:00 -1000", "31 00:00 +1400"],
            id="into a day that never was",
        ),
        pytest.param(
            "Pacific/Apia", "22:00", "06:00", "2011-12-30", ["31 00:00 +1400", "31 06:00 +1400"],
            id="what is left of its night",
        ),
    ],
)  # fmt: skip
def test_a_window_follows_the_clock_on_the_wall(zone, begin, end, day, expected):
    there = wall.zone_named(zone)

    window = rule(begin, end).window(date.fromisoformat(day), there)

    assert shown(window, there) == expected


@pytest.mark.parametrize(
    ("days", "at", "on"),
    [
        pytest.param("mon", "2026-11-23T21:59", False, id="not yet"),
        pytest.param("mon", "2026-11-23T22:00", True, id="its first minute"),
        pytest.param("mon", "2026-11-24T05:59", True, id="its last minute, on Tuesday"),
        pytest.param("mon", "2026-11-24T06:00", False, id="over"),
        pytest.param("mon", "2026-11-23T05:00", False, id="not the night before"),
        pytest.param("sun", "2026-11-23T05:00", True, id="Sunday's night is on Monday morning"),
        pytest.param("", "2026-11-23T23:00", False, id="no days: never"),
        pytest.param(None, "2026-11-23T23:00", True, id="days not given: every day"),
    ],
)
def test_a_night_belongs_to_the_day_it_begins_on(days, at, on):
    assert bool(schedule("UTC", rule("22:00", "06:00", days)).targets(utc(at))) is on


@pytest.mark.parametrize(
    ("zone", "one", "at", "on"),
    [
        # 5 April 2026, 00:00 in Santiago (03:00 UTC): back to 23:00 on the 4th.
        pytest.param("America/Santiago", ("23:15", "23:45", "sat"), "2026-04-05T02:14", False, id="before"),
        pytest.param("America/Santiago", ("23:15", "23:45", "sat"), "2026-04-05T02:50", True, id="between its two ends"),
        pytest.param("America/Santiago", ("23:15", "23:45", "sat"), "2026-04-05T03:10", True, id="before its second start"),
        pytest.param("America/Santiago", ("23:15", "23:45", "sat"), "2026-04-05T03:45", False, id="over"),
        # 7 November 2010, 00:01 in St John's (02:31 UTC): back to 23:01 on the 6th.
        pytest.param(
            "America/St_Johns", ("23:50", "23:30", "fri"), "2010-11-07T02:30", True, id="Friday's, shown as Sunday"
        ),
        pytest.param("America/St_Johns", ("23:50", "23:30", "fri"), "2010-11-07T03:00", False, id="until the second 23:30"),
        pytest.param(
            "America/St_Johns", ("00:00", "08:00", "sun"), "2010-11-07T03:00", True, id="Sunday's, shown as Saturday"
        ),
        pytest.param("America/St_Johns", ("00:00", "08:00", "sun"), "2010-11-07T02:29", False, id="not before Sunday"),
    ],
)  # fmt: skip
def test_a_clock_that_goes_back_over_midnight_shows_the_day_before_again(zone, one, at, on):
    assert bool(schedule(zone, rule(*one)).targets(utc(at))) is on


def test_all_days_from_a_time_to_the_same_time_is_always():
    whole_week = rule("08:00", "08:00", " ".join(DAYS))

    assert whole_week.always
    assert rule("08:00", "08:00").always
    assert not rule("08:00", "08:00", "mon tue").always
    assert not rule("08:00", "17:00").always


def test_days_of_24_hours_that_touch_are_one_shift():
    two_days = plan("UTC", rule("08:00", "08:00", "mon tue"))

    [shift] = two_days.shifts("schedule:ts", utc("2026-11-23T00:00"), utc("2026-11-29T00:00"))

    assert (shift.start, shift.end) == (utc("2026-11-23T08:00"), utc("2026-11-25T08:00"))


def test_two_rules_that_meet_in_the_repeated_hour_leave_no_gap():
    both = schedule(
        "America/New_York", rule("22:00", "01:30", target="person:alice"), rule("01:30", "09:00", target="person:bob")
    )

    seen = {at: both.targets(utc(f"2026-11-01T{at}")) for at in ("05:29", "05:30", "06:29", "06:30")}

    assert seen == {
        "05:29": ["person:alice"],
        "05:30": ["person:alice", "person:bob"],
        "06:29": ["person:alice", "person:bob"],
        "06:30": ["person:bob"],
    }


def test_a_rule_may_have_a_zone_of_its_own():
    sun = schedule(
        "UTC",
        rule("09:00", "17:00", target="rotation:singapore", zone="Asia/Singapore"),
        rule("09:00", "17:00", target="rotation:london", zone="Europe/London"),
        rule("09:00", "17:00", target="rotation:utc"),
    )

    assert sun.targets(utc("2026-07-01T08:30")) == ["rotation:singapore", "rotation:london"]
    assert sun.targets(utc("2026-07-01T09:00")) == ["rotation:london", "rotation:utc"]


def test_a_schedule_is_read_from_what_it_writes():
    data = {
        "name": "ts",
        "zone": "Europe/London",
        "rules": [
            {"days": [0, 4], "begin": "09:00", "end": "17:30", "target": "rotation:day", "zone": None},
            {"days": None, "begin": "17:30", "end": "09:00", "target": "person:bob", "zone": "Asia/Singapore"},
            {"days": [], "begin": "00:00", "end": "00:00", "target": "person:bob", "zone": None},
        ],
        "notice": 86400,
    }

    assert Schedule.from_plain(data).plain() == data
    assert Schedule.from_plain({"name": "x", "zone": "UTC"}).notice is None


ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
CLOCKS = st.times().map(lambda clock: clock.replace(minute=clock.minute // 15 * 15, second=0, microsecond=0))


@st.composite
def near_a_change(draw):
    """A zone and an instant a few days from a change of its clocks, if it has any that year."""
    zone = wall.zone_named(draw(st.sampled_from(ZONES)))
    year = utc(f"{draw(st.integers(2000, 2039))}-01-01T00:00")
    changes = wall.changes(zone, year, year + timedelta(days=365)) or [year]
    offset = draw(st.integers(-3 * 1440, 3 * 1440) | st.integers(-180, 180))
    return zone, draw(st.sampled_from(changes)) + offset * MINUTE


@given(near_a_change(), CLOCKS, CLOCKS, st.none() | st.sets(st.integers(0, 6)))
def test_a_rule_counts_exactly_inside_its_windows(where, begin, end, days):
    zone, at = where
    one = Rule(days=None if days is None else tuple(days), begin=begin, end=end, target="person:alice")

    inside = any(begins <= at < ends for begins, ends in one.windows(at - MINUTE, at + MINUTE, zone))

    assert bool(schedule(zone.key, one).targets(at)) is inside


@given(near_a_change(), CLOCKS, CLOCKS)
def test_a_day_and_its_night_together_leave_nothing_out(where, dawn, dusk):
    zone, at = where
    both = schedule(
        zone.key, Rule(begin=dawn, end=dusk, target="person:day"), Rule(begin=dusk, end=dawn, target="person:night")
    )

    assert both.targets(at)


@given(near_a_change(), CLOCKS, CLOCKS)
def test_windows_are_in_order_and_never_empty(where, begin, end):
    zone, at = where
    week = timedelta(days=7)

    windows = list(Rule(begin=begin, end=end, target="person:alice").windows(at - week, at + week, zone))

    assert all(begins < ends for begins, ends in windows)
    assert windows == sorted(windows)


@pytest.mark.slow
def test_no_zone_changes_its_clocks_twice_within_the_time_that_is_looked_at():
    since, until = utc("1970-01-02T00:00"), utc("2041-01-01T00:00")
    for name in ZONES:
        changes = wall.changes(wall.zone_named(name), since, until)
        assert all(later - earlier > 2 * NEAR for earlier, later in pairwise(changes)), name
