"""What can be asked about legal clocks without any incident: how long a period is, and which clocks are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from escalate.domain.clocks.calendar import Calendar, Dates, Holidays
from escalate.domain.clocks.counting import count
from escalate.domain.clocks.rules import is_rule, rule
from escalate.domain.value import Value
from escalate.errors import NotFound, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, tzinfo

    from escalate.domain.clocks.counting import Counted
    from escalate.domain.clocks.library import LegalClock
    from escalate.domain.clocks.rules import Rule

NAMED = "named with --holiday"


class ClockLibrary(Protocol):
    def all(self) -> list[LegalClock]:
        """Every clock, in the order of its file. Raises Misconfigured that names every mistake."""


class HolidayCalendars(Protocol):
    def of(self, place: str) -> Holidays:
        """The public holidays of a country or a part of it. Raises NotFound where none is known."""


class Question(Value):
    """`rule` is a rule, or the id of a clock in the library, which has its own number and unit. `zone` is the zone of
    whoever is told; `holidays` are dates, and `country` the place whose public holidays count besides.
    """

    rule: str
    n: int | None = None
    unit: str | None = None
    start: datetime
    zone: tzinfo
    holidays: tuple[date, ...] = ()
    aware: datetime | None = None
    country: str | None = None


def explain(library: ClockLibrary, calendars: HolidayCalendars, question: Question) -> Counted:
    """Both deadlines and how they were found. Raises Usage where the question is not whole, or has no such rule."""
    counted, n = _rule(library, question)
    if counted.needs_awareness and question.aware is None:
        raise Usage(
            f"{counted.name} also runs from awareness.",
            hint="Say when that was: --aware T. --start is the classification.",
        )
    calendar = calendar_for(counted, question.zone, calendars, holidays=question.holidays, country=question.country)
    return count(counted, n, question.start, calendar, aware=question.aware)


def calendar_for(
    counted: Rule,
    zone: tzinfo,
    calendars: HolidayCalendars,
    *,
    holidays: Sequence[date] = (),
    country: str | None = None,
) -> Calendar:
    """The days by which a rule counts. A rule that has a country of its own takes no other's holidays."""
    own = counted.country
    if own and country and country.strip().upper() != own:
        raise Usage(
            f"{counted.name} counts the federal holidays of {own}; {country.strip()[:20]} has no part in it.",
            hint="Leave --calendar out.",
        )
    known: list[Holidays] = [Dates(days=dict.fromkeys(holidays, NAMED))] if holidays else []
    place = own or country
    if place:
        known.append(calendars.of(place))
    return Calendar(zone=zone, holidays=tuple(known))


def clocks(
    library: ClockLibrary, today: date, *, jurisdiction: str | None = None, stale: bool = False
) -> list[LegalClock]:
    """Those of a jurisdiction: `US` takes in `US federal` and `US-NY`, `EU` also `EU/EEA`. With `stale`, old rows only."""
    wanted = (jurisdiction or "").strip().lower()
    known = library.all()
    found = [clock for clock in known if _belongs(clock.jurisdiction.lower(), wanted)]
    if wanted and not found:
        places = ", ".join(sorted({clock.jurisdiction for clock in known}))
        raise NotFound(f"No clock is of the jurisdiction {jurisdiction!r}.", hint=f"There are: {places}.")
    return [clock for clock in found if not stale or clock.is_stale(today)]


def clock(library: ClockLibrary, id_: str) -> LegalClock:
    """Raises NotFound."""
    known = {clock.id: clock for clock in library.all()}
    name = id_.strip().lower()
    if name in known:
        return known[name]
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise NotFound(f"There is no clock {id_[:80]!r}.", hint=f"{hint}See what there is: escalate clock library")


def _rule(library: ClockLibrary, question: Question) -> tuple[Rule, int]:
    row = None if is_rule(question.rule) else _row(library, question.rule)
    if row is None:
        if question.n is None or question.unit is None:
            raise Usage(f"How long is the period of {question.rule[:60]!r}?", hint="As in: --n 72 --unit hours")
        return rule(question.rule, question.n, question.unit), question.n
    if row.rule is None or row.n is None:
        raise Usage(
            f"{row.id} has no number: the law says {row.qualifier!r}.",
            hint="Nothing can be computed; a team sets a target of its own, which is not law.",
        )
    if (question.n or row.n, question.unit or row.unit) != (row.n, row.unit):
        raise Usage(
            f"{row.id} is {row.period}.", hint="Leave --n and --unit out, or give the rule instead of the clock."
        )
    return row.rule, row.n


def _row(library: ClockLibrary, name: str) -> LegalClock | None:
    return next((row for row in library.all() if row.id == name.strip().lower()), None)


def _belongs(jurisdiction: str, wanted: str) -> bool:
    return (
        not wanted
        or jurisdiction == wanted
        or (jurisdiction.startswith(wanted) and jurisdiction[len(wanted)] in " -/(")
    )
