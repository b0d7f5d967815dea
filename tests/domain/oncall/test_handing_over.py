"""The note of a hand-off, and who may take it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.domain.incident.state import Incident
from escalate.domain.oncall import handing_over as handing
from escalate.domain.oncall.duty import Handoff
from escalate.domain.roster import Roster
from escalate.errors import NotFound, Refused, Usage

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


def incident(number=7, **more):
    given = {
        "id": f"id-{number}", "number": number, "code_name": "SLATE OTTER", "title": "words", "severity": "SEV2",
        "peak_severity": "SEV2", "opened_at": NOW, "opened_by": "alice", "harm": ("gra",), **more,
    }  # fmt: skip
    return Incident(**given)


STARTED = {"child-safety": {"steps": ["one", "two", "three"], "done": [1], "skipped": [3], "started_at": ""}}
DONE = {"child-safety": {"steps": ["one"], "done": [1], "skipped": [], "started_at": ""}}


def test_the_note_says_what_is_open_and_not_what_it_is_about():
    note = handing.items([incident(roles={"lead": "alice"}, runbooks=STARTED)], [])

    assert note["incidents"] == [
        {"ref": "INC-7", "code_name": "SLATE OTTER", "severity": "SEV2", "status": "open", "lead": "alice"}
    ]
    assert note["tasks"] == [{"ref": "INC-7", "runbook": "child-safety", "open": [2], "next": "two"}]
    assert note["clocks"] == []
    assert "words" not in str(note)


@pytest.mark.parametrize("more", [{"sensitive": True}, {"restricted": True}], ids=str)
def test_of_a_guarded_incident_no_name_is_kept_that_may_say_more(more):
    [task] = handing.items([incident(runbooks=STARTED, **more)], [])["tasks"]

    assert task == {"ref": "INC-7", "runbook": None, "open": [2], "next": None}


def test_drills_and_finished_runbooks_are_left_out():
    note = handing.items([incident(1, drill=True), incident(2, runbooks=DONE)], [])

    assert [one["ref"] for one in note["incidents"]] == ["INC-2"]
    assert note["tasks"] == []


@pytest.mark.parametrize(
    ("note", "said"),
    [
        pytest.param({}, "nothing is open", id="nothing"),
        pytest.param({"incidents": [1, 2], "pages": [1]}, "2 open incidents, 1 page nobody has answered", id="some"),
        pytest.param({"tasks": [1], "clocks": []}, "1 runbook with steps to do", id="one"),
    ],
)
def test_what_may_be_said_on_a_lock_screen(note, said):
    assert handing.counted(note) == said


def roster(*schedules):
    def schedule(name, people):
        rules = [
            {"days": None, "begin": f"{9 + 6 * n:02}:00", "end": f"{(15 + 6 * n) % 24:02}:00", "target": f"person:{one}", "zone": None}
            for n, one in enumerate(people)
        ]  # fmt: skip
        return {"name": name, "zone": "UTC", "notice": None, "rules": rules}

    return Roster.from_plain(
        {
            "people": {name: {"slug": name, "name": name.title(), "zone": "UTC"} for name in ("alice", "bob", "carol")},
            "schedules": {f"s{n}": schedule(f"s{n}", people) for n, people in enumerate(schedules)},
        }
    )


# At 21:00 the third of a schedule is on call (21:00 to 03:00), the first follows at 09:00, the second at 15:00.


@pytest.mark.parametrize(
    ("people", "giver", "taker"),
    [
        pytest.param(["alice", "bob", "carol"], "carol", "alice", id="who comes next"),
        pytest.param(["carol", "bob", "carol"], "carol", "bob", id="not the giver again"),
        pytest.param(["alice", "bob", "carol"], "bob", "carol", id="the giver's time is over: who is there already"),
        pytest.param(["alice", "bob"], "bob", "alice", id="nobody is there yet"),
    ],
)
def test_who_takes_over(people, giver, taker):
    assert handing.next_taker(roster(people).plan, "s0", giver, NOW) == taker


def test_where_nobody_follows_it_must_be_said_who():
    with pytest.raises(Refused, match="Nobody is on call in s0 after alice"):
        handing.next_taker(roster(["alice"]).plan, "s0", "alice", NOW)


@pytest.mark.parametrize(
    ("schedules", "found"),
    [
        pytest.param([["bob"]], "s0", id="the only one"),
        pytest.param([["bob"], ["bob", "carol", "alice"]], "s1", id="the one they are on call in"),
        pytest.param([["bob"], ["carol"]], Usage, id="none of several"),
        pytest.param([["bob", "carol", "alice"]] * 2, Usage, id="several"),
        pytest.param([], NotFound, id="there is none"),
    ],
)
def test_which_schedule_is_meant(schedules, found):
    given = roster(*schedules)
    if isinstance(found, str):
        assert handing.schedule_of(given, given.plan, "alice", NOW) == found
    else:
        with pytest.raises(found):
            handing.schedule_of(given, given.plan, "alice", NOW)


def test_only_the_taker_accepts():
    handoff = Handoff(
        id="H-1", schedule="ts", giver="alice", taker="bob", note="", items={}, at=NOW - timedelta(hours=1)
    )

    handing.refuse_others(handoff, "bob")
    with pytest.raises(Refused, match="written for bob"):
        handing.refuse_others(handoff, "carol")
