"""What holds for every period, wherever it is counted: through each clock change, over weekends, holidays, month ends."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.domain.clocks.calendar import Calendar, Dates
from escalate.domain.clocks.counting import count
from escalate.domain.clocks.rules import RULES, rule
from escalate.domain.oncall import wall

pytestmark = pytest.mark.slow

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)

ZONES = [
    "UTC", "Europe/Brussels", "Europe/London", "Europe/Lisbon", "Europe/Moscow", "Europe/Istanbul", "Atlantic/Azores",
    "America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "America/Havana", "America/St_Johns", "America/Santiago",
    "America/Caracas", "America/Scoresbysund", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Singapore", "Asia/Beirut",
    "Asia/Gaza", "Asia/Tehran", "Asia/Pyongyang", "Africa/Casablanca", "Africa/Cairo", "Australia/Lord_Howe",
    "Australia/Adelaide", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati", "Antarctica/Troll",
]  # fmt: skip

days_of_a_year = st.dates(date(2024, 1, 1), date(2029, 12, 31))
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@st.composite
def weeks_with_holidays(draw):
    """A start, a calendar, and holidays that stand so thick around it that they matter."""
    start, zone = draw(moments), draw(zones)
    near = st.integers(-3, 40).map(lambda n: start.date() + n * DAY)
    return start, Calendar(zone=zone, holidays=(Dates(days=dict.fromkeys(draw(st.sets(near, max_size=12)), "x")),))


def free(day, calendar):
    return day.weekday() >= 5 or day in calendar.holidays[0].days


def between(after, until):
    return [after + n * DAY for n in range(1, (until - after).days + 1)]


def last_day(at, calendar):
    return at.astimezone(calendar.zone).date()


@pytest.mark.parametrize("zone", ZONES)
def test_hours_through_every_clock_change(zone):
    zone = ZoneInfo(zone)
    for change in wall.changes(zone, datetime(2009, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)):
        for before in (timedelta(0), SECOND, 20 * timedelta(minutes=1), 5 * HOUR, 71 * HOUR):
            for n in (1, 24, 72):
                start = change - before
                elapsed = count(rule("elapsed_hours", n, "hours"), n, start, Calendar(zone=zone))
                eu = count(rule("eu_hours", n, "hours"), n, start, Calendar(zone=zone))

                assert elapsed.strict == elapsed.outer == eu.strict == start + n * HOUR
                assert timedelta(0) < eu.outer - eu.strict <= HOUR


@given(weeks_with_holidays(), st.sampled_from(sorted(RULES)), st.integers(1, 60), st.booleans(), st.integers(0, 100))
def test_strict_is_never_later_than_outer(given_, name, n, noon, earlier):
    start, calendar = given_
    text = f"{name}; dora_noon" if noon and name not in ("keep_until", "us_sec_business_days") else name

    found = count(rule(text, n, RULES[name]), n, start, calendar, aware=start - earlier * HOUR)

    assert found.strict <= found.outer
    assert found.strict > start or name == "dora_min"
    assert found.strict.tzinfo is found.outer.tzinfo is UTC
    assert all(step.step.endswith(".") for step in found.trace)


@given(weeks_with_holidays(), st.integers(1, 30))
def test_days_end_with_the_first_day_that_article_3_allows(given_, n):
    start, calendar = given_
    found = count(rule("eu_days", n, "days"), n, start, calendar)
    zero = last_day(start, calendar)

    def allowed(day):
        worked = sum(not free(each, calendar) for each in between(zero, day))
        return not free(day, calendar) and (n < 2 or worked >= 2)

    first = next(day for day in (zero + k * DAY for k in range(n, n + 120)) if allowed(day))
    assert found.strict == calendar.end_of(zero + n * DAY)
    assert found.outer == calendar.end_of(first)


@given(days_of_a_year, zones, st.integers(1, 48))
def test_months_end_on_the_same_date_or_the_last_of_the_month(day, zone, n):
    start = wall.first(day, datetime.min.time().replace(hour=10), zone)
    found = count(rule("eu_months", n, "months"), n, start, Calendar(zone=zone))
    end = found.strict.astimezone(zone).date()

    assert (end.year - day.year) * 12 + end.month - day.month == n
    assert end.day == day.day or (end.day < day.day and end.day == monthrange(end.year, end.month)[1])
    assert found.outer.astimezone(zone).weekday() < 5
    assert found.outer - found.strict < 3 * DAY


@pytest.mark.parametrize("n", range(1, 61))
def test_months_from_29_february(n):
    zone = ZoneInfo("Europe/Brussels")
    start = datetime(2028, 2, 29, 10, 0, tzinfo=zone)
    end = count(rule("eu_months", n, "months"), n, start, Calendar(zone=zone)).strict.astimezone(zone)

    is_leap = monthrange(end.year, 2)[1] == 29
    assert end.day == (28 if end.month == 2 and not is_leap else 29)


@given(weeks_with_holidays(), st.integers(1, 20))
def test_business_days_hold_so_many_working_days_and_end_on_one(given_, n):
    start, calendar = given_
    found = count(rule("business_days_after", n, "business_days"), n, start, calendar)
    end = next(
        day
        for day in between(last_day(start, calendar), date(2031, 1, 1))
        if calendar.end_of(day) == found.strict and not free(day, calendar)
    )

    assert sum(not free(day, calendar) for day in between(last_day(start, calendar), end)) == n


@given(weeks_with_holidays(), st.integers(1, 20))
def test_the_sec_counts_as_its_instruction_says(given_, n):
    """From a day that is not worked the period begins on, and includes, the next business day; else on the day after."""
    start, calendar = given_
    there = ZoneInfo("America/New_York")
    day = start.astimezone(there).date()
    if free(day, calendar):
        while free(day, calendar):
            day += DAY
        left = n - 1
    else:
        left = n
    while left:
        day += DAY
        left -= not free(day, calendar)

    found = count(rule("us_sec_business_days", n, "business_days"), n, start, calendar)

    assert found.strict.astimezone(there).replace(tzinfo=None) == datetime.combine(day, datetime.min.time()).replace(
        hour=17, minute=30
    )


@given(weeks_with_holidays(), st.integers(1, 30))
def test_the_end_of_a_day_is_the_second_before_another_day(given_, n):
    start, calendar = given_
    end = calendar.end_of(last_day(start, calendar) + n * DAY)

    assert last_day(end + SECOND, calendar) > last_day(end, calendar)
