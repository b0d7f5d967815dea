"""Pages, pings and tickets: opening them, driving their steps, answering them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.ledger import Written
from escalate.domain.incident import rules
from escalate.domain.messages.message import ACKNOWLEDGED, CANCELLED, DELIVERED, OWED, SENT, Message
from escalate.domain.oncall import page as paging
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.events import IncidentClosed, PageOpened, TeamPinged, TicketAsked
from escalate.domain.timeline.receipts import MessageCancelled
from escalate.domain.value import Value
from escalate.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from escalate.app.ledger import Ledger, Record
    from escalate.domain.incident.state import Incident
    from escalate.domain.oncall.page import Page
    from escalate.domain.timeline.event import Event


TEST_TITLE = "Test of how people are reached"
"""The title of an incident that was opened for a test page alone."""


def joined(first: Written, second: Written) -> Written:
    """Two writes of one transaction as one."""
    return second.but(entries=[*first.entries, *second.entries], queued=[*first.queued, *second.queued])


def page(
    ledger: Ledger, incident_id: str, targets: tuple[str, ...], *, test: bool = False
) -> tuple[Written, list[Page]]:
    """Open a page for each target and fire its first step."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        refuse_if_over(incident)
        return paged(record, Written(incident=incident, entries=[]), targets, test=test)


def paged(record: Record, written: Written, targets: tuple[str, ...], *, test: bool) -> tuple[Written, list[Page]]:
    before = written.incident.pages
    for target in targets:
        written = joined(written, open_page(record, written.incident, target, test=test))
    return written, [page_ for id_, page_ in written.incident.pages.items() if id_ not in before]


def refuse_if_over(incident: Incident) -> None:
    """Nobody is called for what is closed, nor for the on-call record, which is no incident."""
    if incident.duty is not None:
        from escalate.app.ledger import no_incident

        raise no_incident()
    if incident.status == "closed":
        raise Refused(f"{incident.ref} is closed.", hint=f"To work on it again: escalate reopen {incident.ref}")


def open_page(record: Record, incident: Incident, target: str, *, because: str = "", test: bool = False) -> Written:
    from uuid import uuid4

    full = record.roster.target(target)
    policy = record.roster.policy_for(full)
    event = PageOpened(
        page=str(uuid4()),
        number=len(incident.pages) + 1,
        target=full,
        policy=policy.plain(),
        because=because,
        test=test,
        turn=record.tx.opened_by(policy.name) if any(step.round_robin for step in policy.steps) else 0,
    )
    written = record.append(incident, event)
    return advance(record, written, event.page)


def advance(record: Record, written: Written, page_id: str) -> Written:
    """Append what is due for a page: a step, steps that have nobody, the end of all steps."""
    while (page_ := written.incident.pages.get(page_id)) is not None:
        # Entries are never recorded before the head; where the clock was set back, a step is due by that time.
        incident = written.incident
        now = max(record.now, incident.head.recorded_at or record.now)
        worked = record.tx.last_worked(incident.id, 0) if page_.state == paging.ACKNOWLEDGED else None
        found = paging.due(page_, record.roster, now, incident.harm, worked)
        if found is None:
            break
        event, id_ = found
        written = joined(written, record.append(written.incident, Draft(event=event, id=id_)))
    return written


