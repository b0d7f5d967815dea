"""What would happen with the roster in force, on the real engine and a store of its own."""

from datetime import UTC, datetime, timedelta

import pytest

from escalate.adapters.store.rehearsal import room
from escalate.app.simulation import Question, simulate
from escalate.domain.instants import to_text
from escalate.domain.timeline.duties import OverrideAdded, OverrideRemoved, PreferencesSet, TemporaryAdded
from escalate.errors import NotFound, Refused


def person(slug, *vias, **more):
    reach = [{"via": via, "after": after} for via, after in vias]
    return {"slug": slug, "name": slug.title(), "zone": "UTC", "reach": reach, **more}


def always(name, *people):
    rule = {"days": None, "begin": "00:00", "end": "00:00", "zone": None}
    return {
        "name": name,
        "zone": "UTC",
        "rules": [{**rule, "target": f"person:{one}"} for one in people],
        "notice": None,
    }


ROSTER = {
    "channels": {
        "chat": {"name": "chat", "kind": "slack"},
        "pager": {"name": "pager", "kind": "pagerduty"},
    },
    "people": {
        "alice": person("alice", ("chat", 0), ("pager", 120)),
        "bob": person("bob", ("chat", 0)),
        "carol": person("carol", ("chat", 0)),
        "dora": person("dora"),
    },
    "teams": {"desk": {"slug": "desk", "name": "Desk", "people": ["carol"]}},
    "schedules": {"ts": always("ts", "alice")},
    "policies": {
        "harm": {
            "name": "harm", "repeat": 0, "fallback": "person:carol", "unworked": 1800,
            "steps": [{"targets": ["schedule:ts"], "wait": 300}, {"targets": ["person:bob"], "wait": 600}],
        },
        "turns": {
            "name": "turns", "repeat": 0, "fallback": None,
            "steps": [{"targets": ["person:alice", "person:bob", "person:carol"], "wait": 300, "round_robin": True}],
        },
    },
}  # fmt: skip
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def minutes(number):
    return timedelta(minutes=number)


@pytest.fixture
def ask(ledger, store):
    """What would happen with ROSTER in force."""
    with ledger.writing() as record:
        record.tx.apply_roster(ROSTER, "", "alice")

    def asked(target="policy:harm", **more):
        return simulate(store, ROSTER, room, Question(**{"target": target, "at": AT, **more}))

    return asked


def brief(found):
    return [(one.t, one.step, one.person, one.via) for one in found.told]


NOBODY_ANSWERS = [
    (0, 1, "alice", "chat"),
    (2, 1, "alice", "pager"),
    (5, 2, "bob", "chat"),
    (15, None, "carol", "chat"),
]


def test_a_policy_is_run_to_its_end(ask):
    found = ask()

    assert brief(found) == NOBODY_ANSWERS
    assert [page.state for page in found.pages] == ["exhausted"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("schedule:ts", [(0, 1, "alice", "chat"), (2, 1, "alice", "pager")]),
        ("harm", NOBODY_ANSWERS),
        ("team:desk", [(0, 1, "carol", "chat")]),
        ("person:dora", [(0, 1, "dora", "console")]),
    ],
)
def test_whatever_can_be_paged_can_be_simulated(ask, target, expected):
    assert brief(ask(target)) == expected


@pytest.mark.parametrize(
    ("more", "expected", "state"),
    [
        pytest.param({"ack": minutes(1)}, NOBODY_ANSWERS[:1], "acknowledged", id="at once"),
        pytest.param({"ack": minutes(12)}, NOBODY_ANSWERS[:3], "acknowledged", id="by the one told last"),
        pytest.param({"ack": minutes(20)}, NOBODY_ANSWERS, "acknowledged", id="by the fallback"),
        pytest.param(
            {"declines": (("alice", minutes(1)),)}, [(0, 1, "alice", "chat"), (1, 2, "bob", "chat"), (11, None, "carol", "chat")],
            "exhausted", id="declined",
        ),
        pytest.param(
            {"declines": (("bob", minutes(0)),)}, [*NOBODY_ANSWERS[:2], (5, None, "carol", "chat")], "exhausted",
            id="declined before being asked",
        ),
        pytest.param(
            {"declines": (("bob", minutes(6)), ("alice", minutes(1))), "ack": minutes(5)},
            [(0, 1, "alice", "chat"), (1, 2, "bob", "chat")], "acknowledged", id="in the order of time, not of the words",
        ),
    ],
)  # fmt: skip
def test_answers_change_what_follows(ask, more, expected, state):
    found = ask(**more)

    assert brief(found) == expected
    assert found.pages[0].state == state


