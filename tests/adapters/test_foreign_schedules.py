"""What PagerDuty's layers come to, hour by hour, is what the roster that is written for them comes to."""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.adapters import foreign_schedules
from escalate.adapters.roster_file import read as read_roster
from escalate.domain.roster import Roster
from escalate.errors import NotFound, Refused

NOW = datetime(2026, 11, 21, 21, tzinfo=UTC)
HOUR, DAY, WEEK = 3600, 86_400, 604_800


def user(id_, name=None, **more):
    return {"user": {"id": id_, "type": "user_reference", "summary": name or f"Person {id_}", **more}}


def daily(start, hours):
    return {"type": "daily_restriction", "start_time_of_day": start, "duration_seconds": int(hours * HOUR)}


def weekly(day, start, hours):
    return {**daily(start, hours), "type": "weekly_restriction", "start_day_of_week": day}


def layer(name, *users, turn=WEEK, begun="2026-01-05T09:00:00Z", restrictions=(), end=None, start=None):
    return {
        "name": name,
        "start": start or begun,
        "end": end,
        "rotation_virtual_start": begun,
        "rotation_turn_length_seconds": turn,
        "users": [user(each) if isinstance(each, str) else each for each in users],
        "restrictions": list(restrictions),
    }


def schedule(*layers, name="Harm desk", zone="UTC", **more):
    return {"id": "P1", "name": name, "time_zone": zone, "schedule_layers": list(layers), **more}


def read(*schedules, **options):
    data = {"schedule": schedules[0]} if len(schedules) == 1 else {"schedules": list(schedules)}
    return foreign_schedules.read(json.dumps(data), options.pop("said", {}), NOW, **options)


def in_force(toml, folder):
    """The roster that `escalate apply --check` reads."""
    path = folder / "part.toml"
    path.write_text(toml, encoding="utf-8")
    return Roster.from_plain(read_roster([path]).roster)


def by_hand(data, at):
    """Who PagerDuty has on call: the topmost layer that counts."""
    wall = at.astimezone(ZoneInfo(data["time_zone"])).replace(tzinfo=None)
    minute = wall.weekday() * 1440 + wall.hour * 60 + wall.minute
    for each in data["schedule_layers"]:
        if each["restrictions"] and not any(_covers(one, minute) for one in each["restrictions"]):
            continue
        begun = datetime.fromisoformat(each["rotation_virtual_start"]).astimezone(ZoneInfo(data["time_zone"]))
        turns = (wall - begun.replace(tzinfo=None)) // timedelta(seconds=each["rotation_turn_length_seconds"])
        return [each["users"][turns % len(each["users"])]["user"]["summary"]]
    return []


