"""The one line that each kind of entry is to a reader.

One text per kind serves every reader: the words people wrote pass through `show`, which leaves them as they
are or hides them. Who, when, states and severities are facts and stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.text.many import many
from escalate.domain.timeline.phrases import people_named, person_named, unbroken, worded

if TYPE_CHECKING:
    from escalate.domain.timeline.event import Event
    from escalate.domain.timeline.phrases import Naming, Showing


def said(event: Event, name_of: Naming | None, seq_of: Naming | None, show: Showing) -> str:
    return _said(event, name_of or _bare, seq_of or _an_entry, show)


def _bare(to: str) -> str:
    return to.partition(":")[2] or to


def _an_entry(_id: str) -> str:
    return "an entry"


def _said(event: Any, name_of: Naming, seq_of: Naming, show: Showing) -> str:
    family, _, _ = event.kind.partition(".")
    if family == "message":
        return _message(event, name_of, show)
    if family in {"page", "team", "ticket", "courier"}:
        return _telling(event, name_of, show) + _which(event, name_of)
    if family in {"note", "fact", "entry", "text"}:
        return _statement(event, seq_of, show)
    if family in {"incident", "severity", "role", "harm"}:
        return _incident(event, name_of, show)
    if family in {"oncall", "override", "temporary", "preferences", "handoff", "shift"}:
        from escalate.domain.timeline.duty_sentences import on_call

        return on_call(event, name_of, show)
    if family in {"decision", "approval", "question", "action", "impact"}:
        from escalate.domain.timeline.judgement_sentences import judged

        return judged(event, name_of, show)
    if family == "clock":
        from escalate.domain.timeline.clock_sentences import of_clock

        return of_clock(event, show)
    if family == "access":
        from escalate.domain.timeline.case_sentences import known_to

        return known_to(event, name_of, show)
    if family in {"subject", "authority", "referral", "hold"}:
        from escalate.domain.timeline.case_sentences import about

        return about(event, name_of, seq_of, show)
    return _judgement(event, show) or event.kind or event.of


def _incident(event: Any, name_of: Naming, show: Showing) -> str:
    match event.kind:
        case "incident.opened":
            return _opened(event, show)
        case "incident.numbered":
            return f"Numbered INC-{event.number} here"
        case "incident.recalled":
            return f"Written on this machine for {event.ref}, while the record could not be reached"
        case "incident.brought_in":
            return "Brought in from another record: nothing happens to it by itself here until somebody works on it"
        case "incident.mitigated":
            return worded("Mitigated", event.summary, show)
        case "incident.resolved":
            return worded("Resolved", event.summary, show)
        case "incident.closed":
            of = f" of {event.duplicate_of}" if event.duplicate_of else ""
            closed = f"Closed as {event.disposition.replace('-', ' ')}{of}, {event.worst} at worst"
            return worded(closed, event.why, show)
        case "incident.reopened":
            return worded("Reopened", event.why, show)
        case "severity.changed":
            if event.severity == event.was:
                return worded(f"Severity confirmed {event.severity}", event.why, show)
            way = "raised" if event.severity < event.was else "lowered"
            second = f" ({event.approval})" if event.approval else ""
            return worded(f"Severity {way} {event.was} → {event.severity}{second}", event.why, show)
        case "harm.changed":
            others = [slug for slug in event.harm if slug != event.primary]
            beside = f", beside it {', '.join(others)}" if others else ""
            return worded(f"Harm is {event.primary}{beside} ({event.taxonomy})", event.why, show)
        case "role.assigned":
            return f"{event.role} is {person_named(event.person, name_of)}"
    return str(event.kind)


def _opened(event: Any, show: Showing) -> str:
    facts = [f"{event.severity} (provisional)" if event.provisional else event.severity, *event.harm]
    facts += [word for word in ("imminent", "ongoing") if getattr(event, word)]
    facts += ["a child is involved"] if event.child else []
    facts += [f"reported by {event.source}"] if event.source else []
    facts += ["imported"] if event.imported_from else []
    facts += ["quietly, nobody was told"] if event.quiet else []
    drill = "DRILL: " if event.drill else ""
    facts += ["while the record could not be reached"] if event.offline else []
    name = f"INC-{event.number} {event.code_name}" if event.number else event.code_name
    return worded(f"{drill}Opened {name}, {', '.join(facts)}", event.title, show)


def _statement(event: Any, seq_of: Naming, show: Showing) -> str:
    match event.kind:
        case "note.added":
            return show(event.text) if event.text else ""
        case "fact.stated":
            return worded(f"Fact {event.name}", event.why, show)
        case "entry.corrected":
            return _corrected(event, seq_of(event.entry), show)
        case "entry.withdrawn":
            to = f", moved to {event.moved_to}" if event.moved_to else ""
            return worded(f"Withdrew {seq_of(event.entry)}{to}", event.why, show)
        case "entry.labelled":
            labels = ", ".join(event.labels) or "no labels"
            return worded(f"Labelled {seq_of(event.entry)}: {labels}", event.why, show)
        case "entry.flagged":
            what = "its clock was off" if event.mark == "clock" else "it could no longer be so when it came in"
            return f"MARK on {seq_of(event.entry)}: {what}: {event.why}"  # our words, nobody's own
        case "entry.erase_asked":
            return worded(f"Asked to erase {seq_of(event.entry)}", event.why, show)
        case "entry.erased":
            return worded(f"Erased {seq_of(event.entry)}", event.why, show)
        case "text.revealed":
            numbers = ", ".join(f"#{number}" for number in event.entries)
            return worded(f"Looked at masked text of {numbers or 'this incident'}", event.why, show)
    return str(event.kind)


def _corrected(event: Any, entry: str, show: Showing) -> str:
    changes = []
    if event.at is not None:
        changes.append(f"it happened at {event.at:%Y-%m-%d %H:%M:%SZ}")
    if event.text is not None:
        changes.append(f"it reads {show(unbroken(event.text))}")
    return worded(f"Corrected {entry}: {', '.join(changes)}" if changes else f"Corrected {entry}", event.why, show)


def _which(event: Any, name_of: Naming) -> str:
    """Which page an entry is about, where there are several: then `name_of` says `page 2`."""
    page = getattr(event, "page", None)
    named = name_of(f"page:{page}") if page and event.kind != "page.opened" else ""
    return f" ({named})" if named.startswith("page ") else ""


def _telling(event: Any, name_of: Naming, show: Showing) -> str:
    match event.kind:
        case "page.opened":
            test = "Test page" if event.test else "Page"
            because = f" ({unbroken(event.because)})" if event.because else ""
            return f"{test} {event.number} opened to {_target(event.target, name_of)}{because}"
        case "page.step_fired":
            return f"Paging {people_named(event.people, name_of)}{_by(event.ways)}: {_step(event)}{_left_out(event, name_of)}"
        case "page.step_skipped":
            targets = ", ".join(_target(target, name_of) for target in event.targets)
            left = _left_out(event, name_of)
            return f"Nobody to page behind {targets or 'this step'}: {_step(event)} skipped{left}"
        case "page.acknowledged":
            hand = ", second-hand" if event.second_hand else ""
            return worded(f"Acknowledged by {person_named(event.by, name_of)}{hand}", event.heard, show)
        case "page.declined":
            heard = f" ({show(unbroken(event.heard))})" if event.heard else ""
            return worded(f"Declined by {person_named(event.by, name_of)}{heard}", event.why, show)
        case "page.worked":
            return f"Page stays acknowledged: somebody wrote here at {event.at:%Y-%m-%d %H:%M:%SZ}"
        case "page.unworked":
            return f"Page begins again: nobody has written here since {event.since:%Y-%m-%d %H:%M:%SZ}"
        case "page.escalated":
            return worded("Page escalated to its next step", event.why, show)
        case "page.exhausted":
            told = f"; telling {_target(event.fallback, name_of)}" if event.fallback else ""
            return f"Page ran out of steps, nobody acknowledged{told}{_by(event.ways)}"
        case "page.cancelled":
            return worded("Page cancelled", event.why, show)
        case "team.pinged":
            because = f" ({unbroken(event.because)})" if event.because else ""
            return worded(f"Pinged {name_of('team:' + event.team)}{because}", event.text, show)
        case "ticket.asked":
            return f"Ticket asked for in {event.via}"
        case "courier.missing":
            missing = f". Not told yet: {people_named(event.waiting, name_of)}" if event.waiting else ""
            return f"Nothing delivers messages: {unbroken(event.why)}{missing}"
    return str(event.kind)


def _message(event: Any, name_of: Naming, show: Showing) -> str:
    if event.kind not in OUTCOMES:
        return str(event.kind)
    ticket = event.to.startswith("ticket:")
    to = "whoever is at the console" if event.to == "person:" else name_of(event.to)
    what = f"Ticket via {event.via}" if ticket else f"Message to {to} via {event.via}"
    outcome = f"opened as {event.remote}" if ticket and event.kind == "message.sent" else OUTCOMES[event.kind]
    often = f" (attempt {event.attempts})" if event.attempts > 1 else ""
    if event.kind == "message.told":
        return worded(f"{what}: {outcome}{often}", event.how, show)
    if event.bundle:
        often += ", with others as one message"
    why = f": {unbroken(event.why)}" if getattr(event, "why", "") else ""
    instead = _by(getattr(event, "instead", []))
    return f"{what}: {outcome}{often}{why}{'; now' + instead if instead else ''}"


OUTCOMES = {
    "message.sent": "sent",
    "message.delivered": "delivered",
    "message.shown": "shown on the console, to be passed on",
    "message.told": "passed on by hand",
    "message.failed": "failed",
    "message.unknown": "no answer, it may have arrived",
    "message.gave_up": "given up",
    "message.bundled": "not sent by itself, another one says the same",
    "message.cancelled": "cancelled",
    "message.retried": "to be tried again",
}


def _judgement(event: Any, show: Showing) -> str:
    match event.kind:
        case "assessment.drafted":
            count = len(event.answers)
            return f"Assessment {event.template} drafted: {count} answer{'' if count == 1 else 's'}"
        case "assessment.finalised":
            return f"Assessment {event.template} final (template version {event.version}){_weighing(event)}"
        case "assessment.expired":
            return f"Assessment {event.template} was final for a time that is over"
        case "runbook.chosen":
            return f"Runbook {event.runbook} fits; nobody has started it"
        case "runbook.started":
            return f"Runbook {event.runbook} started: {many(len(event.steps), 'step')}"
        case "runbook.step_done":
            return worded(f"Runbook {event.runbook}: step {event.step} done", event.note, show)
        case "runbook.step_skipped":
            return worded(f"Runbook {event.runbook}: step {event.step} skipped", event.why, show)
        case "report.exported":
            left = f", {many(event.left_out, 'entry')} left out" if event.left_out else ""
            what = f"Exported {event.report} as {event.format} for {event.audience}"
            return f"{what}, {event.marking}, up to #{event.up_to}{left}"
    return ""


def _weighing(event: Any) -> str:
    """`: imminent no → yes; until 2026-11-21 22:00:00Z`. What changed are choices and numbers, never anybody's words."""
    from escalate.domain.assessment.difference import in_short

    parts = [
        f"{one['field'].replace('_', ' ')} {in_short(one['was'])} → {in_short(one['now'])}" for one in event.changed
    ]
    parts += [f"until {event.until:%Y-%m-%d %H:%M:%SZ}"] if event.until else []
    return f": {', '.join(parts)}" if parts else ""


def _step(event: Any) -> str:
    return f"step {event.step}" + (f", pass {event.pass_}" if event.pass_ > 1 else "")


def _left_out(event: Any, name_of: Naming) -> str:
    """Who would have been asked and was not. Why somebody is not eligible is nobody's business."""
    found = ""
    if event.not_eligible:
        found += f"; not eligible: {people_named(event.not_eligible, name_of)}"
    if declined := getattr(event, "declined", []):
        found += f"; declined: {people_named(declined, name_of)}"
    return found


def _by(ways: list[dict[str, Any]]) -> str:
    vias = dict.fromkeys(str(way.get("via", "")) for way in ways)
    return f" via {', '.join(vias)}" if vias else ""


def _target(target: str, name_of: Naming) -> str:
    kind, _, name = target.partition(":")
    return name_of(target) if kind in {"person", "team"} else f"{kind} {name}" if name else target
