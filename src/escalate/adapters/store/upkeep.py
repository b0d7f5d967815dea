"""Looking after the file: is it sound, a copy of it, putting a copy back, making the projections again."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

from escalate.adapters.store import lock, queries, searching
from escalate.adapters.store.failures import translated, translated_os
from escalate.adapters.store.files import quoted, refuse_network
from escalate.adapters.store.sqlite import APPLICATION, SqliteStore
from escalate.domain.incident.fold import fold
from escalate.domain.timeline.entry import Entry
from escalate.domain.timeline.words import forgotten, indexed
from escalate.errors import Misconfigured, NotFound, Refused
from escalate.files import own_file, own_folder, take_name

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from escalate.adapters.store.writing import Pen
    from escalate.app.ports import Clock


def check(store: SqliteStore) -> list[str]:
    """What SQLite finds wrong with the file, what was done to its tables and guards, and rights that are wider than they
    should be. Empty: nothing.
    """
    found = []
    with translated(store.file):
        rows = store.connection().execute("PRAGMA integrity_check(20)").fetchall()
        found += [row[0] for row in rows if row[0] != "ok"]
        made = {what: sql for what, sql in _schema(store.connection()).items() if what not in store.beside}
        found += _altered(made, _intended())
    for path, allowed in ((store.path, 0o600), (store.path.parent, 0o700)):
        mode = path.stat().st_mode & 0o777
        if mode & ~allowed:
            found.append(f"{path} may be opened by others (mode {mode:04o}): chmod {allowed:o} {path}")
    return found


def guards(store: SqliteStore) -> list[str]:
    """What was done to the triggers: the part of `check` that costs next to nothing."""
    with translated(store.file):
        made = _triggers(_schema(store.connection()))
    return _altered(made, _triggers(_intended()))


def _triggers(made: dict[str, str]) -> dict[str, str]:
    return {what: sql for what, sql in made.items() if what.startswith("trigger ")}


def unfound(store: SqliteStore) -> list[str]:
    """Entries whose words are not found by searching, or should not be; of a record whose chains the caller has verified."""
    return searching.of_file(store)


def _intended() -> dict[str, str]:
    """The tables, indexes and triggers that the migrations make."""
    with closing(sqlite3.connect(":memory:")) as made:
        for _number, script in queries.migrations():
            made.executescript(script)
        return _schema(made)


def _schema(connection: sqlite3.Connection) -> dict[str, str]:
    """What each thing is called, and how it was made. What stands behind the search index is left out: SQLite makes it,
    and each version its own way.
    """
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {f"{kind} {name}": sql for kind, name, sql in rows if kind != "table" or not name.startswith("search_")}


def _altered(found: dict[str, str], intended: dict[str, str]) -> list[str]:
    """Without its guards the record can be changed by whoever opens the file; that it was is what `verify` finds."""
    said = [(what, "is missing") for what in intended if what not in found]
    said += [
        (what, "is not as escalate makes it") for what in intended if what in found and _differ(what, found, intended)
    ]
    said += [(what, "is not escalate's") for what in found if what not in intended]
    return [
        f"the {what} {wrong}: escalate db {'restore FILE' if _is_table(what) else 'rebuild'}" for what, wrong in said
    ]


def _differ(what: str, found: dict[str, str], intended: dict[str, str]) -> bool:
    """Apart from comments and layout."""
    ours, theirs = (re.sub(r"--[^\n]*", "", made.get(what, "")).split() for made in (intended, found))
    return ours != theirs


def _is_table(what: str) -> bool:
    return what.startswith("table ")


def _put_guards_back(connection: sqlite3.Connection) -> None:
    """Every index and trigger as the migrations make them, and no others."""
    found, intended = _schema(connection), _intended()
    wrong = [what for what in {**found, **intended} if not _is_table(what) and _differ(what, found, intended)]
    for what in wrong:
        kind, _, name = what.partition(" ")
        if what in found:
            connection.execute(f'DROP {kind} "{name.replace(chr(34), chr(34) * 2)}"')
        if what in intended:
            connection.execute(intended[what])


def backup(store: SqliteStore, target: Path) -> None:
    """A consistent copy of the file, 0600, whole or not at all; commands go on meanwhile."""
    if target.exists() or target.is_symlink():
        raise _there(target)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    with translated(str(target)), translated_os(target):
        own_file(str(fresh))
        try:
            with closing(sqlite3.connect(fresh, isolation_level=None)) as copy:
                copy.execute("PRAGMA synchronous = FULL")
                store.connection().backup(copy)
                [said] = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if said != "ok":
                raise Misconfigured(f"The copy is damaged: {said}.", hint="Check the record itself: escalate db check")
            _sync(fresh)
            try:
                take_name(str(fresh), str(target))
            except FileExistsError as error:  # made while we copied
                raise _there(target) from error
        finally:
            fresh.unlink(missing_ok=True)
        _sync(target.parent)


def _there(target: Path) -> Refused:
    return Refused(f"{target} is there already.", hint="Name a new file; a backup never replaces another.")


def restore(path: Path, source: Path, clock: Clock) -> Path | None:
    """Put `source` in the place of the record at `path`. Returns where the record that was there is kept."""
    if not source.is_file():
        raise NotFound(f"There is no file {source}.", hint="Name a file made by: escalate db backup FILE")
    refuse_network(str(path))
    with translated_os(path):
        own_folder(str(path.parent))
    with translated(str(source)), translated_os(path), lock.held(str(path)):
        _accept(source)
        fresh = path.with_name(f".{path.name}.restoring")
        fresh.unlink(missing_ok=True)
        own_file(str(fresh))
        try:
            with closing(_opened(source)) as good, closing(sqlite3.connect(fresh)) as copy:
                good.backup(copy)
            _sync(fresh)
            kept = _put_in_place(fresh, path, clock)
        finally:
            fresh.unlink(missing_ok=True)
        _sync(path.parent)
    return kept


def _put_in_place(fresh: Path, path: Path, clock: Clock) -> Path | None:
    """Returns under which name the record that was there is kept. Where it fails, that one is still in its place."""
    if not path.exists():
        fresh.replace(path)
        return None
    kept = _free_name(path, f"{path.name}.before-{clock.now():%Y%m%dT%H%M%SZ}")
    journal, kept_journal = (one.with_name(f"{one.name}-journal") for one in (path, kept))
    os.link(path, kept)
    try:
        if journal.exists():  # of whoever died while writing; it would spoil the file that comes
            os.link(journal, kept_journal)
            _sync(path.parent)
            journal.unlink()
        fresh.replace(path)
    except OSError:
        if kept_journal.exists() and not journal.exists():
            os.link(kept_journal, journal)
        kept.unlink()
        kept_journal.unlink(missing_ok=True)
        raise
    return kept


def _free_name(path: Path, name: str) -> Path:
    """Two may be kept within one second. Whoever comes here holds the lock."""
    numbered = (name if number == 1 else f"{name}-{number}" for number in count(1))
    found = (path.with_name(one) for one in numbered)
    return next(one for one in found if not any(os.path.lexists(f"{one}{end}") for end in ("", "-journal")))


def _opened(source: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quoted(str(source.absolute()))}?mode=ro", uri=True)


def _accept(source: Path) -> None:
    """Raises Refused for what is not a sound record of escalate that this version can read."""
    with closing(_opened(source)) as good:
        [application] = good.execute("PRAGMA application_id").fetchone()
        [version] = good.execute("PRAGMA user_version").fetchone()
        [said] = good.execute("PRAGMA integrity_check(1)").fetchone()
    if application != APPLICATION:
        raise Refused(f"{source} is not a record of escalate.", hint="Name a file made by: escalate db backup FILE")
    if version > queries.LATEST:
        raise Misconfigured(f"{source} was written by a newer escalate.", hint="Upgrade this installation first.")
    if said != "ok":
        raise Refused(f"{source} is damaged: {said}.", hint="Take another copy. Nothing was changed.")


def rebuild(store: SqliteStore, left: Collection[str] = ()) -> dict[str, int]:
    """Make states, pages and the search index again from the timeline, which the caller has verified, and put back what
    guards it. Heads are never written, nothing becomes owed, and messages stay as they are: their words stand nowhere else.
    `left` are incidents of which all stays as it is: they did not verify.
    """
    counted = {"incidents": 0, "entries": 0}
    sensitive = set()
    with store.writing() as pen:
        _put_guards_back(store.connection())
        for query in (
            "clear_incidents",
            "clear_pages",
            "clear_codes",
            "clear_timers",
            "clear_search",
            "clear_sightings",
            "clear_links",
            "clear_watches",
        ):
            pen.run(query, left=" ".join(left))
        pen.keep_logins(json.loads(newest["roster"]) if (newest := pen.first("roster")) else {})
        for row in [*pen.run("numbers"), *pen.run("on_call_record")]:
            if row["incident"] in left:
                continue
            state = fold(pen.entries_after(row["incident"], 0))
            if state is not None:
                pen.remake(state)
                counted["incidents"] += 1
                sensitive |= {state.id} if state.sensitive else set()
        counted["entries"] = index_words(pen, sensitive, left)
    return counted


def index_words(pen: Pen, sensitive: set[str], left: Collection[str] = ()) -> int:
    """In the order in which all was recorded, so that the newest are found first again. Returns the number of entries."""
    counted, place = 0, 0
    while rows := pen.run("entries_as_recorded", after=place, limit=1000):
        for row in rows:
            values = dict(row)
            place = values.pop("place")
            if values["incident"] in left:
                continue
            entry = Entry(**values)
            counted += 1
            if entry.body is None or entry.kind == searching.BLIND:
                continue
            event = entry.event
            if entry.kind.startswith("subject."):
                pen.about_subjects(entry, event, telling=False)
            if target := forgotten(event):
                pen.forget_words_of(entry.incident, target)
            if words := indexed(event, entry.label_set, sensitive=entry.incident in sensitive):
                pen.run("index_words", words=words, incident=entry.incident, seq=entry.seq)
    return counted


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
