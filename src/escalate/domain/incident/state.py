"""An incident as its timeline makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text
from escalate.domain.timeline.chain import START
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.clocks.running import Clocks
    from escalate.domain.decision.state import Judgement
    from escalate.domain.incident.access import Access
    from escalate.domain.incident.case import Case
    from escalate.domain.oncall.duty import Duty
    from escalate.domain.oncall.page import Page

OPEN, MITIGATED, RESOLVED, CLOSED = "open", "mitigated", "resolved", "closed"

TITLE_ELSEWHERE = "[title not on this machine]"

MILESTONES = ("impact-started", "detected", "mitigated", "resolved", "reported", "first-alert")
"""Facts that durations are computed from."""


class Fact(Value):
    """What somebody asserts: `at` is when it was so. `entry` and `seq` are where it was stated."""

    name: str
    at: datetime
    precision: str
    why: str
    by: str
    entry: str
    seq: int


class Head(Value):
    """Where a timeline ends: the number of its last entry, that entry's digest, and when it was recorded."""

    seq: int = 0
    digest: str = START
    recorded_at: datetime | None = None

    @property
    def short(self) -> str:
        """What rides on messages and reports: enough to prove that a history was not rewritten since."""
        return f"#{self.seq}:{self.digest[:12]}"


class Incident(Value):
    """`facts` maps a name to all standing statements of it, oldest first; the last one counts.

    `changed_at` holds when the status last became mitigated, resolved or closed. `assessments` maps a template to
    {version, status, answers, by, at, seq, until, expired, final}, `final` being the entry that last made it so;
    `runbooks` a name to {steps, done, skipped, started_at}. `reached` maps what response targets ask for to when it was.

    `primary` is the harm that leads, `taxonomy` (NAME@VERSION) what they were chosen from; None in records of before.
    `access` is who may know, once that was limited; `case` whom it is about and what went to authorities.

    `resting`: it was brought in from another record, and nothing happens to it by itself; `silent` are the timers that had
    fallen due when somebody began to work on it here.

    `offline`: it was opened, or is written on, while the record could not be reached; without a number it is OFF-….

    Number 0 is else the on-call record: a timeline like the others, which no list of incidents shows; `duty` is what it says.
    """

    id: str
    number: int
    code_name: str
    title: str
    title_masked: bool = False
    status: str = OPEN
    severity: str
    peak_severity: str
    provisional: bool = False
    harm: tuple[str, ...] = ()
    primary: str | None = None
    taxonomy: str | None = None
    imminent: bool = False
    child: bool = False
    ongoing: bool = False
    source: str | None = None
    quiet: bool = False
    restricted: bool = False
    drill: bool = False
    offline: bool = False
    sensitive: bool = False
    marking: str = "TLP:AMBER+STRICT"
    opened_at: datetime
    opened_by: str
    changed_at: dict[str, datetime] = {}
    facts: dict[str, list[Fact]] = {}
    roles: dict[str, str] = {}
    disposition: str | None = None
    worst: str | None = None
    duplicate_of: str | None = None
    pages: dict[str, Page] = {}
    assessments: dict[str, dict[str, Any]] = {}
    runbooks: dict[str, dict[str, Any]] = {}
    reached: dict[str, str] = {}
    ticket: str | None = None
    ticket_link: str | None = None
    clocks: Clocks | None = None
    judgement: Judgement | None = None
    access: Access | None = None
    case: Case | None = None
    duty: Duty | None = None
    resting: bool = False
    silent: tuple[str, ...] = ()
    head: Head = Head()

    @property
    def ref(self) -> str:
        if self.number:
            return f"INC-{self.number}"
        return f"OFF-{self.id[:4].upper()}" if self.offline else "ONCALL"

    @property
    def name(self) -> str:
        """Reference and code name: what may be said anywhere."""
        return f"{self.ref} {self.code_name}".rstrip()

    @property
    def shown_title(self) -> str:
        """The title, or how long it is where it must not be seen by chance."""
        if self.is_recalled:
            return self.title or TITLE_ELSEWHERE
        if not (self.sensitive or self.title_masked):
            return self.title
        from escalate.domain.timeline.words import mask

        return mask(self.title)

    @property
    def is_recalled(self) -> bool:
        """Whether no more is known of it than what this machine remembers of a record that cannot be reached. When it was
        opened is not where `opened_by` is empty.
        """
        return self.offline and "imported" in self.reached

    def milestone(self, name: str) -> datetime | None:
        """The latest fact of that name, else when the status became so."""
        stated = self.facts.get(name)
        return stated[-1].at if stated else self.changed_at.get(name)

    @property
    def unacknowledged(self) -> list[Page]:
        return [page for page in self.pages.values() if page.waiting]

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Incident:
        head = data["head"]
        return Incident(
            **{
                **data,
                "harm": tuple(data["harm"]),
                "silent": tuple(data.get("silent", ())),
                "opened_at": from_text(data["opened_at"]),
                "changed_at": {name: from_text(at) for name, at in data["changed_at"].items()},
                "facts": {
                    name: [Fact(**{**fact, "at": from_text(fact["at"])}) for fact in stated]
                    for name, stated in data["facts"].items()
                },
                "pages": _pages(data["pages"]),
                "assessments": {name: _assessed(one) for name, one in data["assessments"].items()},
                "duty": _duty(data.get("duty")),
                "clocks": _clocks(data.get("clocks")),
                "judgement": _judgement(data.get("judgement")),
                "access": _access(data.get("access")),
                "case": _case(data.get("case")),
                "head": Head(
                    **{**head, "recorded_at": from_text(head["recorded_at"]) if head["recorded_at"] else None}
                ),
            }
        )

    def public(self) -> dict[str, Any]:
        """The incident as `--json` shows it: the shape of the contract."""
        return {
            "ref": self.ref,
            "id": self.id,
            "code_name": self.code_name,
            "title": self.shown_title,
            "status": self.status,
            "severity": self.severity,
            "provisional": self.provisional,
            "peak_severity": self.peak_severity,
            "harm": list(self.harm),
            "primary": self.primary,
            "taxonomy": self.taxonomy,
            "imminent": self.imminent,
            "child": self.child,
            "ongoing": self.ongoing,
            "source": self.source,
            "marking": self.marking,
            "restricted": self.restricted,
            "drill": self.drill,
            "opened_at": iso(self.opened_at) if self.opened_by or not self.is_recalled else None,
            "mitigated_at": iso(self.milestone("mitigated")),
            "resolved_at": iso(self.milestone("resolved")),
            "closed_at": iso(self.changed_at.get("closed")),
            "disposition": self.disposition,
            "worst": self.worst,
            "duplicate_of": self.duplicate_of,
            "roles": dict(self.roles),
            "unacknowledged_pages": len(self.unacknowledged),
            "next_deadline": self.clocks.next_deadline(self) if self.clocks else None,
            "ticket": self.ticket,
            "head": {"seq": self.head.seq, "digest": self.head.digest},
        }


