"""When a clock runs out on one incident: from the facts that stand there, and from nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from escalate.domain.clocks.counting import count
from escalate.domain.clocks.rules import DAYS
from escalate.domain.clocks.trace import NOT_ADVICE, Step
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from escalate.domain.clocks.calendar import Calendar
    from escalate.domain.clocks.library import LegalClock
    from escalate.domain.clocks.trace import Trace
    from escalate.domain.incident.state import Fact

AWARENESS = "awareness"

MARGIN = timedelta(hours=4)
"""Before strict a team is done, or a tenth of the period before it where that is more."""


class Deadline(Value):
    """`strict` is what to alert on, `outer` what the law may allow, `target` the team's own goal: never law.

    All three are None while a fact is `missing`. `no_later_than` is an instant that strict is never after, where so much
    is known already. A clock without a number has a target at most.
    """

    clock: str
    start: datetime | None = None
    strict: datetime | None = None
    outer: datetime | None = None
    target: datetime | None = None
    no_later_than: datetime | None = None
    missing: tuple[str, ...] = ()
    trace: Trace


def deadline(
    clock: LegalClock,
    facts: Mapping[str, Sequence[Fact]],
    calendar: Calendar,
    *,
    own_target: timedelta | None = None,
) -> Deadline:
    """What the clock comes to by the facts as they stand: of each name the last statement counts.

    Without the fact that starts it there is no deadline; no other moment stands in for it. `own_target` is how soon the
    team wants to be done where the law names no number.
    """
    started = _started(clock, facts)
    if started is None:
        what = " or ".join(clock.starts[1:] or clock.starts)
        why = f"It runs from: {clock.trigger}. Nothing else stands in for that."
        return Deadline(
            clock=clock.id,
            missing=(clock.start,),
            trace=(Step(step=f"No deadline: {what} is not stated.", why=why, cite=clock.cite), NOT_ADVICE),
        )
    steps = _stated(clock, facts[started])
    start = facts[started][-1].at
    if clock.rule is None or clock.n is None:
        return _without_number(clock, start, steps, own_target)
    aware = facts.get(AWARENESS)
    if clock.rule.needs_awareness and not aware:
        bound = start + timedelta(hours=clock.n)
        missing = Step(
            step="No deadline yet: awareness is not stated.",
            at=bound,
            why="It ends then at the latest, and earlier if awareness was early.",
            cite=clock.cite,
        )
        return Deadline(
            clock=clock.id,
            start=start,
            no_later_than=bound,
            missing=(AWARENESS,),
            trace=(*steps, missing, NOT_ADVICE),
        )
    if clock.rule.needs_awareness and aware:
        steps = (*steps, *_stated(clock, aware))
    counted = count(clock.rule, clock.n, start, calendar, aware=aware[-1].at if aware else None)
    return Deadline(
        clock=clock.id,
        start=start,
        strict=counted.strict,
        outer=counted.outer,
        target=_target(clock, start, counted.strict),
        trace=(*steps, *counted.trace),
    )


def _started(clock: LegalClock, facts: Mapping[str, Sequence[Fact]]) -> str | None:
    """The fact it runs from; of several that may start it, the earliest."""
    stated = [name for name in clock.starts if facts.get(name)]
    return min(stated, key=lambda name: facts[name][-1].at, default=None)


def _stated(clock: LegalClock, facts: Sequence[Fact]) -> Trace:
    """Who says so, and what was said before."""
    *before, fact = facts
    cite = clock.cite if fact.name in clock.starts else ""
    exact = (
        ""
        if fact.precision in ("exact", "minute")
        else f" It is known to the {fact.precision} only; its beginning counts."
    )
    said = Step(step=f"{fact.name}, as {fact.by} states it.", at=fact.at, why=f"{fact.why}{exact}", cite=cite)
    earlier = [fact for fact in before if fact.at != facts[-1].at]
    return said, *(
        Step(step=f"{was.name} was stated otherwise before, by {was.by}.", at=was.at, why="The last statement counts.")
        for was in earlier[-1:]
    )


def _without_number(clock: LegalClock, start: datetime, steps: Trace, own: timedelta | None) -> Deadline:
    target = start + own if own is not None else None
    none = Step(step=f"The law names no number: {clock.qualifier}.", why=clock.trigger, cite=clock.cite)
    ours = Step(step="Internal target, set by the team: not law.", at=target) if target else None
    return Deadline(
        clock=clock.id,
        start=start,
        target=target,
        trace=(*steps, none, *((ours,) if ours else ()), NOT_ADVICE),
    )


def _target(clock: LegalClock, start: datetime, strict: datetime) -> datetime | None:
    """Strict less a margin, but never in the first half of the period. So many days are met as so many times 24 hours, too.

    Keeping something has none: nothing is to be done.
    """
    if clock.unit == "years" or clock.n is None or strict <= start:
        return None
    whole = strict - start
    target = max(strict - max(MARGIN, whole / 10), start + whole / 2)
    return min(target, start + timedelta(days=clock.n)) if clock.unit == DAYS else target
