"""Referring to an authority: the words are drafted and kept as a digest, a person sends them, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from escalate.app.approvals import settled
from escalate.app.ledger import Written
from escalate.domain.authorities import referral as rules
from escalate.domain.incident.case import DRAFTED, SENT
from escalate.domain.incident.rules import labels_for
from escalate.domain.timeline.entry import EXACT, Draft
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.ledger import Ledger
    from escalate.domain.authorities.authority import Authority
    from escalate.domain.incident.state import Incident


class Papers(Protocol):
    def report(self, name: str, format: str, values: dict[str, Any]) -> str:  # noqa: A002
        """The document `reports/NAME.FORMAT.j2`. Misconfigured where the template cannot be filled."""


class Referring(Value):
    """What a person says of a referral. `disclosed` are kinds of data, never the data."""

    basis: str
    disclosed: tuple[str, ...] = ()
    decision: str | None = None
    labels: frozenset[str] = frozenset()


class Drafted(Value):
    """`more` is disclosed and is not of the least that they need, `missing` is of it and not disclosed. `reviewed`: once it
    is sent, somebody else is to look at it.
    """

    written: Written
    referral: dict[str, Any]
    text: str
    more: list[str]
    missing: list[str]
    reviewed: bool


def draft(
    ledger: Ledger, incident_id: str, authority: Authority, given: Referring, papers: Papers,
    hand_over: Callable[[str], object] | None = None,
) -> Drafted:  # fmt: skip
    """Write the words and put on record that they were drafted. What `hand_over` raises leaves nothing on record."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        event = rules.drafted(
            incident, authority.name, basis=given.basis, disclosed=given.disclosed, decision=given.decision
        )
        text = papers.report("referral", "txt", rules.values(incident, authority, event, record.now))
        event = event.but(sha256=_sha256(text))
        if hand_over is not None:
            hand_over(text)
        labels = labels_for(incident, given.labels, frozenset())
        written = record.append(incident, Draft(event=event, labels=labels))
        more, missing = rules.beyond(authority, event.disclosed)
        return Drafted(
            written=written,
            referral=rules.of(written.incident)[event.referral],
            text=text,
            more=more,
            missing=missing,
            reviewed=rules.review(incident, event, event.basis, record.now) is not None,
        )


def sent(
    ledger: Ledger, incident_id: str, ref: str | None, *, reference: str, how: str = "",
    call_back: datetime | None = None, at: datetime | None = None, precision: str = EXACT,
    labels: frozenset[str] = frozenset(),
) -> tuple[Written, dict[str, Any], dict[str, Any] | None]:  # fmt: skip
    """A person sent it. At SEV0 and SEV1 a second one is asked to look at it afterwards: the approval, else None."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        one = rules.named(incident, ref, DRAFTED)
        when = at or record.now
        events = rules.sent(one, incident, reference=reference, how=how, call_back=call_back, at=when)
        if not events:
            return Written(incident=incident, entries=[]), one, None
        labels = labels_for(incident, labels, frozenset())
        drafts = [Draft(event=event, at=at, precision=precision, labels=labels) for event in events]
        asked = rules.review(incident, events[0], one["basis"], record.now)
        if asked is not None:
            drafts.append(Draft(event=asked, labels=labels | _labels(record.tx.entry(incident.id, one["seq"]))))
        written = settled(record, record.append(incident, *drafts))
        judgement = written.incident.judgement
        approval = judgement.approvals[asked.approval] if asked is not None and judgement is not None else None
        return written, rules.of(written.incident)[one["referral"]], approval


def _labels(entry: Any) -> frozenset[str]:
    """Of the draft, whose basis is said again."""
    return entry.label_set if entry is not None else frozenset()


def answered(
    ledger: Ledger, incident_id: str, ref: str | None, *, outcome: str, reference: str = "",
    at: datetime | None = None, precision: str = EXACT, labels: frozenset[str] = frozenset(),
) -> tuple[Written, dict[str, Any]]:  # fmt: skip
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        one = rules.named(incident, ref, SENT)
        events = rules.answered(one, incident, outcome=outcome, reference=reference)
        if not events:
            return Written(incident=incident, entries=[]), one
        labels = labels_for(incident, labels, frozenset())
        drafts = (Draft(event=event, at=at, precision=precision, labels=labels) for event in events)
        written = record.append(incident, *drafts)
        return written, rules.of(written.incident)[one["referral"]]


def listed(ledger: Ledger, incident_id: str) -> tuple[Incident, list[dict[str, Any]]]:
    from escalate.app.decisions import incident_of

    incident = incident_of(ledger.store, incident_id)
    return incident, list(rules.of(incident).values())


def _sha256(text: str) -> str:
    """The digest of the bytes as they are written."""
    from hashlib import sha256

    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
