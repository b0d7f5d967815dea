from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from escalate.cli.zones import zone
from escalate.errors import Misconfigured, Usage

NOW = datetime(2026, 11, 21, 21, 7, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("UTC", UTC),
        ("Etc/UTC", UTC),
        ("Europe/London", ZoneInfo("Europe/London")),
        ("+05:30", timezone(timedelta(hours=5, minutes=30))),
        ("-0800", timezone(timedelta(hours=-8))),
    ],
)
def test_zones(name, expected):
    assert zone(name) == expected


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("london", "Did you mean Europe/London?", id="a city"),
        pytest.param("new york", "Did you mean America/New_York?", id="a city in two words"),
        pytest.param("europe/london", "Did you mean Europe/London?", id="small letters"),
        pytest.param("Europe/Londn", "Europe/London", id="a slip"),
        pytest.param("Europe", "Did you mean", id="a folder"),
        pytest.param("../../etc/passwd", "Zones are named", id="a path"),
        pytest.param("x\0y", "Zones are named", id="NUL"),
        pytest.param("+99:00", "Offsets are written", id="an offset that is not"),
    ],
)
def test_a_zone_that_is_not_there(name, hint):
    with pytest.raises(Usage) as error:
        zone(name)

    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("given", "offset"),
    [
        pytest.param("Asia/Tokyo", 9, id="a name"),
        pytest.param(":Asia/Tokyo", 9, id="with a colon"),
        pytest.param("", 0, id="empty is UTC"),
        pytest.param("<+03>-3", 3, id="a rule"),
        pytest.param("CET-1CEST,M3.5.0,M10.5.0/3", 1, id="a rule with summer time"),
        pytest.param("/nowhere/at/all", 0, id="a file that is not there"),
    ],
)
@pytest.mark.parametrize("name", ["", "local"])
def test_the_machine_s_own_zone(monkeypatch, given, offset, name):
    monkeypatch.setenv("TZ", given)

    assert NOW.astimezone(zone(name)).utcoffset() == timedelta(hours=offset)


def test_a_machine_whose_zone_cannot_be_read_is_misconfigured(monkeypatch):
    monkeypatch.setenv("TZ", "bogus/zone")

    with pytest.raises(Misconfigured, match="bogus/zone"):
        zone("local")
