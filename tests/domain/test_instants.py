from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.domain.instants import from_text, to_text

INSTANTS = st.datetimes(
    min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31), timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])
)  # fmt: skip


@given(INSTANTS)
def test_an_instant_comes_back_from_its_text(instant):
    text = to_text(instant)

    assert len(text) == 27
    assert from_text(text) == instant


@given(INSTANTS, INSTANTS)
def test_the_order_of_the_bytes_is_the_order_of_time(one, other):
    assert (to_text(one).encode() < to_text(other).encode()) == (one < other)


def test_an_instant_without_a_zone_is_a_defect():
    with pytest.raises(ValueError, match="zone"):
        to_text(datetime(2026, 11, 21))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-21T21:00:00Z",
        "2026-11-21T21:00:00.000000+",
        "2026-11-21 21:00:00.000000Z",
        "2026-11-21T21:00:00,000000Z",
        "2026-11-21T21:00:00.000+05Z",
        "20261121T210000.0000+05:00Z",
        "2026-11-21T21:00:00.00000٣Z",
        "2026-02-30T21:00:00.000000Z",
        "2026-11-21T21:00:00.000000z",
    ],
)
def test_only_the_one_shape_is_read(text):
    with pytest.raises(ValueError):
        from_text(text)
