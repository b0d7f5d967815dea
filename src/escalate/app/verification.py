"""Does the record fit together? Chains, heads, numbers, and the states and messages that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app import beside, kept
from escalate.app.beside import Applied
from escalate.app.kept import PAGE, Blind, Page, blinded, unlike
from escalate.app.redirected import redirected
from escalate.app.settled import Receipts
from escalate.domain.incident.fold import apply
from escalate.domain.incident.state import Head
from escalate.domain.timeline.chain import COLUMNS, Walk
from escalate.domain.timeline.codec import misshapen
from escalate.domain.value import Value
from escalate.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.entry import Entry

INERT = (
    "note.added",
    "message.",
    "courier.",
    "text.",
    "runbook.chosen",
    "entry.labelled",
    "entry.erase",
)
"""Kinds that do not change the folded state, but for those of `TOLD`; only their place in the chain is checked."""

TOLD = frozenset({"message.sent", "message.failed", "message.gave_up"})
"""What became of messages that the state tells of: the number of a ticket, and who was told in place of whom."""

MISUNDERSTOOD = kept.MISUNDERSTOOD
"""What folding raises for a body that escalate cannot have written."""

BLIND = "access.broken"
"""Written by somebody who may not read the incident: on a server the state is kept without it until the next entry."""


class Fault(Value):
    """What does not fit: `field` names it, `seq` 0 stands for the whole incident."""

    incident: str
    seq: int
    field: str
    what: str


class Findings(Value):
    """`names` are the references and code names of incidents in which something does not fit; `hidden` counts those that who
    asks may not see.
    """

    entries: int
    erased: int
    bad: list[Fault]
    heads: dict[str, str] = {}
    names: dict[str, str] = {}
    hidden: int = 0

    @property
    def sound(self) -> bool:
        return self.entries > 0 and not self.bad

    def unguarded(self, said: list[str]) -> Findings:
        """The same, where the database was found without its guards, in sentences. It may be as it was all the same."""
        if not said:
            return self
        more = f"; and {len(said) - 1} more: escalate db check" if len(said) > 1 else ""
        return self.but(bad=[*self.bad, Fault(incident="record", seq=0, field="guards", what=said[0] + more)])

    def name_of(self, fault: Fault) -> str:
        return self.names.get(fault.incident, fault.incident)


def verify_store(store: Store) -> Findings:
    """Every chain, every head, every number, and what is kept of none of them: rosters, logins, codes."""
    entries = erased = 0
    numbers = store.rows("numbers_and_heads")  # type: ignore[attr-defined]
    found_beside = (*beside.numbers(numbers), *beside.faults(store))
    bad = [Fault(incident=of, seq=0, field=field, what=what) for of, field, what in found_beside]
    names: dict[str, str] = {}
    after, applied = "", Applied(store)
    while (incident := _next(store, after)) is not None:
        found = verify_incident(store, incident, applied=applied)
        entries += found.entries
        erased += found.erased
        bad += found.bad
        names |= found.names
        after = incident
    hidden = sum(row["incident"] is None for row in numbers)
    return Findings(entries=entries, erased=erased, bad=bad, names=names, hidden=hidden)


def _next(store: Any, after: str) -> str | None:
    [row] = store.rows("next_chain", after=after)
    found: str | None = row["incident"]
    return found


def _page(store: Any, incident: str, after: Any) -> Page:
    with store.unspoilt() as look:
        page = Page(rows=look.tuples("hashed_after", incident=incident, after=after, limit=PAGE))
        if not page.is_last:
            return page
        number = look.first("number_of", incident=incident)
        return page.but(
            head=look.first("head", incident=incident),
            number=number["number"] if number else None,
            state=look.first("kept", incident=incident),
            pages=[tuple(row) for row in look.run("kept_pages", incident=incident)],
            messages=look.tuples("kept_messages", incident=incident),
            moments=look.tuples("kept_moments", incident=incident),
        )


def verify_incident(
    store: Any, incident: str, expect: tuple[int, str] | None = None, *, applied: Applied | None = None
) -> Findings:
    walk, bad, count = Walk(expect[0] if expect else 0), [], 0
    state: Incident | None = None
    receipts = Receipts()
    blind: Blind | None = None
    after: Any = BEFORE_ALL
    while True:
        page = _page(store, incident, after)
        count += len(page.rows)
        index = 0
        while (index := index if _rests(state) else walk.stride(page.rows, index)) < len(page.rows):
            row = dict(zip(COLUMNS, page.rows[index], strict=True))
            index += 1
            bad += [_fault(incident, walk.seq, field, WHAT[field]) for field in walk.step(row)]
            if str(row["kind"]).startswith("message."):
                receipts.take(walk.seq, row["kind"], row["body"])
            if row["kind"] == BLIND and not bad:
                blind = blinded(blind, state, row)
            if not bad and (not row["kind"].startswith(INERT) or row["kind"] in TOLD or _rests(state)):
                state = _folded(store, incident, row["seq"], state, bad)
        if page.is_last:
            break
        after = page.rows[-1][0]
    bad += [_fault(incident, seq, "body", "it is gone, and nobody erased it") for seq in walk.missing]
    bad += _head(incident, walk, page.head)
    bad += head_faults(incident, walk, expect)
    on_call = state is not None and state.duty is not None
    if count and page.number is None and not on_call:
        bad.append(_fault(incident, 0, "number", "it has no number"))
    if not bad:
        bad += _kept(store, state, walk, page, blind) if state is not None else []
        told = [*receipts.faults((row[:3] for row in page.messages), erased=bool(walk.erased))]
        if page.messages:
            told += redirected(page.messages, (applied or Applied(store)).so_far())
        bad += [_fault(incident, seq, "message", what) for seq, what in told]
    names = {incident: _name(store, incident)} if bad else {}
    heads = {incident: f"{walk.seq}:{walk.digest}"}
    return Findings(entries=count, erased=len(walk.erased), bad=bad, heads=heads, names=names)


def _rests(state: Incident | None) -> bool:
    """Whether any entry may change the state, also a note: what was brought in wakes when somebody works on it."""
    return state is not None and state.resting


def _name(store: Any, incident: str) -> str:
    """Reference and code name, as far as they can be told of an incident in which something does not fit."""
    with store.unspoilt() as look:
        number, kept = look.first("number_of", incident=incident), look.first("kept", incident=incident)
    if number is None:
        return str(incident)
    return f"INC-{number['number']}" + (f" {kept['code_name']}" if kept else "")


BEFORE_ALL = -(2**63)
"""Not 0: an entry put in before the first one is found, too."""

WHAT = {
    "seq": "the entry before it is missing, or it stands twice",
    "prev": "it does not follow the entry before it",
    "body": "what it says was changed",
    "digest": "one of its fields was changed: time, actor, kind, labels, id or order",
}


def _fault(incident: str, seq: int, field: str, what: str) -> Fault:
    return Fault(incident=str(incident), seq=seq, field=field, what=what)


def _folded(store: Any, incident: str, seq: int, state: Incident | None, bad: list[Fault]) -> Incident | None:
    with store.reading() as look:
        entry = look.entry(incident, seq)
    try:
        if entry.body is None:
            entry = _restored(store, entry)
        if entry.body is not None and misshapen(entry.kind, entry.event):
            raise ValueError(f"{entry.kind} has another shape")
        return apply(state, entry)
    except (*MISUNDERSTOOD, Refused) as error:
        bad.append(_fault(incident, seq, "body", f"it cannot be understood: {error}"))
        return None


def _restored(store: Any, entry: Entry) -> Entry:
    """An erased entry with what is left of it, which stands further on."""
    from escalate.domain.timeline.erasing import remains, whole

    left = remains(one for page in store.pages_of(entry.incident) for one in page)
    return whole(entry, left.get(entry.id))


def _kept(store: Any, state: Incident, walk: Walk, page: Page, blind: Blind | None) -> list[Fault]:
    """Whether what is kept beside a sound chain is what its entries make: commands look at it instead of folding."""
    made = _ended(store, state, walk.seq, walk.digest)
    behind = None
    if blind is not None and blind.last == walk.seq:
        behind = _ended(store, blind.state, blind.seq, blind.digest)
    said = [*unlike(made, behind, page)]
    if not beside.can_be_answered(store, made):
        said.append(("state", "the codes to answer its pages by are not there; escalate db rebuild"))
    return [_fault(state.id, 0, field, what) for field, what in said]


def _ended(store: Any, state: Incident, seq: int, digest: str) -> Incident:
    """The state with the head of an entry, also where that changed nothing else."""
    with store.reading() as look:
        last = look.entry(state.id, seq)
    return state.but(head=Head(seq=seq, digest=digest, recorded_at=last.recorded))


def _head(incident: str, walk: Walk, head: Any) -> list[Fault]:
    if head is None:
        return [_fault(incident, 0, "head", "its head is missing")]
    if head["seq"] > walk.seq:
        return [_fault(incident, walk.seq + 1, "seq", f"entries {walk.seq + 1} to {head['seq']} are missing")]
    if (head["seq"], head["digest"]) != (walk.seq, walk.digest):
        return [_fault(incident, walk.seq, "head", "the head does not fit the last entry")]
    return []


def verify_entries(rows: Iterable[dict[str, Any]], incident: str, expect: tuple[int, str] | None = None) -> Findings:
    """A chain read from a file: the same checks, without a head to hold it against unless one is expected."""
    walk, bad, count = Walk(expect[0] if expect else 0), [], 0
    for row in rows:
        count += 1
        bad += [_fault(incident, walk.seq, field, WHAT[field]) for field in walk.step(row)]
    bad += [_fault(incident, seq, "body", "it is not there, and nobody erased it") for seq in walk.missing]
    bad += head_faults(incident, walk, expect)
    return Findings(entries=count, erased=len(walk.erased), bad=bad, heads={incident: f"{walk.seq}:{walk.digest}"})


def head_faults(incident: str, walk: Walk, expect: tuple[int, str] | None) -> list[Fault]:
    """Whether the chain still holds the entry of a head that was noted elsewhere; it may have grown since."""
    if expect is None:
        return []
    seq, digest = expect
    if walk.expected_digest is None:
        return [
            Fault(
                incident=incident,
                seq=seq,
                field="head",
                what=f"the chain ends at {walk.seq}, before the expected head",
            )
        ]
    if not walk.expected_digest.startswith(digest):
        return [
            Fault(
                incident=incident,
                seq=seq,
                field="head",
                what="the history up to here is not the one that was noted",
            )
        ]
    return []


def noted_head(text: str) -> tuple[int, str]:
    """`#14:3fa9c1d2` or `14:3fa9…` as number and (beginning of a) digest. Raises Usage."""
    from escalate.errors import Usage

    seq, _, digest = text.strip().removeprefix("#").partition(":")
    if not seq.isascii() or not seq.isdigit() or len(digest) < 8 or not set(digest.lower()) <= set("0123456789abcdef"):
        raise Usage(
            f"{text!r} is not a head.",
            hint="As it stands on messages and reports: --expect-head '#14:3fa9c1d2b7e0'",
        )
    return int(seq), digest.lower()