def advance_due(ledger: Ledger, incident_id: str, page_id: str) -> Written | None:
    """What a courier asks for a page that has fallen due. None where somebody else was faster."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        written = advance(record, Written(incident=incident, entries=[]), page_id)
        return written if written.entries else None


def ping(ledger: Ledger, incident_id: str, teams: tuple[str, ...], text: str) -> Written:
    text = rules.said(text, "The message") if text else ""
    with ledger.writing() as record:
        written = None
        incident = record.incident(incident_id)
        refuse_if_over(incident)
        for team in teams:
            more = ping_team(record, incident, team, text)
            written = joined(written, more) if written else more
            incident = more.incident
        assert written is not None
        return written


def ping_team(record: Record, incident: Incident, team: str, text: str, *, because: str = "") -> Written:
    """Ping a team; where it has a policy, its ping must be acknowledged: that policy is paged as well."""
    name = team.removeprefix("team:")
    found = record.roster.teams.get(name)
    if found is None:
        none = (
            "The roster in force has none."
            if record.roster.version
            else "Apply a roster first: escalate apply roster.toml"
        )
        known = f"Teams: {', '.join(record.roster.teams)}." if record.roster.teams else none
        raise NotFound(f"The roster has no team {team!r}.", hint=known)
    labels = rules.labels_for(incident, frozenset(), frozenset())
    written = record.append(incident, Draft(event=TeamPinged(team=name, text=text, because=because), labels=labels))
    if found.policy:
        written = joined(written, open_page(record, written.incident, f"policy:{found.policy}", because=f"ping {name}"))
    return written


def ask_ticket(ledger: Ledger, incident_id: str) -> Written:
    from escalate.errors import Misconfigured

    with ledger.writing() as record:
        incident = record.incident(incident_id)
        trackers = [channel.name for channel in record.roster.channels.values() if channel.kind == "jira"]
        if not trackers:
            raise Misconfigured(
                "The roster has no ticket tracker.",
                hint='Add [channels.tracker] with kind = "jira", then: escalate apply',
            )
        if incident.ticket or any(
            m.purpose == "ticket" and m.state in OWED for m in record.tx.messages(incident=incident_id)
        ):
            return Written(incident=incident, entries=[])
        return record.append(incident, TicketAsked(via=trackers[0]))


# ── answering ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Answer(Value):
    """That `by` answers a page of an incident; None: the only one that waits. `second_hand`: somebody else says so, and did
    not give the code of the person's message.
    """

    incident: str
    page: str | None
    by: str
    heard: str | None = None
    second_hand: bool = False


def acknowledge(
    ledger: Ledger,
    incident_id: str,
    page_ref: str | None,
    *,
    by: str,
    heard: str | None = None,
    at: datetime | None = None,
    second_hand: bool = False,
) -> tuple[Written, Page]:
    """One answer to one page."""
    one = Answer(incident=incident_id, page=page_ref, by=by, heard=heard, second_hand=second_hand)
    [done] = acknowledge_all(ledger, [one], at=at)
    return done


def acknowledge_all(
    ledger: Ledger, answers: Sequence[Answer], *, at: datetime | None = None
) -> list[tuple[Written, Page]]:
    """All of them, or none where one cannot be taken. Messages of those pages that nobody has seen are cancelled.

    Whoever answers after somebody else, or after the page was called off, is recorded and changes nothing else.
    """
    with ledger.writing() as record:
        record.tx.hold({one.incident for one in answers})
        return [_acknowledged(record, one, at) for one in answers]


def _acknowledged(record: Record, one: Answer, at: datetime | None) -> tuple[Written, Page]:
    incident = record.incident(one.incident)
    page_ = rules.page(incident, one.page) if one.page else _only(incident, "ack")
    events = rules.acknowledge(incident, page_, one.by, one.heard, at=at, second_hand=one.second_hand)
    written = _answered(record, incident, page_, events, by=one.by, why=f"acknowledged by {one.by}", at=at)
    written = _test_over(record, written, page_)
    return written, written.incident.pages[page_.id]


def decline(
    ledger: Ledger, incident_id: str, page_ref: str | None, *, by: str, heard: str | None = None, why: str = ""
) -> tuple[Written, Page]:
    """`by` cannot take it: what was still to be sent to them is cancelled, and once everybody of the step has declined the
    next one fires at once.
    """
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        page_ = rules.page(incident, page_ref) if page_ref else _only(incident, "decline")
        events = rules.decline(incident, page_, by, heard, why)
        written = _declined(record, incident, page_, events, by)
        written = advance(record, written, page_.id)
        return written, written.incident.pages[page_.id]


def _declined(record: Record, incident: Incident, page_: Page, events: list[Event], by: str) -> Written:
    if not events:
        return Written(incident=incident, entries=[])
    waiting = [m for m in _of_page(record, incident, page_) if m.state in OWED and m.to == f"person:{by}"]
    written = record.append(incident, *events)
    return messages_cancelled(record, written, waiting, f"declined by {by}")


def _test_over(record: Record, written: Written, page_: Page) -> Written:
    """An incident that was opened for a test alone closes with it, so that nobody writes on it by mistake."""
    incident = written.incident
    its_own = incident.drill and incident.title == TEST_TITLE and page_.test
    if not (its_own and written.entries) or incident.unacknowledged or incident.status == "closed":
        return written
    closed = IncidentClosed(disposition="not-an-incident", worst=incident.severity, why="the test is over")
    return joined(written, record.append(incident, closed))


def _only(incident: Incident, verb: str) -> Page:
    from escalate.errors import Usage

    pages = sorted(incident.pages.values(), key=lambda page_: page_.number)
    waiting = [page_ for page_ in pages if page_.waiting]
    if len(waiting) == 1:
        return waiting[0]
    if not waiting:
        answered = [page_ for page_ in pages if page_.state == "acknowledged"]
        if answered:
            return answered[-1]
        raise NotFound(f"{incident.ref} has no page to acknowledge.", hint="See who is waiting: escalate")
    named = ", ".join(f"{incident.ref}/{page_.number} ({page_.target})" for page_ in waiting)
    raise Usage(
        f"{len(waiting)} pages wait on {incident.ref}: {named}.",
        hint=f"Say which: escalate {verb} {incident.ref}/{waiting[0].number}",
    )


def decide(ledger: Ledger, incident_id: str, page_ref: str, verb: str, why: str) -> tuple[Written, Page]:
    """`escalate` to the next step now, or `cancel`."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        page_ = rules.page(incident, page_ref)
        if verb == "cancel":
            written = cancelled(record, incident, page_, why, "the page was cancelled")
            written = _test_over(record, written, page_)
        else:
            refuse_if_over(incident)
            written = record.append(incident, *rules.escalate(incident, page_, why))
            written = advance(record, written, page_.id)
        return written, written.incident.pages[page_.id]


