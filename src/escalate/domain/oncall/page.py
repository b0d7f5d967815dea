"""A page: its state, folded from the timeline, and what must happen to it at a moment. Pure: `now` is handed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text
from escalate.domain.oncall.policy import Policy
from escalate.domain.timeline.chain import uuid_parts
from escalate.domain.timeline.events import PageExhausted, PageStepFired, PageStepSkipped
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.roster import Roster
    from escalate.domain.timeline.event import Event

OPEN, ACKNOWLEDGED, EXHAUSTED, CANCELLED = "open", "acknowledged", "exhausted", "cancelled"


class Page(Value):
    """`pass_` and `step` are the last that fired or was skipped, 0 before the first; `due_at` is when the next is due.

    `round` counts how often it was begun: escalating by hand after an acknowledgement begins another. `answered` are all
    who said in this round that they are on it; `acknowledged_by` was the first.
    """

    id: str
    number: int
    target: str
    policy: Policy
    state: str = OPEN
    pass_: int = 1
    step: int = 0
    round: int = 1
    due_at: datetime | None
    opened_at: datetime
    paged: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    test: bool = False

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Page:
        return Page(
            **{
                **data,
                "policy": Policy.from_plain(data["policy"]),
                "paged": tuple(data["paged"]),
                "answered": tuple(data["answered"]),
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
        return self.id if self.round == 1 else f"{self.id}/{self.round}"

    @property
    def last(self) -> bool:
        """Whether it runs out, should nobody answer the step that fired last."""
        return _next(self) is None


def opened(event: Any, at: datetime) -> Page:
    return Page(
        id=event.page,
        number=event.number,
        target=event.target,
        policy=Policy.from_plain(event.policy),
        due_at=at,
        opened_at=at,
        test=event.test,
    )


def apply(page: Page, event: Event, at: datetime) -> Page:
    """The page after `event`, which was recorded at `at`."""
    match event.kind:
        case "page.step_fired":
            fired: Any = event
            wait = page.policy.steps[fired.step - 1].wait
            return page.but(
                pass_=fired.pass_,
                step=fired.step,
                due_at=at + wait if page.state == OPEN else None,
                paged=tuple(dict.fromkeys((*page.paged, *fired.people))),
            )
        case "page.step_skipped":
            skipped: Any = event
            return page.but(pass_=skipped.pass_, step=skipped.step, due_at=at)
        case "page.acknowledged":
            return _answered(page, event, at)
        case "page.escalated":
            # After the last step it begins a pass of its own, so that escalating by hand always wakes somebody.
            again = {} if _next(page) else {"pass_": page.pass_ + 1, "step": 0}
            round_ = page.round + (page.state == ACKNOWLEDGED)
            return page.but(state=OPEN, due_at=at, round=round_, answered=(), **again)
        case "page.exhausted":
            return page.but(state=EXHAUSTED, due_at=None)
        case "page.cancelled":
            return page.but(state=CANCELLED, due_at=None)
    return page


def _answered(page: Page, event: Any, at: datetime) -> Page:
    """The first answer counts; the others are kept beside it. A page that was called off stays so."""
    answered = tuple(dict.fromkeys((*page.answered, event.by)))
    if page.answered:
        return page.but(answered=answered)
    state = CANCELLED if page.state == CANCELLED else ACKNOWLEDGED
    return page.but(state=state, due_at=None, answered=answered, acknowledged_by=event.by, acknowledged_at=at)


def _next(page: Page) -> tuple[int, int] | None:
    """Pass and step that follow, or None after the last."""
    if page.step < len(page.policy.steps):
        return page.pass_, page.step + 1
    if page.pass_ <= page.policy.repeat and page.policy.steps:
        return page.pass_ + 1, 1
    return None


def upcoming(page: Page) -> tuple[datetime, list[str]] | None:
    """When the next step is due, and its targets (empty: it runs out then). None while nothing is due any more."""
    if page.due_at is None:
        return None
    following = _next(page)
    return page.due_at, list(page.policy.steps[following[1] - 1].targets) if following else []


def due(page: Page, roster: Roster, now: datetime) -> tuple[Event, str] | None:
    """The one event that must be appended at `now`, with the id of its entry, or None while somebody may still answer.

    The id is derived from page, pass and step, so that two couriers cannot both append the same step.
    """
    if page.due_at is None or now < page.due_at:
        return None
    following = _next(page)
    if following is None:
        fallback = page.policy.fallback
        event: Event = PageExhausted(page=page.id, fallback=fallback, ways=_ways_to_fallback(fallback, roster))
        return event, uuid_parts(page.id, str(page.pass_), "exhausted")
    pass_, number = following
    step = page.policy.steps[number - 1]
    people = list(dict.fromkeys(person for target in step.targets for person in roster.people_behind(target)))
    if not people:
        event = PageStepSkipped(page=page.id, pass_=pass_, step=number, targets=list(step.targets))
    else:
        event = PageStepFired(
            page=page.id,
            pass_=pass_,
            step=number,
            people=people,
            ways=ways_to(people, roster),
            roster_version=roster.version,
        )
    return event, uuid_parts(page.id, str(pass_), str(number))


def _ways_to_fallback(fallback: str | None, roster: Roster) -> list[dict[str, Any]]:
    """Its people; a team without people is told at its own address, which `to` then names."""
    people = roster.people_behind(fallback) if fallback else []
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
