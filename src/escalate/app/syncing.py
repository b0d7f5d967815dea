"""Bringing in what was written while the shared record could not be reached.

One incident at a time, each whole or not at all: its entries in the order in which they were written, with id, times,
writer, labels, body and salt as they are; number, digests and when it was recorded are the shared record's. Nothing is
owed anew, messages come with their keys and with what became of them. What does not fit any more is marked, never dropped.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.app.ledger import Written, keep
from escalate.app.paging import answered_there
from escalate.domain.incident import fold
from escalate.domain.instants import from_text, to_text
from escalate.domain.messages.message import QUEUED, SENDING
from escalate.domain.text.many import many
from escalate.domain.timeline import chain
from escalate.domain.timeline.entry import Draft, Entry
from escalate.domain.timeline.events import IncidentNumbered, IncidentOpened
from escalate.domain.timeline.offline import EntryFlagged
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.ledger import Ledger, Record
    from escalate.app.spool import Left, Spool
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.oncall.page import Page
    from escalate.domain.timeline.event import Event

OFF_BY = timedelta(minutes=2)
"""A clock that is further off than this is spoken of."""

CLOCK, RULE = "clock", "rule"

SHOWN = 5
"""Marks that are shown when something comes in; the timeline has all."""

ON_OPEN = frozenset({"page.opened", "page.escalated", "team.pinged"})
"""What nobody does to an incident that is closed."""

ON_WAITING = frozenset({"page.acknowledged", "page.declined", "page.escalated", "page.cancelled"})
"""What a person does to a page that waits."""


class CameIn(Value):
    """`was` is what it was called here, `marked` how many of its entries no longer fit, `marks` why. `busy`: it waits until a
    message of it that is being sent has gone.
    """

    incident: str
    ref: str
    was: str
    entries: int
    messages: int
    marked: int
    marks: list[str] = []
    busy: bool = False

    def public(self) -> dict[str, Any]:
        return self.plain()

    @property
    def lines(self) -> list[str]:
        more = [f"  … and {len(self.marks) - SHOWN} more"] if len(self.marks) > SHOWN else []
        return [self.said, *(f"  MARK: {why}" for why in self.marks[:SHOWN]), *more]

    @property
    def said(self) -> str:
        if self.busy:
            return f"{self.was} has not come in yet: one of its messages is being sent"
        was = f" ({self.was})" if self.was != self.ref else ""
        messages = f", {many(self.messages, 'message')}" if self.messages else ""
        marked = f", {many(self.marked, 'mark')}: escalate timeline {self.ref}" if self.marked else ""
        return f"Came in: {self.ref}{was}, {many(self.entries, 'entry')}{messages}{marked}"


def sync(spool: Spool, shared: Ledger) -> list[CameIn]:
    """Everything that waits, by incident. Raises what the shared record raises; what came in before that is in."""
    return [found for id_ in spool.unsynced() if (found := _one(spool, shared, id_)) is not None]


def _one(spool: Spool, shared: Ledger, id_: str) -> CameIn | None:
    """While it comes in nobody writes here: what is marked as come in is what came in."""
    with spool.writing() as pen:
        left = pen.left(id_)
        here = pen.glance(id_)
        if not left.entries or here is None:  # somebody else was faster
            return None
        if left.is_in_hand(pen.now()):
            return CameIn(incident=id_, ref=here.ref, was=here.ref, entries=0, messages=0, marked=0, busy=True)
        with shared.writing() as record:
            coming = _Coming(record, left, shared.author.actor, pen.now())
            there = coming.all()
        pen.came_in(id_, there)
    return CameIn(
        incident=there.id, ref=there.ref, was=here.ref, entries=coming.entries, messages=coming.messages, marked=len(coming.marks),
        marks=coming.marks,
    )  # fmt: skip


class _Coming:
    """In one transaction of the shared record. `here` is what this machine's clock said when that began."""

    def __init__(self, record: Record, left: Left, actor: str, here: datetime) -> None:
        self._record, self._left, self._actor = record, left, actor
        self._ahead = here - record.now
        self._flags: list[tuple[str, str, str]] = []
        self._owed: dict[str, list[Message]] = {}
        for message in left.messages:
            self._owed.setdefault(message.entry, []).append(message)
        self._there = record.tx.entries_there(entry.id for entry in left.entries)
        self._brought: set[str] = set()
        self._written_at = ""
        self.entries = self.messages = 0

    @property
    def marks(self) -> list[str]:
        return [why for _entry, _mark, why in self._flags]

    def all(self) -> Incident:
        there = self._target()
        before = there
        answers: list[tuple[Entry, Any]] = []
        for entry in self._left.entries:
            event: Any = entry.event
            if entry.id in self._there:
                continue  # it came in before this machine could put that down, or a courier there did the same
            if entry.kind.startswith("message.") and event.message not in self._brought:
                self._said_of_theirs(event)
                continue
            came = self._entry(entry, there)
            there = fold.apply(there, came)
            keep(self._record.tx, there, came, event, telling=False)
            self._bring_messages(came)
            self._look_at(entry, event, before, there)
            self.entries += 1
            if entry.kind == "incident.opened" and not event.number:
                there = self._numbered(there)
            if entry.kind in {"page.acknowledged", "page.cancelled"}:
                answers.append((came, event))
        assert there is not None
        return self._finished(there, before, answers)

    # ── where to ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _target(self) -> Incident | None:
        """The incident that it belongs to; None where the first entry opens it."""
        tx, left = self._record.tx, self._left
        there_already = next((self._there[entry.id] for entry in left.entries if entry.id in self._there), None)
        for id_ in (there_already, left.target, left.incident):
            if id_ and (found := tx.incident(id_)) is not None:
                return found
        if left.recalled is None:
            return None
        meant: Any = left.recalled.event
        named = tx.ids(meant.ref)
        if len(named) == 1 and (found := tx.incident(named[0])) is not None and found.duty is None:
            return found
        return self._of_its_own(meant)

    def _of_its_own(self, meant: Any) -> Incident:
        """Nobody here can say which incident was meant: it becomes one, so that somebody can. Where it is there and not to be
        seen any more, what was written for it is for few as well.
        """
        id_ = chain.uuid_parts(self._left.incident, "of its own")
        if (found := self._record.tx.incident(id_)) is not None:
            return found
        first = self._left.entries[0]
        number = self._record.tx.next_number()
        given = meant.ref.upper().removeprefix("INC-")
        withheld = bool(meant.code_name) or (given.isdecimal() and 0 < int(given) < number)
        opened = IncidentOpened(
            number=0,
            code_name=_code_name(self._record),
            title=meant.ref,
            severity=meant.severity,
            provisional=True,
            harm=list(meant.harm),
            restricted=meant.restricted or withheld,
            offline=True,
            marking="TLP:RED" if meant.harm else "TLP:AMBER+STRICT",
        )
        at = min(first.at, self._record.now)
        written = self._record.append(None, Draft(event=opened, at=at), id_=id_, owing=False)
        self._record.tx.number(number, id_)
        numbered = self._record.append(written.incident, IncidentNumbered(number=number), owing=False)
        why = f"it was written for {meant.ref}, which is not here, or not for you to see: move it to where it belongs"
        self._flag(written.entries[0].id, RULE, why)
        return numbered.incident

    def _numbered(self, there: Incident) -> Incident:
        number = self._record.tx.next_number()
        after = self._record.append(there, IncidentNumbered(number=number), owing=False).incident
        self._record.tx.number(number, there.id)
        return after

    # ── what comes ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _entry(self, entry: Entry, there: Incident | None) -> Entry:
        head = there.head if there else None
        recorded = max(self._record.now, head.recorded_at) if head and head.recorded_at else self._record.now
        fields: dict[str, Any] = {
            **{name: getattr(entry, name) for name in chain.HASHED},
            "incident": there.id if there else entry.incident,
            "seq": head.seq + 1 if head else 1,
            "recorded_at": to_text(recorded),
            "actor": self._actor,
            "prev": head.digest if head else chain.START,
        }
        digest = chain.digest(fields[name] for name in chain.HASHED)
        return Entry(**fields, body=entry.body, salt=entry.salt, digest=digest)

    def _bring_messages(self, came: Entry) -> None:
        """As they are, with their keys; one that nobody lives to settle is as it was before it was taken in hand."""
        for message in self._owed.get(came.id, []):
            state = QUEUED if message.state == SENDING else message.state
            there = {"incident": came.incident, "seq": came.seq, "digest": came.digest}
            self._record.tx.queue(message.but(**there, state=state, leased_until=None))
            self._brought.add(message.id)
            self.messages += 1

    def _said_of_theirs(self, event: Any) -> None:
        """A step that both fired: what was sent here for it stands on its entry, since the message is theirs."""
        entry = next((m.entry for m in self._left.messages if m.id == event.message), None)
        if entry is None and (found := self._record.tx.message(event.message)):
            entry = found[0].entry
        if entry is not None:
            what = event.kind.partition(".")[2].replace("_", " ")
            self._flag(entry, RULE, f"{event.to} via {event.via}: {what}, by a machine that could not reach the record")

    # ── what no longer fits ─────────────────────────────────────────────────────────────────────────────────────────

    def _look_at(self, entry: Entry, event: Any, before: Incident | None, there: Incident) -> None:
        first = self.entries == 0
        if first and abs(self._ahead) > OFF_BY:
            self._flag(entry.id, CLOCK, f"the clock of {entry.origin} was {_by(self._ahead)} when this came in")
        elif entry.at > self._record.now + OFF_BY and abs(self._ahead) <= OFF_BY:
            self._flag(entry.id, CLOCK, f"it says it happened {_long(entry.at - self._record.now)} after it came in")
        elif self._written_at and from_text(self._written_at) - from_text(entry.written_at) > OFF_BY:
            back = from_text(self._written_at) - from_text(entry.written_at)
            self._flag(
                entry.id, CLOCK, f"the clock of {entry.origin} was set back by {_long(back)} before this was written"
            )
        self._written_at = entry.written_at
        if first and entry.actor != self._actor:
            self._flag(entry.id, RULE, f"it was written as {entry.actor}, who is {self._actor} here")
        if before is not None and (why := _misfit(entry, event, before, there)):
            self._flag(entry.id, RULE, why)

    def _flag(self, entry: str, mark: str, why: str) -> None:
        self._flags.append((entry, mark, why))

    def _finished(self, there: Incident, before: Incident | None, answers: list[tuple[Entry, Any]]) -> Incident:
        """Pages that were answered here stop there; then the marks."""
        written = Written(incident=there, entries=[])
        for _entry, event in answers:
            page = before.pages.get(event.page) if before else None
            if page is not None and page.waiting:
                by = event.by if event.kind == "page.acknowledged" else None
                written = answered_there(self._record, written, page, by=by)
        flags: list[Event] = [EntryFlagged(entry=entry, mark=mark, why=why) for entry, mark, why in self._flags]
        if flags:
            return self._record.append(written.incident, *flags, owing=False).incident
        self._record.tx.save(written.incident)
        return written.incident


