"""`oncall`, `oncall who|shifts|handoffs|calendar` as they are typed."""

from __future__ import annotations

import io
import re
import sys
from datetime import datetime

import pytest

from escalate.app import rota
from escalate.cli import screen
from escalate.cli.views import calendar
from escalate.cli.views.signs import signs
from escalate.domain.timeline.duties import OverrideAdded, TemporaryAdded

ROSTER = """
[people.alice]
name = "Alice Ng"
zone = "Europe/London"
[people.bob]
name = "Bob Okoro"
zone = "UTC"
[people.carol]
name = "Carol Diaz"
zone = "America/Los_Angeles"

[rotations.primary]
zone = "America/Los_Angeles"
start = 2026-01-12T09:00:00
every = "1 week"
people = ["alice", "bob"]

[schedules.ts]
zone = "America/Los_Angeles"
[[schedules.ts.rules]]
from = "09:00"
to = "09:00"
target = "rotation:primary"

[schedules.office]
zone = "UTC"
[[schedules.office.rules]]
days = ["mon", "tue", "wed", "thu", "fri"]
from = "09:00"
to = "17:00"
target = "person:carol"

[policies.harm]
fallback = "person:carol"
[[policies.harm.steps]]
wait = "5m"
targets = ["schedule:ts"]
[[policies.harm.steps]]
wait = "5m"
targets = ["schedule:office"]
"""


@pytest.fixture
def run(escalate, apply_roster):
    apply_roster(ROSTER)
    return escalate


def test_now_says_who_until_when_and_who_is_next(run):
    assert run("oncall --json").data == [
        {
            "schedule": "office",
            "zone": "UTC",
            "on_call": [],
            "next": {"people": ["carol"], "at": "2026-11-23T09:00:00+00:00"},
        },
        {
            "schedule": "ts",
            "zone": "America/Los_Angeles",
            "on_call": [{"person": "alice", "name": "Alice Ng", "until": "2026-11-23T09:00:00-08:00"}],
            "next": {"people": ["bob"], "at": "2026-11-23T09:00:00-08:00"},
        },
    ]


def test_now_is_a_table(run):
    assert run("oncall --zone America/Los_Angeles").stdout.splitlines() == [
        "SCHEDULE  ON CALL   UNTIL                              NEXT",
        "office    nobody                                       then Carol Diaz, from Mon 2026-11-23 09:00Z (01:00 PST)",
        "ts        Alice Ng  Mon 2026-11-23 17:00Z (09:00 PST)  then Bob Okoro, from Mon 2026-11-23 17:00Z (09:00 PST)",
    ]


@pytest.mark.parametrize("with_roster", [False, True], ids=["no roster", "a roster without schedules"])
def test_without_a_schedule_it_says_how_to_write_one(escalate, wiring, apply_roster, with_roster):
    if with_roster:
        apply_roster('[people.alice]\nname = "Alice Ng"\nzone = "UTC"\n')

    result = escalate("oncall")

    assert result.exit_code == 0
    assert "No schedule is in force" in result.stdout
    assert "[schedules.desk]" in result.stdout
    assert escalate("oncall --json").data == []
    assert "No schedule is in force" in escalate("oncall calendar").stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("ts", [("alice", "2026-11-23T09:00:00-08:00")], id="now"),
        pytest.param("ts --at 2026-11-23T17:00Z", [("bob", "2026-11-30T09:00:00-08:00")], id="to come"),
        pytest.param("ts --at 2026-11-01T00:00Z", [("bob", "2026-11-02T09:00:00-08:00")], id="past, before any roster"),
        pytest.param("ts --at 1901-01-01T00:00Z", [("alice", "1901-01-07T09:00:00-08:00")], id="long past"),
        pytest.param("ts --at 8000-01-01T00:00Z", [("alice", "8000-01-03T09:00:00-08:00")], id="far off"),
        pytest.param("office --at 'tomorrow 10:00'", [], id="nobody"),
        pytest.param(
            "rotation:primary --zone UTC", [("alice", "2026-11-23T17:00:00+00:00")], id="a zone that is given"
        ),
        pytest.param("person:bob", [("bob", None)], id="a person"),
    ],
)
def test_who(run, words, expected):
    result = run(f"oncall who {words} --json")

    assert result.exit_code == 0
    assert [(each["person"], each["until"]) for each in result.data] == expected


