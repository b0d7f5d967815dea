"""A drill: a scenario's acts, done through the ordinary requests and the ordinary courier, on a stage of its own."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from escalate.app import assessments, incidents, paging, reports, runbooks
from escalate.app.verification import verify_store
from escalate.domain.incident import rules
from escalate.domain.messages import message as states
from escalate.domain.value import Value
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from escalate.app.delivery import Courier
    from escalate.app.ledger import Ledger, Written
    from escalate.app.library import Library
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.timeline.entry import Entry

VERBS = frozenset({
    "open", "log", "fact", "assign", "wait", "ack", "ping", "ticket", "assess", "runbook", "severity", "mitigate", "resolve", "close",
})  # fmt: skip


class Scenario(Value):
    name: str
    title: str
    summary: str
    acts: tuple[dict[str, Any], ...]


class Ending(Value):
    """What the drill came to. `owed` are messages nobody got; `files` the documents, `head` what verify said."""

    incident: Incident
    messages: list[Message]
    owed: list[Message]
    files: list[str]
    entries: int
    sound: bool


def parse(name: str, data: dict[str, Any]) -> Scenario:
    """Raises Misconfigured for acts nobody knows."""
    acts = data.get("act", [])
    unknown = sorted({str(act.get("do")) for act in acts} - VERBS)
    if unknown or not acts or not isinstance(data.get("title"), str):
        raise Misconfigured(
            f"Scenario {name}: no title, no acts, or unknown ones ({', '.join(unknown) or 'none'}).",
            hint=f"Acts: {', '.join(sorted(VERBS))}.",
        )
    return Scenario(name=name, title=data["title"], summary=data.get("summary", ""), acts=tuple(acts))


class Drill:
    """`say` tells what happens as it happens, `put` keeps a document and returns its path; `patience` is how many real
    seconds one act may take.
    """

    def __init__(
        self, ledger: Ledger, courier: Courier, library: Library, texts: Any, put: Callable[[str, str], Path], say: Callable[[str], None],
        *, patience: float = 60.0,
    ) -> None:  # fmt: skip
        self._ledger, self._courier, self._library = ledger, courier, library
        self._texts, self._put, self._say, self._patience = texts, put, say, patience
        self._id = ""

    def run(self, scenario: Scenario) -> Ending:
        for act in scenario.acts:
            if act.get("say"):
                self._say(f"· {act['say']}")
            getattr(self, f"_{act['do']}")({key: value for key, value in act.items() if key not in {"do", "say"}})
        self._deliver(lambda: not self._owed())
        return self._end()

    # ── acts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, act: dict[str, Any]) -> None:
        reported = self._ledger.clock.now() - timedelta(minutes=act.pop("reported_minutes_ago", 0))
        opening = incidents.Opening(**{**act, "harm": tuple(act["harm"])}, reported_at=reported, drill=True)
        written = incidents.open_incident(self._ledger, opening)
        self._id = written.incident.id
        self._wrote(written)
        self._deliver(lambda: not self._owed(due=True))

    def _log(self, act: dict[str, Any]) -> None:
        self._wrote(incidents.note(self._ledger, self._id, act["text"]))

    def _fact(self, act: dict[str, Any]) -> None:
        at = self._ledger.clock.now() - timedelta(minutes=act.get("minutes_ago", 0))
        written, _stated = incidents.state_fact(self._ledger, self._id, act["name"], at=at, why=act["why"])
        self._wrote(written)

    def _assign(self, act: dict[str, Any]) -> None:
        self._change(lambda incident: rules.assign(incident, act["role"], act["person"]))

    def _severity(self, act: dict[str, Any]) -> None:
        self._wrote(incidents.change_severity(self._ledger, self._id, act["to"], act["why"]))

    def _mitigate(self, act: dict[str, Any]) -> None:
        self._change(lambda incident: rules.mitigate(incident, act.get("summary", "")))

    def _resolve(self, act: dict[str, Any]) -> None:
        self._change(lambda incident: rules.resolve(incident, act.get("summary", "")))

    def _close(self, act: dict[str, Any]) -> None:
        self._change(lambda incident: rules.close(incident, act["disposition"], act["worst"], None, act.get("why", "")))

    def _ping(self, act: dict[str, Any]) -> None:
        self._wrote(paging.ping(self._ledger, self._id, tuple(act["teams"]), act.get("text", "")))
        self._deliver(lambda: not self._owed(due=True))

    def _ticket(self, _act: dict[str, Any]) -> None:
        self._wrote(paging.ask_ticket(self._ledger, self._id))
        self._deliver(lambda: self._incident().ticket is not None)

    def _assess(self, act: dict[str, Any]) -> None:
        template = self._library.template(act["template"])
        given = assessments.Given(answers=act["answers"])
        written, _seen = assessments.finalise(self._ledger, self._id, template, given, read_time=_read_time)
        self._wrote(written)

    def _runbook(self, act: dict[str, Any]) -> None:
        runbook = self._library.runbook(act["name"])
        written, _seen = runbooks.start(self._ledger, self._id, runbook)
        self._wrote(written)
        for step in act.get("done", []):
            written, _seen = runbooks.done(self._ledger, self._id, step, runbook=runbook.name)
            self._wrote(written)

    def _wait(self, act: dict[str, Any]) -> None:
        """Let the clock run until a step has paged `person`, or for `minutes`."""
        person, end = act.get("paged"), self._ledger.clock.now() + timedelta(minutes=act.get("minutes", 0))
        if person:
            self._deliver(lambda: any(person in page.paged for page in self._incident().pages.values()))
        else:
            self._deliver(lambda: self._ledger.clock.now() >= end)

    def _ack(self, act: dict[str, Any]) -> None:
        [page] = [page for page in self._incident().pages.values() if act["person"] in page.paged and page.waiting][:1]
        ref = f"{self._incident().ref}/{page.number}"
        written, _page = paging.acknowledge(self._ledger, self._id, ref, by=act["person"])
        self._wrote(written)
        self._deliver(lambda: not self._owed(due=True))

    # ── between acts ────────────────────────────────────────────────────────────────────────────────────────────────

    def _change(self, decide: Callable[[Incident], Any]) -> None:
        self._wrote(incidents.change(self._ledger, self._id, decide))

    def _wrote(self, written: Written) -> None:
        self._tell(written.entries)

    def _deliver(self, done: Callable[[], bool]) -> None:
        """Let the courier work until `done`, in the drill's time; what took too long shows as owed at the end."""
        until = monotonic() + self._patience
        seen = self._incident().head.seq
        while True:
            self._courier.run(0.5)
            seen = self._news(seen)
            if done() or monotonic() >= until:
                return
            time.sleep(0.02)

    def _news(self, seen: int) -> int:
        """Say what couriers put on the timeline since entry `seen`."""
        with self._ledger.store.reading() as look:
            entries = look.entries(self._id, after=seen)
        self._tell([entry for entry in entries if entry.actor.startswith("courier:")])
        return entries[-1].seq if entries else seen

    def _tell(self, entries: list[Entry]) -> None:
        """What a reader of the timeline would see: the words of a sensitive incident are masked here as well."""
        from escalate.domain.timeline.words import masked, sentence

        words = masked if self._incident().sensitive else sentence
        with self._ledger.store.reading() as look:
            name_of = look.roster().name_of
        for entry in entries:
            self._say(f"  {entry.recorded:%H:%M:%S}Z #{entry.seq} {words(entry.event, name_of)}")

    def _incident(self) -> Incident:
        with self._ledger.store.reading() as look:
            found = look.incident(self._id)
        assert found is not None
        return found

    def _owed(self, *, due: bool = False) -> list[Message]:
        """Messages nobody got yet; with `due` only those that should have gone out by now."""
        now = self._ledger.clock.now()
        with self._ledger.store.reading() as look:
            found = look.messages(incident=self._id, states=states.OWED)
        return [message for message in found if not due or (message.due_at <= now and not message.last_error)]

    def _hand_over(self, kind: str, form: str) -> list[Path]:
        put: list[Path] = []
        reports.make(
            self._ledger, self._id, kind=kind, format=form, audience="default", zone=self._ledger.clock.now().tzinfo,  # type: ignore[arg-type]
            library=self._library, papers=self._texts,
            hand_over=lambda document: put.append(self._put(f"DRILL-{kind}.{form}", document.text)),
        )  # fmt: skip
        return put

    def _end(self) -> Ending:
        documents = (("summary", "md"), ("report", "md"), ("report", "html"))
        files = [str(path) for kind, form in documents for path in self._hand_over(kind, form)]
        found = verify_store(self._ledger.store)
        with self._ledger.store.reading() as look:
            messages = look.messages(incident=self._id)
        lost = [m for m in messages if m.state in {*states.OWED, states.FAILED, states.GAVE_UP}]
        return Ending(
            incident=self._incident(),
            messages=messages,
            owed=lost,
            files=files,
            entries=found.entries,
            sound=found.sound,
        )


def _read_time(text: str, _day_ok: bool) -> datetime:
    """Scenarios write times in full."""
    return datetime.fromisoformat(text)
