from __future__ import annotations

from datetime import date

import pytest

from escalate.adapters.holiday_calendar import PublicHolidays
from escalate.errors import NotFound


@pytest.mark.parametrize(
    ("place", "day", "said"),
    [
        pytest.param("BE", date(2026, 12, 25), "Christmas Day, BE", id="a holiday"),
        pytest.param("be", date(2026, 12, 25), "Christmas Day, BE", id="small letters"),
        pytest.param("BE", date(2026, 12, 24), None, id="a working day"),
        pytest.param("US", date(2026, 11, 26), "Thanksgiving Day, US", id="federal"),
        pytest.param("US", date(2026, 7, 3), "Independence Day (observed), US", id="kept on another day"),
        pytest.param("US", date(2026, 4, 3), None, id="Good Friday is not federal"),
        pytest.param("DE", date(2026, 1, 6), None, id="not in the whole country"),
        pytest.param("DE-BY", date(2026, 1, 6), "Epiphany, DE-BY", id="but in a part of it"),
        pytest.param("ID", date(2027, 3, 10), None, id="nobody is sure of it yet"),
    ],
)
def test_holidays(place, day, said):
    assert PublicHolidays().of(place).on(day) == said


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("XX", "There is no holiday calendar 'XX'."),
        ("", "There is no"),
        ("DE-XX", "has no part 'XX'"),
        ("Belgium", "There is no"),
    ],
)
def test_what_is_not_known(place, says):
    with pytest.raises(NotFound) as refused:
        PublicHolidays().of(place)

    assert says in refused.value.message
    assert refused.value.hint
