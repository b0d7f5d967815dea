"""How an incident stands by the response targets of its severity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.incident import targets as rules

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.incident.targets import Target, Targets


def standing(store: Store, incident: Incident, targets: Targets, now: datetime) -> list[Target]:
    """What is met, due and late; which team is Legal, the roster says as it is now."""
    if incident.severity not in targets:
        return []
    with store.reading() as look:
        roster = look.roster()
    return rules.standing(incident, targets, roster, now)
