"""The library that everybody uses is the measure; we only need to stop where it does not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from escalate.domain.oncall.recurrence import from_parts, walls

pytestmark = pytest.mark.slow

START = datetime(2026, 1, 5, 9, 0)


def parts(text):
    return {name: values.split(",") for name, values in (part.split("=") for part in text.split(";"))}


def days(text, start=START, begin=START, end=datetime(2027, 1, 1), until=None):
    return [f"{at:%m-%d %H}" for at in walls(from_parts(parts(text), until), start, begin, end)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param("FREQ=DAILY;COUNT=3", ["01-05 09", "01-06 09", "01-07 09"], id="a count"),
        pytest.param("FREQ=WEEKLY;BYDAY=MO,FR;COUNT=4", ["01-05 09", "01-09 09", "01-12 09", "01-16 09"], id="weekdays"),
        pytest.param("FREQ=WEEKLY;INTERVAL=2;COUNT=3", ["01-05 09", "01-19 09", "02-02 09"], id="every other week"),
        pytest.param("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", ["01-05 09", "01-30 09", "02-27 09"], id="last Friday, and the start"),
        pytest.param("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", ["01-05 09", "01-31 09", "03-31 09"], id="a month without a 31st"),
        pytest.param("FREQ=DAILY;BYHOUR=9,21;COUNT=3", ["01-05 09", "01-05 21", "01-06 09"], id="twice a day"),
        pytest.param("FREQ=DAILY;INTERVAL=7;BYDAY=TU", ["01-05 09"], id="a rule that never comes true ends"),
        pytest.param("FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2", ["01-05 09"], id="nor 30 February"),
        pytest.param("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=50", ["01-05 09"], id="nor the fiftieth Monday"),
        pytest.param("FREQ=YEARLY;COUNT=1", ["01-05 09"], id="once"),
    ],
)  # fmt: skip
def test_rules(rule, expected):
    assert days(rule) == expected


def test_29_february_comes_in_leap_years_only():
    start = datetime(2024, 2, 29, 9, 0)

    found = list(walls(from_parts(parts("FREQ=YEARLY"), None), start, start, datetime(2034, 1, 1)))

    assert [at.year for at in found] == [2024, 2028, 2032]


def test_until_counts_itself():
    assert days("FREQ=DAILY", until=datetime(2026, 1, 6, 9, 0)) == ["01-05 09", "01-06 09"]


def test_a_count_goes_from_the_start_and_not_from_where_one_looks():
    assert days("FREQ=DAILY;COUNT=4", begin=datetime(2026, 1, 7)) == ["01-07 09", "01-08 09"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=X", "INTERVAL=1", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;BYSECOND=1", "FREQ=YEARLY;BYEASTER=0", "FREQ=DAILY;BYHOUR=24", "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYDAY=XX", "FREQ=MONTHLY;BYDAY=99MO", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=DAILY;INTERVAL=x",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4;BYMINUTE=0,1,2,3,4", "FREQ=WEEKLY;WKST=XX",
    ],
)  # fmt: skip
def test_what_no_shift_does_is_refused(rule):
    with pytest.raises(ValueError):
        from_parts(parts(rule), None)


def test_what_would_take_too_long_to_walk_through_is_refused():
    rule = from_parts(parts("FREQ=DAILY;COUNT=90000"), None)

    with pytest.raises(ValueError, match="too often"):
        list(walls(rule, datetime(1970, 1, 1), START, datetime(2999, 1, 1)))


WEEKDAYS = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=3, unique=True)


def joined(name, values):
    return values.map(lambda found: f";{name}={','.join(map(str, found))}")


def some(low, high):
    return st.lists(st.integers(low, high).filter(bool), min_size=1, max_size=3, unique=True)


@st.composite
def rules(draw):
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    text = f"FREQ={frequency};INTERVAL={draw(st.integers(1, 5))}"
    may = [joined("BYDAY", WEEKDAYS), joined("BYMONTH", some(1, 12)), joined("BYHOUR", some(1, 23))]
    if frequency in {"MONTHLY", "YEARLY"}:
        nth = st.lists(
            st.tuples(st.integers(-5, 5).filter(bool), st.sampled_from(["MO", "SU"])), min_size=1, max_size=2
        )
        may += [
            joined("BYDAY", nth.map(lambda found: [f"{n}{day}" for n, day in found])),
            joined("BYMONTHDAY", some(-31, 31)),
        ]
    chosen = {}
    for part in draw(st.lists(st.sampled_from(may), max_size=3, unique_by=id)):
        found = draw(part)
        chosen[found.split("=")[0]] = found
    if ";BYDAY" in chosen and ";BYMONTHDAY" in chosen and any(letter.isdigit() for letter in chosen[";BYDAY"]):
        del chosen[";BYMONTHDAY"]
    # Of its first week dateutil counts the positions from the start on, RFC 5545 from the week's beginning, as we do.
    if len(chosen) > 1 and frequency in {"MONTHLY", "YEARLY"} and draw(st.booleans()):
        chosen["set"] = f";BYSETPOS={draw(st.sampled_from([1, 2, -1]))}"
    week_start = f";WKST={draw(st.sampled_from(['MO', 'SU']))}" if frequency == "WEEKLY" else ""
    return text + "".join(chosen.values()) + week_start


@given(rules(), st.integers(0, 1500), st.integers(0, 800))
def test_it_agrees_with_dateutil(rule, ago, ahead):
    start = datetime(2024, 1, 1, 9, 30) + timedelta(days=ago)
    begin, end = start + timedelta(days=ahead), start + timedelta(days=ahead + 400)
    theirs = rrulestr(f"{rule};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=start)
    expected = {at for at in theirs if begin <= at < end}

    ours = list(walls(from_parts(parts(rule), None), start, begin, end))

    assume(len(expected) < 3000)
    assert set(ours) - {start} == expected - {start}
    assert ours == sorted(set(ours))
