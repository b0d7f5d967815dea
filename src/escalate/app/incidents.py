"""What one can ask of an incident: open it, write on it, change its state. One function, one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.ledger import Written
from escalate.domain.incident import rules
from escalate.domain.incident.harm import is_sensitive
from escalate.domain.incident.severity import at_least
from escalate.domain.timeline.entry import EXACT, Draft
from escalate.domain.timeline.events import NoteAdded, RunbookChosen
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.approvals import Outcome
    from escalate.app.ledger import Ledger, Record
    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.entry import Entry
    from escalate.domain.timeline.event import Event


class Opening(Value):
    """What is known in the first minute. `severity` None means that nobody has judged it yet. `primary` is the one of
    `harm` that leads, `taxonomy` what they were chosen from.
    """

    title: str
    severity: str | None = None
    harm: tuple[str, ...] = ()
    primary: str | None = None
    taxonomy: str | None = None
    imminent: bool = False
    child: bool = False
    ongoing: bool = False
    reported_at: datetime | None = None
    source: str | None = None
    at: datetime | None = None
    precision: str = EXACT
    quiet: bool = False
    restricted: bool = False
    drill: bool = False
    labels: frozenset[str] = frozenset()


def open_incident(ledger: Ledger, opening: Opening) -> Written:
    """Open an incident, and do what the routes say should then happen by itself, unless it is opened quietly."""
    with ledger.writing() as record:
        return opened(ledger, record, opening)


def opened(ledger: Ledger, record: Record, opening: Opening) -> Written:
    """The same, within a request that does more."""
    from uuid import uuid4

    rules.refuse_misspelt(opening.labels)
    number = record.tx.next_number()
    event = rules.open_(opening, number=number, code_name=fresh_code_name(record, number, drill=opening.drill))
    event = event if number else event.but(offline=True)
    id_ = str(uuid4())
    labels = opening.labels | {"sensitive"} if is_sensitive(opening.harm) else opening.labels
    draft = Draft(event=event, at=opening.at, precision=opening.precision, labels=labels)
    written = record.append(None, draft, id_=id_)
    record.tx.number(number, id_)
    # It takes an incident to say whether labels fit it; a refusal takes the opening back with it.
    rules.labels_for(written.incident, opening.labels, _reads(ledger, record, opening.labels))
    return written if opening.quiet else routed(record, written, None)


def fresh_code_name(record: Record, number: int, *, drill: bool) -> str:
    import secrets

    from escalate.domain.incident.code_names import FIRST, SECOND

    name = f"{FIRST[number % len(FIRST)]} {SECOND[number % len(SECOND)]}"
    for _ in range(50):
        name = f"{secrets.choice(FIRST)} {secrets.choice(SECOND)}"
        name = f"DRILL {name}" if drill else name
        if not record.tx.code_name_taken(name):
            break
    return name


def routed(record: Record, written: Written, was: str | None, *, harm: tuple[str, ...] | None = None) -> Written:
    """After opening, raising from severity `was`, or other harms than `harm`: pages, pings and a runbook of the routes
    that fit only now.
    """
    from escalate.app import paging

    incident = written.incident
    routes = [
        route
        for route in record.roster.routes
        if route.fits(incident.harm, incident.severity)
        and not (was and route.fits(incident.harm if harm is None else harm, was))
    ]
    because = "opened" if was is None else f"raised to {incident.severity}" if harm is None else "its harm was changed"
    for target in dict.fromkeys(target for route in routes for target in route.page):
        written = paging.joined(written, paging.open_page(record, written.incident, target, because=because))
    for team in dict.fromkeys(team for route in routes for team in route.ping):
        written = paging.joined(written, paging.ping_team(record, written.incident, team, "", because=because))
    for runbook in dict.fromkeys(route.runbook for route in routes if route.runbook):
        if runbook not in written.incident.runbooks:
            written = paging.joined(written, record.append(written.incident, RunbookChosen(runbook=runbook)))
    return written


def note(
    ledger: Ledger, incident_id: str, text: str, *, at: datetime | None = None, precision: str = EXACT,
    labels: frozenset[str] = frozenset(),
) -> Written:  # fmt: skip
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        labels = rules.labels_for(incident, labels, _reads(ledger, record, labels))
        return record.append(
            incident, Draft(event=NoteAdded(text=rules.said(text)), at=at, precision=precision, labels=labels)
        )


def _reads(ledger: Ledger, record: Record, labels: frozenset[str]) -> frozenset[str]:
    """What the writer may read; asked only where a label depends on it."""
    return record.roster.reads(ledger.author.person) if labels else frozenset()


def state_fact(
    ledger: Ledger,
    incident_id: str,
    name: str,
    *,
    at: datetime,
    precision: str = EXACT,
    why: str,
    labels: frozenset[str] = frozenset(),
) -> tuple[Written, dict[str, Any]]:
    """State a milestone or legal fact. A later statement of the same name supersedes the earlier one."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        event, supersedes = rules.state_fact(incident, name, why)
        labels = rules.labels_for(incident, labels, _reads(ledger, record, labels))
        written = record.append(incident, Draft(event=event, at=at, precision=precision, labels=labels))
        written = _clocks_moved(record, incident, written, event.name)
        return written, {"name": event.name, "at": at, "supersedes": supersedes}


