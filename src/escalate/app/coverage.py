"""What would go wrong with who is on call in the days to come, looked for while there is time to mend it."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from escalate.app.coverage_findings import (
    CLOCK_CHANGE,
    GAP,
    KINDS,
    LAST_STEP,
    NOBODY,
    NOT_FOR,
    UNREACHABLE,
    Finding,
)  # fmt: skip
from escalate.app.oncall import History
from escalate.app.overruled import overruled
from escalate.domain.oncall import stretches
from escalate.domain.oncall.duty import minute
from escalate.domain.roster import CONSOLE
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from escalate.app.ports import Reading, Store
    from escalate.domain.oncall.policy import Policy
    from escalate.domain.oncall.shift import Shift
    from escalate.domain.oncall.stretches import People, Stretch
    from escalate.domain.roster import Roster

LONG = timedelta(days=92)
"""A longer shift is somebody's job; an hour more or less of it is no news."""


class Checked(Value):
    """`looked_at` is how many schedules, rotations and policies there were to look at; `passed_over` are the schedules that
    nothing pages.
    """

    start: datetime
    end: datetime
    looked_at: int
    findings: list[Finding]
    passed_over: list[str] = []


def check(store: Store, now: datetime, days: int) -> Checked:
    with store.reading() as look:
        roster = look.roster()
        found = findings(look, roster, now, days)
    start = minute(now)
    looked_at = len(roster.policies) + sum(target.startswith(("schedule:", "rotation:")) for target in used(roster))
    passed_over = [name for name in roster.schedules if f"schedule:{name}" not in used(roster)]
    return Checked(
        start=start, end=start + timedelta(days=days), looked_at=looked_at, findings=found, passed_over=passed_over
    )


def findings(look: Reading, roster: Roster, now: datetime, days: int) -> list[Finding]:
    """All that is found between `now` and so many days later, gravest first, then by place and time."""
    over = Coverage(look, roster, now, days)
    found = [
        *over.policies(),
        *over.gaps(),
        *over.unreachable(),
        *overruled(roster, over.line, over.start, over.end),
        *over.clock_changes(),
    ]
    return sorted(found, key=lambda each: (KINDS.index(each.kind), each.where, each.start, each.end))


def used(roster: Roster) -> list[str]:
    """The targets that anything pages: steps, fallbacks and routes, each once."""
    targets: list[str] = []
    for policy in roster.policies.values():
        targets += [target for step in policy.steps for target in step.targets]
        targets += [policy.fallback] if policy.fallback else []
    targets += [target for route in roster.routes for target in route.page if not target.startswith("policy:")]
    return list(dict.fromkeys(targets))


