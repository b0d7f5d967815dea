"""Two records, row by row: what one has and the other has not."""

from __future__ import annotations

from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from escalate.adapters.store.copying import COPIED, MESSAGES, Rows, pages, snapshot

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator

    from escalate.adapters.store.copying import Record

COMPARED = {
    "timeline": Rows(columns="incident, seq, digest, CASE WHEN body IS NULL THEN 1 ELSE 0 END", key=2),
    "heads": Rows(columns="incident, seq, digest", key=1),
    **{name: rows for name, rows in COPIED.items() if name != "timeline"},
}
"""Of an entry its digest, which is of all its fields, and whether it was erased."""

STATE = [name.strip() for name in MESSAGES.split(",")].index("state")

AJAR = """
SELECT i.id FROM incidents AS i LEFT JOIN restricted AS r ON r.incident = i.id
 WHERE coalesce(r.active, false) <> coalesce((i.state::jsonb -> 'access' ->> 'restricted')::boolean, false) ORDER BY i.id
"""
"""Incidents that the guards of a server do not keep as the kept state says; `verify` holds that against the timeline."""

NAMED = {
    "numbers": "number",
    "rosters": "roster",
    "clauses": "clause",
    "subject_keys": "subject key",
    "messages": "message",
    "matches": "match",
}

RowHere = tuple[Any, ...] | None
"""None where the other record alone has it."""


def differences(source: Record, target: Record, counted: Counter[str]) -> Iterator[str]:
    """A sentence for each, where `here` is the source. `counted` gets how many rows of each kind both have together."""
    unlike: set[str] = set()
    with snapshot(source) as here, snapshot(target) as there:
        for table, rows in COMPARED.items():
            ours, theirs = (
                chain.from_iterable(pages(connection, rows.reading(table), shared=store.shared))
                for connection, store in ((here, source), (there, target))
            )
            pairs = _merged(ours, theirs, rows.key, table, counted)
            if table == "timeline":
                for incident, found in groupby(pairs, key=lambda pair: (pair[0] or pair[1] or ("",))[0]):
                    unlike.add(incident)
                    yield f"{_name(source, target, incident)}: {_of_chain([*map(_shape, found)])}"
            elif table == "heads":
                for one, other in pairs:
                    if (incident := (one or other or ("",))[0]) not in unlike:
                        yield f"{_name(source, target, incident)}: its head differs"
            else:
                yield from (_of_row(table, one, other, rows.key) for one, other in pairs)
        for connection, store in ((here, source), (there, target)):
            for row in connection.execute(AJAR).fetchall() if store.shared else []:
                yield f"{_name(source, target, row[0])}: {store.file} lets others read it than its timeline says"


def _merged(
    ours: Iterable[tuple[Any, ...]], theirs: Iterable[tuple[Any, ...]], key: int, table: str, counted: Counter[str]
) -> Iterator[tuple[RowHere, RowHere]]:
    """Pairs that are not alike, of two runs that are in the order of their keys."""
    left, right = iter(ours), iter(theirs)
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        first = other is None or (one is not None and one[:key] < other[:key])
        second = one is None or (other is not None and other[:key] < one[:key])
        if first:
            yield one, None
        elif second:
            yield None, other
        elif one != other:
            yield one, other
        counted[table] += 1
        one = one if second else next(left, None)
        other = other if first else next(right, None)


def _shape(pair: tuple[RowHere, RowHere]) -> tuple[int, str]:
    one, other = pair
    if one is None or other is None:
        return (one or other or (0, 0))[1], "here" if other is None else "there"
    return one[1], "erased" if one[:3] == other[:3] else "differs"


def _of_chain(found: list[tuple[int, str]]) -> str:
    said = []
    for how, group in groupby(sorted(found, key=itemgetter(1, 0)), key=itemgetter(1)):
        seqs = [seq for seq, _how in group]
        span = f"entry {seqs[0]}" if len(seqs) == 1 else f"entries {seqs[0]} to {seqs[-1]}"
        verb = "is" if len(seqs) == 1 else "are"
        match how:
            case "here" | "there":
                said.append(f"{span} {verb} only {how}")
            case "erased":
                said.append(f"{span} {verb} erased in one of them")
            case _:
                said.append(f"{span} {verb} not the same")
    return ", ".join(said)


def _of_row(table: str, one: RowHere, other: RowHere, key: int) -> str:
    row = one or other or ()
    called = f"{NAMED[table]} {' '.join(str(part)[:8] if table == 'messages' else str(part) for part in row[:key])}"
    if one is None or other is None:
        return f"{called}: only {'here' if other is None else 'there'}"
    if table == "messages" and one[STATE] != other[STATE]:
        return f"{called}: {one[STATE]} here, {other[STATE]} there"
    return f"{called}: not the same"


def _name(source: Record, target: Record, incident: str) -> str:
    for store in (source, target):
        for row in store.rows("number_of", incident=incident):
            return f"INC-{row['number']}"
    return incident
