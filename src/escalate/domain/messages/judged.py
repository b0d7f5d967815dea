"""Who is told that a decision is asked of them, that a second person is, or that something must be looked at again.

Pagers are left out where there is another way: none of it is a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.approvals import person_of
from escalate.domain.decision.state import BY_DATE, Judgement
from escalate.domain.instants import from_text
from escalate.domain.messages.owed import Owed, gently
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
    return []


def _question(asked: dict[str, Any] | None, roster: Roster, *, late: bool) -> list[Owed]:
    if asked is None or asked["state"] != "open":
        return []
    values = {"question": asked["id"], "by": _minute(asked["due"]), "late": late}
    return _told([asked["person"]], "question", values, roster)


def _approval(asked: dict[str, Any] | None, incident: Incident, roster: Roster, *, late: bool) -> list[Owed]:
    if asked is None or asked["state"] != "asked":
        return []
    asker = person_of(asked["by"], roster)
    values = {"approval": asked["id"], "by": _minute(asked["due"]), "late": late}
    if asked["broken"]:
        found = _lead(incident, roster, asker) or _fallbacks(incident, roster, asker) or _able(roster, asker)
        return _told(found, "review", values, roster)
    found = _lead(incident, roster, asker) or _counsel(roster, asker) or _able(roster, asker)
    return _told(found, "approval", values, roster)


def _review(decision: dict[str, Any] | None, incident: Incident, roster: Roster) -> list[Owed]:
    """Whoever decided is told, unless they reopened it themselves; where nobody knows them, the lead."""
    if decision is None or not decision["reopened"]:
        return []
    last = decision["reopened"][-1]
    if last["by"] == decision["by"] and last["because"] != BY_DATE:
        return []
    decider = person_of(decision["by"], roster)
    values = {"decision": decision["id"], "approval": "", "by": "", "late": False}
    return _told([decider] if decider else _lead(incident, roster, None), "review", values, roster)


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
