"""Response targets, as commands that only look need them: a file that cannot be used keeps nobody from looking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.cli.session import Session
    from escalate.domain.incident.state import Incident
    from escalate.domain.incident.targets import Target, Targets


def targets(session: Session) -> Targets:
    """Those in force; none, and a word about it, where the team's own scale cannot be read."""
    try:
        return session.wiring.targets
    except Misconfigured as error:
        session.say(f"Note: response targets are not looked at. {error.message.splitlines()[0]} {error.hint}")
        return {}


def targets_of(session: Session, incident: Incident, now: datetime) -> list[Target]:
    from escalate.app.targets import standing

    return standing(session.store, incident, targets(session), now)
