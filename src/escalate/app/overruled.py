"""Overrides and temporary schedules that do not do what somebody meant: nothing at all, or too much."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from escalate.app.coverage_findings import OVERRIDE, Finding
from escalate.domain.oncall import stretches
from escalate.domain.oncall.overrides import Spans, overridden
from escalate.domain.oncall.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from escalate.domain.oncall.duty import Override, Temporary
    from escalate.domain.oncall.stretches import People, Stretch
    from escalate.domain.roster import Roster

YEAR = timedelta(days=366)
"""An override that lasts longer is looked at for so long."""


def overruled(
    roster: Roster, line: Callable[[str], list[Stretch]], start: datetime, end: datetime
) -> Iterator[Finding]:
    """Of those that count at some time between `start` and `end`; `line` lays a target out over that time."""
    if roster.duty is None:
        return
    made: dict[str, list[Override]] = {}
    for each in roster.duty.overrides:
        if max(each.begins, start) < min(each.ends, end):
            made.setdefault(each.schedule, []).append(each)
    planned = {each.schedule for each in roster.duty.temporaries if max(each.begins, start) < min(each.ends, end)}
    for schedule in sorted({*made, *planned}):
        if schedule in roster.schedules:
            one = Overruled(roster, schedule, start, end)
            yield from one.idle(made.get(schedule, []))
            yield from one.emptied(line(f"schedule:{schedule}"))
        else:
            for each in made.get(schedule, []):
                yield _override(each, f"{each.id} changes nothing: the roster has no schedule {schedule} any more")


class Overruled:
    """One schedule: by its rules alone, and with its temporary schedules in their place."""

    def __init__(self, roster: Roster, schedule: str, start: datetime, end: datetime) -> None:
        assert roster.duty is not None
        self._roster = roster
        self._target = f"schedule:{schedule}"
        temporaries = [each for each in roster.duty.temporaries if each.schedule == schedule]
        self._counting: Spans[Override] = Spans(each for each in roster.duty.overrides if each.schedule == schedule)
        self._instead: Spans[Temporary] = Spans(temporaries)
        self._by_rule = Plan(roster.rotations, roster.schedules, (), ())
        self._planned = Plan(roster.rotations, roster.schedules, (), temporaries)
        self._start, self._end = start, end

    def idle(self, overrides: list[Override]) -> Iterator[Finding]:
        """Those that change nothing, or name somebody who is not there."""
        for each in overrides:
            unknown = [person for person in (each.add, each.remove) if person and person not in self._roster.people]
            if unknown:
                yield _override(each, f"{each.id} names {' and '.join(unknown)}, whom the roster does not know")
            elif why := self._idle(each):
                yield _override(each, f"{each.id} changes nothing: {why}")

    def emptied(self, final: list[Stretch]) -> Iterator[Finding]:
        """Where rules put somebody on call, and what was changed leaves nobody in `final`."""
        for start, end in stretches.where(final, lambda people: not people):
            removing = [each for each in self._counting.between(start, end) if each.remove]
            instead = self._instead.between(start, end)
            for causes, before in ((instead, self._by_rule), (removing, self._planned)):
                for begin, finish in _spans(causes, start, end):
                    for since, until in stretches.where(self._laid(before, begin, finish), self._known):
                        ids = [each.id for each in causes if each.begins < until and each.ends > since]
                        yield self._left(" and ".join(ids), since, until)

    def _idle(self, override: Override) -> str:
        """Why it makes no difference at any time; empty where it makes one."""
        begins, ends = max(override.begins, self._start - YEAR), min(override.ends, self._end + YEAR)
        near = self._counting.between(begins, ends)
        edges = {at for each in near for at in (each.begins, each.ends) if begins < at < ends}
        edges |= {at for each in self._instead.between(begins, ends) for at in (each.begins, each.ends)}
        named = free = False
        for start, end, people in self._laid(self._by_rule, begins, ends):
            for at in sorted({start, *(edge for edge in edges if start < edge < end)}):
                if self._instead.at(at):
                    continue
                free = True
                named = named or (override.remove or override.add) in people
                counting = self._counting.at(at)
                others = [each for each in counting if each.id != override.id]
                if set(overridden(sorted(people), counting)) != set(overridden(sorted(people), others)):
                    return ""
        if not free:
            return "a temporary schedule stands in its place"
        if override.remove and not named:
            return f"{self._name(override.remove)} is not on call then"
        if override.add and not override.remove:
            return f"{self._name(override.add)} is on call then anyway"
        return "another override counts instead"

    def _left(self, ids: str, start: datetime, end: datetime) -> Finding:
        text = f"{ids} leave{'' if ' and ' in ids else 's'} nobody on call"
        aside = [each for each in ids.split(" and ") if each.startswith("T-")]
        if aside:  # while it counts, no override does
            hint = f"escalate oncall temporary remove {aside[-1]}"
            return Finding(kind=OVERRIDE, where=self._target, start=start, end=end, text=text, hint=hint)
        add = f"escalate oncall override add {self._target.partition(':')[2]} --add PERSON"
        hint = f"{add} --from {start.astimezone(UTC):%Y-%m-%dT%H:%M}Z --to {end.astimezone(UTC):%Y-%m-%dT%H:%M}Z"
        return Finding(kind=OVERRIDE, where=self._target, start=start, end=end, text=text, hint=hint)

    def _known(self, people: People) -> bool:
        """Nobody is paged whom the roster does not know."""
        return not people.isdisjoint(self._roster.people)

    def _laid(self, plan: Plan, start: datetime, end: datetime) -> list[Stretch]:
        return stretches.of(plan.shifts(self._target, start, end), start, end)

    def _name(self, person: str) -> str:
        return self._roster.name_of(f"person:{person}")


def _override(each: Override, text: str) -> Finding:
    hint = f"take it back: escalate oncall override remove {each.id}"
    return Finding(
        kind=OVERRIDE, where=f"schedule:{each.schedule}", start=each.begins, end=each.ends, text=text, hint=hint
    )


def _spans(causes: Sequence[Override | Temporary], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """When any of them counts between `start` and `end`; what touches is one."""
    found: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted((max(each.begins, start), min(each.ends, end)) for each in causes):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(ends, found[-1][1]))
        else:
            found.append((begins, ends))
    return found
