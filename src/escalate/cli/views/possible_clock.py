"""Legal clocks that might apply, and what whoever says that one does should know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.cli.views import Table
from escalate.cli.views.clock import DISCLAIMER
from escalate.cli.views.running_clock import INTERNAL
from escalate.domain.clocks.standing import POSSIBLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from escalate.cli.views import Cell, View
    from escalate.domain.clocks.standing import Reckoned
    from escalate.domain.clocks.suggest import Suggestion
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster


def doubts(found: Reckoned, incident: Incident, roster: Roster, today: date) -> list[str]:
    """What whoever says that it applies should know."""
    row = found.clock
    if row is None:
        return []
    lines = []
    if row.is_in_force(today) is not True:
        lines.append(f"{row.id}: {row.standing(today)}. {row.status_note}".strip())
    if not row.is_confirmed:
        lines.append(f"{row.id}: {row.confidence}.")
    if row.is_stale(today):
        lines.append(f"{row.id} was last looked at on {row.verified_on}: look again.")
    if row.rule and row.rule.needs_holidays and not found.standing.holidays:
        lines.append("no holidays are known, only Saturdays and Sundays: --calendar CC, or --holiday DATE.")
    if row.rule is None and found.standing.own_target is None:
        lines.append(f"the law names no number, and the roster sets no {INTERNAL}: nothing alerts. [clocks] targets")
    if roster.clock_alert is None:
        lines.append(
            "the roster names nobody to be paged when a clock alerts: it is shown on the console. [clocks] alert"
        )
    if incident.drill:
        lines.append("this is a drill.")
    return lines


def possible(one: Suggestion, today: date) -> dict[str, Any]:
    row = one.clock
    return {
        "id": row.id,
        "regime": row.regime,
        "jurisdiction": row.jurisdiction,
        "state": POSSIBLE,
        "why": one.why,
        "start_fact": row.start,
        "period": row.period,
        "qualifier": row.qualifier,
        "recipient": row.recipient,
        "standing": row.standing(today),
        "confidence": row.confidence,
        "verified_on": row.verified_on.isoformat(),
    }


def suggestions(found: Sequence[Suggestion], incident: Incident, today: date) -> View:
    if not found:
        return [
            "No clock of the library fits what is known. That is no statement that none applies: ask Legal.",
            DISCLAIMER,
        ]
    rows: list[tuple[Cell, ...]] = [
        (one.clock.id, one.clock.period, one.clock.start, _sure(one, today), one.why) for one in found
    ]
    table = Table(columns=("possible", "period", "runs from", "confidence", "why"), rows=rows, wide=4)
    count = f"{len(found)} might apply. Say of each: escalate clock applies|dismiss ID {incident.ref} --why TEXT"
    return [table, "", count, DISCLAIMER]


def _sure(one: Suggestion, today: date) -> Cell:
    if one.clock.is_in_force(today) is not True:
        return one.clock.standing(today), "yellow"
    return one.clock.confidence if one.clock.is_confirmed else (one.clock.confidence, "bold yellow")
