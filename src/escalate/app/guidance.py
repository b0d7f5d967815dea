"""What one can ask of guidance: to put clauses in force, to look at them, and which one somebody means."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from escalate.domain.guidance.book import COMING, IN_FORCE, Guidance
from escalate.errors import Conflict, NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Reading, Store
    from escalate.domain.guidance.clause import Clause, Kept

    Filed = Sequence[tuple[Clause, str]]
    """Clauses, each with the name of the file it stands in."""

NEW, UNCHANGED = "new", "unchanged"


def of(look: Reading) -> Guidance:
    return Guidance.from_rows(look.clauses())


def in_record(store: Store) -> Guidance:
    with store.reading() as look:
        return of(look)


def meant(look: Reading, text: str | None, now: datetime) -> Clause | None:
    """The clause somebody decides by; None where none was named, or where no guidance was ever applied."""
    if text is None:
        return None
    guidance = of(look)
    return guidance.named(text, now) if guidance.clauses else None


# ── putting it in force ─────────────────────────────────────────────────────────────────────────────────────────────


def apply(ledger: Ledger, filed: Filed) -> dict[str, Any]:
    """Keep what is new, all of it or nothing. What is there with the same content is left as it is."""
    with ledger.writing() as record:
        guidance = of(record.tx)
        new, _same = guidance.sorted_out(clause for clause, _file in filed)
        files = {clause.name: file for clause, file in filed}
        for clause in new:
            record.tx.apply_clause(clause.row(), ledger.author.actor, files[clause.name])
        now = record.now
        after = of(record.tx)
    return _applied(after, filed, {clause.name for clause in new}, now, changed=bool(new))


def taken_up(ledger: Ledger, applied: dict[str, Any]) -> list[Written]:
    """After `apply`: the decisions that waited for what is new and in force are looked at again. Whoever may not write on
    incidents, or finds one held, leaves that to a courier.
    """
    from escalate.app.reviews import clause_changed

    done: list[Written] = []
    for row in applied["clauses"]:
        if row["change"] == NEW and row["state"] == IN_FORCE:
            with suppress(Refused, Conflict):
                done += clause_changed(ledger, row["id"], row["version"])
    return done


def check(guidance: Guidance, filed: Filed, now: datetime) -> dict[str, Any]:
    """What `apply` would answer; nothing is kept."""
    new, _same = guidance.sorted_out(clause for clause, _file in filed)
    names = {clause.name for clause in new}
    both = Guidance(clauses=(*guidance.clauses, *(_unkept(clause) for clause in new)))
    return _applied(both.sorted(), filed, names, now, changed=False)


def _unkept(clause: Clause) -> Kept:
    from escalate.domain.guidance.clause import Kept

    return Kept(**clause.__dict__, applied_at="", applied_by="", source="", intact=True)


def _applied(guidance: Guidance, filed: Filed, new: set[str], now: datetime, *, changed: bool) -> dict[str, Any]:
    rows = [
        {**_row(guidance, clause, now), "change": NEW if clause.name in new else UNCHANGED} for clause, _file in filed
    ]
    return {"changed": changed, "clauses": sorted(rows, key=lambda row: (row["id"], row["version"]))}


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def listed(guidance: Guidance, at: datetime, *, everything: bool, coming: bool) -> list[dict[str, Any]]:
    """The clauses in force at a moment; with `coming` those that will be, with `everything` every version."""
    shown = {IN_FORCE, COMING} if coming else {IN_FORCE}
    rows = [_row(guidance, clause, at) for clause in guidance.clauses]
    return [row for row in rows if everything or row["state"] in shown]


def shown(guidance: Guidance, name: str, at: datetime) -> dict[str, Any]:
    """One version, whole, and which others there are."""
    clause = guidance.shown(name, at)
    versions = [
        {"version": one.version, "effective_from": one.effective_from.isoformat(), "state": guidance.state(one, at)}
        for one in guidance.versions(clause.id)
    ]
    return {
        **_row(guidance, clause, at),
        "text": clause.text,
        "elements": [one.plain() for one in clause.elements],
        "note": clause.note,
        "intact": clause.intact,
        "applied_at": clause.applied_at,
        "applied_by": clause.applied_by,
        "source": clause.source,
        "versions": versions,
    }


def changes(guidance: Guidance, first: str, second: str | None, at: datetime) -> dict[str, Any]:
    """From the first to the second; of one alone, from the version before it."""
    from escalate.domain.guidance.difference import difference

    after = guidance.shown(second or first, at)
    before = guidance.shown(first, at) if second else guidance.before(after)
    if before is None:
        raise NotFound(f"There is no version before {after.name}.", hint=f"See it: escalate clause show {after.name}")
    return difference(before, after)


def standing(store: Store, names: Iterable[str | None], now: datetime) -> dict[str, dict[str, Any]]:
    """Of each clause that something was decided by: whether the record has it, and which later version is in force."""
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    guidance = in_record(store)
    found = {}
    for name in wanted:
        newer = guidance.newer(name, now)
        found[name] = {
            "known": guidance.find(name) is not None,
            "newer": newer.name if newer else None,
            "since": newer.effective_from.isoformat() if newer else None,
        }
    return found


def _row(guidance: Guidance, clause: Clause, at: datetime) -> dict[str, Any]:
    until = guidance.until(clause)
    return {
        "id": clause.id,
        "version": clause.version,
        "name": clause.name,
        "title": clause.title,
        "state": guidance.state(clause, at),
        "effective_from": clause.effective_from.isoformat(),
        "until": until.isoformat() if until else None,
        "owner": clause.owner,
        "element_count": len(clause.elements),
        "digest": clause.digest,
    }
