"""Does the record fit together? Chains, heads, numbers, and the states and messages that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.settled import Receipts
from escalate.domain.incident.fold import apply
from escalate.domain.incident.state import Head
from escalate.domain.timeline.chain import COLUMNS, Walk
from escalate.domain.timeline.codec import misshapen
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

PAGE = 1000
"""Entries read per transaction: below 50 ms, so that writers are not held up."""


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

    def name_of(self, fault: Fault) -> str:
        return self.names.get(fault.incident, fault.incident)


def verify_store(store: Store) -> Findings:
    """Every chain, every head, every number."""
    entries = erased = 0
    numbers = store.rows("numbers_and_heads")  # type: ignore[attr-defined]
    bad: list[Fault] = list(_numbers(numbers))
    names: dict[str, str] = {}
    after = ""
    while (incident := _next(store, after)) is not None:
        found = verify_incident(store, incident)
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


def _numbers(rows: list[Any]) -> Iterator[Fault]:
    """Numbers are given densely: a gap is an incident that was taken out whole."""
    expected = 1
    for row in rows:
        for missing in range(expected, min(row["number"], expected + 100)):
            yield Fault(incident=f"INC-{missing}", seq=0, field="number", what="this number is missing")
        expected = row["number"] + 1
        if row["head"] is None and row["incident"] is not None:
            yield Fault(incident=f"INC-{row['number']}", seq=0, field="incident", what="its timeline is missing")


class Page(Value):
    """Some rows of a timeline, and beside them, as of the same moment, what else is kept of the incident."""

    rows: list[Any]
    head: Any = None
    number: int | None = None
    state: Any = None
    pages: list[tuple[Any, ...]] = []
    messages: list[tuple[Any, ...]] = []

    @property
    def is_last(self) -> bool:
        return len(self.rows) < PAGE


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
        )


def verify_incident(store: Any, incident: str, expect: tuple[int, str] | None = None) -> Findings:
    walk, bad, count = Walk(expect[0] if expect else 0), [], 0
    state: Incident | None = None
    receipts = Receipts()
    after: Any = BEFORE_ALL
    while True:
        page = _page(store, incident, after)
        count += len(page.rows)
        index = 0
        while (index := walk.stride(page.rows, index)) < len(page.rows):
            row = dict(zip(COLUMNS, page.rows[index], strict=True))
            index += 1
            bad += [_fault(incident, walk.seq, field, WHAT[field]) for field in walk.step(row)]
            if str(row["kind"]).startswith("message."):
                receipts.take(walk.seq, row["kind"], row["body"])
            if not bad and (not row["kind"].startswith(INERT) or row["kind"] in TOLD):
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
        bad += _kept(incident, _ended(store, state, walk), page) if state is not None else []
        bad += [
            _fault(incident, seq, "message", what)
            for seq, what in receipts.faults(page.messages, erased=bool(walk.erased))
        ]
    names = {incident: _name(store, incident)} if bad else {}
    heads = {incident: f"{walk.seq}:{walk.digest}"}
    return Findings(entries=count, erased=len(walk.erased), bad=bad, heads=heads, names=names)


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


MISUNDERSTOOD = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What folding raises for a body that escalate cannot have written."""


def _folded(store: Any, incident: str, seq: int, state: Incident | None, bad: list[Fault]) -> Incident | None:
    with store.reading() as look:
        entry = look.entry(incident, seq)
    try:
        if entry.body is None:
            entry = _restored(store, entry)
        if entry.body is not None and misshapen(entry.kind, entry.event):
            raise ValueError(f"{entry.kind} has another shape")
        return apply(state, entry)
    except MISUNDERSTOOD as error:
        bad.append(_fault(incident, seq, "body", f"it cannot be understood: {error}"))
        return None


def _restored(store: Any, entry: Entry) -> Entry:
    """An erased entry with what is left of it, which stands further on."""
    from escalate.domain.timeline.erasing import remains, whole

    left = remains(one for page in store.pages_of(entry.incident) for one in page)
    return whole(entry, left.get(entry.id))


def _ended(store: Any, state: Incident, walk: Walk) -> Incident:
    """The state with the head of the last entry, also where that changed nothing else."""
    with store.reading() as look:
        last = look.entry(state.id, walk.seq)
    return state.but(head=Head(seq=walk.seq, digest=walk.digest, recorded_at=last.recorded))


def _head(incident: str, walk: Walk, head: Any) -> list[Fault]:
    if head is None:
        return [_fault(incident, 0, "head", "its head is missing")]
    if head["seq"] > walk.seq:
        return [_fault(incident, walk.seq + 1, "seq", f"entries {walk.seq + 1} to {head['seq']} are missing")]
    if (head["seq"], head["digest"]) != (walk.seq, walk.digest):
        return [_fault(incident, walk.seq, "head", "the head does not fit the last entry")]
    return []


def _kept(incident: str, made: Incident, page: Page) -> Iterator[Fault]:
    """Whether what is kept beside a sound chain is what its entries make: commands look at it instead of folding."""
    import json

    if (page.number or 0) != made.number:
        yield _fault(incident, 0, "number", f"it has number {page.number}, its timeline says {made.number}")
    columns = (made.number, made.code_name, made.status, made.severity, made.head.seq, made.head.digest)
    try:
        same = (
            page.state is not None
            and tuple(page.state)[:6] == columns
            and _as_now(json.loads(page.state[6])) == made.plain()
        )
    except MISUNDERSTOOD:
        same = False
    if not same:
        yield _fault(incident, 0, "state", "the kept state is not what the entries make; escalate db rebuild")
    plain = [one.plain() for one in made.pages.values()]
    if page.pages != sorted((one["id"], one["state"], one["due_at"]) for one in plain):
        yield _fault(incident, 0, "state", "its pages are not what the entries make; escalate db rebuild")


def _as_now(kept: Any) -> dict[str, Any]:
    """A kept state as this version writes it: an earlier one knew fewer fields."""
    from escalate.domain.incident.state import Incident

    return Incident.from_plain(kept).plain()


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
