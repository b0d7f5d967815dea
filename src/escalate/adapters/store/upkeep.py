"""Looking after the file: is it sound, a copy of it, putting a copy back, making the projections again."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from escalate.adapters.store import lock, queries
from escalate.adapters.store.sqlite import APPLICATION, SqliteStore, refuse_network, translated
from escalate.domain.incident.fold import fold
from escalate.domain.timeline.words import words_of
from escalate.errors import Misconfigured, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from escalate.app.ports import Clock


def check(store: SqliteStore) -> list[str]:
    """What SQLite finds wrong with the file, and rights that are wider than they should be. Empty: nothing."""
    found = []
    with translated(store.file):
        rows = store.connection().execute("PRAGMA integrity_check(20)").fetchall()
        found += [row[0] for row in rows if row[0] != "ok"]
    for path, allowed in ((store.path, 0o600), (store.path.parent, 0o700)):
        mode = path.stat().st_mode & 0o777
        if mode & ~allowed:
            found.append(f"{path} may be opened by others (mode {mode:04o}): chmod {allowed:o} {path}")
    return found


def backup(store: SqliteStore, target: Path) -> None:
    """A consistent copy of the file, 0600, whole or not at all; commands go on meanwhile."""
    if target.exists() or target.is_symlink():
        raise Refused(f"{target} is there already.", hint="Name a new file; a backup never replaces another.")
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    with translated(str(target)), translated_os(target):
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        try:
            with closing(sqlite3.connect(fresh, isolation_level=None)) as copy:
                copy.execute("PRAGMA synchronous = FULL")
                store.connection().backup(copy)
                [said] = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if said != "ok":
                raise Misconfigured(f"The copy is damaged: {said}.", hint="Check the record itself: escalate db check")
            _sync(fresh)
            fresh.rename(target)
            _sync(target.parent)
        finally:
            fresh.unlink(missing_ok=True)


def restore(path: Path, source: Path, clock: Clock) -> Path | None:
    """Put `source` in the place of the record at `path`. Returns where the record that was there is kept."""
    if not source.is_file():
        raise Refused(f"There is no file {source}.", hint="Name a file made by: escalate db backup FILE")
    refuse_network(str(path))
    with translated(str(source)), translated_os(path), lock.held(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _accept(source)
        fresh = path.with_name(f".{path.name}.restoring")
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as good,
            closing(sqlite3.connect(fresh)) as copy,
        ):
            good.backup(copy)
        _sync(fresh)
        kept = None
        if path.exists():
            kept = path.with_name(f"{path.name}.before-{clock.now():%Y%m%dT%H%M%SZ}")
            os.link(path, kept)
            journal = path.with_name(path.name + "-journal")
            if journal.exists():
                raise Refused(
                    "The record in place was not closed cleanly.",
                    hint="Open it once (escalate list), then restore again.",
                )
        fresh.replace(path)
        _sync(path.parent)
    return kept


def _accept(source: Path) -> None:
    """Raises Refused for what is not a sound record of escalate that this version can read."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as good:
        [application] = good.execute("PRAGMA application_id").fetchone()
        [version] = good.execute("PRAGMA user_version").fetchone()
        [said] = good.execute("PRAGMA integrity_check(1)").fetchone()
    if application != APPLICATION:
        raise Refused(f"{source} is not a record of escalate.", hint="Name a file made by: escalate db backup FILE")
    if version > queries.LATEST:
        raise Misconfigured(f"{source} was written by a newer escalate.", hint="Upgrade this installation first.")
    if said != "ok":
        raise Refused(f"{source} is damaged: {said}.", hint="Take another copy. Nothing was changed.")


def rebuild(store: SqliteStore) -> dict[str, int]:
    """Make states, pages and the search index again from the timeline, which the caller has verified. Heads are never
    written, nothing becomes owed, and messages stay as they are: their words stand nowhere else.
    """
    counted = {"incidents": 0, "entries": 0}
    with store.writing() as pen:
        for query in ("clear_incidents", "clear_pages", "clear_search"):
            pen.run(query)
        for row in pen.run("numbers"):
            state, after = None, 0
            while entries := pen.entries(row["incident"], after=after):
                state = fold(entries, state)
                counted["entries"] += len(entries)
                for entry in entries:
                    if (
                        entry.body is not None
                        and "sensitive" not in entry.label_set
                        and (words := words_of(entry.event))
                    ):
                        pen.run("index_words", words=words, incident=entry.incident, seq=entry.seq)
                after = entries[-1].seq
            if state is not None:
                pen.save(state)
                counted["incidents"] += 1
    return counted


class translated_os:  # noqa: N801  (reads as a word in `with`)
    """Failures of the file system as ours."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, sqlite3.Error):
            raise Misconfigured(
                f"{self._path}: {error.strerror}.",
                hint="Check the path, its rights, and the room on the disk.",
            ) from error


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
