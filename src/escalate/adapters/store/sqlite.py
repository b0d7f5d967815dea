"""The embedded store: one SQLite file, opened for one command."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from escalate.adapters.store import lock, queries
from escalate.adapters.store.failures import translated, translated_os
from escalate.adapters.store.files import MOVE_IT, opened, refuse_network
from escalate.adapters.store.writing import Look, Pen
from escalate.errors import Misconfigured
from escalate.files import own_file, own_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from escalate.adapters.store.unspoilt import Unspoilt
    from escalate.app.ports import Clock
    from escalate.domain.timeline.entry import Entry

APPLICATION = 0x45534331
"""Stands in the file's header (`ESC1`), so that a database of another program is not written into."""

READERS = 5000
"""Milliseconds a commit waits for readers to finish; writers are kept apart by the file lock."""

PAGE = 500
"""Entries read per transaction where many are read."""


class SqliteStore:
    shared = False
    beside: frozenset[str] = frozenset()
    """Tables that a record of this kind has beside the ordinary ones."""

    def __init__(self, path: str | Path, clock: Clock, wake: Any = None, doubt: Any = None) -> None:
        self.file = os.path.realpath(path)
        self._clock = clock
        self._wake = wake
        self._queries = queries.load()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._depth = 0
        self._checked = self._local = False
        self.brought: tuple[int, int] | None = None
        self.unread: list[str] = []
        self.doubt: Callable[[str], None] = doubt or (lambda _sentence: None)

    # ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def path(self) -> Path:
        from pathlib import Path

        return Path(self.file)

    def create(self) -> bool:
        """Make the file and its tables; False where they are there already."""
        refuse_network(self.file)
        with translated(self.file), translated_os(self.file):
            own_folder(os.path.dirname(self.file))
            created = own_file(self.file)
            with lock.held(self.file):
                self._migrate(self.connection(checked=False))
        return created

    def connection(self, *, checked: bool = True) -> sqlite3.Connection:
        if self._connection is not None and not self._depth and self._identity != self._place():
            self.close()  # another file has taken the name, as `db restore` does; what was written here would be lost
        if self._connection is None:
            self._identity = self._place()
            if self._identity is None:
                raise Misconfigured(f"There is no record at {self.file} yet.", hint="Make one: escalate init")
            with translated(self.file):
                self._connection = opened(self.file)
                self._connection.execute("PRAGMA trusted_schema = OFF")
        if checked and not self._checked:
            with translated(self.file):
                self._check(self._connection)
            self._checked = True
        return self._connection

    def _place(self) -> tuple[int, int] | None:
        """Which file the path names now; None where there is none."""
        try:
            found = os.stat(self.file)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Misconfigured(
                f"{self.file} cannot be opened: {error.strerror}.", hint="Check the rights of the file and its folder."
            ) from error
        return found.st_dev, found.st_ino

    def _check(self, connection: sqlite3.Connection) -> None:
        try:
            version = _schema(connection)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            with lock.held(self.file):
                version = _schema(connection)
        if version == queries.LATEST:
            return
        if version == 0:
            raise Misconfigured(
                f"{self.file} is empty: it holds no record.",
                hint="Begin one with `escalate init`, or put a copy back with `escalate db restore FILE`.",
            )
        if version > queries.LATEST:
            raise self._newer(version)
        with lock.held(self.file):
            self._migrate(connection)

    def outgrown(self) -> Misconfigured | None:
        """Other than when it is opened, where it is looked at once."""
        connection = self.connection(checked=False)
        with lock.held(self.file), translated(self.file):
            version = _schema(connection)
        return self._newer(version) if version > queries.LATEST else None

    def _newer(self, version: int) -> Misconfigured:
        return Misconfigured(
            f"{self.file} was written by a newer escalate (schema {version}, this one knows {queries.LATEST}).",
            hint="Upgrade this installation: run install.sh of the newer version. Nothing was changed.",
        )

    def _migrate(self, connection: sqlite3.Connection) -> None:
        before, self.unread = migrate(connection, self._clock)
        if 0 < before < queries.LATEST:
            self.brought = before, queries.LATEST

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection, self._checked, self._local = None, False, False

    # ── transactions ────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def reading(self) -> Iterator[Look]:
        """One consistent look. A commit in progress makes us wait for the lock instead of for luck."""
        connection = self.connection()
        if self._depth:
            yield self._looking(connection)
            return
        with translated(self.file):
            try:
                _begin(connection)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                with lock.held(self.file):
                    _begin(connection)
                    yield from self._look(connection)
            else:
                yield from self._look(connection)

    def _look(self, connection: sqlite3.Connection) -> Iterator[Look]:
        self._depth += 1
        try:
            yield self._looking(connection)
        finally:
            self._depth -= 1
            _end(connection)

    @contextmanager
    def writing(self) -> Iterator[Pen]:
        """Exit from the block is on disk, or nothing was written. Where it is in the file and the disk reported an error all
        the same, `doubt` is told, and everything goes on: people wait for what it says.
        """
        self.connection()
        if not self._local:  # it may have come there since it was made, by `mv` or a mount
            refuse_network(self.file, MOVE_IT)
            self._local = True
        with lock.held(self.file), translated(self.file):
            connection = self.connection()
            self._depth += 1
            try:
                _prepare(connection)
                connection.execute("BEGIN IMMEDIATE")
                pen = self._writing(connection)
                yield pen
                self._commit(connection, pen)
            finally:
                self._depth -= 1
                if self._connection is connection:
                    _end(connection)
                    connection.execute("PRAGMA busy_timeout = 0")

    def _commit(self, connection: sqlite3.Connection, pen: Pen) -> None:
        try:
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if connection.in_transaction:
                raise
            from escalate.adapters.store.outcome import DOUBTED, find_out

            self.close()
            find_out(self.file, pen.written, error)
            self.doubt(DOUBTED.format(error))

    def _looking(self, connection: sqlite3.Connection) -> Look:
        return Look(connection, self._queries)

    def _writing(self, connection: sqlite3.Connection) -> Pen:
        return Pen(connection, self._queries, self._clock)

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

    @contextmanager
    def unspoilt(self) -> Iterator[Unspoilt]:
        """A look at rows of which nothing is taken for granted."""
        from escalate.adapters.store.unspoilt import Unspoilt

        connection = self.connection()
        with self.reading():
            yield Unspoilt(connection, self._queries)


