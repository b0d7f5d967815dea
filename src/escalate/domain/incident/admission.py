"""Who is let in to a restricted incident and who is shut out, and who hears of it when somebody lets themselves in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from escalate.domain.decision.approvals import GLASS
from escalate.domain.decision.state import GIVEN
from escalate.domain.incident.access import Access
from escalate.domain.incident.rules import said
from escalate.domain.timeline import access as ev
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.event import Event

LEAD = "lead"
BROKEN = "broken"
LOGINS = ("login", "os", "db")
"""Before a colon: what comes after it is the login of a system or database user, whatever the roster knows."""


def restrict(incident: Incident, why: str) -> list[Event]:
    """Nothing where it is restricted already. Whoever has a role, or answered a page, goes on reading."""
    if incident.restricted:
        return []
    answered = [who for page in incident.pages.values() if not page.test for who in page.answered]
    kept = dict.fromkeys([*incident.roles.values(), *answered])
    return [
        ev.AccessRestricted(why=said(why, "The reason")),
        *(ev.AccessGranted(to=f"person:{person}", why="has a role, or answered a page") for person in kept),
    ]


def lift(incident: Incident, why: str) -> ev.AccessLifted:
    _restricted(incident)
    return ev.AccessLifted(why=said(why, "The reason"))


def grant(incident: Incident, to: str, why: str) -> list[Event]:
    known = _restricted(incident)
    return [] if to in known.granted else [ev.AccessGranted(to=to, why=why)]


def revoke(incident: Incident, roster: Roster, to: str, why: str, by: str = "") -> list[Event]:
    """Refused where nobody would be left who can read it: what is written there would be lost to all."""
    known = _restricted(incident)
    # Who let themselves in may leave.
    own = known.granted.get(to, {})
    if own.get("by") != by or own.get("how") != BROKEN:
        _refuse_intruder(incident, known, by, roster)
    if to not in known.granted:
        raise NotFound(
            f"{to} was not granted {incident.ref}.",
            hint=f"Who may read it: {', '.join(known.granted)}. See: escalate access {incident.ref}",
        )
    if not any(stands_for_somebody(one, roster) for one in known.granted if one != to):
        raise Refused(
            f"{to} is the last who may read {incident.ref}; somebody must be able to.",
            hint=f"Grant it to somebody else first: escalate grant person:NAME {incident.ref}",
        )
    return [ev.AccessRevoked(to=to, why=why)]


def _refuse_intruder(incident: Incident, known: Access, by: str, roster: Roster) -> None:
    """Raises Refused where `by` is in only by breaking the glass and nobody else has looked at that: they would be alone."""
    asked_in = {to: one for to, one in known.granted.items() if one["how"] != BROKEN or one["by"] != by}
    if len(asked_in) == len(known.granted) or known.but(granted=asked_in).admits(by, _person_of(by, roster), roster):
        return
    approvals = incident.judgement.approvals.values() if incident.judgement else ()
    seen = [one for one in approvals if one["act"] == GLASS and one["state"] == GIVEN]
    if not any((one["what"].get("body") or {}).get("by") == by for one in seen):
        raise Refused(
            f"You read {incident.ref} by breaking the glass, and nobody has agreed to that yet: you shut nobody out.",
            hint=f"Somebody else reviews it first: escalate approvals {incident.ref}",
        )


def _restricted(incident: Incident) -> Access:
    if not incident.restricted:
        raise Refused(
            f"{incident.ref} is not restricted: everybody who reads this record may read it.",
            hint=f"Restrict it first: escalate restrict {incident.ref} --why …",
        )
    return incident.access or Access(restricted=True)


def stands_for_somebody(to: str, roster: Roster) -> bool:
    """Whether a grant lets anybody in: not so a team that has no people, nor somebody the roster no longer has."""
    kind, colon, name = to.partition(":")
    if not colon or not roster.people:
        return True
    if kind == "team":
        return name in roster.teams and any(person in roster.people for person in roster.teams[name].people)
    return name in roster.people


def grantee(roster: Roster, text: str) -> str:
    """`person:NAME`, `team:NAME`, or a login that nobody in the roster has. Raises Usage or NotFound."""
    word = text.strip()
    kind, colon, name = word.partition(":")
    if colon and kind in LOGINS:
        return _login(name)
    if colon:
        if kind not in {"person", "team"}:
            raise Usage(f"{text!r} is nobody who reads.", hint="As person:NAME, team:NAME, or a login.")
        return roster.target(word)
    fits = [f"{of}:{one}" for of in ("person", "team") for one in roster.named[of] if one.casefold() == word.casefold()]
    if len(fits) > 1:
        raise Usage(f"{text!r} fits more than one.", hint=f"Say which: {' or '.join(fits)}.")
    person = roster.person_of(word)
    return fits[0] if fits else f"person:{person}" if person else _login(word)


def _login(name: str) -> str:
    if not re.fullmatch(r"[^\s:\x00-\x1f\x7f\ud800-\udfff]{1,64}", name):
        raise Usage(f"{name!r} is no login.", hint="As person:NAME, team:NAME, or the login of a user.")
    return name


# ── breaking the glass ──────────────────────────────────────────────────────────────────────────────────────────────


def alarm_targets(incident: Incident, roster: Roster, by: str) -> list[str]:
    """Who is paged when `by` has broken the glass: the lead, else whoever opened it, else those its pages went to, else
    whoever was let in. Nobody who was shut out, since being paged lets people in, and not whoever did it. Empty: whoever is
    at the console is told.
    """
    did = _person_of(by, roster)
    for actor in (incident.roles.get(LEAD), incident.opened_by):
        person = _person_of(actor, roster) if actor else None
        if person and person != did and (incident.access is None or incident.access.admits(person, person, roster)):
            return [f"person:{person}"]
    went_to = [page.target for page in incident.pages.values() if not page.test]
    let_in = list(incident.access.granted) if incident.access else []
    for targets in (went_to, let_in):
        found = [one for one in dict.fromkeys(targets) if one != f"person:{did}" and _is_there(one, roster)]
        if found:
            return found
    return []


def _person_of(actor: str, roster: Roster) -> str | None:
    return actor if actor in roster.people else roster.person_of(actor.partition(":")[2])


def _is_there(target: str, roster: Roster) -> bool:
    kind, _, name = target.partition(":")
    return name in roster.named.get(kind, {})