def test_an_answer_that_comes_too_late_is_noted(ask):
    found = ask(ack=minutes(1), declines=(("bob", minutes(2)),))

    assert "bob cannot decline any more" in found.notes[0]


def test_who_would_not_be_given_it_is_passed_over_and_it_is_said(ask, ledger):
    with ledger.writing() as record:
        record.append(record.on_call(), PreferencesSet(person="alice", not_for=["cse"]))

    assert brief(ask(harm=("cse",))) == [(0, 2, "bob", "chat"), (10, None, "carol", "chat")]
    assert brief(ask(harm=("life",))) == NOBODY_ANSWERS
    assert any("step 1" in one.text for one in ask(harm=("cse",)).happened)


def test_overrides_and_temporary_schedules_count_at_that_time(ask, ledger):
    with ledger.writing() as record:
        on_call = record.append(
            record.on_call(),
            OverrideAdded(
                override="O-1", schedule="ts", add="bob", remove="alice", start=AT, end=AT + timedelta(hours=1)
            ),
        ).incident
        shift = {"person": "carol", "start": to_text(AT + timedelta(hours=2)), "end": to_text(AT + timedelta(hours=3))}
        record.append(
            on_call,
            TemporaryAdded(
                temporary="T-1",
                schedule="ts",
                start=AT + timedelta(hours=1),
                end=AT + timedelta(hours=4),
                shifts=[shift],
            ),
        )

    first = {hours: brief(ask("schedule:ts", at=AT + timedelta(hours=hours)))[:1] for hours in (-1, 0, 1, 2, 4)}

    assert first == {
        -1: [(0, 1, "alice", "chat")],
        0: [(0, 1, "bob", "chat")],
        1: [],
        2: [(0, 1, "carol", "chat")],
        4: [(0, 1, "alice", "chat")],
    }


def test_what_was_taken_back_does_not_count(ask, ledger, clock):
    with ledger.writing() as record:
        event = OverrideAdded(
            override="O-1", schedule="ts", add="bob", remove="alice", start=AT, end=AT + timedelta(hours=1)
        )
        record.append(record.on_call(), event)
    clock.advance(minutes=5)
    with ledger.writing() as record:
        record.append(record.on_call(), OverrideRemoved(override="O-1"))

    assert brief(ask("schedule:ts"))[0] == (0, 1, "alice", "chat")


def test_the_past_is_as_good_as_the_future(ask):
    assert brief(ask(at=AT - timedelta(days=3650))) == NOBODY_ANSWERS
    assert brief(ask(at=AT + timedelta(days=3650))) == NOBODY_ANSWERS


def test_whose_turn_it_is_goes_on_from_the_pages_there_were(ask, ledger, incident):
    from escalate.app.paging import page

    assert brief(ask("policy:turns")) == [(0, 1, "alice", "chat"), (2, 1, "alice", "pager")]
    page(ledger, incident, ("policy:turns",))
    assert brief(ask("policy:turns")) == [(0, 1, "bob", "chat")]


def test_nothing_is_written_and_nothing_is_left_behind(ask, store, tmp_path, monkeypatch):
    monkeypatch.setattr("escalate.adapters.store.rehearsal.IN_MEMORY", str(tmp_path))
    with store.reading() as look:
        before = (look.incidents(), look.messages(), look.opened_by("harm"))
    files = sorted(tmp_path.iterdir())

    ask()

    with store.reading() as look:
        assert (look.incidents(), look.messages(), look.opened_by("harm")) == before
    assert sorted(tmp_path.iterdir()) == files


@pytest.mark.parametrize(
    "more", [{"target": "ghost"}, {"declines": (("ghost", minutes(1)),)}], ids=["target", "decline"]
)
def test_whom_nobody_knows_cannot_be_asked(ask, more):
    with pytest.raises(NotFound):
        ask(**more)


def test_what_does_not_end_is_stopped(ask, monkeypatch):
    monkeypatch.setattr("escalate.app.rehearsal.MOST", 2)

    with pytest.raises(Refused, match="it is not over"):
        ask()
