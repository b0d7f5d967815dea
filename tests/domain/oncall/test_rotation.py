"""Whose turn it is, since when and until when, through every change of the clocks."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from escalate.domain.oncall import wall
from escalate.domain.oncall.rotation import Rotation

BINDING = {"normative", "reference-run", "derived"}
KINDS = {"rotation_handoffs", "rotation_shift", "rotation_timeline", "rotation_end_chain"}
PUBLISHED = [
    case
    for case in json.loads((Path(__file__).parents[2] / "samples/oncall_conformance.json").read_text())["cases"]
    if case["kind"] in KINDS and case["tier"] in BINDING
]
UNITS = {"hourly": "hours", "daily": "days", "weekly": "weeks", "monthly": "months"}
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rotation(zone, start, every="1 days", people="abc"):
    number, unit = every.split()
    plain = {"name": "desk", "zone": zone, "start": start, "every": int(number), "unit": unit, "people": [*people]}
    return Rotation.from_plain(plain)


def instant(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def local(at, zone):
    """As a person there would say it: `09-07 01:00 -03`."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%m-%d %H:%M} {f'{there:%z}'[:3]}"


def published(case):
    given = case["rotation"]
    people, now = given.get("participants") or ["p0", "p1"], given.get("current_index") or 0
    start = instant(given.get("current_start") or given["start"]).astimezone(ZoneInfo(case["timezone"]))
    return Rotation.from_plain(
        {
            "name": case["id"],
            "zone": case["timezone"],
            "start": start.replace(tzinfo=None).isoformat(),
            "every": given["shift_length"],
            "unit": UNITS[given["type"]],
            "people": people[now:] + people[:now],
        }
    )


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["id"])
def test_published_cases(case):
    desk = published(case)
    match case["kind"]:
        case "rotation_handoffs":
            got = desk.handoffs(instant(case["query"]["from"]), instant(case["query"]["to"]))
            assert got == [instant(at) for at in case["expected_handoffs"]]
        case "rotation_shift":
            start, end, _ = desk.shift(instant(case["at"]))
            want = {name: instant(at) for name, at in case["expected"].items() if name in {"start", "end"}}
            assert {name: at for name, at in {"start": start, "end": end}.items() if name in want} == want
        case "rotation_end_chain":
            at, ends = instant(case["at"]), []
            for _ in case["expected_ends"]:
                _, at, _ = desk.shift(at)
                ends.append(at)
            assert ends == [instant(end) for end in case["expected_ends"]]
        case "rotation_timeline":
            start, end = (instant(case["window"][edge]) for edge in ("from", "to"))
            # Some answers begin where the window does, some where the shift truly did; all end with it.
            want = [
                (each["user"], max(instant(each["start"]), start), instant(each["end"]))
                for each in case["expected_shifts"]
            ]
            got = [(person, max(begins, start), min(ends, end)) for begins, ends, person in desk.turns(start, end)]
            assert got == want


