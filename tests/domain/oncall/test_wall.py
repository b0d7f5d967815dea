"""Which instant a clock on the wall means, where clocks jump."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.domain.oncall import wall

BINDING = {"normative", "reference-run", "derived"}
KINDS = {"clock_of_day", "clock_hours_between"}
PUBLISHED = [
    case
    for case in json.loads((Path(__file__).parents[2] / "samples/oncall_conformance.json").read_text())["cases"]
    if case["kind"] in KINDS and case["tier"] in BINDING
]
ZONES = sorted(available_timezones())
CHICAGO = ZoneInfo("America/Chicago")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["id"])
def test_published_cases(case):
    zone = ZoneInfo(case["timezone"])
    if case["kind"] == "clock_of_day":
        which = {"first": wall.first, "last": wall.last}[case["occurrence"]]
        got = which(date.fromisoformat(case["date"]), time.fromisoformat(case["clock"]), zone)
        assert got == datetime.fromisoformat(case["expected"])
    else:
        a, b = (datetime.fromisoformat(case[end]) for end in "ab")
        assert int(wall.clock_hours_between(a, b, zone)) == case["expected_hours"]


@pytest.mark.parametrize(
    ("zone", "shown", "first", "last"),
    [
        ("UTC", "2025-03-09T02:30", "2025-03-09T02:30Z", "2025-03-09T02:30Z"),
        ("America/Chicago", "2025-03-09T01:59", "2025-03-09T07:59Z", "2025-03-09T07:59Z"),
        ("America/Chicago", "2025-03-09T02:00", "2025-03-09T08:00Z", "2025-03-09T08:00Z"),
        ("America/Chicago", "2025-03-09T02:30", "2025-03-09T08:00Z", "2025-03-09T08:00Z"),
        ("America/Chicago", "2025-03-09T03:00", "2025-03-09T08:00Z", "2025-03-09T08:00Z"),
        ("America/Chicago", "2025-11-02T00:59", "2025-11-02T05:59Z", "2025-11-02T05:59Z"),
        ("America/Chicago", "2025-11-02T01:00", "2025-11-02T06:00Z", "2025-11-02T07:00Z"),
        ("America/Chicago", "2025-11-02T01:30", "2025-11-02T06:30Z", "2025-11-02T07:30Z"),
        ("America/Chicago", "2025-11-02T02:00", "2025-11-02T08:00Z", "2025-11-02T08:00Z"),
        ("Australia/Lord_Howe", "2025-10-05T02:15", "2025-10-04T15:30Z", "2025-10-04T15:30Z"),
        ("Australia/Lord_Howe", "2025-04-06T01:45", "2025-04-05T14:45Z", "2025-04-05T15:15Z"),
        ("America/Santiago", "2025-09-07T00:00", "2025-09-07T04:00Z", "2025-09-07T04:00Z"),
        ("America/Santiago", "2025-04-05T23:30", "2025-04-06T02:30Z", "2025-04-06T03:30Z"),
        ("Asia/Beirut", "2025-03-30T00:00", "2025-03-29T22:00Z", "2025-03-29T22:00Z"),
        ("Africa/Cairo", "2025-04-25T00:30", "2025-04-24T22:00Z", "2025-04-24T22:00Z"),
        ("Africa/Cairo", "2025-10-30T23:30", "2025-10-30T20:30Z", "2025-10-30T21:30Z"),
        ("Africa/Casablanca", "2025-02-23T02:30", "2025-02-23T01:30Z", "2025-02-23T02:30Z"),
        ("Africa/Casablanca", "2025-04-06T02:30", "2025-04-06T02:00Z", "2025-04-06T02:00Z"),
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00Z", "2011-12-30T10:00Z"),
        ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00Z", "2011-12-30T10:00Z"),
        ("Pacific/Kwajalein", "1993-08-21T12:00", "1993-08-21T12:00Z", "1993-08-21T12:00Z"),
        ("Europe/Dublin", "2025-10-26T01:30", "2025-10-26T00:30Z", "2025-10-26T01:30Z"),
    ],
)
def test_a_clock_that_is_shown_once_twice_or_never(zone, shown, first, last):
    day, clock = datetime.fromisoformat(shown).date(), datetime.fromisoformat(shown).time()
    assert wall.first(day, clock, ZoneInfo(zone)) == datetime.fromisoformat(first)
    assert wall.last(day, clock, ZoneInfo(zone)) == datetime.fromisoformat(last)


def test_instants_are_given_in_utc_and_wall_times_are_naive():
    at = wall.first(date(2025, 11, 2), time(1, 30), CHICAGO)
    assert at.tzinfo is UTC
    shown = wall.local(at + HOUR, CHICAGO)
    assert (shown.tzinfo, shown.fold) == (None, 0)
    assert shown == datetime(2025, 11, 2, 1, 30)


def test_a_zone_of_one_offset_has_no_changes():
    zone = timezone(timedelta(hours=5, minutes=30))
    assert wall.first(date(2025, 1, 1), time(9), zone) == datetime(2025, 1, 1, 3, 30, tzinfo=UTC)
    assert wall.changes(zone, datetime(2000, 1, 1, tzinfo=UTC), datetime(2001, 1, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    ("at", "hours", "then"),
    [
        ("2025-06-01T00:00-05:00", 8, "2025-06-01T08:00-05:00"),
        ("2025-03-09T00:00-06:00", 1, "2025-03-09T01:00-06:00"),
        ("2025-03-09T00:00-06:00", 2, "2025-03-09T03:00-05:00"),
        ("2025-03-09T00:00-06:00", 2.5, "2025-03-09T03:00-05:00"),
        ("2025-03-09T00:00-06:00", 4, "2025-03-09T04:00-05:00"),
        ("2025-03-08T12:00-06:00", 24, "2025-03-09T12:00-05:00"),
        ("2025-03-09T04:00-05:00", -4, "2025-03-09T00:00-06:00"),
        ("2025-11-02T00:00-05:00", 1, "2025-11-02T01:00-05:00"),
        ("2025-11-02T00:00-05:00", 2, "2025-11-02T02:00-06:00"),
        ("2025-11-01T12:00-05:00", 24, "2025-11-02T12:00-06:00"),
    ],
)
def test_hours_of_the_clock_are_added(at, hours, then):
    assert wall.add_clock(datetime.fromisoformat(at), hours, CHICAGO) == datetime.fromisoformat(then)


@pytest.mark.parametrize(
    ("a", "b", "hours"),
    [
        ("2025-03-09T00:00-06:00", "2025-03-09T04:00-05:00", 4),
        ("2025-11-02T00:00-05:00", "2025-11-02T04:00-06:00", 4),
        ("2025-06-01T09:00-05:00", "2025-06-01T08:30-05:00", -0.5),
        ("2025-03-02T09:00-06:00", "2025-03-09T09:00-05:00", 168),
    ],
)
def test_hours_of_the_clock_are_counted(a, b, hours):
    assert wall.clock_hours_between(datetime.fromisoformat(a), datetime.fromisoformat(b), CHICAGO) == hours


@pytest.mark.parametrize(
    ("zone", "year", "changes"),
    [
        ("America/Chicago", 2025, ["2025-03-09T08:00Z", "2025-11-02T07:00Z"]),
        ("Australia/Lord_Howe", 2025, ["2025-04-05T15:00Z", "2025-10-04T15:30Z"]),
        ("Pacific/Apia", 2011, ["2011-04-02T14:00Z", "2011-09-24T14:00Z", "2011-12-30T10:00Z"]),
        ("Africa/Casablanca", 2025, ["2025-02-23T02:00Z", "2025-04-06T02:00Z"]),
        ("Asia/Tokyo", 2025, []),
    ],
)
def test_the_changes_of_a_year(zone, year, changes):
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    assert wall.changes(ZoneInfo(zone), start, end) == [datetime.fromisoformat(at) for at in changes]


def test_changes_are_those_from_the_start_on_and_before_the_end():
    spring = datetime(2025, 3, 9, 8, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert wall.changes(CHICAGO, spring, spring + second) == [spring]
    assert wall.changes(CHICAGO, spring + second, spring + HOUR) == []
    assert wall.changes(CHICAGO, spring - HOUR, spring) == []
    assert wall.changes(CHICAGO, spring, spring) == []
    assert len(wall.changes(CHICAGO, spring, spring.replace(year=2030))) == 10


@pytest.mark.parametrize(("zone", "year"), [("Africa/Niamey", 1960), ("Africa/Sao_Tome", 1912), ("Africa/Ceuta", 1901)])
def test_a_change_at_the_very_start_of_a_year_is_one_of_that_year(zone, year):
    new_year = datetime(year, 1, 1, tzinfo=UTC)
    assert new_year in wall.changes(ZoneInfo(zone), new_year, new_year + HOUR)
    assert new_year not in wall.changes(ZoneInfo(zone), new_year - HOUR, new_year)


def test_a_change_to_the_second():
    # Local mean time ended in Chicago in 1883: clocks were set from 12:09:24 to 12:00.
    at = datetime(1883, 11, 18, 18, tzinfo=UTC)
    assert wall.changes(CHICAGO, at - HOUR, at + HOUR) == [at]
    assert wall.last(date(1883, 11, 18), time(12, 5), CHICAGO) == at + 5 * MINUTE


@pytest.mark.parametrize("year", [1, 9999])
def test_the_years_at_either_end_of_the_calendar(year):
    start, end = datetime(year, 1, 2, tzinfo=UTC), datetime(year, 12, 30, tzinfo=UTC)
    assert wall.changes(UTC, start, end) == []


def by_hand(shown, zone):
    """(first, last) instant that shows it, by trying every offset of the days around; else the end of the gap."""
    around = [shown.replace(tzinfo=UTC) + hours * HOUR for hours in range(-50, 51, 5)]
    offsets = {at.astimezone(zone).utcoffset() for at in around}
    shows = [at for at in ((shown - offset).replace(tzinfo=UTC) for offset in offsets) if wall.local(at, zone) == shown]
    if shows:
        return min(shows), max(shows)
    after = next(at for at in wall.changes(zone, around[0], around[-1]) if wall.local(at, zone) > shown)
    return after, after


def check_around(zone, change, minutes):
    """What must hold of one wall time near a change, so many minutes from what the clocks show before it."""
    second = timedelta(seconds=1)
    shown = wall.local(change - second, zone) + second + minutes * MINUTE
    first, last = wall.first_showing(shown, zone), wall.last_showing(shown, zone)
    assert (first, last) == by_hand(shown, zone)
    assert first <= last
    # Nothing earlier showed it or a later time: so later times never come first.
    assert wall.local(first, zone) >= shown > wall.local(first - second, zone)
    assert wall.first_showing(shown + MINUTE, zone) >= first
    assert wall.last_showing(shown + MINUTE, zone) >= last


def changes_of(zone):
    return wall.changes(zone, datetime(2000, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC))


@given(st.data())
def test_wall_times_near_a_change_of_any_zone(data):
    zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
    year = data.draw(st.integers(2000, 2040))
    change = data.draw(
        st.sampled_from(
            wall.changes(zone, datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
            or [datetime(year, 6, 1, tzinfo=UTC)]
        )
    )
    check_around(zone, change, data.draw(st.integers(-1500, 1500)))


@pytest.mark.slow
def test_wall_times_near_every_change_of_every_zone():
    checked = set()
    for name in ZONES:
        zone = ZoneInfo(name)
        changes = changes_of(zone)
        # Many names are links: what has been looked at under another name is known.
        table = tuple((at, at.astimezone(zone).utcoffset()) for at in changes)
        if table in checked:
            continue
        checked.add(table)
        for change in changes:
            for minutes in (-90, -60, -30, -1, 0, 1, 15, 30, 59, 60, 61, 90):
                check_around(zone, change, minutes)
