from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.cli.times import ago, duration, parse_future, parse_past, short, shown, zone
from escalate.errors import EscalateError, Usage

NOW = datetime(2026, 11, 21, 21, 7, 14, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")  # UTC+1 at NOW
LONDON = ZoneInfo("Europe/London")
APIA = ZoneInfo("Pacific/Apia")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        pytest.param("now", "2026-11-21T21:07:14", "exact", id="now"),
        pytest.param("2026-11-21T20:00:01Z", "2026-11-21T20:00:01", "exact", id="UTC"),
        pytest.param("2026-11-21T20:00Z", "2026-11-21T20:00", "minute", id="without seconds"),
        pytest.param("2026-11-21t20:00z", "2026-11-21T20:00", "minute", id="small letters"),
        pytest.param("2026-11-21 20:00:01.25+05:30", "2026-11-21T14:30:01.250000", "exact", id="offset and fraction"),
        pytest.param("2026-11-21T20:00:01,123456789-0800", "2026-11-22T04:00:01.123456", "exact", id="nanoseconds"),
        pytest.param("2026-11-21 20:00 UTC", "2026-11-21T20:00", "minute", id="UTC in letters"),
        pytest.param("2026-11-21 20:00", "2026-11-21T19:00", "minute", id="the reader's zone"),
        pytest.param("2026-07-01T20:00:00", "2026-07-01T18:00", "exact", id="the reader's zone in summer"),
        pytest.param("22:07", "2026-11-21T21:07", "minute", id="this very minute"),
        pytest.param("22:08", "2026-11-20T21:08", "minute", id="a time of day that is yet to come was yesterday's"),
        pytest.param("9:30:05", "2026-11-21T08:30:05", "exact", id="a time of day with seconds"),
        pytest.param("21:07Z", "2026-11-21T21:07", "minute", id="a time of day in UTC"),
        pytest.param("20m ago", "2026-11-21T20:47:14", "minute", id="minutes ago"),
        pytest.param("1h30m ago", "2026-11-21T19:37:14", "minute", id="hours and minutes ago"),
        pytest.param("2 hours ago", "2026-11-21T19:07:14", "minute", id="in words"),
        pytest.param("1 hour 5 minutes ago", "2026-11-21T20:02:14", "minute", id="in more words"),
        pytest.param("90s ago", "2026-11-21T21:05:44", "exact", id="seconds ago"),
        pytest.param("3d ago", "2026-11-18T21:07:14", "minute", id="days ago"),
        pytest.param("yesterday 14:00", "2026-11-20T13:00", "minute", id="yesterday"),
        pytest.param("  Today  at 09:30 ", "2026-11-21T08:30", "minute", id="today, however spaced"),
    ],
)
def test_when_something_happened(text, at, precision):
    moment = parse_past(text, NOW, BERLIN)

    assert (moment.at, moment.precision) == (utc(at), precision)
    assert moment.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param("in 20m", "2026-11-21T21:27:14", id="from now"),
        pytest.param("+20m", "2026-11-21T21:27:14", id="the same, shorter"),
        pytest.param("tomorrow 09:00", "2026-11-22T08:00", id="tomorrow"),
        pytest.param("22:08", "2026-11-21T21:08", id="a time of day that is yet to come"),
        pytest.param("22:07", "2026-11-22T21:07", id="a time of day that has been is tomorrow's"),
        pytest.param("2026-12-01T09:00Z", "2026-12-01T09:00", id="a date"),
        pytest.param("20m ago", "2026-11-21T20:47:14", id="the past can be named too"),
    ],
)
def test_when_something_is_planned(text, at):
    assert parse_future(text, NOW, BERLIN).at == utc(at)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "14", "2130", "9pm", "monday", "yesterday", "today", "ago", "m ago", "5 ago", "20 parsecs ago",
        "30m1h ago", "1h1h ago", "20m ago now", "-20m", "in 20m", "+20m", "tomorrow 09:00", "1761234567",
        "99999999999999999999", "999999999d ago", "2026-11-21T", "2026-11-21T21", "2026-W47-6T10:00", "2026-325T10:00",
        "21/11/2026 10:00", "11-21-2026 10:00", "2026-11-21T10:00+1", "2026-11-21 10:00 CET", "２１:07", "noon",
        "2026-11-21T10:00Z tomorrow", "now now", "\ud800",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error_that_shows_the_forms(text):
    with pytest.raises(Usage) as error:
        parse_past(text, NOW, BERLIN)

    assert "20m ago" in error.value.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("2019-02-29T10:00Z", "The calendar has no 2019-02-29.", id="a day that was not"),
        pytest.param("2026-13-01 10:00", "The calendar has no 2026-13-01.", id="a month that is not"),
        pytest.param("2026-11-21T24:00Z", "No clock shows", id="hour 24"),
        pytest.param("25:00", "No clock shows", id="hour 25"),
        pytest.param("2026-11-21T10:00:60Z", "No clock shows", id="a leap second"),
        pytest.param("2026-11-21T10:00+99:00", "No zone is '+99:00' away from UTC.", id="an offset that is not"),
        pytest.param("0026-11-21T10:00Z", "is in the year 26", id="a year too few digits"),
        pytest.param("9999-12-31T23:59-12:00", "is in the year 9999", id="the end of the calendar"),
        pytest.param("2026-11-20", "is a date without a time", id="a date alone"),
        pytest.param("x\x1b[2Jy", "'x␛[2Jy'", id="what is not shown raw"),
    ],
)
def test_errors_name_what_is_wrong(text, says):
    for parse in (parse_past, parse_future):
        with pytest.raises(Usage) as error:
            parse(text, NOW, BERLIN)

        assert says in error.value.message
        assert error.value.hint


