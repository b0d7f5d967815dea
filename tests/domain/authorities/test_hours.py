"""Whether somebody can be reached, by the clocks on their own wall."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.domain.authorities.hours import Hours, reach

OFFICE = Hours(days=(0, 1, 2, 3, 4), start=time(9), end=time(17), zone="Europe/London")
NIGHT = Hours(days=(4,), start=time(22), end=time(6), zone="America/New_York")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "now", "is_open", "then"),
    [
        pytest.param((), "2026-11-22 03:00", True, None, id="always"),
        pytest.param((OFFICE,), "2026-11-20 09:00", True, "2026-11-20 17:00", id="it begins"),
        pytest.param((OFFICE,), "2026-11-20 17:00", False, "2026-11-23 09:00", id="it ends on a Friday"),
        pytest.param((OFFICE,), "2026-07-03 08:30", True, "2026-07-03 16:00", id="in summer time"),
        pytest.param((NIGHT,), "2026-11-21 10:59", True, "2026-11-21 11:00", id="over midnight, in their zone"),
        pytest.param((NIGHT,), "2026-11-21 11:00", False, "2026-11-28 03:00", id="a week until the next"),
        pytest.param(
            (OFFICE, OFFICE.but(start=time(17), end=time(20))),
            "2026-11-20 12:00",
            True,
            "2026-11-20 20:00",
            id="one after another",
        ),
        pytest.param(
            (OFFICE.but(days=tuple(range(7)), start=time(0), end=time(0)),),
            "2026-11-20 12:00",
            True,
            None,
            id="round the clock",
        ),
    ],
)
def test_reach(hours, now, is_open, then):
    found = reach(hours, at(now))

    assert found.open is is_open
    assert (found.until if is_open else found.opens) == (at(then) if then else None)


@given(
    st.integers(0, 600_000),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "Europe/London", "Asia/Kathmandu"]),
)
def test_it_opens_when_it_says_and_closes_when_it_says(minutes, start, end, zone):
    rule = Hours(days=(0, 2, 5), start=time(*divmod(start, 60)), end=time(*divmod(end, 60)), zone=zone)
    now = at("2026-01-01") + timedelta(minutes=minutes)

    found = reach((rule,), now)

    if found.open and found.until:
        assert not reach((rule,), found.until).open or found.until > now
        assert reach((rule,), found.until - timedelta(microseconds=1)).open
    elif found.opens:
        assert reach((rule,), found.opens).open
        assert not reach((rule,), found.opens - timedelta(microseconds=1)).open
