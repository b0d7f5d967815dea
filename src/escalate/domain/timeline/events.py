"""What can happen to an incident. `kind` is permanent: a class can be renamed, history cannot.

Events hold facts in JSON types and instants, never prose made for display. Who, when and where stand in the entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from escalate.domain.timeline import receipts  # noqa: F401  (registers its kinds)
from escalate.domain.timeline.event import Event

if TYPE_CHECKING:
    from datetime import datetime


# ── the incident ────────────────────────────────────────────────────────────────────────────────────────────────────


class IncidentOpened(Event):
    """`number` is dense. `provisional`: nobody gave a severity. `drill` marks every word said outside. `primary` is the one
    of `harm` that leads, `taxonomy` what they were chosen from: NAME@VERSION. `offline`: the record could not be reached,
    `number` is 0 until `incident.numbered`.
    """

    kind: ClassVar[str] = "incident.opened"
    number: int
    code_name: str
    title: str
    severity: str
    provisional: bool = False
    harm: list[str] = []
    imminent: bool = False
    child: bool = False
    ongoing: bool = False
    reported_at: datetime | None = None
    source: str | None = None
    quiet: bool = False
    restricted: bool = False
    drill: bool = False
    marking: str = "TLP:AMBER+STRICT"
    imported_from: str | None = None
    primary: str | None = None
    taxonomy: str | None = None
    offline: bool = False


class IncidentNumbered(Event):
    """The number this store gave to an incident that came from elsewhere, or was opened while it could not be reached."""

    kind: ClassVar[str] = "incident.numbered"
    number: int


class IncidentMitigated(Event):
    kind: ClassVar[str] = "incident.mitigated"
    summary: str = ""


class IncidentResolved(Event):
    kind: ClassVar[str] = "incident.resolved"
    summary: str = ""


class IncidentClosed(Event):
    """`disposition` is incident, near-miss, not-an-incident or duplicate; `worst` the severity known in hindsight."""

    kind: ClassVar[str] = "incident.closed"
    disposition: str
    worst: str
    duplicate_of: str | None = None
    why: str = ""


class IncidentReopened(Event):
    kind: ClassVar[str] = "incident.reopened"
    why: str = ""


class SeverityChanged(Event):
    kind: ClassVar[str] = "severity.changed"
    severity: str
    was: str
    why: str
    approval: str | None = None


class RoleAssigned(Event):
    """`person` is a name in the roster, or as it was typed where no roster knows it."""

    kind: ClassVar[str] = "role.assigned"
    role: str
    person: str


# ── statements: what people say, correctable ────────────────────────────────────────────────────────────────────────


class NoteAdded(Event):
    """`tag` is the kind an imported line bore; `author` who wrote it elsewhere; `extra` its unread keys."""

    kind: ClassVar[str] = "note.added"
    text: str
    tag: str | None = None
    author: str | None = None
    approximate: bool = False
    moved_from: str | None = None
    extra: dict[str, Any] | None = None


class FactStated(Event):
    """A milestone or legal fact, asserted by the actor. When the fact was true is the entry's `occurred_at`."""

    kind: ClassVar[str] = "fact.stated"
    name: str
    why: str
    supersedes: str | None = None


class EntryCorrected(Event):
    """What is None stays as it was. The corrected time of the statement is `at`."""

    kind: ClassVar[str] = "entry.corrected"
    entry: str
    why: str
    text: str | None = None
    at: datetime | None = None


class EntryWithdrawn(Event):
    kind: ClassVar[str] = "entry.withdrawn"
    entry: str
    why: str
    moved_to: str | None = None


class EntryLabelled(Event):
    """From here on these labels count for the entry, unless the incident's are stricter."""

    kind: ClassVar[str] = "entry.labelled"
    entry: str
    labels: list[str]
    why: str


class EntryEraseAsked(Event):
    kind: ClassVar[str] = "entry.erase_asked"
    entry: str
    why: str


class EntryErased(Event):
    """`kept` holds the erased body's members that are not text, so that the fold keeps number and state."""

    kind: ClassVar[str] = "entry.erased"
    entry: str
    why: str
    kept: dict[str, Any] = {}


class TextRevealed(Event):
    """Somebody chose to see masked text, and said why."""

    kind: ClassVar[str] = "text.revealed"
    entries: list[int]
    why: str


# ── paging ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class PageOpened(Event):
    """`policy` is the whole policy as it was; `number` counts the pages of this incident from 1, `turn` those that went
    by this policy before, from 0: whose turn it is where a step asks its targets in turn.
    """

    kind: ClassVar[str] = "page.opened"
    page: str
    number: int
    target: str
    policy: dict[str, Any]
    because: str = ""
    test: bool = False
    turn: int = 0


class PageStepFired(Event):
    """`step` counts from 1 within the policy, `pass_` from 1. `ways` are {person, via, after} in order.

    `not_eligible` would have been asked, and are not given this; why is nobody's business.
    """

    kind: ClassVar[str] = "page.step_fired"
    page: str
    pass_: int
    step: int
    people: list[str]
    ways: list[dict[str, Any]]
    roster_version: int
    not_eligible: list[str] = []


