"""Looking at the record: the timeline as it stands or stood, and searching it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.domain.incident.fold import fold
from escalate.domain.instants import to_text
from escalate.domain.timeline.corrections import CORRECTING, Corrections
from escalate.domain.timeline.events import TextRevealed
from escalate.domain.value import Value
from escalate.errors import NotFound, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from escalate.app.ledger import Ledger
    from escalate.app.ports import Reading, Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.corrections import Line
    from escalate.domain.timeline.entry import Entry


class Told(Value):
    """An incident and its lines, as far as the reader asked."""

    incident: Incident
    lines: list[Line]


def entries(store: Store, incident_id: str, *, as_of: datetime | None = None) -> Iterator[Entry]:
    """In order of seq; with `as_of` only what had been recorded by then."""
    limit = to_text(as_of) if as_of else None
    for page in store.pages_of(incident_id):
        for entry in page:
            if limit is None or entry.recorded_at <= limit:
                yield entry


def incident(store: Store, incident_id: str, *, as_of: datetime | None = None) -> Incident:
    if as_of is None:
        with store.reading() as look:
            found = look.incident(incident_id)
    else:
        found = _as_of(list(entries(store, incident_id)), as_of)
    if found is None:
        raise NotFound("It had not been opened then.", hint="Look at a later moment: --as-of T")
    return found


def _as_of(found: list[Entry], as_of: datetime) -> Incident | None:
    """As it was then, by all its entries: what was erased since is left out of it, and what is left stands later on."""
    from escalate.domain.timeline.erasing import restored

    return fold(entry for entry in restored(found) if entry.recorded_at <= to_text(as_of))


def timeline(
    store: Store,
    incident_id: str,
    *,
    everything: bool = False,
    as_of: datetime | None = None,
    revealed: bool = False,
) -> Told:
    """The lines by when they happened. What is sensitive is masked unless it was `revealed`."""
    found = list(entries(store, incident_id))
    if not found:
        raise NotFound("Nothing of that incident is kept on this machine.", hint="What is here: escalate list")
    state = fold(found) if as_of is None else _as_of(found, as_of)
    if as_of is not None:
        found = [entry for entry in found if entry.recorded_at <= to_text(as_of)]
    if state is None:
        raise NotFound("It had not been opened then.", hint="Look at a later moment: --as-of T")
    return Told(incident=state, lines=lines_of(store, state, found, everything=everything, revealed=revealed))


def latest(store: Store, incident_id: str, limit: int) -> Told:
    """The last lines by number, without reading the rest of the timeline."""
    with store.reading() as look:
        state = look.incident(incident_id)
        found = look.last_entries(incident_id, limit)
    if state is None:
        raise NotFound("There is no such incident.", hint="See what there is: escalate list --all")
    return Told(incident=state, lines=lines_of(store, state, found, everything=True, revealed=False))


def lines_of(store: Store, state: Incident, found: list[Entry], *, everything: bool, revealed: bool) -> list[Line]:
    with store.reading() as look:
        roster = look.roster()
    naming = _naming(state, roster)
    corrections = Corrections.of(found, naming)
    lines = corrections.lines(found, show_all=everything)
    if revealed:
        return lines
    return [_masked(state, line, naming) for line in lines]


def _naming(state: Incident, roster: Roster) -> Callable[[str], str]:
    """What people call `person:x`; and `page:ID`, where an incident has more than one."""

    def name_of(to: str) -> str:
        if not to.startswith("page:"):
            return roster.name_of(to)
        page = state.pages.get(to.removeprefix("page:"))
        return f"page {page.number}" if page and len(state.pages) > 1 else ""

    return name_of


def _masked(state: Incident, line: Line, naming: Callable[[str], str]) -> Line:
    return line.masked(naming) if state.sensitive or "sensitive" in line.labels else line


def reveal(
    ledger: Ledger, incident_id: str, why: str, *, everything: bool = False, as_of: datetime | None = None
) -> None:
    """Put on the timeline that somebody is about to see the masked text of these lines, and why; before it is shown."""
    reveal_lines(
        ledger, incident_id, timeline(ledger.store, incident_id, everything=everything, as_of=as_of).lines, why
    )


def reveal_lines(ledger: Ledger, incident_id: str, lines: Iterable[Line], why: str) -> None:
    """Where none of them is masked there is nothing to put down."""
    from escalate.domain.incident.rules import said

    if masked := sorted(line.seq for line in lines if line.is_masked):
        with ledger.writing() as record:
            record.append(record.incident(incident_id), TextRevealed(entries=masked, why=said(why, "The reason")))


def search(store: Store, words: str, **filters: Any) -> list[Told]:
    """Hits, newest first or by rank, each with its incident."""
    with store.reading() as look:
        hits = look.search(expression(words), **{name: _utf8(value) for name, value in filters.items()})
        states = {id_: look.incident(id_) for id_ in dict.fromkeys(hit.incident for hit in hits)}
        roster = look.roster()
        targets = {hit.id: [*_target(look, hit), hit] for hit in hits}
    found = []
    for hit in hits:
        state = states[hit.incident]
        if state is not None:
            naming = _naming(state, roster)
            line = Corrections.of(targets[hit.id], naming).current(hit)
            found.append(Told(incident=state, lines=[_masked(state, line, naming)]))
    return found


def _target(look: Reading, hit: Entry) -> list[Entry]:
    """The statement that a correction is about, so that it can be named."""
    if hit.kind not in CORRECTING or hit.body is None:
        return []
    target = look.entry_by_id(getattr(hit.event, "entry", ""))
    return [target] if target else []


def _utf8(value: Any) -> Any:
    """Bytes of a command line that are no text match nothing, instead of stopping the search."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def expression(words: str) -> str:
    """What a person typed as an expression of the index: all words must be there, `"two words"` together, `wor*` begins
    with. Raises Usage where no word is left.
    """
    parts = re.findall(r'"([^"]+)"|(\S+)', _utf8(words))
    terms = []
    for phrase, word in parts:
        text = (phrase or word).strip()
        star = "*" if word.endswith("*") else ""
        if any(character.isalnum() for character in text):
            terms.append('"' + text.rstrip("*").replace('"', '""') + '"' + star)
    if not terms:
        raise Usage("There is no word to search for.", hint="Example: escalate search desk called")
    return " ".join(terms)
