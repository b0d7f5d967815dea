"""Who is on call when: rotations, weekly rules, overrides and temporary schedules taken together."""

from __future__ import annotations

from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING

from escalate.domain.oncall.overrides import Spans, overridden
from escalate.domain.oncall.shift import Shift

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from escalate.domain.oncall.duty import Override, Temporary
    from escalate.domain.oncall.rotation import Rotation
    from escalate.domain.oncall.schedule import Schedule

    Piece = tuple[str, datetime, datetime]
    """A person, from when, until when."""

LOOKS = (8, 32, 128, 366)
"""So many days are looked at, one after the other, for where a shift begins or ends; most do within a week."""


class Plan:
    """Targets are `schedule:x` or `rotation:x`; one that is not there has nobody. Instants are aware, in UTC."""

    def __init__(
        self,
        rotations: dict[str, Rotation],
        schedules: dict[str, Schedule],
        overrides: Sequence[Override],
        temporaries: Sequence[Temporary],
    ) -> None:
        self._rotations = rotations
        self._schedules = schedules
        self._made = (overrides, temporaries)
        self._changes: dict[str, tuple[Spans[Override], Spans[Temporary]]] = {}

    def on_call(self, target: str, at: datetime) -> list[str]:
        """Each person once, in the order of the rules, whoever was added last."""
        kind, _, name = target.partition(":")
        if kind == "rotation":
            return [self._rotations[name].person(at)] if name in self._rotations else []
        if kind != "schedule" or name not in self._schedules:
            return []
        overrides, temporaries = self._changed(name)
        if temporary := temporaries.at(at):
            shifts = temporary[-1].shifts
            return list(dict.fromkeys(turn.person for turn in shifts if turn.start <= at < turn.end))
        people = (one for each in self._schedules[name].targets(at) for one in self._behind(each, at))
        return overridden(people, overrides.at(at))

    def shifts(self, target: str, start: datetime, end: datetime) -> list[Shift]:
        """Every shift with an instant in [start, end), by start, end and person.

        It ends only when that person stops being on call, whatever they are on call for. One that began before `start`
        keeps its beginning, as far as a year back; one that goes on past `end` is cut there.
        """
        if start >= end:
            return []
        pieces = self.pieces(target, start, end)
        began = self._began(target, {person for person, begins, _ in pieces if begins == start}, start)
        lasting = self.on_call(target, end)
        shifts = [
            Shift(
                person=person,
                start=began[person] if begins == start else begins,
                end=ends,
                truncated=ends == end and person in lasting,
            )
            for person, begins, ends in pieces
        ]
        return sorted(shifts, key=lambda shift: (shift.start, shift.end, shift.person))

    def until(self, target: str, person: str, at: datetime) -> datetime | None:
        """When the shift that the person is in at `at` ends; None where they are in none, or it lasts a year and longer."""
        start = at
        for days in LOOKS:
            end = at + timedelta(days=days)
            pieces = self.pieces(target, start, end)
            ends = next((ends for one, begins, ends in pieces if one == person and begins == start), None)
            if ends is None:
                return start if start > at else None
            if ends < end:
                return ends
            start = end
        return None if person in self.on_call(target, start) else start

    def _began(self, target: str, people: set[str], start: datetime) -> dict[str, datetime]:
        """When the shifts that these people are in at `start` began."""
        began = dict.fromkeys(people, start)
        before = set(people)
        end = start
        for days in LOOKS:
            if not before:
                break
            lo = start - timedelta(days=days)
            pieces = self.pieces(target, lo, end)
            found = {person: begins for person, begins, ends in pieces if ends == end and person in before}
            began.update(found)
            before = {person for person, begins in found.items() if begins == lo}
            end = lo
        return began

    def pieces(self, target: str, start: datetime, end: datetime) -> list[Piece]:
        """Each person's time on call between `start` and `end`, cut there, in pieces that do not touch."""
        kind, _, name = target.partition(":")
        if kind == "rotation" and name in self._rotations:
            return _joined(self._turns(name, start, end))
        if kind == "schedule" and name in self._schedules:
            return self._swept(name, start, end)
        return []

    def _swept(self, name: str, start: datetime, end: datetime) -> list[Piece]:
        """One pass over every instant at which anything begins or ends."""
        overrides, temporaries = self._changed(name)
        joining: dict[datetime, list[str]] = {}
        leaving: dict[datetime, list[str]] = {}
        for person, begins, ends in self._by_rule(self._schedules[name], start, end):
            joining.setdefault(begins, []).append(person)
            leaving.setdefault(ends, []).append(person)
        edges = {start, *joining, *leaving}
        for override in overrides.between(start, end):
            edges |= {override.begins, override.ends}
        for temporary in temporaries.between(start, end):
            edges |= {temporary.begins, temporary.ends}
            edges.update(edge for turn in temporary.shifts for edge in (turn.start, turn.end))
        by_rule: dict[str, int] = {}
        since: dict[str, datetime] = {}
        pieces: list[Piece] = []
        for edge in sorted(edge for edge in edges if start <= edge < end):
            for person in leaving.get(edge, ()):
                by_rule[person] -= 1
            for person in joining.get(edge, ()):
                by_rule[person] = by_rule.get(person, 0) + 1
            if temporary_now := temporaries.at(edge):
                turns = temporary_now[-1].shifts
                people = [turn.person for turn in turns if turn.start <= edge < turn.end]
            else:
                people = overridden((one for one, times in by_rule.items() if times), overrides.at(edge))
            pieces.extend((gone, since.pop(gone), edge) for gone in since.keys() - set(people))
            for person in people:
                since.setdefault(person, edge)
        return [*pieces, *((person, begins, end) for person, begins in since.items())]

    def _by_rule(self, schedule: Schedule, start: datetime, end: datetime) -> Iterator[Piece]:
        """What the rules give each person, cut to [start, end); pieces of one person may touch and overlap."""
        turns: dict[str, list[Piece]] = {}
        for target, begins, ends in schedule.windows(start, end):
            kind, _, name = target.partition(":")
            if kind == "person":
                yield name, begins, ends
            elif kind == "rotation" and name in self._rotations:
                if name not in turns:
                    turns[name] = list(self._turns(name, start, end))
                for person, takes, gives in _over(turns[name], begins, ends):
                    yield person, max(takes, begins), min(gives, ends)

    def _turns(self, name: str, start: datetime, end: datetime) -> Iterator[Piece]:
        """The turns of a rotation, cut to [start, end), in order."""
        rotation = self._rotations[name]
        if len(set(rotation.people)) == 1:
            yield rotation.people[0], start, end
            return
        for takes, gives, person in rotation.turns(start, end):
            yield person, max(takes, start), min(gives, end)

    def _behind(self, target: str, at: datetime) -> Iterable[str]:
        kind, _, name = target.partition(":")
        if kind == "person":
            return (name,)
        return self.on_call(target, at) if kind == "rotation" else ()

    def _changed(self, name: str) -> tuple[Spans[Override], Spans[Temporary]]:
        """What was changed about a schedule, looked up once for each schedule that is asked about."""
        if name not in self._changes:
            overrides, temporaries = self._made
            self._changes[name] = (
                Spans([each for each in overrides if each.schedule == name]),
                Spans([each for each in temporaries if each.schedule == name]),
            )
        return self._changes[name]


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces in order, one after the other without overlap; neighbours of one person become one."""
    joined: list[Piece] = []
    for person, begins, ends in pieces:
        if joined and joined[-1][0] == person and joined[-1][2] == begins:
            joined[-1] = (person, joined[-1][1], ends)
        else:
            joined.append((person, begins, ends))
    return joined


def _over(turns: list[Piece], start: datetime, end: datetime) -> Iterator[Piece]:
    """Those of the turns, which are in order and touch each other, that have an instant in [start, end)."""
    from bisect import bisect_right

    number = max(bisect_right(turns, start, key=itemgetter(1)) - 1, 0)
    while number < len(turns) and turns[number][1] < end:
        yield turns[number]
        number += 1
