"""Who was on call is what was true then, whatever the roster says now."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from escalate.app import oncall, rota
from escalate.app.oncall import History
from escalate.domain.timeline.duties import OverrideAdded, OverrideRemoved
from escalate.errors import NotFound, Usage

PEOPLE = "".join(
    f'[people.{slug}]\nname = "{name}"\nzone = "UTC"\n'
    for slug, name in (("alice", "Alice Ng"), ("bob", "Bob Okoro"), ("carol", "Carol Diaz"))
)


def desk(people, name="desk", start="2026-01-12T09:00:00", every="1 week"):
    return f"""
[rotations.{name}]
zone = "UTC"
start = {start}
every = "{every}"
people = {people}
[schedules.{name}]
zone = "UTC"
[[schedules.{name}.rules]]
from = "09:00"
to = "09:00"
target = "rotation:{name}"
"""


def at(text):
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


@pytest.fixture
def put(apply_roster):
    return lambda *parts: apply_roster(PEOPLE + "".join(parts))


@pytest.fixture
def look(store):
    with store.reading() as look:
        yield look


@pytest.fixture
def shifts(store, clock):
    """The shifts of a target as text: `bob 11-16 09:00 11-23 09:00 …`."""

    def of(target, start, end):
        with store.reading() as look:
            found = oncall.shifts(look, look.roster(), target, start, end, clock.now())
        goes_on = {True: " …", False: ""}
        return [f"{one.person} {one.start:%m-%d %H:%M} {one.end:%m-%d %H:%M}{goes_on[one.truncated]}" for one in found]

    return of


@pytest.fixture
def history(store, clock):
    def made():
        with store.reading() as look:
            found = History(look, look.roster(), clock.now())
            assert found.versions is not None
            return found

    return made


def test_before_the_first_roster_it_is_as_the_first_one_says(put, shifts):
    put(desk(["alice", "bob"]))

    assert shifts("schedule:desk", at("11-01T00:00"), at("11-12T00:00")) == [
        "bob 10-26 09:00 11-02 09:00",
        "alice 11-02 09:00 11-09 09:00",
        "bob 11-09 09:00 11-12 00:00 …",
    ]


def test_another_roster_changes_what_comes_and_not_what_was(put, shifts, clock):
    put(desk(["alice", "bob"]))
    clock.advance(hours=15)
    put(desk(["carol"]))
    clock.advance(days=30)

    assert shifts("schedule:desk", at("11-14T00:00"), at("11-24T00:00")) == [
        "bob 11-09 09:00 11-16 09:00",
        "alice 11-16 09:00 11-22 12:00",
        "carol 11-22 12:00 11-24 00:00 …",
    ]


def test_a_shift_that_goes_on_in_the_next_roster_is_one_shift_from_its_true_start(put, shifts, clock):
    put(desk(["alice", "bob"]))
    clock.advance(hours=15)
    put(desk(["alice", "carol"]))
    clock.advance(days=30)

    assert shifts("schedule:desk", at("11-20T00:00"), at("11-24T00:00")) == [
        "alice 11-16 09:00 11-23 09:00",
        "carol 11-23 09:00 11-24 00:00 …",
    ]
    assert shifts("schedule:desk", at("11-22T13:00"), at("11-23T00:00")) == ["alice 11-16 09:00 11-23 00:00 …"]


def test_what_is_changed_elsewhere_in_the_roster_cuts_no_shift(put, shifts, clock, history):
    put(desk(["alice", "bob"]))
    clock.advance(hours=15)
    put(desk(["alice", "bob"]), '[teams.legal]\nname = "Legal"\npeople = ["carol"]\n')
    clock.advance(days=1)

    assert len(history().eras("schedule:desk")) == 1
    assert shifts("schedule:desk", at("11-21T00:00"), at("11-22T00:00")) == ["alice 11-16 09:00 11-22 00:00 …"]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param(["alice"], "alice 11-16 09:00 11-22 12:00 …", id="the same person comes after it"),
        pytest.param(["carol"], "alice 11-16 09:00 11-22 12:00", id="somebody else does"),
    ],
)
def test_a_window_that_ends_with_a_roster_looks_at_what_comes_after_it(put, shifts, clock, people, expected):
    put(desk(["alice", "bob"]))
    clock.advance(hours=15)
    put(desk(people))
    clock.advance(days=1)

    assert shifts("schedule:desk", at("11-20T00:00"), at("11-22T12:00")) == [expected]


def test_of_two_rosters_of_one_minute_the_later_counts(put, shifts, clock):
    put(desk(["alice"]))
    clock.advance(seconds=20)
    put(desk(["bob"]))

    assert [line[:3] for line in shifts("schedule:desk", at("11-20T00:00"), at("11-23T00:00"))] == ["bob"]


def test_a_schedule_that_is_gone_was_there_before(put, shifts, store, clock):
    put(desk(["alice"]))
    clock.advance(days=1)
    put(desk(["bob"], name="other"))
    clock.advance(days=1)

    assert [line[-11:] for line in shifts("schedule:desk", at("11-21T00:00"), at("11-24T00:00"))] == ["11-22 21:00"]
    assert rota.who(store, "schedule:desk", at("11-22T20:00"), clock.now()).people[0].name == "Alice Ng"
    assert rota.who(store, "schedule:desk", at("11-22T22:00"), clock.now()).people == []
    with pytest.raises(NotFound):
        rota.who(store, "schedule:desk", clock.now(), clock.now())


def test_somebody_who_left_the_roster_is_on_call_no_more(apply_roster, ledger, shifts, clock):
    apply_roster(PEOPLE + desk(["alice"]))
    with ledger.writing() as record:
        record.append(record.on_call(), override("O-1", "bob", at("11-22T09:00"), at("11-24T09:00")))
    clock.advance(days=1)
    apply_roster(PEOPLE.replace("people.bob", "people.robert").replace("Bob", "Robert") + desk(["alice"]))
    clock.advance(days=1)

    assert [line for line in shifts("schedule:desk", at("11-22T00:00"), at("11-25T00:00")) if "bob" in line] == [
        "bob 11-22 09:00 11-22 21:00"
    ]


def override(id_, person, start, end, remove=None, schedule="desk"):
    return OverrideAdded(override=id_, schedule=schedule, add=person, remove=remove, start=start, end=end)


def test_an_override_counts_from_when_it_was_known_until_it_was_taken_back(put, ledger, shifts, clock):
    put(desk(["alice"]))
    with ledger.writing() as record:
        record.append(record.on_call(), override("O-1", "bob", at("11-20T00:00"), at("11-30T00:00"), remove="alice"))
    clock.advance(days=2, seconds=30)
    with ledger.writing() as record:
        record.append(record.on_call(), OverrideRemoved(override="O-1"))
    clock.advance(days=2)

    assert shifts("schedule:desk", at("11-19T00:00"), at("11-25T00:00")) == [
        "alice 11-18 00:00 11-21 21:00",  # of the year before: no further back is it looked for
        "bob 11-21 21:00 11-23 21:00",
        "alice 11-23 21:00 11-25 00:00 …",
    ]


def test_handoffs_go_by_the_roster_of_their_time(put, store, clock):
    put(desk(["alice", "bob"]))
    clock.advance(hours=15)
    put(desk(["carol", "bob"], every="2 days"))
    clock.advance(days=30)

    def found(start, end):
        return [f"{one:%m-%d %H:%M}" for one in rota.handoffs(store, "desk", start, end, clock.now())[1]]

    assert found(at("11-10T00:00"), at("11-20T00:00")) == ["11-09 09:00", "11-16 09:00", "11-22 12:00"]
    assert found(at("11-21T00:00"), at("11-23T00:00"))[:2] == ["11-16 09:00", "11-22 12:00"]
    assert found(at("11-22T12:00"), at("11-22T12:00"))[0] == "11-22 12:00"


def test_a_turn_that_goes_on_in_the_next_roster_is_one_turn(put, store, clock):
    put(desk(["alice", "bob"]))
    clock.advance(hours=15)
    put(desk(["alice", "carol"]))
    clock.advance(days=30)

    found = rota.handoffs(store, "rotation:desk", at("11-20T00:00"), at("11-20T00:00"), clock.now())[1]

    assert found == [at("11-16T09:00"), at("11-23T09:00")]
    assert rota.handoffs(store, "desk", at("11-22T13:00"), at("11-22T13:00"), clock.now())[1] == found


def test_until_when_somebody_was_on_call_looks_over_the_change_of_rosters(put, history, clock):
    put(desk(["alice", "bob"]))
    clock.advance(hours=15)
    put(desk(["carol", "bob"]))
    clock.advance(days=30)

    assert history().until("schedule:desk", "alice", at("11-20T00:00")) == at("11-22T12:00")
    assert history().until("schedule:desk", "bob", at("11-10T00:00")) == at("11-16T09:00")


def test_shifts_and_instants_agree_over_many_rosters(put, history, clock):
    rng = random.Random(3)
    for _ in range(8):
        people = rng.sample(["alice", "bob", "carol"], rng.randint(1, 3))
        put(desk(people, every=rng.choice(["1 day", "12 hours", "1 week"])))
        clock.advance(minutes=rng.randint(1, 6000))
    found = history()
    start, end = at("11-19T00:00"), at("12-24T00:00")
    laid = found.shifts("schedule:desk", start, end)

    for _ in range(300):
        instant = start + timedelta(minutes=rng.randrange(int((end - start) / timedelta(minutes=1))))
        there = [one.person for one in laid if one.start <= instant < one.end]
        assert sorted(found.on_call("schedule:desk", instant)) == sorted(there)
    for one in laid:
        assert not any(each.person == one.person and each.start == one.end for each in laid)
        assert one.start < one.end


# ── what can be asked ───────────────────────────────────────────────────────────────────────────────────────────────


def test_now_each_schedule_says_who_and_who_is_next(put, store, clock):
    put(desk(["alice", "bob"]), desk(["carol"], name="lone"), '[schedules.empty]\nzone = "UTC"\n')

    desks = {each.schedule: each for each in rota.standing_now(store, clock.now())}

    assert [(one.person, one.name, one.until) for one in desks["desk"].on_call] == [
        ("alice", "Alice Ng", at("11-23T09:00"))
    ]
    assert (desks["desk"].next.people, desks["desk"].next.at) == (["bob"], at("11-23T09:00"))
    assert ([one.until for one in desks["lone"].on_call], desks["lone"].next) == ([None], None)
    assert (desks["empty"].on_call, desks["empty"].next) == ([], None)


POLICY = """
[teams.legal]
name = "Legal"
people = ["carol"]
[policies.harm]
fallback = "person:carol"
[[policies.harm.steps]]
wait = "5m"
targets = ["schedule:desk", "person:alice"]
[[policies.harm.steps]]
wait = "5m"
targets = ["team:legal"]
"""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("schedule:desk", [(None, "alice", "11-23")], id="a schedule"),
        pytest.param("rotation:desk", [(None, "alice", "11-23")], id="a rotation"),
        pytest.param("team:legal", [(None, "carol", None)], id="a team"),
        pytest.param("bob", [(None, "bob", None)], id="a person"),
        pytest.param("harm", [(1, "alice", None), (2, "carol", None)], id="a policy: each once a step"),
    ],
)
def test_who_is_behind_a_target(put, store, clock, target, expected):
    put(desk(["alice", "bob"]), POLICY)

    people = rota.who(store, target, clock.now(), clock.now()).people

    assert [(one.step, one.person, one.until and f"{one.until:%m-%d}") for one in people] == expected


def test_a_bare_name_is_a_schedule_for_shifts_and_a_rotation_for_handoffs(put, store, clock):
    put(desk(["alice", "bob"]))
    now = clock.now()

    assert rota.shifts(store, "desk", now, now + timedelta(days=1), now).target == "schedule:desk"
    assert rota.handoffs(store, "desk", now, now, now)[1] == [at("11-16T09:00"), at("11-23T09:00")]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        pytest.param(lambda store, now: rota.shifts(store, "bob", now, now, now), "a person", id="shifts of a person"),
        pytest.param(
            lambda store, now: rota.handoffs(store, "schedule:desk", now, now, now),
            "a schedule, not a rotation",
            id="hand-offs of a schedule",
        ),
        pytest.param(lambda store, now: rota.who(store, "desk", now, now), "more than one", id="a bare name of two"),
        pytest.param(
            lambda store, now: rota.shifts(store, "desk", now, now - timedelta(minutes=1), now),
            "before --from",
            id="backwards",
        ),
        pytest.param(
            lambda store, now: rota.shifts(store, "desk", now, now + timedelta(days=40000), now),
            "hundred years",
            id="too long",
        ),
    ],
)
def test_what_cannot_be_laid_out_is_a_usage_error(put, store, clock, ask, says):
    put(desk(["alice", "bob"]))

    with pytest.raises(Usage, match=says):
        ask(store, clock.now())


def test_a_calendar_has_whole_days_of_the_zone_of_its_schedule(put, store, clock):
    put(desk(["alice", "bob"]).replace('"UTC"', '"America/Los_Angeles"'))

    [sheet] = rota.calendar(store, (), None, 14, None, clock.now())

    assert (sheet.first.isoformat(), sheet.start, sheet.end) == ("2026-11-21", at("11-21T08:00"), at("12-05T08:00"))
    assert sheet.names == {"alice": "Alice Ng", "bob": "Bob Okoro"}


def test_who_is_next_after_a_pause_or_beside_somebody_who_stays(put, store, clock):
    hours = '[[schedules.{0}.rules]]\nfrom = "20:00"\nto = "22:00"\ntarget = "person:{1}"\n'
    put(
        '[schedules.pause]\nzone = "UTC"\n' + hours.format("pause", "alice"),
        desk(["carol"], name="lone") + hours.format("lone", "bob").replace("20:00", "22:30"),
    )

    desks = {each.schedule: each.next for each in rota.standing_now(store, clock.now())}

    assert (desks["pause"].people, desks["pause"].at) == (["alice"], at("11-22T20:00"))
    assert (desks["lone"].names, desks["lone"].at) == (["Bob Okoro"], at("11-21T22:30"))
