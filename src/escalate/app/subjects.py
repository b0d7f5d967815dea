"""Whom an incident is about: to record that somebody was seen, to ask whether they were here before, to link and withdraw.

Values come in, are turned into digests, and go no further: nothing here keeps, returns or repeats one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from escalate.app.known_subjects import decided, may_read, resolved, sighted
from escalate.app.ledger import Written
from escalate.domain.subjects import rules
from escalate.domain.subjects.handles import handle_for
from escalate.domain.subjects.review import to_reopen
from escalate.domain.timeline.access import SubjectLinked, SubjectSeen, SubjectWithdrawn
from escalate.domain.timeline.entry import Draft
from escalate.domain.value import Value
from escalate.errors import Conflict, Misconfigured, NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from escalate.app.ledger import Ledger, Record
    from escalate.app.ports import Reading, Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.subjects.keys import Ring


class Keys(Protocol):
    def ring(self, known: Sequence[str]) -> Ring:
        """What is at hand for a record that knows the keys `known`."""


class Secret(Value):
    """A value as somebody gave it. It is never shown, also not by mistake."""

    type: str
    value: str

    def __repr__(self) -> str:
        return f"Secret(type={self.type!r})"


class Known(Value):
    """What stands for a value: its handle, and the digest with the key it was made by."""

    handle: str
    digest: str
    key: str


def ring_for(store: Store, keys: Keys) -> Ring:
    """The keys at hand. They are looked for before anything is locked: a keyring may ask somebody first."""
    with store.reading() as look:
        known = look.subject_keys()
    return keys.ring(known)


def add(
    ledger: Ledger,
    keys: Keys,
    incident_id: str,
    secret: Secret,
    relation: str,
    *,
    note: str = "",
    labels: frozenset[str] = frozenset(),
    at: datetime | None = None,
) -> tuple[Written, dict[str, Any]]:
    """Record that somebody was seen in an incident. The same again, with nothing to say of it, changes nothing."""
    written_as = _written(secret)
    refuse_relation(relation)
    refuse_value_in(note, secret, written_as)
    ring = ring_for(ledger.store, keys)
    with ledger.writing() as record:
        known = known_as(record, ring, secret.type, written_as)
        incident = record.incident(incident_id)
        before = _read(ledger, record, ring, secret.type, written_as)
        event = seen_as(known, secret.type, relation, note.strip())
        here = [one for one in (incident.case.sightings if incident.case else []) if one["subject"] == known.handle]
        if not note.strip() and at is None and any(one["relation"] == relation for one in here):
            written = Written(incident=incident, entries=[])
        else:
            # That it is seen here again is a trigger like others; that it is here at all is looked at now.
            again = [] if here else to_reopen(incident, known.handle, named_only=True)
            hidden = frozenset({"sensitive"}) if incident.sensitive else frozenset[str]()
            taken_up = [Draft(event=one, labels=hidden) for one in again]
            written = record.append(incident, Draft(event=event, at=at, labels=labels), *taken_up)
        entry = written.entries[0] if written.entries else None
        return written, {
            "handle": known.handle,
            "type": secret.type,
            "relation": relation,
            "ref": incident.ref,
            "seq": entry.seq if entry else None,
            "reopened": [one.decision for one in _reopened(written)],
            **before,
        }


def seen(ledger: Ledger, keys: Keys, secret: Secret) -> dict[str, Any]:
    """Whether somebody was here before. It writes on no incident; who leads one that the asker may not read is told."""
    written_as = _written(secret)
    refuse_without_key(ledger.store)
    ring = ring_for(ledger.store, keys)
    _ = ring.current  # a wrong key finds nothing, which would be taken for an answer
    with ledger.writing() as record:
        _same_keys(record, ring)
        found = _read(ledger, record, ring, secret.type, written_as)
        for _key, digest in ring.digests(secret.type, written_as):
            record.tx.asked_about(digest, ledger.author.actor)
    handles = list(dict.fromkeys(one["handle"] for one in found["sightings"]))
    return {"type": secret.type, "handle": handles[0] if handles else None, "seen": bool(handles), **found}


def refuse_without_key(store: Store) -> None:
    """Without a key nothing can be found, which is no answer: sightings may have come from another record."""
    with store.reading() as look:
        if look.subject_keys():
            return
    raise Misconfigured(
        "This record has no key for subjects: whether anybody was here before cannot be known.",
        hint="Is it the record that you mean? escalate doctor. To begin with subjects here: escalate subject key new",
    )


def show(ledger: Ledger, handle: str) -> dict[str, Any]:
    """What is known of a handle or the beginning of one, in incidents that the asker may read."""
    with ledger.store.reading() as look:
        roster, author = look.roster(), ledger.author
        full = resolved(look, handle, author.actor, author.person, roster)
        found = sighted(look, [full], author.actor, author.person, roster)
        return {
            "handle": full,
            "types": list(dict.fromkeys(one["type"] for one in found["sightings"])),
            **found,
            "decisions": decided(look, found, author.actor, author.person, roster),
        }


def known_handle(ledger: Ledger, given: str) -> str:
    """The handle that `given` is or begins. Of one in what the asker may not read it is said that there is none."""
    with ledger.store.reading() as look:
        return resolved(look, given, ledger.author.actor, ledger.author.person, look.roster())


def link(
    ledger: Ledger, incident_id: str, handle: str, other: str, why: str, labels: frozenset[str] = frozenset()
) -> tuple[Written, dict[str, Any]]:
    """Put down that two handles are held to be one subject."""
    if not why.strip():
        raise Refused("Nothing is linked without a reason.", hint="As --why 'the same bank account in both reports'")
    with ledger.writing() as record:
        one, two = (_full(ledger, record, given) for given in (handle, other))
        if one == two:
            raise Refused(f"{one} is one subject already.", hint="Name two handles.")
        incident = record.incident(incident_id)
        links = incident.case.links if incident.case else []
        if any({each["subject"], each["other"]} == {one, two} for each in links):
            return Written(incident=incident, entries=[]), {"handle": one, "other": two, "seq": None}
        event = SubjectLinked(subject=one, other=two, why=why.strip())
        written = record.append(incident, Draft(event=event, labels=labels))
    return written, {"handle": one, "other": two, "seq": written.entries[-1].seq}


def withdraw(
    ledger: Ledger, incident_id: str, handle: str, why: str, seq: int | None = None
) -> tuple[Written, dict[str, Any]]:
    """Take back a sighting or link of one incident that was a mistake. Its entry stays; it is found no more."""
    if not why.strip():
        raise Refused("Nothing is withdrawn without a reason.", hint="As --why 'a typing mistake'")
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        found = _standing(incident, handle, seq)
        event = SubjectWithdrawn(subject=found["subject"], entry=found["entry"], why=why.strip())
        written = record.append(incident, event)
    return written, {"handle": found["subject"], "withdrawn": found["seq"], "seq": written.entries[-1].seq}


def _standing(incident: Incident, handle: str, seq: int | None) -> dict[str, Any]:
    """The one sighting or link of an incident that is meant."""
    from escalate.domain.subjects.handles import as_typed

    begins = as_typed(handle) or "?"
    case = incident.case
    known = [*(case.sightings if case else []), *(case.links if case else [])]
    exact = [one for one in known if begins in {one["subject"], one.get("other")}]
    found = exact or [one for one in known if one["subject"].startswith(begins)]
    found = [one for one in found if seq is None or one["seq"] == seq]
    if not found:
        raise NotFound(
            f"{incident.ref} has no such sighting or link.", hint=f"See them: escalate timeline {incident.ref} --all"
        )
    if len(found) > 1:
        places = ", ".join(f"#{one['seq']}" for one in found)
        raise Usage(
            f"Several entries of {incident.ref} say that: {places}.", hint=f"Say which: --entry {found[0]['seq']}"
        )
    return found[0]


def _full(ledger: Ledger, record: Record, given: str) -> str:
    return resolved(record.tx, given, ledger.author.actor, ledger.author.person, record.roster)


# ── from a value to what stands for it ──────────────────────────────────────────────────────────────────────────────


def _written(secret: Secret) -> str:
    """As its type's rule writes it. Raises Refused, which does not repeat it."""
    if secret.type not in rules.TYPES:
        raise Usage("There is no such type of value.", hint=f"Types: {', '.join(rules.TYPES)}.")
    try:
        return rules.normalised(secret.type, secret.value)
    except rules.Unreadable as error:
        raise Refused(f"The value is not taken: {error.what}.", hint=error.do) from None


