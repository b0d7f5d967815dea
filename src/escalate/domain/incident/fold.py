"""From timeline to incident: one event at a time, in order of seq."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.incident.harm import is_sensitive
from escalate.domain.incident.severity import worst
from escalate.domain.incident.state import CLOSED, MITIGATED, OPEN, RESOLVED, Fact, Head, Incident
from escalate.domain.instants import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from escalate.domain.oncall.duty import Duty
    from escalate.domain.oncall.page import Page
    from escalate.domain.timeline.entry import Entry


def fold(entries: Iterable[Entry], incident: Incident | None = None) -> Incident | None:
    left = iter(entries)
    for entry in left:
        if entry.body is None:
            return _fold_restored([entry, *left], incident)
        incident = apply(incident, entry)
    return incident


def _fold_restored(entries: list[Entry], incident: Incident | None) -> Incident | None:
    """Of what was erased as much counts as a later entry has kept of it."""
    from escalate.domain.timeline.erasing import restored

    for entry in restored(entries):
        incident = apply(incident, entry)
    return incident


def apply(incident: Incident | None, entry: Entry) -> Incident:
    """The incident after `entry`. The first entry must open it, or ValueError is raised: the timeline is damaged."""
    event: Any = entry.event
    head = Head(seq=entry.seq, digest=entry.digest, recorded_at=entry.recorded)
    if incident is None:
        if event.kind == "oncall.opened":
            return _on_call_record(entry).but(head=head)
        if event.kind == "incident.recalled":
            return _recalled(event, entry).but(head=head)
        if event.kind != "incident.opened":
            raise ValueError(f"{entry.incident}: entry {entry.seq} ({entry.kind}) does not open an incident")
        return _opened(event, entry).but(head=head)
    if incident.duty is not None:
        return incident.but(duty=_duty(incident.duty, entry), head=head)
    if incident.resting:
        from escalate.domain.incident.resting import woken

        incident = woken(incident, entry)
    if event.kind in PACED:
        from escalate.domain.incident.targets import after

        incident = _after(incident.but(reached=after(incident, event, entry)), event, entry)
        return incident.but(head=head)
    return _after(incident, event, entry).but(head=head)


PACED = frozenset({
    "incident.reopened", "severity.changed", "page.acknowledged", "page.step_fired", "assessment.finalised",
    "team.pinged", "report.exported",
})  # fmt: skip
"""Kinds that response targets look at."""


def _on_call_record(entry: Entry) -> Incident:
    from escalate.domain.oncall.duty import Duty

    return Incident(
        id=entry.incident,
        number=0,
        code_name="",
        title="Who is on call",
        severity="SEV4",
        peak_severity="SEV4",
        opened_at=entry.at,
        opened_by=entry.actor,
        duty=Duty(),
    )


def _duty(duty: Duty, entry: Entry) -> Duty:
    from escalate.domain.oncall.duty import after

    return after(duty, entry)


def _after(incident: Incident, event: Any, entry: Entry) -> Incident:
    match event.kind:
        case "incident.numbered":
            return incident.but(number=event.number)
        case "incident.brought_in":
            return incident.but(resting=True)
        case "incident.recalled":
            return _recalled_again(incident, event)
        case "incident.mitigated":
            return _status(incident, MITIGATED, entry.at)
        case "incident.resolved":
            return _status(incident, RESOLVED, entry.at)
        case "incident.closed":
            closed = incident.but(disposition=event.disposition, worst=event.worst, duplicate_of=event.duplicate_of)
            return _status(closed, CLOSED, entry.at)
        case "incident.reopened":
            undone = {name: at for name, at in incident.changed_at.items() if name == "mitigated"}
            again = incident.but(status=OPEN, changed_at=undone, disposition=None, worst=None, duplicate_of=None)
            return _with_pages(again, lambda paging, page: paging.roused(page, entry.recorded))
        case "severity.changed":
            return incident.but(
                severity=event.severity,
                peak_severity=worst(incident.peak_severity, event.severity),
                provisional=False,
            )
        case "harm.changed":
            return _with_harm(incident, event)
        case "role.assigned":
            named = incident.but(roles={**incident.roles, event.role: event.person})
            return _known_to(named, entry) if incident.access else named
        case "fact.stated":
            return _stated(incident, _fact(event, entry))
        case "entry.corrected":
            return _corrected(incident, event, entry)
        case "entry.withdrawn":
            return _without(incident, event.entry)
        case "message.failed" | "message.gave_up" if event.instead:
            return _with_pages(incident, lambda paging, page: paging.told_instead(page, event.instead))
        case "ticket.asked" | "message.sent":
            return _ticket(incident, event)
        case "assessment.drafted" | "assessment.finalised":
            return _assessed(incident, event, entry)
        case "runbook.started" | "runbook.step_done" | "runbook.step_skipped":
            return _runbook(incident, event, entry)
        case "assessment.expired":
            standing = incident.assessments.get(event.template, {})
            return incident.but(assessments={**incident.assessments, event.template: {**standing, "expired": True}})
        case kind if kind.startswith("page."):
            paged = _paged(incident, event, entry)
            return _known_to(paged, entry) if incident.access and kind == "page.step_fired" else paged
        case kind if kind.startswith("access."):
            return _known_to(incident, entry)
        case kind if kind.partition(".")[0] in CASE:
            return _case(incident, entry)
        case kind if kind.startswith("clock."):
            return _clocked(incident, entry)
        case kind if kind.partition(".")[0] in JUDGED:
            return _judged(incident, entry)
    return incident


def _opened(event: Any, entry: Entry) -> Incident:
    incident = Incident(
        id=entry.incident,
        number=event.number,
        code_name=event.code_name,
        title=event.title,
        title_masked=not {"sensitive", "privileged"}.isdisjoint(entry.label_set),
        severity=event.severity,
        peak_severity=event.severity,
        provisional=event.provisional,
        harm=tuple(event.harm),
        primary=event.primary,
        taxonomy=event.taxonomy,
        imminent=event.imminent,
        child=event.child,
        ongoing=event.ongoing,
        source=event.source,
        quiet=event.quiet,
        restricted=event.restricted,
        drill=event.drill,
        offline=event.offline,
        sensitive=is_sensitive(event.harm),
        marking=event.marking,
        opened_at=entry.at,
        opened_by=entry.actor,
        reached={"imported": entry.occurred_at} if event.imported_from else {},
    )
    if event.restricted:
        incident = _known_to(incident, entry)
    if event.reported_at is None:
        return incident
    said = Fact(
        name="reported",
        at=event.reported_at,
        precision=entry.precision,
        why=event.source or "given when the incident was opened",
        by=entry.actor,
        entry=entry.id,
        seq=entry.seq,
    )
    return _stated(incident, said)


def _recalled(event: Any, entry: Entry) -> Incident:
    """What was known of an incident of the shared record, on the machine that writes on it meanwhile."""
    recalled = Incident(
        id=entry.incident,
        number=event.number,
        code_name=event.code_name,
        title="" if event.number or event.code_name else event.ref,
        status=event.status,
        severity=event.severity,
        peak_severity=event.severity,
        harm=tuple(event.harm),
        restricted=event.restricted,
        drill=event.drill,
        offline=True,
        sensitive=is_sensitive(event.harm),
        marking=event.marking or Incident.marking,
        opened_at=from_text(event.opened_at) if event.opened_at else entry.at,
        opened_by=event.opened_by,
        reached={"imported": entry.occurred_at},  # how soon something was done, only the shared record can tell
    )
    return recalled.but(pages=_recalled_pages(event))


def _recalled_again(incident: Incident, event: Any) -> Incident:
    """What was written here is in the shared record; of what became of it there this is known."""
    if event.opened_at and incident.is_recalled:
        incident = incident.but(opened_at=from_text(event.opened_at), opened_by=event.opened_by)
    return incident.but(
        status=incident.status if event.status == CLOSED else event.status,  # what is reopened there is not known here
        marking=event.marking or incident.marking,
        number=event.number or incident.number,
        code_name=event.code_name or incident.code_name,
        severity=event.severity,
        peak_severity=worst(incident.peak_severity, event.severity),
        harm=tuple(event.harm),
        restricted=event.restricted,
        sensitive=incident.sensitive or is_sensitive(event.harm),
        pages=_recalled_pages(event),
    )


def _recalled_pages(event: Any) -> dict[str, Page]:
    if not event.pages:
        return {}
    from escalate.domain.oncall.page import Page

    pages = [Page.from_plain(page) for page in event.pages]
    return {page.id: page for page in pages}


def _with_harm(incident: Incident, event: Any) -> Incident:
    """What was sensitive once stays so; what becomes so is for nobody else, as if it had been opened with it."""
    changed = incident.but(harm=tuple(event.harm), primary=event.primary, taxonomy=event.taxonomy)
    return changed.but(sensitive=True, marking="TLP:RED") if is_sensitive(event.harm) else changed


def _status(incident: Incident, status: str, at: datetime) -> Incident:
    changed = incident.but(status=status, changed_at={**incident.changed_at, status: at})
    return changed if status == MITIGATED else _with_pages(changed, lambda paging, page: paging.at_rest(page))


def _with_pages(incident: Incident, change: Callable[[Any, Page], Page]) -> Incident:
    """Most incidents have no page; they need not know what one is."""
    if not incident.pages:
        return incident
    from escalate.domain.oncall import page as paging

    return incident.but(pages={id_: change(paging, page) for id_, page in incident.pages.items()})


def _fact(event: Any, entry: Entry) -> Fact:
    return Fact(
        name=event.name,
        at=entry.at,
        precision=entry.precision,
        why=event.why,
        by=entry.actor,
        entry=entry.id,
        seq=entry.seq,
    )


def _stated(incident: Incident, fact: Fact) -> Incident:
    return incident.but(facts={**incident.facts, fact.name: [*incident.facts.get(fact.name, []), fact]})


def _corrected(incident: Incident, event: Any, entry: Entry) -> Incident:
    def mend(fact: Fact) -> Fact:
        if fact.entry != event.entry:
            return fact
        precision = entry.precision if event.at else fact.precision
        return fact.but(at=event.at or fact.at, precision=precision, why=event.text or fact.why)

    return incident.but(facts={name: [mend(f) for f in stated] for name, stated in incident.facts.items()})


def _without(incident: Incident, entry_id: str) -> Incident:
    kept = {name: [f for f in stated if f.entry != entry_id] for name, stated in incident.facts.items()}
    return incident.but(facts={name: stated for name, stated in kept.items() if stated})


def _ticket(incident: Incident, event: Any) -> Incident:
    if event.kind == "message.sent" and event.to.startswith("ticket:"):
        return incident.but(ticket=event.remote, ticket_link=event.link or None)
    return incident


def _assessed(incident: Incident, event: Any, entry: Entry) -> Incident:
    before = incident.assessments.get(event.template, {})
    final = event.kind == "assessment.finalised"
    merged = event.answers if final else {**before.get("answers", {}), **event.answers}
    now = {
        "version": event.version,
        "status": "final" if final else "draft",
        "answers": {name: answer for name, answer in merged.items() if answer is not None},
        "by": entry.actor,
        "at": entry.recorded_at,
        "seq": entry.seq,
        # Whoever begins a new draft has not looked again yet: only the next final one does away with the moment.
        "until": (to_text(event.until) if event.until else None) if final else before.get("until"),
        "expired": not final and before.get("expired", False),
        "final": entry.seq if final else before.get("final"),
    }
    return incident.but(assessments={**incident.assessments, event.template: now})


def _runbook(incident: Incident, event: Any, entry: Entry) -> Incident:
    if event.kind == "runbook.started":
        now: dict[str, Any] = {
            "steps": list(event.steps),
            "done": [],
            "skipped": [],
            "started_at": entry.recorded_at,
        }
    else:
        list_name = "done" if event.kind == "runbook.step_done" else "skipped"
        before = incident.runbooks.get(event.runbook)
        if before is None:
            return incident
        now = {**before, list_name: sorted({*before[list_name], event.step})}
    return incident.but(runbooks={**incident.runbooks, event.runbook: now})


JUDGED = frozenset({"decision", "action", "question", "impact", "approval"})


CASE = frozenset({"subject", "authority", "referral", "hold"})


def _known_to(incident: Incident, entry: Entry) -> Incident:
    from escalate.domain.incident.access import Access, after

    access = after(incident.access or Access(), entry)
    return incident.but(access=access, restricted=access.restricted)


def _case(incident: Incident, entry: Entry) -> Incident:
    from escalate.domain.incident.case import Case, after

    return incident.but(case=after(incident.case or Case(), entry))


def _clocked(incident: Incident, entry: Entry) -> Incident:
    from escalate.domain.clocks.running import Clocks, after

    return incident.but(clocks=after(incident.clocks or Clocks(), entry))


def _judged(incident: Incident, entry: Entry) -> Incident:
    from escalate.domain.decision.state import Judgement, after

    return incident.but(judgement=after(incident.judgement or Judgement(), entry))


def _paged(incident: Incident, event: Any, entry: Entry) -> Incident:
    from escalate.domain.oncall import page as paging

    if event.kind == "page.opened":
        opened = paging.opened(event, entry.recorded)
        if any(page.number == opened.number for page in incident.pages.values()):  # two that were written apart
            opened = opened.but(number=max(page.number for page in incident.pages.values()) + 1)
        return incident.but(pages={**incident.pages, event.page: opened})
    page = incident.pages.get(getattr(event, "page", ""))
    if page is None:
        return incident
    # A step runs from when it was recorded; an answer counts from when it was given.
    at = entry.at if event.kind == "page.acknowledged" else entry.recorded
    return incident.but(pages={**incident.pages, page.id: paging.apply(page, event, at, entry.recorded)})
