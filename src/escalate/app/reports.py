"""Documents made from the record, for an audience. That one was made is itself on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from escalate.domain.report.audience import audience as audience_of
from escalate.domain.report.material import gather
from escalate.domain.report.model import data, values
from escalate.domain.timeline.events import ReportExported
from escalate.domain.value import Value
from escalate.errors import Conflict, Misconfigured, NotFound, Unreachable, Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from escalate.app.approvals import Outcome
    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.report.material import Material
    from escalate.errors import EscalateError

KINDS = ("summary", "report")
FORMATS = ("md", "html", "json")


class Papers(Protocol):
    def report(self, name: str, format: str, values: dict[str, Any]) -> str:  # noqa: A002
        """The document `reports/NAME.FORMAT.j2`. Misconfigured where the template cannot be filled."""


class Plainly(Protocol):
    """The library of assessment templates, as far as documents ask it."""

    def plain_field(self, template: str, field: str) -> bool:
        """Whether an answer is written for readers outside; not so where template or field is unknown."""


class Document(Value):
    """`incident` holds no more than the audience may read.

    `written` is None where the export could not be put on record; `unrecorded` then says so, and why. `outcome` is what came of
    asking for a second person, for an audience outside the organisation.
    """

    text: str
    sha256: str
    marking: str
    left_out: int
    incident: Incident
    written: Written | None = None
    unrecorded: str = ""
    outcome: Outcome | None = None

    @property
    def waits(self) -> bool:
        """Whether it is written and not issued."""
        return self.outcome is not None and self.outcome.waits


def make(
    ledger: Ledger,
    incident_id: str,
    *,
    kind: str,
    format: str,  # noqa: A002
    audience: str,
    zone: tzinfo,
    library: Plainly,
    papers: Papers,
    hand_over: Callable[[Document], object] | None = None,
    why: str = "",
) -> Document:
    """Make a document, hand it over, and then append that it was exported. It shows the head before that entry.

    The timeline is read before the lock is taken: `up_to` says how far the document goes. What `hand_over` raises leaves
    nothing on record; where the machine stops right after it, the document is there and its entry is not. Where the
    record can be read and not written, or not any more, the document is there all the same: `unrecorded` says so.

    For an audience outside the organisation it takes a second person, who is asked with the digest of this very document:
    it is handed over to be read, and is issued once they approve.
    """
    if kind not in KINDS or format not in FORMATS:
        raise Usage(f"There is no {kind} as {format}.", hint=f"Formats: {', '.join(FORMATS)}.")
    material = _material(ledger, incident_id, audience, library)
    now = ledger.clock.now()
    if format == "json":
        text = _json(data(material, kind, now))
    else:
        text = papers.report(kind, format, values(material, kind, zone, now))
    document = Document(
        text=text,
        sha256=_sha256(text),
        marking=material.marking,
        left_out=len(material.withheld),
        incident=material.incident,
    )
    exported = ReportExported(
        report=kind,
        format=format,
        audience=material.audience.name,
        sha256=document.sha256,
        marking=document.marking,
        up_to=material.incident.head.seq,
        left_out=document.left_out,
    )
    if hand_over is not None:
        hand_over(document)
    if material.audience.external:
        try:
            return document.but(outcome=_ask(ledger, incident_id, exported, why or f"for {material.audience.title}"))
        except (Conflict, Unreachable) as error:
            if hand_over is not None:
                error.hint = _not_issued(error)
            raise
    try:
        with ledger.writing() as record:
            return document.but(written=record.append(record.incident(incident_id), exported))
    except UNWRITTEN as error:
        return document.but(unrecorded=unrecorded(error))


UNWRITTEN = (Misconfigured, Conflict, Unreachable)
"""What keeps an entry out of the record when what it is about was handed over already."""


def unrecorded(error: EscalateError) -> str:
    """That it is not on record that a document was made, and why; where that itself is not known, that."""
    if getattr(error, "unknown", False):
        return f"WHETHER THIS EXPORT IS ON RECORD IS NOT KNOWN: {error.message} Look: escalate timeline"
    return f"THIS EXPORT IS NOT ON RECORD: {error.message}"


def _not_issued(error: EscalateError) -> str:
    if getattr(error, "unknown", False):
        asked, again = "whether anybody was asked to approve it is not known", "Look: escalate approvals"
    else:
        asked, again = "nobody was asked to approve it", "Make it again: the same command with --force."
    return f"The document is there and NOT ISSUED: {asked}. {again}"


def _ask(ledger: Ledger, incident_id: str, exported: ReportExported, why: str) -> Outcome:
    from escalate.app.approvals import do
    from escalate.domain.decision.approvals import PUBLISH

    with ledger.writing() as record:
        incident = record.incident(incident_id)
        # A drill is nobody's harm; a document of one that leaves the house is still a document that leaves the house.
        return do(ledger, record, incident, exported, why=why, labels=frozenset(), act=PUBLISH)


def is_external(store: Store, audience: str) -> bool:
    with store.reading() as look:
        return audience_of(audience, look.roster()).external


def asked_of(store: Store, incident_id: str, sha256: str) -> dict[str, Any] | None:
    """The approval that was asked for a document of this digest."""
    from escalate.domain.decision.approvals import PUBLISH

    with store.reading() as look:
        incident = look.incident(incident_id)
    known = incident.judgement.approvals.values() if incident and incident.judgement else ()
    found = [one for one in known if one["act"] == PUBLISH and (one["what"].get("body") or {}).get("sha256") == sha256]
    return found[-1] if found else None


def _material(ledger: Ledger, incident_id: str, audience: str, library: Plainly) -> Material:
    with ledger.store.reading() as look:
        roster = look.roster()
        readers = audience_of(audience, roster)
        waiting = look.messages(incident=incident_id)
    entries = [entry for page in ledger.store.pages_of(incident_id) for entry in page]
    if not entries:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    return gather(entries, roster, readers, library.plain_field, waiting)


def _json(document: dict[str, Any]) -> str:
    import json

    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _sha256(text: str) -> str:
    """The digest of the bytes as they are written."""
    from hashlib import sha256

    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
