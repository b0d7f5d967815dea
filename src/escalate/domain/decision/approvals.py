"""Two people: what one does not do alone, who may be the second, and whether what was asked for still holds.

A command line cannot prove who sits at it. It goes by the login of the operating system and by the roster.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.decision import actions
from escalate.domain.decision.state import ASKED, MADE, OPEN, REOPENED, Judgement, next_id
from escalate.domain.incident.severity import at_least, is_level
from escalate.domain.timeline.codec import decode, encode, misshapen
from escalate.domain.timeline.judgements import ApprovalAsked
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.event import Event

GRAVE = "SEV1"
"""From this severity on, lowering it and deciding not to refer or report take two people."""

SOON = timedelta(hours=1)
"""How long a request may wait before it is late."""

REVIEW = timedelta(hours=24)
"""Within this, what one person did alone is looked at by another."""

LOWER, DECLINE, TERMINATE, MASS = "lower-severity", "decline", "terminate", "mass-action"
LIFT, RELEASE, ERASE, PUBLISH, GLASS = "lift-restriction", "release-hold", "erase", "publish", "break-glass"


def needs_two(incident: Incident, event: Any) -> str:
    """The act for which `event` needs a second person; empty where one may do it. A drill is nobody's harm."""
    if incident.drill:
        return ""
    match event.kind:
        case "severity.changed":
            return LOWER if at_least(incident.severity, GRAVE) and event.severity > incident.severity else ""
        case "decision.made":
            grave = at_least(min(incident.severity, incident.peak_severity), GRAVE)
            return DECLINE if event.declines and grave else ""
        case "action.taken":
            return actions.why_two(incident, event)
        case "access.lifted":
            return LIFT
        case "hold.released":
            return RELEASE
    return ""


def glass_broken(incident: Incident, alarmed: Any, now: datetime) -> ApprovalAsked:
    """Whoever let themselves in did alone what others are asked for: it is looked at like all that was."""
    return asked(incident, alarmed, GLASS, "read without having been asked in", now, broken=True)


def asker(approval: dict[str, Any]) -> str:
    """Who asked, or did it alone: of a break-glass whoever broke it, which a courier writes down."""
    body = approval["what"].get("body")
    if approval["act"] == GLASS and isinstance(body, dict) and body.get("by"):
        return str(body["by"])
    return str(approval["by"])


def asked(incident: Incident, event: Event, act: str, why: str, now: datetime, *, broken: bool) -> ApprovalAsked:
    """The request; with `broken` what is done at once, to be reviewed. It holds the whole event, and the severity under
    which it was asked.
    """
    known = incident.judgement.approvals if incident.judgement else {}
    return ApprovalAsked(
        approval=next_id("P", known),
        act=act,
        what={"kind": event.kind, "body": _asked_for(event), "severity": incident.severity},
        why=why,
        broken=broken,
        due=now + (REVIEW if broken else SOON),
    )


NUMBERED = {"decision.made": ("decision", "D", "decisions"), "action.taken": ("action", "X", "actions")}
"""Kinds that get a number when they are made: the field, its letter, and where the numbers given so far are."""


def _asked_for(event: Event) -> dict[str, Any]:
    own = (*NUMBERED.get(event.kind, ())[:1], "approval")
    return {name: value for name, value in event.plain().items() if name not in own and value not in (None, [])}


def same(incident: Incident, event: Event, act: str) -> str | None:
    """The approval that was asked for the very same and still waits."""
    wanted = _asked_for(event)
    for one in (incident.judgement or Judgement()).pending:
        if one["act"] == act and not one["broken"] and one["what"].get("body") == wanted:
            return str(one["id"])
    return None


def numbered(incident: Incident, event: Any) -> Any:
    """The event with the next number of its kind."""
    if event.kind not in NUMBERED:
        return event
    field, letter, known = NUMBERED[event.kind]
    return event.but(**{field: next_id(letter, getattr(incident.judgement or Judgement(), known))})


