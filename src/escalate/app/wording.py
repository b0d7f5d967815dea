"""From what is owed to messages with their words. A broken template never holds a message back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.messages.message import Message, key
from escalate.domain.messages.owed import KEPT, owed

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.ports import Texts
    from escalate.domain.incident.state import Head, Incident
    from escalate.domain.messages.owing import Owed
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.entry import Entry
    from escalate.domain.timeline.event import Event

SUBJECT = 200
"""Characters of a subject line."""


def messages(
    incident: Incident, entry: Entry, event: Event, roster: Roster, texts: Texts, now: datetime, *, said: str = ""
) -> list[Message]:
    """The messages that `event` makes owed. Their ids depend on the entry, the recipient and the way alone.

    `said` are the words of the ping that a message sent in place of another repeats.
    """
    seen: dict[tuple[str, str], int] = {}
    made = []
    for one in owed(event, incident, roster):
        nth = seen[one.to, one.via] = seen.get((one.to, one.via), 0) + 1
        if one.template == "ping" and not one.values.get("said"):
            one = one.but(values={**one.values, "said": said})  # noqa: PLW2901
        made.append(_message(one, nth, incident, entry, roster, texts, now))
    return made


def preview(incident: Incident, one: Owed, roster: Roster, texts: Texts, head: Head) -> str:
    """The exact text of a message that has not become owed, but for the code, which its page will give it."""
    coded = {"code": "CODE"} if _code(one) else {}
    return _text(one.but(values={**one.values, **coded}), incident, roster, texts, head.short)


def _message(
    one: Owed, nth: int, incident: Incident, entry: Entry, roster: Roster, texts: Texts, now: datetime
) -> Message:
    before = f"#{entry.seq - 1}:{entry.prev[:12]}"
    text = _text(one, incident, roster, texts, before)
    page = incident.pages.get(one.page or "")
    return Message(
        id=key(entry.id, one.to, one.via, nth),
        incident=incident.id,
        entry=entry.id,
        seq=entry.seq,
        digest=entry.digest,
        page=one.page,
        purpose=one.purpose,
        to=one.to,
        name=roster.name_of(one.to) if one.to != "person:" else "whoever reads this",
        via=one.via,
        address=roster.address(one.to, one.via),
        subject=text.splitlines()[0][:SUBJECT] if text.strip() else incident.name,
        text=text,
        details={
            "ref": incident.ref,
            "code_name": incident.code_name,
            "severity": incident.severity,
            "incident": incident.id,
            "head": before,
            "drill": incident.drill,
            "action": one.action,
            "dedup": one.dedup or (page.dedup if page else entry.id),
            **({"values": one.values} if one.purpose in KEPT else {}),
            **({"label": f"{incident.ref}/{page.number}", "code": _code(one), "each": one.each} if page else {}),
        },
        due_at=now + one.after,
    )


def _text(one: Owed, incident: Incident, roster: Roster, texts: Texts, head: str) -> str:
    channel = roster.channels.get(one.via)
    page = incident.pages.get(one.page or "")
    guarded = incident.sensitive or incident.restricted
    tells = channel is not None and channel.details and not guarded
    values: dict[str, Any] = {
        "ref": incident.ref,
        "code_name": incident.code_name,
        "severity": incident.severity,
        "drill": "DRILL " if incident.drill else "",
        "head": head,
        "name": roster.name_of(one.to),
        "page": f"{incident.ref}/{page.number}" if page else "",
        "code": _code(one),
        "action": one.action,
        "title": incident.title if tells else "",
        "marking": incident.marking,
        "deadline": _deadline(incident),
        **one.values,
    }
    if one.template == "clock":
        values["until"] = _until(values, incident)
    if guarded:
        values |= {name: "" for name in ("policy", "clock") if name in values}  # they are named after the harm
    try:
        return texts.render(one.template, values).strip() or _plain(one, values)
    except Exception:  # noqa: BLE001  (whatever a template or its engine does: the page goes out)
        return _plain(one, values)


def _deadline(incident: Incident) -> str:
    """When the next legal clock runs out; which one, stands in the record."""
    pending = incident.clocks.pending(incident) if incident.clocks else []
    due = next((one.due for one in pending if one.due), None)
    if due is None:
        return ""
    unsure = any(one.due == due and one.is_unconfirmed for one in pending)
    return f"{due:%Y-%m-%d %H:%M}Z{UNCONFIRMED if unsure else ''}"


UNCONFIRMED = " (by a rule that is NOT CONFIRMED by anybody)"


def _until(values: dict[str, Any], incident: Incident) -> str:
    """Until when the time of a clock is; by a row that nobody has confirmed, that is said with it."""
    known = incident.clocks.reckoned(incident) if incident.clocks else []
    unsure = any(one.id == values["clock"] and one.is_unconfirmed for one in known)
    return f"{values['until']}{UNCONFIRMED if unsure and values['until'] else ''}"


def _code(one: Owed) -> str:
    """What a person answers this page by; nothing where it goes to nobody in particular."""
    from escalate.domain.oncall.code import code

    kind, _, person = one.to.partition(":")
    return code(one.page, person) if one.page and kind == "person" and person else ""


def _plain(one: Owed, values: dict[str, Any]) -> str:
    """What is said where the template says nothing."""
    asked = {
        "page": "You are asked to respond.",
        "page_test": "TEST: this is a test of how you are reached. Nothing has happened.",
        "exhausted": "NOBODY ANSWERED. You are asked to respond.",
        "status": f"The page was {'acknowledged' if one.action == 'acknowledge' else 'called off'}.",
        "ticket": "Opened by escalate.",
        "handoff": f"A hand-off waits for you. Accept it: escalate oncall handoff --accept {values.get('handoff', '')}",
        "shift": "There is news of when you are on call: escalate oncall",
        "question": f"A decision is asked of you: escalate decide {values.get('question', '')} {values['ref']}",
        "approval": f"A second person is needed: escalate approve {values.get('approval', '')} {values['ref']}",
        "review": f"Something must be looked at again: escalate decisions {values['ref']}",
        "matched": f"Somebody who may not read this came upon one of its subjects: escalate timeline {values['ref']}",
        "clock": "The time of a legal clock runs out, or is over.",
        "broken": "BREAK-GLASS: somebody who was not asked in reads it. Tell whoever leads.",
        "reassess": "An assessment was final for a time that is over: look again.",
    }.get(one.template, "You are asked to respond.")
    answer = (
        f"Acknowledge: escalate ack {values['code'] or values['page']}"
        if values["page"] and one.action == "trigger"
        else ""
    )
    look = answer or f"Look: escalate show {values['ref']}"
    said = f"{values['drill']}{values['ref']} {values['code_name']} {values['severity']}"
    return f"{said}\n{asked} {look}\nrecord {values['head']}"