def _covers(restriction, minute):
    hour, minutes, _ = restriction["start_time_of_day"].split(":")
    start = int(hour) * 60 + int(minutes) + (restriction.get("start_day_of_week", 1) - 1) * 1440
    length = restriction["duration_seconds"] // 60
    every = 1440 if restriction["type"] == "daily_restriction" else 10_080
    return any((minute - start) % every + back * every < length for back in range(10_080 // every))


def agree(data, roster, weeks=4):
    plan = roster.plan
    [name] = roster.schedules
    for step in range(weeks * 7 * 24):
        at = NOW + timedelta(hours=step, minutes=step % 2 * 30)
        found = [roster.people[person].name for person in plan.on_call(f"schedule:{name}", at)]
        assert found == by_hand(data, at), at


@pytest.mark.slow
@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([layer("All", "A", "B", "C")], id="one layer"),
        pytest.param([layer("All", "A", "B", turn=DAY, begun="2026-01-05T09:00:00-05:00")], id="days, with an offset"),
        pytest.param([layer("All", "A", "B", "C", turn=8 * HOUR)], id="hours"),
        pytest.param([layer("All", "A", "A", turn=12_345)], id="one person: the length of a turn does not matter"),
        pytest.param([layer("Day", "A", restrictions=[daily("09:00:00", 8)])], id="office hours"),
        pytest.param([layer("Day", "A", restrictions=[daily("09:00:00", 8)]), layer("Rest", "B", "C")], id="hides another"),
        pytest.param([layer("Night", "A", restrictions=[daily("22:00:00", 10)]), layer("Rest", "B")], id="overnight"),
        pytest.param([layer("Weekend", "A", restrictions=[weekly(5, "17:00:00", 64)]), layer("Rest", "B")], id="a weekend"),
        pytest.param([layer("Sunday", "A", restrictions=[weekly(7, "20:00:00", 10)]), layer("Rest", "B")], id="over the week's end"),
        pytest.param([layer("All", "A", restrictions=[daily("09:00:00", 24)]), layer("Hidden", "B", "C")], id="hides all"),
        pytest.param(
            [
                layer("Top", "A", restrictions=[weekly(3, "12:00:00", 2)]),
                layer("Day", "B", "C", turn=DAY, restrictions=[weekly(day, "09:00:00", 8) for day in range(1, 6)]),
                layer("Rest", "D", "E", "F"),
            ],
            id="three",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Kolkata"])
def test_the_same_people_are_on_call(layers, zone, tmp_path):
    data = schedule(*layers, zone=zone)

    agree(data, in_force(read(data).toml, tmp_path))


RESTRICTIONS = st.lists(
    st.one_of(
        st.builds(daily, st.sampled_from(["00:00:00", "06:30:00", "23:00:00"]), st.sampled_from([0.5, 1, 8, 23, 24])),
        st.builds(
            weekly, st.integers(1, 7), st.sampled_from(["00:00:00", "09:30:00", "18:00:00"]), st.sampled_from([1, 15, 24, 64, 168])
        ),
    ),
    max_size=4,
)  # fmt: skip
LAYERS = st.lists(
    st.builds(
        lambda users, turn, restrictions: layer("Layer", *users, turn=turn, restrictions=restrictions),
        st.lists(st.sampled_from("ABCD"), min_size=1, max_size=4),
        st.sampled_from([HOUR, 6 * HOUR, DAY, 3 * DAY, WEEK]),
        RESTRICTIONS,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25)
@given(LAYERS, st.sampled_from(["UTC", "Europe/London", "Australia/Lord_Howe"]))
def test_they_are_for_layers_of_any_kind(tmp_path_factory, layers, zone):
    data = schedule(*layers, zone=zone)

    agree(data, in_force(read(data).toml, tmp_path_factory.mktemp("part")), weeks=2)


def test_windows_of_several_days_are_one_rule():
    found = read(schedule(layer("Day", "A", restrictions=[weekly(day, "09:00:00", 8) for day in range(1, 6)])))

    rule = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00", "target": "person:person-a"}
    assert tomllib.loads(found.toml)["schedules"]["harm-desk"]["rules"] == [rule]


def test_a_day_long_window_is_said_as_one():
    found = read(schedule(layer("Weekend", "A", restrictions=[weekly(6, "00:00:00", 48)])))

    rule = {"days": ["sat", "sun"], "from": "00:00", "to": "00:00", "target": "person:person-a"}
    assert tomllib.loads(found.toml)["schedules"]["harm-desk"]["rules"] == [rule]


def test_a_layer_one_second_short_of_a_week_leaves_no_gap():
    found = read(schedule(layer("All", "A", restrictions=[weekly(1, "00:00:00", 604_799 / HOUR)])))

    [rule] = tomllib.loads(found.toml)["schedules"]["harm-desk"]["rules"]
    assert "days" not in rule


def test_bottom_first_turns_the_layers_round(tmp_path):
    top, bottom = layer("Top", "A", restrictions=[daily("09:00:00", 8)]), layer("Bottom", "B")
    found = read(schedule(bottom, top), bottom_first=True)

    agree(schedule(top, bottom), in_force(found.toml, tmp_path), weeks=1)


def test_layers_that_ended_or_start_later_are_left_out_and_said():
    found = read(
        schedule(
            layer("Gone", "A", end="2026-02-01T00:00:00Z"),
            layer("To come", "B", start="2027-01-01T00:00:00Z"),
            layer("Ends", "C", end="2026-12-24T00:00:00Z"),
            layer("Empty"),
        )
    )

    assert [note.split(": ", 1)[1].split(" at ")[0] for note in found.notes] == [
        "Layer Gone ended", "Layer To come starts", "Layer Ends ends", "Layer Empty has nobody in it and is left out.",
    ]  # fmt: skip
    assert found.people == ("person-c",)
    assert all(f"# {note.split(': ', 1)[1]}" in found.toml for note in found.notes)


def test_overrides_are_commands_that_say_whom_they_replace():
    data = schedule(
        layer("Day", "A", "B", turn=DAY, begun="2026-11-01T00:00:00Z", restrictions=[daily("00:00:00", 12)]),
        overrides=[{**user("C"), "start": "2026-11-22T06:00:00Z", "end": "2026-11-23T03:00:00Z"},
                   {**user("C"), "start": "2026-11-01T06:00:00Z", "end": "2026-11-02T03:00:00Z"}],
    )  # fmt: skip

    commands = [line for line in read(data).toml.splitlines() if line.startswith("# escalate oncall")]

    assert commands == [
        "# escalate oncall override add harm-desk --replace person-b --with person-c --from 2026-11-22T06:00Z --to 2026-11-22T12:00Z",
        "# escalate oncall override add harm-desk --add person-c --from 2026-11-22T12:00Z --to 2026-11-23T00:00Z",
        "# escalate oncall override add harm-desk --replace person-a --with person-c --from 2026-11-23T00:00Z --to 2026-11-23T03:00Z",
    ]


def test_names_become_slugs_and_two_that_collide_get_a_number(tmp_path):
    same = [user("1", "Zoë Ng"), user("2", "Zoe Ng"), user("3", "吉田"), user("4", "山田")]
    found = read(schedule(layer("L", *same)), schedule(layer("L", *same), name="harm DESK"))

    assert found.people == ("zoe-ng", "zoe-ng-2", "person", "person-2")
    assert found.schedules == ("harm-desk", "harm-desk-2")
    assert len(set(found.rotations)) == 2
    assert in_force(found.toml, tmp_path).people["person"].name == "吉田"


def test_what_people_are_called_cannot_break_out_of_the_file(tmp_path):
    evil = 'x"\n[channels.evil]\nkind = "webhook" \u202e\x1b[31m\ud800 \\'
    data = schedule(layer(evil, user("1\n[people.mallory]", evil, email='a"@example.org'), "B"), name=evil)
    found = read(data)

    roster = tomllib.loads(found.toml)
    assert set(roster) == {"people", "rotations", "schedules"}
    assert len(roster["people"]) == 2
    assert not {"\x1b", "\u202e", "\ud800"} & set(found.toml)
    in_force(found.toml, tmp_path)


def test_people_whom_the_roster_has_are_not_written_again():
    found = read(
        schedule(layer("L", user("1", "Alice Ng", email="alice@example.org"), "B")), said={"ALICE ng": "alice"}
    )

    assert found.people == ("person-b",)
    assert 'people = ["alice", "person-b"]' in found.toml


def test_a_person_who_is_not_in_it_is_named():
    with pytest.raises(NotFound, match="nobody@example.org"):
        read(schedule(layer("L", "A")), said={"nobody@example.org": "alice"})


def test_every_layer_that_cannot_be_written_is_named_at_once():
    with pytest.raises(Refused) as refused:
        read(
            schedule(layer("Odd", "A", "B", turn=5000), layer("Bad", "A", restrictions=[daily("25:00:00", 1)])),
            schedule(layer("L", "A"), name="Elsewhere", zone="Mars/Olympus"),
            schedule({**layer("No length", "A"), "rotation_turn_length_seconds": True}, "text", name="Third"),
        )

    lines = refused.value.message.splitlines()
    assert lines[0].startswith("Nothing was written: 5 parts")
    assert "Harm desk, layer Odd: a turn of 5000 seconds" in lines[1]
    assert [line.split(":")[0].strip() for line in lines[2:]] == [
        "Harm desk, layer Bad", "Elsewhere", "Third, layer No length", "Third, layer 2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[" * 100_000, id="nested"),
        pytest.param("1" * 10_000, id="a long number"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="nothing"),
        pytest.param('{"schedule": null}', id="null"),
        pytest.param('{"schedules": [{"name": "x"}]}', id="without layers"),
        pytest.param('{"schedules": {"name": "x"}}', id="an object for a list"),
        pytest.param('{"schedule": {"schedule_layers": [], "time_zone": 7}}', id="a number for a zone"),
        pytest.param('{"schedule": {"schedule_layers": [1], "time_zone": "UTC", "overrides": 7}}', id="numbers"),
        pytest.param(
            '{"schedule": {"schedule_layers": [{"users": [[]], "start": "2026-01-01"}], "time_zone": "Europe"}}', id="a folder"
        ),
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused_in_words(text):
    with pytest.raises(Refused):
        foreign_schedules.read(text, {}, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)


@given(st.data())
def test_whatever_stands_in_a_field_there_is_no_traceback(data):
    whole = schedule(
        layer("L", "A", "B", restrictions=[weekly(1, "09:00:00", 8)]),
        overrides=[{**user("C"), "start": "2026-11-22T06:00:00Z", "end": "2026-11-23T03:00:00Z"}],
    )
    places = [
        whole,
        whole["schedule_layers"][0],
        whole["schedule_layers"][0]["restrictions"][0],
        whole["schedule_layers"][0]["users"][0],
        whole["overrides"][0],
        whole["overrides"][0]["user"],
    ]
    place = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)

    with suppress(Refused):
        tomllib.loads(read(whole).toml)
