"""How authorities and referrals look."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from escalate.cli.views import Table
from escalate.cli.views.decision import minute
from escalate.domain.authorities.shown import is_late
from escalate.domain.instants import from_text
from escalate.domain.text.many import many

if TYPE_CHECKING:
    from escalate.cli.views import Cell, View


def listed(found: list[dict[str, Any]]) -> View:
    rows: list[tuple[Cell, ...]] = [
        (one["name"], _way(one), _open(one), _age(one), ", ".join(one["place"]), ", ".join(one["harm"]), one["body"])
        for one in found
    ]
    # What is called comes first, so that a narrow terminal does not break a number in two.
    columns = ("name", "reached by", "now", "verified", "place", "harm", "body")
    return [Table(columns=columns, rows=rows)]


def whole(one: dict[str, Any]) -> View:
    state = _open(one)
    view: View = [(f"{one['name']}  {one['body']}", "bold"), (state if isinstance(state, tuple) else (state, ""))]
    lines = [
        ("reached by", _way(one)),
        ("phone", one["phone"] or ""),
        ("address", one["address"] or ""),
        ("hours", one["hours"] if isinstance(one["hours"], str) else "; ".join(one["hours"])),
        ("languages", ", ".join(one["languages"])),
        ("place", ", ".join(one["place"])),
        ("harm", ", ".join(one["harm"])),
        ("legal basis", one["legal_basis"]),
        ("say first", one["say_first"]),
        ("least data", "; ".join(one["least_data"])),
        ("note", one["note"]),
    ]
    view += [f"  {label:<11} {text}" for label, text in lines if text]
    age = _age(one)
    said, style = age if isinstance(age, tuple) else (age, "")
    return [*view, (f"  {'verified':<11} {said}", style)]


def to_call(one: dict[str, Any]) -> View:
    """What a request is checked against."""
    number = one["phone"] or one["address"]
    verb = "Call" if one["phone"] else "Ask at"
    return [
        (f"{verb} {number}", "bold"),
        "It stands in the team's own list. Never use a number from the message that is to be checked.",
        *whole(one),
    ]


def checked(data: dict[str, Any]) -> View:
    words = {"confirmed": "it was them", "refused": "IT WAS NOT THEM", "no-answer": "nobody answered"}
    check, one = data["check"], data["authority"]
    style = "bold red" if check["outcome"] == "refused" else "bold"
    return [(f"{one['name']} at {one['phone'] or one['address']}: {words[check['outcome']]}", style)]


# ── referrals ───────────────────────────────────────────────────────────────────────────────────────────────────────


def referrals(found: list[dict[str, Any]]) -> View:
    if not found:
        return ["Nothing has been referred to an authority here."]
    view: View = []
    for one in found:
        view += [*([""] if view else []), *referral(one)]
    return view


def referral(one: dict[str, Any]) -> View:
    late = ", THE CALL-BACK IS LATE" if one["late"] else ""
    view: View = [(f"{one['id']}  {one['state']}, to {one['authority']}{late}", "bold red" if late else "bold")]
    sent, answer = one["sent"], one["answered"]
    lines = [
        ("basis", one["basis"]),
        ("discloses", "; ".join(one["disclosed"]) or "nothing"),
        ("by", one["decision"] or ""),
        ("drafted", f"{minute(one['at'])}, {one['by']}, sha256 {one['sha256'][:12]}"),
    ]
    if sent:
        lines.append(
            ("sent", ", ".join(filter(None, (minute(sent["at"]), sent["by"], sent["reference"], sent["how"]))))
        )
        lines.append(("call-back", minute(sent["call_back"])))
    if answer:
        lines.append(
            ("answered", ", ".join(filter(None, (minute(answer["at"]), answer["outcome"], answer["reference"]))))
        )
    return [*view, *(f"  {label:<10} {text}" for label, text in lines if text)]


def referral_line(one: dict[str, Any], now: datetime) -> str:
    """For one line of an incident: nothing that anybody typed."""
    back = one["sent"]["call_back"] if one["state"] == "sent" else None
    if not back:
        return f"{one['state']}, to {one['authority']}"
    when = f"{from_text(back):%Y-%m-%d %H:%M}Z"
    return f"{one['state']}, to {one['authority']}, {'CALL-BACK LATE since' if is_late(one, now) else 'call-back by'} {when}"


def _way(one: dict[str, Any]) -> str:
    contact = one["phone"] if one["channel"] == "phone" else one["address"]
    return f"{one['channel']} {contact}"


def _open(one: dict[str, Any]) -> Cell:
    if one["open"]:
        until = f" until {_moment(one['open_until'])}" if one["open_until"] else ""
        return f"open{until}", "green"
    return f"closed, opens {_moment(one['opens'])}" if one["opens"] else "closed", "yellow"


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%a %Y-%m-%d %H:%M}Z"


def _age(one: dict[str, Any]) -> Cell:
    if one["verified_on"] is None:
        return "NOBODY HAS", "bold yellow"
    said = f"{one['verified_on']} by {one['verified_by']}"
    return (f"{said}, {many(one['age_days'], 'day')} ago: look again", "yellow") if one["stale"] else said
