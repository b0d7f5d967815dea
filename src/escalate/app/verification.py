"""Does the record fit together? Chains, heads, numbers, and the states that were folded from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.incident.fold import apply
from escalate.domain.timeline.chain import Walk
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident

INERT = (
    "note.added",
    "message.",
    "team.",
    "courier.",
    "report.",
    "text.",
    "runbook.chosen",
    "entry.labelled",
    "entry.erase",
)
"""Kinds that do not change the folded state; only their place in the chain is checked. `message.sent` is no exception:
a ticket's number is compared where a ticket was asked for."""

PAGE = 1000
"""Entries read per transaction: below 50 ms, so that writers are not held up."""


class Fault(Value):
    """What does not fit: `field` names it, `seq` 0 stands for the whole incident."""

    incident: str
    seq: int
    field: str
    what: str


class Findings(Value):
    entries: int
    erased: int
    bad: list[Fault]
    heads: dict[str, str] = {}

    @property
    def sound(self) -> bool:
        return self.entries > 0 and not self.bad


def verify_store(store: Store) -> Findings:
    """Every chain, every head, every number."""
    entries = erased = 0
    bad: list[Fault] = list(_numbers(store))
    after = ""
    while (incident := _next(store, after)) is not None:
        found = verify_incident(store, incident)
        entries += found.entries
        erased += found.erased
        bad += found.bad
        after = incident
    return Findings(entries=entries, erased=erased, bad=bad)


def _next(store: Any, after: str) -> str | None:
    [row] = store.rows("next_chain", after=after)
    return str(row["incident"]) if row["incident"] is not None else None


def _numbers(store: Any) -> Iterator[Fault]:
    """Numbers are given densely: a gap is an incident that was taken out whole."""
    rows = store.rows("numbers")
    for expected, row in enumerate(rows, start=1):
        if row["number"] != expected:
            yield Fault(incident=f"INC-{expected}", seq=0, field="number", what="this number is missing")
            return
    for row in rows:
        if not store.rows("head", incident=row["incident"]):
            yield Fault(incident=f"INC-{row['number']}", seq=0, field="incident", what="its timeline is missing")


def verify_incident(store: Any, incident: str, expect: tuple[int, str] | None = None) -> Findings:
    walk, bad, count = Walk(expect[0] if expect else 0), [], 0
    state: Incident | None = None
    after = 0
    while rows := store.rows("hashed_after", incident=incident, after=after, limit=PAGE):
        for row in rows:
            count += 1
            bad += [Fault(incident=incident, seq=row["seq"], field=field, what=WHAT[field]) for field in walk.step(row)]
            if not row["kind"].startswith(INERT) or row["kind"] == "message.sent":
                state = _folded(store, incident, row["seq"], state, bad)
        after = rows[-1]["seq"]
    bad += [
        Fault(incident=incident, seq=seq, field="body", what="it is gone, and nobody erased it") for seq in walk.missing
    ]
    bad += _head(store, incident, walk)
    bad += head_faults(incident, walk, expect)
    bad += _state(store, incident, state, sound=not bad)
    return Findings(entries=count, erased=len(walk.erased), bad=bad, heads={incident: f"{walk.seq}:{walk.digest}"})


WHAT = {
    "seq": "the entry before it is missing, or it stands twice",
    "prev": "it does not follow the entry before it",
    "body": "what it says was changed",
    "digest": "one of its fields was changed: time, actor, kind, labels, id or order",
}


def _folded(store: Any, incident: str, seq: int, state: Incident | None, bad: list[Fault]) -> Incident | None:
    if bad:
        return None
    with store.reading() as look:
        entry = look.entry(incident, seq)
    try:
        return apply(state, entry)
    except (ValueError, KeyError, TypeError) as error:
        bad.append(Fault(incident=incident, seq=seq, field="body", what=f"it cannot be understood: {error}"))
        return None


def _head(store: Any, incident: str, walk: Walk) -> list[Fault]:
    found = store.rows("head", incident=incident)
    if not found:
        return [Fault(incident=incident, seq=0, field="head", what="its head is missing")]
    [head] = found
    if head["seq"] > walk.seq:
        return [
            Fault(
                incident=incident,
                seq=walk.seq + 1,
                field="seq",
                what=f"entries {walk.seq + 1} to {head['seq']} are missing",
            )
        ]
    if (head["seq"], head["digest"]) != (walk.seq, walk.digest):
        return [Fault(incident=incident, seq=walk.seq, field="head", what="the head does not fit the last entry")]
    return []


def _state(store: Any, incident: str, folded: Incident | None, *, sound: bool) -> list[Fault]:
    """Whether the kept state is what the entries make. Only asked of a sound chain: the state follows it."""
    if not sound or folded is None:
        return []
    with store.reading() as look:
        kept = look.incident(incident)
    if kept is None or kept.but(head=folded.head) != folded:
        return [
            Fault(
                incident=incident,
                seq=0,
                field="state",
                what="the kept state is not what the entries make; escalate db rebuild",
            )
        ]
    return []


def verify_entries(rows: Iterable[dict[str, Any]], incident: str, expect: tuple[int, str] | None = None) -> Findings:
    """A chain read from a file: the same checks, without a head to hold it against unless one is expected."""
    walk, bad, count = Walk(expect[0] if expect else 0), [], 0
    for row in rows:
        count += 1
        bad += [Fault(incident=incident, seq=row["seq"], field=field, what=WHAT[field]) for field in walk.step(row)]
    bad += [
        Fault(incident=incident, seq=seq, field="body", what="it is not there, and nobody erased it")
        for seq in walk.missing
    ]
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