def refuse_relation(relation: str) -> None:
    if relation not in rules.RELATIONS:
        raise Usage("There is no such relation.", hint=f"Relations: {', '.join(rules.RELATIONS)}.")


def refuse_value_in(text: str, secret: Secret, written: str) -> None:
    said = text.casefold()
    if any(part and part.casefold() in said for part in (secret.value.strip(), written)):
        raise Refused(
            "The note holds the value itself; nothing was recorded.",
            hint="Say what you saw without it: the handle stands for it.",
        )


def known_as(record: Record, ring: Ring, type_: str, written: str, new: dict[str, str] | None = None) -> Known:
    """What stands for a value: what stood for it before, under whichever key; else a new handle that is nobody's.

    `new` are the handles given in this transaction, with their digests.
    """
    newest = ring.current
    _same_keys(record, ring)
    given = {} if new is None else new
    digests = ring.digests(type_, written)
    for key, digest in digests:
        handle = record.tx.handle_of(digest) or next((one for one, of in given.items() if of == digest), None)
        if handle is not None:
            return Known(handle=handle, digest=digest, key=key)
    [digest] = [found for key, found in digests if key == newest]
    handle = handle_for(digest, lambda one: record.tx.handle_taken(one, digest) or given.get(one, digest) != digest)
    given[handle] = digest
    return Known(handle=handle, digest=digest, key=newest)


def seen_as(known: Known, type_: str, relation: str, note: str = "") -> SubjectSeen:
    return SubjectSeen(
        subject=known.handle,
        type=type_,
        relation=relation,
        digest=known.digest,
        key=known.key,
        rule=rules.VERSION,
        note=note,
    )


def _same_keys(record: Record, ring: Ring) -> None:
    if tuple(record.tx.subject_keys()) != ring.known:
        raise Conflict("Somebody made a new key just now; nothing was recorded.", hint="Try again.")


def _read(ledger: Ledger, record: Record, ring: Ring, type_: str, written: str) -> dict[str, Any]:
    """Where a value was seen, as far as who asks may read it."""
    look: Reading = record.tx
    author, roster = ledger.author, record.roster
    handles = [look.handle_of(digest) for _key, digest in ring.digests(type_, written)]
    found = sighted(look, [one for one in dict.fromkeys(handles) if one], author.actor, author.person, roster)
    return {
        **found,
        "decisions": decided(look, found, author.actor, author.person, roster),
        "missing_keys": list(ring.missing),
    }


def _reopened(written: Written) -> list[Any]:
    return [entry.event for entry in written.entries if entry.kind == "decision.reopened"]


__all__ = ["Keys", "Known", "Secret", "add", "link", "may_read", "seen", "show", "withdraw"]
