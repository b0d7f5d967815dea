"""What of the legal clocks in use somebody should look at while nobody is in a hurry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.clocks.standing import row_of
from escalate.domain.clocks.suggest import is_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from escalate.domain.clocks.library import LegalClock
    from escalate.domain.clocks.standing import Reckoned
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster

SHOWN = 6
"""Ids that a line names; nobody reads more."""

Doubt = tuple[str, str, str]
"""What it is about, what was found, what to do."""


def doubts(incidents: Sequence[Incident], rows: Sequence[LegalClock], roster: Roster, today: date) -> Iterator[Doubt]:
    pending = [one for each in incidents if each.clocks for one in each.clocks.pending(each)]
    running = {one.id for one in pending}
    if early := [row.id for row in rows if row.id in running and row.is_in_force(today) is False]:
        yield (
            "clock rows",
            f"{len(early)} run and are not in force: {_listed(early)}",
            "does it apply? escalate clock show",
        )
    yield from _rows(_in_use(running, rows, roster), today)
    yield from _changed(pending, rows)
    yield from _roster(pending, rows, roster)


def _in_use(running: set[str], rows: Sequence[LegalClock], roster: Roster) -> list[LegalClock]:
    """Those that run, and those of the roster's jurisdictions, as the library has them now."""
    places = roster.clocks.jurisdictions
    return [row for row in rows if row.id in running or any(is_of(place, row.jurisdiction) for place in places)]


def _rows(used: Sequence[LegalClock], today: date) -> Iterator[Doubt]:
    look = "have counsel look at them: escalate clock library"
    if stale := [row.id for row in used if row.is_stale(today)]:
        yield (
            "clock rows",
            f"{len(stale)} in use were last looked at over 180 days ago: {_listed(stale)}",
            f"{look} --stale",
        )
    if unsure := [row.id for row in used if not row.is_confirmed]:
        yield "clock rows", f"{len(unsure)} in use were NOT CONFIRMED by anybody: {_listed(unsure)}", look


def _changed(pending: Sequence[Reckoned], rows: Sequence[LegalClock]) -> Iterator[Doubt]:
    """An incident keeps the row as it was when somebody said that it applies."""
    known = {row.id: row_of(row) for row in rows}
    other = [one.id for one in pending if one.id in known and known[one.id] != one.standing.row]
    if other:
        said = f"{len(other)} run by a row that is another in the library now: {_listed(other)}"
        yield "clock rows", said, "say it again where that matters: escalate clock applies"


def _roster(pending: Sequence[Reckoned], rows: Sequence[LegalClock], roster: Roster) -> Iterator[Doubt]:
    if pending and roster.clock_alert is None:
        yield "clocks", f"{len(pending)} run, and nobody is paged before time is over", "[clocks] alert in the roster"
    if pending and not roster.clocks.decide:
        said = f"{len(pending)} run, and anybody of the roster may say that one applies, or not"
        yield "clocks", said, "[clocks] decide in the roster"
    if pending and not roster.clocks.at:
        yield "clocks", "nobody is told of one before its time is over", "[clocks] at in the roster"
    if broken := [one.id for one in pending if one.is_unreadable]:
        said = f"{len(broken)} run and cannot be counted: {_listed(broken)}"
        yield "clocks", said, "say it again: escalate clock applies"
    if bare := [one.id for one in pending if one.limit is None and not one.is_unreadable]:
        said = f"{len(bare)} run without any moment to alert on: {_listed(bare)}"
        yield "clocks", said, "[clocks] targets in the roster, then say again: escalate clock applies"
    numberless = [row.id for row in rows if row.rule is None]
    idle = [name for name in roster.clocks.targets if not any(row.startswith(name) for row in numberless)]
    if idle:
        said = f"internal targets of no clock without a number: {_listed(idle)}"
        yield "clocks", said, "see their ids: escalate clock library"


def _listed(ids: Sequence[str]) -> str:
    known = list(dict.fromkeys(ids))
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return f"{', '.join(known[:SHOWN])}{more}"
