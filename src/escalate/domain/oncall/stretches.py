"""A span of time laid out without a gap: stretch after stretch, who is there in each."""

from __future__ import annotations

from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from escalate.domain.oncall.shift import Shift

    People = frozenset[str]
    Stretch = tuple[datetime, datetime, People]

NOBODY: People = frozenset()


def always(people: Iterable[str], start: datetime, end: datetime) -> list[Stretch]:
    return [(start, end, frozenset(people))]


def of(shifts: Iterable[Shift], start: datetime, end: datetime) -> list[Stretch]:
    """Of shifts that may overlap, between `start` and `end`."""
    edges: list[tuple[datetime, int, str]] = []
    for each in shifts:
        if each.start < end and each.end > start:
            edges += [(max(each.start, start), 1, each.person), (min(each.end, end), -1, each.person)]
    there: dict[str, int] = {}
    found: list[Stretch] = []
    since = start
    for at, group in groupby(sorted(edges), key=itemgetter(0)):
        if at > since:
            found.append((since, at, frozenset(person for person, times in there.items() if times)))
            since = at
        for _, step, person in group:
            there[person] = there.get(person, 0) + step
    return [*found, *([(since, end, NOBODY)] if since < end else [])]


def together(lines: Sequence[list[Stretch]]) -> list[Stretch]:
    """Everybody who is in any of them; all span the same time."""
    if len(lines) < 2:
        return list(lines[0]) if lines else []
    end = lines[0][-1][1]
    now: list[People] = [NOBODY] * len(lines)
    found: list[Stretch] = []
    starts = merge(*([(begin, number, people) for begin, _, people in line] for number, line in enumerate(lines)))
    for begin, group in groupby(starts, key=itemgetter(0)):
        for _, number, people in group:
            now[number] = people
        if found:
            found[-1] = (found[-1][0], begin, found[-1][2])
        found.append((begin, end, NOBODY.union(*now)))
    return found


def where(line: Iterable[Stretch], test: Callable[[People], bool]) -> list[tuple[datetime, datetime]]:
    """From when to when it is so; neighbours are one."""
    found: list[tuple[datetime, datetime]] = []
    known: dict[People, bool] = {}
    for begin, finish, people in line:
        so = known.get(people)
        if so is None:
            so = known[people] = test(people)
        if so and found and found[-1][1] == begin:
            found[-1] = (found[-1][0], finish)
        elif so:
            found.append((begin, finish))
    return found
