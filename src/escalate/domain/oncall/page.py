"""A page: its state, folded from the timeline, and what must happen to it at a moment. Pure: `now` is handed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text, to_text
from escalate.domain.oncall.policy import Policy
from escalate.domain.timeline.chain import uuid_parts
from escalate.domain.timeline.events import (
    PageExhausted,
    PageStepFired,
    PageStepSkipped,
    PageUnworked,
    PageWorked,
)
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from escalate.domain.oncall.policy import Step
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.event import Event

OPEN, ACKNOWLEDGED, EXHAUSTED, CANCELLED = "open", "acknowledged", "exhausted", "cancelled"

MANY = ("paged", "current", "declined", "told", "answered", "vias")
"""What a page has several of, kept as lists."""


class Page(Value):
    """`pass_` and `step` are the last that fired or was skipped, 0 before the first; `passes` the last pass there is;
    `due_at` is when the next step is due, or, once acknowledged, when it is looked at whether anybody works on it.

    `round` counts how often it was begun: escalating by hand after an acknowledgement begins another, and so does nobody
    working on it. `current` are the people of the step that fired last, `declined` those who cannot take it in this pass,
    `told` who was told in the end. `answered` are all who said in this round that they are on it; `acknowledged_by` was
    the first, `second_hand` where somebody else said so for them. `vias` are the ways by which anybody was told, also those
    that nobody has any more.
    """

    id: str
    number: int
    target: str
    policy: Policy
    state: str = OPEN
    pass_: int = 1
    passes: int = 1
    step: int = 0
    round: int = 1
    turn: int = 0
    due_at: datetime | None
    opened_at: datetime
    paged: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    vias: tuple[str, ...] = ()
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    second_hand: bool = False
    test: bool = False

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Page:
        policy = Policy.from_plain(data["policy"])
        return Page(
            **{
                **data,
                "policy": policy,
                "passes": data.get("passes", policy.repeat + 1),
                **{name: tuple(data.get(name, ())) for name in MANY},
                **{
                    name: from_text(data[name]) if data[name] else None
                    for name in ("due_at", "opened_at", "acknowledged_at")
                },
            }
        )

    @property
    def waiting(self) -> bool:
        """Nobody has acknowledged it, and nobody has called it off."""
        return self.state in {OPEN, EXHAUSTED}

    @property
    def dedup(self) -> str:
        """What all messages of one round share. A pager that was told to be quiet wakes nobody for the same key again."""
        return self.dedup_of(self.round)

    def dedup_of(self, round_: int) -> str:
        return self.id if round_ == 1 else f"{self.id}/{round_}"

    @property
    def each(self) -> bool:
        """Whether everybody of the step that fired last is told until they answer themselves."""
        return bool(self.step) and self.policy.steps[self.step - 1].multi_ack

    @property
    def silent(self) -> list[str]:
        """Who was paged by the last step and has neither answered nor declined."""
        return [person for person in self.current if person not in {*self.answered, *self.declined}]

    @property
    def last(self) -> bool:
        """Whether it runs out, should nobody answer the step that fired last."""
        return _next(self) is None


def opened(event: Any, at: datetime) -> Page:
    policy = Policy.from_plain(event.policy)
    return Page(
        id=event.page,
        number=event.number,
        target=event.target,
        policy=policy,
        passes=policy.repeat + 1,
        turn=event.turn,
        due_at=at,
        opened_at=at,
        test=event.test,
    )


def apply(page: Page, event: Event, at: datetime, recorded: datetime | None = None) -> Page:
    """The page after `event`, which was so at `at`, and was `recorded` then or later."""
    given: Any = event
    match event.kind:
        case "page.step_fired":
            wait = page.policy.steps[given.step - 1].wait
            return _at_step(page, given).but(
                due_at=at + wait if page.state == OPEN else page.due_at,
                paged=tuple(dict.fromkeys((*page.paged, *given.people))),
                current=tuple(given.people),
                vias=_with_ways(page, given.ways),
            )
        case "page.step_skipped":
            return _at_step(page, given).but(due_at=at, current=())
        case "page.acknowledged":
            return _answered(page, event, at, recorded or at)
        case "page.declined":
            after = page.but(declined=tuple(dict.fromkeys((*page.declined, given.by))))
            nobody = page.state == OPEN and page.current and not after.silent
            return after.but(due_at=at) if nobody else after
        case "page.escalated":
            # After the last step it begins a pass of its own, so that escalating by hand always wakes somebody.
            again = page if _next(page) else _another_pass(page, more=0)
            return again.but(
                state=OPEN, due_at=at, round=page.round + (page.state == ACKNOWLEDGED), answered=(), declined=()
            )
        case "page.worked":
            return page.but(due_at=given.at + page.policy.unworked if page.policy.unworked else None)
        case "page.unworked":
            again = _another_pass(page, more=page.policy.repeat)
            return again.but(state=OPEN, due_at=at, round=page.round + 1, answered=(), declined=())
        case "page.exhausted":
            told = [way["person"] for way in given.ways if way.get("person")]
            told = list(dict.fromkeys((*page.told, *told)))
            return page.but(state=EXHAUSTED, due_at=None, told=tuple(told), vias=_with_ways(page, given.ways))
        case "page.cancelled":
            return page.but(state=CANCELLED, due_at=None)
    return page


def _at_step(page: Page, event: Any) -> Page:
    """Whoever declined is asked again in another pass."""
    declined = page.declined if event.pass_ == page.pass_ else ()
    return page.but(pass_=event.pass_, step=event.step, declined=declined)


def _another_pass(page: Page, *, more: int) -> Page:
    """From the first step on, in a pass that has not been: the ids of its steps are new ones. `more` may follow it."""
    return page.but(pass_=page.pass_ + 1, step=0, passes=max(page.passes, page.pass_ + 1 + more))


def told_instead(page: Page, ways: Iterable[dict[str, Any]]) -> Page:
    """The page after a way to somebody has failed and others are tried in its place, maybe to others."""
    mine = [way for way in ways if way.get("page") == page.id]
    people = [str(way["to"]).partition(":")[2] for way in mine if str(way.get("to")).startswith("person:")]
    told = (person for person in (*page.told, *people) if person and person not in page.paged)
    return page.but(told=tuple(dict.fromkeys(told)), vias=_with_ways(page, mine))


def _with_ways(page: Page, ways: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*page.vias, *(str(way["via"]) for way in ways if way.get("via")))))


def _answered(page: Page, event: Any, at: datetime, recorded: datetime) -> Page:
    """The first answer counts; the others are kept beside it. A page that was called off stays so.

    Whether anybody works on it is looked at from when the answer was recorded, which is a sign of life itself and no work.
    """
    answered = tuple(dict.fromkeys((*page.answered, event.by)))
    if page.answered:
        return page.but(answered=answered)
    state = CANCELLED if page.state == CANCELLED else ACKNOWLEDGED
    unworked = page.policy.unworked if state == ACKNOWLEDGED and not page.test else None
    return page.but(
        state=state,
        due_at=recorded + unworked if unworked else None,
        answered=answered,
        acknowledged_by=event.by,
        acknowledged_at=at,
        second_hand=event.hearsay,
    )


def at_rest(page: Page) -> Page:
    """The page once its incident is resolved: an acknowledged one is not looked at any more."""
    return page.but(due_at=None) if page.state == ACKNOWLEDGED else page


def roused(page: Page, at: datetime) -> Page:
    """The page once its incident is open again: an acknowledged one is looked at again."""
    watched = page.state == ACKNOWLEDGED and page.policy.unworked and not page.test
    return page.but(due_at=at + page.policy.unworked) if watched and page.policy.unworked else page


def _next(page: Page) -> tuple[int, int] | None:
    """Pass and step that follow, or None after the last."""
    if page.step < len(page.policy.steps):
        return page.pass_, page.step + 1
    if page.pass_ < page.passes and page.policy.steps:
        return page.pass_ + 1, 1
    return None


def upcoming(page: Page) -> tuple[datetime, list[str]] | None:
    """When the next step is due, and its targets (empty: it runs out then). None while nothing is due any more.

    Of an acknowledged page, when it begins again should nobody work on it.
    """
    if page.due_at is None:
        return None
    following = _next(page) if page.state != ACKNOWLEDGED else (0, 1)
    return page.due_at, list(page.policy.steps[following[1] - 1].targets) if following else []


def due(
    page: Page, roster: Roster, now: datetime, harm: Iterable[str] = (), worked_at: datetime | None = None
) -> tuple[Event, str] | None:
    """The one event that must be appended at `now`, with the id of its entry, or None while somebody may still answer.

    `harm` is the incident's: whoever asked not to be given it is passed over. `worked_at` is when a person last wrote on
    the incident. The id is derived from page, pass and step, so that two couriers cannot both append the same step.
    """
    if page.due_at is None or now < page.due_at:
        return None
    if page.state == ACKNOWLEDGED:
        return _looked_after(page, worked_at)
    following = _next(page)
    if following is None:
        fallback = page.policy.fallback
        event: Event = PageExhausted(page=page.id, fallback=fallback, ways=_ways_to_fallback(fallback, roster, now))
        return event, uuid_parts(page.id, str(page.pass_), "exhausted")
    pass_, number = following
    step = page.policy.steps[number - 1]
    declined = page.declined if pass_ == page.pass_ else ()
    people: list[str] = []
    passed_over: list[str] = []
    for behind in _asked(step, page.turn + pass_ - 1, roster, now):
        people = [one for one in behind if one not in declined and roster.may_be_given(one, harm)]
        passed_over += [one for one in behind if one not in people]
        if people:
            break
    not_eligible = [one for one in dict.fromkeys(passed_over) if one not in declined]
    if people:
        event = PageStepFired(
            page=page.id,
            pass_=pass_,
            step=number,
            people=people,
            ways=ways_to(people, roster),
            roster_version=roster.version,
            not_eligible=not_eligible,
        )
    else:
        event = PageStepSkipped(
            page=page.id,
            pass_=pass_,
            step=number,
            targets=list(step.targets),
            not_eligible=not_eligible,
            declined=[one for one in dict.fromkeys(passed_over) if one in declined],
        )
    return event, uuid_parts(page.id, str(pass_), str(number))


def _asked(step: Step, turn: int, roster: Roster, now: datetime) -> Iterator[list[str]]:
    """The people behind a step: all its targets together, or, where they take turns, one target after another."""
    if step.round_robin:
        first = turn % len(step.targets)
        for target in (*step.targets[first:], *step.targets[:first]):
            yield roster.people_behind(target, now)
    else:
        yield list(dict.fromkeys(one for target in step.targets for one in roster.people_behind(target, now)))


def _looked_after(page: Page, worked_at: datetime | None) -> tuple[Event, str]:
    assert page.due_at is not None
    assert page.policy.unworked is not None
    since = page.due_at - page.policy.unworked
    if worked_at is not None and worked_at > since:
        return PageWorked(page=page.id, at=worked_at), uuid_parts(page.id, "worked", to_text(page.due_at))
    return PageUnworked(page=page.id, since=since), uuid_parts(page.id, "unworked", to_text(page.due_at))


def _ways_to_fallback(fallback: str | None, roster: Roster, now: datetime) -> list[dict[str, Any]]:
    """Its people, whatever they would rather not be given: nobody else is left. A team without people is told at its own
    address, which `to` then names.
    """
    people = roster.people_behind(fallback, now) if fallback else []
    kind, _, name = (fallback or "").partition(":")
    if people or kind != "team" or name not in roster.teams:
        return ways_to(people, roster)
    return [{"person": None, "to": fallback, "via": via, "after": 0} for via in roster.team_ways(name)]


def ways_to(people: list[str], roster: Roster) -> list[dict[str, Any]]:
    """Every way to every one of them, with the seconds to wait before using it."""
    return [
        {"person": person, "via": way.via, "after": int(way.after / timedelta(seconds=1))}
        for person in people
        for way in roster.reach(person)
    ]
