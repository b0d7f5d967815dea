"""The state of everything in one look."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.app.awaited import awaited
from escalate.app.couriers import any_that_beats, living
from escalate.app.outbox import hidden
from escalate.domain.incident.targets import late
from escalate.domain.messages import message as states
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.awaited import Awaited
    from escalate.app.ports import Store, Tally
    from escalate.domain.clocks.standing import Reckoned
    from escalate.domain.incident.state import Incident
    from escalate.domain.incident.targets import Target, Targets
    from escalate.domain.messages.message import Message
    from escalate.domain.oncall.page import Page
    from escalate.domain.roster import Roster

SOON = timedelta(hours=4)
"""A clock that runs out within so long is something to do now."""

BY_HAND = 5
"""As many are named that must be told by whoever looks."""

UNREADABLE = "its deadline cannot be counted, and nothing alerts"

OWED = 20
"""Messages that are owed are shown, the oldest; they are all counted."""


class Overview(Value):
    """`advice` are commands to run next, most urgent first, each with its reason. `open` are the worst; `more` others are
    open as well. `owed` are the messages that have been owed longest, those `masked` of which the words are not shown; `tally`
    counts all of them, and `by_hand` are some that only somebody at a terminal can pass on. `waiting` are the pages of all of
    them, `clocks` the legal clocks that run or wait for a fact, soonest first.
    `on_call` maps each schedule to who is on call now. `late` are the response targets that were missed and are not met.
    """

    open: list[Incident]
    waiting: list[tuple[Incident, Page]]
    owed: list[Message]
    masked: frozenset[str] = frozenset()
    tally: Tally
    by_hand: list[Message]
    couriers: list[dict[str, Any]]
    advice: list[tuple[str, str]]
    more: int = 0
    clocks: list[tuple[Incident, Reckoned]] = []
    on_call: dict[str, list[str]] = {}
    judged: list[Awaited] = []
    late: list[tuple[Incident, Target]] = []

    @property
    def more_owed(self) -> int:
        """How many messages are owed besides."""
        return max(self.tally.messages - len(self.owed), 0)

    def public(self) -> dict[str, Any]:
        return {
            "open": [incident.public() for incident in self.open],
            "unacknowledged": [
                {"page": f"{incident.ref}/{page.number}", "target": page.target, "state": page.state,
                 "due_at": page.due_at.isoformat() if page.due_at else None}
                for incident, page in self.waiting
            ],
            "more_open": self.more,
            "next_deadline": _next_deadline(self.clocks),
            "on_call": self.on_call,
            "awaited": [one.public() for one in self.judged],
            "late_targets": [{"ref": incident.ref, **one.public()} for incident, one in self.late],
            "owed": [message.public(masked=message.id in self.masked) for message in self.owed],
            "more_owed": self.more_owed,
            "couriers": [{"id": one["id"], "host": one["host"], "beat_at": one["beat_at"].isoformat()} for one in self.couriers],
            "advice": [{"command": command, "why": why} for command, why in self.advice],
        }  # fmt: skip


def overview(
    store: Store, now: datetime, most: int, alive: Callable[[dict[str, Any]], bool] = any_that_beats,
    *, targets: Targets | None = None, sends: bool = True,
) -> Overview:  # fmt: skip
    """`alive` tells a courier that lives from one that only left a sign of life. `targets` are how soon the team wants to
    have answered. `sends` says whether whoever asks may send at all.
    """
    with store.reading() as look:
        open_ = look.incidents(statuses=("open",))
        owed, tally, by_hand = (
            look.messages(states=states.OWED, limit=OWED),
            look.tally(now),
            look.by_hand(now, BY_HAND),
        )
        masked = hidden(look, owed)
        couriers = living(look, now, alive)
        roster = look.roster()
        judged = awaited(look, open_, roster, now)
    worst_first = sorted(open_, key=lambda incident: (incident.severity, -incident.number))
    waiting = [(incident, page) for incident in worst_first for page in _in_order(incident.unacknowledged)]
    seen = Overview(
        open=worst_first[:most],
        waiting=waiting,
        owed=owed,
        masked=masked,
        tally=tally,
        by_hand=by_hand,
        couriers=couriers,
        advice=[],
        more=max(len(worst_first) - most, 0),
        clocks=_clocks(open_),
        on_call=_on_call(roster, now),
        judged=judged,
        late=late(open_, targets or {}, roster, now),
    )
    return seen.but(advice=_advice(seen, now, roster.version, sends))


def _clocks(open_: list[Incident]) -> list[tuple[Incident, Reckoned]]:
    """Most records have none; they need not know what one is."""
    found = [(incident, one) for incident in open_ if incident.clocks for one in incident.clocks.reckoned(incident)]
    wanted = [(incident, one) for incident, one in found if one.is_pending or one.is_waiting]
    return sorted(wanted, key=lambda pair: (pair[1].order, pair[0].number))


def _next_deadline(clocks: list[tuple[Incident, Reckoned]]) -> dict[str, Any] | None:
    found = next(((incident, one) for incident, one in clocks if one.is_pending and one.strict), None)
    if found is None:
        return None
    incident, one = found
    return {"ref": incident.ref, "clock": one.id, "strict": one.strict.isoformat() if one.strict else None}


def _on_call(roster: Roster, now: datetime) -> dict[str, list[str]]:
    if not roster.schedules:
        return {}
    plan = roster.plan
    return {
        name: [roster.name_of(f"person:{person}") for person in plan.on_call(f"schedule:{name}", now)]
        for name in roster.schedules
    }


def _in_order(pages: list[Page]) -> list[Page]:
    return sorted(pages, key=lambda page: page.number)


WHO = {"clock": "whoever sees to the clock", "broken": "whoever leads"}
"""To whom what goes to nobody by name is passed on."""


def _passed_on(message: Message) -> tuple[str, str]:
    """Its words are read by the same command, whatever the terminal that showed them has come to."""
    id_ = message.id[:8]
    if message.to != "person:":
        whom = f"{message.name} must be told by you; read it out"
    elif message.purpose in {"page", "exhausted"}:
        whom = "nobody is left to tell: read it, and find somebody yourself"
    else:
        whom = f"pass it on to {WHO.get(message.purpose, 'whoever sees to it')}"
    return f"escalate messages {id_}", f"{whom}; then: escalate messages told {id_}"


def _advice(seen: Overview, now: datetime, roster_version: int, sends: bool) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    stepping = [page for _incident, page in seen.waiting if page.due_at]
    if (seen.tally.moving or stepping) and not seen.couriers:
        why = "something is owed and no courier is running: nobody else will be woken"
        found.append(("escalate work", why if sends else f"ask somebody whose login may send: {why}"))
    for incident, page in seen.waiting:
        why = "every step has run out, nobody answered" if page.state == "exhausted" else "nobody has answered yet"
        found.append((f"escalate ack {incident.ref}/{page.number}", why))
    for incident, one in seen.clocks:
        if one.is_pending and one.limit and one.limit - now < SOON:
            over = "is over" if now > one.limit else "runs out soon"
            what = "the time of a legal clock" if one.due else "the time to an internal target"
            found.append((f"escalate clock submitted {one.id} {incident.ref}", f"{what} {over}"))
        elif one.is_unreadable:
            found.append((f"escalate clock applies {one.id} {incident.ref}", UNREADABLE))
        elif one.is_waiting:
            fact = one.deadline.missing[0]
            if ":" not in fact:
                found.append((f"escalate fact {fact} {incident.ref} --at T", f"the clock {one.id} counts from it"))
    known = {command for command, _why in found}
    overdue = [(one.command, f"{incident.ref}: {one.name} is late") for incident, one in seen.late]
    found += [(command, why) for command, why in overdue if command not in known][:3]
    found += [_passed_on(message) for message in seen.by_hand]
    found += [(one.command, f"{one.what}{', LATE' if one.late else ''}") for one in seen.judged[:3]]
    found += [
        (f"escalate assess {name} {incident.ref}", "it was final for a time that is over: look again")
        for incident in seen.open
        for name, standing in incident.assessments.items()
        if standing.get("expired")
    ]
    for incident in seen.open:
        if incident.is_recalled:
            continue
        if incident.provisional:
            found.append((f"escalate severity SEV1 {incident.ref} --why …", "nobody has judged its severity"))
        if "lead" not in incident.roles:
            found.append((f"escalate assign lead PERSON {incident.ref}", "it has no lead"))
        if "triage" not in incident.assessments and incident.status == "open":
            found.append((f"escalate assess triage {incident.ref}", "it has not been triaged"))
    if empty := [name for name, people in seen.on_call.items() if not people]:
        found.append(("escalate oncall check", f"nobody is on call for {', '.join(empty[:3])}"))
    if not roster_version:
        found.append(("escalate apply roster.toml", "there is no roster: pages are shown here and sent to nobody"))
    return found[:8]
