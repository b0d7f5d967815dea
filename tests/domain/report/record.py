"""Timelines for tests of documents: real entries with real digests, at minutes around a fixed evening."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from escalate.domain.instants import to_text
from escalate.domain.roster import Roster
from escalate.domain.timeline import chain
from escalate.domain.timeline.codec import encode
from escalate.domain.timeline.entry import Entry
from escalate.domain.timeline.events import (
    AssessmentFinalised,
    IncidentMitigated,
    IncidentOpened,
    NoteAdded,
    PageAcknowledged,
    PageOpened,
    PageStepFired,
)
from escalate.domain.timeline.receipts import MessageFailed, MessageSent

EVENING = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
INCIDENT = "11111111-1111-4111-8111-111111111111"

ROSTER = Roster.from_plain(
    {
        "version": 3,
        "people": {
            "alice": {"slug": "alice", "name": "Alice Ng", "zone": "Europe/London"},
            "bob": {"slug": "bob", "name": "Bob Roe", "zone": "Europe/London"},
        },
        "teams": {
            "legal": {"slug": "legal", "name": "Legal", "people": ["bob"], "reads": ["privileged"]},
            "safety": {
                "slug": "safety",
                "name": "Safety",
                "people": ["alice"],
                "reads": ["sensitive", "ntk:desk"],
            },
        },
    }
)

POLICY = {
    "name": "critical-harm",
    "steps": [{"targets": ["person:alice"], "wait": 300}, {"targets": ["person:bob"], "wait": 300}],
    "repeat": 0,
    "fallback": None,
}

ANSWERS = {
    "bluf": "Credible threats against one person. We ask for two suspensions tonight.",
    "recommendation": "suspend_account",
    "rationale": "the reason nobody outside may read",
    "options_considered": [
        {"option": "suspend", "cons": "an appeal"},
        {"option": "watch", "cons": "the risk"},
    ],
    "decision_needed_from": "bob",
    "review_by": "2026-11-21T23:00:00.000000Z",
    "confidence": {"level": "moderate", "why": "a single source said so"},
    "unknowns": ["whether there is a third account"],
}
PLAIN = {"bluf", "recommendation", "decision_needed_from", "review_by", "unknowns"}


def plain(_template, field):
    return field in PLAIN


def minute(count):
    return EVENING + timedelta(minutes=count)


class Record:
    def __init__(self):
        self.entries = []

    def add(self, event, at=0, *, labels="", actor="alice", recorded=None, precision="exact"):
        seq = len(self.entries) + 1
        body = encode(event.plain())
        salt = seq.to_bytes(16, "big")
        written = to_text(minute(at if recorded is None else recorded))
        fields = {
            "incident": INCIDENT,
            "seq": seq,
            "id": str(UUID(int=seq)),
            "kind": event.kind,
            "occurred_at": to_text(minute(at)),
            "precision": precision,
            "written_at": written,
            "recorded_at": written,
            "origin": "desk",
            "actor": actor,
            "labels": labels,
            "body_digest": chain.body_digest(salt, body),
            "prev": self.entries[-1].digest if self.entries else chain.START,
        }
        digest = chain.digest(fields[name] for name in chain.HASHED)
        self.entries.append(Entry(**fields, body=body, salt=salt, digest=digest))
        return self.entries[-1]


def opened(**given):
    return IncidentOpened(
        **{
            "number": 12,
            "code_name": "SLATE OTTER",
            "title": "A title with words",
            "severity": "SEV1",
            **given,
        }
    )


def full(**given):
    """An incident with a page, a message that failed, an assessment, and entries that not everybody may read."""
    record = Record()
    record.add(opened(**given))
    record.add(PageOpened(page="p", number=1, target="policy:critical-harm", policy=POLICY), 4)
    ways = [{"person": "alice", "via": "chat", "after": 0}]
    record.add(PageStepFired(page="p", pass_=1, step=1, people=["alice"], ways=ways, roster_version=3), 4)
    record.add(MessageSent(message="m1", to="person:alice", via="chat", sha256="a" * 64), 4)
    record.add(PageAcknowledged(page="p", by="alice"), 6)
    record.add(MessageFailed(message="m2", to="team:legal", via="mail", sha256="b" * 64, why="no such box"), 8)
    record.add(NoteAdded(text="the advice of counsel"), 9, labels="privileged", actor="bob")
    record.add(NoteAdded(text="a name that needs care"), 10, labels="sensitive")
    record.add(NoteAdded(text="what the desk alone may know"), 11, labels="ntk:desk")
    record.add(NoteAdded(text="an ordinary line"), 12)
    record.add(AssessmentFinalised(template="policy", version=1, answers=ANSWERS), 110)
    record.add(IncidentMitigated(summary="suspended"), 120)
    return record