def test_who_of_a_policy_says_the_step(run):
    assert run("oncall who harm --at 2026-11-23T10:00Z --json").data == [
        {"step": 1, "person": "alice", "name": "Alice Ng", "until": "2026-11-23T17:00:00+00:00"},
        {"step": 2, "person": "carol", "name": "Carol Diaz", "until": "2026-11-23T17:00:00+00:00"},
    ]


def test_nobody_is_said_aloud(run):
    assert run("oncall who harm").stdout.splitlines()[1:] == [
        "STEP  PERSON  NAME      UNTIL",
        "1     alice   Alice Ng  Mon 2026-11-23 17:00Z",
        "2     nobody",
    ]
    assert run("oncall who office").stdout == "Nobody is behind schedule:office at Sat 2026-11-21 21:00Z.\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param("who nobody", 3, "nobody and nothing called", id="unknown"),
        pytest.param("who ts --at soon", 2, "No time can be read", id="no time"),
        pytest.param("shifts ts --from 2026-11-22 --to 2026-11-21", 2, "--to lies before --from", id="backwards"),
        pytest.param("shifts harm", 2, "harm is a policy", id="shifts of a policy"),
        pytest.param("handoffs office", 2, "office is a schedule, not a rotation", id="hand-offs of a schedule"),
        pytest.param("calendar harm", 2, "harm is a policy", id="a calendar of a policy"),
        pytest.param("calendar --weeks 0", 2, "0 is not in the range", id="no weeks"),
    ],
)
def test_mistakes_have_their_exit_codes(run, words, code, says):
    result = run(f"oncall {words}")

    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr


def test_shifts_keep_their_true_start_and_say_where_they_were_cut(run):
    assert run("oncall shifts ts --from 2026-11-22 --to 2026-11-24 --json").data == [
        {
            "person": "alice",
            "start": "2026-11-16T09:00:00-08:00",
            "end": "2026-11-23T09:00:00-08:00",
            "truncated": False,
        },
        {
            "person": "bob",
            "start": "2026-11-23T09:00:00-08:00",
            "end": "2026-11-23T16:00:00-08:00",
            "truncated": True,
        },
    ]


def test_shifts_are_of_the_next_two_weeks_unless_it_is_said_otherwise(run):
    lines = run("oncall shifts ts").stdout.splitlines()

    assert lines[0].split() == ["SCHEDULE:TS", "FROM", "TO"]
    assert [line.split()[0] for line in lines[1:]] == ["Alice", "Bob", "Alice"]
    assert lines[-1].endswith("goes on")


@pytest.mark.parametrize("name", ["primary", "rotation:primary"])
def test_handoffs_of_one_instant_are_the_ends_of_its_turn(run, name):
    found = run(f"oncall handoffs {name} --from 2026-11-21T21:00Z --to 2026-11-21T21:00Z --json").data

    assert found == ["2026-11-16T09:00:00-08:00", "2026-11-23T09:00:00-08:00"]


# ── the calendar ────────────────────────────────────────────────────────────────────────────────────────────────────


def at(text):
    return datetime.fromisoformat(text)


@pytest.fixture
def changed(run, ledger):
    start, end = at("2026-11-25T08:00+00:00"), at("2026-11-26T08:00+00:00")
    with ledger.writing() as record:
        record.append(
            record.on_call(),
            OverrideAdded(override="O-1", schedule="ts", add="carol", remove="bob", start=start, end=end),
            TemporaryAdded(
                temporary="T-1", schedule="office", start=at("2026-11-27T00:00+00:00"),
                end=at("2026-11-28T00:00+00:00"), shifts=[],
            ),
        )  # fmt: skip
    return run


