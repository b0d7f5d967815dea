"""What a clock on an incident comes to: its state, and its deadlines by the facts as they stand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.clocks.calendar import Calendar, Dates
from escalate.domain.clocks.deadline import AWARENESS, Deadline, deadline
from escalate.domain.clocks.library import KEYS, LegalClock, parse
from escalate.domain.clocks.rules import HOURS
from escalate.domain.clocks.running import APPLIES, STOPPED, Standing
from escalate.domain.clocks.trace import NOT_ADVICE, Step
from escalate.domain.oncall import wall
from escalate.domain.value import Value
from escalate.errors import EscalateError

if TYPE_CHECKING:
    from datetime import tzinfo

    from escalate.domain.incident.state import Fact

NOT_APPLICABLE, POSSIBLE, RUNNING = "not_applicable", "possible", "running"
SUBMITTED, MET_LATE, STOPPED_ = "submitted", "met_late", "stopped"
WAITING = "waiting for fact "
"""Begins the state of a clock that applies while nobody has stated the fact it runs from."""

FAR = datetime.max.replace(tzinfo=UTC)


class Reckoned(Value):
    """A clock on an incident with what it comes to. `clock` is its row as it was when somebody said that it applies; None
    where it was never said, or cannot be read.
    """

    standing: Standing
    clock: LegalClock | None
    deadline: Deadline
    state: str
    submitted_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.standing.id

    @property
    def strict(self) -> datetime | None:
        return self.deadline.strict

    @property
    def due(self) -> datetime | None:
        """Strict; while awareness is missing that `dora_min` needs besides, the instant that strict is never after."""
        return self.deadline.strict or self.deadline.no_later_than

    @property
    def own_target(self) -> datetime | None:
        """The team's own, of a clock for which the law names no number."""
        return None if self.due else self.deadline.target

    @property
    def limit(self) -> datetime | None:
        """What is alerted on."""
        return self.due or self.deadline.target

    @property
    def keeps(self) -> bool:
        """Whether it says how long something is kept: then nothing is to be sent."""
        return self.clock is not None and self.clock.rule is not None and self.clock.rule.name == "keep_until"

    @property
    def is_pending(self) -> bool:
        return self.state == RUNNING and not self.keeps

    @property
    def is_unreadable(self) -> bool:
        """Whether it applies and nobody can count it: its row, its zone or a fact is not what this escalate can read."""
        return self.state == RUNNING and (self.clock is None or self.deadline.start is None)

    @property
    def is_unconfirmed(self) -> bool:
        return self.clock is not None and not self.clock.is_confirmed

    @property
    def is_waiting(self) -> bool:
        return self.state.startswith(WAITING)

    @property
    def order(self) -> tuple[int, datetime, str]:
        """What is due first, then what runs without any limit, what waits, what only keeps, and what is over."""
        if self.is_pending:
            return (0 if self.limit else 1), self.limit or FAR, self.id
        if self.is_waiting:
            return 2, FAR, self.id
        return (3 if self.state == RUNNING else 4), self.limit or FAR, self.id

    def is_late(self, now: datetime) -> bool:
        return self.is_pending and self.due is not None and now > self.due


def reckon(standing: Standing, facts: dict[str, list[Fact]]) -> Reckoned:
    """Never raises: what came from elsewhere may hold a row that nobody can count by."""
    clock = clock_of(standing.row)
    found = _counted(clock, standing, facts) if clock else _unreadable(standing.id)
    at = standing.submitted_at(facts)
    return Reckoned(standing=standing, clock=clock, deadline=found, state=_state(standing, found, at), submitted_at=at)


def _state(standing: Standing, found: Deadline, submitted_at: datetime | None) -> str:
    if standing.said != APPLIES:
        return STOPPED_ if standing.said == STOPPED else NOT_APPLICABLE
    if submitted_at is not None:
        strict = found.strict or found.no_later_than
        return MET_LATE if strict is not None and submitted_at > strict else SUBMITTED
    if found.start is None and found.missing:
        return f"{WAITING}{found.missing[0]}"
    return RUNNING


def _counted(clock: LegalClock, standing: Standing, facts: dict[str, list[Fact]]) -> Deadline:
    try:
        own = None if standing.own_target is None else timedelta(seconds=standing.own_target)
        counted, zone = _zoned(clock, standing.zone)
        calendar = Calendar(zone=zone, holidays=_holidays(standing.holidays))
        return deadline(counted, _entries(clock, facts), calendar, own_target=own)
    except (EscalateError, LookupError, OSError, OverflowError, TypeError, ValueError):
        return _unreadable(standing.id)


def _zoned(clock: LegalClock, name: str) -> tuple[LegalClock, tzinfo]:
    """The zone; where it is not known here, hours are counted all the same, and nothing rolls."""
    try:
        return clock, wall.zone_named(name)
    except (LookupError, OSError, ValueError):
        if clock.rule is None:
            return clock, UTC
        if clock.unit != HOURS:
            raise
        return clock.but(rule=clock.rule.but(is_noon=False)), UTC


def _entries(clock: LegalClock, facts: dict[str, list[Fact]]) -> dict[str, list[Fact]]:
    """The facts it counts from. What they rest on stands in their entries, which may be masked; it is not said again."""
    wanted = {name: facts[name] for name in (*clock.starts, AWARENESS) if name in facts}
    return {name: [fact.but(why=f"Entry #{fact.seq}.") for fact in stated] for name, stated in wanted.items()}


def _unreadable(id_: str) -> Deadline:
    why = "Its row, zone or facts cannot be read or counted by. Say again that it applies."
    return Deadline(clock=id_, trace=(Step(step="No deadline can be computed.", why=why), NOT_ADVICE))


def _holidays(said: list[str]) -> tuple[Dates, ...]:
    """Each as it stands in the entry: the day, and behind it what it is called."""
    days = {}
    for text in said:
        day, _, name = text.partition(" ")
        try:
            days[date.fromisoformat(day)] = name or "a holiday"
        except ValueError:
            continue
    return (Dates(days=days),) if said else ()


def row_of(clock: LegalClock) -> dict[str, Any]:
    """The row as an entry keeps it, so that later changes of the library change no incident."""
    row = {name: getattr(clock, name) for name in clock._fields if name not in ("rule", "rule_text")}
    row |= {"rule": clock.rule_text}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items() if value}


def clock_of(row: dict[str, Any]) -> LegalClock | None:
    """The row that an entry keeps; None for one that cannot be read. What a later library says besides is passed over: a
    clock that nobody counts wakes nobody.
    """
    origin = str(row.get("origin", ""))
    try:
        said = {name: value for name, value in row.items() if name in KEYS}
        days = {name: date.fromisoformat(said[name]) for name in ("verified_on", "in_force_from") if name in said}
        return parse({"schema": 1, "clocks": [{**said, **days}]}, "entry", origin)[0]
    except (EscalateError, AttributeError, LookupError, TypeError, ValueError):
        return None