NEXT = [
    # zone, start, every; then hand-offs from the start on, one after the other
    (
        "a week of spring",
        "America/Chicago 2025-03-03T09:00 1 weeks",
        ["03-03 09:00 -06", "03-10 09:00 -05", "03-17 09:00 -05"],
    ),
    (
        "hours at :00, one of which is not there",
        "America/Chicago 2025-03-09T00:00 1 hours",
        ["03-09 00:00 -06", "03-09 01:00 -06", "03-09 03:00 -05", "03-09 04:00 -05"],
    ),
    (
        "hours at :30, two of them halved",
        "America/Chicago 2025-03-09T00:30 1 hours",
        ["03-09 00:30 -06", "03-09 01:30 -06", "03-09 03:00 -05", "03-09 03:30 -05", "03-09 04:30 -05"],
    ),
    (
        "hours in autumn, one of them double",
        "America/Chicago 2025-11-02T00:00 1 hours",
        ["11-02 00:00 -05", "11-02 01:00 -05", "11-02 02:00 -06", "11-02 03:00 -06"],
    ),
    (
        "eight hours keep their three clock times",
        "America/Chicago 2025-03-08T06:00 8 hours",
        ["03-08 06:00 -06", "03-08 14:00 -06", "03-08 22:00 -06", "03-09 06:00 -05", "03-09 14:00 -05"],
    ),
    (
        "nine hours move round the clock",
        "Europe/London 2025-06-01T00:00 9 hours",
        ["06-01 00:00 +01", "06-01 09:00 +01", "06-01 18:00 +01", "06-02 03:00 +01"],
    ),
    (
        "daily within the gap, and as ever the day after",
        "America/Chicago 2025-03-08T02:30 1 days",
        ["03-08 02:30 -06", "03-09 03:00 -05", "03-10 02:30 -05"],
    ),
    (
        "daily at a time shown twice: the first",
        "America/Chicago 2025-11-01T01:30 1 days",
        ["11-01 01:30 -05", "11-02 01:30 -05", "11-03 01:30 -06"],
    ),
    (
        "half an hour on Lord Howe",
        "Australia/Lord_Howe 2025-10-04T02:15 1 days",
        ["10-04 02:15 +10", "10-05 02:30 +11", "10-06 02:15 +11"],
    ),
    (
        "no midnight in Santiago",
        "America/Santiago 2025-09-06T00:00 1 days",
        ["09-06 00:00 -04", "09-07 01:00 -03", "09-08 00:00 -03"],
    ),
    (
        "no midnight in Beirut",
        "Asia/Beirut 2025-03-29T00:00 12 hours",
        ["03-29 00:00 +02", "03-29 12:00 +02", "03-30 01:00 +03", "03-30 12:00 +03"],
    ),
    (
        "two midnights in Cairo, in steps of an hour",
        "Africa/Cairo 2025-10-30T22:00 1 hours",
        ["10-30 22:00 +03", "10-30 23:00 +03", "10-31 00:00 +02", "10-31 01:00 +02"],
    ),
    (
        "Casablanca before Ramadan",
        "Africa/Casablanca 2025-02-22T02:00 1 days",
        ["02-22 02:00 +01", "02-23 02:00 +01", "02-24 02:00 +00"],
    ),
    (
        "a missing day whose midnight is the next one's",
        "Pacific/Apia 2011-12-28T00:00 1 days",
        ["12-28 00:00 -10", "12-29 00:00 -10", "12-31 00:00 +14", "01-01 00:00 +14"],
    ),
    (
        "a missing day with a hand-off in it",
        "Pacific/Apia 2011-12-28T09:00 1 days",
        ["12-28 09:00 -10", "12-29 09:00 -10", "12-31 00:00 +14", "12-31 09:00 +14"],
    ),
    (
        "a missing day in steps of eight hours",
        "Pacific/Apia 2011-12-29T08:00 8 hours",
        ["12-29 08:00 -10", "12-29 16:00 -10", "12-31 00:00 +14", "12-31 08:00 +14"],
    ),
    (
        "Kwajalein's missing day",
        "Pacific/Kwajalein 1993-08-20T00:00 1 days",
        ["08-20 00:00 -12", "08-22 00:00 +12", "08-23 00:00 +12"],
    ),
    (
        "a weekly hand-off on the missing day",
        "Pacific/Apia 2011-12-23T09:00 1 weeks",
        ["12-23 09:00 -10", "12-31 00:00 +14", "01-06 09:00 +14"],
    ),
    (
        "a gap at the turn of a year, which in UTC is still the year before",
        "Asia/Khandyga 2004-01-01T00:00 1 hours",
        ["01-01 01:00 +10", "01-01 02:00 +10", "01-01 03:00 +10"],
    ),
    (
        "month ends",
        "Europe/London 2025-01-31T09:00 1 months",
        ["01-31 09:00 +00", "02-28 09:00 +00", "03-31 09:00 +01", "04-30 09:00 +01", "05-31 09:00 +01"],
    ),
    (
        "month ends in a leap year",
        "UTC 2024-01-30T09:00 1 months",
        ["01-30 09:00 +00", "02-29 09:00 +00", "03-30 09:00 +00"],
    ),
    (
        "a leap day every year",
        "UTC 2024-02-29T09:00 12 months",
        ["02-29 09:00 +00", "02-28 09:00 +00", "02-28 09:00 +00", "02-28 09:00 +00", "02-29 09:00 +00"],
    ),
    (
        "quarters from November",
        "UTC 2025-11-30T00:00 3 months",
        ["11-30 00:00 +00", "02-28 00:00 +00", "05-30 00:00 +00"],
    ),
    (
        "a month that ends within a gap",
        "America/Chicago 2025-02-09T02:30 1 months",
        ["02-09 02:30 -06", "03-09 03:00 -05", "04-09 02:30 -05"],
    ),
    (
        "daily over a leap day",
        "UTC 2024-02-28T12:00 1 days",
        ["02-28 12:00 +00", "02-29 12:00 +00", "03-01 12:00 +00"],
    ),
]


