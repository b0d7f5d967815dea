"""The real engine on a record of its own: everything happens as it would, at once, and nobody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app import paging
from escalate.app.delivery import Courier
from escalate.app.incidents import Opening, open_incident
from escalate.app.ledger import Author, Ledger
from escalate.app.ports import Taken
from escalate.domain.timeline.events import PageOpened
from escalate.domain.value import Value
from escalate.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.ports import Reading, Store
    from escalate.domain.messages.message import Message
    from escalate.domain.oncall.page import Page
    from escalate.domain.oncall.policy import Policy

MOST = 10_000
"""Moments at which something happens; what takes more does not end."""

PATIENCE = 30.0
"""Real seconds for what happens at one moment; it takes milliseconds."""


class SetClock:
    """Shows `at`, until somebody sets it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def real(self, seconds: float) -> float:  # noqa: ARG002
        return 0.0


class Told(Value):
    """Somebody is told. `t` is in minutes from the beginning; `step` None where it is the fallback in the end."""

    at: datetime
    t: float
    step: int | None
    person: str
    via: str


class Happened(Value):
    """What else happened, in words."""

    at: datetime
    text: str


class Rehearsal:
    """`console`: somebody sits at a terminal and passes on what no channel can say."""

    def __init__(self, store: Store, clock: SetClock, *, console: bool) -> None:
        def ledger(actor: str) -> Ledger:
            return Ledger(store, clock, Author(actor=actor, origin="rehearsal"), Wordless())

        self.ledger = ledger("rehearsal")
        self.clock = clock
        self.start = clock.at
        self._console = console
        self._noted: list[tuple[datetime, Message]] = []
        self._incidents: dict[str, str] = {}
        self._turns = 0
        self._courier = Courier(
            ledger("courier:rehearsal"),
            lambda _via, _roster: self,
            threads=4,
            show=self._note if console else None,
            log=_broken,
        )

    # ── the only channel ────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, message: Message) -> Taken:
        self._note(message)
        return Taken()

    def probe(self) -> str:
        return "it notes what it is handed"

    def _note(self, message: Message) -> None:
        self._noted.append((self.clock.at, message))

    # ── what happens ────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, target: str, policy: Policy, harm: tuple[str, ...] = (), turn: int | None = None) -> Page:
        """A page on an incident of its own. `turn`: how many pages by that policy there were before."""
        from uuid import uuid4

        opening = Opening(title="Rehearsal", severity="SEV1", harm=harm, quiet=True, drill=True)
        incident = open_incident(self.ledger, opening).incident
        with self.ledger.writing() as record:
            turn = record.tx.opened_by(policy.name) if turn is None else turn
            event = PageOpened(page=str(uuid4()), number=1, target=target, policy=policy.plain(), turn=turn)
            written = paging.advance(record, record.append(incident, event), event.page)
        self._incidents[event.page] = incident.id
        return written.incident.pages[event.page]

    def run(self, until: datetime | None) -> None:
        """Let happen what is due up to `until` (None: whatever is ever due). The clock then stands there."""
        while True:
            self._courier.run(PATIENCE)
            with self.ledger.store.reading() as look:
                due = look.next_due(self.clock.at, console=self._console)
            if due is None or (until is not None and due > until):
                break
            self._turns += 1
            if self._turns > MOST:
                raise Refused(
                    f"After {MOST:,} steps it is not over.",
                    hint="Say where to stop, or let the policy repeat less often.",
                )
            self.clock.at = max(due, self.clock.at)
        if until is not None:
            self.clock.at = max(until, self.clock.at)

    # ── what came of it ─────────────────────────────────────────────────────────────────────────────────────────────

    def page(self, id_: str) -> tuple[str, Page]:
        """The incident it is on, and how it stands."""
        with self.ledger.store.reading() as look:
            incident = look.incident(self._incidents[id_])
        assert incident is not None
        return incident.id, incident.pages[id_]

    def last_paged(self, page: str) -> str | None:
        """Who was told of it last so far."""
        people = [one.person for one, pages in self._in_order() if page in pages]
        return people[-1] if people else None

    def told(self) -> list[Told]:
        """Every message to a person that was handed over, in order."""
        return [one for one, _pages in self._in_order()]

    def _in_order(self) -> list[tuple[Told, set[str | None]]]:
        """Each with the pages it speaks of. Of one moment the older comes first, then as its step names the ways."""
        with self.ledger.store.reading() as look:
            found = [self._read(look, at, message) for at, message in self._noted if _person(message)]
        return [(one, pages) for _place, one, pages in sorted(found, key=lambda each: each[0])]

    def _read(self, look: Reading, at: datetime, message: Message) -> tuple[tuple[Any, ...], Told, set[str | None]]:
        """What puts it in order, what it is, the pages it speaks of: several where it went out for others as well."""
        entry, incident = look.entry_by_id(message.entry), look.incident(message.incident)
        assert entry is not None
        assert incident is not None
        event: Any = entry.event
        person = message.to.removeprefix("person:")
        ways = [(way["person"], way["via"]) for way in event.ways]
        nth = ways.index((person, message.via)) if (person, message.via) in ways else len(ways)
        members = [member for key in message.details.get("members", ()) for member in look.message(key)]
        told = Told(at=at, t=self._minutes(at), step=getattr(event, "step", None), person=person, via=message.via)
        place = (at, incident.number, message.seq, nth, message.via)
        return place, told, {message.page, *(member.page for member in members)}

    def _minutes(self, at: datetime) -> float:
        minutes = (at - self.start).total_seconds() / 60
        return int(minutes) if minutes.is_integer() else round(minutes, 4)

    def happened(self, name_of: Callable[[str], str]) -> list[Happened]:
        """What else stands on the timelines of the pages: who was passed over, answers, the end."""
        from escalate.domain.timeline.sentences import said

        with self.ledger.store.reading() as look:
            incidents = look.incidents()
        entries = [entry for one in incidents for entries in self.ledger.store.pages_of(one.id) for entry in entries]
        found = []
        for entry in sorted(entries, key=lambda entry: entry.recorded_at):
            event: Any = entry.event
            if entry.kind == "page.step_fired" and event.not_eligible:
                who = ", ".join(name_of(f"person:{person}") for person in event.not_eligible)
                found.append(Happened(at=entry.recorded, text=f"Not eligible, so passed over: {who}"))
            elif entry.kind.startswith("page.") and entry.kind not in {"page.opened", "page.step_fired"}:
                found.append(Happened(at=entry.recorded, text=said(event, name_of, None, lambda text: text)))
        return found


class Wordless:
    """Nobody reads it: the plain words that stand in for a template do."""

    def render(self, template: str, values: dict[str, Any]) -> str:  # noqa: ARG002
        return ""


def _person(message: Message) -> bool:
    return message.purpose in {"page", "exhausted"} and message.to.startswith("person:") and message.to != "person:"


def _broken(line: str) -> None:
    """What a courier goes on after is a defect here."""
    raise RuntimeError(line)