DONE_LATER = frozenset({"severity.changed", "access.lifted", "hold.released", "entry.erased", "report.exported"})
"""Kinds besides those that are appended once a second person approves."""


def event_of(approval: dict[str, Any]) -> Any:
    """What was asked for; it has no number yet."""
    kind, body = str(approval["what"].get("kind", "")), approval["what"].get("body")
    own = {NUMBERED[kind][0]: ""} if kind in NUMBERED else {}
    event: Any = None
    if kind in {*DONE_LATER, *NUMBERED} and isinstance(body, dict):
        event = decode(kind, encode({**body, **own, "approval": approval["id"]}))
    lowers = kind != "severity.changed" or (
        is_level(str(getattr(event, "severity", ""))) and event.severity > event.was
    )
    if event is None or event.kind != kind or misshapen(kind, event) or not lowers:
        raise Refused(f"{approval['id']} asks for what this version cannot do.", hint="Reject it, and ask again.")
    return event


# ── who ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def person_of(actor: str, roster: Roster) -> str | None:
    """The person of the roster an actor is, by the roster as it is now."""
    return actor if actor in roster.people else roster.person_of(actor.removeprefix("os:"))


def others(roster: Roster, person: str | None) -> list[str]:
    """Who could be the second person: those the roster knows by a login, but for the first."""
    return [slug for slug, one in roster.people.items() if one.logins and slug != person]


def gone(approval: dict[str, Any], roster: Roster) -> bool:
    """Whether whoever did it alone was of the roster, and is not any more."""
    by = asker(approval)
    return bool(approval["broken"]) and not by.startswith("os:") and person_of(by, roster) is None


def refuse_answer(
    approval: dict[str, Any], incident: Incident, actor: str, person: str | None, roster: Roster,
    earlier: Iterable[Roster] = (),
) -> None:  # fmt: skip
    """Raises Refused unless `actor` is a person of the roster and somebody else than whoever asked. Whoever is `gone` had
    the logins that `earlier` rosters gave them.
    """
    if person is None or person not in roster.people:
        raise Refused(
            f"{actor} is nobody the roster knows, and cannot approve or reject.",
            hint=f'In the roster, a person has logins = ["{actor.removeprefix("os:")}"]. See yourself: escalate whoami',
        )
    first = person_of(asker(approval), roster)
    was = asker(approval)
    logins = {login for one in earlier if was in one.people for login in one.people[was].logins}
    if actor == was or person == first or logins & set(roster.people[person].logins):
        could = [roster.name_of(f"person:{slug}") for slug in others(roster, first)]
        raise Refused(
            f"{approval['id']} was asked for by {roster.name_of(f'person:{person}')}; it takes somebody else.",
            hint=f"{'Could: ' + ', '.join(could[:6]) if could else 'The roster knows nobody else with a login'}.",
        )
    if approval["state"] != ASKED:
        again = "approved" if approval["state"] == "given" else "rejected"
        raise Refused(
            f"{approval['id']} was {again} already, by {approval['decided_by']}.",
            hint=f"See it: escalate approvals {incident.ref}",
        )


def refuse_unknown(approval: dict[str, Any], incident: Incident, roster: Roster) -> None:
    """Raises Refused where who asked was of the roster and is not any more: under another name they could be anybody."""
    by = str(approval["by"])
    if by.startswith("os:") or person_of(by, roster) is not None:
        return
    raise Refused(
        f"The roster no longer knows {by}, who asked for {approval['id']}: that you are somebody else cannot be told.",
        hint=f"Reject it, and ask again: escalate reject {approval['id']} {incident.ref} --why …",
    )


def named(incident: Incident, ref: str | None) -> dict[str, Any]:
    """The approval `P-1` names; without a name the only one that waits."""
    judgement = incident.judgement or Judgement()
    if ref is not None:
        found = judgement.approvals.get(ref.strip().upper())
        if found is None:
            known = ", ".join(judgement.approvals) or "none"
            raise NotFound(f"{incident.ref} has no approval {ref!r}.", hint=f"Approvals of {incident.ref}: {known}.")
        return found
    waiting = judgement.pending
    if not waiting:
        raise NotFound(f"Nothing of {incident.ref} waits for approval.", hint="See all that wait: escalate approvals")
    if len(waiting) > 1:
        names = ", ".join(one["id"] for one in waiting)
        raise Usage(f"{incident.ref} has several that wait: {names}.", hint=f"As: escalate approve {waiting[0]['id']}")
    return waiting[0]


