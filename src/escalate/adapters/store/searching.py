"""Is the search index what the entries make of it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.incident.fold import fold
from escalate.domain.timeline.entry import Entry
from escalate.domain.timeline.events import STATEMENTS
from escalate.domain.timeline.words import forgotten, indexed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from escalate.adapters.store.postgres import PostgresStore
    from escalate.adapters.store.sqlite import SqliteStore

    Store = SqliteStore | PostgresStore
    Words = dict[int, str | None]

PAGE = 500
"""Rows read per transaction, so that writers are not held up."""

BLIND = "access.broken"
"""Whoever breaks the glass cannot tell whether its words may be searched for; they count neither way."""

MOST = 20
"""Incidents that are named."""


def of_file(store: SqliteStore) -> list[str]:
    """Entries and words stand in one order, in which both are read through once; what does not fit on the way may have been
    written meanwhile, and is looked at again, incident by incident.
    """
    suspects = sorted(set(_unlike(store)))
    found = [one for incident in suspects[:MOST] for one in faults(store, incident, lambda words: words)]
    return [
        *found,
        *([f"{len(suspects) - MOST} more incidents may not be found either"] if len(suspects) > MOST else []),
    ]


def faults(store: Store, incident: str, written: Callable[[str], str], *, reads: bool = True) -> list[str]:
    """What is wrong with the words of one incident. `written` says how words are kept; without `reads` only that there are
    some can be seen.
    """
    with store.reading() as look:
        entries = [*look.entries_after(incident, 0)]
        rows = look.run("words_of" if reads else "places_of_words", incident=incident)
        number = look.first("number_of", incident=incident)
    found: list[tuple[int, str | None]] = [(row["seq"], row["words"] if reads else None) for row in rows]
    meant = {seq: kept if reads else None for seq, text in expected(entries).items() if (kept := written(text))}
    blind = {entry.seq for entry in entries if entry.kind == BLIND}
    once = dict(found)
    wrong = {
        seq
        for seq in meant.keys() | once.keys()
        if seq not in meant or seq not in once or not _alike(meant[seq], once[seq])
    }
    wrong |= (
        {seq for seq in once if sum(seq == place for place, _words in found) > 1} if len(found) > len(once) else set()
    )
    name = f"INC-{number['number']}" if number else incident
    return [
        f"the search index has not what {name} entry {seq} says: escalate db rebuild" for seq in sorted(wrong - blind)
    ]


def _alike(one: str | None, other: str | None) -> bool:
    """The same words. An earlier escalate indexed some as they lay in memory, not in the order in which they are kept."""
    return one == other or (one is not None and other is not None and sorted(one.split()) == sorted(other.split()))


def expected(entries: list[Entry]) -> dict[int, str]:
    """By their place, the words of those that can be searched for: as they are when all has been written."""
    state = fold(entries)
    found: dict[int, str] = {}
    places: dict[str, int] = {}
    for entry in entries if state is not None and not state.sensitive else []:
        if entry.body is None:
            continue
        event = entry.event
        if entry.kind in STATEMENTS:
            places[entry.id] = entry.seq
        if target := forgotten(event):
            found.pop(places.get(target, 0), None)
        if words := indexed(event, entry.label_set, sensitive=False):
            found[entry.seq] = words
    return found


# ── a file, read once ───────────────────────────────────────────────────────────────────────────────────────────────


def _unlike(store: SqliteStore) -> Iterator[str]:
    """The incidents in which something may not fit. Newest first: whoever corrects an entry stands behind it."""
    sensitive = {row["id"] for row in store.rows("sensitive_incidents")}
    meant, found = _meant(_back(store, "entries_back"), sensitive), _back(store, "words_back")
    entry, row = next(meant, None), next(found, None)
    while entry is not None or row is not None:
        behind = row is not None and row["place"] is not None and (entry is None or row["place"] > entry[0])
        if row is not None and (row["place"] is None or behind):
            yield row["incident"]
            row = next(found, None)
        elif entry is not None and (row is None or row["place"] < entry[0]):
            yield entry[1]
            entry = next(meant, None)
        else:
            assert entry is not None
            assert row is not None
            if not _alike(row["words"], entry[2]):
                yield entry[1]
            entry, row = next(meant, None), next(found, None)


def _meant(rows: Iterable[Any], sensitive: set[str]) -> Iterator[tuple[int, str, str]]:
    """(place, incident, words) of those that can be searched for."""
    gone: set[tuple[str, str]] = set()
    for row in rows:
        values = dict(row)
        place = values.pop("place")
        entry = Entry(**values)
        if entry.body is None or entry.kind == BLIND or entry.incident in sensitive:
            continue
        event = entry.event
        if target := forgotten(event):
            gone.add((entry.incident, target))
        if entry.kind in STATEMENTS and (entry.incident, entry.id) in gone:
            continue
        if words := indexed(event, entry.label_set, sensitive=False):
            yield place, entry.incident, words


def _back(store: SqliteStore, query: str) -> Iterator[Any]:
    before = 2**62
    while rows := store.rows(query, before=before, limit=PAGE):
        yield from rows
        before = rows[-1]["number" if query == "words_back" else "place"]