def test_without_a_zone_a_time_says_its_own():
    assert parse_past("2026-11-21T10:00+01:00", NOW, None).at == utc("2026-11-21T09:00")
    assert parse_past("20m ago", NOW, None).at == utc("2026-11-21T20:47:14")
    for text in ("2026-11-21 10:00", "10:00", "yesterday 10:00"):
        with pytest.raises(Usage, match="does not say its zone"):
            parse_past(text, NOW, None)


@pytest.mark.parametrize(
    ("name", "text", "at"),
    [
        pytest.param("Europe/Berlin", "2026-11-20", "2026-11-19T23:00", id="midnight"),
        pytest.param("America/Santiago", "2026-09-06", "2026-09-06T04:00", id="a day that begins at one"),
        pytest.param(
            "America/Havana",
            "2026-11-01",
            "2026-11-01T04:00",
            id="a day with two midnights begins at the first",
        ),
    ],
)
def test_a_date_alone_is_its_first_instant_where_days_will_do(name, text, at):
    moment = parse_past(text, NOW, ZoneInfo(name), day_ok=True)

    assert (moment.at, moment.precision) == (utc(at), "day")


@pytest.mark.parametrize(
    ("name", "text", "says", "candidates"),
    [
        pytest.param(
            "Europe/London", "2026-10-25 01:30", "is there twice in Europe/London",
            ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"], id="twice",
        ),
        pytest.param(
            "Europe/London", "2026-03-29 01:30", "There is no 01:30 on 2026-03-29 in Europe/London",
            ["2026-03-29T00:59:59+00:00", "2026-03-29T02:00:00+01:00"], id="never",
        ),
        pytest.param(
            "Australia/Lord_Howe", "2026-04-05 01:45", "is there twice",
            ["2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30"], id="half an hour twice",
        ),
        pytest.param(
            "Pacific/Apia", "2011-12-30 12:00", "There is no 12:00 on 2011-12-30",
            ["2011-12-29T23:59:59-10:00", "2011-12-31T00:00:00+14:00"], id="a whole day never",
        ),
    ],
)  # fmt: skip
def test_local_times_that_are_not_one_instant_are_refused_with_candidates(name, text, says, candidates):
    with pytest.raises(Usage) as error:
        parse_past(text, NOW, ZoneInfo(name))

    assert says in error.value.message
    assert all(candidate in error.value.hint for candidate in candidates)


@pytest.mark.parametrize(
    ("now", "text", "parse", "at"),
    [
        pytest.param("2026-03-29T00:30", "01:30", parse_past, "2026-03-28T01:30", id="before the gap: yesterday's"),
        pytest.param("2026-03-29T01:30", "01:30", parse_past, None, id="after the gap: which?"),
        pytest.param("2026-03-29T01:30", "01:30", parse_future, "2026-03-30T00:30", id="after the gap: tomorrow's"),
        pytest.param("2026-03-29T00:30", "01:30", parse_future, None, id="before the gap: which?"),
        pytest.param("2026-10-25T00:10", "01:30", parse_past, "2026-10-24T00:30", id="before both: yesterday's"),
        pytest.param("2026-10-25T00:40", "01:30", parse_past, None, id="between both: which?"),
        pytest.param("2026-10-25T02:00", "01:30", parse_past, None, id="after both: which?"),
        pytest.param("2026-10-25T02:00", "01:30", parse_future, "2026-10-26T01:30", id="after both: tomorrow's"),
        pytest.param("2026-10-25T00:40", "01:30", parse_future, None, id="planned between both: which?"),
    ],
)
def test_a_time_of_day_on_the_night_the_clocks_change(now, text, parse, at):
    if at is None:
        with pytest.raises(Usage, match=r"twice|no 01:30"):
            parse(text, utc(now), LONDON)
    else:
        assert parse(text, utc(now), LONDON).at == utc(at)