# ── whether it still holds ──────────────────────────────────────────────────────────────────────────────────────────


def refuse_changed(approval: dict[str, Any], incident: Incident, event: Any) -> None:
    """Raises Refused where what was asked for was asked of another state of affairs; it says what changed."""
    changed = _changes(approval, incident, event)
    if changed:
        raise Refused(
            f"{approval['id']} cannot be approved any more: {changed}",
            hint=f"Nothing was done. Reject it, and ask again: escalate reject {approval['id']} {incident.ref} --why …",
        )


def _changes(approval: dict[str, Any], incident: Incident, event: Any) -> str:
    judgement = incident.judgement or Judgement()
    was, now = str(approval["what"].get("severity", "")), incident.severity
    match event.kind:
        case "severity.changed" if event.was != now:
            return f"the severity was {event.was} when it was asked and is {now} now."
        case "decision.made" if was and now < was:
            return f"the severity was {was} when it was asked and is {now} now."
        case "decision.made" if event.answers in judgement.questions:
            by = judgement.questions[event.answers]
            return "" if by["state"] == OPEN else f"{event.answers} was answered since, by {by['decision']}."
        case "decision.made" if event.answers in judgement.decisions:
            state = judgement.decisions[event.answers]["state"]
            return "" if state == REOPENED else f"{event.answers} is {state} now."
        case "action.taken":
            return _action_changes(judgement, event)
        case "access.lifted" if not incident.restricted:
            return "it is not restricted any more."
        case "hold.released" if event.hold not in [
            one["hold"] for one in (incident.case.held if incident.case else [])
        ]:
            return f"{event.hold} was released since."
    return ""


def _action_changes(judgement: Judgement, event: Any) -> str:
    state = judgement.decisions.get(event.decision or "", {}).get("state", MADE)
    if state != MADE:
        return f"{event.decision}, on which it rests, is {state} now."
    by = judgement.actions.get(event.reverses or "", {}).get("reversed_by")
    return f"{event.reverses} was reversed since, by {by}." if by else ""


def described(act: str, what: dict[str, Any]) -> str:
    """What is asked for, in words that hold nothing anybody typed."""
    body = what.get("body")
    given = body if isinstance(body, dict) else {}
    match act:
        case "lower-severity":
            was, now = (level if is_level(level := str(given.get(name, ""))) else "?" for name in ("was", "severity"))
            return f"lower the severity {was} → {now}"
        case "decline":
            return f"decide not to {'report' if given.get('declines') == 'report' else 'refer'}"
        case "terminate" | "mass-action":
            many = f" on {given['count']} accounts or items" if isinstance(given.get("count"), int) else ""
            done = str(given.get("what", ""))
            return f"{actions.name(done) if done in actions.ACTIONS else 'an action'}{many}"
        case "refer":
            return "refer to an authority"
        case "lift-restriction":
            return "open it to the whole team again"
        case "release-hold":
            return f"release hold {_token(given.get('hold'))}"
        case "erase":
            seq = given.get("seq")
            return f"erase the words of entry #{seq}" if isinstance(seq, int) else "erase the words of an entry"
        case "publish":
            form, to = _token(given.get("report")), _token(given.get("audience"))
            return f"issue the {form} to {to}, outside the organisation"
        case "break-glass":
            return "read a restricted incident without having been asked in"
    return "what this version does not know"


def _token(value: Any) -> str:
    """A name that was chosen from a list; never anybody's words."""
    return (
        value
        if isinstance(value, str) and value.replace("-", "").replace("_", "").isalnum() and len(value) < 41
        else "?"
    )
