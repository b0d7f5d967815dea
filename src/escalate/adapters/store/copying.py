"""A whole record from a file to a server, or back: every row as it is. What is derived is made again."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from escalate.adapters.store import lock, pg_upkeep, upkeep
from escalate.adapters.store.pg_failures import CHANGED, FORBIDDEN, translated
from escalate.adapters.store.sqlite import SqliteStore
from escalate.domain.incident.fold import fold
from escalate.domain.value import Value
from escalate.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from escalate.adapters.store.postgres import PostgresStore

    Record = SqliteStore | PostgresStore

MISUNDERSTOOD = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What folding raises for a body that escalate cannot have written."""

PAGE = 500
"""Rows in hand at once, however long the record is."""

TIMELINE = (
    "incident, seq, id, kind, occurred_at, precision, written_at, recorded_at, origin, actor, labels, body, salt,"
    " body_digest, prev, digest"
)

MESSAGES = (
    "id, incident, entry, entry_seq, entry_digest, page, purpose, recipient, name, via, address, subject, text, details,"
    " state, attempts, due_at, leased_until, last_error, remote, bundle, tried_at"
)

CLAUSES = "id, version, effective_from, owner, digest, clause, applied_at, applied_by, source"

MATCHES = "entry, incident, handle, seen_in, by, due_at, told_at"


class Rows(Value):
    """`columns` of a table, in the order of its first `key` of them."""

    columns: str
    key: int
    condition: str = ""

    def reading(self, table: str) -> str:
        order = ", ".join(name.strip() for name in self.columns.split(",")[: self.key])
        return f"SELECT {self.columns} FROM {table} {self.condition} ORDER BY {order}"  # noqa: S608 - all of it stands here


COPIED = {
    "timeline": Rows(columns=TIMELINE, key=2),
    "numbers": Rows(columns="number, incident", key=1),
    "rosters": Rows(columns="version, applied_at, applied_by, roster, source", key=1),
    "clauses": Rows(columns=CLAUSES, key=2),
    "subject_keys": Rows(columns="id, added_at, added_by", key=1),
    "messages": Rows(columns=MESSAGES, key=1),
    "matches": Rows(columns=MATCHES, key=2),
}
"""In the order in which they are written: a number is that of an incident that is there."""

AS_RECORDED = {
    False: f"SELECT {TIMELINE} FROM timeline ORDER BY rowid",  # noqa: S608
    True: f"SELECT {TIMELINE} FROM (SELECT {TIMELINE}, max(recorded_at) OVER (PARTITION BY incident ORDER BY seq) AS latest"  # noqa: S608
    " FROM timeline) AS t ORDER BY latest, incident, seq",
}
"""Entries of a chain in their order, and of all chains in that of their writing, by which the newest are found first. For a
file and for a server.
"""


@contextmanager
def snapshot(store: Record, *, alone: bool = False) -> Iterator[Any]:
    """One moment of a record; `alone` keeps the writers of a file out meanwhile, those of a server go on."""
    if store.shared:
        with store.reading():
            connection: Any = store.connection()
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield connection
    elif alone:
        with lock.held(store.file), store.reading():
            yield store.connection()
    else:
        with store.reading():
            yield store.connection()


