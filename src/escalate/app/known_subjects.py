"""What the record says of a handle, to somebody who may not read all of it: what they may not read is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.shown import DECISION, public
from escalate.domain.instants import from_text
from escalate.domain.subjects.handles import as_typed
from escalate.domain.timeline.words import mask
from escalate.errors import NotFound, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escalate.app.ports import Reading
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster


def may_read(incident: Incident, actor: str, person: str | None, roster: Roster) -> bool:
    return incident.access is None or incident.access.admits(actor, person, roster)


def resolved(look: Reading, given: str, actor: str, person: str | None, roster: Roster) -> str:
    """The handle that `given` is or begins. What was given is never repeated: it may be a value."""
    begins = as_typed(given)
    known = [
        handle
        for handle in (look.handles_like(begins) if begins else [])
        if _readable(look, look.sightings(handle), actor, person, roster)
    ]
    if begins in known:
        return str(begins)
    if len(known) == 1:
        return known[0]
    if known:
        raise Usage(f"That begins several handles: {', '.join(known)}.", hint="Give one more letter.")
    raise NotFound(
        "No subject that you may read of is called that.",
        hint="A handle looks like S-7KQ2. To ask for a value: escalate subject seen --type T",
    )


def sighted(look: Reading, handles: Iterable[str], actor: str, person: str | None, roster: Roster) -> dict[str, Any]:
    """`sightings`, oldest first, and `linked`: what is held to be the same, with where that was seen."""
    wanted = list(handles)
    sightings = [one for handle in wanted for one in _sightings(look, handle, actor, person, roster)]
    linked = []
    for handle in wanted:
        for row, incident in _readable(look, look.links(handle), actor, person, roster):
            case = incident.case
            said = next((one for one in (case.links if case else []) if one["entry"] == row["entry"]), None)
            if said is None:
                continue
            other = row["other"] if row["handle"] == handle else row["handle"]
            beyond = _sightings(look, other, actor, person, roster)
            linked.append({
                "handle": handle,
                "other": other,
                "ref": incident.ref,
                "seq": row["seq"],
                "at": from_text(said["at"]).isoformat(),
                "by": said["by"],
                "why": mask(said["why"]) if incident.sensitive else said["why"],
                "seen_in": list(dict.fromkeys(one["ref"] for one in beyond)),
            })  # fmt: skip
    return {"sightings": sorted(sightings, key=lambda one: (one["at"], one["ref"], one["seq"])), "linked": linked}


def _sightings(look: Reading, handle: str, actor: str, person: str | None, roster: Roster) -> list[dict[str, Any]]:
    found = []
    for row, incident in _readable(look, look.sightings(handle), actor, person, roster):
        case = incident.case
        said = next((one for one in (case.sightings if case else []) if one["entry"] == row["entry"]), None)
        if said is None:
            continue
        found.append({
            "handle": handle,
            "type": row["type"],
            "relation": row["relation"],
            "ref": incident.ref,
            "code_name": incident.code_name,
            "severity": incident.severity,
            "status": incident.status,
            "seq": row["seq"],
            "at": from_text(said["at"]).isoformat(),
            "by": said["by"],
        })  # fmt: skip
    return found


def decided(
    look: Reading, found: dict[str, Any], actor: str, person: str | None, roster: Roster
) -> list[dict[str, Any]]:
    """The decisions of the incidents it was seen in; `named` are those that are to be looked at again because of it."""
    handles = {one["handle"] for one in found["sightings"]}
    rows = [row for handle in handles for row in look.sightings(handle)]
    decisions = []
    seen: set[str] = set()
    for _row, incident in _readable(look, rows, actor, person, roster):
        if incident.id in seen or incident.judgement is None:
            continue
        seen.add(incident.id)
        for one in incident.judgement.decisions.values():
            hide = incident.sensitive or "sensitive" in one["labels"]
            shown = public(DECISION, one, incident, hide=hide)
            named = any(trigger.upper().removeprefix("SUBJECT:") in handles for trigger in one["review_on"])
            decisions.append({
                **{name: shown[name] for name in ("ref", "id", "question", "choice", "state", "by", "at")}, "named": named
            })  # fmt: skip
    return sorted(decisions, key=lambda one: (str(one["at"]), one["ref"]))


def _readable(
    look: Reading, rows: Iterable[dict[str, Any]], actor: str, person: str | None, roster: Roster
) -> list[tuple[dict[str, Any], Incident]]:
    known: dict[str, Incident | None] = {}
    found = []
    for row in rows:
        if row["incident"] not in known:
            # Where others write at once, looking must not keep them waiting.
            known[row["incident"]] = getattr(look, "glance", look.incident)(row["incident"])
        incident = known[row["incident"]]
        if incident is not None and may_read(incident, actor, person, roster):
            found.append((row, incident))
    return found
