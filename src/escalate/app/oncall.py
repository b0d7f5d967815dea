"""Who was, is and will be on call: each moment is answered by the roster that was in force then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.domain.oncall.duty import minute
from escalate.domain.value import Value
from escalate.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from escalate.app.ports import Reading
    from escalate.domain.oncall.plan import Plan
    from escalate.domain.oncall.shift import Shift
    from escalate.domain.roster import Roster

LOOK_BACK = timedelta(days=366)
"""How far back the true start of a shift is looked for."""

MINUTE = timedelta(minutes=1)


def plan_at(look: Reading, roster: Roster, target: str, at: datetime, now: datetime) -> Plan:
    """The plan by which `target` goes at `at`."""
    return History(look, roster, now).plan_at(target, at)


def on_call(look: Reading, roster: Roster, target: str, at: datetime, now: datetime) -> list[str]:
    """Who is on call in `schedule:x` or `rotation:x` at `at`: in order, each once."""
    return History(look, roster, now).on_call(target, at)


def shifts(look: Reading, roster: Roster, target: str, start: datetime, end: datetime, now: datetime) -> list[Shift]:
    """The shifts of `schedule:x` or `rotation:x` that touch [start, end), over every version of the roster."""
    return History(look, roster, now).shifts(target, start, end)


def handoffs(
    look: Reading, roster: Roster, target: str, start: datetime, end: datetime, now: datetime
) -> list[datetime]:
    """From the start of the turn of `rotation:x` at `start` to the end of the one at `end`, which may be `start`."""
    return History(look, roster, now).handoffs(target, start, end)


class Era(Value):
    """A stretch of time that one version of the roster answers for, half-open; None: without a bound."""

    begin: datetime | None
    finish: datetime | None
    roster: Roster
    plan: Plan

    def holds(self, at: datetime) -> bool:
        return (self.begin is None or self.begin <= at) and (self.finish is None or at < self.finish)

    def on_call(self, target: str, at: datetime) -> list[str]:
        known = self._knows(target)
        return [person for person in self.plan.on_call(target, at) if person in self.roster.people] if known else []

    def shifts(self, target: str, start: datetime, end: datetime) -> list[Shift]:
        """Of the people this version knows, cut where it came into force."""
        if not self._knows(target):
            return []
        found = [each for each in self.plan.shifts(target, start, end) if each.person in self.roster.people]
        return [each.but(start=self.begin) if self.begin and each.start < self.begin else each for each in found]

    def _knows(self, target: str) -> bool:
        kind, _, name = target.partition(":")
        return name in self.roster.named[kind]


class History:
    """`roster` is the one in force at `now`; older ones are read only when they are asked for.

    Overrides and temporary schedules stand in every version: they say themselves from when to when they count.
    """

    def __init__(self, look: Reading, roster: Roster, now: datetime) -> None:
        self._look = look
        self._roster = roster
        self._now = minute(now)
        self._versions: list[tuple[datetime, Roster]] | None = None
        self._eras: dict[str, list[Era]] = {}
        self._newest: Era | None = None

    @property
    def newest(self) -> Era:
        if self._newest is None:
            self._newest = Era(begin=None, finish=None, roster=self._roster, plan=self._roster.plan)
        return self._newest

    @property
    def versions(self) -> list[tuple[datetime, Roster]]:
        """Each with the minute from which it counts, oldest first."""
        if self._versions is None:
            kept = [(min(minute(at), self._now), roster) for at, roster in self._look.rosters()]
            self._versions = [(at, roster.but(duty=self._roster.duty)) for at, roster in kept]
        return self._versions

    def target(self, text: str, at: datetime, first: Sequence[str] = ()) -> str:
        """What `text` means in the newest roster that knows it; one that is gone may be asked for as of a moment before.

        A bare name is looked for among the kinds of `first`, one after the other.
        """
        try:
            return _target(self._roster, text, first)
        except NotFound:
            for _, roster in reversed(self.versions if at < self._now else ()):
                try:
                    return _target(roster, text, first)
                except NotFound:
                    continue
            raise

    def era(self, target: str, at: datetime) -> Era:
        """From `now` on the newest roster counts; before the first one that has the target, that one does."""
        if at >= self._now:
            return self.newest
        return next(era for era in self.eras(target) if era.holds(at))

    def plan_at(self, target: str, at: datetime) -> Plan:
        return self.era(target, at).plan

    def on_call(self, target: str, at: datetime) -> list[str]:
        return self.era(target, at).on_call(target, at)

    def until(self, target: str, person: str, at: datetime) -> datetime | None:
        """When the time on call of a person who is at `at` ends; None: not within a year."""
        era = self.era(target, at)
        end = era.plan.until(target, person, at)
        if era.finish is None or (end is not None and end < era.finish):
            return end
        goes_on = person in self.on_call(target, era.finish)
        return self.until(target, person, era.finish) if goes_on else era.finish

    def shifts(self, target: str, start: datetime, end: datetime) -> list[Shift]:
        """In order; contiguous pieces of one person are one, also where they stand in several versions."""
        found: list[Shift] = []
        for era in self.eras(target):
            begin = max(start, era.begin) if era.begin else start
            finish = min(end, era.finish) if era.finish else end
            if begin < finish:
                pieces = era.shifts(target, begin, finish)
                found = self._begun(target, era, pieces, start) if begin == start else _joined(found, pieces, begin)
        goes_on = set(self._known_at(target, end)) if any(each.end == end for each in found) else set()
        found = [each.but(truncated=each.end == end and each.person in goes_on) for each in found]
        return sorted(found, key=lambda each: (each.start, each.end, each.person))

    def _known_at(self, target: str, at: datetime) -> list[str]:
        return next(era for era in self.eras(target) if era.holds(at)).on_call(target, at)

    def _begun(self, target: str, era: Era, pieces: list[Shift], start: datetime) -> list[Shift]:
        """The shifts that are on at `start`, or begin later, with the starts they had in earlier versions."""
        earliest = start - LOOK_BACK
        return [
            each.but(start=self._began(target, each.person, each.start, earliest)) if each.start == era.begin else each
            for each in pieces
        ]

    def _began(self, target: str, person: str, at: datetime, earliest: datetime) -> datetime:
        """Since when a person who is on call from `at` on had been so before, in the versions before that moment."""
        while at > earliest:
            era = next(era for era in self.eras(target) if era.holds(at - MINUTE))
            before = [each for each in era.shifts(target, at - MINUTE, at) if each.person == person and each.end == at]
            if not before:
                return at
            at = before[0].start
            if at != era.begin:
                break
        return max(at, earliest)

    def handoffs(self, target: str, start: datetime, end: datetime) -> list[datetime]:
        """A new version of the roster is a hand-off where it puts somebody else on call."""
        eras = self.eras(target)
        name = target.partition(":")[2]
        if len(eras) == 1:
            return eras[0].roster.rotations[name].handoffs(start, end)
        found = [self._turn(target, start)[0]]
        at = start
        while True:
            at = self._turn(target, at)[1]
            found.append(at)
            if at > end:
                return found

    def _turn(self, target: str, at: datetime) -> tuple[datetime, datetime]:
        """The turn at `at`, which goes on into the next version where that has the same person."""
        eras = self.eras(target)
        here = next(number for number, era in enumerate(eras) if era.holds(at))
        start, end, person = _turn_in(eras[here], target, at)
        for era in reversed(eras[:here]):
            if start != era.finish or _turn_in(era, target, start - MINUTE)[2] != person:
                break
            start = _turn_in(era, target, start - MINUTE)[0]
        for era in eras[here + 1 :]:
            if end != era.begin or _turn_in(era, target, end)[2] != person:
                break
            end = _turn_in(era, target, end)[1]
        return start, end

    def eras(self, target: str) -> list[Era]:
        """They follow each other without a gap, the first without a beginning, the last without an end."""
        if target not in self._eras:
            self._eras[target] = self._found(target)
        return self._eras[target]

    def _found(self, target: str) -> list[Era]:
        kind, _, name = target.partition(":")
        versions = self.versions or [(self._now, self._roster)]
        having = next((n for n, (_, roster) in enumerate(versions) if name in roster.named.get(kind, ())), 0)
        kept: list[tuple[datetime, Roster]] = []
        for at, roster in versions[having:]:
            if kept and kept[-1][0] == at:
                kept.pop()
            if not kept or not _alike(kept[-1][1], roster, kind):
                kept.append((at, roster))
        ends = [at for at, _ in kept[1:]]
        return [
            Era(begin=begin, finish=finish, roster=roster, plan=roster.plan)
            for begin, finish, (_, roster) in zip([None, *ends], [*ends, None], kept, strict=True)
        ]


def _joined(found: list[Shift], pieces: list[Shift], at: datetime) -> list[Shift]:
    """`found` until `at` and `pieces` from there on; whoever is in both has one shift."""
    begun = {each.person: each.start for each in found if each.end == at}
    going_on = {each.person for each in pieces if each.start == at}
    return [
        *(each for each in found if each.end != at or each.person not in going_on),
        *(each.but(start=begun.get(each.person, at)) if each.start == at else each for each in pieces),
    ]


def _alike(one: Roster, other: Roster, kind: str) -> bool:
    """Whether two versions answer alike who is on call."""
    return (
        kind in {"schedule", "rotation"}
        and one.rotations == other.rotations
        and one.schedules == other.schedules
        and one.people.keys() == other.people.keys()
    )


def _turn_in(era: Era, target: str, at: datetime) -> tuple[datetime, datetime, str | None]:
    """The turn at `at` as far as one version says; a version without the rotation is one turn of nobody."""
    rotation = era.roster.rotations.get(target.partition(":")[2])
    if rotation is None:
        return era.begin or at, era.finish or at + LOOK_BACK, None
    start, end, person = rotation.shift(at)
    return max(start, era.begin) if era.begin else start, min(end, era.finish) if era.finish else end, person


def _target(roster: Roster, text: str, first: Sequence[str]) -> str:
    for kind in first if ":" not in text else ():
        try:
            return roster.target(f"{kind}:{text}")
        except NotFound:
            continue
    return roster.target(text)
