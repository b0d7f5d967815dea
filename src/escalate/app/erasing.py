"""Taking somebody's words out of the record for good: one person asks, another does it, and no hold may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.approvals import Outcome, approved
from escalate.app.corrections import find
from escalate.app.ledger import Written
from escalate.domain.decision import approvals as rules
from escalate.domain.decision.state import Judgement
from escalate.domain.incident.fold import fold
from escalate.domain.incident.holding import refuse_to_erase
from escalate.domain.incident.rules import labels_for, said
from escalate.domain.messages.message import OWED
from escalate.domain.text.many import many
from escalate.domain.timeline.corrections import CORRECTING
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.erasing import kept, words_in
from escalate.domain.timeline.events import EntryEraseAsked, EntryErased
from escalate.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escalate.app.ledger import Ledger, Record
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.timeline.entry import Entry

TELLING = 12
"""Characters from which on a text is not in a message by chance."""


def ask(
    ledger: Ledger, incident_id: str, ref: str, why: str, *, labels: frozenset[str] = frozenset()
) -> tuple[Outcome, list[int]]:
    """Nothing is erased yet. The second are other entries that speak of the same one, and may hold the same words."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        target = find(record, incident_id, ref)
        refuse_to_erase(incident, target)
        _refuse_under_way(record, target)
        if not rules.others(record.roster, ledger.author.person):
            raise Refused(
                "Nobody erases alone, and the roster knows nobody else with a login.",
                hint='Give another person logins = ["…"] in the roster, then: escalate apply',
            )
        beside = [entry.seq for entry in _speaking_of(record, target)]
        if (id_ := _asked(incident, target.id)) is not None:
            assert incident.judgement is not None
            return Outcome(
                written=Written(incident=incident, entries=[]), approval=incident.judgement.approvals[id_]
            ), beside
        reason = said(why, "The reason")
        event = EntryErased(entry=target.id, why=reason)
        second = rules.asked(incident, event, rules.ERASE, reason, record.now, broken=False)
        second = second.but(what={**second.what, "body": {**second.what["body"], "seq": target.seq}})
        labels = labels_for(incident, labels, frozenset()) | target.label_set
        drafts = (Draft(event=one, labels=labels) for one in (EntryEraseAsked(entry=target.id, why=reason), second))
        written = record.append(incident, *drafts)
        assert written.incident.judgement is not None
        return Outcome(written=written, approval=written.incident.judgement.approvals[second.approval]), beside


def confirm(ledger: Ledger, incident_id: str, ref: str, why: str) -> tuple[Written, dict[str, Any]]:
    """The second person's answer, by the entry it is about."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        target = find(record, incident_id, ref)
        id_ = _asked(incident, target.id)
        if id_ is None:
            raise Refused(
                f"Nobody has asked to erase entry {target.seq}.",
                hint=f"Ask for it; somebody else confirms: escalate erase {target.seq} {incident.ref} --why …",
            )
        return approved(ledger, record, incident, id_, why)


def _asked(incident: Incident, entry: str) -> str | None:
    """The request that waits for a second person."""
    for one in (incident.judgement or Judgement()).pending:
        body = one["what"].get("body")
        if one["act"] == rules.ERASE and isinstance(body, dict) and body.get("entry") == entry:
            return str(one["id"])
    return None


# ── in the transaction of whoever approves ──────────────────────────────────────────────────────────────────────────


def prepared(record: Record, incident: Incident, event: EntryErased) -> EntryErased:
    """With what is left of the entry. Raises Refused where something has come in the way since."""
    target = _target(record, incident, event)
    refuse_to_erase(incident, target)
    _refuse_under_way(record, target)
    return event.but(kept=kept(target))


def carried_out(record: Record, written: Written, event: EntryErased) -> Written:
    """After the entry that says so: the words go, wherever the record holds them, and the state is made anew without."""
    target = _target(record, written.incident, event)
    repeating = [message.id for message in _repeating(record, target)]
    record.tx.erase(target, repeating)
    state = fold(every_entry(record, target.incident))
    assert state is not None
    record.tx.save(state)
    return written.but(incident=state)


def _target(record: Record, incident: Incident, event: EntryErased) -> Entry:
    target = record.tx.entry_by_id(event.entry)
    if target is None or target.incident != incident.id:
        raise Refused("The entry that was to be erased is not on this incident.", hint="Reject it, and ask again.")
    return target


def _refuse_under_way(record: Record, target: Entry) -> None:
    """What is still to be said cannot be said without words, and a page must not be lost."""
    owed = [message for message in _repeating(record, target) if message.state in OWED]
    if owed:
        names = ", ".join(message.id[:8] for message in owed[:5])
        raise Refused(
            f"{many(len(owed), 'message')} with these words still to be sent: {names}.",
            hint="Wait until they are sent, or answer or cancel what they belong to: escalate messages",
        )


def _repeating(record: Record, target: Entry) -> list[Message]:
    """The messages in which the words of an entry stand: its own, and those that say a longer piece of them again."""
    words = words_in(target)
    long = [text for text in words if len(text) >= TELLING or target.kind == "incident.opened"]
    return [
        message
        for message in record.tx.messages(incident=target.incident)
        if any(
            text in message.text or text in message.subject for text in (words if message.entry == target.id else long)
        )
    ]


def _speaking_of(record: Record, target: Entry) -> Iterator[Entry]:
    """Entries that correct it, in words of their own."""
    for entry in every_entry(record, target.incident):
        if entry.kind in CORRECTING and entry.body is not None and getattr(entry.event, "entry", "") == target.id:
            yield entry


def every_entry(record: Record, incident: str) -> Iterator[Entry]:
    after = 0
    while entries := record.tx.entries(incident, after=after):
        yield from entries
        after = entries[-1].seq