def call_off(record: Record, incident: Incident, status: str) -> Written:
    """Stop what still pages when an incident is resolved or closed, also who was to answer besides the first."""
    written, why = Written(incident=incident, entries=[]), f"the incident was {status}"
    acknowledged = {page_.id for page_ in incident.pages.values() if page_.state == paging.ACKNOWLEDGED}
    if acknowledged:
        said = record.tx.messages(incident=incident.id)
        over = [m for m in said if m.page in acknowledged and m.state in OWED and m.purpose != "status"]
        written = messages_cancelled(record, written, over, why)
    for page_ in written.incident.unacknowledged:
        written = joined(written, cancelled(record, written.incident, page_, why, why))
    return written


def cancelled(record: Record, incident: Incident, page_: Page, why: str, messages_why: str) -> Written:
    """Call a page off, and with it what was still to be sent for it; `messages_why` is what those say."""
    return _answered(record, incident, page_, rules.cancel(page_, why), by=None, why=messages_why)


def _answered(
    record: Record,
    incident: Incident,
    page_: Page,
    events: list[Event],
    *,
    by: str | None,
    why: str,
    at: datetime | None = None,
) -> Written:
    if not events:
        return Written(incident=incident, entries=[])
    mine = _of_page(record, incident, page_)
    written = record.append(incident, *(Draft(event=event, at=at) for event in events))
    for message in mine:
        if message.state in {SENT, DELIVERED} and message.to == f"person:{by}" and message.purpose == "page":
            record.tx.update(message.but(state=ACKNOWLEDGED))
    over = [m for m in mine if m.state in OWED and _needless(m, page_, by)]
    return messages_cancelled(record, written, over, why)


def answered_there(record: Record, written: Written, page_: Page, *, by: str | None) -> Written:
    """`page_` waited until an answer of `by` came in from a machine that could not reach the record (None: it was called
    off there): what was still to be sent for it is cancelled.
    """
    mine = _of_page(record, written.incident, page_)
    for message in mine:
        if message.state in {SENT, DELIVERED} and message.to == f"person:{by}" and message.purpose == "page":
            record.tx.update(message.but(state=ACKNOWLEDGED))
    over = [m for m in mine if m.state in OWED and _needless(m, page_, by)]
    return messages_cancelled(record, written, over, f"acknowledged by {by}" if by else "the page was cancelled")


def _needless(message: Message, page_: Page, by: str | None) -> bool:
    """Whether nobody needs a message any more now that `by` has answered (None: the page was called off). Where everybody
    answers for themselves, the others are still told.
    """
    if message.purpose == "status":  # to a pager outside, which goes on until it hears of every round
        return by is None and message.details.get("dedup") == page_.dedup
    if by is None:
        return True
    if message.details.get("each"):
        return message.to == f"person:{by}"
    return page_.waiting


def _of_page(record: Record, incident: Incident, page_: Page) -> list[Message]:
    return [message for message in record.tx.messages(incident=incident.id) if message.page == page_.id]


def messages_cancelled(record: Record, written: Written, messages: list[Message], why: str) -> Written:
    for message in messages:
        record.tx.update(message.but(state=CANCELLED, leased_until=None))
    if not messages:
        return written
    events = (receipt(MessageCancelled, message, why=why) for message in messages)
    return joined(written, record.append(written.incident, *events))


def receipt(shape: Any, message: Message, **more: Any) -> Event:
    """The event that says what became of `message`."""
    made: Event = shape(
        message=message.id,
        to=message.to,
        via=message.via,
        sha256=message.sha256,
        attempts=message.attempts,
        **more,
    )
    return made