class Coverage:
    """Each target is laid out once over the days that are looked at."""

    def __init__(self, look: Reading, roster: Roster, now: datetime, days: int) -> None:
        self.start = minute(now)
        self.end = self.start + timedelta(days=days)
        self._roster = roster
        self._history = History(look, roster, now)
        self._shifts: dict[str, list[Shift]] = {}
        self._lines: dict[str, list[Stretch]] = {}

    def policies(self) -> Iterator[Finding]:
        for policy in self._roster.policies.values():
            steps = [stretches.together([self.line(target) for target in step.targets]) for step in policy.steps]
            whole = stretches.together(steps)
            then = f"{policy.fallback} is told" if policy.fallback else "and it has no fallback"
            if len(steps) > 1:
                for start, end in stretches.where(whole, _empty):
                    text = f"no step reaches anybody; {then}"
                    yield self._of_policy(NOBODY, policy.name, start, end, text)
            for start, end in stretches.where(steps[-1], _empty) if steps else ():
                text = f"the last step reaches nobody; {then}"
                yield self._of_policy(LAST_STEP, policy.name, start, end, text)
            yield from self._not_given(policy, steps, whole)

    def _not_given(self, policy: Policy, steps: list[list[Stretch]], whole: list[Stretch]) -> Iterator[Finding]:
        """Where somebody is there, and everybody has asked not to be given it. Who asked is not said, nor why."""
        people = {person for _, _, there in whole for person in there}
        for harm in sorted({harm for person in people for harm in self._roster.not_for(person)}):
            may = frozenset(person for person in people if self._roster.may_be_given(person, [harm]))

            def hole(there: People, may: People = may) -> bool:
                return bool(there) and there.isdisjoint(may)

            for number, step in enumerate(steps, start=1):
                for start, end in stretches.where(step, hole) if len(steps) > 1 else ():
                    text = f"nobody behind step {number} may be given {harm}: the step is passed over"
                    yield self._of_policy(NOT_FOR, f"{policy.name} step {number}", start, end, text)
            for start, end in stretches.where(whole, hole):
                told = f"{policy.fallback} is told all the same" if policy.fallback else "and it has no fallback"
                text = f"nobody behind any step may be given {harm}; {told}"
                yield self._of_policy(NOT_FOR, policy.name, start, end, text)

    def _of_policy(self, kind: str, name: str, start: datetime, end: datetime, text: str) -> Finding:
        hint = "name somebody else in a step, or add an override"
        return Finding(kind=kind, where=f"policy:{name}", start=start, end=end, text=text, hint=hint)

    def gaps(self) -> Iterator[Finding]:
        for target in self._timed():
            for start, end in stretches.where(self.line(target), _empty):
                kind, _, name = target.partition(":")
                hint = f"escalate oncall override add {name} --add PERSON --from {_said(start)} --to {_said(end)}"
                yield Finding(
                    kind=GAP, where=target, start=start, end=end, text="nobody is on call",
                    hint=hint if kind == "schedule" else "mend the roster",
                )  # fmt: skip

    def unreachable(self) -> Iterator[Finding]:
        first: dict[str, Stretch] = {}
        for target in used(self._roster):
            for stretch in self.line(target):
                for person in stretch[2]:
                    if person not in first or stretch[0] < first[person][0]:
                        first[person] = stretch
        channels = self._roster.channels
        for person, (start, end, _) in first.items():
            ways = [way.via for way in self._roster.reach(person)]
            if all(via == CONSOLE or (via in channels and channels[via].kind == CONSOLE) for via in ways):
                yield Finding(
                    kind=UNREACHABLE, where=f"person:{person}", start=start, end=end,
                    text=f"{self._name(person)} is paged then, and only the console reaches them",
                    hint="give them a reach in the roster, and try it: escalate page --test",
                )  # fmt: skip

    def clock_changes(self) -> Iterator[Finding]:
        from escalate.domain.oncall import wall

        for target in self._timed():
            changes = {
                at: zone
                for zone in self._zones(target)
                for at in wall.changes(wall.zone_named(zone), self.start - LONG, self.end)
            }
            for shift in self.shifts(target) if changes else ():
                inside = [
                    at
                    for at in sorted(changes)
                    if shift.start < at < shift.end and self._bounded_by(target, shift, changes[at])
                ]
                end = self._history.until(target, shift.person, shift.end) if shift.truncated else shift.end
                if not inside or end is None or end - shift.start > LONG:
                    continue
                zone = changes[inside[0]]
                before, after = (
                    at.astimezone(wall.zone_named(zone)).utcoffset() or timedelta(0)
                    for at in (inside[0] - timedelta(seconds=1), inside[0])
                )
                way = "go forward" if after > before else "go back"
                yield Finding(
                    kind=CLOCK_CHANGE, where=target, start=shift.start, end=end,
                    text=f"{self._name(shift.person)}'s shift is {_length(end - shift.start)} long: clocks in {zone} {way} "
                    f"{_length(abs(after - before))} at {_said(inside[0])}",
                )  # fmt: skip

    def _bounded_by(self, target: str, shift: Shift, zone: str) -> bool:
        """Whether the shift begins or ends by the clock of `zone`: other clocks make it neither longer nor shorter."""
        from escalate.domain.oncall import wall

        kind, _, name = target.partition(":")
        if kind == "rotation":
            return True
        schedule = self._roster.schedules[name]
        edges = set()
        for rule in schedule.rules:
            if (rule.zone or schedule.zone) == zone:
                edges |= {rule.begin, rule.end}
            through = self._roster.rotations.get(rule.target.partition(":")[2])
            if rule.target.startswith("rotation:") and through is not None and through.zone == zone:
                edges.add(through.start.time())
        there = wall.zone_named(zone)
        return any(wall.local(at, there).time() in edges for at in (shift.start, shift.end))

    def _zones(self, target: str) -> set[str]:
        """Every zone by which a target begins or ends."""
        kind, _, name = target.partition(":")
        if kind == "rotation":
            return {self._roster.rotations[name].zone}
        schedule = self._roster.schedules[name]
        through = [rule.target.partition(":")[2] for rule in schedule.rules if rule.target.startswith("rotation:")]
        rotations = {self._roster.rotations[one].zone for one in through if one in self._roster.rotations}
        return {schedule.zone, *(rule.zone for rule in schedule.rules if rule.zone), *rotations}

    def _timed(self) -> list[str]:
        named = self._roster.named
        kinds = (target.partition(":") for target in used(self._roster))
        return [f"{kind}:{name}" for kind, _, name in kinds if kind in {"schedule", "rotation"} and name in named[kind]]

    def shifts(self, target: str) -> list[Shift]:
        if target not in self._shifts:
            self._shifts[target] = self._history.shifts(target, self.start, self.end)
        return self._shifts[target]

    def line(self, target: str) -> list[Stretch]:
        """Who is behind a target, stretch by stretch."""
        if target not in self._lines:
            if target.startswith(("schedule:", "rotation:")):
                self._lines[target] = stretches.of(self.shifts(target), self.start, self.end)
            else:
                behind = self._roster.people_behind(target, self.start)
                self._lines[target] = stretches.always(behind, self.start, self.end)
        return self._lines[target]

    def _name(self, person: str) -> str:
        return self._roster.name_of(f"person:{person}")


def _empty(people: People) -> bool:
    return not people


def _said(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}Z"


def _length(of: timedelta) -> str:
    hours, minutes = divmod(int(of / timedelta(minutes=1)), 60)
    return f"{hours} h {minutes:02} min" if hours and minutes else f"{hours} h" if hours else f"{minutes} min"
