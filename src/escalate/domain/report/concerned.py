"""Whom an incident is about, what went to authorities and what must be kept, as far as the audience of a document may read it.

Subjects are handles, which say nothing to whoever has no key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.authorities import shown
from escalate.domain.incident.case import Case
from escalate.domain.instants import from_text
from escalate.domain.report.decided import minute
from escalate.domain.timeline.words import masked_body

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.domain.report.material import Material

    Hidden = Callable[[int], bool]

OUTCOMES = {"confirmed": "it was them", "refused": "it was not them", "no-answer": "nobody answered"}


def data(material: Material, now: datetime) -> dict[str, Any]:
    """For the document as JSON."""
    case, hidden = material.incident.case or Case(), _hidden(material)
    return {
        "subjects": _subjects(case, hidden),
        "subject_links": [_link(one, hidden) for one in case.links],
        "referrals": [shown.referral(one, material.incident, now, hidden) for one in case.referrals.values()],
        "authority_checks": [shown.check(one, hidden) for one in case.checks],
        "holds": [_hold(one, hidden) for one in case.holds.values()],
    }


def _hidden(material: Material) -> Hidden:
    readable = {line.seq for line in material.lines if not line.is_masked}
    return lambda seq: seq not in readable


def _subjects(case: Case, hidden: Hidden) -> list[dict[str, Any]]:
    """One for each handle, in the order in which they were seen; `matches` is how often it came up elsewhere."""
    return [
        {
            "handle": handle,
            "types": list(dict.fromkeys(one["type"] for one in seen)),
            "relations": list(dict.fromkeys(one["relation"] for one in seen)),
            "sightings": [_sighting(one, hidden) for one in seen],
            "matches": sum(one["subject"] == handle for one in case.matched),
        }
        for handle in case.subjects
        if (seen := [one for one in case.sightings if one["subject"] == handle])
    ]


def _sighting(one: dict[str, Any], hidden: Hidden) -> dict[str, Any]:
    said = masked_body("subject.seen", one) if hidden(one["seq"]) else one
    return _at({name: said[name] for name in ("type", "relation", "note", "at", "by", "seq")})


def _link(one: dict[str, Any], hidden: Hidden) -> dict[str, Any]:
    said = masked_body("subject.linked", one) if hidden(one["seq"]) else one
    return _at({name: said[name] for name in ("subject", "other", "why", "at", "by", "seq")})


def _hold(one: dict[str, Any], hidden: Hidden) -> dict[str, Any]:
    said = masked_body("hold.placed", one) if hidden(one["seq"]) else one
    released = one.get("released")
    if released is not None:
        over = masked_body("hold.released", released) if hidden(released["seq"]) else released
        released = _at({name: over[name] for name in ("why", "approval", "at", "by", "seq")})
    names = ("state", "matter", "scope", "custodians", "at", "by", "seq")
    return {"id": one["hold"], **_at({name: said[name] for name in names}), "released": released}


def _at(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "at": from_text(given["at"]).isoformat()}


# ── laid out ────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_full(material: Material, now: datetime) -> dict[str, Any]:
    """For the report; each is empty where nothing of the kind is recorded."""
    found = data(material, now)
    return {
        "subjects": [_row(one) for one in found["subjects"]],
        "subject_links": [
            {"subject": one["subject"], "other": one["other"], "why": one["why"], "by": _made(one, material)}
            for one in found["subject_links"]
        ],
        "referrals": [
            {"id": one["id"], "to": one["authority"], "state": one["state"], "late": one["late"],
             "said": _lines(_referral(one, material))}
            for one in found["referrals"]
        ],
        "authority_checks": [
            {"authority": one["authority"], "outcome": OUTCOMES.get(one["outcome"], one["outcome"]),
             "said": "; ".join(filter(None, (one["how"], one["reference"]))), "by": _made(one, material)}
            for one in found["authority_checks"]
        ],
        "holds": [
            {"id": one["id"], "state": one["state"], "said": _lines(_held(one, material))} for one in found["holds"]
        ],
    }  # fmt: skip


def in_brief(material: Material, now: datetime) -> list[str]:
    """What a summary says of it in passing: counted, with nobody's words."""
    found = data(material, now)
    sent = list(dict.fromkeys(one["authority"] for one in found["referrals"] if one["sent"]))
    standing = sum(one["released"] is None for one in found["holds"])
    said = [f"Referred to {', '.join(sent[:3])}{' and others' if len(sent) > 3 else ''}"] if sent else []
    if subjects := len(found["subjects"]):
        said.append(f"{subjects} subject{'' if subjects == 1 else 's'} recorded by handle")
    if standing:
        said.append(f"{standing} legal hold{'' if standing == 1 else 's'} in force")
    return said


def _row(one: dict[str, Any]) -> dict[str, Any]:
    times = sorted(seen["at"] for seen in one["sightings"])
    return {
        "handle": one["handle"],
        "types": ", ".join(one["types"]),
        "relations": ", ".join(one["relations"]),
        "count": len(times),
        "first": minute(times[0]),
        "last": minute(times[-1]),
        "matches": one["matches"],
    }


def _referral(one: dict[str, Any], material: Material) -> dict[str, str]:
    sent, answered = one["sent"] or {}, one["answered"] or {}
    back = minute(sent.get("call_back"))
    return {
        "Legal basis": one["basis"],
        "Disclosed": "; ".join(one["disclosed"]) or "no data",
        "Decision": one["decision"] or "",
        "Drafted": _made(one, material),
        "Sent": "; ".join(filter(None, (_made(sent, material), sent.get("how")))) or "not sent, as far as is recorded",
        "Their reference": answered.get("reference") or sent.get("reference") or "",
        "Call back": f"by {back}{', late' if one['late'] else ''}" if back else "",
        "Answered": "; ".join(filter(None, (_made(answered, material), answered.get("outcome")))),
    }


def _held(one: dict[str, Any], material: Material) -> dict[str, str]:
    over = one["released"] or {}
    second = f"with {over['approval']}" if over.get("approval") else ""
    return {
        "Matter": one["matter"],
        "Scope": one["scope"],
        "Custodians": "; ".join(one["custodians"]),
        "Placed": _made(one, material),
        "Released": "; ".join(filter(None, (_made(over, material), second, over.get("why")))),
    }


def _lines(said: dict[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "text": text} for label, text in said.items() if text]


def _made(one: dict[str, Any], material: Material) -> str:
    from escalate.domain.report.summary import naming

    return f"{minute(one['at'])}, {naming(material, one['by'])}" if one else ""