@pytest.mark.parametrize(("given", "handoffs"), [row[1:] for row in NEXT], ids=[row[0] for row in NEXT])
def test_hand_offs_follow_each_other_and_each_moves_on_by_one_person(given, handoffs):
    zone, start, every = given.split(maxsplit=2)
    desk = rotation(zone, start, every, people="abcdefg")
    at, got = wall.first_showing(datetime.fromisoformat(start), ZoneInfo(zone)), []
    for person in "abcdefg"[: len(handoffs)]:
        begins, ends, whose = desk.shift(at)
        assert (begins, whose, desk.person(ends - MINUTE)) == (at, person, person)
        got.append(local(begins, zone))
        at = ends
    assert got == handoffs


def test_the_week_of_a_change_is_an_hour_shorter_or_longer():
    desk = rotation("America/Chicago", "2025-01-06T09:00", "1 weeks")
    lengths = {local(b, "America/Chicago"): (e - b) / HOUR for b, e, _ in desk.turns(*year(2025)) if e - b != 7 * DAY}
    assert lengths == {"03-03 09:00 -06": 167, "10-27 09:00 -05": 169}


@pytest.mark.parametrize(
    ("zone", "hours"), [("Europe/Paris", {23, 24, 25}), ("Australia/Lord_Howe", {23.5, 24, 24.5}), ("UTC", {24})]
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone, hours):
    desk = rotation(zone, "2025-01-06T09:00")
    assert {(e - b) / HOUR for b, e, _ in desk.turns(*year(2025))} == hours


def year(number):
    return datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["America/Chicago", "America/Santiago", "Pacific/Apia", "Africa/Casablanca"])
def test_hours_that_make_a_day_are_a_daily_rotation(zone):
    hours, days = rotation(zone, "2011-01-06T09:30", "24 hours"), rotation(zone, "2011-01-06T09:30", "1 days")
    assert [*hours.turns(*year(2011))] == [*days.turns(*year(2011))]


def test_people_follow_each_other_in_both_directions_without_end():
    desk = rotation("Europe/Paris", "2026-01-05T09:00", "1 weeks")
    start = instant("2026-01-05T09:00+01:00")
    whose = {weeks: desk.person(start + weeks * 7 * DAY) for weeks in range(-4, 5)}
    assert "".join(whose.values()) == "cabcabcab"
    assert whose[0] == "a"
    assert desk.person(start - SECOND) == "c"
    assert desk.person(start) == "a"
    assert desk.person(instant("1990-01-01T00:00Z")) in "abc"
    assert desk.person(instant("2200-01-01T00:00Z")) in "abc"


def test_a_turn_is_half_open():
    desk = rotation("UTC", "2026-01-05T09:00")
    begins, ends, _ = desk.shift(instant("2026-01-05T09:00Z"))
    assert (begins, ends) == (instant("2026-01-05T09:00Z"), instant("2026-01-06T09:00Z"))
    assert desk.shift(ends - timedelta(microseconds=1))[0] == begins
    assert desk.shift(ends)[0] == ends


