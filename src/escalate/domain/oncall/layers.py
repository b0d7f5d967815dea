"""Layers of which the upper hide the lower, as other tools have them, told as weekly rules, which add up.

A week is one number: bit n is set where its minute n, from Monday 00:00 local time on, counts.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.oncall import wall
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

DAY, WEEK = 1440, 10080
"""Minutes."""

ALWAYS = (1 << WEEK) - 1

UNITS = (("weeks", 604_800), ("days", 86_400), ("hours", 3_600))


class Layer(Value):
    """`people` take turns of `turn` seconds from `begun` on, in the minutes of `week`. `ends`: it is known to."""

    name: str
    people: tuple[str, ...]
    begun: datetime
    turn: int
    week: int = ALWAYS
    ends: datetime | None = None

    @property
    def only(self) -> str | None:
        """Who it is, where there is only one."""
        return self.people[0] if len(set(self.people)) == 1 else None

    @property
    def every(self) -> tuple[int, str] | None:
        """The length of a turn as people say it, (1, "weeks"); None where that cannot be said."""
        return next(((self.turn // size, unit) for unit, size in UNITS if self.turn % size == 0), None)

    def anchored(self, zone: tzinfo, now: datetime) -> tuple[datetime, tuple[str, ...]]:
        """The local time of a hand-off, whole minutes, and who takes over then and after.

        Where turns are of hours it is the last one before `now`: a turn that a clock change skipped since `begun` moves
        our rotations on by one person, and not those that count the time.
        """
        start = wall.local(self.begun, zone).replace(second=0, microsecond=0)
        if self.turn % 86_400 == 0:
            return start, self.people
        length = timedelta(seconds=self.turn)
        turns = (wall.local(now, zone) - start) // length
        first = turns % len(self.people)
        return start + turns * length, (*self.people[first:], *self.people[:first])


def span(start: int, length: int) -> int:
    """A week in which `length` minutes count from `start` on, over its end into its beginning."""
    bits = ((1 << min(length, WEEK)) - 1) << start
    return (bits | bits >> WEEK) & ALWAYS


def seen(layers: Iterable[Layer]) -> list[tuple[Layer, int]]:
    """What is left of each layer's week under those before it; none of those of which nothing is."""
    found, hidden = [], 0
    for layer in layers:
        if left := layer.week & ~hidden:
            found.append((layer, left))
        hidden |= layer.week
    return found


def windows(week: int) -> list[tuple[int, int]]:
    """(start, length) of what counts, in minutes; what goes on from Sunday to Monday is one."""
    if week == ALWAYS:
        return [(0, WEEK)]
    bits = f"{week:0{WEEK}b}"[::-1]
    free = bits.find("0")
    turned = bits[free:] + bits[:free]
    return sorted(((match.start() + free) % WEEK, len(match[0])) for match in re.finditer("1+", turned))


def rules(week: int) -> list[dict[str, Any]]:
    """The week as {days, begin, end} of weekly rules: each window in pieces of a day from its own beginning on."""
    days: dict[tuple[int, int], set[int]] = {}
    for start, length in windows(week):
        for at in range(start, start + length, DAY):
            piece = min(DAY, start + length - at)
            days.setdefault((at % DAY, (at + piece) % DAY), set()).add(at // DAY % 7)
    return [
        {"days": None if len(on) == 7 else sorted(on), "begin": _clock(begin), "end": _clock(end)}
        for (begin, end), on in days.items()
    ]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
