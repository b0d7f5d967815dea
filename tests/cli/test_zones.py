from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from escalate.cli.times import parse_past, shown
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


def test_where_the_machine_s_zone_cannot_be_read_times_are_shown_in_utc_and_none_is_read(monkeypatch):
    monkeypatch.setenv("TZ", "bogus/zone")
    found = zone("local")

    assert shown(NOW, found) == shown(NOW, UTC)
    with pytest.raises(Misconfigured, match="bogus/zone"):
        parse_past("21:07", NOW, found)
    assert parse_past("21:07Z", NOW, found) == parse_past("21:07", NOW, UTC)
    assert parse_past("20m ago", NOW, found) == parse_past("20m ago", NOW, UTC)


@pytest.mark.parametrize("line", ["show", "timeline", "summary"])
def test_a_bad_tz_takes_no_view_away(escalate, monkeypatch, line):
    escalate("init")
    escalate("open 'Reports of coordinated sign-ups' --quiet-open")
    monkeypatch.setenv("TZ", "bogus/zone")

    result = escalate(line)

    assert result.exit_code == 0
    assert "2026-11-21 21:00" in result.stdout
    assert result.stderr.count("TZ is 'bogus/zone'. Times are shown in UTC.") == 1


def test_a_bad_tz_keeps_a_local_time_from_being_written(escalate, monkeypatch):
    escalate("init")
    escalate("open 'Reports of coordinated sign-ups' --quiet-open")
    monkeypatch.setenv("TZ", "bogus/zone")

    assert escalate("log x --at 20:40").exit_code == 6
    assert escalate("log x --at '20m ago'").exit_code == 0
    assert escalate("log x --at 20:40 --zone UTC").exit_code == 0
