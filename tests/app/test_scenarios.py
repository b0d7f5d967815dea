"""Whole escalations on the real engine and a real store, in no time: cases as published, and our own."""

import json
from pathlib import Path

import pytest

from cases import SMS, SMS_AND_AGAIN, T0, case, happens, step
from escalate.adapters.store.rehearsal import room
from escalate.app.simulation import perform
from escalate.domain.oncall.scenario import scenario

PUBLISHED = json.loads((Path(__file__).parents[1] / "samples" / "escalation_cases.json").read_text(encoding="utf-8"))[
    "cases"
]
RUN = ("alert_created", "ack", "manual_escalate", "close", "set_temporary_schedule", "clear_temporary_schedules")
NOT_OURS = ("contact_disabled", "on_call_checks")
"""What the case says is not about who is told: a way that was switched off, a rotation that is not in it."""


def told(data):
    return [(one.t, one.person, one.via) for one in perform(room, scenario(data, "case.json")).told]


def is_ours(one):
    return all(event["event"] in RUN for event in one["events"]) and not any(key in one for key in NOT_OURS)


@pytest.mark.parametrize("published", [one for one in PUBLISHED if is_ours(one)], ids=lambda one: one["id"])
def test_a_published_case_tells_whom_it_says(published):
    expected = [(one["t"], one["user"], one["via"]) for one in published["expected_notifications"]]
    until = published.get("expected_no_more_notifications_until_t") or max([t for t, _, _ in expected] + [0]) + 1

    assert sorted(told({**published, "until_t": until})) == sorted(expected)