def pages(connection: Any, query: str, *, shared: bool) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query, some at a time."""
    if shared:
        from psycopg.rows import tuple_row

        with connection.cursor(name="copying", row_factory=tuple_row) as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(PAGE):
                yield rows
        return
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute(query)
    while rows := cursor.fetchmany(PAGE):
        yield rows


def see_all(store: Record) -> Record:
    """The same record, and nothing of it left out. Raises Refused for who does not own a shared one: a part is no copy."""
    if isinstance(store, SqliteStore):
        return store
    connection: Any = store.connection()
    with translated(store.place):
        row = connection.execute(
            "SELECT session_user AS login, quote_ident(session_user) AS named,"
            " pg_has_role(session_user, 'escalate_owner', 'USAGE') AS owns"
        ).fetchone()
    if not row["owns"]:
        raise Refused(
            f"{row['login']} may not copy all of the record at {store.file}: only whoever owns it may.",
            hint=f"For the time of the copy whoever looks after the database says: GRANT escalate_owner TO {row['named']}; "
            f"and afterwards: REVOKE escalate_owner FROM {row['named']};",
        )
    return store.for_owner()


def refuse_full(store: Record) -> None:
    """Raises Refused for a record in which there is anything."""
    with snapshot(store) as connection:
        _refuse_full(connection, store)


def _refuse_full(connection: Any, store: Record) -> None:
    for table in COPIED:
        if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None:  # noqa: S608
            what = {"timeline": "incidents", "numbers": "incidents", "rosters": "a roster"}.get(table, table)
            raise Refused(
                f"The record at {store.file} holds {what} already.",
                hint="A record is copied to where there is none, or an empty one. Is it the same one? Compare them: "
                "escalate db copy --to … --check",
            )


def copy(source: Record, target: Record, tell: Callable[[str, int], None]) -> dict[str, int]:
    """All of it in one transaction, or nothing. `tell` hears how many rows of what have been written."""
    counted = dict.fromkeys(COPIED, 0)
    with target.writing() as pen:
        if target.shared:
            _for_the_owner(pen)
        connection: Any = target.connection()
        _refuse_full(connection, target)
        codes: list[dict[str, str]] = []
        with snapshot(source, alone=True) as there:
            for table, rows in COPIED.items():
                query = AS_RECORDED[source.shared] if table == "timeline" else rows.reading(table)
                for page in pages(there, query, shared=source.shared):
                    _insert(connection, target, table, rows.columns, page)
                    counted[table] += len(page)
                    tell(table, counted[table])
                    codes += _codes(page) if table == "messages" else []
        _derive(pen, target, codes, tell)
    return counted


def _for_the_owner(pen: Any) -> None:
    """Entries come in as they were written elsewhere; nobody opens an incident meanwhile."""
    pen.copy_by_owner()
    pen.run("lock_numbers")


def _insert(connection: Any, target: Record, table: str, columns: str, page: list[tuple[Any, ...]]) -> None:
    mark = "%s" if target.shared else "?"
    marks = ", ".join([mark] * len(columns.split(",")))
    query = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
    if not target.shared:
        connection.executemany(query, page)
        return
    from psycopg import DataError, Error, IntegrityError

    try:
        with connection.cursor() as cursor:
            cursor.executemany(query, page)
    except Error as error:
        if not isinstance(error, (DataError, IntegrityError)) and error.sqlstate not in {CHANGED, FORBIDDEN}:
            raise
        said = (error.diag.message_primary or str(error)).removeprefix("escalate: ").splitlines()[0]
        raise Refused(
            f"The database at {target.file} does not take what stands in {table}: {said}.",
            hint="Nothing was copied. Is the record sound? escalate verify",
        ) from error


def _codes(page: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, str]]:
    """By which code whom a message went to may answer it."""
    names = [name.strip() for name in MESSAGES.split(",")]
    for row in page:
        message = dict(zip(names, row, strict=True))
        kind, _, person = message["recipient"].partition(":")
        if kind == "person" and message["page"] and (code := _code(message["details"])):
            yield {"code": code, "incident": message["incident"], "page": message["page"], "person": person}


def _code(details: str) -> str:
    try:
        return str(json.loads(details).get("code") or "")
    except (ValueError, AttributeError, RecursionError):
        return ""  # of what cannot be read nobody is told a code


def _erased_in(target: Record) -> set[str]:
    """Incidents of which not every entry says any more what it said; on a server, where who may read follows from that."""
    if not target.shared:
        return set()
    rows = target.connection().execute("SELECT DISTINCT incident FROM timeline WHERE body IS NULL").fetchall()
    return {row[0] for row in rows}


def _derive(pen: Any, target: Record, codes: list[dict[str, str]], tell: Callable[[str, int], None]) -> None:
    """States, pages, timers, codes, words and sightings, as every entry made them; and who has which login."""
    chains = [row[0] for row in target.connection().execute("SELECT incident FROM heads ORDER BY incident").fetchall()]
    sensitive, unread = set(), set()
    erased = _erased_in(target)
    for count, incident in enumerate(chains, start=1):
        try:
            state = fold(pen.entries_after(incident, 0))
        except (*MISUNDERSTOOD, Refused):  # the comparison names it
            unread.add(incident)
            continue
        if state is not None:
            if incident in erased and state.access is not None:
                pen.keep_closed(incident, state.access)
            pen.remake(state)
            sensitive |= {incident} if state.sensitive else set()
            if target.shared:
                pg_upkeep.index_words(pen, state)
                pen.forget_states()
        if count % 20 == 0 or count == len(chains):
            tell("incidents", count)
    for code in codes:
        pen.run("save_code", **code)
    if not target.shared:  # there a trigger does it
        upkeep.index_words(pen, sensitive, unread)
        for row in pen.run("roster"):
            people = json.loads(row["roster"]).get("people", {})
            for slug, person in people.items():
                for login in person.get("logins", []):
                    pen.run("add_login", login=login, person=slug)
