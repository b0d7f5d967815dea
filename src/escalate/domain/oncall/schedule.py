"""Weekly rules, and the schedule they make up."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.oncall import wall
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
EVERY_DAY = frozenset(range(7))

NEAR = timedelta(hours=60)
"""A window that contains an instant began, as the clock on the wall shows it, at most two days before, and the longest
day of a clock change is 49 hours. No zone has changed its clocks twice within twice this time since 1970.
"""


class Rule(Value):
    """Every week, on the local days `days` (0 is Monday; None: every day; empty: never) from `begin` to `end`.

    It begins the first time that day's clock shows `begin` and ends the last time it shows `end`, so that two rules that
    meet in a repeated hour leave no gap. `end` not after `begin` is on the next day. `zone`: its own; None: the
    schedule's.
    """

    days: tuple[int, ...] | None = None
    begin: time
    end: time
    target: str
    zone: str | None = None

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Rule:
        days = data.get("days")
        return Rule(
            days=None if days is None else tuple(days),
            begin=time.fromisoformat(data["begin"]),
            end=time.fromisoformat(data["end"]),
            target=data["target"],
            zone=data.get("zone"),
        )

    def plain(self) -> dict[str, Any]:
        return {**super().plain(), "begin": f"{self.begin:%H:%M}", "end": f"{self.end:%H:%M}"}

    @property
    def always(self) -> bool:
        return self.begin == self.end and (self.days is None or EVERY_DAY.issubset(self.days))

    def window(self, day: date, zone: tzinfo) -> tuple[datetime, datetime] | None:
        """From when to when it counts on that local day; None on other days, and where the clock skips all of it."""
        if self.days is not None and day.weekday() not in self.days:
            return None
        begins = wall.first(day, self.begin, zone)
        ends = wall.last(day if self.begin < self.end else day + A_DAY, self.end, zone)
        return (begins, ends) if begins < ends else None

    def windows(self, start: datetime, end: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """Every window that touches [start, end), in order, with true edges but where it never ends; they may overlap."""
        if self.always:
            yield start, end
            return
        for begins, ends in self._about(wall.local(start, zone), wall.local(end, zone), A_DAY, zone):
            if begins < end and ends > start:
                yield begins, ends

    def covers(self, at: datetime, sight: Sight) -> bool:
        """Whether it counts at `at`, when the clock of its zone is seen as `sight`."""
        if sight.jump and (sight.close_to(self.begin) or sight.close_to(self.end)):
            return self.always or any(
                begins <= at < ends for begins, ends in self._about(sight.shown, sight.shown, sight.jump, sight.zone)
            )
        clock, today = sight.clock, self.days is None or sight.weekday in self.days
        if self.begin < self.end:
            return today and self.begin <= clock < self.end
        if clock >= self.begin:
            return today
        return clock < self.end and (self.days is None or (sight.weekday - 1) % 7 in self.days)

    def _about(
        self, start: datetime, end: datetime, jump: timedelta, zone: tzinfo
    ) -> Iterator[tuple[datetime, datetime]]:
        """The windows that may touch what is between two wall times, if the clock was moved by no more than `jump`.

        Where it goes back over midnight, the day it shows is not always the later of two.
        """
        day, final = (start - jump).date() - A_DAY, (end + jump).date()
        while day <= final:
            if window := self.window(day, zone):
                yield window
            day += A_DAY


class Sight:
    """What the clock on the wall of a zone shows at an instant. `jump` is by how much it is moved near it, if it is: times
    that are further apart than that are in the order of their instants.
    """

    __slots__ = ("clock", "jump", "shown", "weekday", "zone")

    def __init__(self, at: datetime, name: str) -> None:
        self.zone = wall.zone_named(name)
        self.shown = wall.local(at, self.zone)
        self.clock, self.weekday = self.shown.time(), self.shown.weekday()
        before, after = ((at + near).astimezone(self.zone).utcoffset() for near in (-NEAR, NEAR))
        assert before is not None
        assert after is not None
        self.jump = abs(after - before)

    def close_to(self, edge: time) -> bool:
        """Whether a clock that was moved may be on the other side of `edge` than it seems."""
        apart = timedelta(minutes=abs((self.clock.hour - edge.hour) * 60 + self.clock.minute - edge.minute))
        return min(apart, A_DAY - apart) <= self.jump + A_MINUTE


class Schedule(Value):
    """`notice`: people are told so long before a shift of theirs begins; None: they are not."""

    name: str
    zone: str
    rules: tuple[Rule, ...] = ()
    notice: timedelta | None = None

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Schedule:
        return Schedule(
            name=data["name"],
            zone=data["zone"],
            rules=tuple(Rule.from_plain(rule) for rule in data.get("rules", ())),
            notice=timedelta(seconds=data["notice"]) if data.get("notice") is not None else None,
        )

    def targets(self, at: datetime) -> list[str]:
        """The targets of the rules that count at `at`, in the order of the rules."""
        sights: dict[str, Sight] = {}
        found = []
        for rule in self.rules:
            zone = rule.zone or self.zone
            sight = sights.get(zone)
            if sight is None:
                sight = sights[zone] = Sight(at, zone)
            if rule.covers(at, sight):
                found.append(rule.target)
        return found

    def windows(self, start: datetime, end: datetime) -> Iterator[tuple[str, datetime, datetime]]:
        """What each rule gives its target between `start` and `end`, cut there; rule after rule."""
        for rule in self.rules:
            for begins, ends in rule.windows(start, end, wall.zone_named(rule.zone or self.zone)):
                yield rule.target, max(begins, start), min(ends, end)
