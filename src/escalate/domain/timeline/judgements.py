"""What is decided about an incident, by whom, with whom, and until when: decisions, approvals, questions, actions, clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from escalate.domain.timeline.event import Event

if TYPE_CHECKING:
    from datetime import datetime


# ── kinds of harm ───────────────────────────────────────────────────────────────────────────────────────────────────


class HarmChanged(Event):
    """All harms as they are from here on, and which of them leads."""

    kind: ClassVar[str] = "harm.changed"
    harm: list[str]
    primary: str
    was: list[str]
    taxonomy: str
    why: str


# ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────


class DecisionMade(Event):
    """`options` are {option, pros, cons, harm_if_wrong}, `dissent` {person, view}, `elements` {element, met, evidence}.

    `declines` is referral or report where the decision is not to make one. `clause` and `threshold` bear their version:
    NAME@3. `review_at` and the triggers of `review_on` reopen the question. `answers` is the question it closes,
    `approval` the second person's.
    """

    kind: ClassVar[str] = "decision.made"
    decision: str
    question: str
    choice: str
    reasons: str
    options: list[dict[str, Any]] = []
    clause: str | None = None
    elements: list[dict[str, Any]] = []
    threshold: str | None = None
    dissent: list[dict[str, Any]] = []
    declines: str | None = None
    review_at: datetime | None = None
    review_on: list[str] = []
    answers: str | None = None
    approval: str | None = None


class DecisionReopened(Event):
    """`because` is date, or the trigger that fired, or what a person said."""

    kind: ClassVar[str] = "decision.reopened"
    decision: str
    because: str


class ActionTaken(Event):
    """An enforcement action in the vocabulary of `domain.decision.actions`. `ground` is illegal or terms; `automated` says
    whether detection and decision were: [], [detection], [decision], both. `reverses` is the action it undoes, `count`
    how many accounts or items it was done to.
    """

    kind: ClassVar[str] = "action.taken"
    action: str
    what: str
    scope: str = ""
    ground: str | None = None
    clause: str | None = None
    automated: list[str] = []
    start: datetime | None = None
    end: datetime | None = None
    notice: str = ""
    decision: str | None = None
    reverses: str | None = None
    count: int | None = None
    approval: str | None = None


class QuestionAsked(Event):
    """Somebody is asked to decide. `recommend` counts the options from 1; `due` is when the answer is needed."""

    kind: ClassVar[str] = "question.asked"
    question: str
    person: str
    text: str
    options: list[str] = []
    recommend: int | None = None
    due: datetime


class QuestionLate(Event):
    """The time for an answer has passed and nobody decided."""

    kind: ClassVar[str] = "question.late"
    question: str


class ImpactStated(Event):
    """`low` to `high` of `measure` (people, accounts, items); the same number where it is known."""

    kind: ClassVar[str] = "impact.stated"
    measure: str
    low: int
    high: int
    as_of: datetime
    basis: str
    confidence: str


# ── two people ──────────────────────────────────────────────────────────────────────────────────────────────────────


class ApprovalAsked(Event):
    """`act` is what needs a second person, `what` what exactly is to be done once somebody else approves. `broken`: it was
    done already, by one person with a reason; then it is reviewed by `due`.
    """

    kind: ClassVar[str] = "approval.asked"
    approval: str
    act: str
    what: dict[str, Any]
    why: str
    broken: bool = False
    due: datetime


class ApprovalGiven(Event):
    kind: ClassVar[str] = "approval.given"
    approval: str
    why: str = ""


class ApprovalRefused(Event):
    kind: ClassVar[str] = "approval.refused"
    approval: str
    why: str


class ApprovalLate(Event):
    kind: ClassVar[str] = "approval.late"
    approval: str


# ── clocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class ClockApplies(Event):
    """A person says that a clock applies. `row` is the whole row of the library as it was; zone and holidays are the
    recipient's, each holiday a day with its name behind it. Its deadline is counted from the facts, never from when the
    incident was opened. `own_target` is the team's own, in seconds, where the law names no number; `alerts` are the
    percentages of the time after which somebody is told.
    """

    kind: ClassVar[str] = "clock.applies"
    clock: str
    row: dict[str, Any]
    why: str
    zone: str
    calendar: str | None = None
    holidays: list[str] = []
    own_target: int | None = None
    alerts: list[int] = []


class ClockDismissed(Event):
    kind: ClassVar[str] = "clock.dismissed"
    clock: str
    why: str


class ClockSubmitted(Event):
    """When it was submitted is the entry's `occurred_at`."""

    kind: ClassVar[str] = "clock.submitted"
    clock: str
    reference: str


class ClockDelayed(Event):
    """A ground for delay is recorded; it changes no deadline by itself."""

    kind: ClassVar[str] = "clock.delayed"
    clock: str
    ground: str
    until: datetime | None = None


class ClockStopped(Event):
    kind: ClassVar[str] = "clock.stopped"
    clock: str
    why: str


class ClockRecomputed(Event):
    """A fact it counts from was stated, corrected or withdrawn, and its deadline is another. `was_target` and `target` are
    internal targets, of a clock for which the law names no number.
    """

    kind: ClassVar[str] = "clock.recomputed"
    clock: str
    fact: str
    was: datetime | None = None
    strict: datetime | None = None
    was_target: datetime | None = None
    target: datetime | None = None


class ClockAlerted(Event):
    """Part of the time is over, or all of it: `stage` is a percentage, or late. Somebody is told. `target` is an internal
    target, in the place of `strict` where the law names no number.
    """

    kind: ClassVar[str] = "clock.alerted"
    clock: str
    stage: str
    strict: datetime | None = None
    target: datetime | None = None


# ── assessments ─────────────────────────────────────────────────────────────────────────────────────────────────────


class AssessmentExpired(Event):
    """It was final for a time only, which is over."""

    kind: ClassVar[str] = "assessment.expired"
    template: str
