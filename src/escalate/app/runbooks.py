"""What one can ask of runbooks: which fit, how far one is, and to tick its steps off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.ledger import Written
from escalate.app.library import OWN
from escalate.domain.runbook import commands
from escalate.domain.runbook.runbook import fits, obstacles
from escalate.domain.timeline.events import RunbookStarted, RunbookStepDone, RunbookStepSkipped
from escalate.errors import Misconfigured, NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    about = incident.harm if incident else ()

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        aside = _aside(row["harm"], about) if row.get("fits") else 0
        return (not row.get("fits"), row["origin"] != OWN, aside, row["name"])

    return sorted(rows, key=order)


def _aside(harm: list[str], about: Iterable[str]) -> int:
    """How much an incident is beside what a runbook is for: it names what it is mainly for first."""
    slugs = {part for slug in about for part in (slug, slug.partition(":")[0])}
    return next((number for number, slug in enumerate(harm) if slug in slugs), len(harm))


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
        "parts": [part.plain() for part in runbook.parts],
        "incident": incident.ref if incident else None,
        "started": started is not None,
        "changed_since": started is not None and list(started["steps"]) != [step.text for step in runbook.steps],
        "steps": [
            {
                **step.plain(),
                "run": None if obstacles(step) else step.run,
                "state": _state(started, step.number) if started else None,
            }
            for step in runbook.steps
        ],
    }


def walk(store: Store, incident_id: str, runbook: Runbook, judge: Callable[[str], str | None]) -> dict[str, Any]:
    """The way through a runbook in an incident: each step with the exact command that is offered to be run, if there is
    one, or why one that it marks is not. The steps are those the runbook had when it was started.
    """
    incident = _incident(store, incident_id)
    started = incident.runbooks.get(runbook.name)
    texts = list(started["steps"]) if started else [step.text for step in runbook.steps]
    return {
        "runbook": runbook.name,
        "title": runbook.title,
        "parts": [part.plain() for part in runbook.parts],
        "incident": incident.ref,
        "started": started is not None,
        "progress": progress(incident, runbook.name),
        "steps": [
            {
                **_offered(runbook, number, text, incident.ref, judge),
                "state": _state(started, number) if started else OPEN,
            }
            for number, text in enumerate(texts, 1)
        ],
    }


def _offered(runbook: Runbook, number: int, text: str, ref: str, judge: Callable[[str], str | None]) -> dict[str, Any]:
    step = runbook.steps[number - 1] if number <= len(runbook.steps) else None
    row: dict[str, Any] = {"number": number, "section": "", "text": text, "detail": "", "run": None, "refused": []}
    if step is None or step.text != text:
        return {**row, "refused": ["the file has changed since the runbook was started here."]}
    refused = obstacles(step, judge)
    run = commands.typed(commands.filled(step.run, ref)) if step.run and not refused else None
    return {**row, "section": step.section, "detail": step.detail, "run": run, "refused": refused}


def chosen(store: Store, incident_id: str, name: str | None) -> str:
    """The runbook to work through: the one that is named, else the only one that is started."""
    return name or _only(_incident(store, incident_id), "escalate runbook run")


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
    name = runbook if runbook and names else _only(incident, "--runbook")
    if name not in names:
        raise Refused(
            f"{incident.ref} has not started the runbook {name!r}.",
            hint=f"Started: {', '.join(names)}. To start it: escalate runbook start {name} {incident.ref}",
        )
    last = len(incident.runbooks[name]["steps"])
    if not 1 <= step <= last:
        raise Refused(f"{name} has no step {step}.", hint=f"Its steps are 1 to {last}: escalate runbook show {name}")
    return name


def _only(incident: Incident, before: str) -> str:
    """The runbook that is started; `before` is what stands before its name where there are several."""
    names = list(incident.runbooks)
    if not names:
        raise Refused(
            f"No runbook is started in {incident.ref}.",
            hint=f"Which fit: escalate runbook list {incident.ref}",
        )
    if len(names) > 1:
        raise Usage(
            f"{incident.ref} has several runbooks started: {', '.join(names)}.",
            hint=f"Say which: {before} {names[0]}",
        )
    return names[0]


def _incident(store: Store, incident_id: str) -> Incident:
    with store.reading() as tx:
        incident = tx.incident(incident_id)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    return incident