def test_somebody_alone_hands_over_to_themselves():
    desk = rotation("UTC", "2026-01-05T09:00", people="a")
    assert desk.handoffs(instant("2026-01-05T10:00Z"), instant("2026-01-06T10:00Z")) == [
        instant(f"2026-01-0{day}T09:00Z") for day in (5, 6, 7)
    ]
    assert desk.person(instant("2025-07-01T00:00Z")) == "a"


def test_a_repeated_hour_has_one_answer():
    desk = rotation("America/Chicago", "2025-11-02T00:30", "1 hours")
    # 01:30 is shown twice; the hand-off is at the first, and that turn goes on over the second.
    begins, ends = instant("2025-11-02T01:30-05:00"), instant("2025-11-02T02:30-06:00")
    for at in ("01:30-05:00", "01:15-06:00", "01:30-06:00", "01:45-06:00", "02:29-06:00"):
        assert desk.shift(instant(f"2025-11-02T{at}")) == (begins, ends, "b")


@pytest.mark.parametrize(
    ("start", "whose"),
    [
        ("2025-03-09T02:00", {"01:30-06:00": "c", "03:00-05:00": "a", "04:00-05:00": "b"}),
        ("2025-03-09T03:00", {"01:30-06:00": "c", "03:00-05:00": "a", "04:00-05:00": "b"}),
        ("2025-03-09T04:00", {"01:30-06:00": "b", "03:00-05:00": "c", "04:00-05:00": "a"}),
    ],
)
def test_a_rotation_that_starts_at_a_gap(start, whose):
    desk = rotation("America/Chicago", start, "1 hours")
    assert {at: desk.person(instant(f"2025-03-09T{at}")) for at in whose} == whose


def test_seconds_of_the_start_are_dropped():
    assert rotation("UTC", "2026-01-05T09:00:59").start == datetime(2026, 1, 5, 9, 0)


def test_no_number_means_one():
    assert rotation("UTC", "2026-01-05T09:00", "0 days") == rotation("UTC", "2026-01-05T09:00", "1 days")


def test_what_is_written_is_what_was_read():
    desk = rotation("Europe/Paris", "2026-01-05T09:00", "2 weeks")
    assert Rotation.from_plain(desk.plain()) == desk
    assert json.loads(json.dumps(desk.plain()))["start"] == "2026-01-05T09:00"


def test_turns_that_touch_a_window():
    desk = rotation("UTC", "2026-01-05T09:00")
    nine = instant("2026-01-06T09:00Z")
    assert [*desk.turns(nine, nine)] == []
    assert [*desk.turns(nine, nine - DAY)] == []
    assert [*desk.turns(nine, nine + MINUTE)] == [(nine, nine + DAY, "b")]
    assert [*desk.turns(nine - MINUTE, nine)] == [(nine - DAY, nine, "a")]
    assert [person for _, _, person in desk.turns(nine - MINUTE, nine + DAY + MINUTE)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("06T12:00", "06T12:00", [6, 7]),
        ("06T09:00", "06T09:00", [6, 7]),
        ("06T08:59", "06T09:00", [5, 6, 7]),
        ("06T09:00", "07T08:59", [6, 7]),
        ("06T09:00", "07T09:00", [6, 7, 8]),
    ],
)
def test_hand_offs_from_the_start_of_the_first_turn_to_the_end_of_the_last(start, end, days):
    desk = rotation("UTC", "2026-01-05T09:00")
    got = desk.handoffs(instant(f"2026-01-{start}Z"), instant(f"2026-01-{end}Z"))
    assert got == [instant(f"2026-01-0{day}T09:00Z") for day in days]


def test_five_years_of_hours_are_not_walked():
    desk = rotation("America/New_York", "2021-01-01T00:30", "1 hours", people="abcde")
    start, end = instant("2021-01-01T00:30-05:00"), instant("2026-01-01T00:00-05:00")
    walked = {begins: person for begins, _, person in desk.turns(start, end)}
    for begins in [*walked][:: len(walked) // 50]:
        assert desk.person(begins) == walked[begins]
    # At :30 no hand-off is lost: each spring two turns of half an hour stand where one was.
    assert len(walked) == 5 * 365 * 24 + 24
