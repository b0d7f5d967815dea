"""What must happen to a page, at which moment: tables of steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.domain.oncall import page as paging
from escalate.domain.oncall.policy import Policy, Step, direct
from escalate.domain.people import Person, Reach, Team
from escalate.domain.roster import Channel, Roster
from escalate.domain.timeline import events as ev

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PAGE = "0190a1b2-0000-7000-8000-0000000000aa"


def person(slug, **more):
    return Person(slug=slug, name=slug.title(), zone="UTC", **more)


ROSTER = Roster(
    version=3,
    channels={"slack": Channel(name="slack", kind="slack"), "pager": Channel(name="pager", kind="pagerduty")},
    people={
        "alice": person(
            "alice",
            reach=(Reach(via="slack", after=timedelta(0)), Reach(via="pager", after=2 * MINUTE)),
        ),
        "bob": person("bob", addresses={"slack": "U0BOB"}),
        "carol": person("carol"),
    },
    teams={
        "desk": Team(slug="desk", name="Desk", people=("alice", "bob")),
        "empty": Team(slug="empty", name="Empty", addresses={"slack": "C0EMPTY"}),
    },
)


def opened(*targets, wait=5, repeat=0, fallback=None, test=False):
    """A page of one step per argument; several targets of a step are joined by `+`."""
    steps = tuple(Step(targets=tuple(step.split("+")), wait=wait * MINUTE) for step in targets)
    policy = Policy(name="critical", steps=steps, repeat=repeat, fallback=fallback)
    event = ev.PageOpened(page=PAGE, number=1, target="policy:critical", policy=policy.plain(), test=test)
    return paging.opened(event, NOON)


def said(event):
    match event.kind:
        case "page.step_fired":
            return f"{event.pass_}.{event.step} {'+'.join(event.people)}"
        case "page.step_skipped":
            return f"{event.pass_}.{event.step} skipped"
    return event.kind.partition(".")[2]


def run(page, until, roster=ROSTER):
    """What a courier that looks once a second appends, as (minutes, what), and the page after it."""
    found, now = [], NOON
    while now <= NOON + until * MINUTE:
        while due := paging.due(page, roster, now):
            page = paging.apply(page, due[0], now)
            found.append(((now - NOON) / MINUTE, said(due[0])))
        now += timedelta(seconds=1)
    return found, page


A, B, NOBODY = "person:alice", "person:bob", "team:empty"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(opened(A, B), [(0, "1.1 alice"), (5, "1.2 bob"), (10, "exhausted")], id="first at once, then by waits"),
        pytest.param(opened(A, wait=2), [(0, "1.1 alice"), (2, "exhausted")], id="one step runs out"),
        pytest.param(
            opened(A, B, repeat=1),
            [(0, "1.1 alice"), (5, "1.2 bob"), (10, "2.1 alice"), (15, "2.2 bob"), (20, "exhausted")],
            id="repeat 1 is two passes",
        ),
        pytest.param(
            opened(A, wait=1, repeat=5),
            [*((n, f"{n + 1}.1 alice") for n in range(6)), (6, "exhausted")],
            id="repeat 5 is six passes",
        ),
        pytest.param(opened(NOBODY, B), [(0, "1.1 skipped"), (0, "1.2 bob"), (5, "exhausted")], id="an empty step is skipped at once"),
        pytest.param(opened(A, NOBODY, B), [(0, "1.1 alice"), (5, "1.2 skipped"), (5, "1.3 bob"), (10, "exhausted")],
                     id="an empty step in the middle"),
        pytest.param(opened(NOBODY, "person:gone", repeat=1),
                     [(0, "1.1 skipped"), (0, "1.2 skipped"), (0, "2.1 skipped"), (0, "2.2 skipped"), (0, "exhausted")],
                     id="nobody anywhere ends loudly and at once"),
        pytest.param(opened("team:desk+person:bob"), [(0, "1.1 alice+bob"), (5, "exhausted")], id="each person once"),
    ],
)  # fmt: skip
def test_steps_fire_in_order(page, expected):
    found, after = run(page, 30)

    assert found == expected
    assert after.state == "exhausted"
    assert after.due_at is None
    assert after.waiting


@pytest.mark.parametrize(("second", "fires"), [(299.999999, False), (300, True), (300.000001, True), (86400, True)])
def test_a_step_is_due_when_its_wait_is_over_and_not_before(second, fires):
    page = paging.apply(opened(A, B), paging.due(opened(A, B), ROSTER, NOON)[0], NOON)

    assert bool(paging.due(page, ROSTER, NOON + timedelta(seconds=second))) is fires


def test_a_wait_runs_from_when_the_step_fired_and_not_from_when_it_was_due():
    page = opened(A, B)
    late = NOON + 60 * MINUTE

    page = paging.apply(page, paging.due(page, ROSTER, late)[0], late)

    assert page.due_at == late + 5 * MINUTE


def test_each_step_of_each_pass_has_an_id_of_its_own_that_every_courier_finds():
    seen = []
    page, now = opened(A, B, repeat=2), NOON
    while due := paging.due(page, ROSTER, now):
        assert due == paging.due(page, ROSTER, now + 9 * MINUTE)
        seen.append(due[1])
        page, now = paging.apply(page, due[0], now), now + 5 * MINUTE

    assert len(seen) == len(set(seen)) == 7


def test_a_fired_step_says_whom_it_reaches_by_what_and_when():
    [fired, _] = paging.due(opened("team:desk+person:carol"), ROSTER, NOON)

    assert fired.people == ["alice", "bob", "carol"]
    assert fired.ways == [
        {"person": "alice", "via": "slack", "after": 0},
        {"person": "alice", "via": "pager", "after": 120},
        {"person": "bob", "via": "slack", "after": 0},
        {"person": "carol", "via": "console", "after": 0},
    ]
    assert fired.roster_version == 3


def test_people_are_looked_up_when_the_step_fires():
    """Somebody who left since the page was opened is not waited for."""
    gone = ROSTER.but(people={name: who for name, who in ROSTER.people.items() if name != "bob"})
    found, _ = run(opened(A, B), 30, gone)

    assert found == [(0, "1.1 alice"), (5, "1.2 skipped"), (5, "exhausted")]


@pytest.mark.parametrize(
    ("fallback", "ways"),
    [
        (None, []),
        ("person:bob", [("bob", None, "slack")]),
        ("team:desk", [("alice", None, "slack"), ("alice", None, "pager"), ("bob", None, "slack")]),
        ("team:empty", [(None, "team:empty", "slack")]),
        ("person:gone", []),
    ],
)
def test_who_is_told_when_every_step_has_run_out(fallback, ways):
    _, page = run(opened(A, fallback=fallback), 4)
    [event, _] = paging.due(page, ROSTER, NOON + 5 * MINUTE)

    assert event.kind == "page.exhausted"
    assert [(way["person"], way.get("to"), way["via"]) for way in event.ways] == ways


ACKED = ev.PageAcknowledged(page=PAGE, by="alice")
BY_HAND = ev.PageEscalated(page=PAGE)


@pytest.mark.parametrize(
    ("page", "until", "events", "then"),
    [
        pytest.param(opened(A, B), 1, [BY_HAND], [(0, "1.2 bob"), (5, "exhausted")], id="open: the next step now"),
        pytest.param(opened(A, B), 1, [ACKED], [], id="acknowledged: nothing more"),
        pytest.param(opened(A, B), 1, [ACKED, BY_HAND], [(0, "1.2 bob"), (5, "exhausted")], id="acknowledged, then by hand"),
        pytest.param(opened(A, B), 6, [ACKED, BY_HAND],
                     [(0, "2.1 alice"), (5, "2.2 bob"), (10, "exhausted")], id="acknowledged at the end: a new pass"),
        pytest.param(opened(A, B), 30, [BY_HAND],
                     [(0, "2.1 alice"), (5, "2.2 bob"), (10, "exhausted")], id="exhausted: a new pass"),
        pytest.param(opened(A), 30, [BY_HAND, ACKED, BY_HAND], [(0, "2.1 alice"), (5, "exhausted")], id="again and again"),
        pytest.param(opened(NOBODY), 30, [BY_HAND], [(0, "2.1 skipped"), (0, "exhausted")], id="nobody, by hand: ends again"),
        pytest.param(opened(A, B), 1, [ev.PageCancelled(page=PAGE)], [], id="cancelled: nothing more"),
    ],
)  # fmt: skip
def test_what_people_do_to_a_page(page, until, events, then):
    _, page = run(page, until)
    for event in events:
        page = paging.apply(page, event, NOON)

    found, _ = run(page, 30)

    assert found == then


def test_exhausting_twice_makes_two_entries():
    ids = []
    page = opened(A)
    for _ in range(2):
        _, page = run(page, 4)
        event, id_ = paging.due(page, ROSTER, NOON + 5 * MINUTE)
        ids.append(id_)
        page = paging.apply(paging.apply(page, event, NOON), BY_HAND, NOON)

    assert ids[0] != ids[1]


def test_a_pager_that_was_told_to_be_quiet_is_woken_under_another_key():
    """An alert that is acknowledged there swallows what comes in under its key; nobody would be woken."""
    _, page = run(opened(A, B), 1)
    assert page.dedup == PAGE

    again = paging.apply(paging.apply(page, ACKED, NOON), BY_HAND, NOON)

    assert page.dedup == paging.apply(page, BY_HAND, NOON).dedup == paging.apply(page, ACKED, NOON).dedup
    assert again.dedup == paging.apply(again, ACKED, NOON).dedup != page.dedup


def test_a_page_is_read_back_as_it_was():
    _, page = run(opened(A, B, repeat=1, fallback=B), 6)
    page = paging.apply(page, ACKED, NOON)

    assert paging.Page.from_plain(page.plain()) == page


def test_what_comes_next_is_known():
    _, page = run(opened(A, B), 1)
    assert paging.upcoming(page) == (NOON + 5 * MINUTE, [B])
    _, page = run(page, 6)
    assert paging.upcoming(page)[1] == []
    assert page.last
    assert paging.upcoming(paging.apply(page, ACKED, NOON)) is None


def test_a_page_of_a_person_has_one_step_and_runs_out():
    assert direct(A).steps == (Step(targets=(A,)),)
    assert direct(A).fallback is None
