"""Legal clocks on an incident: a person says that one applies, or does not; the facts say when it runs out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.app import clocks, paging
from escalate.app.clock_consequences import called_off, recomputed
from escalate.app.ledger import Written
from escalate.domain.clocks.running import APPLIES, DISMISSED, STOPPED, Clocks
from escalate.domain.clocks.standing import reckon, row_of
from escalate.domain.incident import rules
from escalate.domain.timeline import judgements as ju
from escalate.domain.timeline.entry import EXACT, Draft
from escalate.domain.value import Value
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from escalate.app.clocks import ClockLibrary, HolidayCalendars
    from escalate.app.ledger import Ledger, Record
    from escalate.domain.clocks.library import LegalClock
    from escalate.domain.clocks.running import Standing
    from escalate.domain.clocks.standing import Reckoned
    from escalate.domain.incident.state import Fact, Incident
    from escalate.domain.roster import Roster

HOLIDAYS = timedelta(days=731)
"""How far ahead holidays are written down with a clock."""

BEFORE = timedelta(days=7)

Done = tuple[Written, "Reckoned"]


class Application(Value):
    """That a clock applies. `zone` and `calendar` are those of whoever is told."""

    clock: str
    why: str
    zone: str | None = None
    calendar: str | None = None
    holidays: tuple[date, ...] = ()
    labels: frozenset[str] = frozenset()


def applies(
    ledger: Ledger, incident_id: str, library: ClockLibrary, calendars: HolidayCalendars, given: Application
) -> Done:
    """Somebody who may says that a clock applies, or again, with the row of the library as it is now."""
    row = clocks.clock(library, given.clock)
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        paging.refuse_if_over(incident)
        _refuse_others(ledger, record.roster)
        event = _applied(record, incident, row, calendars, given)
        known = (incident.clocks or Clocks()).clocks.get(row.id)
        if known is not None and _says_the_same(known, event):
            return Written(incident=incident, entries=[]), reckon(known, incident.facts)
        labels = rules.labels_for(incident, given.labels, record.roster.reads(ledger.author.person))
        return _done(record.append(incident, Draft(event=event, labels=labels)), row.id)


def dismissed(ledger: Ledger, incident_id: str, library: ClockLibrary, id_: str, why: str) -> Done:
    """Somebody who may says that a clock does not apply, also one that was never said to."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        _refuse_others(ledger, record.roster)
        known = found_on(incident, id_)
        name = known.id if known else clocks.clock(library, id_).id
        if known is not None:
            _refuse_submitted(known, incident)
        if known is not None and known.said == DISMISSED:
            return Written(incident=incident, entries=[]), reckon(known, incident.facts)
        written = _say(record, incident, ju.ClockDismissed(clock=name, why=rules.said(why, "The reason")))
        return _done(called_off(record, written, name, f"clock {name} does not apply"), name)


def stopped(ledger: Ledger, incident_id: str, id_: str, why: str) -> Done:
    """Somebody who may says that a clock does not run any more."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        _refuse_others(ledger, record.roster)
        known = standing_on(incident, id_)
        _refuse_submitted(known, incident)
        if known.said == STOPPED:
            return Written(incident=incident, entries=[]), reckon(known, incident.facts)
        _applying(known, incident)
        written = _say(record, incident, ju.ClockStopped(clock=known.id, why=rules.said(why, "The reason")))
        return _done(called_off(record, written, known.id, f"clock {known.id} was stopped"), known.id)


def submitted(
    ledger: Ledger, incident_id: str, id_: str, reference: str, *, at: datetime | None = None, precision: str = EXACT,
    labels: frozenset[str] = frozenset(),
) -> Done:  # fmt: skip
    """It was sent. The fact of that, from which the clocks after it run, is stated with it. A second time with another
    reference it is a further report.
    """
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        known = _applying(standing_on(incident, id_), incident)
        words = rules.said(reference, "The reference")
        if before := [fact for said, fact in known.sent(incident.facts) if said == words]:
            return _again(incident, known, before, at)
        fact, _ = rules.state_fact(incident, known.fact, f"submitted, reference {words}")
        events = (fact, ju.ClockSubmitted(clock=known.id, reference=words))
        labels = rules.labels_for(incident, labels, record.roster.reads(ledger.author.person))
        drafts = (Draft(event=event, at=at, precision=precision, labels=labels) for event in events)
        written = recomputed(record, incident, record.append(incident, *drafts), known.fact, but=known.id)
        return _done(called_off(record, written, known.id, f"clock {known.id} was submitted"), known.id)


def delayed(ledger: Ledger, incident_id: str, id_: str, ground: str, until: datetime | None = None) -> Done:
    """A ground for delay is put on record; it changes no deadline by itself."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        known = _applying(standing_on(incident, id_), incident)
        event = ju.ClockDelayed(clock=known.id, ground=rules.said(ground, "The ground"), until=until)
        return _done(_say(record, incident, event), known.id)


