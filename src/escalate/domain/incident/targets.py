"""How soon a team wants to have answered, by severity: what of that is met, what is due, what is late.

The periods are the team's own wish and no law; they stand in the severity scale. Pure: `now` is handed in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.incident.severity import LEVELS
from escalate.domain.instants import from_text
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.entry import Entry

    Targets = Mapping[str, Mapping[str, timedelta]]
    """By severity, and then by name."""

ACKNOWLEDGE, ASSESSMENT, LEGAL, UPDATE = "acknowledge", "assessment", "legal", "update"

NAMES = {
    ACKNOWLEDGE: "somebody acknowledged a page",
    ASSESSMENT: "a first assessment is final",
    LEGAL: "Legal was pinged or paged",
    UPDATE: "a summary, report or ping went out",
}

_M, _H = timedelta(minutes=1), timedelta(hours=1)

SHIPPED: Targets = {
    "SEV0": {ACKNOWLEDGE: 5 * _M, ASSESSMENT: 30 * _M, LEGAL: 15 * _M, UPDATE: _H},
    "SEV1": {ACKNOWLEDGE: 15 * _M, ASSESSMENT: 2 * _H, LEGAL: _H, UPDATE: 4 * _H},
    "SEV2": {ACKNOWLEDGE: _H, ASSESSMENT: 8 * _H, LEGAL: 24 * _H, UPDATE: 24 * _H},
    "SEV3": {ACKNOWLEDGE: 24 * _H},
}
"""Those of templates/severity/core.toml as it comes with escalate; a test holds the two together. They stand here as well
because bare `escalate` would pay for reading that file each time.
"""

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=90)


class Target(Value):
    """`since` is when it began to count. Of an update `met_at` is the last one, and another is due all the same."""

    name: str
    severity: str
    since: datetime
    due: datetime
    met_at: datetime | None
    late: bool
    command: str

    @property
    def state(self) -> str:
        """met, met late, due or late."""
        if self.met_at is None or self.name == UPDATE:
            return "late" if self.late else "due"
        return "met late" if self.late else "met"

    @property
    def open_and_late(self) -> bool:
        return self.state == "late"

    def public(self) -> dict[str, Any]:
        return {
            "target": self.name,
            "severity": self.severity,
            "state": self.state.replace(" ", "-"),
            "since": self.since.isoformat(),
            "due": self.due.isoformat(),
            "met_at": self.met_at.isoformat() if self.met_at else None,
            "command": self.command if self.state in {"due", "late"} else None,
        }


def length(text: str) -> timedelta | None:
    """`5m`, `1h30m`, `24h`, `3d`; None where it is none of these, or no time that a team would aim at."""
    import re

    found = re.fullmatch(r"(?:(\d{1,3}) ?d)? ?(?:(\d{1,4}) ?h)? ?(?:(\d{1,5}) ?m(?:in)?)?", text.strip(), re.ASCII)
    if not found or not any(found.groups()):
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups())
    total = timedelta(days=days, hours=hours, minutes=minutes)
    return total if SHORTEST <= total <= LONGEST else None


# ── what an incident keeps of it ────────────────────────────────────────────────────────────────────────────────────


def after(incident: Incident, event: Any, entry: Entry) -> dict[str, str]:
    """What was reached, and when, after one more entry: the first time, but for updates, where the last counts. `incident`
    is as the entry found it.
    """
    reached, at = incident.reached, entry.occurred_at
    match event.kind:
        case "incident.reopened":
            return {**reached, "reopened": at}
        case "severity.changed":
            begun = [level for level in LEVELS if event.severity <= level < incident.severity]
            return {**reached, **{f"level:{level}": at for level in begun}}
        case "assessment.finalised":
            return _first(reached, at, "assessed")
        case "page.acknowledged" if _is_real(incident, event.page):
            return _first(reached, at, "acknowledged")
        case "page.step_fired" if _is_real(incident, event.page):
            return _first(reached, at, *(f"person:{person}" for person in event.people))
        case "team.pinged":
            pinged = _first(reached, at, f"team:{event.team}")
            return pinged if event.because else {**pinged, "updated": at}
        case "report.exported" if event.report in {"summary", "report"}:
            return {**reached, "updated": at}
    return reached


def _is_real(incident: Incident, page: str) -> bool:
    return page in incident.pages and not incident.pages[page].test


def _first(reached: dict[str, str], at: str, *names: str) -> dict[str, str]:
    return {**reached, **{name: min(at, reached.get(name, at)) for name in names}}


# ── how that compares ───────────────────────────────────────────────────────────────────────────────────────────────


def standing(incident: Incident, targets: Targets, roster: Roster, now: datetime) -> list[Target]:
    """How an incident that is worked on stands; nothing of one that is resolved or closed, or came from elsewhere."""
    wanted = targets.get(incident.severity)
    if not wanted or incident.status not in {"open", "mitigated"} or incident.duty is not None:
        return []
    reached = incident.reached
    if "imported" in reached:
        return []
    begun = [incident.opened_at]
    begun += [from_text(reached[name]) for name in (f"level:{incident.severity}", "reopened") if name in reached]
    since, found = max(begun), []
    for name in (name for name in NAMES if name in wanted):
        met, within = _met(name, reached, roster), wanted[name]
        if name == UPDATE:
            due = max(since, met or since) + within
            late = now > due
        else:
            due = since + within
            late = (met or now) > due
        command = _command(name, incident, roster)
        found.append(
            Target(name=name, severity=incident.severity, since=since, due=due, met_at=met, late=late, command=command)
        )
    return found


def late(
    incidents: Iterable[Incident], targets: Targets, roster: Roster, now: datetime
) -> list[tuple[Incident, Target]]:
    """What is late and not done, the worst incidents first, and what is late for longest first in each."""
    found = [
        (incident, one)
        for incident in incidents
        for one in standing(incident, targets, roster, now)
        if one.open_and_late
    ]
    return sorted(found, key=lambda pair: (pair[0].severity, pair[1].due, pair[0].number))


def _met(name: str, reached: Mapping[str, str], roster: Roster) -> datetime | None:
    if name == LEGAL:
        teams = counsel(roster)
        wanted = {f"team:{team}" for team in teams}
        wanted |= {f"person:{person}" for team in teams if team in roster.teams for person in roster.teams[team].people}
        found = [at for key, at in reached.items() if key in wanted]
        return from_text(min(found)) if found else None
    key = {ACKNOWLEDGE: "acknowledged", ASSESSMENT: "assessed", UPDATE: "updated"}[name]
    return from_text(reached[key]) if key in reached else None


def counsel(roster: Roster) -> list[str]:
    """The teams that are Legal: those that read what is privileged, and one of that name."""
    return [slug for slug, team in roster.teams.items() if "privileged" in team.reads or slug == "legal"]


def _command(name: str, incident: Incident, roster: Roster) -> str:
    match name:
        case "acknowledge":
            waiting = [page for page in incident.unacknowledged if not page.test]
            return (
                f"escalate ack {incident.ref}/{waiting[0].number}"
                if waiting
                else f"escalate page TARGET -i {incident.ref}"
            )
        case "assessment":
            return f"escalate assess triage {incident.ref} --final"
        case "legal":
            teams = counsel(roster)
            return f"escalate ping {teams[0]} -i {incident.ref}" if teams else "escalate apply roster.toml"
    return f"escalate summary {incident.ref}"
