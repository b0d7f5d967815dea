"""The one line that each decision, approval, question, action and number is to a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.timeline.phrases import person_named, unbroken, worded

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.timeline.phrases import Naming, Showing


def judged(event: Any, name_of: Naming, show: Showing) -> str:
    match event.kind:
        case "decision.made":
            return _decided(event, show)
        case "decision.reopened":
            if event.because == "date":
                return f"Decision {event.decision} reopened: its day for a review has come"
            return worded(f"Decision {event.decision} reopened", event.because, show)
        case "action.taken":
            return _acted(event, show)
        case "question.asked":
            who = f"{person_named(event.person, name_of)} is asked to decide {event.question} by {_minute(event.due)}"
            many = len(event.options)
            options = f", {many} option{'' if many == 1 else 's'}" if many else ""
            return worded(f"{who}{options}", event.text, show)
        case "question.late":
            return f"Nobody has answered {event.question} in time"
        case "impact.stated":
            number = f"{event.low:,}" if event.low == event.high else f"{event.low:,} to {event.high:,}"
            fact = f"Impact: {number} {event.measure} as of {_minute(event.as_of)}, {event.confidence} confidence"
            return worded(fact, event.basis, show)
    return _approval(event, show)


def _approval(event: Any, show: Showing) -> str:
    from escalate.domain.decision.approvals import described

    match event.kind:
        case "approval.asked" if event.broken:
            act, glass = described(event.act, event.what), "" if event.act == "refer" else "BREAK-GLASS "
            fact = f"{glass}{event.approval}, by one person alone: {act}; to be reviewed by {_minute(event.due)}"
            return worded(fact, event.why, show)
        case "approval.asked":
            fact = f"{event.approval} asks for a second person: {described(event.act, event.what)}; nothing is done yet"
            return worded(fact, event.why, show)
        case "approval.given":
            return worded(f"{event.approval} approved", event.why, show)
        case "approval.refused":
            return worded(f"{event.approval} rejected", event.why, show)
        case "approval.late":
            return f"Nobody has approved or rejected {event.approval} in time"
    return str(event.kind)


def _decided(event: Any, show: Showing) -> str:
    marks = [f"answers {event.answers}"] if event.answers else []
    marks += [f"not to make a {event.declines}"] if event.declines else []
    marks += [f"threshold {event.threshold}"] if event.threshold else []
    marks += [f"clause {event.clause}"] if event.clause else []
    marks += [f"{len(event.dissent)} dissenting"] if event.dissent else []
    marks += [f"to be reviewed {_minute(event.review_at)}"] if event.review_at else []
    marks += [event.approval] if event.approval else []
    fact = f"Decision {event.decision}{_listed(marks)}"
    why = f"; because {show(unbroken(event.reasons))}" if event.reasons else ""
    return f"{fact}: {show(unbroken(event.question))} {show(unbroken(event.choice))}{why}"


def _acted(event: Any, show: Showing) -> str:
    from escalate.domain.decision.actions import name

    marks = [f"reverses {event.reverses}"] if event.reverses else []
    marks += [f"{event.count:,} accounts or items"] if event.count is not None else []
    marks += [f"ground {event.ground}"] if event.ground else []
    marks += [f"clause {event.clause}"] if event.clause else []
    marks += [f"{' and '.join(event.automated)} automated"] if event.automated else []
    marks += [f"from {_minute(event.start)}"] if event.start else []
    marks += [f"until {_minute(event.end)}"] if event.end else []
    marks += [f"by {event.decision}"] if event.decision else []
    marks += [event.approval] if event.approval else []
    fact = f"Action {event.action}, {name(event.what)}{_listed(marks)}"
    told = f"; user notice {show(unbroken(event.notice))}" if event.notice else ""
    return worded(fact, event.scope, show) + told


def _listed(marks: list[str]) -> str:
    return f" ({', '.join(marks)})" if marks else ""


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
