"""Holes in who is on call are found before somebody falls through them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from escalate.app import coverage
from escalate.domain.oncall import stretches
from escalate.domain.oncall.shift import Shift
from escalate.domain.timeline.duties import OverrideAdded, PreferencesSet, TemporaryAdded

REACHED = """
[channels.mail]
kind = "email"
host = "smtp.example.org:587"
from = "escalate@example.org"
"""
PEOPLE = REACHED + "".join(
    f'[people.{slug}]\nname = "{name}"\nzone = "UTC"\nemail = "{slug}@example.org"\n'
    for slug, name in (("alice", "Alice Ng"), ("bob", "Bob Okoro"), ("carol", "Carol Diaz"))
)
ROTATION = """
[rotations.primary]
zone = "UTC"
start = 2026-01-12T09:00:00
every = "1 week"
people = ["alice", "bob"]
"""


def schedule(*rules, name="desk", zone="UTC"):
    """Rules as `09:00-17:00 rotation:primary mon,tue`."""
    text = f'[schedules.{name}]\nzone = "{zone}"\n'
    for rule in rules:
        span, target, *days = rule.split()
        begin, end = span.split("-")
        text += f'[[schedules.{name}.rules]]\nfrom = "{begin}"\nto = "{end}"\ntarget = "{target}"\n'
        text += f"days = {days[0].split(',')}\n" if days else ""
    return text


def policy(*steps, name="harm", fallback=None):
    text = f"[policies.{name}]\n" + (f'fallback = "{fallback}"\n' if fallback else "")
    return text + "".join(f'[[policies.{name}.steps]]\nwait = "5m"\ntargets = {step.split()}\n' for step in steps)


ALWAYS = schedule("09:00-09:00 rotation:primary")
HOURS = schedule("09:00-17:00 person:alice")


def at(text):
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


@pytest.fixture
def put(apply_roster):
    return lambda *parts: apply_roster(PEOPLE + ROTATION + "".join(parts))


@pytest.fixture
def write(ledger):
    def append(*events):
        with ledger.writing() as record:
            record.append(record.on_call(), *events)

    return append


@pytest.fixture
def found(store, clock):
    """What is found in two days, as `kind where 11-21 21:00 11-22 09:00 text`, of one kind if that is given."""

    def look(kind="", days=2):
        checked = coverage.check(store, clock.now(), days)
        return [
            f"{one.kind} {one.where} {one.start:%m-%d %H:%M} {one.end:%m-%d %H:%M} {one.text}"
            for one in checked.findings
            if kind in {"", one.kind}
        ]

    return look


def test_nothing_is_found_where_somebody_is_always_there(put, found):
    put(ALWAYS, policy("schedule:desk", fallback="person:carol"))

    assert found(days=14) == []


def test_a_gap_is_named_with_the_command_that_fills_it(put, store, clock, found):
    put(HOURS, policy("schedule:desk", "person:carol"))

    assert found() == [
        "gap schedule:desk 11-21 21:00 11-22 09:00 nobody is on call",
        "gap schedule:desk 11-22 17:00 11-23 09:00 nobody is on call",
        "gap schedule:desk 11-23 17:00 11-23 21:00 nobody is on call",
    ]
    [first, *_] = coverage.check(store, clock.now(), 2).findings
    assert first.hint == (
        "escalate oncall override add desk --add PERSON --from 2026-11-21T21:00Z --to 2026-11-22T09:00Z"
    )


def test_a_schedule_that_nothing_pages_may_have_gaps(put, found):
    put(HOURS, policy("person:carol"))

    assert found() == []


@pytest.mark.parametrize(
    "used",
    [
        pytest.param(policy("person:carol", fallback="schedule:desk"), id="a fallback"),
        pytest.param(
            policy("person:carol") + '[[routes]]\nwhen = { severity = "SEV1" }\npage = ["schedule:desk"]\n',
            id="a route",
        ),
    ],
)
def test_what_a_fallback_or_a_route_names_is_looked_at(put, found, used):
    put(HOURS, used)

    assert len(found("gap")) == 3


def test_a_policy_is_looked_at_step_by_step_and_as_a_whole(put, found):
    put(
        schedule("09:00-17:00 person:alice"),
        schedule("12:00-20:00 person:bob", name="late"),
        policy("schedule:desk", "schedule:late", fallback="person:carol"),
    )

    assert found("last-step", days=1) == [
        "last-step policy:harm 11-21 21:00 11-22 12:00 the last step reaches nobody; person:carol is told",
        "last-step policy:harm 11-22 20:00 11-22 21:00 the last step reaches nobody; person:carol is told",
    ]
    assert found("nobody", days=1) == [
        "nobody policy:harm 11-21 21:00 11-22 09:00 no step reaches anybody; person:carol is told",
        "nobody policy:harm 11-22 20:00 11-22 21:00 no step reaches anybody; person:carol is told",
    ]


def test_targets_of_one_step_stand_in_for_each_other(put, found):
    put(HOURS, schedule("17:00-09:00 person:bob", name="night"), policy("schedule:desk schedule:night"))

    assert {line.split()[0] for line in found()} == {"gap"}


def test_people_whom_only_the_console_reaches_are_named_once(apply_roster, found):
    text = (PEOPLE + ROTATION).replace('email = "bob@example.org"\n', "")
    apply_roster(text + ALWAYS + policy("schedule:desk", "person:bob"))

    assert found(days=30) == [
        "unreachable person:bob 11-21 21:00 12-21 21:00 Bob Okoro is paged then, and only the console reaches them"
    ]


# ── harm that somebody asked not to be given ────────────────────────────────────────────────────────────────────────


def test_a_hole_made_by_preferences_is_shown_without_saying_whose(put, write, found):
    put(HOURS, policy("schedule:desk", "person:bob", fallback="person:carol"))
    write(PreferencesSet(person="alice", not_for=["cse"]))

    assert found("not-for") == [
        "not-for policy:harm step 1 11-22 09:00 11-22 17:00 nobody behind step 1 may be given cse: the step is passed over",
        "not-for policy:harm step 1 11-23 09:00 11-23 17:00 nobody behind step 1 may be given cse: the step is passed over",
    ]

    write(PreferencesSet(person="bob", not_for=["cse", "life"]))

    assert sorted(line.partition(";")[0] for line in found("not-for") if "any step" in line) == [
        "not-for policy:harm 11-21 21:00 11-22 09:00 nobody behind any step may be given life",
        "not-for policy:harm 11-21 21:00 11-23 21:00 nobody behind any step may be given cse",
        "not-for policy:harm 11-22 17:00 11-23 09:00 nobody behind any step may be given life",
        "not-for policy:harm 11-23 17:00 11-23 21:00 nobody behind any step may be given life",
    ]
    assert not any("Alice" in line or "alice" in line for line in found("not-for"))


def test_a_preference_of_one_of_two_makes_no_hole(put, write, found):
    put(ALWAYS, policy("schedule:desk person:carol"))
    write(PreferencesSet(person="alice", not_for=["cse"]), PreferencesSet(person="bob", not_for=["cse"]))

    assert found() == []


# ── overrides ───────────────────────────────────────────────────────────────────────────────────────────────────────


def override(id_="O-1", *, add=None, remove=None, start="11-22T09:00", end="11-22T17:00"):
    return OverrideAdded(override=id_, schedule="desk", add=add, remove=remove, start=at(start), end=at(end))


@pytest.mark.parametrize(
    ("made", "why"),
    [
        pytest.param({"add": "carol", "remove": "bob"}, "Bob Okoro is not on call then", id="nobody to stand in for"),
        pytest.param({"remove": "bob"}, "Bob Okoro is not on call then", id="nobody to leave"),
        pytest.param({"add": "alice"}, "Alice Ng is on call then anyway", id="there already"),
        pytest.param({"add": "carol"}, "", id="one more"),
        pytest.param({"add": "carol", "remove": "alice"}, "", id="somebody else"),
        pytest.param({"add": "bob", "end": "11-24T00:00"}, "", id="there already for a part of it"),
    ],
)
def test_an_override_that_changes_nothing_is_found(put, write, found, made, why):
    put(ALWAYS, policy("schedule:desk"))
    write(override(**made))

    assert [line.partition("O-1 ")[2] for line in found("override")] == ([f"changes nothing: {why}"] if why else [])


def test_an_override_that_another_hides_is_found(put, write, found):
    put(ALWAYS, policy("schedule:desk"))
    write(
        override("O-1", add="bob", remove="alice"),
        override("O-2", add="carol", remove="alice", start="11-22T08:00", end="11-22T20:00"),
        override("O-3", add="carol", remove="alice"),
    )

    assert [line.partition("17:00 ")[2] for line in found("override")] == [
        "O-1 changes nothing: another override counts instead"
    ]


def test_an_override_under_a_temporary_schedule_changes_nothing(put, write, found):
    put(ALWAYS, policy("schedule:desk"))
    turn = {"person": "bob", "start": "2026-11-22T00:00:00.000000Z", "end": "2026-11-23T00:00:00.000000Z"}
    write(
        override(add="carol"),
        TemporaryAdded(temporary="T-1", schedule="desk", start=at("11-22T00:00"), end=at("11-23T00:00"), shifts=[turn]),
    )

    assert found() == [
        "override schedule:desk 11-22 09:00 11-22 17:00 O-1 changes nothing: a temporary schedule stands in its place"
    ]


def test_overrides_that_leave_nobody_are_named_together(put, write, found):
    put(schedule("09:00-17:00 person:alice", "09:00-17:00 person:bob"), policy("schedule:desk"))
    write(override("O-1", remove="alice"), override("O-2", remove="bob", start="11-22T10:00", end="11-22T12:00"))

    assert found("override") == ["override schedule:desk 11-22 10:00 11-22 12:00 O-1 and O-2 leave nobody on call"]


def test_a_temporary_schedule_that_leaves_nobody_is_named(put, write, found):
    put(ALWAYS, policy("schedule:desk"))
    write(TemporaryAdded(temporary="T-1", schedule="desk", start=at("11-22T10:00"), end=at("11-22T12:00"), shifts=[]))

    assert found("override") == ["override schedule:desk 11-22 10:00 11-22 12:00 T-1 leaves nobody on call"]
    assert found("gap") == ["gap schedule:desk 11-22 10:00 11-22 12:00 nobody is on call"]


def test_an_override_by_somebody_who_left_is_found(put, write, found):
    put(ALWAYS, policy("schedule:desk"))
    write(override(add="dave", remove="alice"))

    assert found("override") == [
        "override schedule:desk 11-22 09:00 11-22 17:00 O-1 names dave, whom the roster does not know",
        "override schedule:desk 11-22 09:00 11-22 17:00 O-1 leaves nobody on call",
    ]


def test_what_is_over_or_was_taken_back_is_not_looked_at(put, write, found, clock):
    put(ALWAYS, policy("schedule:desk"))
    write(override(add="alice"))
    clock.advance(days=2)

    assert found() == []


# ── clocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_shift_in_which_the_clocks_change_has_its_true_length(apply_roster, found, clock):
    rotation = ROTATION.replace('"UTC"', '"Europe/London"')
    apply_roster(PEOPLE + rotation + policy("rotation:primary"))
    clock.advance(days=125)  # 26 March 2027; the clocks go forward on the 28th

    assert found() == [
        "clock-change rotation:primary 03-22 09:00 03-29 08:00 Alice Ng's shift is 167 h long: clocks in Europe/London go forward 1 h at 2027-03-28T01:00Z"
    ]


def test_a_job_for_ever_has_no_length(put, found, clock):
    put(schedule("09:00-09:00 person:alice", zone="Europe/London"), policy("schedule:desk"))
    clock.advance(days=125)

    assert found() == []


# ── how long it takes, and the ground it stands on ──────────────────────────────────────────────────────────────────


def test_a_year_of_ten_schedules_takes_no_time(put, store, clock):
    parts = []
    for number in range(10):
        parts.append(schedule("09:00-17:00 rotation:primary", "17:00-09:00 person:carol", name=f"s{number}"))
        parts.append(policy(f"schedule:s{number}", f"schedule:s{number} person:alice", name=f"p{number}"))
    put(*parts)
    began = time.process_time()

    assert coverage.check(store, clock.now(), 365).findings == []
    assert time.process_time() - began < 2  # 0.2 s when the machine is quiet


def test_stretches_cover_the_time_without_a_hole():
    start, day = at("11-21T00:00"), timedelta(days=1)
    shifts = [
        Shift(person="alice", start=start - day, end=start + day),
        Shift(person="bob", start=start + day / 2, end=start + 2 * day),
        Shift(person="carol", start=start + 3 * day, end=start + 9 * day, truncated=True),
    ]

    line = stretches.of(shifts, start, start + 4 * day)

    assert [(begin - start, end - start, sorted(people)) for begin, end, people in line] == [
        (0 * day, day / 2, ["alice"]),
        (day / 2, day, ["alice", "bob"]),
        (day, 2 * day, ["bob"]),
        (2 * day, 3 * day, []),
        (3 * day, 4 * day, ["carol"]),
    ]
    both = stretches.together([line, stretches.of([], start, start + 4 * day), line])
    assert stretches.where(both, bool) == stretches.where(line, bool)
    assert stretches.where(line, lambda people: not people) == [(start + 2 * day, start + 3 * day)]
