"""What a calendar of another program says: its events, and when each of them takes place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice

from escalate.domain.oncall.duty import minute
from escalate.domain.oncall.recurrence import Recurrence, walls
from escalate.domain.value import Value

MOST = 5000
"""Times that one event may take place."""

A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)


class Contact(Value):
    """Somebody named in a calendar: an e-mail address, a name; either may be empty."""

    mail: str = ""
    name: str = ""


class Occurrence(Value):
    """One time that an event takes place; whole minutes, in UTC. A minute that was begun counts."""

    start: datetime
    end: datetime
    summary: str
    attendees: tuple[Contact, ...] = ()
    organizer: Contact | None = None


class Found(Value):
    """What a calendar holds: `is_endless` says that something in it recurs past the moment until which it was read."""

    occurrences: tuple[Occurrence, ...]
    is_endless: bool = False


class Event(Value):
    """`start` and `more` (further times it takes place) are local in `zone`. `length` is by the clock on the wall, as
    calendars show it, or elapsed where `is_elapsed`. `without` are the instants, or local days, at which it is left out;
    `replaces` the one at which it stands for another event of the same `uid`.
    """

    uid: str
    summary: str
    start: datetime
    zone: tzinfo
    length: timedelta
    is_elapsed: bool = False
    rule: Recurrence | None = None
    more: tuple[datetime, ...] = ()
    without: frozenset[datetime | date] = frozenset()
    replaces: datetime | date | None = None
    is_cancelled: bool = False
    attendees: tuple[Contact, ...] = ()
    organizer: Contact | None = None

    def occurrences(
        self, begin: datetime, until: datetime, replaced: set[tuple[str, datetime | date]]
    ) -> tuple[list[Occurrence], bool]:
        """When it takes place, and whether it does again from `until` on. Of what recurs, what touches [begin, until)."""
        if self.is_cancelled:
            return [], False
        if not self.rule and not self.more:
            return [self._at(self.start)], False
        near, far = (each.astimezone(self.zone).replace(tzinfo=None) for each in (begin, until))
        starts = {self.start, *self.more}
        if self.rule:
            # A day of room on both sides: where clocks are set back, wall times are not in the order of their instants.
            for wall in islice(walls(self.rule, self.start, near - self.length - A_DAY, far + 366 * A_DAY), MOST):
                starts.add(wall)
                if wall > far + A_DAY:
                    break
        if len(starts) >= MOST:
            raise ValueError("it takes place too often")
        goes_on = any(instant(each, self.zone) >= until for each in starts)
        found = [self._at(each) for each in sorted(starts) if self._counts(each, replaced)]
        return [each for each in found if each.start < until and each.end > begin], goes_on

    def _counts(self, wall: datetime, replaced: set[tuple[str, datetime | date]]) -> bool:
        names: tuple[datetime | date, ...] = (wall.date(), instant(wall, self.zone))
        return all(name not in self.without and (self.uid, name) not in replaced for name in names)

    def _at(self, wall: datetime) -> Occurrence:
        start = instant(wall, self.zone)
        end = start + self.length if self.is_elapsed else instant(wall + self.length, self.zone)
        start, end = minute(start), minute(end + A_MINUTE - timedelta(microseconds=1))
        if start >= end:
            raise ValueError("it ends before it begins")
        return Occurrence(
            start=start, end=end, summary=self.summary, attendees=self.attendees, organizer=self.organizer
        )


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """As RFC 5545 has it: the first of two, and in a gap what the clock would show had it not been set."""
    return wall.replace(tzinfo=zone).astimezone(UTC)
