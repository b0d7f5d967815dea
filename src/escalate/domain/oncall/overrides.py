"""What was changed about a schedule for a while, found by the instant at which it counts."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Generic, TypeVar

from escalate.domain.oncall.duty import Override, Temporary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

Lasting = TypeVar("Lasting", Override, Temporary)

HANDFUL = 8
"""So many are looked through faster than an index of them is made."""


class Spans(Generic[Lasting]):
    """What counts between its `begins` and its `ends`, in the order in which it was made.

    What never did count is not in it. The index holds, for each stretch between two edges, all that counts in it: small
    as long as it is a few at a time, which is what overrides are.
    """

    __slots__ = ("_all", "_counting", "_edges")

    def __init__(self, made: Iterable[Lasting]) -> None:
        spans = ((each.begins, each.ends, each) for each in made)
        self._all: list[tuple[datetime, datetime, Lasting]] = [
            (begins, ends, each) for begins, ends, each in spans if begins < ends
        ]
        self._edges: list[datetime] = []
        self._counting: list[Sequence[Lasting]] = [()]
        if len(self._all) > HANDFUL:
            self._index()

    def __bool__(self) -> bool:
        return bool(self._all)

    def at(self, instant: datetime) -> Sequence[Lasting]:
        if self._edges:
            return self._counting[bisect_right(self._edges, instant)]
        return [each for begins, ends, each in self._all if begins <= instant < ends]

    def between(self, start: datetime, end: datetime) -> list[Lasting]:
        """What counts at any instant from `start` up to and not including `end`."""
        return [each for begins, ends, each in self._all if begins < end and ends > start]

    def _index(self) -> None:
        starting: dict[datetime, list[int]] = {}
        ending: dict[datetime, list[int]] = {}
        for number, (begins, ends, _) in enumerate(self._all):
            starting.setdefault(begins, []).append(number)
            ending.setdefault(ends, []).append(number)
        self._edges = sorted({*starting, *ending})
        counting: set[int] = set()
        for edge in self._edges:
            counting.difference_update(ending.get(edge, ()))
            counting.update(starting.get(edge, ()))
            self._counting.append([self._all[number][2] for number in sorted(counting)])


def overridden(people: Iterable[str], overrides: Sequence[Override]) -> list[str]:
    """Who is on call when these overrides count, all at once and in the order in which they were made; each person once.

    Whoever stands in for somebody is not replaced in turn, and nobody stands in for a person who is not on call. Of two
    who stand in for one person the one who began later does, of equals the one named later; somebody who stands in counts
    before a removal, so that a shift that was taken over is not left empty.
    """
    if not overrides:
        return list(dict.fromkeys(people))
    instead: dict[str, str | None] = {each.remove: None for each in overrides if each.remove}
    replacing = [(each.begins, number, each) for number, each in enumerate(overrides) if each.remove and each.add]
    for _, _, each in sorted(replacing, key=lambda one: one[:2]):
        assert each.remove
        instead[each.remove] = each.add
    standing = (instead.get(person, person) for person in people)
    added = (each.add for each in overrides if each.add and not each.remove)
    return [person for person in dict.fromkeys((*standing, *added)) if person]
