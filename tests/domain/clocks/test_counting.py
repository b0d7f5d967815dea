"""The test vectors of the clock rules, and the edges of each rule."""

from __future__ import annotations

import pytest

from domain.clocks.counted import counted, ends
from escalate.domain.clocks.rules import rule
from escalate.errors import Refused

BRUSSELS, NEW_YORK = "Europe/Brussels", "America/New_York"
FRIDAY = "2026-11-20 14:20"
DORA = "dora_min(classification+4h, awareness+24h); if classified after 24 h: classification+4h"

VECTORS = [
    pytest.param(("eu_hours", 72, "hours", FRIDAY, BRUSSELS), "2026-11-23 14:20:00", "2026-11-23 15:00:00", id="GDPR 72 h"),
    pytest.param(("eu_days", 2, "days", FRIDAY, BRUSSELS), "2026-11-22 23:59:59", "2026-11-24 23:59:59", id="AI Act 2 days"),
    pytest.param(("eu_days", 10, "days", FRIDAY, BRUSSELS), "2026-11-30 23:59:59", None, id="AI Act 10 days"),
    pytest.param(("eu_days", 15, "days", FRIDAY, BRUSSELS), "2026-12-05 23:59:59", "2026-12-07 23:59:59", id="AI Act 15 days"),
    pytest.param(
        ("eu_days", 2, "days", "2026-12-23 09:05", BRUSSELS, ("2026-12-25", "2026-12-26")),
        "2026-12-25 23:59:59", "2026-12-28 23:59:59", id="AI Act 2 days, over Christmas",
    ),
    pytest.param(
        ("elapsed_hours", 72, "hours", "2026-10-24 23:30", BRUSSELS), "2026-10-27 22:30:00", None, id="72 h, clocks back",
    ),
    pytest.param(
        ("eu_hours", 72, "hours", "2026-10-24 23:30", BRUSSELS), "2026-10-27 22:30:00", "2026-10-27 23:00:00",
        id="72 h, clocks back, event hour excluded",
    ),
    pytest.param(
        ("eu_months", 1, "months", "2026-01-31 10:00", BRUSSELS), "2026-02-28 23:59:59", "2026-03-02 23:59:59", id="1 month",
    ),
    pytest.param(
        ("dora_min; dora_noon", 4, "hours", "2026-11-21 06:00", BRUSSELS, (), "2026-11-20 08:00"),
        "2026-11-21 08:00:00", "2026-11-23 12:00:00", id="DORA initial",
    ),
    pytest.param(
        (f"{DORA}; dora_noon", 4, "hours", "2026-11-21 14:00", BRUSSELS, (), "2026-11-20 08:00"),
        "2026-11-21 18:00:00", "2026-11-23 12:00:00", id="DORA, classified late",
    ),
    pytest.param(
        ("us_sec_business_days", 4, "business_days", "2026-11-16 09:00", NEW_YORK), "2026-11-20 17:30:00", None, id="SEC",
    ),
    pytest.param(
        ("us_sec_business_days", 4, "business_days", "2026-11-20 17:00", NEW_YORK, ("2026-11-26",)),
        "2026-11-27 17:30:00", None, id="SEC, Thanksgiving",
    ),
    pytest.param(
        ("us_sec_business_days", 4, "business_days", "2026-11-21 11:00", NEW_YORK, ("2026-11-26",)),
        "2026-11-27 17:30:00", None, id="SEC, from a Saturday",
    ),
    pytest.param(
        ("calendar_days", 15, "days", FRIDAY, "America/Los_Angeles"), "2026-12-05 23:59:59", None, id="SB 53, 15 days",
    ),
    pytest.param(
        ("elapsed_hours", 24, "hours", FRIDAY, "America/Los_Angeles"), "2026-11-21 14:20:00", None, id="SB 53, 24 h",
    ),
    pytest.param(("calendar_days", 3, "days", FRIDAY, "Asia/Singapore"), "2026-11-23 23:59:59", None, id="PDPA"),
    pytest.param(("calendar_days", 60, "days", FRIDAY, NEW_YORK), "2027-01-19 23:59:59", None, id="HIPAA"),
    pytest.param(
        ("elapsed_hours", 6, "hours", "2026-11-20 22:30", "Asia/Kolkata"), "2026-11-21 04:30:00", None, id="CERT-In",
    ),
    pytest.param(
        ("keep_until", 1, "years", "2028-02-29 12:00", NEW_YORK), "2029-03-01 00:00:00", None, id="CyberTip, kept a year",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("period", "strict", "outer"), VECTORS)
def test_vectors(period, strict, outer):
    assert ends(*period) == (strict, outer or strict)


@pytest.mark.parametrize(
    ("period", "strict", "outer"),
    [
        pytest.param(("eu_days", 1, "days", "2026-11-20 10:00", BRUSSELS), "2026-11-21", "2026-11-23", id="one day needs no two working days"),
        pytest.param(("eu_days", 2, "days", "2026-11-19 10:00", BRUSSELS), "2026-11-21", "2026-11-23", id="Friday counts towards the two"),
        pytest.param(("eu_days", 3, "days", "2026-11-20 10:00", BRUSSELS), "2026-11-23", "2026-11-24", id="ends on a Monday, its first working day"),
        pytest.param(("eu_days", 2, "days", "2026-04-01 10:00", BRUSSELS, ("2026-04-03", "2026-04-06")), "2026-04-03", "2026-04-07", id="Easter"),
        pytest.param(("eu_days", 1, "days", "2026-11-20 23:59", BRUSSELS), "2026-11-21", "2026-11-23", id="a minute before midnight is the day before"),
        pytest.param(("eu_days", 5, "days", "2026-11-19 23:30+00:00", BRUSSELS), "2026-11-25", "2026-11-25", id="the day is the recipient's"),
        pytest.param(("eu_months", 1, "months", "2028-01-31 10:00", BRUSSELS), "2028-02-29", "2028-02-29", id="29 February"),
        pytest.param(("eu_months", 12, "months", "2028-02-29 10:00", BRUSSELS), "2029-02-28", "2029-02-28", id="a year from 29 February"),
        pytest.param(("eu_months", 2, "months", "2026-11-30 10:00", BRUSSELS), "2027-01-30", "2027-02-01", id="over the year's end"),
        pytest.param(("business_days_after", 3, "business_days", "2026-11-20 10:00", "America/Sao_Paulo"), "2026-11-25", "2026-11-25", id="business days over a weekend"),
        pytest.param(("business_days_after", 3, "business_days", "2026-11-20 10:00", "America/Sao_Paulo", ("2026-11-24",)), "2026-11-26", "2026-11-26", id="and a holiday"),
        pytest.param(("calendar_days", 1, "days", "2026-11-20 10:00", NEW_YORK, ("2026-11-21",)), "2026-11-21", "2026-11-21", id="calendar days never roll"),
        pytest.param(("keep_until", 2, "years", "2026-05-10 12:00", NEW_YORK), "2028-05-11", "2028-05-11", id="kept through the same date"),
    ],
)  # fmt: skip
def test_days(period, strict, outer):
    assert tuple(end[:10] for end in ends(*period)) == (strict, outer)


@pytest.mark.parametrize(
    ("start", "outer"),
    [
        pytest.param("2026-11-20 14:00:00", "2026-11-20 16:00:00", id="at the first instant of an hour"),
        pytest.param("2026-11-20 14:00:01", "2026-11-20 16:00:00", id="a second later"),
        pytest.param("2026-11-20 14:59:59", "2026-11-20 16:00:00", id="at its end"),
    ],
)
def test_the_hour_of_the_event_is_not_counted(start, outer):
    assert ends("eu_hours", 1, "hours", start, BRUSSELS)[1] == outer


def test_full_hours_are_those_of_the_recipient():
    assert ends("eu_hours", 1, "hours", "2026-11-20 14:20", "Asia/Kolkata")[1] == "2026-11-20 16:00:00"


@pytest.mark.parametrize(
    ("classified", "strict"),
    [
        pytest.param("2026-11-17 03:00", "2026-11-17 07:00:00", id="soon: four hours from it"),
        pytest.param("2026-11-17 04:00", "2026-11-17 08:00:00", id="both limbs at one instant"),
        pytest.param("2026-11-17 08:00", "2026-11-17 08:00:00", id="after 24 hours to the second: at once"),
        pytest.param("2026-11-17 08:01", "2026-11-17 12:01:00", id="later: four hours again"),
    ],
)
def test_the_limbs_of_an_initial_notification(classified, strict):
    assert ends("dora_min", 4, "hours", classified, BRUSSELS, aware="2026-11-16 08:00") == (strict, strict)


def test_a_classification_before_awareness_is_pointed_out():
    found = counted("dora_min", 4, "hours", "2026-11-16 07:00", BRUSSELS, aware="2026-11-16 08:00")

    assert any("before anybody was aware" in step.step for step in found.trace)


@pytest.mark.parametrize(
    ("period", "strict", "outer"),
    [
        pytest.param(("elapsed_hours; dora_noon", 72, "hours", "2026-11-18 10:00", BRUSSELS), "2026-11-21 10:00:00", "2026-11-23 12:00:00", id="hours that end on a Saturday"),
        pytest.param(("dora_noon", 72, "hours", "2026-11-16 10:00", BRUSSELS), "2026-11-19 10:00:00", "2026-11-19 10:00:00", id="by itself, on a working day"),
        pytest.param(("eu_months; dora_noon", 1, "months", "2026-01-31 10:00", BRUSSELS), "2026-02-28 23:59:59", "2026-03-02 12:00:00", id="a month: noon takes the place of the roll"),
        pytest.param(("elapsed_hours; dora_noon", 24, "hours", "2026-12-24 10:00", BRUSSELS, ("2026-12-25",)), "2026-12-25 10:00:00", "2026-12-28 12:00:00", id="a holiday before a weekend"),
    ],
)  # fmt: skip
def test_noon_of_the_next_working_day(period, strict, outer):
    assert ends(*period) == (strict, outer)


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        pytest.param("America/Sao_Paulo", "2018-11-02 10:00", "2018-11-03T23:59:59-03:00", id="a day without midnight after it"),
        pytest.param("America/Sao_Paulo", "2018-02-16 10:00", "2018-02-17T23:59:59-03:00", id="a last hour that comes twice"),
        pytest.param("America/St_Johns", "2010-11-05 10:00", "2010-11-06T23:59:59-02:30", id="a midnight that comes twice: the first"),
        pytest.param("Pacific/Apia", "2011-12-28 10:00", "2011-12-29T23:59:59-10:00", id="before the day that never was"),
    ],
)  # fmt: skip
def test_where_a_day_ends(zone, start, end):
    from zoneinfo import ZoneInfo

    found = counted("calendar_days", 1, "days", start, zone)

    assert found.strict.astimezone(ZoneInfo(zone)).isoformat() == end


