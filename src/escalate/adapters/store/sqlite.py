"""The embedded store: one SQLite file, opened for one command."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from escalate.adapters.store import lock, queries
from escalate.adapters.store.writing import Look, Pen
from escalate.errors import Conflict, EscalateError, Misconfigured, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from escalate.app.ports import Clock
    from escalate.domain.timeline.entry import Entry

APPLICATION = 0x45534331
"""Stands in the file's header (`ESC1`), so that a database of another program is not written into."""

READERS = 5000
"""Milliseconds a commit waits for readers to finish; writers are kept apart by the file lock."""

NETWORKED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "fuse.sshfs", "ceph", "glusterfs"})

PAGE = 500
"""Entries read per transaction where many are read."""


class SqliteStore:
    def __init__(self, path: str | Path, clock: Clock, wake: Any = None) -> None:
        self.file = os.path.realpath(path)
        self._clock = clock
        self._wake = wake
        self._queries = queries.load()
        self._connection: sqlite3.Connection | None = None
        self._depth = 0
        self._checked = False

    # ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def path(self) -> Path:
        from pathlib import Path

        return Path(self.file)

    def create(self) -> bool:
        """Make the file and its tables; False where they are there already."""
        refuse_network(self.file)
        os.makedirs(os.path.dirname(self.file), mode=0o700, exist_ok=True)
        with translated(self.file):
            created = not os.path.exists(self.file)
            if created:
                os.close(os.open(self.file, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
            with lock.held(self.file):
                migrate(self.connection(checked=False))
        return created

    def connection(self, *, checked: bool = True) -> sqlite3.Connection:
        if self._connection is None:
            if not os.path.exists(self.file):
                raise Misconfigured(f"There is no record at {self.file} yet.", hint="Make one: escalate init")
            self._connection = sqlite3.connect(
                f"file:{_quoted(self.file)}?mode=rw", uri=True, isolation_level=None, timeout=0
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA trusted_schema = OFF")
        if checked and not self._checked:
            with translated(self.file):
                self._check(self._connection)
            self._checked = True
        return self._connection

    def _check(self, connection: sqlite3.Connection) -> None:
        try:
            [version] = connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            with lock.held(self.file):
                [version] = connection.execute("PRAGMA user_version").fetchone()
        if version == queries.LATEST:
            return
        if version > queries.LATEST:
            raise Misconfigured(
                f"{self.file} was written by a newer escalate (schema {version}, this one knows {queries.LATEST}).",
                hint="Upgrade this installation: run install.sh of the newer version. Nothing was changed.",
            )
        with lock.held(self.file):
            migrate(connection)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection, self._checked = None, False

    # ── transactions ────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def reading(self) -> Iterator[Look]:
        """One consistent look. A commit in progress makes us wait for the lock instead of for luck."""
        connection = self.connection()
        if self._depth:
            yield Look(connection, self._queries)
            return
        with translated(self.file):
            try:
                connection.execute("BEGIN")
                connection.execute("PRAGMA schema_version").fetchone()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                _end(connection)
                with lock.held(self.file):
                    connection.execute("BEGIN")
                    connection.execute("PRAGMA schema_version").fetchone()
                    yield from self._look(connection)
            else:
                yield from self._look(connection)

    def _look(self, connection: sqlite3.Connection) -> Iterator[Look]:
        self._depth += 1
        try:
            yield Look(connection, self._queries)
        finally:
            self._depth -= 1
            _end(connection)

    @contextmanager
    def writing(self) -> Iterator[Pen]:
        """Exit from the block is on disk, or nothing was written."""
        connection = self.connection()
        with lock.held(self.file), translated(self.file):
            [mode] = connection.execute("PRAGMA journal_mode").fetchone()
            if mode != "delete":
                connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute(f"PRAGMA busy_timeout = {READERS}")
            connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield Pen(connection, self._queries, self._clock)
                connection.execute("COMMIT")
            finally:
                self._depth -= 1
                _end(connection)
                connection.execute("PRAGMA busy_timeout = 0")

    def now(self) -> datetime:
        return self._clock.now()

    def wake(self) -> None:
        if self._wake is not None:
            self._wake()

    def pages_of(self, incident: str) -> Iterator[list[Entry]]:
        after = 0
        while True:
            with self.reading() as look:
                entries = look.entries(incident, after=after, limit=PAGE)
            if not entries:
                return
            yield entries
            after = entries[-1].seq

    def rows(self, query: str, **values: Any) -> list[Any]:
        """The rows of one named query in a transaction of its own."""
        with self.reading() as look:
            return look.run(query, **values)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to date; each step commits whole. The caller holds the lock."""
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute(f"PRAGMA busy_timeout = {READERS}")
    [version] = connection.execute("PRAGMA user_version").fetchone()
    [application] = connection.execute("PRAGMA application_id").fetchone()
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION and tables:
        raise Misconfigured(
            "That database belongs to another program.",
            hint="Give escalate a file of its own: --database PATH. Nothing was changed.",
        )
    for number, script in queries.migrations():
        if number > version:
            connection.executescript(
                f"BEGIN IMMEDIATE;\nPRAGMA application_id = {APPLICATION};\n{script}\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )
    connection.execute("PRAGMA busy_timeout = 0")


def refuse_network(path: str) -> None:
    """Raises Misconfigured on a network file system, where locks and syncs do not mean what they say."""
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
            mounts = file.read().splitlines()
    except OSError:
        return
    points = [(line.split()[1].replace("\\040", " "), line.split()[2]) for line in mounts if len(line.split()) > 2]
    inside = [(point, kind) for point, kind in points if (path + "/").startswith(point.rstrip("/") + "/")]
    if inside and max(inside, key=lambda one: len(one[0]))[1] in NETWORKED:
        raise Misconfigured(
            f"{path} is on a network file system, where a lock may not hold.",
            hint="Keep the record on a local disk, or share one through PostgreSQL.",
        )


@contextmanager
def translated(path: str) -> Iterator[None]:
    """SQLite's failures as ours: what happened, that nothing was recorded, and what to do."""
    try:
        yield
    except EscalateError:
        raise
    except sqlite3.IntegrityError as error:
        if str(error).startswith("escalate: "):
            raise Conflict(
                f"The record changed while this was being written: {str(error)[10:]}.",
                hint="Nothing was recorded. Run the same command again.",
            ) from error
        raise
    except sqlite3.OperationalError as error:
        raise _said(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error) or "malformed" in str(error):
            raise Misconfigured(
                f"{path} is damaged or not a record of escalate: {error}.",
                hint="Look closer with `escalate db check`; put a good copy back with `escalate db restore FILE`.",
            ) from error
        raise


def _said(path: str, what: str) -> EscalateError:
    if "locked" in what:
        return Conflict(f"{path} is held by another program.", hint="Nothing was recorded. Run the same command again.")
    if "readonly" in what:
        return Misconfigured(
            f"{path} cannot be written.",
            hint="Nothing was recorded. Check the rights of the file and its folder.",
        )
    if "full" in what or "disk I/O" in what:
        return Misconfigured(
            f"The disk did not take it: {what}.",
            hint=f"Nothing was recorded. Free some space where {path} is, then run the same command again.",
        )
    if "unable to open" in what:
        return Misconfigured(f"{path} cannot be opened.", hint="Check the rights of the file and its folder.")
    if "fts5" in what or "no such table" in what or "no such column" in what:
        return Refused(f"{path}: {what}.", hint="`escalate db check` says what is wrong with the file.")
    return Misconfigured(f"{path}: {what}.", hint="`escalate db check` says what is wrong with the file.")


def _end(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _quoted(path: str) -> str:
    """As SQLite reads it in a URI; urllib costs more to import than all of this file."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
