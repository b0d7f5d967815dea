"""Who is passed over, who declines, whose turn it is, and what becomes of a page that nobody works on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.domain.oncall import page as paging
from escalate.domain.oncall.code import LETTERS, code, is_code
from escalate.domain.oncall.policy import Policy, Step
from escalate.domain.people import Person, Team
from escalate.domain.roster import Roster
from escalate.domain.timeline import events as ev

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PAGE = "0190a1b2-0000-7000-8000-0000000000aa"

ROSTER = Roster(
    version=1,
    people={
        slug: Person(slug=slug, name=slug.title(), zone="UTC", not_for=frozenset(no))
        for slug, no in {"alice": (), "bob": (), "carol": ("cse",), "dan": ("cse", "life")}.items()
    },
    teams={"desk": Team(slug="desk", name="Desk", people=("alice", "bob"))},
)


def opened(*steps, turn=0, unworked=None, fallback=None, **policy):
    made = Policy(
        name="p", fallback=fallback, unworked=unworked, **policy,
        steps=tuple(step if isinstance(step, Step) else Step(targets=tuple(step.split())) for step in steps),
    )  # fmt: skip
    event = ev.PageOpened(page=PAGE, number=1, target="policy:p", policy=made.plain(), turn=turn)
    return paging.opened(event, NOON)


def act(page, event, at=NOON):
    return paging.apply(page, event, at)


def step(page, at=NOON, harm=(), worked_at=None):
    """What is due, said shortly, and the page after it."""
    found = paging.due(page, ROSTER, at, harm, worked_at)
    if found is None:
        return None, page
    event = found[0]
    after = paging.apply(page, event, at)
    match event.kind:
        case "page.step_fired":
            said = f"{event.pass_}.{event.step} {' '.join(event.people)}"
        case "page.step_skipped":
            said = f"{event.pass_}.{event.step} skipped"
        case _:
            said = event.kind.partition(".")[2]
    if getattr(event, "not_eligible", []):
        said += f" (not eligible: {' '.join(event.not_eligible)})"
    return said, after


def steps(page, at=NOON, harm=()):
    """All that is due at `at`, and the page after it."""
    said = []
    while True:
        one, page = step(page, at, harm)
        if one is None:
            return said, page
        said.append(one)


def declined(by):
    return ev.PageDeclined(page=PAGE, by=by)


def acked(by):
    return ev.PageAcknowledged(page=PAGE, by=by)


# ── not eligible ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("targets", "harm", "expected"),
    [
        (["person:alice person:carol"], ["fraud"], ["1.1 alice carol"]),
        (["person:alice person:carol"], ["cse"], ["1.1 alice (not eligible: carol)"]),
        (["person:alice person:carol"], ["cse:grooming"], ["1.1 alice (not eligible: carol)"]),
        (["person:carol", "person:bob"], ["cse"], ["1.1 skipped (not eligible: carol)", "1.2 bob"]),
        (["person:dan", "person:carol"], ["life"], ["1.1 skipped (not eligible: dan)", "1.2 carol"]),
    ],
)
def test_whoever_asked_not_to_be_given_such_a_case_is_passed_over(targets, harm, expected):
    assert steps(opened(*targets), harm=harm)[0] == expected


def test_a_fallback_is_told_whatever_they_would_rather_not_be_given():
    """Nobody else is left."""
    _, page = steps(opened("person:carol", fallback="person:dan"), harm=["cse"])

    assert page.state == "exhausted"
    assert page.told == ("dan",)


# ── declining ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_when_the_only_one_declines_the_next_is_asked_at_once():
    _, page = steps(opened("person:alice", "person:bob"))

    assert steps(act(page, declined("alice"), NOON + MINUTE), NOON + MINUTE)[0] == ["1.2 bob"]


def test_while_others_of_the_step_may_answer_they_are_waited_for():
    _, page = steps(opened("team:desk", "person:carol"))

    page = act(page, declined("alice"), NOON + MINUTE)
    assert steps(page, NOON + MINUTE)[0] == []
    assert page.silent == ["bob"]
    assert steps(act(page, declined("bob"), NOON + 2 * MINUTE), NOON + 2 * MINUTE)[0] == ["1.2 carol"]


def test_whoever_declined_is_left_out_of_this_pass_and_asked_again_in_the_next():
    _, page = steps(opened("person:alice", "person:alice", "person:bob", repeat=1))
    said, page = steps(act(page, declined("alice")))

    assert said == ["1.2 skipped", "1.3 bob"]
    assert steps(page, NOON + 5 * MINUTE)[0] == ["2.1 alice"]


def test_when_the_last_one_declines_it_runs_out_loudly():
    _, page = steps(opened("person:alice", fallback="person:bob"))

    said, page = steps(act(page, declined("alice")))
    assert said == ["exhausted"]
    assert page.told == ("bob",)


def test_a_no_after_a_yes_changes_nothing():
    _, page = steps(opened("team:desk", "person:carol"))
    page = act(act(page, acked("alice")), declined("bob"))

    assert page.state == "acknowledged"
    assert steps(page, NOON + 60 * MINUTE)[0] == []


# ── taking turns ────────────────────────────────────────────────────────────────────────────────────────────────────

TURNS = Step(targets=("person:alice", "person:bob", "person:carol"), round_robin=True)


@pytest.mark.parametrize(
    ("turn", "harm", "expected"),
    [
        (0, [], "1.1 alice"),
        (1, [], "1.1 bob"),
        (2, [], "1.1 carol"),
        (3, [], "1.1 alice"),
        (2, ["cse"], "1.1 alice (not eligible: carol)"),
    ],
)
def test_each_page_asks_the_next_target(turn, harm, expected):
    assert steps(opened(TURNS, turn=turn), harm=harm)[0] == [expected]


def test_another_pass_asks_the_one_after():
    _, page = steps(opened(TURNS, turn=1, repeat=1))

    assert steps(page, NOON + 5 * MINUTE)[0] == ["2.1 carol"]


# ── everybody answers for themselves ────────────────────────────────────────────────────────────────────────────────

EACH = Step(targets=("team:desk",), multi_ack=True)


def test_the_first_answer_ends_the_escalation_and_the_others_stay_asked():
    _, page = steps(opened(EACH, "person:carol"))
    page = act(page, acked("alice"))

    assert page.state == "acknowledged"
    assert page.each
    assert page.silent == ["bob"]
    assert steps(page, NOON + 60 * MINUTE)[0] == []
    assert act(page, acked("bob")).silent == []


def test_escalating_by_hand_asks_again_whoever_had_answered():
    _, page = steps(opened(EACH, EACH))
    page = act(act(page, acked("alice")), ev.PageEscalated(page=PAGE))
    said, page = steps(page)

    assert said == ["1.2 alice bob"]
    assert page.silent == ["alice", "bob"]


# ── nobody works on it ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_acknowledged_page_begins_again_when_nobody_works_on_it():
    _, page = steps(opened("person:alice", "person:bob", repeat=1, unworked=30 * MINUTE))
    page = act(page, acked("alice"))
    assert page.due_at == NOON + 30 * MINUTE

    said, page = step(page, NOON + 30 * MINUTE)
    assert said == "unworked"
    assert page.state == "open"
    assert page.round == 2
    assert steps(page, NOON + 30 * MINUTE)[0] == ["2.1 alice"]


def test_it_has_all_its_passes_again():
    _, page = steps(opened("person:alice", repeat=1, unworked=30 * MINUTE))
    _, page = step(act(page, acked("alice")), NOON + 30 * MINUTE)
    seen = []
    for minutes in range(30, 60, 5):
        said, page = steps(page, NOON + minutes * MINUTE)
        seen += said

    assert seen == ["2.1 alice", "3.1 alice", "exhausted"]


def test_work_on_the_incident_puts_it_off():
    _, page = steps(opened("person:alice", unworked=30 * MINUTE))
    page = act(page, acked("alice"))

    said, page = step(page, NOON + 30 * MINUTE, worked_at=NOON + 20 * MINUTE)
    assert said == "worked"
    assert page.state == "acknowledged"
    assert page.due_at == NOON + 50 * MINUTE
    assert step(page, NOON + 50 * MINUTE, worked_at=NOON + 20 * MINUTE)[0] == "unworked"


def test_the_acknowledgement_itself_is_no_work():
    _, page = steps(opened("person:alice", unworked=30 * MINUTE))

    assert step(act(page, acked("alice")), NOON + 30 * MINUTE, worked_at=NOON)[0] == "unworked"


def test_a_courier_that_was_down_begins_it_again_once():
    _, page = steps(opened("person:alice", unworked=30 * MINUTE))
    page = act(page, acked("alice"))
    late = NOON + 300 * MINUTE
    said, page = step(page, late, worked_at=NOON + 20 * MINUTE)
    assert said == "worked"
    said, page = step(page, late, worked_at=NOON + 20 * MINUTE)
    assert said == "unworked"
    assert step(page, late)[0] == "2.1 alice"


def test_once_the_incident_is_resolved_nobody_looks_any_more():
    _, page = steps(opened("person:alice", unworked=30 * MINUTE))
    page = paging.at_rest(act(page, acked("alice")))

    assert page.due_at is None
    assert page.state == "acknowledged"


def test_every_look_has_an_id_of_its_own():
    _, page = steps(opened("person:alice", unworked=30 * MINUTE))
    page = act(page, acked("alice"))
    first = paging.due(page, ROSTER, NOON + 30 * MINUTE, (), NOON + 20 * MINUTE)
    second = paging.due(act(page, first[0]), ROSTER, NOON + 50 * MINUTE, (), NOON + 40 * MINUTE)

    assert first[1] != second[1]


# ── codes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_code_is_the_same_every_time_and_another_for_everybody_else():
    assert code(PAGE, "alice") == code(PAGE, "alice")
    assert len({code(PAGE, f"p{n}") for n in range(1000)}) > 990


def test_a_code_is_short_and_cannot_be_taken_for_anything_else():
    codes = [code(PAGE, f"p{n}") for n in range(20_000)]

    assert all(is_code(one) and len(one) == 4 and not one.isdigit() for one in codes)
    assert {letter for one in codes for letter in one} == set(LETTERS)
    assert is_code(codes[0].lower())


@pytest.mark.parametrize("word", ["2345", "INC-7", "7F2", "7F2KX", "OTTER", "1F2K", "", "7f2o"])
def test_what_is_no_code(word):
    assert not is_code(word)