def _applied(
    record: Record, incident: Incident, row: LegalClock, calendars: HolidayCalendars, given: Application
) -> ju.ClockApplies:
    ours = record.roster.clocks
    known = (incident.clocks or Clocks()).clocks.get(row.id)
    before = known if known is not None and known.row else None
    counts_days = row.rule is not None and row.rule.needs_holidays
    country = given.calendar or (before.calendar if before else None) or ours.calendar_of(row.jurisdiction)
    if row.rule is not None and row.rule.country and not given.calendar:
        country = row.rule.country
    if not counts_days:
        country = None
    starts = [fact.at for name in row.starts for fact in incident.facts.get(name, [])]
    first = min([*starts, record.now]) - BEFORE
    return ju.ClockApplies(
        clock=row.id,
        row=row_of(row),
        why=rules.said(given.why, "The reason"),
        zone=given.zone or (before.zone if before else _zone(row)),
        calendar=country,
        holidays=_holidays(row, calendars, country, given.holidays, first.date(), (record.now + HOLIDAYS).date()),
        own_target=None if row.rule else ours.target_of(row.id),
        alerts=list(ours.at),
    )


def _zone(row: LegalClock) -> str:
    """Where nobody names one: hours are the same everywhere, and the SEC is in New York."""
    if row.rule is None or (row.unit == "hours" and not row.rule.is_noon):
        return "UTC"
    if row.rule.country:
        return "America/New_York"
    raise Usage(
        f"{row.id} counts {'to noon' if row.unit == 'hours' else row.unit.replace('_', ' ')}: in which zone is the one who is told?",
        hint="As in: --zone Europe/Brussels",
    )


def _holidays(
    row: LegalClock, calendars: HolidayCalendars, country: str | None, named: Sequence[date], first: date, last: date
) -> list[str]:
    """Days with their names, written down so that nobody needs a calendar to count again."""
    if row.rule is None or not row.rule.needs_holidays:
        return []
    said = dict.fromkeys(named, clocks.NAMED)
    if country:
        if row.rule.country:
            clocks.calendar_for(row.rule, _utc(), calendars, country=country)  # refuses another country's
        known = calendars.of(country)
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        said = {day: name for day in days if (name := known.on(day)) is not None} | said
    return [f"{day.isoformat()} {name}" for day, name in sorted(said.items())]


def _utc() -> Any:
    from datetime import UTC

    return UTC


def _says_the_same(known: Standing, event: ju.ClockApplies) -> bool:
    """Holidays further ahead are no news, and neither is any that somebody names of a rule that no holiday changes."""
    names = ("row", "zone", "calendar", "own_target", "alerts")
    alike = all(getattr(known, name) == getattr(event, name) for name in names)
    return known.said == APPLIES and alike and _named(known.holidays) == _named(event.holidays)


def _named(holidays: Sequence[str]) -> list[str]:
    return [day for day in holidays if day.endswith(f" {clocks.NAMED}")]


def _again(incident: Incident, known: Standing, before: Sequence[Fact], at: datetime | None) -> Done:
    """It was said already, with the same reference."""
    was = before[0]
    if at is not None and all(abs(at - fact.at) >= rules.SAME_MOMENT for fact in before):
        raise Refused(
            f"{known.id} was submitted under that reference at {was.at:%Y-%m-%d %H:%M:%SZ}; no other time was recorded.",
            hint=f"Where that was wrong: escalate correct {was.seq} -i {incident.ref} --at T --why TEXT",
        )
    return Written(incident=incident, entries=[]), reckon(known, incident.facts)


def _say(record: Record, incident: Incident, event: Any) -> Written:
    labels = rules.labels_for(incident, frozenset(), frozenset())
    return record.append(incident, Draft(event=event, labels=labels))


def _done(written: Written, id_: str) -> Done:
    incident = written.incident
    assert incident.clocks is not None
    return written, reckon(incident.clocks.clocks[id_], incident.facts)


def found_on(incident: Incident, id_: str) -> Standing | None:
    """By its id, or how that begins where only one does."""
    known = (incident.clocks or Clocks()).clocks
    name = id_.strip().lower()
    if name in known:
        return known[name]
    begins = [one for one in known if name and one.startswith(name)]
    return known[begins[0]] if len(begins) == 1 else None


def standing_on(incident: Incident, id_: str) -> Standing:
    found = found_on(incident, id_)
    if found is None:
        known = ", ".join((incident.clocks or Clocks()).clocks) or "none"
        raise NotFound(
            f"Nobody has said anything of a clock {id_[:80]!r} on {incident.ref}.",
            hint=f"There: {known}. Say that it applies: escalate clock applies {id_[:80]} {incident.ref} --why TEXT",
        )
    return found


def _applying(known: Standing, incident: Incident) -> Standing:
    if known.said != APPLIES:
        raise Refused(
            f"{known.id} was {known.said} on {incident.ref}.",
            hint=f"Should it apply after all: escalate clock applies {known.id} {incident.ref} --why TEXT",
        )
    return known


def _refuse_submitted(known: Standing, incident: Incident) -> None:
    if known.said == APPLIES and known.submitted_at(incident.facts) is not None:
        raise Refused(
            f"{known.id} was submitted on {incident.ref} already.",
            hint=f"If that was a mistake, withdraw it first: escalate withdraw {incident.facts[known.fact][-1].seq}",
        )


def _refuse_others(ledger: Ledger, roster: Roster) -> None:
    """Whether a clock applies is for a named person to say, whom the roster allows."""
    if ledger.author.person in roster.clock_deciders:
        return
    who = [f"{roster.name_of(f'person:{one}')} ({one})" for one in roster.clock_deciders if one in roster.people]
    teams = (
        f"people of {', '.join(roster.clocks.decide)}" if roster.clocks.decide else "people of the roster with a login"
    )
    raise Refused(
        f"Whether a clock applies is for {teams} to say; you are {ledger.author.actor}.",
        hint=f"They are: {', '.join(who[:12])}." if who else "Nobody is: see [clocks] and logins in the roster.",
    )
