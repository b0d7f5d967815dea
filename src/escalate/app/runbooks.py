"""What one can ask of runbooks: which fit, how far one is, and to tick its steps off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.ledger import Written
from escalate.app.library import OWN
from escalate.domain.runbook.runbook import fits
from escalate.domain.timeline.events import RunbookStarted, RunbookStepDone, RunbookStepSkipped
from escalate.errors import Misconfigured, NotFound, Refused, Usage

if TYPE_CHECKING:
    from escalate.app.ledger import Ledger
    from escalate.app.library import Library
    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.runbook.runbook import Runbook

OPEN, DONE, SKIPPED = "open", "done", "skipped"


def listed(library: Library, store: Store | None = None, incident_id: str | None = None) -> list[dict[str, Any]]:
    """All runbooks, the team's own first; `fits` and `progress` for one incident, None without one."""
    incident = _incident(store, incident_id) if store and incident_id else None
    rows = []
    for name, (_, origin) in library.runbooks().items():
        try:
            rows.append(_row(library.runbook(name), origin, incident))
        except Misconfigured as error:
            rows.append({"name": name, "origin": origin, "problem": error.message})
    return sorted(rows, key=lambda row: (not row.get("fits"), row["origin"] != OWN, row["name"]))


def _row(runbook: Runbook, origin: str, incident: Incident | None) -> dict[str, Any]:
    return {
        "name": runbook.name,
        "title": runbook.title,
        "summary": runbook.summary,
        "version": runbook.version,
        "harm": list(runbook.harm),
        "severity": runbook.severity,
        "steps": len(runbook.steps),
        "origin": origin,
        "fits": fits(runbook, incident.harm, incident.severity) if incident else None,
        "progress": progress(incident, runbook.name) if incident else None,
        "problem": None,
    }


def show(runbook: Runbook, store: Store | None = None, incident_id: str | None = None) -> dict[str, Any]:
    """The runbook with its steps, and how far an incident is with each."""
    incident = _incident(store, incident_id) if store and incident_id else None
    started = incident.runbooks.get(runbook.name) if incident else None
    return {
        "name": runbook.name,
        "title": runbook.title,
        "summary": runbook.summary,
        "version": runbook.version,
        "harm": list(runbook.harm),
        "severity": runbook.severity,
        "sha256": runbook.sha256,
        "incident": incident.ref if incident else None,
        "started": started is not None,
        "changed_since": started is not None and list(started["steps"]) != [step.text for step in runbook.steps],
        "steps": [
            {**step.plain(), "state": _state(started, step.number) if started else None} for step in runbook.steps
        ],
    }


def start(ledger: Ledger, incident_id: str, runbook: Runbook) -> tuple[Written, dict[str, Any]]:
    """Start a runbook; one that is started stays as it is."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        if runbook.name in incident.runbooks:
            return Written(incident=incident, entries=[]), _standing(incident, runbook.name, changed=False)
        steps = [step.text for step in runbook.steps]
        written = record.append(incident, RunbookStarted(runbook=runbook.name, sha256=runbook.sha256, steps=steps))
    return written, _standing(written.incident, runbook.name, changed=True)


def done(
    ledger: Ledger, incident_id: str, step: int, *, runbook: str | None = None, note: str = ""
) -> tuple[Written, dict[str, Any]]:
    """Tick a step off. A step that is done stays done, and nothing is written."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        name = _chosen(incident, runbook, step)
        if _state(incident.runbooks[name], step) == DONE:
            return Written(incident=incident, entries=[]), _standing(incident, name, changed=False, step=step)
        written = record.append(incident, RunbookStepDone(runbook=name, step=step, note=note.strip()))
    return written, _standing(written.incident, name, changed=True, step=step)


def skip(
    ledger: Ledger, incident_id: str, step: int, *, why: str, runbook: str | None = None
) -> tuple[Written, dict[str, Any]]:
    """Leave a step out, and say why. What is done cannot be skipped any more."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        name = _chosen(incident, runbook, step)
        if not why.strip():
            raise Refused("A step is skipped for a reason.", hint="As: --why 'no account is known yet'")
        state = _state(incident.runbooks[name], step)
        if state == DONE:
            raise Refused(
                f"Step {step} of {name} is done already.",
                hint="If that is wrong, say so: escalate log 'step …'",
            )
        if state == SKIPPED:
            return Written(incident=incident, entries=[]), _standing(incident, name, changed=False, step=step)
        written = record.append(incident, RunbookStepSkipped(runbook=name, step=step, why=why.strip()))
    return written, _standing(written.incident, name, changed=True, step=step)


def progress(incident: Incident, name: str) -> dict[str, Any] | None:
    """How far an incident is with a runbook; None while it is not started."""
    started = incident.runbooks.get(name)
    if started is None:
        return None
    states = [_state(started, number) for number in range(1, len(started["steps"]) + 1)]
    open_ = [number for number, state in enumerate(states, 1) if state == OPEN]
    return {
        "steps": len(states),
        "done": states.count(DONE),
        "skipped": states.count(SKIPPED),
        "next": open_[0] if open_ else None,
    }


def _state(started: dict[str, Any], step: int) -> str:
    """Done counts before skipped: a step left out may still be done later."""
    if step in started["done"]:
        return DONE
    return SKIPPED if step in started["skipped"] else OPEN


def _standing(incident: Incident, name: str, *, changed: bool, step: int | None = None) -> dict[str, Any]:
    """What the command answers. The steps are those the runbook had when it was started."""
    started = incident.runbooks[name]
    return {
        "runbook": name,
        "changed": changed,
        "step": step,
        "progress": progress(incident, name),
        "steps": [
            {"number": number, "text": text, "state": _state(started, number)}
            for number, text in enumerate(started["steps"], 1)
        ],
    }


def _chosen(incident: Incident, runbook: str | None, step: int) -> str:
    """The started runbook that is meant, if it has that step."""
    names = list(incident.runbooks)
    if not names:
        raise Refused(
            f"No runbook is started in {incident.ref}.",
            hint=f"Which fit: escalate runbook list {incident.ref}",
        )
    if runbook is None and len(names) > 1:
        raise Usage(
            f"{incident.ref} has several runbooks started: {', '.join(names)}.",
            hint=f"Say which: --runbook {names[0]}",
        )
    name = runbook or names[0]
    if name not in names:
        raise Refused(
            f"{incident.ref} has not started the runbook {name!r}.",
            hint=f"Started: {', '.join(names)}. To start it: escalate runbook start {name} {incident.ref}",
        )
    last = len(incident.runbooks[name]["steps"])
    if not 1 <= step <= last:
        raise Refused(f"{name} has no step {step}.", hint=f"Its steps are 1 to {last}: escalate runbook show {name}")
    return name


def _incident(store: Store, incident_id: str) -> Incident:
    with store.reading() as tx:
        incident = tx.incident(incident_id)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    return incident