class PageStepSkipped(Event):
    """Nobody who can be asked stood behind the targets of this step; the next one follows at once."""

    kind: ClassVar[str] = "page.step_skipped"
    page: str
    pass_: int
    step: int
    targets: list[str]
    not_eligible: list[str] = []
    declined: list[str] = []


class PageAcknowledged(Event):
    """`by` answered; `heard` is how the writer heard it when that is not the same person at a keyboard.

    `second_hand`: somebody else says so, without the code that was in the person's own message. It is None where codes
    were not known yet: then whatever was heard is.
    """

    kind: ClassVar[str] = "page.acknowledged"
    page: str
    by: str
    heard: str | None = None
    second_hand: bool | None = None

    @property
    def hearsay(self) -> bool:
        return bool(self.heard) if self.second_hand is None else self.second_hand


class PageDeclined(Event):
    """`by` cannot take it: who is next is asked at once."""

    kind: ClassVar[str] = "page.declined"
    page: str
    by: str
    heard: str | None = None
    why: str = ""


class PageWorked(Event):
    """Looked at when the time had come: somebody wrote on the incident at `at`, so it goes on being acknowledged."""

    kind: ClassVar[str] = "page.worked"
    page: str
    at: datetime


class PageUnworked(Event):
    """It was acknowledged, and nobody has written on the incident since `since`: it begins again."""

    kind: ClassVar[str] = "page.unworked"
    page: str
    since: datetime


class PageEscalated(Event):
    """Somebody did not want to wait: the next step is due now, also on an acknowledged page."""

    kind: ClassVar[str] = "page.escalated"
    page: str
    why: str = ""


class PageExhausted(Event):
    """Every step of every pass has run out and nobody acknowledged. `fallback` is told, if there is one."""

    kind: ClassVar[str] = "page.exhausted"
    page: str
    fallback: str | None = None
    ways: list[dict[str, Any]] = []


class PageCancelled(Event):
    kind: ClassVar[str] = "page.cancelled"
    page: str
    why: str = ""


class TeamPinged(Event):
    kind: ClassVar[str] = "team.pinged"
    team: str
    text: str = ""
    because: str = ""


class TicketAsked(Event):
    kind: ClassVar[str] = "ticket.asked"
    via: str


# ── judgement and paper ─────────────────────────────────────────────────────────────────────────────────────────────


class AssessmentDrafted(Event):
    """The answers given this time; null takes an answer back."""

    kind: ClassVar[str] = "assessment.drafted"
    template: str
    version: int
    answers: dict[str, Any]


class AssessmentFinalised(Event):
    """All answers as they stood; `until` is when it has to be looked at again. `changed` are {field, was, now} of answers
    that weigh and are no words, since it was final before.
    """

    kind: ClassVar[str] = "assessment.finalised"
    template: str
    version: int
    answers: dict[str, Any]
    until: datetime | None = None
    changed: list[dict[str, Any]] = []


class RunbookChosen(Event):
    """A route picked it; nobody has started it."""

    kind: ClassVar[str] = "runbook.chosen"
    runbook: str


class RunbookStarted(Event):
    kind: ClassVar[str] = "runbook.started"
    runbook: str
    sha256: str
    steps: list[str]


class RunbookStepDone(Event):
    """`step` counts from 1 through the whole runbook."""

    kind: ClassVar[str] = "runbook.step_done"
    runbook: str
    step: int
    note: str = ""


class RunbookStepSkipped(Event):
    kind: ClassVar[str] = "runbook.step_skipped"
    runbook: str
    step: int
    why: str


class ReportExported(Event):
    """`report` is summary, report or export; `left_out` counts the entries withheld from the audience."""

    kind: ClassVar[str] = "report.exported"
    report: str
    format: str
    audience: str
    sha256: str
    marking: str
    up_to: int
    left_out: int = 0


def _kinds(of: type[Event]) -> dict[str, type[Event]]:
    found = {of.kind: of} if of.kind else {}
    for below in of.__subclasses__():
        found |= _kinds(below)
    return found


BY_KIND = _kinds(Event)
"""The kinds that are known so far: those that a line is written with. `shape_of` and `every_kind` know all."""


def shape_of(kind: str) -> type[Event] | None:
    """The class of a kind; None for one that nobody here knows. What stands on few timelines is read when it is met."""
    return BY_KIND.get(kind) or every_kind().get(kind)


def every_kind() -> dict[str, type[Event]]:
    from escalate.domain.timeline import access, arrival, duties, judgements, offline, outward  # noqa: F401  (registers their kinds)

    if "oncall.opened" not in BY_KIND:
        BY_KIND.update(_kinds(Event))
    return BY_KIND


OWING = frozenset({
    "page.step_fired", "page.exhausted", "page.acknowledged", "page.declined", "page.escalated", "page.unworked",
    "page.cancelled", "team.pinged", "ticket.asked", "incident.resolved", "incident.closed", "message.failed",
    "message.gave_up", "clock.alerted", "handoff.offered", "shift.announced", "assessment.expired",
    "question.asked", "question.late", "approval.asked", "approval.late", "decision.reopened",
    "access.alarmed", "subject.matched",
})  # fmt: skip
"""Kinds that may oblige us to say something; what, `domain.messages.owed` knows."""

STATEMENTS = frozenset({"note.added", "fact.stated"})
"""Kinds a person may correct, withdraw or move. What the program did is not corrected: it was done."""
