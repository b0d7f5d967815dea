"""What goes to an authority: drafted here, sent by a person, answered by them. Nothing is ever sent by escalate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.approvals import GRAVE, asked
from escalate.domain.decision.state import MADE, Judgement, next_id
from escalate.domain.incident.case import ANSWERED, DRAFTED, SENT, Case
from escalate.domain.incident.harm import HARMS
from escalate.domain.incident.harms import ordered
from escalate.domain.incident.rules import said
from escalate.domain.incident.severity import at_least
from escalate.domain.instants import to_text
from escalate.domain.text.visible import one_line
from escalate.domain.timeline.outward import AuthorityChecked, ReferralAnswered, ReferralDrafted, ReferralSent
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.authorities.authority import Authority
    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.event import Event
    from escalate.domain.timeline.judgements import ApprovalAsked

REFER = "refer"
"""The act that is reviewed afterwards."""

CONFIRMED, REFUSED, NO_ANSWER = "confirmed", "refused", "no-answer"
OUTCOMES = (CONFIRMED, REFUSED, NO_ANSWER)

MOST = 50
"""Kinds of data that one referral discloses."""


def checked(name: str, outcome: str, how: str, reference: str) -> AuthorityChecked:
    if outcome not in OUTCOMES:
        raise Usage(f"There is no outcome {outcome!r}.", hint=f"One of: {', '.join(OUTCOMES)}.")
    return AuthorityChecked(authority=name, outcome=outcome, how=said(how, "How it was checked"), reference=reference)


# ── drafting ────────────────────────────────────────────────────────────────────────────────────────────────────────


def of(incident: Incident) -> dict[str, dict[str, Any]]:
    return (incident.case or Case()).referrals


def drafted(
    incident: Incident, authority: str, *, basis: str, disclosed: tuple[str, ...], decision: str | None
) -> ReferralDrafted:
    """The referral, numbered; its text is still to be written."""
    disclosed = tuple(dict.fromkeys(said(one.strip(), "What is disclosed") for one in disclosed))
    if len(disclosed) > MOST:
        raise Usage(f"{len(disclosed)} kinds of data are too many to disclose.", hint="Name the least that is needed.")
    return ReferralDrafted(
        referral=next_id("R", of(incident)),
        authority=authority,
        basis=said(basis, "The basis"),
        disclosed=list(disclosed),
        sha256="",
        decision=_decision(incident, decision) if decision else None,
    )


def _decision(incident: Incident, ref: str) -> str:
    """The decision that it rests on: one that stands, and is not one against referring."""
    known = (incident.judgement or Judgement()).decisions
    id_ = ref.strip().upper()
    found = known.get(id_)
    if found is None:
        raise NotFound(
            f"{incident.ref} has no decision {ref!r}.",
            hint=f"Decisions of {incident.ref}: {', '.join(known) or 'none'}.",
        )
    if found["state"] != MADE:
        raise Refused(f"{id_} is {found['state']}.", hint=f"Decide again first: escalate decide {id_} {incident.ref}")
    if found["declines"]:
        raise Refused(
            f"{id_} is the decision not to make a {found['declines']}.",
            hint=f"Take it up again: escalate decide {id_} {incident.ref} --reopen",
        )
    return id_


def values(incident: Incident, authority: Authority, event: ReferralDrafted, now: datetime) -> dict[str, Any]:
    """What the words are filled with: nothing of what anybody wrote on the timeline, no title, no names. What it discloses
    are kinds of data; the data is put in by the person who sends it.
    """
    signs = (
        (incident.imminent, "harm may be imminent"),
        (incident.child, "a child may be involved"),
        (incident.ongoing, "it may be going on"),
    )
    reported = incident.milestone("reported")
    kinds = dict.fromkeys(HARMS.get(slug.partition(":")[0], slug) for slug in ordered(incident))
    return {
        "drill": incident.drill,
        "referral": event.referral,
        "ref": incident.ref,
        "code_name": incident.code_name,
        "body": authority.body,
        "channel": authority.channel,
        "contact": authority.contact,
        "legal_basis": authority.legal_basis,
        "say_first": authority.say_first,
        "languages": list(authority.languages),
        # On one line each: what somebody typed adds no lines of its own to what the words say.
        "basis": one_line(event.basis),
        "disclosed": [one_line(kind) for kind in event.disclosed],
        "harms": list(kinds),
        "signs": [text for is_so, text in signs if is_so],
        "opened_at": incident.opened_at,
        "reported_at": reported,
        "drafted_at": now,
    }


def beyond(authority: Authority, disclosed: list[str]) -> tuple[list[str], list[str]]:
    """What is disclosed and is not of the least that they need; and what of that is not disclosed."""
    least = {one.casefold(): one for one in authority.least_data}
    given = {one.casefold(): one for one in disclosed}
    more = [one for key, one in given.items() if key not in least] if least else []
    return more, [one for key, one in least.items() if key not in given]


# ── sent, answered ──────────────────────────────────────────────────────────────────────────────────────────────────


def named(incident: Incident, ref: str | None, state: str) -> dict[str, Any]:
    """The referral `R-1` names; without a name the only one that is in `state`."""
    known = of(incident)
    if ref is not None:
        found = known.get(ref.strip().upper())
        if found is None:
            there = ", ".join(known) or "none; draft one: escalate refer NAME --basis …"
            raise NotFound(f"{incident.ref} has no referral {ref!r}.", hint=f"Referrals of {incident.ref}: {there}.")
        return found
    waiting = [one for one in known.values() if one["state"] == state]
    if not waiting:
        raise NotFound(
            f"{incident.ref} has no referral that is {state}.", hint=f"See all: escalate refer list {incident.ref}"
        )
    if len(waiting) > 1:
        names = ", ".join(one["referral"] for one in waiting)
        raise Usage(f"{incident.ref} has several that are {state}: {names}.", hint="Say which, as R-1.")
    return waiting[0]


def sent(
    one: dict[str, Any], incident: Incident, *, reference: str, how: str, call_back: datetime | None, at: datetime
) -> list[ReferralSent]:
    """Nothing where it was said so already."""
    event = ReferralSent(
        referral=one["referral"], reference=said(reference, "The reference"), how=how, call_back=call_back
    )
    if call_back is not None and call_back <= at:
        raise Usage(
            f"They would call back at {call_back:%Y-%m-%d %H:%MZ}, before it was sent.",
            hint="Say when they will: --call-back 'in 2h'",
        )
    if one["state"] == DRAFTED:
        return [event]
    before = one.get(SENT, {})
    again = to_text(call_back) if call_back else None
    if (before.get("reference"), before.get("call_back")) == (reference, again):
        return []
    raise Refused(
        f"{one['referral']} was sent already.",
        hint=f"What is sent besides is another one: escalate refer {one['authority']} {incident.ref} --basis …",
    )


def review(incident: Incident, event: Event, basis: str, now: datetime) -> ApprovalAsked | None:
    """At SEV0 and SEV1 one person refers at once, and a second looks at it within a day. A drill is nobody's referral."""
    worst = min(incident.severity, incident.peak_severity)
    if incident.drill or not at_least(worst, GRAVE):
        return None
    return asked(incident, event, REFER, basis, now, broken=True)


def answered(one: dict[str, Any], incident: Incident, *, outcome: str, reference: str) -> list[ReferralAnswered]:
    if one["state"] == DRAFTED:
        raise Refused(
            f"{one['referral']} was not sent.",
            hint=f"Say first that it was: escalate refer sent {one['referral']} {incident.ref} --reference …",
        )
    event = ReferralAnswered(referral=one["referral"], outcome=said(outcome, "The outcome"), reference=reference)
    before = one.get(ANSWERED, {})
    return [] if (before.get("outcome"), before.get("reference")) == (outcome, reference) else [event]