BOTH = {"bob": SMS_AND_AGAIN, "jane": SMS_AND_AGAIN}
EACH = [step(60, "bob", "jane", multi_ack=True)]
VOICE_TOO = {"bob": [*SMS, {"delay_minutes": 0, "via": "voice"}, {"delay_minutes": 30, "via": "sms"}]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(case([step(15, "bob"), step(15, "jane")], []), [(0, "bob"), (15, "jane")], id="one step after the other"),
        pytest.param(
            case([step(15, "bob"), step(10, "jane")], [], repeat=2),
            [(0, "bob"), (15, "jane"), (25, "bob"), (40, "jane"), (50, "bob"), (65, "jane")],
            id="repeat 2 is three passes",
        ),
        pytest.param(
            case([step(15, "bob")], [], repeat=-1, until=50), [(0, "bob"), (15, "bob"), (30, "bob"), (45, "bob")],
            id="for ever, until the end",
        ),
        pytest.param(
            case([step(30), step(2, "bob")], [], repeat=3, until=30), [(0, "bob"), (2, "bob"), (4, "bob"), (6, "bob")],
            id="a step without anybody takes no time",
        ),
        pytest.param(
            case([step(30, "schedule:night"), step(2, "bob")], [], repeat=-1, until=7, on_call={}),
            [(0, "bob"), (2, "bob"), (4, "bob"), (6, "bob")],
            id="nor does one at which nobody is on call",
        ),
        pytest.param(
            case([step(5, "bob"), step(5, "jane")], [happens(3, "ack", by="admin")]), [(0, "bob")],
            id="somebody who was not told acknowledges",
        ),
        pytest.param(
            case(
                [step(5, "rotation:night"), step(5, "user:jane")], [], users=dict.fromkeys(["bob", "jane"], SMS), repeat=1,
                on_call={"rotation:night": [{"t_from": 0, "t_to": 5, "users": ["bob"]}]},
            ),
            [(0, "bob"), (5, "jane"), (10, "jane")],
            id="on call until then, and nobody after",
        ),
        pytest.param(case([step(15, "bob"), step(15, "jane")], [], until=10), [(0, "bob")], id="until, and no further"),
        pytest.param(
            case([step(15, "bob"), step(15, "jane")], [happens(14, "ack", by="bob")]), [(0, "bob")],
            id="an answer just before the wait is over",
        ),
        pytest.param(
            case([step(15, "bob"), step(15, "jane")], [happens(15, "ack", by="bob")]), [(0, "bob"), (15, "jane")],
            id="an answer at the moment the wait is over",
        ),
        pytest.param(
            case([step(60, "bob")], [happens(5, "ack", by="bob")], users={"bob": SMS_AND_AGAIN}), [(0, "bob")],
            id="an answer stops what was to come",
        ),
        pytest.param(
            case([step(60, "bob")], [happens(5, "ack")], users={"bob": SMS_AND_AGAIN}), [(0, "bob")],
            id="whoever was told last answers where nobody is named",
        ),
        pytest.param(
            case([step(60, "bob")], [happens(5, "close")], users={"bob": SMS_AND_AGAIN}), [(0, "bob")], id="closing stops it",
        ),
        pytest.param(
            case([step(60, "bob", "jane")], [happens(5, "ack", by="bob")], users=BOTH), [(0, "bob"), (0, "jane")],
            id="one answer is enough",
        ),
        pytest.param(
            case(EACH, [happens(5, "ack", by="bob")], users=BOTH), [(0, "bob"), (0, "jane"), (30, "jane")],
            id="each: the others are still told",
        ),
        pytest.param(
            case([*EACH, step(60, "jane")], [happens(5, "ack", by="bob")], users=BOTH), [(0, "bob"), (0, "jane"), (30, "jane")],
            id="each: no further step once one has answered",
        ),
        pytest.param(
            case(EACH, [happens(5, "ack", by="bob"), happens(6, "close")], users=BOTH), [(0, "bob"), (0, "jane")],
            id="each: closing stops it for all",
        ),
        pytest.param(
            case(
                [step(60, "bob", multi_ack=True), step(60, "bob", "jane", multi_ack=True)],
                [happens(0, "ack", by="bob"), happens(0, "manual_escalate"), happens(0, "ack", by="jane")],
                users={"bob": SMS_AND_AGAIN, "jane": SMS},
            ),
            [(0, "bob"), (0, "bob"), (0, "jane"), (30, "bob")],
            id="each: an answer to the step before does not count for the next",
        ),
        pytest.param(
            case([step(60, "bob"), step(60, "jane")], [happens(1, "ack", by="bob"), happens(2, "manual_escalate")], repeat=-1, until=61),
            [(0, "bob"), (2, "jane")],
            id="escalating by hand begins an answered page again",
        ),
        pytest.param(
            case([step(15, "bob"), step(15, "jane")], [happens(5, "manual_escalate")]), [(0, "bob"), (5, "jane")],
            id="escalating by hand does not wait",
        ),
        pytest.param(
            case([step(15, "bob"), step(15, "jane")], [happens(40, "manual_escalate")]),
            [(0, "bob"), (15, "jane"), (40, "bob"), (55, "jane")],
            id="escalating by hand after all has run out",
        ),
        pytest.param(
            case([step(15, "bob"), step(15, "jane")], [happens(5, "manual_escalate", as_of_t=-1)]), [(0, "bob"), (15, "jane")],
            id="escalating by hand what was escalated since",
        ),
        pytest.param(
            case([step(15, "bob"), step(15, "jane")], [happens(5, "manual_escalate", as_of_t=1)]), [(0, "bob"), (5, "jane")],
            id="escalating by hand what was not escalated since",
        ),
        pytest.param(
            case([step(15, "bob")], [happens(5, "close"), happens(6, "manual_escalate"), happens(7, "ack", by="bob")]), [(0, "bob")],
            id="after closing nothing wakes anybody",
        ),
        pytest.param(
            case([step(15, "bob"), step(15, "jane"), step(15, "bob")], [happens(3, "decline", by="bob")]),
            [(0, "bob"), (3, "jane")],
            id="whoever declines is not asked again",
        ),
        pytest.param(
            case([step(15, "bob", "jane"), step(15, "carol")], [happens(3, "decline", by="bob")]),
            [(0, "bob"), (0, "jane"), (15, "carol")],
            id="while another of the step may answer, it waits",
        ),
        pytest.param(
            case([step(15, "schedule:a", "bob", "schedule:b")], [], users={"bob": SMS, "jane": SMS},
                 on_call={"schedule:a": ["jane", "bob"], "schedule:b": ["bob"]}),
            [(0, "jane"), (0, "bob")],
            id="behind several targets a person is told once",
        ),
        pytest.param(
            case([step(15, "bob")], [], users={"bob": [*SMS, *SMS]}), [(0, "bob")], id="the same way at the same minute is one",
        ),
        pytest.param(
            case([step(15, "schedule:a"), step(15, "bob")], [], users={"bob": SMS}, on_call={"schedule:a": []}), [(0, "bob")],
            id="a step with nobody is skipped at once",
        ),
        pytest.param(case([step(15, "bob"), step(15, "jane")], [], users={"bob": [], "jane": SMS}), [(15, "jane")],
                     id="somebody without a way to be reached is waited for"),
        pytest.param(
            case([step(15, "schedule:a"), step(15, "schedule:a")], [], users={"bob": SMS, "jane": SMS},
                 on_call={"schedule:a": [{"t_from": -60, "users": ["bob"]}, {"t_from": 15, "users": ["jane"]}]}),
            [(0, "bob"), (15, "jane")],
            id="who is on call counts when the step fires, from that very minute on",
        ),
        pytest.param(
            case([step(10, "schedule:a")], [
                {"t": 5, "event": "set_temporary_schedule", "schedule": "a", "user": "jane"},
                {"t": 15, "event": "clear_temporary_schedules", "schedule": "schedule:a"},
                {"t": 25, "event": "set_temporary_schedule", "schedule": "a"},
            ], repeat=3, users={"bob": SMS, "jane": SMS}, on_call={"schedule:a": ["bob"]}),
            [(0, "bob"), (10, "jane"), (20, "bob")],
            id="temporary schedules of one, of none, and no more",
        ),
        pytest.param(
            case([step(15, "bob", "jane", round_robin=True)], [happens(0, "alert_created", alert=2), happens(1, "ack", by="bob")]),
            [(0, "bob"), (0, "jane")],
            id="in turn: the next page is the next one's",
        ),
        pytest.param(
            case([step(15, "bob")], [happens(5, "alert_created"), happens(6, "close"), happens(7, "alert_created")]),
            [(0, "bob"), (7, "bob")],
            id="an alert that is there is not opened twice, a closed one is",
        ),
        pytest.param(
            {**case([step(0.5, "bob"), step(15, "jane")], []), "t0": "2025-06-02T10:00:20+02:00"}, [(0, "bob"), (0.5, "jane")],
            id="half a minute",
        ),
        pytest.param(
            case([step(15, "Zoë O’Neill"), step(15, "a:b\nc")], [happens(20, "ack", by="a:b\nc")]), [(0, "Zoë O’Neill"), (15, "a:b\nc")],
            id="names may be anything",
        ),
    ],
)  # fmt: skip
def test_who_is_told_and_when(data, expected):
    assert [(t, person) for t, person, _via in told(data)] == expected