CALENDAR = """\
November to December 2026
       today   Su 22   Mo 23   Tu 24   We 25   Th 26   Fr 27   Sa 28   Su 29   Mo 30   Tu  1   We  2   Th  3   Fr  4
office ··24h   ··24h   CD      CD      CD      CD      ··24h*  ··24h   ··24h   CD      CD      CD      CD      CD
                       ··16h   ··16h   ··16h   ··16h                           ··16h   ··16h   ··16h   ··16h   ··16h
ts     AN      AN      AN▸BO   BO      CD*     BO      BO      BO      BO      BO▸AN   AN      AN      AN      AN

CD Carol Diaz   AN Alice Ng   BO Bob Okoro
office: days of UTC; handed over at 09:00
ts: days of America/Los_Angeles; handed over at 09:00
* T-1 office: a temporary schedule, Fri 11-27 00:00 to Sat 11-28 00:00
* O-1 ts: Carol Diaz for Bob Okoro, Wed 11-25 00:00 to Thu 11-26 00:00
"""


def test_the_calendar_shows_hand_offs_overrides_and_gaps(changed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")

    assert changed("oncall calendar").stdout == CALENDAR


def test_a_calendar_of_one_schedule_in_a_zone_of_ones_own(run):
    [sheet] = run("oncall calendar office --from 2026-11-23 --weeks 1 --zone Asia/Tokyo --json").data

    assert (sheet["schedule"], sheet["zone"]) == ("office", "Asia/Tokyo")
    assert (sheet["from"], sheet["to"]) == ("2026-11-23T00:00:00+09:00", "2026-11-30T00:00:00+09:00")
    assert sheet["shifts"][0] == {
        "person": "carol",
        "start": "2026-11-23T18:00:00+09:00",
        "end": "2026-11-24T02:00:00+09:00",
        "truncated": False,
    }


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 160, 200])
def test_the_calendar_fits_any_terminal(changed, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))

    lines = changed("oncall calendar").stdout.splitlines()

    drawn = lines[: next(number for number, line in enumerate(lines) if line.startswith("CD Carol"))]
    assert max(len(line) for line in drawn) <= columns
    assert {"AN", "BO", "AN▸BO", "CD*"} <= {word for line in drawn for word in line.split()}


def test_a_day_of_many_hand_offs_is_broken_into_lines_and_then_cut(escalate, apply_roster, monkeypatch):
    apply_roster(ROSTER.replace('every = "1 week"', 'every = "1 hour"'))
    monkeypatch.setenv("COLUMNS", "60")

    lines = escalate("oncall calendar ts --weeks 1").stdout.splitlines()

    assert max(len(line) for line in lines[:8]) <= 60
    assert lines[2].split() == ["ts", *["AN▸BO"] * 7]
    assert lines[5].split()[0] == "▸…"


def test_a_terminal_gets_colours_that_carry_nothing_alone(changed, store, clock, monkeypatch):
    sheets = rota.calendar(store, (), None, 14, None, clock.now())
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm-256color")

    screen.show(calendar.drawn(sheets, clock.now(), 120))

    drawn = terminal.getvalue()
    assert "\x1b[36mCD\x1b[0m" in drawn
    assert [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", drawn).splitlines()] == CALENDAR.splitlines()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["Alice Ng", "Bob Okoro"], ["AN", "BO"], id="initials"),
        pytest.param(["Alice Ng", "Ana Nagy"], ["AN", "AA"], id="the same initials"),
        pytest.param(["Cher", "Cher", "Cher"], ["CH", "CE", "CR"], id="one word"),
        pytest.param(["Q", "Q"], ["Q", "Q2"], id="one letter"),
        pytest.param(["Émile Øster"], ["ÉØ"], id="letters with marks"),
        pytest.param(["李 明"], ["P0"], id="letters that take two columns: the slug's"),
        pytest.param(["\x1b[31m Ng"], ["3N"], id="no letter at all in front"),
    ],
)
def test_signs_are_short_and_never_the_same(names, expected):
    assert [*signs({f"p{number}": name for number, name in enumerate(names)}).values()] == expected


def test_handoffs_say_who_takes_over(run):
    lines = run(
        "oncall handoffs primary --from 2026-11-21T21:00Z --to 2026-11-24T21:00Z --zone UTC"
    ).stdout.splitlines()

    assert lines == [
        "Mon 2026-11-16 17:00Z  to Alice Ng",
        "Mon 2026-11-23 17:00Z  to Bob Okoro",
        "Mon 2026-11-30 17:00Z  to Alice Ng",
    ]
