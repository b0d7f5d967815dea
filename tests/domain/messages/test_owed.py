"""What an event obliges us to say, and what is tried when a way has failed for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.domain.incident.state import Incident
from escalate.domain.messages.owed import owed, ways_instead
from escalate.domain.oncall import page as paging
from escalate.domain.people import Person, Reach, Team
from escalate.domain.roster import Channel, Roster
from escalate.domain.timeline import duties
from escalate.domain.timeline import events as ev
from escalate.domain.timeline import receipts as rc

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def reached(slug, *ways, **more):
    reach = tuple(Reach(via=via, after=timedelta(seconds=after)) for via, after in ways)
    return Person(slug=slug, name=slug.title(), zone="UTC", reach=reach, **more)


CHANNELS = {
    "slack": "slack",
    "mail": "email",
    "pager": "pagerduty",
    "other-pager": "pagerduty",
    "desk": "console",
    "tracker": "jira",
}
ROSTER = Roster(
    version=1,
    channels={name: Channel(name=name, kind=kind) for name, kind in CHANNELS.items()},
    people={
        "alice": reached("alice", ("slack", 0), ("pager", 120)),
        "bob": reached("bob", ("mail", 0)),
        "carol": reached("carol", ("mail", 0), ("other-pager", 60)),
        "dana": reached("dana"),
        "eve": reached("eve", ("desk", 0)),
    },
    teams={
        "legal": Team(slug="legal", name="Legal", addresses={"slack": "C0LEGAL", "email": "legal@example.org"}),
        "leads": Team(slug="leads", name="Leads", people=("bob", "carol")),
        "quiet": Team(slug="quiet", name="Quiet"),
        "room": Team(slug="room", name="Room", addresses={"slack": "C0ROOM"}),
    },
)


def page_of(*, fallback=None, steps=2, test=False, paged=("alice",), name="critical", **changes):
    policy = {"name": name, "fallback": fallback, "steps": [{"targets": ["person:alice"], "wait": 60}] * steps}
    event = ev.PageOpened(page="p", number=1, target="policy:critical", policy=policy, test=test)
    return paging.opened(event, NOON).but(paged=tuple(paged), step=1, **changes)


def incident(page=None):
    return Incident(
        id="i", number=7, code_name="SLATE OTTER", title="t", severity="SEV1", peak_severity="SEV1", opened_at=NOON,
        opened_by="alice", pages={page.id: page} if page else {},
    )  # fmt: skip


def lines(event, page=None, roster=ROSTER):
    return [
        (one.to, one.via, one.template, int(one.after.total_seconds())) for one in owed(event, incident(page), roster)
    ]


def fired(*people, roster=ROSTER):
    return ev.PageStepFired(
        page="p", pass_=1, step=1, people=list(people), ways=paging.ways_to(list(people), roster), roster_version=1
    )


def test_a_step_owes_each_way_after_its_delay():
    assert lines(fired("alice", "dana"), page_of()) == [
        ("person:alice", "slack", "page", 0),
        ("person:alice", "pager", "page", 120),
        ("person:dana", "console", "page", 0),
    ]


def test_a_test_says_that_it_is_one():
    assert {line[2] for line in lines(fired("alice"), page_of(test=True))} == {"page_test"}


def test_a_channel_of_kind_console_is_the_console():
    assert lines(fired("eve"), page_of()) == [("person:eve", "console", "page", 0)]


@pytest.mark.parametrize(
    ("page", "then"),
    [
        (page_of(steps=2), "the next person is paged"),
        (page_of(steps=1), "nobody else is paged"),
        (page_of(steps=1, fallback="person:carol"), "Carol is told"),
    ],
)
def test_it_says_what_follows_without_an_answer(page, then):
    assert owed(fired("alice"), incident(page), ROSTER)[0].values["then"] == then


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (ev.PageExhausted(page="p"), [("person:", "console")]),
        (ev.PageExhausted(page="p", fallback="person:bob", ways=paging.ways_to(["bob"], ROSTER)), [("person:bob", "mail")]),
        (ev.PageExhausted(page="p", fallback="team:room", ways=[{"person": None, "to": "team:room", "via": "slack", "after": 0}]),
         [("team:room", "slack")]),
    ],
)  # fmt: skip
def test_running_out_is_always_told_to_somebody(event, expected):
    assert [line[:2] for line in lines(event, page_of())] == expected
    assert owed(event, incident(page_of(paged=("alice", "bob"))), ROSTER)[0].values["tried"] == "Alice, Bob"


@pytest.mark.parametrize(
    ("event", "action"),
    [(ev.PageAcknowledged(page="p", by="alice"), "acknowledge"), (ev.PageCancelled(page="p"), "resolve")],
)
def test_pagers_outside_are_told_to_stop(event, action):
    page = page_of(paged=("alice", "bob"), fallback="person:carol", told=("carol",))

    found = owed(event, incident(paging.apply(page, event, NOON)), ROSTER)

    assert [(one.to, one.via, one.action, one.page) for one in found] == [
        ("channel:pager", "pager", action, "p"),
        ("channel:other-pager", "other-pager", action, "p"),
    ]


@pytest.mark.parametrize(
    "before", [ev.PageAcknowledged(page="p", by="bob"), ev.PageCancelled(page="p")], ids=["answered", "called off"]
)
def test_pagers_that_were_told_to_stop_are_not_told_again(before):
    event = ev.PageAcknowledged(page="p", by="alice")
    page = paging.apply(paging.apply(page_of(), before, NOON), event, NOON)

    assert owed(event, incident(page), ROSTER) == []


@pytest.mark.parametrize(("team", "ways"), [("legal", ["slack", "mail"]), ("quiet", ["console"]), ("room", ["slack"])])
def test_a_ping_goes_to_the_teams_own_addresses(team, ways):
    found = owed(ev.TeamPinged(team=team, text="please join"), incident(), ROSTER)

    assert [(one.to, one.via) for one in found] == [(f"team:{team}", via) for via in ways]
    assert {one.values["said"] for one in found} == {"please join"}


@pytest.mark.parametrize(
    "event",
    [
        ev.PageOpened(page="p", number=1, target="person:alice", policy={}),
        ev.PageStepSkipped(page="p", pass_=1, step=1, targets=[]),
        ev.PageEscalated(page="p"),
        rc.MessageSent(message="m", to="person:alice", via="slack", sha256="0"),
        rc.MessageUnknown(message="m", to="person:alice", via="slack", sha256="0", why="x"),
        rc.MessageCancelled(message="m", to="person:alice", via="slack", sha256="0", why="x"),
        rc.MessageFailed(message="m", to="person:alice", via="slack", sha256="0", why="x"),
        ev.NoteAdded(text="n"),
        rc.CourierMissing(waiting=["Alice"], why="off"),
    ],
    ids=lambda event: event.kind,
)
def test_the_rest_owes_nothing(event):
    assert owed(event, incident(page_of()), ROSTER) == []


PAGE = page_of(fallback="person:carol")
TEAM = page_of(fallback="team:leads")


@pytest.mark.parametrize(
    ("to", "tried", "page", "expected"),
    [
        pytest.param("person:alice", ["alice slack"], PAGE, ["person:alice pager 0"], id="another way to the same person, now"),
        pytest.param("person:alice", ["alice slack", "alice pager"], PAGE,
                     ["person:carol mail 0", "person:carol other-pager 60"], id="then the fallback, by all her ways"),
        pytest.param("person:alice", ["alice slack", "alice pager", "carol mail", "carol other-pager"], PAGE,
                     ["person:alice console 0"], id="then the console"),
        pytest.param("person:alice", ["alice slack", "alice pager", "carol mail", "carol other-pager", "alice console"], PAGE,
                     [], id="then there is nothing"),
        pytest.param("person:carol", ["carol mail", "carol other-pager"], PAGE, ["person:carol console 0"], id="the fallback itself"),
        pytest.param("person:bob", ["bob mail"], TEAM, ["person:carol mail 0", "person:carol other-pager 60"],
                     id="a fallback team: the others of it"),
        pytest.param("person:carol", ["bob mail", "carol mail", "carol other-pager"], TEAM, ["person:carol console 0"],
                     id="a fallback team is not gone round in circles"),
        pytest.param("person:alice", ["alice slack", "alice pager"], page_of(fallback="team:room"), ["team:room slack 0"],
                     id="a fallback team without people"),
        pytest.param("person:alice", ["alice slack", "alice pager"], page_of(fallback="team:quiet"), ["person:alice console 0"],
                     id="a fallback that cannot be reached"),
        pytest.param("person:alice", ["alice slack", "alice pager"], page_of(), ["person:alice console 0"], id="no fallback"),
        pytest.param("person:gone", ["gone slack"], PAGE, ["person:carol mail 0", "person:carol other-pager 60"],
                     id="somebody who left the roster"),
        pytest.param("team:legal", ["legal slack"], None, ["team:legal mail 0"], id="a ping: the team's other address"),
        pytest.param("team:legal", ["legal slack", "legal mail"], None, ["team:legal console 0"], id="a ping: the console"),
        pytest.param("team:gone", ["gone slack"], None, ["team:gone console 0"], id="a team that left the roster"),
        pytest.param("ticket:tracker", ["x tracker"], None, [], id="a ticket has no other way"),
        pytest.param("channel:pager", ["x pager"], PAGE, [], id="a pager's status neither"),
    ],
)  # fmt: skip
def test_what_is_tried_next(to, tried, page, expected):
    kind = to.partition(":")[0]
    pairs = {(f"{kind}:{name}", via) for name, via in (one.split() for one in tried)}

    found = ways_instead(to, pairs, "page" if page else "ping", page, ROSTER, NOON)

    assert [f"{way['to']} {way['via']} {way['after']}" for way in found] == expected


def test_failing_everywhere_comes_to_an_end():
    """Two people in the fallback, every way refused: each way is tried once, and the console is the last."""
    tried, todo, order = set(), [("person:alice", "slack")], []
    while todo:
        to, via = todo.pop(0)
        if (to, via) in tried:
            continue
        tried.add((to, via))
        order.append((to, via))
        if via != "console":
            todo += [(way["to"], way["via"]) for way in ways_instead(to, tried, "page", TEAM, ROSTER, NOON)]

    assert len(order) <= 9
    assert order[-1][1] == "console"


def test_the_next_way_of_a_test_says_that_it_is_a_test():
    [way] = ways_instead("person:alice", {("person:alice", "slack")}, "page", page_of(test=True), ROSTER, NOON)
    event = rc.MessageFailed(message="m", to="person:alice", via="slack", sha256="0", why="no", instead=[way])

    [one] = owed(event, incident(page_of(test=True)), ROSTER)

    assert (one.to, one.via, one.template, one.page, one.purpose) == ("person:alice", "pager", "page_test", "p", "page")


# ── on call ─────────────────────────────────────────────────────────────────────────────────────────────────────────

OFFERED = {"handoff": "H-3", "schedule": "ts", "giver": "bob", "items": {"incidents": [{"ref": "INC-7"}]}}


@pytest.mark.parametrize(
    ("taker", "ways"),
    [
        pytest.param("alice", [("person:alice", "slack", 0)], id="not by the pager"),
        pytest.param("dana", [("person:dana", "console", 0)], id="by the console where there is nothing"),
        pytest.param("paged", [("person:paged", "pager", 0), ("person:paged", "other-pager", 5)], id="by all pagers, if need be"),
    ],
)  # fmt: skip
def test_a_hand_off_is_told_by_all_ways_that_need_not_wake(taker, ways):
    roster = ROSTER.but(people={**ROSTER.people, "paged": reached("paged", ("pager", 0), ("other-pager", 5))})
    event = duties.HandoffOffered(**OFFERED, taker=taker, note="words")

    found = owed(event, incident(), roster)

    assert [(one.to, one.via, one.after.total_seconds()) for one in found] == ways
    assert found[0].values == {"handoff": "H-3", "schedule": "ts", "giver": "Bob", "counts": "1 open incident"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({}, {"was": "", "gone": False}, id="it draws near"),
        pytest.param({"was": NOON}, {"was": "Sat 2026-11-21 12:00Z", "gone": False}, id="it moved"),
        pytest.param({"was": NOON, "end": NOON}, {"was": "Sat 2026-11-21 12:00Z", "gone": True}, id="it is gone"),
    ],
)
def test_news_of_a_shift_goes_by_the_first_way_alone(more, said):
    given = {"schedule": "ts", "person": "alice", "start": NOON, "end": NOON + timedelta(hours=8), **more}

    [one] = owed(duties.ShiftAnnounced(**given), incident(), ROSTER)

    assert (one.to, one.via, one.purpose, one.template) == ("person:alice", "slack", "shift", "shift")
    assert {name: one.values[name] for name in said} == said


def test_what_goes_out_in_its_place_says_the_same():
    """The words of a hand-off are filled with what the first message was filled with."""
    kept = {"handoff": "H-3", "schedule": "ts", "giver": "Bob", "counts": "nothing is open"}

    [way] = ways_instead("person:alice", {("person:alice", "slack")}, "handoff", None, ROSTER, NOON, kept)
    [one] = owed(
        rc.MessageFailed(message="m", to="person:alice", via="slack", sha256="0" * 64, why="no", instead=[way]),
        incident(),
        ROSTER,
    )

    assert (one.via, one.purpose, one.template, one.values) == ("pager", "handoff", "handoff", kept)
