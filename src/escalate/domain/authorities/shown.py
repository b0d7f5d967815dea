"""Referrals and checks as `--json` shows them, with people's words masked where they must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.incident.case import ANSWERED, SENT
from escalate.domain.instants import from_text
from escalate.domain.timeline.words import masked_body

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.domain.incident.state import Incident


def referral(one: dict[str, Any], incident: Incident, now: datetime, masked: Callable[[int], bool]) -> dict[str, Any]:
    """`masked` says of which entries the words are hidden."""
    draft = masked_body("referral.drafted", one) if masked(one["seq"]) else one
    return {
        "ref": incident.ref,
        "id": one["referral"],
        "authority": one["authority"],
        "state": one["state"],
        "basis": draft["basis"],
        "disclosed": draft["disclosed"],
        "decision": one["decision"],
        "sha256": one["sha256"],
        "by": one["by"],
        "at": from_text(one["at"]).isoformat(),
        "seq": one["seq"],
        "sent": _later(one.get(SENT), "referral.sent", ("reference", "how", "call_back"), masked),
        "answered": _later(one.get(ANSWERED), "referral.answered", ("outcome", "reference"), masked),
        "late": is_late(one, now),
    }


def seqs(one: dict[str, Any]) -> list[int]:
    """The entries that it was made by."""
    return [one["seq"], *(one[state]["seq"] for state in (SENT, ANSWERED) if state in one)]


def is_late(one: dict[str, Any], now: datetime) -> bool:
    """Whether they were to call back and have not."""
    call_back: str | None = one[SENT]["call_back"] if one["state"] == SENT else None
    return call_back is not None and from_text(call_back) <= now


def check(one: dict[str, Any], masked: Callable[[int], bool]) -> dict[str, Any]:
    """Somebody who said they come from an authority was called back."""
    said = masked_body("authority.checked", one) if masked(one["seq"]) else one
    names = ("authority", "outcome", "how", "reference", "by", "seq")
    return {**{name: said[name] for name in names}, "at": from_text(one["at"]).isoformat()}


def _later(
    one: dict[str, Any] | None, kind: str, names: tuple[str, ...], masked: Callable[[int], bool]
) -> dict[str, Any] | None:
    if one is None:
        return None
    said = masked_body(kind, one) if masked(one["seq"]) else one
    shown = {**{name: said[name] for name in (*names, "by", "seq")}, "at": from_text(one["at"]).isoformat()}
    if shown.get("call_back"):
        shown["call_back"] = from_text(one["call_back"]).isoformat()
    return shown
