"""Rotations, schedules and what else of a roster file decides who is on call: taken, refused, warned about."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta

import pytest

from escalate.adapters.roster_file import read
from escalate.domain.roster import Roster
from escalate.errors import Misconfigured

PEOPLE = """
[people.alice]
name = "Alice Ng"
zone = "UTC"
reach = [ { via = "console" } ]
[people.Bob_2]
name = "Bob Okoro"
zone = "UTC"
not_for = ["CSE", "life", "cse"]
reach = [ { via = "console" } ]
"""

ROTATION = """
[rotations.first]
zone = "America/Los_Angeles"
start = 2026-01-05T09:00:59
every = "1 week"
people = ["alice", "Bob_2", "alice"]
"""

SCHEDULE = """
[schedules.ts]
zone = "Europe/London"
"""

RULE = """
[[schedules.ts.rules]]
from = "09:00"
to = "17:00"
target = "first"
"""

POLICY = """
[policies.p]
fallback = "rotation:first"
[[policies.p.steps]]
targets = ["ts", "first", "alice"]
"""

WHOLE = PEOPLE + ROTATION + SCHEDULE + RULE + POLICY


@pytest.fixture
def checked(tmp_path):
    def check(text):
        path = tmp_path / "roster.toml"
        path.write_text(text)
        return read([path])

    return check


@pytest.fixture
def roster(checked):
    """The roster as it is read back from the store."""

    def of(text):
        return Roster.from_plain(json.loads(json.dumps(checked(text).roster)))

    return of


@pytest.fixture
def mistakes(checked):
    """The lines in which a roster is refused."""

    def lines(text):
        with pytest.raises(Misconfigured) as refused:
            checked(text)
        return [line.strip().removeprefix("roster.toml:") for line in refused.value.message.splitlines()[1:]]

    return lines


@pytest.fixture
def warnings(checked):
    def lines(text):
        return [f"{each.key}: {each.message}" for each in checked(text).warnings]

    return lines


def test_a_rotation_is_read(roster):
    first = roster(WHOLE).rotations["first"]

    assert (first.name, first.zone, first.every, first.unit) == ("first", "America/Los_Angeles", 1, "weeks")
    assert first.start == datetime(2026, 1, 5, 9, 0)
    assert first.people == ("alice", "Bob_2", "alice")


@pytest.mark.parametrize(
    ("every", "unit", "number"),
    [
        pytest.param("12 hours", "hours", 12, id="hours"),
        pytest.param("1 hour", "hours", 1, id="an hour"),
        pytest.param("2 days", "days", 2, id="days"),
        pytest.param("1 weeks", "weeks", 1, id="plural of one"),
        pytest.param("9000 months", "months", 9000, id="the longest"),
    ],
)
def test_a_turn_is_so_long(roster, every, unit, number):
    first = roster(WHOLE.replace("1 week", every)).rotations["first"]

    assert (first.every, first.unit) == (number, unit)


def test_a_schedule_is_read(roster):
    more = RULE.replace("first", "person:alice").replace("from", 'days = ["sun", "mon", "sun"]\nzone = "UTC"\nfrom')
    never = RULE.replace("from", "days = []\nfrom").replace("17:00", "09:00")
    ts = roster(PEOPLE + ROTATION + SCHEDULE + 'notice = "1d"' + RULE + more + never + POLICY).schedules["ts"]

    assert (ts.name, ts.zone, ts.notice) == ("ts", "Europe/London", timedelta(days=1))
    assert [rule.days for rule in ts.rules] == [None, (0, 6), ()]
    assert [rule.target for rule in ts.rules] == ["rotation:first", "person:alice", "rotation:first"]
    assert [rule.zone for rule in ts.rules] == [None, "UTC", None]
    assert [(rule.begin, rule.end) for rule in ts.rules] == [(time(9), time(17))] * 2 + [(time(9), time(9))]


def test_a_policy_names_schedules_and_rotations(roster):
    text = WHOLE.replace("targets", 'multi_ack = true\nround_robin = true\nwait = "10s"\ntargets')
    found = roster(
        text.replace("[policies.p]", '[policies.p]\nunworked = "30m"') + '[[routes]]\npage = ["schedule:ts"]'
    )
    policy = found.policies["p"]

    assert policy.steps[0].targets == ("schedule:ts", "rotation:first", "person:alice")
    assert (policy.steps[0].multi_ack, policy.steps[0].round_robin) == (True, True)
    assert (policy.fallback, policy.unworked) == ("rotation:first", timedelta(minutes=30))
    assert found.routes[0].page == ("schedule:ts",)


def test_what_people_are_not_given_and_when_they_are_relieved_is_read(roster):
    found = roster(WHOLE + "[care]\nreveals = 20")

    assert found.people["Bob_2"].not_for == {"cse", "life"}
    assert found.people["alice"].not_for == frozenset()
    assert found.reveals == 20
    assert roster(WHOLE).reveals == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param('"2026-01-05T09:00"', "is in quotes. As start = 2026-01-05T09:00:00, without quotes", id="quoted"),
        pytest.param("2026-01-05", "has no time of day. As start = 2026-01-05T09:00:00", id="a date"),
        pytest.param("09:00:00", "is not a local date-time. As start =", id="a time"),
        pytest.param("5", "is not a local date-time.", id="a number"),
        pytest.param(
            "2026-01-05T09:00:00-08:00",
            "has an offset. It is wall time in the rotation's zone. Leave the offset out, as 2026-01-05T09:00:00.",
            id="an offset",
        ),
        pytest.param("2026-01-05T09:00:00Z", "has an offset.", id="in UTC"),
        pytest.param("0001-01-01T00:00:00", "is too far away. The year is between 1970 and 2199.", id="long ago"),
    ],
)
def test_a_start_that_is_no_local_date_time_is_refused(mistakes, given, says):
    [line] = mistakes(WHOLE.replace("2026-01-05T09:00:59", given))

    assert line.startswith(f"rotations.first.start: {says}")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param('"1 week"', '"0 weeks"', "first.every: is out of range. From 1 to 9000", id="no length"),
        pytest.param('"1 week"', '"9001 hours"', "first.every: is out of range.", id="too long a turn"),
        pytest.param('"1 week"', '"-1 weeks"', "first.every: is not the length of a turn. As", id="negative turn"),
        pytest.param('"1 week"', '"week"', "first.every: is not the length of a turn.", id="no number"),
        pytest.param('"1 week"', '"30 minutes"', "first.every: is not the length of a turn.", id="minutes"),
        pytest.param('"1 week"', "7", 'first.every: is text, in quotes. As every = "1 week".', id="a bare number"),
        pytest.param('["alice", "Bob_2", "alice"]', "[]", "first.people: is a rotation of nobody.", id="of nobody"),
        pytest.param('people = ["alice", "Bob_2", "alice"]', "", "first.people: is missing. As people", id="no people"),
        pytest.param('"alice", "Bob_2"', '"alcie"', "people[0]: there is no person 'alcie'. Did you mean alice.", id="x"),
        pytest.param('"alice", "Bob_2"', '"person:alice"', "'person:alice'. Write alice.", id="a target as a person"),
        pytest.param('"alice", "Bob_2"', '"schedule:ts"', "'schedule:ts'. Name people only.", id="a loop of rotations"),
        pytest.param(
            '["alice", "Bob_2", "alice"]', str(["alice"] * 201), "people: is too long. At most 200.", id="201 people"
        ),
        pytest.param("America/Los_Angeles", "Europe/Lodnon", "first.zone: is not a time zone. Did you mean", id="zone"),
        pytest.param('every = "1 week"', 'evry = "1 week"\nevery = "1 week"', "Did you mean every.", id="unknown key"),
        pytest.param("Europe/London", "Nowhere", "ts.zone: is not a time zone.", id="zone of a schedule"),
        pytest.param('from = "09:00"', "", 'rules[0].from: is missing. As from = "09:00".', id="to without from"),
        pytest.param('to = "17:00"', "", 'rules[0].to: is missing. As to = "17:00"', id="from without to"),
        pytest.param('"17:00"', '"24:00"', "rules[0].to: is not a clock time. The end of a day is", id="24:00"),
        pytest.param('"17:00"', '"9:30"', 'rules[0].to: is not a clock time. With two digits: "09:30".', id="9:30"),
        pytest.param('"17:00"', '"17:00:30"', 'Hours and minutes only: "17:00".', id="seconds"),
        pytest.param('"17:00"', '"25:00"', "rules[0].to: is not a clock time.", id="25:00"),
        pytest.param('"17:00"', '"٠٩:٠٠"', "rules[0].to: is not a clock time.", id="other digits"),
        pytest.param('"17:00"', "17:00:00", "rules[0].to: is text, in quotes. As to =", id="a time of TOML"),
        pytest.param('"17:00"', "17:00", "Clock times stand in quotes", id="no quotes"),
        pytest.param('to = "17:00"', 'to = "17:00"\ndays = ["Monday"]', "days[0]: is not a day. Write mon.", id="Monday"),
        pytest.param('to = "17:00"', 'to = "17:00"\ndays = ["x"]', "is not a day. Days: mon, tue,", id="no day"),
        pytest.param('to = "17:00"', 'to = "17:00"\ndays = "mon"', "rules[0].days: is a list, in [ ].", id="one day"),
        pytest.param('to = "17:00"', 'to = "17:00"\nzone = "Mars"', "rules[0].zone: is not a time zone.", id="its zone"),
        pytest.param('to = "17:00"', 'to = "17:00"\nday = ["mon"]', "rules[0].day: there is no such key.", id="day"),
        pytest.param(
            '"first"\n', '"schedule:ts"\n', "'schedule:ts' cannot stand here. A rule names a person or a rotation, so",
            id="a loop of schedules",
        ),
        pytest.param('"first"\n', '"ts"\n', "'ts' is a schedule and cannot stand here. A rule names", id="bare loop"),
        pytest.param('"first"\n', '"policy:p"\n', "'policy:p' cannot stand here. A rule names", id="a policy in a rule"),
        pytest.param('"first"\n', '"p"\n', "'p' is a policy and cannot stand here.", id="bare policy in a rule"),
        pytest.param('"first"\n', '"frist"\n', "target: there is no person or rotation 'frist'. Did you", id="unknown"),
        pytest.param('"first"\n', '"rotation:x"\n', "there is no rotation 'x'. There are: first.", id="no rotation"),
        pytest.param('"rotation:first"', '"rotation:x"', "p.fallback: there is no rotation 'x'.", id="fallback"),
        pytest.param('zone = "Europe/London"', 'zone = "UTC"\nnotice = "0m"', "ts.notice: is too short", id="no notice"),
        pytest.param('zone = "Europe/London"', 'zone = "UTC"\nnotice = "8d"', "is longer than seven days.", id="8 days"),
        pytest.param("targets =", 'wait = "-5m"\ntargets =', "steps[0].wait: is negative: time runs forward.", id="-5m"),
        pytest.param("targets =", 'wait = "0s"\ntargets =', "steps[0].wait: gives nobody time to answer.", id="0s"),
        pytest.param("targets =", "round_robin = 1\ntargets =", "round_robin: is true or false", id="no boolean"),
        pytest.param("[policies.p]", "[policies.p]\nunworked = '59s'", "p.unworked: gives nobody time to work.", id="59s"),
        pytest.param("[policies.p]", "[policies.p]\nunworked = 30", "p.unworked: is text, in quotes. As", id="30"),
        pytest.param('"CSE"', '"csee"', "people.Bob_2.not_for[0]: is not a kind of harm. Did you mean cse?", id="harm"),
        pytest.param("[policies.p]", "[care]\nreveals = 0\n[policies.p]", "care.reveals: is out of range.", id="none"),
        pytest.param("[policies.p]", "[care]\nreveals = 10001\n[policies.p]", "It is between 1 and 10000.", id="many"),
        pytest.param("[policies.p]", "[care]\n[policies.p]", "care.reveals: is missing. As reveals = 20.", id="no care"),
        pytest.param("[policies.p]", "[care]\nreveal=1\nreveals=1\n[policies.p]", "care.reveal: there is no", id="reveal"),
        pytest.param("[rotations.first]", "[rotation.x]\n[rotations.first]", "rotation: there is no such table.", id="t"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key_and_what_to_do(mistakes, old, new, says):
    found = mistakes(WHOLE.replace(old, new, 1))

    assert len(found) == 1, found
    assert says in found[0]


def test_a_schedule_has_at_most_100_rules(mistakes):
    assert mistakes(WHOLE + RULE * 100) == ["schedules.ts.rules: is too long. At most 100."]


def test_all_mistakes_are_named_at_once_also_those_that_stand_in_one_part(mistakes):
    found = mistakes(
        WHOLE.replace("America/Los_Angeles", "Mars")
        .replace('"Bob_2"', '"Bbo"')
        .replace("17:00", "24:00")
        .replace('target = "first"', 'target = "policy:p"')
        .replace('"rotation:first"', '"schedule:tz"')
        .replace('"ts", "first"', '5, "tss"')
        + '[[routes]]\nrunbook = "../x"\npage = ["q"]\n[[routes]]\npage = ["r"]\n'
    )

    assert [line.split(": ")[0] for line in found] == [
        "rotations.first.zone",
        "schedules.ts.rules[0].to",
        "policies.p.steps[0].targets[0]",
        "routes[0].runbook",
        "rotations.first.people[1]",
        "schedules.ts.rules[0].target",
        "policies.p.steps[0].targets[1]",
        "policies.p.fallback",
        "routes[1].page[0]",
        "routes[0].page[0]",
    ]


def test_care_stands_in_one_file_only(tmp_path):
    (tmp_path / "one.toml").write_text(WHOLE + "[care]\nreveals = 5")
    (tmp_path / "two.toml").write_text("[care]\nreveals = 6")

    with pytest.raises(Misconfigured, match=r"two\.toml:care: stands twice. It is in one\.toml too"):
        read([tmp_path / "one.toml", tmp_path / "two.toml"])


def test_names_may_stand_in_several_files(tmp_path):
    (tmp_path / "one.toml").write_text(PEOPLE + POLICY)
    (tmp_path / "two.toml").write_text(ROTATION + SCHEDULE + RULE)

    assert read([tmp_path / "one.toml", tmp_path / "two.toml"]).warnings == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(WHOLE, [], id="all is well"),
        pytest.param(WHOLE.replace('"alice", "Bob_2", "alice"', '"alice"'), [], id="a rotation of one"),
        pytest.param(
            WHOLE.replace(RULE, ""),
            [
                "schedules.ts: it has no rules: nobody is on call but by an override",
            ],
            id="a schedule without rules",
        ),
        pytest.param(
            WHOLE.replace('from = "09:00"', 'days = []\nfrom = "09:00"'),
            ["schedules.ts: nobody is ever on call: none of its rules has a day"],
            id="a schedule without days",
        ),
        pytest.param(
            WHOLE.replace(RULE, "").replace('"ts", "first", "alice"', '"ts"'),
            [
                "schedules.ts: it has no rules: nobody is on call but by an override",
                "policies.p.steps[0]: step 1 has nobody behind it and will be skipped, and it is the last one",
            ],
            id="a step with an empty schedule",
        ),
        pytest.param(
            WHOLE.replace(RULE, "").replace('"rotation:first"', '"ts"').replace('"ts", "first", "alice"', '"first"'),
            [
                "schedules.ts: it has no rules: nobody is on call but by an override",
                "policies.p.fallback: the fallback is a schedule that nobody is ever in",
            ],
            id="a fallback with an empty schedule",
        ),
        pytest.param(
            WHOLE + ROTATION.replace("first", "other"),
            ["rotations.other: no schedule, policy or route uses it"],
            id="an idle rotation",
        ),
        pytest.param(
            WHOLE + ROTATION.replace("first", "other") + '[[routes]]\npage = ["rotation:other"]',
            [],
            id="a rotation that a route pages",
        ),
        pytest.param(
            WHOLE.replace('"ts", "first", "alice"]', '"ts"]\nround_robin = true'),
            ["policies.p.steps[0]: round_robin has one target, which is asked every time"],
            id="in turn with nobody",
        ),
    ],
)
def test_what_will_surprise_somebody_at_night_is_warned_about(warnings, text, expected):
    assert warnings(text) == expected
