"""Legal clocks: how a deadline was found, and what is known of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.cli.times import shown
from escalate.cli.views import Table
from escalate.domain.clocks.trace import NOT_ADVICE
from escalate.domain.text.many import many

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime, tzinfo

    from escalate.cli.views import Cell, View
    from escalate.domain.clocks.counting import Counted
    from escalate.domain.clocks.library import LegalClock
    from escalate.domain.clocks.trace import Trace

NO_NUMBER = "no number in law; internal target only"
"""What stands where a number would: a target that a team sets must not be taken for law."""

DISCLAIMER = f"{NOT_ADVICE.step} {NOT_ADVICE.why}"


def steps(trace: Trace, local: Callable[[datetime], str]) -> list[dict[str, str]]:
    """Each as {step, at?, why, cite}."""
    return [
        {"step": one.step, **({"at": local(one.at)} if one.at else {}), "why": one.why, "cite": one.cite}
        for one in trace
    ]


def explained(found: Counted, zone: tzinfo) -> View:
    view: View = [
        (f"strict  {shown(found.strict, zone)}", "bold"),
        f"outer   {shown(found.outer, zone)}{'  the same' if found.outer == found.strict else ''}",
        "",
    ]
    for number, one in enumerate(found.trace[:-1], 1):
        at = f"  → {shown(one.at, zone)}" if one.at else ""
        view.append(f"{number:>2}. {one.step}{at}")
        because = " ".join(filter(None, (one.why, f"[{one.cite}]" if one.cite else "")))
        if because:
            view.append((f"    {because}", "dim"))
    return [*view, "", DISCLAIMER]


def listed(found: list[LegalClock], today: date) -> View:
    if not found:
        return ["No clock is to be shown."]
    rows: list[tuple[Cell, ...]] = [
        (
            one.id,
            one.period if one.rule else (NO_NUMBER, "dim"),
            one.start,
            one.standing(today) if one.is_in_force(today) else (one.standing(today), "yellow"),
            _looked_at(one, today),
            one.confidence if one.is_confirmed else (one.confidence, "bold yellow"),
        )
        for one in found
    ]
    table = Table(columns=("clock", "period", "runs from", "status", "looked at", "confidence"), rows=rows, wide=5)
    unconfirmed = sum(not one.is_confirmed for one in found)
    count = f"{many(len(found), 'clock')}, {unconfirmed} of them not confirmed by anybody."
    return [table, "", count, DISCLAIMER]


def whole(one: LegalClock, today: date) -> View:
    rows = {
        "regime": f"{one.regime}, {one.jurisdiction}",
        "who": one.who,
        "tells": one.recipient,
        "period": f"{one.period} ({one.qualifier})" if one.rule else f"{one.qualifier} ({NO_NUMBER})",
        "rule": one.rule_text,
        "runs from": f"{' or '.join(one.starts[1:] or one.starts)}: {one.trigger}",
        "then": one.follow,
        "law": one.cite,
        "status": f"{one.standing(today)}{f' ({one.status_note})' if one.status_note else ''}",
        "confidence": one.confidence,
        "looked at": _looked_at(one, today),
        "comes from": "your own file" if one.origin == "own" else "escalate",
    }
    table: list[tuple[Cell, ...]] = [(name, text) for name, text in rows.items() if text]
    return [(one.id, "bold"), Table(columns=("", ""), rows=table, wide=1), "", DISCLAIMER]


def as_data(one: LegalClock, today: date) -> dict[str, Any]:
    """A row for programs: what the file says, and what follows from it today."""
    data = {name: getattr(one, name) for name in one._fields if name not in ("rule", "rule_text")}
    return {
        **{name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in data.items()},
        "rule": one.rule_text,
        "in_force": one.is_in_force(today),
        "confirmed": one.is_confirmed,
        "confidence": one.confidence,
        "age_days": one.age(today).days,
        "stale": one.is_stale(today),
        "note": "" if one.rule else NO_NUMBER,
        "disclaimer": DISCLAIMER,
    }


def _looked_at(one: LegalClock, today: date) -> str:
    days = one.age(today).days
    old = ", OLD: look again" if one.is_stale(today) else ""
    return f"{one.verified_on} ({days} d ago{old})"
