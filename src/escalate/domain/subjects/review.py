"""Which decisions are to be looked at again because a subject was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.state import MADE
from escalate.domain.decision.triggers import SIGHTING, parts
from escalate.domain.timeline.judgements import DecisionReopened

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident


def to_reopen(incident: Incident, handle: str, *, named_only: bool = False) -> list[DecisionReopened]:
    """`named_only`: those that name it, or what it is held to be; it was not a subject of this incident before."""
    if incident.judgement is None:
        return []
    links = incident.case.links if incident.case else []
    same = {handle, *(one["other"] for one in links if one["subject"] == handle)}
    same |= {one["subject"] for one in links if one["other"] == handle}
    wanted = {("subject", one) for one in same} | (set() if named_only else {(SIGHTING, "")})
    return [
        DecisionReopened(decision=one["id"], because=f"subject:{handle}")
        for one in incident.judgement.decisions.values()
        if one["state"] == MADE and wanted & _triggers(one["review_on"])
    ]


def _triggers(written: Any) -> set[tuple[str, str]]:
    """What came from elsewhere need not have the shape that is written here."""
    said = [on for on in written if isinstance(on, str)] if isinstance(written, list) else []
    return {known for on in said if (known := parts(on)) is not None}
