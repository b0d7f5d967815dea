"""Who is told that a decision is asked of them, that a second person is, or that something must be looked at again.

Pagers are left out where there is another way: none of it is a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.approvals import asker as asked_by
from escalate.domain.decision.approvals import person_of
from escalate.domain.decision.state import BY_DATE, Judgement
from escalate.domain.decision.triggers import parts
from escalate.domain.instants import from_text
from escalate.domain.messages.owing import UNSEEN, Owed, gently
from escalate.domain.roster import CONSOLE

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.event import Event

LEAD = "lead"


def judged(event: Event, incident: Incident, roster: Roster) -> list[Owed]:
    given: Any = event
    judgement = incident.judgement or Judgement()
    match event.kind:
        case "question.asked" | "question.late":
            return _question(judgement.questions.get(given.question), roster, late=event.kind == "question.late")
        case "approval.asked" | "approval.late":
            return _approval(
                judgement.approvals.get(given.approval), incident, roster, late=event.kind == "approval.late"
            )
        case "decision.reopened":
            return _review(judgement.decisions.get(given.decision), incident, roster)
        case "subject.matched":
            return _matched(given, incident, roster)
    return []


def _matched(given: Any, incident: Incident, roster: Roster) -> list[Owed]:
    """Whoever leads, else those who may read it, but for whoever asked; and never at a terminal, which may be that of
    whoever must not learn of it. Where nobody is reached so, it stands on the timeline alone.
    """
    asker = person_of(given.by, roster)
    granted = incident.access.granted if incident.access else {}
    people = [name.removeprefix("person:") for name in granted if name.startswith("person:")]
    others = [one for one in people if one in roster.people and one != asker]
    values = {"asked": not given.seen_in}
    return _away(_lead(incident, roster, asker), "matched", values, roster) or _away(others, "matched", values, roster)


def _away(people: list[str], purpose: str, values: dict[str, Any], roster: Roster) -> list[Owed]:
    """The same as `_told`, but by no terminal."""
    owed = _told(people, purpose, {**values, UNSEEN: True}, roster) if people else []
    consoles = {CONSOLE, *(name for name, channel in roster.channels.items() if channel.kind == CONSOLE)}
    return [one for one in owed if one.via not in consoles]


def _question(asked: dict[str, Any] | None, roster: Roster, *, late: bool) -> list[Owed]:
    if asked is None or asked["state"] != "open":
        return []
    values = {"question": asked["id"], "by": _minute(asked["due"]), "late": late}
    return _told([asked["person"]], "question", values, roster)


def _approval(asked: dict[str, Any] | None, incident: Incident, roster: Roster, *, late: bool) -> list[Owed]:
    if asked is None or asked["state"] != "asked":
        return []
    asker = person_of(asked_by(asked), roster)
    values = {"approval": asked["id"], "by": _minute(asked["due"]), "late": late}
    if asked["broken"]:
        ranks = (_lead(incident, roster, asker), _fallbacks(incident, roster, asker), _able(roster, asker))
        return _told(_first(ranks, incident, roster), "review", values, roster)
    ranks = (_lead(incident, roster, asker), _counsel(roster, asker), _able(roster, asker))
    return _told(_first(ranks, incident, roster), "approval", values, roster)


def _first(ranks: tuple[list[str], ...], incident: Incident, roster: Roster) -> list[str]:
    """The first of them that has anybody who may read the incident: nobody else could answer, or is to know of it."""
    access = incident.access
    may = ([who for who in rank if access is None or access.admits(who, who, roster)] for rank in ranks)
    return next((rank for rank in may if rank), [])


def _review(decision: dict[str, Any] | None, incident: Incident, roster: Roster) -> list[Owed]:
    """Whoever decided is told, unless they reopened it themselves; where nobody knows them, the lead."""
    if decision is None or not decision["reopened"]:
        return []
    last = decision["reopened"][-1]
    by_itself = last["because"] == BY_DATE or parts(last["because"])
    if last["by"] == decision["by"] and not by_itself:
        return []
    decider = person_of(decision["by"], roster)
    values = {"decision": decision["id"], "approval": "", "by": "", "late": False}
    found = [decider] if decider else _lead(incident, roster, None)
    if incident.restricted and last["because"].startswith("subject:") and last["by"].startswith("courier:"):
        return _away(found, "review", values, roster)
    return _told(found, "review", values, roster)


def _lead(incident: Incident, roster: Roster, asker: str | None) -> list[str]:
    lead = incident.roles.get(LEAD)
    return [lead] if lead in roster.people and lead != asker else []


def _counsel(roster: Roster, asker: str | None) -> list[str]:
    """The people of the teams that read what is privileged."""
    found = [person for team in roster.teams.values() if "privileged" in team.reads for person in team.people]
    return [person for person in dict.fromkeys(found) if person in roster.people and person != asker]


def _able(roster: Roster, asker: str | None) -> list[str]:
    """Whoever else could do it at all: the people with a login. Nobody else is known to be asked first."""
    return [person.slug for person in roster.people.values() if person.logins and person.slug != asker]


def _fallbacks(incident: Incident, roster: Roster, asker: str | None) -> list[str]:
    """The people that policies of the incident's pages name for when nobody answers."""
    named = [page.policy.fallback for page in incident.pages.values() if page.policy.fallback]
    people = [target.removeprefix("person:") for target in named if target.startswith("person:")]
    return [person for person in dict.fromkeys(people) if person in roster.people and person != asker]


def _told(people: list[str], purpose: str, values: dict[str, Any], roster: Roster) -> list[Owed]:
    """To each by all their ways; where there is nobody, whoever is at the terminal."""
    if not people:
        return [Owed(to="person:", via=CONSOLE, purpose=purpose, template=purpose, values=values)]
    return [
        Owed(to=f"person:{person}", via=way.via, purpose=purpose, template=purpose, after=way.after, values=values)
        for person in people
        for way in gently(person, roster)
    ]


def _minute(text: str) -> str:
    return f"{from_text(text):%Y-%m-%d %H:%M}Z"
