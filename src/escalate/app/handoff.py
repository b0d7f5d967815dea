"""Handing over: the note to whoever comes next, and their accepting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.app.duty import duty_of
from escalate.app.ledger import Written
from escalate.app.paging import messages_cancelled
from escalate.domain.incident import rules
from escalate.domain.messages.message import OWED
from escalate.domain.oncall import changes, handing_over
from escalate.domain.timeline.duties import HandoffAccepted, HandoffOffered
from escalate.errors import NotFound, Refused

if TYPE_CHECKING:
    from escalate.app.ledger import Ledger, Record
    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.oncall.duty import Handoff


def offer_handoff(
    ledger: Ledger, schedule: str | None = None, *, to: str | None = None, note: str = ""
) -> tuple[Written, Handoff]:
    """Write the note and tell the taker: `to`, else who is on call next."""
    with ledger.writing() as record:
        roster, plan = record.roster, record.roster.plan
        giver = ledger.author.person or ledger.author.actor
        if schedule is None:
            name = handing_over.schedule_of(roster, plan, giver, record.now)
        else:
            name = changes.named(roster, "schedule", schedule)
        if to is not None:
            taker = changes.named(roster, "person", to)
        else:
            taker = handing_over.next_taker(plan, name, giver, record.now)
        if taker == giver:
            raise Refused(f"{giver} cannot hand over to {giver}.", hint="Say who takes over: --to bob")
        open_ = record.tx.incidents(statuses=("open",))
        items = handing_over.items(open_, record.tx.messages(states=OWED))
        on_call = record.on_call()
        event = HandoffOffered(
            handoff=duty_of(on_call).next_handoff,
            schedule=name,
            giver=giver,
            taker=taker,
            note=rules.said(note, "The note") if note else "",
            items=items,
        )
        written = record.append(on_call, event)
        return written, duty_of(written.incident).handoffs[-1]


def accept_handoff(ledger: Ledger, id_: str) -> tuple[Written, Handoff, list[Incident]]:
    """The taker takes over, once; with it the lead of every open incident of the note whose lead is still the giver. The
    last are those incidents.
    """
    with ledger.writing() as record:
        found = record.tx.on_call_record()
        handoff = _named(duty_of(found).handoffs if found else (), id_)
        assert found is not None
        handing_over.refuse_others(handoff, ledger.author.person)
        if handoff.accepted_by:
            return Written(incident=found, entries=[]), handoff, []
        led = _take_the_lead(record, handoff)
        written = record.append(found, HandoffAccepted(handoff=handoff.id, by=handoff.taker))
        written = _no_longer_owed(record, written, handoff)
        return written, _named(duty_of(written.incident).handoffs, handoff.id), led


def _take_the_lead(record: Record, handoff: Handoff) -> list[Incident]:
    led = []
    for item in handoff.items.get("incidents", []):
        for id_ in record.tx.ids(str(item["ref"])):
            incident = record.incident(id_)
            if incident.status != "closed" and incident.roles.get(handing_over.LEAD) == handoff.giver:
                events = rules.assign(incident, handing_over.LEAD, handoff.taker)
                led.append(record.append(incident, *events).incident)
    return led


def _no_longer_owed(record: Record, written: Written, handoff: Handoff) -> Written:
    """Whoever has accepted it need not be told of it any more."""
    kept = record.tx.messages(incident=written.incident.id, states=OWED)
    waiting = [one for one in kept if one.details.get("values", {}).get("handoff") == handoff.id]
    return messages_cancelled(record, written, waiting, f"{handoff.id} was accepted")


def handoffs(store: Store, limit: int = 20) -> list[Handoff]:
    """The last ones, newest first."""
    with store.reading() as look:
        found = look.on_call_record()
    return list(reversed(duty_of(found).handoffs[-limit:])) if found else []


def _named(all_: tuple[Handoff, ...], id_: str) -> Handoff:
    wanted = id_.strip().upper()
    for one in all_:
        if wanted in {one.id, one.id.partition("-")[2]}:
            return one
    raise NotFound(f"There is no hand-off {id_!r}.", hint="See them: escalate oncall handoff --list")
