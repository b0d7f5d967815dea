"""What was decided about an incident, asked, approved and done, folded from its timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escalate.domain.incident.state import Incident
    from escalate.domain.incident.timers import Timer
    from escalate.domain.timeline.entry import Entry

MADE, REOPENED, SUPERSEDED = "made", "reopened", "superseded"
ASKED, GIVEN, REFUSED = "asked", "given", "refused"
OPEN, ANSWERED = "open", "answered"


class Judgement(Value):
    """Each keyed by its id (D-1, P-1, A-1, X-1), in the order in which they were made; `impacts` by measure, oldest first.

    Each holds the fields of its event as JSON, and id, by, at, seq, labels. A decision's state is made, reopened or
    superseded; a question's open or answered; an approval's asked, given or refused. `late`: its time has passed.
    """

    decisions: dict[str, dict[str, Any]] = {}
    approvals: dict[str, dict[str, Any]] = {}
    questions: dict[str, dict[str, Any]] = {}
    actions: dict[str, dict[str, Any]] = {}
    impacts: dict[str, list[dict[str, Any]]] = {}

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Judgement:
        return Judgement(**data)

    @property
    def pending(self) -> list[dict[str, Any]]:
        """What waits for somebody else: to be done, or, where it was done already, to be reviewed."""
        return [one for one in self.approvals.values() if one["state"] == ASKED]

    @property
    def unanswered(self) -> list[dict[str, Any]]:
        return [one for one in self.questions.values() if one["state"] == OPEN]

    @property
    def reopened(self) -> list[dict[str, Any]]:
        return [one for one in self.decisions.values() if one["state"] == REOPENED]

    def timers(self, incident: Incident) -> list[Timer]:
        """What happens by itself at a moment. Of a closed incident decisions are looked at again, and what one person did
        alone is still to be reviewed.
        """
        return [*self.reviews(), *self._late(closed=incident.status == "closed")]

    def reviews(self) -> list[Timer]:
        from escalate.domain.incident.timers import Timer
        from escalate.domain.timeline.judgements import DecisionReopened

        return [
            Timer(
                key=f"review/{one['id']}/{one['seq']}",
                at=from_text(one["review_at"]),
                event=DecisionReopened(decision=one["id"], because=BY_DATE),
            )
            for one in self.decisions.values()
            if one["state"] == MADE and one["review_at"]
        ]

    @property
    def unreviewed(self) -> list[dict[str, Any]]:
        """What one person did alone and nobody else has looked at."""
        return [one for one in self.pending if one["broken"]]

    def _late(self, *, closed: bool) -> list[Timer]:
        from escalate.domain.incident.timers import Timer
        from escalate.domain.timeline.judgements import ApprovalLate, QuestionLate

        questions = [one for one in self.unanswered if not one["late"] and not closed]
        approvals = [one for one in (self.unreviewed if closed else self.pending) if not one["late"]]
        return [
            Timer(key=f"question/{one['id']}/{one['seq']}", at=from_text(one["due"]), event=QuestionLate(question=one["id"]))
            for one in questions
        ] + [
            Timer(key=f"approval/{one['id']}/{one['seq']}", at=from_text(one["due"]), event=ApprovalLate(approval=one["id"]))
            for one in approvals
        ]  # fmt: skip


BY_DATE = "date"
"""Why a decision is reopened when its day has come."""


def next_id(letter: str, known: Iterable[str]) -> str:
    """`D-3` after D-1 and D-2. One that was erased does not free its number, unless it was the last."""
    numbers = [int(number) for one in known if (number := one.partition("-")[2]).isdecimal() and len(number) < 10]
    return f"{letter}-{max(numbers, default=0) + 1}"


def after(judgement: Judgement, entry: Entry) -> Judgement:
    """The judgement after one more entry of its families. What does not name anything known changes nothing."""
    event: Any = entry.event
    match event.kind:
        case "decision.made":
            return _decided(judgement, event, entry)
        case "decision.reopened":
            told = {"because": event.because, "at": entry.occurred_at, "by": entry.actor, "seq": entry.seq}
            before = judgement.decisions.get(event.decision, {}).get("reopened", [])
            return _changed(judgement, "decisions", event.decision, state=REOPENED, reopened=[*before, told])
        case "action.taken":
            made = {**_fields(event, entry), "id": event.action, "reversed_by": None}
            done = judgement.but(actions={**judgement.actions, event.action: made})
            return _changed(done, "actions", event.reverses, reversed_by=event.action)
        case "question.asked":
            asked = {**_fields(event, entry), "id": event.question, "state": OPEN, "late": False, "decision": None}
            return judgement.but(questions={**judgement.questions, event.question: asked})
        case "question.late":
            return _changed(judgement, "questions", event.question, late=True)
        case "impact.stated":
            series = [*judgement.impacts.get(event.measure, []), _fields(event, entry)]
            return judgement.but(impacts={**judgement.impacts, event.measure: series})
    return _approved(judgement, event, entry)


def _approved(judgement: Judgement, event: Any, entry: Entry) -> Judgement:
    match event.kind:
        case "approval.asked":
            answer = {"state": ASKED, "late": False, "decided_by": None, "decided_at": None, "decided_why": ""}
            asked = {**_fields(event, entry), "id": event.approval, **answer}
            return judgement.but(approvals={**judgement.approvals, event.approval: asked})
        case "approval.given" | "approval.refused":
            said = {"decided_by": entry.actor, "decided_at": entry.occurred_at, "decided_why": event.why}
            state = GIVEN if event.kind == "approval.given" else REFUSED
            return _changed(judgement, "approvals", event.approval, state=state, **said)
        case "approval.late":
            return _changed(judgement, "approvals", event.approval, late=True)
    return judgement


def _decided(judgement: Judgement, event: Any, entry: Entry) -> Judgement:
    """Whoever asked for the second person decided; the entry is written by whoever approved."""
    approval = judgement.approvals.get(event.approval or "", {})
    made = {**_fields(event, entry), "id": event.decision, "state": MADE, "reopened": [], "superseded_by": None}
    made["by"] = approval.get("by", entry.actor)
    done = judgement.but(decisions={**judgement.decisions, event.decision: made})
    done = _changed(done, "questions", event.answers, state=ANSWERED, decision=event.decision)
    if event.answers == event.decision:
        return done
    return _changed(done, "decisions", event.answers, state=SUPERSEDED, superseded_by=event.decision)


def _fields(event: Any, entry: Entry) -> dict[str, Any]:
    given: dict[str, Any] = event.plain()
    labels = sorted(entry.label_set)
    return {**given, "by": entry.actor, "at": entry.occurred_at, "seq": entry.seq, "labels": labels}


def _changed(judgement: Judgement, of: str, id_: str | None, **changes: Any) -> Judgement:
    all_: dict[str, Any] = getattr(judgement, of)
    if id_ is None or id_ not in all_:
        return judgement
    return judgement.but(**{of: {**all_, id_: {**all_[id_], **changes}}})
