"""What may be changed about who is on call, and what a change comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.domain.oncall import changes
from escalate.domain.oncall.duty import Duty, Override, Temporary, Turn
from escalate.domain.roster import Roster
from escalate.errors import NotFound, Refused, Usage

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
PEOPLE = ("alice", "bob", "carol")


def hour(number):
    return NOW + timedelta(hours=number)


def roster(**duty):
    return Roster.from_plain({
        "version": 1,
        "people": {name: {"slug": name, "name": name.title(), "zone": "UTC"} for name in PEOPLE},
        "rotations": {
            "r": {"name": "r", "zone": "UTC", "start": "2026-01-05T09:00", "every": 1, "unit": "days", "people": [*PEOPLE]}
        },
        "schedules": {
            "ts": {"name": "ts", "zone": "UTC", "notice": None,
                   "rules": [{"days": None, "begin": "00:00", "end": "00:00", "target": "rotation:r", "zone": None}]},
            "day": {"name": "day", "zone": "UTC", "notice": None,
                    "rules": [{"days": None, "begin": "09:00", "end": "17:00", "target": "person:alice", "zone": None}]},
        },
    }).but(duty=Duty(**duty))  # fmt: skip


def over(number=1, *, add=None, remove=None, start=1, end=3, since=0, schedule="ts", **more):
    return Override(
        id=f"O-{number}", schedule=schedule, add=add, remove=remove, start=hour(start), end=hour(end), since=hour(since),
        by="alice", **more,
    )  # fmt: skip


# Alice has the day before hour 12 (09:00), Bob the next one.
[ON_CALL] = roster().plan.on_call("schedule:ts", NOW)
NEXT = PEOPLE[(PEOPLE.index(ON_CALL) + 1) % 3]
LAST = PEOPLE[(PEOPLE.index(ON_CALL) + 2) % 3]


@pytest.mark.parametrize(
    ("made", "state"),
    [
        pytest.param(over(add="bob"), "planned", id="to come"),
        pytest.param(over(add="bob", start=0), "in force", id="from this minute on"),
        pytest.param(over(add="bob", start=-3, end=0), "over", id="until this minute"),
        pytest.param(over(add="bob", start=-3, until=hour(-1)), "removed", id="taken back"),
    ],
)
def test_where_a_change_stands(made, state):
    assert changes.standing(made, NOW) == state


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("ts", "ts", id="bare"),
        pytest.param("schedule:ts", "ts", id="with its kind"),
        pytest.param("TS", "ts", id="in capitals"),
        pytest.param("person:ts", None, id="another kind"),
        pytest.param("tz", None, id="unknown"),
    ],
)
def test_a_schedule_is_found_by_its_name(text, name):
    if name:
        assert changes.named(roster(), "schedule", text) == name
    else:
        with pytest.raises(NotFound):
            changes.named(roster(), "schedule", text)


def test_without_any_schedule_it_says_how_to_write_one():
    with pytest.raises(NotFound, match="no schedules"):
        changes.named(Roster(), "schedule", "ts")


@pytest.mark.parametrize(
    ("start", "end", "error"),
    [
        pytest.param(1, 1, Usage, id="no length"),
        pytest.param(2, 1, Usage, id="ends before it begins"),
        pytest.param(-2, -1, Refused, id="over"),
        pytest.param(-2, 0, Refused, id="ends this moment"),
        pytest.param(-2, 1, None, id="has begun"),
    ],
)
def test_a_change_has_a_length_and_ends_in_the_future(start, end, error):
    if error:
        with pytest.raises(error):
            changes.span(hour(start), hour(end), NOW)
    else:
        assert changes.span(hour(start), hour(end), NOW) == (hour(start), hour(end))


def test_seconds_are_dropped():
    late = timedelta(seconds=59, microseconds=7)

    assert changes.span(hour(1) + late, hour(2) + late, NOW) == (hour(1), hour(2))


@pytest.mark.parametrize(("add", "remove"), [(None, None), ("bob", "bob")])
def test_an_override_changes_somebody_for_somebody_else(add, remove):
    with pytest.raises(Usage):
        changes.override("O-1", "ts", add, remove, hour(1), hour(2))


@pytest.mark.parametrize(
    ("made", "says"),
    [
        pytest.param(over(add=NEXT, remove=ON_CALL), [], id="one stands in for whoever is on call"),
        pytest.param(
            over(add=LAST, remove=NEXT),
            [f"O-1 changes nothing: {NEXT} is not on call in ts in that time."],
            id="somebody who is not on call is replaced",
        ),
        pytest.param(
            over(remove=LAST), [f"O-1 changes nothing: {LAST} is not on call in ts in that time."], id="removed"
        ),
        pytest.param(
            over(add=ON_CALL),
            [f"O-1 changes nothing: {ON_CALL} is on call in ts in that time anyway."],
            id="added twice",
        ),
        pytest.param(
            over(remove=ON_CALL),
            ["With O-1 nobody is on call in ts from 2026-11-21 22:00Z to 2026-11-22 00:00Z."],
            id="nobody is left",
        ),
        pytest.param(over(add="bob", schedule="day", start=1, end=2), [], id="in a gap, somebody more"),
    ],
)
def test_it_is_said_what_an_override_comes_to(made, says):
    assert changes.effect(roster().plan, roster(overrides=(made,)).plan, made) == says


def test_whoever_stands_in_is_not_replaced_in_turn_and_that_is_said():
    first = over(1, add=NEXT, remove=ON_CALL)
    second = over(2, add=LAST, remove=NEXT)

    said = changes.effect(roster(overrides=(first,)).plan, roster(overrides=(first, second)).plan, second)

    assert said == ["O-2 changes nothing: another override or a temporary schedule of ts decides who is on call then."]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        pytest.param(over(1, remove="alice"), True, id="the same person at the same time"),
        pytest.param(over(1, add="bob", start=2, end=5), True, id="who stands in is named elsewhere"),
        pytest.param(over(1, remove="alice", start=3, end=5), False, id="one after the other"),
        pytest.param(over(1, remove="carol"), False, id="somebody else"),
        pytest.param(over(1, remove="alice", schedule="day"), False, id="another schedule"),
        pytest.param(over(1, remove="alice", until=hour(0)), False, id="taken back"),
    ],
)
def test_overrides_that_name_the_same_person_are_pointed_out(other, named):
    made = over(2, add="bob", remove="alice")

    assert bool(changes.overlapping(Duty(overrides=(other, made)), made)) is named


def temporary(shifts, start=0, end=10, **more):
    return changes.temporary("T-1", "ts", hour(start), hour(end), shifts, **more)


def turns(event):
    return [(turn["person"], turn["start"][11:16], turn["end"][11:16]) for turn in event.shifts]


@pytest.mark.parametrize(
    ("shifts", "kept"),
    [
        pytest.param([("bob", hour(1), hour(2))], [("bob", "22:00", "23:00")], id="inside"),
        pytest.param([("bob", hour(-1), hour(20))], [("bob", "21:00", "07:00")], id="cut to the span"),
        pytest.param(
            [("bob", hour(1), hour(3)), ("bob", hour(2), hour(4)), ("alice", hour(2), hour(3))],
            [("bob", "22:00", "01:00"), ("alice", "23:00", "00:00")],
            id="those of one person are joined",
        ),
    ],
)
def test_the_shifts_of_a_temporary_schedule(shifts, kept):
    assert turns(temporary(shifts)) == kept


@pytest.mark.parametrize(
    ("shifts", "nobody", "error"),
    [
        pytest.param([("bob", hour(10), hour(12))], False, Refused, id="outside"),
        pytest.param([("bob", hour(3), hour(2))], False, Usage, id="ends before it begins"),
        pytest.param([], False, Usage, id="nobody, unsaid"),
        pytest.param([("bob", hour(1), hour(2))], True, Usage, id="somebody, and nobody"),
    ],
)
def test_a_temporary_schedule_that_cannot_be_meant(shifts, nobody, error):
    with pytest.raises(error):
        temporary(shifts, nobody=nobody)


def test_a_temporary_schedule_of_nobody_is_one():
    assert temporary([], nobody=True).shifts == []


def test_where_a_temporary_schedule_leaves_nobody_is_said():
    made = Temporary(
        id="T-1", schedule="ts", start=hour(0), end=hour(10), since=hour(0), by="alice",
        shifts=(Turn(person="bob", start=hour(1), end=hour(3)), Turn(person="alice", start=hour(2), end=hour(10))),
    )  # fmt: skip

    assert changes.uncovered(made) == ["With T-1 nobody is on call in ts from 2026-11-21 21:00Z to 2026-11-21 22:00Z."]


def test_a_start_in_the_past_counts_from_now_on():
    assert changes.late(over(add="bob", start=-1)) == [
        "O-1 counts from now on, 2026-11-21 21:00Z; what was before stays as it was."
    ]
    assert changes.late(over(add="bob")) == []


def test_the_next_shift_is_one_that_has_not_begun():
    shift = changes.shift_of(roster().plan, "ts", ON_CALL, None, NOW)

    assert (shift.start, shift.end) == (hour(12 + 48), hour(12 + 72))


def test_the_shift_at_a_moment_is_exchanged_from_now_on():
    shift = changes.shift_of(roster().plan, "ts", ON_CALL, NOW, NOW)

    assert (shift.start, shift.end) == (NOW, hour(12))


@pytest.mark.parametrize(
    ("person", "at", "says"),
    [
        pytest.param(NEXT, NOW, "has no shift in ts at 2026-11-21 21:00Z", id="not theirs"),
        pytest.param("nobody", None, "has no shift in ts within a year", id="never on call"),
    ],
)
def test_a_shift_that_is_not_there(person, at, says):
    with pytest.raises(Refused, match=says):
        changes.shift_of(roster().plan, "ts", person, at, NOW)
