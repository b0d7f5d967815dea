"""Who would be told, when and how: of a policy as it stands, or of a case that somebody wrote down."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.app import paging
from escalate.app.rehearsal import Happened, Rehearsal, SetClock, Told
from escalate.domain.instants import to_text
from escalate.domain.timeline.duties import TemporaryAdded, TemporaryRemoved
from escalate.domain.value import Value
from escalate.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from escalate.app.ports import Clock, Store
    from escalate.domain.oncall.page import Page
    from escalate.domain.oncall.scenario import Happening, Scenario

    Room = Callable[[Clock], AbstractContextManager[Store]]
    """Gives an empty record that goes away with the block."""


class Question(Value):
    """What would happen if `target` were paged at `at`. `ack`: after so long the person told last answers. `declines` are
    people and how long after the beginning each says that they cannot take it.
    """

    target: str
    at: datetime
    ack: timedelta | None = None
    declines: tuple[tuple[str, timedelta], ...] = ()
    harm: tuple[str, ...] = ()


class Simulated(Value):
    """`pages` as they stand in the end, `notes` what was asked for and did not happen."""

    told: list[Told]
    happened: list[Happened]
    pages: list[Page]
    notes: list[str]


def simulate(store: Store, roster: dict[str, Any], room: Room, question: Question) -> Simulated:
    """`roster` is the one in force, as it was applied. Nothing is written to `store`, and nobody is told."""
    with store.reading() as look:
        known = look.roster()
        target = known.target(question.target)
        declines = [(known.target(f"person:{person}").partition(":")[2], after) for person, after in question.declines]
        policy = known.policy_for(target).but(unworked=None)
        turn = look.opened_by(policy.name)
        record = look.on_call_record()
    entries = [entry for some in store.pages_of(record.id) for entry in some] if record is not None else []
    clock = SetClock(question.at)
    with room(clock) as own:
        with own.writing() as tx:
            tx.apply_roster(roster, "", "rehearsal")
            for entry in entries:
                tx.insert(entry, None)
            if record is not None:
                tx.save(record)
        rehearsal = Rehearsal(own, clock, console=True)
        page = rehearsal.open(target, policy, question.harm, turn)
        notes: list[str] = []
        answers: list[tuple[timedelta, str | None]] = [(after, person) for person, after in declines]
        answers += [(question.ack, None)] if question.ack is not None else []
        for after, person in sorted(answers, key=lambda one: (one[0], one[1] is None)):
            rehearsal.run(question.at + after)
            notes += _answered(rehearsal, page.id, person)
        rehearsal.run(None)
        return _come_to(rehearsal, [page.id], notes, known.name_of)


def _answered(rehearsal: Rehearsal, page: str, declining: str | None) -> list[str]:
    """What kept somebody from answering; mostly nothing."""
    at = f"{rehearsal.clock.at:%H:%M:%S}Z"
    incident, _page = rehearsal.page(page)
    try:
        if declining is not None:
            paging.decline(rehearsal.ledger, incident, page, by=declining)
        elif (by := rehearsal.last_paged(page)) is not None:
            paging.acknowledge(rehearsal.ledger, incident, page, by=by)
        else:
            return [f"At {at} nobody had been told, so nobody acknowledges."]
    except Refused as error:
        return [f"At {at} {declining} cannot decline any more: {error.message}"]
    return []


def _come_to(rehearsal: Rehearsal, pages: list[str], notes: list[str], name_of: Callable[[str], str]) -> Simulated:
    return Simulated(
        told=rehearsal.told(),
        happened=rehearsal.happened(name_of),
        pages=[rehearsal.page(id_)[1] for id_ in pages],
        notes=notes,
    )


# ── a case ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def perform(room: Room, scenario: Scenario) -> Simulated:
    """Run a case to its `until`, or until nothing more is due."""
    if scenario.policy is None:
        return Simulated(told=[], happened=[], pages=[], notes=scenario.notes)
    clock = SetClock(scenario.start)
    with room(clock) as own:
        stage = _Stage(Rehearsal(own, clock, console=False), scenario)
        stage.play()
        found = _come_to(stage.rehearsal, list(stage.pages.values()), [*scenario.notes, *stage.notes], stage.name_of)
    return found.but(told=[told.but(person=stage.name(told.person), via=stage.name(told.via)) for told in found.told])


class _Stage:
    """One case under way: what it has come to so far. `pages` are by alert, the last one of each."""

    def __init__(self, rehearsal: Rehearsal, scenario: Scenario) -> None:
        self.rehearsal = rehearsal
        self.scenario = scenario
        self.pages: dict[str, str] = {}
        self.notes: list[str] = []
        self._temporary: dict[str, list[str]] = {}

    def name(self, slug: str) -> str:
        return self.scenario.names.get(slug, slug)

    def name_of(self, to: str) -> str:
        return self.name(to.partition(":")[2])

    def play(self) -> None:
        """Of one moment: who is on call from then on, what is due, then one event after the other, each with all that it
        sets off.
        """
        rosters, happenings = list(self.scenario.rosters), list(self.scenario.happenings)
        while rosters or happenings:
            if rosters and (not happenings or rosters[0][0] <= happenings[0].at):
                moment, roster = rosters.pop(0)
                if self._after_the_end(moment):
                    continue
                self._come_up_to(moment)
                with self.rehearsal.ledger.store.writing() as tx:
                    tx.apply_roster(roster, "", "rehearsal")
            else:
                happening = happenings.pop(0)
                self.rehearsal.run(happening.at)
                self._do(happening)
        self.rehearsal.run(self.scenario.until)

    def _after_the_end(self, moment: datetime) -> bool:
        """A change that nobody is left to notice must not make the clock run on for it."""
        until = self.scenario.until
        return until is not None and moment > until

    def _come_up_to(self, moment: datetime) -> None:
        """Up to, and not with, `moment`: whoever is paged then is who is on call from then on."""
        self.rehearsal.run(moment - timedelta(microseconds=1))
        self.rehearsal.clock.at = moment

    def _do(self, happening: Happening) -> None:
        match happening.event:
            case "alert_created":
                self._created(happening)
            case "set_temporary_schedule":
                self._set_temporary(happening)
            case "clear_temporary_schedules":
                self._clear_temporaries(happening)
            case _:
                self._decide(happening)
        self.rehearsal.run(happening.at)

    def _created(self, happening: Happening) -> None:
        before = self.pages.get(happening.alert)
        if before is not None and self.rehearsal.page(before)[1].state != "cancelled":
            self.notes.append(f"{happening.place}: that alert is there already; nothing new is opened.")
            return
        assert self.scenario.policy is not None
        self.pages[happening.alert] = self.rehearsal.open("policy:scenario", self.scenario.policy).id

    def _decide(self, happening: Happening) -> None:
        page = self.pages[happening.alert]
        incident, now = self.rehearsal.page(page)
        ledger = self.rehearsal.ledger
        try:
            match happening.event:
                case "ack":
                    by = happening.by or self.rehearsal.last_paged(page)
                    if by is None:
                        self.notes.append(f"{happening.place}: nobody had been told, so nobody acknowledges.")
                    else:
                        paging.acknowledge(ledger, incident, page, by=by)
                case "decline":
                    paging.decline(ledger, incident, page, by=happening.by or "")
                case "close":
                    paging.decide(ledger, incident, page, "cancel", "closed")
                case "manual_escalate":
                    if happening.as_of is not None and self._fired_since(incident, now.id, happening.as_of):
                        self.notes.append(f"{happening.place}: a step has fired since, so it is not escalated again.")
                    else:
                        paging.decide(ledger, incident, page, "escalate", "escalated by hand")
        except Refused as error:
            self.notes.append(f"{happening.place} ({happening.event}) is refused: {error.message}")

    def _fired_since(self, incident: str, page: str, moment: datetime) -> bool:
        entries = [entry for page_ in self.rehearsal.ledger.store.pages_of(incident) for entry in page_]
        fired = [entry for entry in entries if entry.kind == "page.step_fired" and entry.event.page == page]  # type: ignore[attr-defined]
        return bool(fired) and fired[-1].recorded > moment

    def _set_temporary(self, happening: Happening) -> None:
        """From now on, and for longer than any case."""
        begin, end = happening.at, happening.at + timedelta(days=3660)
        shifts = (
            [{"person": happening.person, "start": to_text(begin), "end": to_text(end)}] if happening.person else []
        )
        with self.rehearsal.ledger.writing() as record:
            on_call = record.on_call()
            assert on_call.duty is not None
            id_ = on_call.duty.next_temporary
            event = TemporaryAdded(temporary=id_, schedule=happening.schedule, start=begin, end=end, shifts=shifts)
            record.append(on_call, event)
        self._temporary.setdefault(happening.schedule, []).append(id_)

    def _clear_temporaries(self, happening: Happening) -> None:
        with self.rehearsal.ledger.writing() as record:
            on_call = record.on_call()
            for id_ in self._temporary.pop(happening.schedule, []):
                on_call = record.append(on_call, TemporaryRemoved(temporary=id_)).incident