def test_the_sec_counts_in_new_york_wherever_one_is():
    """It is Saturday in Tokyo, and Friday still in New York."""
    found = counted("us_sec_business_days", 4, "business_days", "2026-11-14 08:00", "Asia/Tokyo")

    assert found.strict.isoformat() == "2026-11-19T22:30:00+00:00"


def test_a_period_past_the_end_of_the_calendar_is_refused():
    with pytest.raises(Refused, match="past the last year"):
        counted("eu_months", 1200, "months", "9950-01-01 10:00", BRUSSELS)


def test_the_trace_can_be_followed():
    found = counted("eu_days", 2, "days", FRIDAY, BRUSSELS, ("2026-11-23",))

    assert [step.step for step in found.trace] == [
        "Day zero is Fri 20 Nov 2026 in Europe/Brussels.",
        "eu_days: day 2 is Sun 22 Nov 2026; it ends with that day.",
        "Sun 22 Nov 2026 is a Sunday: it ends with the following working day, Tue 24 Nov 2026.",
        "It holds 1 working day so far; it ends with the second, Wed 25 Nov 2026.",
        "Holidays on weekdays after day zero, up to the end: Mon 23 Nov 2026 (named).",
        "Strict: alert on this.",
        "Outer: what the law may allow.",
        "This is arithmetic, not legal advice.",
    ]
    assert [step.cite.partition(" Art. ")[2] for step in found.trace[:4]] == ["3(1)", "3(2)(b)", "3(4)", "3(5)"]
    assert found.trace[5].at == found.strict
    assert found.trace[6].at == found.outer


def test_the_trace_says_where_no_holidays_were_given():
    found = counted("eu_days", 2, "days", FRIDAY, BRUSSELS)

    assert any(step.step.startswith("No holidays were given") for step in found.trace)


def test_the_trace_says_where_the_clocks_change():
    found = counted("eu_hours", 72, "hours", "2026-10-24 23:30", BRUSSELS)

    assert any("from +0200 to +0100" in step.step for step in found.trace)


def test_what_can_roll_wants_holidays():
    assert not rule("eu_hours", 72, "hours").needs_holidays
    assert not rule("calendar_days", 3, "days").needs_holidays
    assert rule("eu_days", 2, "days").needs_holidays
    assert rule("elapsed_hours; dora_noon", 72, "hours").needs_holidays
