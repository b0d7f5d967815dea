"""People who take turns: handed over at local clock times, kept through every change of the clocks.

Hand-offs stand on a grid of wall times counted from `start` in both directions, without end: the turn of number n begins
when the clocks first show grid point n. In a gap that is the first instant after it. Points that fall on one instant are
one hand-off: a turn always has length, and each hand-off moves on by one person.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from escalate.domain.oncall import wall
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR = timedelta(hours=26)
"""More than clocks ever jump: two wall times so far apart are in the order of their instants."""


class Rotation(Value):
    """`start` is naive: what the clocks in `zone` show, to the minute, when `people[0]` takes over. `people`: one or more.

    Hours are hours of the clock, so 24 of one hour are a day of any length. The months of a rotation that began on a 31st
    end on their last day: 31 January, 28 February, 31 March.
    """

    name: str
    zone: str
    start: datetime
    every: int
    unit: str
    people: tuple[str, ...]

    def shift(self, at: datetime) -> tuple[datetime, datetime, str]:
        """Start, end and person of the turn in which `at` is."""
        turn = self._turn(at)
        return self._handoff(turn), self._handoff(turn + 1), self._person(turn)

    def person(self, at: datetime) -> str:
        """Whose turn it is at `at`."""
        return self._person(self._turn(at))

    def turns(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, str]]:
        """Every turn of which some part is in [start, end), with its true start and end."""
        if start < end:
            yield from self._from(start, before=end)

    def handoffs(self, start: datetime, end: datetime) -> list[datetime]:
        """From the start of the turn at `start`, over all hand-offs, to the end of the turn at `end`."""
        begins, ends, _ = self.shift(end)
        return [*(earlier for earlier, _, _ in self._from(start, before=begins)), begins, ends]

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Rotation:
        start = datetime.fromisoformat(data["start"]).replace(second=0, microsecond=0)
        return Rotation(**{**data, "start": start, "every": data["every"] or 1, "people": tuple(data["people"])})

    def plain(self) -> dict[str, Any]:
        """What `from_plain` reads: a wall time is not an instant."""
        return {**self.__dict__, "start": self.start.isoformat(timespec="minutes"), "people": [*self.people]}

    def _from(self, start: datetime, *, before: datetime) -> Iterator[tuple[datetime, datetime, str]]:
        turn = self._turn(start)
        person = self._ordinal(turn)
        begins = self._handoff(turn)
        while begins < before:
            turn += 1
            ends = self._handoff(turn)
            if ends > begins:
                yield begins, ends, self.people[person % len(self.people)]
                person += 1
            begins = ends

    def _turn(self, at: datetime) -> int:
        """The last grid point whose hand-off is not after `at`."""
        shown = wall.local(at, wall.zone_named(self.zone))
        turn = self._last_point(shown)
        # What the clocks show has been shown: that hand-off is past. So is a later one, if clocks went back since.
        while self._point(turn + 1) - shown < FAR and self._handoff(turn + 1) <= at:
            turn += 1
        return turn

    def _handoff(self, turn: int) -> datetime:
        return wall.first_showing(self._point(turn), wall.zone_named(self.zone))

    def _point(self, turn: int) -> datetime:
        if self.unit != "months":
            return self.start + turn * _step(self.unit, self.every)
        years, month = divmod(self.start.month - 1 + turn * self.every, 12)
        first_of_month = self.start.replace(year=self.start.year + years, month=month + 1, day=1)
        return first_of_month.replace(day=min(self.start.day, _days_of_month(first_of_month)))

    def _last_point(self, shown: datetime) -> int:
        """The last grid point at or before what the clocks show."""
        if self.unit != "months":
            return (shown - self.start) // _step(self.unit, self.every)
        months = (shown.year - self.start.year) * 12 + shown.month - self.start.month
        turn = months // self.every
        return turn if self._point(turn) <= shown else turn - 1

    def _person(self, turn: int) -> str:
        return self.people[self._ordinal(turn) % len(self.people)]

    def _ordinal(self, turn: int) -> int:
        """How many hand-offs there were from the start to this grid point; before the start less than none."""
        if self.unit == "months" or _step(self.unit, self.every) > wall.DAY:
            return turn
        return turn - self._merged(0, turn) if turn >= 0 else turn + self._merged(turn, 0)

    def _merged(self, lowest: int, highest: int) -> int:
        """How many of these grid points fall on the instant of the one before, because a gap is between them."""
        step = _step(self.unit, self.every)
        zone = wall.zone_named(self.zone)
        # A gap at the turn of a year may be in either.
        years = range((self._point(lowest) - FAR).year, (self._point(highest) + FAR).year + 1)
        merged = 0
        for begin, end in (gap for year in years for gap in wall.gaps_in(zone, year)):
            if end - begin >= step:
                earliest = max(lowest, -((self.start - begin) // step))
                latest = min(highest, (end - self.start) // step)
                merged += max(0, latest - earliest)
        return merged


@lru_cache(maxsize=1024)
def _step(unit: str, every: int) -> timedelta:
    return timedelta(**{unit: every})


def _days_of_month(first: datetime) -> int:
    next_month = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return (next_month - first).days
