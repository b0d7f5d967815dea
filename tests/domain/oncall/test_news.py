"""What people are told of their shifts: once, when it draws near, when it moves, when it goes away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.domain.oncall.duty import Duty, Override, Temporary, Turn
from escalate.domain.oncall.news import clock, news
from escalate.domain.roster import Roster

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)  # a Saturday
PEOPLE = ("alice", "bob", "carol")


def hour(number):
    return NOW + timedelta(hours=number)


def roster(notice=24, told=(), **duty):
    rule = {"days": None, "begin": "09:00", "end": "17:00", "target": "person:alice", "zone": None}
    announced = {f"ts/{turn.person}": turn for turn in told}
    return Roster.from_plain({
        "version": 1,
        "people": {name: {"slug": name, "name": name.title(), "zone": "UTC"} for name in PEOPLE},
        "schedules": {
            "ts": {"name": "ts", "zone": "UTC", "notice": notice and notice * 3600, "rules": [rule]},
        },
    }).but(duty=Duty(announced=announced, **duty))  # fmt: skip


def turn(start, end, person="alice"):
    return Turn(person=person, start=hour(start), end=hour(end))


def over(add, remove, start, end):
    return Override(
        id="O-1", schedule="ts", add=add, remove=remove, start=hour(start), end=hour(end), since=NOW, by="x"
    )


def temporary(*turns):
    return Temporary(
        id="T-1", schedule="ts", start=hour(0), end=hour(40), shifts=turns, since=NOW, by="x",
    )  # fmt: skip


def said(roster, now=NOW):
    def hours(at):
        return None if at is None else (at - NOW) / timedelta(hours=1)

    return [(one.person, hours(one.start), hours(one.end), hours(one.was)) for one in news(roster, now)]


# Alice's shift is from hour 12 to hour 20, every day.
TOLD = turn(12, 20)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(roster(), [("alice", 12, 20, None)], id="it draws near"),
        pytest.param(roster(notice=12), [("alice", 12, 20, None)], id="exactly so long before"),
        pytest.param(roster(notice=11), [], id="not yet"),
        pytest.param(roster(notice=None), [], id="nobody asked for it"),
        pytest.param(roster(told=[TOLD]), [], id="told already"),
        pytest.param(
            roster(told=[turn(-12, -4)]), [("alice", 12, 20, None)], id="told of the one before, which is over"
        ),
        pytest.param(
            roster(told=[TOLD], overrides=[over("bob", "alice", 12, 20)]),
            [("alice", 12, 12, 12), ("bob", 12, 20, None)],
            id="taken over: one is told that it is gone, the other that it is theirs",
        ),
        pytest.param(
            roster(told=[TOLD], overrides=[over("bob", "alice", 12, 14)]),
            [("alice", 14, 20, 12), ("bob", 12, 14, None)],
            id="a part was taken over: it begins later",
        ),
        pytest.param(
            roster(told=[TOLD], overrides=[over("alice", None, 10, 12)]),
            [("alice", 10, 20, 12)],
            id="it begins earlier",
        ),
        pytest.param(
            roster(told=[TOLD], overrides=[over("alice", None, 0, 12)]),
            [("alice", 0, 20, 12)],
            id="it has begun already",
        ),
        pytest.param(
            roster(told=[TOLD], overrides=[over("alice", None, 3, 5)]),
            [("alice", 3, 5, None)],
            id="another one before it",
        ),
        pytest.param(
            roster(told=[TOLD], temporaries=[temporary(turn(22, 30))]),
            [("alice", 22, 30, 12)],
            id="it was moved",
        ),
        pytest.param(
            roster(told=[turn(12, 12)]), [("alice", 12, 20, None)], id="it was gone, and is theirs again"
        ),
        pytest.param(
            roster(told=[turn(12, 12)], temporaries=[temporary()]), [], id="it is gone, and they were told"
        ),
        pytest.param(
            roster(temporaries=[temporary(turn(12, 20, "zed"))]), [], id="somebody the roster does not know"
        ),
    ],
)  # fmt: skip
def test_what_is_said(given, expected):
    assert said(given) == expected


def test_a_shift_without_an_end_is_said_to_last_a_year():
    given = roster(temporaries=[temporary().but(end=hour(24 * 800), shifts=(turn(5, 24 * 800),))])

    assert said(given) == [("alice", 5, 5 + 366 * 24, None)]


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        pytest.param("UTC", "Sat 2026-11-21 21:00Z", id="in UTC"),
        pytest.param("Europe/London", "Sat 2026-11-21 21:00Z", id="the same as UTC"),
        pytest.param("Europe/Berlin", "Sat 2026-11-21 22:00 CET (21:00Z)", id="the same day"),
        pytest.param("Asia/Tokyo", "Sun 2026-11-22 06:00 JST (Sat 2026-11-21 21:00Z)", id="another day"),
        pytest.param("Nowhere/At_All", "Sat 2026-11-21 21:00Z", id="a zone nobody knows"),
    ],
)
def test_times_are_on_the_readers_clock(zone, text):
    assert clock(NOW, zone) == text
