"""Duties to tell somebody outside, by the clocks that a person says apply. What nobody said applies is not here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.clocks.standing import Reckoned
    from escalate.domain.incident.state import Incident

NOT_SAID = frozenset({"not_applicable", "possible"})


def duties(incident: Incident) -> list[dict[str, Any]]:
    """One each, those that run first: {id, recipient, state, strict, outer, target, submitted_at, owner, standing}."""
    if incident.clocks is None:
        return []
    return [_duty(one) for one in incident.clocks.reckoned(incident) if one.state not in NOT_SAID]


def _duty(one: Reckoned) -> dict[str, Any]:
    row = one.clock
    return {
        "id": one.id,
        "recipient": row.recipient if row else "",
        "state": one.state,
        "strict": _iso(one.due),
        "outer": _iso(one.deadline.outer),
        "target": _iso(one.deadline.target),
        "missing": list(one.deadline.missing),
        "submitted_at": _iso(one.submitted_at),
        "owner": one.standing.by,
        "confirmed": row is not None and row.is_confirmed,
    }


def sentence(duty: dict[str, Any]) -> str:
    """`eu-gdpr-33-authority to the authority: due 2026-11-23 10:00Z, running; owner alice`, in words for a reader."""
    to = f" to {duty['recipient']}" if duty["recipient"] else ""
    unsure = "" if duty["confirmed"] else " (nobody has confirmed this clock)"
    return f"{duty['id']}{to}: {_when(duty)}; said to apply by {duty['owner']}{unsure}"


def _when(duty: dict[str, Any]) -> str:
    if duty["submitted_at"]:
        late = ", late" if duty["state"] == "met_late" else ""
        return f"submitted {_stamp(duty['submitted_at'])}{late}"
    if duty["missing"]:
        return f"waits for the fact {', '.join(duty['missing'])}"
    if duty["strict"]:
        return f"{duty['state'].replace('_', ' ')}, due {_stamp(duty['strict'])}"
    if duty["target"]:
        return f"{duty['state'].replace('_', ' ')}, the law names no number; internal target {_stamp(duty['target'])}"
    return f"{duty['state'].replace('_', ' ')}, the law names no number"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _stamp(text: str) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%MZ}"