def _misfit(entry: Entry, event: Any, before: Incident, there: Incident) -> str:
    """Why something could not have been done to the incident as it was `before` it came in; empty where it could."""
    if before.status == "closed" and entry.kind in ON_OPEN:
        at = before.changed_at.get("closed")
        return f"the incident had been closed{f' at {at:%Y-%m-%d %H:%MZ}' if at else ''}"
    if entry.kind == "page.opened":
        same = next((page for page in before.pages.values() if page.number == event.number), None)
        return _renumbered(same, there.pages[event.page], there.ref) if same else ""
    if entry.kind not in ON_WAITING or not before.pages:
        return ""
    page = before.pages.get(event.page)
    if page is None or page.waiting:
        return ""
    if page.state == "cancelled":
        return f"page {page.number} had been called off"
    return f"page {page.number} had been answered by {page.acknowledged_by}"


def _renumbered(other: Page, page: Page, ref: str) -> str:
    return (
        f"two pages were called {ref}/{other.number}. That is the one to {other.target} of {other.opened_at:%Y-%m-%d %H:%MZ}; "
        f"this one, to {page.target}, is {ref}/{page.number}. See that both are answered: escalate show {ref}"
    )


def _code_name(record: Record) -> str:
    from escalate.app.incidents import fresh_code_name

    return fresh_code_name(record, record.tx.next_number(), drill=False)


def _by(ahead: timedelta) -> str:
    return f"{_long(abs(ahead))} {'ahead' if ahead > timedelta(0) else 'behind'}"


def _long(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
