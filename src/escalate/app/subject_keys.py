"""The keys under which subjects are kept: to make one, to look whether the right ones are here, to hand them on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from escalate.domain.subjects.keys import SIZE, key_id, line, read_lines
from escalate.errors import Conflict, Misconfigured, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escalate.app.ledger import Ledger
    from escalate.app.ports import Store
    from escalate.domain.subjects.keys import Ring


class KeyPlace(Protocol):
    def ring(self, known: Sequence[str]) -> Ring: ...
    def given(self) -> bytes | None:
        """The key that the environment holds."""

    def keep(self, key: bytes) -> str:
        """Put a key beside those that are there; returns its id."""


def make(ledger: Ledger, keys: KeyPlace, *, lost: bool = False) -> dict[str, Any]:
    """The first key, or one that takes the place of the last; earlier ones still find what was seen under them. With
    `lost` also where the last one is not here.
    """
    import os

    with ledger.store.reading() as look:
        known = look.subject_keys()
    given = keys.given()
    if known and not lost:
        _ = keys.ring(known).current
    if given is not None and key_id(given) in known:
        id_ = key_id(given)
        raise Refused(
            f"The record knows the key {id_}, which ESCALATE_SECRET_SUBJECTS holds; that goes before the keyring.",
            hint=f"Keep it as ESCALATE_SECRET_SUBJECTS_{id_.upper()}, put a new one into ESCALATE_SECRET_SUBJECTS "
            "(openssl rand -hex 32), then: escalate subject key new",
        )
    id_ = key_id(given) if given is not None else keys.keep(os.urandom(SIZE))
    with ledger.writing() as record:
        if record.tx.subject_keys() != known:
            raise Conflict(
                "Somebody else made a key just now; yours is not used.",
                hint="Bring theirs: escalate subject key import",
            )
        record.tx.add_subject_key(id_, ledger.author.actor)
    return {"id": id_, "kept": "environment" if given is not None else "keyring", "before": known}


def listed(store: Store, keys: KeyPlace) -> list[dict[str, Any]]:
    """Every key that the record knows, oldest first, then those at hand that it does not know."""
    ring = _ring(store, keys)
    rows = [
        {"id": id_, "known": True, "current": id_ == ring.known[-1], "here": id_ in ring.keys} for id_ in ring.known
    ]
    return [*rows, *({"id": id_, "known": False, "current": False, "here": True} for id_ in ring.stray)]


def checked(store: Store, keys: KeyPlace) -> dict[str, Any]:
    """Raises where what is new could not be kept, or nothing be found; else says which earlier keys are missing."""
    ring = _ring(store, keys)
    return {"current": ring.current, "missing": list(ring.missing), "unknown": list(ring.stray)}


def exported(store: Store, keys: KeyPlace) -> str:
    """All known keys that are here, as text for another machine."""
    ring = _ring(store, keys)
    _ = ring.current
    return "\n".join(line(ring.keys[id_]) for id_ in ring.known if id_ in ring.keys) + "\n"


def imported(store: Store, keys: KeyPlace, text: str) -> dict[str, Any]:
    """Keep the keys of another machine. One that the record does not know is refused, and none is kept."""
    try:
        found = read_lines(text)
    except ValueError as error:
        raise Refused(f"That is no key: {error}.", hint="It is what `escalate subject key export` writes.") from None
    with store.reading() as look:
        known = look.subject_keys()
    wrong = [id_ for id_ in found if id_ not in known]
    if wrong:
        goes_by = f"it goes by {known[-1]}" if known else "it has none yet"
        raise Misconfigured(
            f"Wrong key: the record does not know {', '.join(wrong)}; {goes_by}. Nothing was kept.",
            hint="Is it the right record? escalate subject key list" if known else "Begin: escalate subject key new",
        )
    kept = [keys.keep(key) for key in found.values()]
    return {"kept": kept, "missing": list(keys.ring(known).missing)}


def _ring(store: Store, keys: KeyPlace) -> Ring:
    with store.reading() as look:
        known = look.subject_keys()
    return keys.ring(known)


def doubts(store: Store, keys: KeyPlace) -> list[tuple[str, str, str]]:
    """What is wrong with the keys of a record that has one: (state, what is found, what to do)."""
    with store.reading() as look:
        known = look.subject_keys()
    if not known:
        return []
    try:
        ring = keys.ring(known)
        current = ring.current
    except Misconfigured as error:
        return [("wrong", error.message, error.hint)]
    if ring.missing:
        said = f"{', '.join(ring.missing)} not here: what was seen under it is not found again"
        return [("warning", said, "escalate subject key export where it is, then import here")]
    return [("ok", f"{current} is here", "")]
