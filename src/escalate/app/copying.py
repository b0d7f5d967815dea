"""A record moved elsewhere: checked before, copied whole or not at all, and held against the one it came from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from escalate.app.couriers import living
from escalate.app.verification import Fault, verify_store
from escalate.domain.value import Value
from escalate.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST = 100
"""Differences that are named; more are counted."""

KEPT_BESIDE = frozenset({"state", "message", "roster"})
"""Faults of what is kept beside a timeline: states are made again, messages and rosters are copied as they are."""


class Movers(Protocol):
    """What takes rows from one record to another."""

    def see_all(self, store: Any) -> Any: ...
    def refuse_full(self, store: Any) -> None: ...
    def copy(self, source: Any, target: Any, tell: Callable[[str, int], None]) -> dict[str, int]: ...
    def differences(self, source: Any, target: Any, counted: Counter[str]) -> Iterator[str]: ...


class Compared(Value):
    """How two records stand to each other. `differing` are sentences, where `here` is the one that is copied."""

    incidents: int
    entries: int
    messages: int
    owed: int
    differing: list[str]

    @property
    def same(self) -> bool:
        return not self.differing


def copy(source: Any, target: Any, movers: Movers, tell: Callable[[str, int], None]) -> None:
    """Copy all of it into an empty record, which is made where there is none. Raises Refused, and then nothing was copied.
    An incident that cannot be understood, though its chain is whole, keeps no other from being copied.
    """
    source = movers.see_all(source)
    target.create()
    target = movers.see_all(target)
    movers.refuse_full(target)
    found = verify_store(source)
    wrong = [fault for fault in _chains(found.bad) if not _is_whole(fault)]
    if wrong:
        named = "; ".join(f"{found.name_of(fault)} #{fault.seq} {fault.field}" for fault in wrong[:5])
        raise Refused(
            f"The record does not verify ({named}); nothing was copied.", hint="See all of it: escalate verify"
        )
    movers.copy(source, target, tell)


def compare(source: Any, target: Any, movers: Movers) -> Compared:
    """Every entry, head, number, roster, clause and message of both, and the chains of both by themselves."""
    source, target = movers.see_all(source), movers.see_all(target)
    counted: Counter[str] = Counter()
    said: list[str] = []
    more = 0
    for sentence in movers.differences(source, target, counted):
        if len(said) < MOST:
            said.append(sentence)
        else:
            more += 1
    if more:
        said.append(f"… and {more} more")
    before, after = verify_store(source), verify_store(target)
    known = set(map(_shape, before.bad))
    said += [
        f"{before.name_of(fault)} entry {fault.seq}, {fault.field}: {fault.what} (here)"
        for fault in _chains(before.bad)
    ]
    said += [
        f"{after.name_of(fault)} entry {fault.seq}, {fault.field}: {fault.what} (there)"
        for fault in after.bad
        if fault.field == "state" or _shape(fault) not in known
    ]
    with target.reading() as look:
        owed = look.tally(target.now()).messages
    return Compared(
        incidents=counted["numbers"],
        entries=counted["timeline"],
        messages=counted["messages"],
        owed=owed,
        differing=said,
    )


def _is_whole(fault: Fault) -> bool:
    """Whether the entry is as it was written, though nobody knows what it means: it is copied as it is, and named after."""
    return fault.field == "body" and fault.what.startswith("it cannot be understood")


def _chains(bad: list[Fault]) -> list[Fault]:
    return [fault for fault in bad if fault.field not in KEPT_BESIDE]


def _shape(fault: Fault) -> tuple[str, int, str, str]:
    return fault.incident, fault.seq, fault.field, fault.what


def refuse_couriers(source: Any, alive: Callable[[dict[str, Any]], bool]) -> None:
    """Raises Refused while somebody sends what the record owes: they would go on, and so would others elsewhere."""
    with source.reading() as look:
        found = living(look, source.now(), alive)
    if found:
        named = ", ".join(sorted({f"{courier['host']} (process {courier['pid']})" for courier in found}))
        raise Refused(
            f"A courier still sends from this record: {named}.",
            hint="Stop it first: systemctl --user stop escalate, or end that process; ESCALATE_COURIER=off keeps commands "
            "from starting one. All the same: --force",
        )