def test_on_the_islands_that_crossed_the_date_line():
    now = datetime(2011, 12, 31, 1, tzinfo=APIA).astimezone(UTC)

    with pytest.raises(Usage, match="There is no 14:00 on 2011-12-30"):
        parse_past("14:00", now, APIA)


ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia"]
CHANGES = {
    name: [
        hour
        for hour in (datetime(2011, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 365 * 2))
        if hour.astimezone(ZoneInfo(name)).utcoffset()
        != (hour + timedelta(hours=1)).astimezone(ZoneInfo(name)).utcoffset()
    ]
    for name in ZONES
}


@st.composite
def around_changes(draw):
    name = draw(st.sampled_from(ZONES))
    instant = draw(st.sampled_from(CHANGES[name])) + timedelta(minutes=draw(st.integers(-26 * 60, 26 * 60)))
    return instant, ZoneInfo(name)


@given(around_changes())
@settings(max_examples=150, deadline=None)
def test_an_instant_written_down_is_read_back_or_refused_as_one_of_two(case):
    instant, place = case
    local = instant.astimezone(place)

    assert parse_past(local.isoformat(), NOW, LONDON).at == instant
    others = {
        other for minutes in (-24 * 60, -60, -30, 30, 60, 24 * 60)
        if (other := instant + timedelta(minutes=minutes)).astimezone(place).replace(tzinfo=None) == local.replace(tzinfo=None)
    }  # fmt: skip
    if others:
        with pytest.raises(Usage, match="twice") as error:
            parse_past(f"{local:%Y-%m-%d %H:%M}", NOW, place)
        assert local.isoformat() in error.value.hint
    else:
        assert parse_past(f"{local:%Y-%m-%d %H:%M}", NOW, place).at == instant


@given(around_changes())
@settings(max_examples=150, deadline=None)
def test_a_wall_clock_is_read_as_what_it_shows_or_refused(case):
    instant, place = case
    wall = instant.astimezone(place).replace(tzinfo=None) + timedelta(minutes=30)

    shows = [
        at for minutes in range(-27 * 60, 27 * 60, 30)
        if (at := instant + timedelta(minutes=minutes)).astimezone(place).replace(tzinfo=None) == wall
    ]  # fmt: skip

    if len(shows) == 1:
        assert parse_past(wall.isoformat(), NOW, place).at == shows[0]
    else:
        with pytest.raises(Usage, match="twice" if shows else "There is no"):
            parse_past(wall.isoformat(), NOW, place)


@given(around_changes(), st.integers(0, 24 * 60 - 1))
@settings(max_examples=150, deadline=None)
def test_a_time_of_day_is_the_nearest_in_its_direction(case, minute):
    now, place = case
    text = f"{minute // 60:02}:{minute % 60:02}"

    for parse, sign in ((parse_past, -1), (parse_future, 1)):
        try:
            at = parse(text, now, place).at
        except Usage:
            continue
        assert f"{at.astimezone(place):%H:%M}" == text
        assert timedelta(0) <= (at - now) * sign <= timedelta(hours=49)


@given(st.text(max_size=30))
@settings(max_examples=40, deadline=None)
def test_no_text_breaks_the_reading(text):
    errors = []
    for read in (lambda: parse_past(text, NOW, BERLIN), lambda: duration(text), lambda: zone(f"x{text}")):
        try:
            read()
        except EscalateError as error:
            errors.append(error)

    assert all(error.hint for error in errors)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(minutes=90)),
        ("1H 30min", timedelta(minutes=90)),
        ("2 days", timedelta(days=2)),
        ("1 week", timedelta(days=7)),
        ("0m", timedelta(0)),
    ],
)
def test_durations(text, length):
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5x", "1.5h", "30m1h", "1h1h", "999999d", "5m ago", "２m"])
def test_what_is_no_duration(text):
    with pytest.raises(Usage, match="No duration"):
        duration(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("UTC", "2026-11-21 21:07:14Z"),
        ("Europe/Berlin", "2026-11-21 21:07:14Z (22:07:14 CET)"),
        ("Australia/Sydney", "2026-11-21 21:07:14Z (2026-11-22 08:07:14 AEDT)"),
    ],
)
def test_times_are_shown_in_utc_and_beside_it_in_the_reader_s_zone(name, expected):
    assert shown(NOW, zone(name)) == expected


def test_a_short_time_is_in_utc():
    assert short(NOW.astimezone(BERLIN)) == "21:07:14Z"


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=3, seconds=59), "3 min"),
        (timedelta(hours=2, minutes=5), "2 h 05 min"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
        (timedelta(minutes=-3), "-3 min"),
    ],
)
def test_ago(delta, expected):
    assert ago(delta) == expected
