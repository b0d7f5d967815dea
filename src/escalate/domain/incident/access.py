"""Who may read a restricted incident. On PostgreSQL the database holds everybody to it; on SQLite it is a mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text
from escalate.domain.value import Value

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident
    from escalate.domain.incident.timers import Timer
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.entry import Entry


class Access(Value):
    """`granted` maps person:NAME, team:NAME or a login to {by, at, seq, how}, where `how` is opened, restricted, granted,
    role, paged or broken. `broken` holds every break-glass as {entry, by, at, why, seq, alarmed}.
    """

    restricted: bool = False
    granted: dict[str, dict[str, Any]] = {}
    broken: list[dict[str, Any]] = []

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Access:
        return Access(**data)

    def admits(self, actor: str, person: str | None, roster: Roster) -> bool:
        """Whether somebody may read: all may, or they were granted it, themselves, by a login of theirs or as one of a team."""
        if not self.restricted:
            return True
        teams = {f"team:{slug}" for slug, team in roster.teams.items() if person in team.people}
        logins = roster.people[person].logins if person in roster.people else ()
        return not self.granted.keys().isdisjoint({actor.partition(":")[2], f"person:{person}", *logins, *teams})

    def timers(self, _incident: Incident) -> list[Timer]:
        """A break-glass is told at once, by whoever sends what is owed: who broke it may not even see who leads."""
        from escalate.domain.incident.timers import Timer
        from escalate.domain.timeline.access import AccessAlarmed

        return [
            Timer(
                key=f"broken/{one['entry']}",
                at=from_text(one["at"]),
                event=AccessAlarmed(broken=one["entry"], by=one["by"]),
            )
            for one in self.broken
            if not one["alarmed"]
        ]


def after(access: Access, entry: Entry) -> Access:
    """By the rule that the database has as well: who opens, restricts, leads, is paged or breaks the glass may read."""
    event: Any = entry.event
    actor = _grantee(entry.actor)
    match event.kind:
        case "incident.opened":
            return _granted(access.but(restricted=True), entry, "opened", actor)
        case "access.restricted":
            return _granted(access.but(restricted=True), entry, "restricted", actor)
        case "access.lifted":
            return access.but(restricted=False)
        case "access.granted":
            return _granted(access, entry, "granted", event.to)
        case "access.revoked":
            return access.but(granted={to: one for to, one in access.granted.items() if to != event.to})
        case "role.assigned":
            return _granted(access, entry, "role", f"person:{event.person}")
        case "page.step_fired":
            return _granted(access, entry, "paged", *(f"person:{person}" for person in event.people))
        case "access.broken":
            one = {"entry": entry.id, "by": entry.actor, "at": entry.recorded_at, "why": event.why, "seq": entry.seq}
            broken = access.but(broken=[*access.broken, {**one, "alarmed": False}])
            return _granted(broken, entry, "broken", actor)
        case "access.alarmed":
            told = [{**one, "alarmed": one["alarmed"] or one["entry"] == event.broken} for one in access.broken]
            return access.but(broken=told)
    return access


def _grantee(actor: str) -> str:
    """An actor as it is granted: a person of the roster, else the bare login."""
    kind, colon, login = actor.partition(":")
    return login if colon and kind in {"os", "db"} else f"person:{actor}"


def _granted(access: Access, entry: Entry, how: str, *to: str) -> Access:
    """Whoever may read already keeps the first reason."""
    fresh = {
        one: {"by": entry.actor, "at": entry.recorded_at, "seq": entry.seq, "how": how}
        for one in to
        if one not in access.granted
    }
    return access.but(granted={**access.granted, **fresh})
