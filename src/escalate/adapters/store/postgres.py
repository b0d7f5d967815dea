"""The shared store: one PostgreSQL database, written to by many at once."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from copy import copy
from typing import TYPE_CHECKING, Any, Self

from escalate.adapters.store import pg_address, queries
from escalate.adapters.store.pg_connecting import connect, greet
from escalate.adapters.store.pg_failures import AGAIN, is_cut, read_only, translated
from escalate.adapters.store.pg_outcome import Sent, find_out
from escalate.adapters.store.pg_writing import PgLook, PgPen
from escalate.domain.instants import from_text
from escalate.errors import Conflict, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import psycopg

    from escalate.adapters.store.pg_clock import ServerClock
    from escalate.adapters.store.pg_connecting import Greeting
    from escalate.adapters.store.pg_listening import Ear
    from escalate.adapters.store.pg_rows import Row
    from escalate.domain.timeline.entry import Entry

PAGE = 500
"""Entries read per transaction where many are read."""

TO_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

TO_WRITE = """BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now,
       pg_current_xact_id()::text AS number"""
"""The transaction's number tells afterwards what became of it, should the line go while it is committed."""

MIGRATING = 4_992_817_035_041
"""The advisory lock under which the tables are made; no other program of the database takes it."""


class PostgresStore:
    """`password` is asked where the server wants one that neither the address nor a file has."""

    shared = True

    def __init__(self, url: str, clock: ServerClock, password: Callable[[], str] | None = None) -> None:
        self.url = url
        self.file = pg_address.public(url)
        self.place = pg_address.place(url)
        self.clock = clock
        self._password = password
        self._queries = queries.load_postgres()
        self._connection: psycopg.Connection[Row] | None = None
        self.brought: tuple[int, int] | None = None
        self.unread: list[str] = []
        self._greeting: Greeting | None = None
        self._depth = 0
        self._pen: PgPen | None = None

    # ── the database ────────────────────────────────────────────────────────────────────────────────────────────────

    def exists(self) -> bool:
        """Whether there is a record, whatever its version."""
        self._open()
        return self.greeting.version > 0

    def create(self) -> bool:
        """Make the tables, roles and guards, or bring them up to date; False where all is there already."""
        from escalate.adapters.store.pg_migrating import migrate

        self._open()
        before = self.greeting
        self._refuse_newer(before.version)
        if before.version == queries.LATEST:
            return False
        self._refuse_standby()
        with translated(self.place):
            done = migrate(self._open(), MIGRATING, self.unread)
        self._open(fresh=True)
        if done and before.version:
            self.brought = before.version, queries.LATEST
        return done and before.version == 0

    def for_owner(self) -> Self:
        """The same record over the same connection, with nothing of it left out; for who owns it."""
        found = copy(self)
        found._queries = queries.load_for_owner()
        return found

    def connection(self) -> psycopg.Connection[Row]:
        found = self._open()
        version = self.greeting.version
        if version == queries.LATEST:
            return found
        if version == 0:
            raise Misconfigured(
                f"There is no record at {self.file} yet.",
                hint="Who may make tables and roles there runs: escalate init",
            )
        self._refuse_newer(version)
        if not self._depth:
            self.close()  # the next attempt looks again
        raise Misconfigured(
            f"The record at {self.file} has tables of an older escalate (schema {version}, this one needs {queries.LATEST}).",
            hint="Who looks after it brings them up to date: escalate init",
        )

    @property
    def greeting(self) -> Greeting:
        """Who we are there, and what it is."""
        if self._greeting is None:
            self._open()
        assert self._greeting is not None
        return self._greeting

    @property
    def sends(self) -> bool:
        """Whether this login may send what is owed."""
        return self.greeting.sends

    def _open(self, *, fresh: bool = False) -> psycopg.Connection[Row]:
        if fresh or (self._connection is not None and self._connection.closed and not self._depth):
            self.close()
        if self._connection is None:
            connection = connect(self.url, self._password)
            try:
                self._greeting = greet(connection, self.place, self.clock)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    @property
    def is_older(self) -> bool:
        """Whether its tables were those of an older escalate when we last connected."""
        return self._greeting is not None and 0 < self._greeting.version < queries.LATEST

    def outgrown(self) -> Misconfigured | None:
        """Other than when we connect, where it is looked at once."""
        from escalate.adapters.store.pg_migrating import schema

        with translated(self.place):
            version = schema(self._open())
        return self._newer(version) if version > queries.LATEST else None

    def _refuse_newer(self, version: int) -> None:
        if version > queries.LATEST:
            raise self._newer(version)

    def _newer(self, version: int) -> Misconfigured:
        return Misconfigured(
            f"{self.file} was written by a newer escalate (schema {version}, this one knows {queries.LATEST}).",
            hint="Upgrade this installation: run install.sh of the newer version. Nothing was changed.",
        )

    def _refuse_standby(self) -> None:
        if self.greeting.standby and not self._depth:
            self._open(fresh=True)  # it may have taken over
        if self.greeting.standby:
            raise read_only(self.place)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ── transactions ────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def reading(self) -> Iterator[PgLook]:
        """One consistent look; it keeps nobody from writing."""
        if self._depth:
            if self._pen is not None:
                self._pen.flush()
            yield PgLook(self.connection(), self._queries, sends=self.sends)
            return
        with translated(self.place):
            connection, _row = self._begin(TO_READ)
            with self._within(connection):
                yield PgLook(connection, self._queries, sends=self.sends)

    @contextmanager
    def writing(self) -> Iterator[PgPen]:
        """Exit from the block is on the server's disk, or nothing was written."""
        self.connection()
        self._refuse_standby()
        with translated(self.place):
            connection, row = self._begin(TO_WRITE)
            with self._within(connection):
                self._pen = PgPen(connection, self._queries, from_text(row["now"]), sends=self.sends)
                yield self._pen
                self._pen.flush()
                self._commit(connection, row["number"], self._pen.written)

    def _begin(self, statement: str) -> tuple[psycopg.Connection[Row], Any]:
        """Begin; once more on a new connection where the one we had did not outlive its idleness."""
        connection = self.connection()
        try:
            return connection, _begun(connection, statement)
        except Exception as error:
            if not is_cut(error):
                raise
            self.close()
        connection = self.connection()
        return connection, _begun(connection, statement)

    @contextmanager
    def _within(self, connection: psycopg.Connection[Row]) -> Iterator[None]:
        from psycopg import Error

        self._depth += 1
        try:
            yield
        finally:
            self._depth, self._pen = self._depth - 1, None
            with suppress(Error):  # the line has gone; with it the transaction
                if not connection.closed and connection.info.transaction_status:
                    connection.execute("ROLLBACK")

    def _commit(self, connection: psycopg.Connection[Row], number: str, entry: str | None) -> None:
        try:
            done = connection.execute("COMMIT").statusmessage
        except Exception as error:
            if not is_cut(error):
                raise
            sent = Sent(number=number, entry=entry, backend=self.greeting.backend, began=self.greeting.began)
            self.close()
            find_out(self._reconnected, sent, self.place)
            return
        if done != "COMMIT":  # something inside had failed, and whoever called went on
            raise Conflict("The record did not take all of it.", hint=AGAIN)

    def _reconnected(self) -> psycopg.Connection[Row]:
        return self._open(fresh=True)

    def now(self) -> datetime:
        return self.clock.now()

    def wake(self) -> None:
        """Whoever commits what is to be sent has rung for the couriers by that."""

    def ear(self) -> Ear:
        """What hears that something is to be done, on a connection of its own."""
        from escalate.adapters.store.pg_listening import Ear

        return Ear(lambda: connect(self.url, self._password))

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
    def unspoilt(self) -> Iterator[PgLook]:
        """As any other look: the server keeps no text that is none."""
        with self.reading() as look:
            yield look


def _begun(connection: psycopg.Connection[Row], statement: str) -> Any:
    cursor = connection.execute(statement)
    return cursor.fetchone() if cursor.nextset() else None