def _clocks_moved(record: Record, before: Incident, written: Written, fact: str) -> Written:
    """After a fact has changed: the clocks that count from it. Most incidents have none, and need not know what one is."""
    if before.clocks is None:
        return written
    from escalate.app.clock_consequences import recomputed

    return recomputed(record, before, written, fact)


def change(
    ledger: Ledger, incident_id: str, decide: Any, *, at: datetime | None = None, precision: str = EXACT,
    labels: frozenset[str] = frozenset(),
) -> Written:  # fmt: skip
    """Append what `decide(incident)` returns: events, or none where the wish is true already. Raises Refused where it is
    so already, but what is said of it now is not what was said of it then.
    """
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        events: list[Event] = decide(incident)
        if isinstance(events, rules.AlreadySo):
            rules.refuse_other(incident, events.wish, at, _last(record, incident, events.wish.kind))
        if not events:
            return Written(incident=incident, entries=[])
        drafts = (Draft(event=event, at=at, precision=precision, labels=labels) for event in events)
        written = record.append(incident, *drafts)
        if incident.status != written.incident.status and written.incident.status in {"resolved", "closed"}:
            from escalate.app import paging

            written = paging.joined(written, paging.call_off(record, written.incident, written.incident.status))
            if incident.clocks is not None:
                from escalate.app.clock_consequences import page_on

                written = page_on(record, incident, written)
        return written


def _last(record: Record, incident: Incident, kind: str) -> Entry | None:
    found, after = None, 0
    while entries := record.tx.entries(incident.id, after=after):
        found = next((entry for entry in reversed(entries) if entry.kind == kind), found)
        after = entries[-1].seq
    return found


def change_severity(
    ledger: Ledger, incident_id: str, level: str, why: str, *, labels: frozenset[str] = frozenset()
) -> Written:
    """As `judge`, for those who need not know whether a second person is asked for."""
    return judge(ledger, incident_id, level, why, labels=labels).written


def judge(
    ledger: Ledger, incident_id: str, level: str, why: str, *,
    labels: frozenset[str] = frozenset(), break_glass: bool = False,
) -> Outcome:  # fmt: skip
    """Change the severity; raising it does what routes say for the new one. Lowering SEV0 or SEV1 takes two people: then
    the first one's wish is on record, and nothing else has happened.
    """
    from escalate.app.approvals import Outcome, do

    with ledger.writing() as record:
        incident = record.incident(incident_id)
        events = rules.change_severity(incident, level, why)
        if not events:
            return Outcome(written=Written(incident=incident, entries=[]), needless=break_glass)
        if level > incident.severity and at_least(incident.severity, GRAVE):
            return do(ledger, record, incident, events[0], why=why, labels=labels, break_glass=break_glass)
        if at_least(level, GRAVE) and not at_least(incident.peak_severity, GRAVE) and not incident.drill:
            events += _taken_alone(incident)
        written = record.append(incident, *(Draft(event=event, labels=labels) for event in events))
        written = routed(record, written, incident.severity) if level < incident.severity else written
        return Outcome(written=written, needless=break_glass)


def _taken_alone(incident: Incident) -> list[Event]:
    """Most incidents have no decisions; they need not know what one is."""
    if incident.judgement is None:
        return []
    from escalate.domain.decision.again import taken_alone

    return [*taken_alone(incident)]


GRAVE = "SEV1"
"""From this severity on, lowering it takes two people."""
