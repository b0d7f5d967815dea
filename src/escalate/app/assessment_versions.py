"""What changed between two versions of an assessment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.assessments import DRAFT, FINAL, hidden
from escalate.domain.assessment import answers as rules
from escalate.domain.assessment.difference import changes as changes_between
from escalate.domain.timeline.events import AssessmentDrafted, AssessmentFinalised
from escalate.errors import NotFound

if TYPE_CHECKING:
    from escalate.app.ports import Store
    from escalate.domain.assessment.template import Template
    from escalate.domain.incident.state import Incident


def difference(store: Store, incident_id: str, template: Template, since: int | None) -> dict[str, Any]:
    """What changed between the last two final versions; or since the one that entry `since` or an earlier one made."""
    with store.reading() as tx:
        incident = tx.incident(incident_id)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    versions = _versions(store, incident, template)
    before, after = _two(incident, template, versions, since)
    was, now = before.pop("answers"), after.pop("answers")
    rows = []
    for change in changes_between(template, was, now):
        field = template.field(change.field)
        hide = any(rules.masked(field, incident, template, answers) for answers in (was, now))
        rows.append(
            {
                "field": change.field,
                "label": field.label if field else change.field,
                "before": hidden(change.was) if hide and change.was is not None else change.was,
                "after": hidden(change.now) if hide and change.now is not None else change.now,
                "masked": hide,
            }
        )
    return {"template": template.name, "from": before, "to": after, "changes": rows}


def _versions(store: Store, incident: Incident, template: Template) -> list[dict[str, Any]]:
    """The assessment as each of its entries left it, oldest first. What was erased changed nothing that is known."""
    found: list[dict[str, Any]] = []
    for page in store.pages_of(incident.id):
        for entry in page:
            if entry.kind not in {AssessmentDrafted.kind, AssessmentFinalised.kind} or entry.body is None:
                continue
            event: Any = entry.event
            if event.template != template.name:
                continue
            final = entry.kind == AssessmentFinalised.kind
            merged = event.answers if final else {**(found[-1]["answers"] if found else {}), **event.answers}
            found.append(
                {
                    "seq": entry.seq,
                    "at": entry.recorded.isoformat(),
                    "by": entry.actor,
                    "version": event.version,
                    "status": FINAL if final else DRAFT,
                    "answers": {name: answer for name, answer in merged.items() if answer is not None},
                }
            )
    return found


def _two(
    incident: Incident, template: Template, versions: list[dict[str, Any]], since: int | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    see = f"See its entries: escalate timeline {incident.ref} --all"
    if since is not None:
        before = [one for one in versions if one["seq"] <= since]
        if not before:
            raise NotFound(f"{incident.ref} had no assessment {template.name} at #{since}.", hint=see)
        return dict(before[-1]), dict(versions[-1])
    final = [one for one in versions if one["status"] == FINAL]
    if len(final) > 1:
        return dict(final[-2]), dict(final[-1])
    if final and final[0] is not versions[-1]:
        return dict(final[0]), dict(versions[-1])
    raise NotFound(
        f"The assessment {template.name} of {incident.ref} was not final twice.", hint=f"{see}, then --diff SEQ."
    )
