"""Rotations through every change of the clocks of every zone: what holds of all of them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.domain.oncall import wall
from escalate.domain.oncall.rotation import Rotation

ZONES = sorted(available_timezones())
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rotation(zone, start, every, people):
    number, unit = every.split()
    plain = {"name": "desk", "zone": zone, "start": start, "every": int(number), "unit": unit, "people": [*people]}
    return Rotation.from_plain(plain)


def year(number):
    return datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC)


def handoffs_by_hand(desk, start, end):
    """Every instant at which a point of the grid is first shown, and whose turn begins, counted one by one."""
    zone = ZoneInfo(desk.zone)
    shown, stop = desk.start, wall.local(end, zone) + 2 * DAY
    whose, at = {}, None
    people = itertools.cycle(desk.people)
    months = itertools.count(desk.start.month - 1, desk.every)
    next(months)
    while shown <= stop:
        if (begins := wall.first_showing(shown, zone)) != at:
            at, person = begins, next(people)
            whose[at] = person
        if desk.unit == "months":
            more, month = divmod(next(months), 12)
            shown = month_day(desk.start, desk.start.year + more, month + 1)
        else:
            shown += timedelta(**{desk.unit: desk.every})
    return {at: person for at, person in whose.items() if start <= at <= end}


def month_day(start, of_year, month):
    for day in range(start.day, 0, -1):
        try:
            return datetime.combine(date(of_year, month, day), start.time())
        except ValueError:
            continue
    return None


def check(desk, start, end):
    """What must hold of any rotation in any window of time."""
    turns = [*desk.turns(start, end)]
    assert turns[0][0] <= start < turns[0][1]
    assert turns[-1][0] < end <= turns[-1][1]
    for begins, ends, person in turns:
        assert begins < ends
        assert desk.shift(begins) == desk.shift(ends - SECOND) == (begins, ends, person)
        assert desk.person(begins) == desk.person(ends - SECOND) == person
    for (_, ends, person), (begins, _, follower) in itertools.pairwise(turns):
        assert ends == begins
        assert desk.people[(desk.people.index(person) + 1) % len(desk.people)] == follower
    walked = [turns[0][0], *(ends for _, ends, _ in turns)]
    assert desk.handoffs(start, end - SECOND) == walked
    assert desk.handoffs(start, start) == walked[:2]
    assert walked == sorted(set(walked))
    return turns


def check_by_hand(desk, start, end):
    counted = handoffs_by_hand(desk, start, end)
    walked = {begins: person for begins, _, person in desk.turns(start, end + SECOND)}
    assert {at: person for at, person in walked.items() if at >= start} == counted


@given(st.data())
def test_rotations_near_a_change_of_any_zone(data):
    name = data.draw(st.sampled_from(ZONES))
    zone = ZoneInfo(name)
    in_year = year(data.draw(st.integers(2000, 2040)))
    change = data.draw(st.sampled_from(wall.changes(zone, *in_year) or [in_year[0]]))
    unit = data.draw(st.sampled_from(["hours", "days", "weeks", "months"]))
    every = data.draw(st.integers(1, 30 if unit == "hours" else 3))
    length = {"hours": HOUR, "days": DAY, "weeks": 7 * DAY, "months": 30 * DAY}[unit] * every
    before = wall.local(change - SECOND, zone).replace(second=0) + MINUTE
    minutes = data.draw(st.sampled_from([0, 0, 15, 30, 45]) | st.integers(-1500, 1500))
    turns_before = data.draw(st.integers(-20, 300))
    start = before + minutes * MINUTE - min(turns_before * length, 4000 * DAY)
    if unit == "months":
        start = before + minutes * MINUTE
    desk = rotation(name, start.isoformat(), f"{every} {unit}", people="abcde"[: data.draw(st.integers(2, 5))])
    around = max(2 * DAY, min(2 * length, 70 * DAY))
    turns = check(desk, change - around, change + around)
    begun = wall.first_showing(start, zone)
    check_by_hand(desk, max(begun, change - around), change + around)
    # A walk from far before comes to the same turns.
    far = change - around - min(100 * length, 3000 * DAY)
    assert [turn for turn in desk.turns(far, change + around) if turn[1] > change - around] == turns


@pytest.mark.slow
def test_rotations_near_every_change_of_every_zone():
    checked = set()
    every = itertools.cycle(["1 hours", "1 days", "2 hours", "24 hours", "8 hours", "5 hours", "2 days", "1 weeks"])
    for name in ZONES:
        zone = ZoneInfo(name)
        changes = wall.changes(zone, year(2000)[0], year(2040)[1])
        # Many names are links: what has been looked at under another name is known.
        table = tuple((at, at.astimezone(zone).utcoffset()) for at in changes)
        if table in checked:
            continue
        checked.add(table)
        for change in changes:
            before = wall.local(change - SECOND, zone).replace(second=0) + MINUTE
            for minutes in (0, 30, 60, -60, -30):
                start = before + minutes * MINUTE - 2 * DAY
                desk = rotation(name, start.isoformat(), next(every), people="abcde")
                check(desk, change - DAY, change + 0.5 * DAY)
                check_by_hand(desk, max(change - DAY, wall.first_showing(start, zone)), change + 0.5 * DAY)