def _pages(data: dict[str, Any]) -> dict[str, Page]:
    """Most incidents a line is written on have no page; they need not know what one is."""
    if not data:
        return {}
    from escalate.domain.oncall.page import Page

    pages = sorted((Page.from_plain(page) for page in data.values()), key=lambda page: page.number)
    return {page.id: page for page in pages}


def _assessed(data: dict[str, Any]) -> dict[str, Any]:
    """As it is kept now: an earlier version knew nothing of assessments that hold for a time."""
    if "final" in data:
        return data
    return {"until": None, "expired": False, **data, "final": data["seq"] if data["status"] == "final" else None}


def _clocks(data: dict[str, Any] | None) -> Clocks | None:
    if data is None:
        return None
    from escalate.domain.clocks.running import Clocks

    return Clocks.from_plain(data)


def _judgement(data: dict[str, Any] | None) -> Judgement | None:
    if data is None:
        return None
    from escalate.domain.decision.state import Judgement

    return Judgement.from_plain(data)


def _access(data: dict[str, Any] | None) -> Access | None:
    if data is None:
        return None
    from escalate.domain.incident.access import Access

    return Access.from_plain(data)


def _case(data: dict[str, Any] | None) -> Case | None:
    if data is None:
        return None
    from escalate.domain.incident.case import Case

    return Case.from_plain(data)


def _duty(data: dict[str, Any] | None) -> Duty | None:
    if data is None:
        return None
    from escalate.domain.oncall.duty import Duty

    return Duty.from_plain(data)


def iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