def migrate(connection: sqlite3.Connection, clock: Clock) -> tuple[int, list[str]]:
    """Bring the tables up to date, whole or not at all, and return the version they had, and which incidents could not be
    read. The caller holds the lock.
    """
    unread: list[str] = []
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute(f"PRAGMA busy_timeout = {READERS}")
    version = _schema(connection)
    try:
        for number, script in queries.migrations():
            if number > version:
                begin = "" if connection.in_transaction else "BEGIN IMMEDIATE;\n"
                _execute(connection, f"{begin}PRAGMA application_id = {APPLICATION};\n{script}")
        if connection.in_transaction:
            if version:
                unread = _refold(connection, clock)
            connection.execute(f"PRAGMA user_version = {queries.LATEST}")
            connection.execute("COMMIT")
    finally:
        _end(connection)
        connection.execute("PRAGMA busy_timeout = 0")
    return version, unread


def _execute(connection: sqlite3.Connection, script: str) -> None:
    """One statement after another; `executescript` would commit what is open."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def _refold(connection: sqlite3.Connection, clock: Clock) -> list[str]:
    """Make the kept states again: what this version folds, an earlier one did not know of. Returns the incidents that cannot
    be read: what is kept of them stays as it is.
    """
    from escalate.domain.incident.fold import fold

    pen = Pen(connection, queries.load(), clock)
    unread = []
    for row in [*pen.run("numbers"), *pen.run("on_call_record")]:
        connection.execute("SAVEPOINT one")
        try:
            if (state := fold(pen.entries_after(row["incident"], 0))) is not None:
                pen.remake(state)
        except sqlite3.OperationalError:
            raise
        except Exception:  # noqa: BLE001  (one damaged incident must not keep everybody from all others)
            connection.execute("ROLLBACK TO one")
            unread.append(row["incident"])
        connection.execute("RELEASE one")
    return unread


def _schema(connection: sqlite3.Connection) -> int:
    """The version of the tables, 0 where there are none. Raises Misconfigured for another program's."""
    [application] = connection.execute("PRAGMA application_id").fetchone()
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if application == APPLICATION:
        return int(version)
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application or tables:
        raise Misconfigured(
            "That database belongs to another program.",
            hint="Give escalate a file of its own: --database PATH. Nothing was changed.",
        )
    return 0


def _prepare(connection: sqlite3.Connection) -> None:
    """Durable before fast, also where another program has meanwhile set it otherwise, which only a look shows."""
    connection.execute(f"PRAGMA busy_timeout = {READERS}")
    connection.execute("PRAGMA schema_version").fetchone()
    [mode] = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "delete":
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    connection.execute("PRAGMA synchronous = EXTRA")


def _begin(connection: sqlite3.Connection) -> None:
    """Begin to read: from here on the file stays as it is. Where that cannot be had, nothing was begun."""
    connection.execute("BEGIN")
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        _end(connection)
        raise


def _end(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