def test_both_cycles_of_a_person_are_told_once_where_they_meet():
    events = [happens(0, "manual_escalate"), happens(30, "manual_escalate")]
    data = case([step(60, "bob")], events, repeat=-1, users=VOICE_TOO, until=60)

    assert sorted(told(data)) == sorted(
        [(0, "bob", "sms"), (0, "bob", "voice")] * 2
        + [(30, "bob", "sms")]
        + [(30, "bob", "sms"), (30, "bob", "voice"), (60, "bob", "sms")]
    )


def test_two_alerts_that_fall_due_at_once_are_told_in_one_message_and_an_answer_finds_it():
    data = case(
        [step(60, "bob", "jane")],
        [happens(0, "alert_created", alert=2), happens(31, "ack", alert=2)],
        users={"bob": SMS, "jane": SMS_AND_AGAIN},
    )

    found = perform(room, scenario(data, "case.json"))

    assert [(one.t, one.person) for one in found.told] == [(0, "bob"), (0, "jane")] * 2 + [(30, "jane")]
    assert [(page.state, page.acknowledged_by) for page in found.pages] == [
        ("exhausted", None),
        ("acknowledged", "jane"),
    ]


def test_the_fallback_is_told_in_the_end_and_belongs_to_no_step():
    data = case([step(15, "bob")], [], users={"bob": SMS, "jane": SMS})
    data["policy"]["fallback"] = "jane"

    found = perform(room, scenario(data, "case.json"))

    assert [(one.t, one.person, one.step) for one in found.told] == [(0, "bob", 1), (15, "jane", None)]
    assert found.pages[0].state == "exhausted"
    assert [one.text.partition(";")[0] for one in found.happened] == ["Page ran out of steps, nobody acknowledged"]


def test_steps_count_from_one_and_instants_are_utc():
    data = {**case([step(15, "bob"), step(15, "jane")], []), "t0": "2025-06-02T10:00:00+02:00"}

    found = perform(room, scenario(data, "case.json")).told

    assert [(one.step, one.at.isoformat()) for one in found] == [
        (1, "2025-06-02T08:00:00+00:00"),
        (2, "2025-06-02T08:15:00+00:00"),
    ]


@pytest.mark.parametrize(
    ("data", "note"),
    [
        pytest.param({"t0": T0, "policy": None, "users": {}, "events": []}, "no steps", id="no policy"),
        pytest.param(case([], []), "no steps", id="no steps"),
        pytest.param({**case([step(5, "bob")], []), "events": []}, "no alert_created", id="no alert"),
        pytest.param(case([step(5, "schedule:x")], []), "schedule:x is not in on_call", id="a schedule nobody described"),
        pytest.param(case([step(5, "bob")], [happens(60, "ack", by="bob")], until=30, users={"bob": []}), "After until_t", id="after the end"),
        pytest.param(case([step(5, "bob")], [], users={"bob": []}), "bob has no way", id="nobody can be reached"),
        pytest.param(
            case([step(5, "bob")], [happens(1, "ack", by="admin")], users={"bob": []}), "admin is not among the users",
            id="an answer from somebody else",
        ),
        pytest.param(
            case([step(5, "schedule:x")], [happens(1, "ack")], on_call={"schedule:x": []}), "nobody had been told",
            id="an answer from nobody",
        ),
    ],
)  # fmt: skip
def test_a_case_in_which_nobody_is_told_says_why(data, note):
    found = perform(room, scenario(data, "case.json"))

    assert found.told == []
    assert note in " ".join(found.notes)


def test_what_the_engine_refuses_is_noted_and_the_case_goes_on():
    data = case([step(15, "bob")], [happens(5, "close"), happens(6, "manual_escalate")])

    found = perform(room, scenario(data, "case.json"))

    assert "events[2] (manual_escalate) is refused" in found.notes[0]
    assert found.pages[0].state == "cancelled"


def test_what_means_nothing_is_said_to_be_left_out():
    data = case([step(15, "bob")], [happens(5, "ack", by="bob", mood="tired")])

    assert "events[1]: mood means nothing here and was left out." in perform(room, scenario(data, "case.json")).notes
