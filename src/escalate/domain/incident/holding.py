"""What must be kept: who may say so, and what may not be erased while they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.decision.state import next_id
from escalate.domain.incident.case import Case
from escalate.domain.incident.rules import said
from escalate.domain.timeline.erasing import NEVER, words_in
from escalate.domain.timeline.outward import HoldPlaced, HoldReleased
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.entry import Entry

LEGAL = "privileged"
"""Whoever reads this label is Legal."""


def refuse_others(roster: Roster, person: str | None) -> None:
    if LEGAL not in roster.reads(person):
        raise Refused(
            "Only Legal places and releases holds.",
            hint='In the roster, a person of a team with reads = ["privileged"] may.',
        )


def place(incident: Incident, matter: str, scope: str, custodians: tuple[str, ...]) -> HoldPlaced:
    return HoldPlaced(
        hold=next_id("H", (incident.case or Case()).holds),
        matter=said(matter, "The matter"),
        scope=said(scope, "The scope"),
        custodians=[said(one, "The custodian") for one in dict.fromkeys(custodians)],
    )


def release(incident: Incident, ref: str | None, why: str) -> HoldReleased:
    case = incident.case or Case()
    if ref is None:
        standing = [one["hold"] for one in case.held]
        if len(standing) != 1:
            names = ", ".join(standing) or "none"
            error = Usage if standing else NotFound
            raise error(f"{incident.ref} has no single hold that stands: {names}.", hint="See them: escalate hold list")
        ref = standing[0]
    known = case.holds.get(ref.strip().upper())
    if known is None:
        names = ", ".join(case.holds) or "none"
        raise NotFound(f"{incident.ref} has no hold {ref!r}.", hint=f"There are: {names}.")
    if known not in case.held:
        raise Refused(f"{known['hold']} was released already.", hint=f"See it: escalate hold list {incident.ref}")
    return HoldReleased(hold=known["hold"], why=said(why, "The reason"))


def refuse_to_erase(incident: Incident, target: Entry) -> None:
    """Raises Refused where the words of an entry may not, or need not, be erased."""
    held = [one["hold"] for one in incident.case.held] if incident.case else []
    if held:
        raise Refused(
            f"{incident.ref} is held ({', '.join(held)}): nothing of it may be erased.",
            hint=f"Legal releases a hold: escalate hold list {incident.ref}",
        )
    if target.body is None:
        raise Refused(f"Entry {target.seq} was erased already.", hint="See who did, and why: escalate timeline --all")
    if target.kind in NEVER:
        raise Refused(
            f"Entry {target.seq} says why something is gone; it stays.", hint="See it: escalate timeline --all"
        )
    if not words_in(target):
        raise Refused(
            f"Entry {target.seq} ({target.kind}) holds nothing that anybody typed: there is nothing to erase.",
            hint="The numbers stand in front of each line: escalate timeline --all",
        )
