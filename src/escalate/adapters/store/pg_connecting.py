"""A connection to the shared record, and what is to be known of it before anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.adapters.store import pg_address
from escalate.adapters.store.pg_failures import HOW_TO_ENTER, not_connected, translated
from escalate.adapters.store.pg_rows import Row, rows
from escalate.domain.instants import from_text
from escalate.domain.value import Value
from escalate.errors import EscalateError, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from escalate.adapters.store.pg_clock import ServerClock

OLDEST = 130_000
"""PostgreSQL 13."""

LINE = {"connect_timeout": "5", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
        "tcp_user_timeout": "15000"}  # fmt: skip
"""A line that has gone quiet is noticed in seconds and not in hours, unless the address says otherwise."""

GREETING = """
SELECT set_config('search_path', 'escalate, pg_temp', false),
       set_config('timezone', 'UTC', false),
       set_config('lock_timeout', '5s', false),
       set_config('idle_in_transaction_session_timeout', '60s', false),
       set_config('synchronous_commit', CASE kept.way WHEN 'off' THEN 'on' ELSE kept.way END, false),
       session_user AS login, pg_backend_pid() AS backend, pg_postmaster_start_time()::text AS began,
       pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS standby,
       current_setting('server_version_num')::int AS server, current_setting('server_encoding') AS encoding,
       to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now,
       n.oid IS NOT NULL AS named, coalesce(has_schema_privilege(n.oid, 'USAGE'), false) AS usable,
       EXISTS (SELECT 1 FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relname = 'schema_version') AS made
  FROM (SELECT current_setting('synchronous_commit') AS way) AS kept LEFT JOIN pg_namespace AS n ON n.nspname = 'escalate'
"""
"""What is committed is on the server's disk, whatever the server does for others."""


class Greeting(Value):
    """What the server says of itself and us. `began` is when the server did, `standby` whether it can only be read, and
    `version` the schema's: 0 where there is none.
    """

    login: str
    backend: int
    began: str
    standby: bool
    version: int
    actor: str = ""
    sends: bool = False


Connection = Any
"""psycopg's; it is not imported where no type is checked."""


def connect(url: str, password: Callable[[], str] | None = None) -> psycopg.Connection[Row]:
    """Open a connection. `password` is asked where the server wants one and neither the address nor a file has it."""
    try:
        import psycopg
    except ImportError as error:
        raise Misconfigured(
            "What speaks to PostgreSQL is not installed.", hint="Install it: pip install 'escalate[postgres]'"
        ) from error

    at = pg_address.place(url)
    try:
        return _opened(url)
    except psycopg.OperationalError as error:
        wanted = error.pgconn is not None and error.pgconn.needs_password
        if not wanted or password is None:
            raise not_connected(error, at) from None
    except psycopg.ProgrammingError:
        raise Misconfigured(
            "The address of the database cannot be read.", hint="It goes: postgresql://USER@HOST:5432/DATABASE"
        ) from None
    try:
        found = password()
    except EscalateError as error:
        raise Misconfigured(f"The database at {at} wants a password. {error.message}", hint=HOW_TO_ENTER) from None
    try:
        return _opened(url, found)
    except psycopg.OperationalError as error:
        raise not_connected(error, at) from None


def _opened(url: str, password: str | None = None) -> psycopg.Connection[Row]:
    import logging

    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what it would say we say, in words for people
    given = {**LINE, **conninfo_to_dict(url), "client_encoding": "utf8", "application_name": "escalate"}
    if password is not None:
        given["password"] = password
    return psycopg.connect(**given, autocommit=True, row_factory=rows)  # type: ignore[arg-type]


def greet(connection: psycopg.Connection[Row], at: str, clock: ServerClock) -> Greeting:
    """Set the session up and look around. Raises Misconfigured for a server that cannot hold a record."""
    with translated(at):
        before = clock.here()
        row: Any = connection.execute(GREETING).fetchone()
        clock.put_right(before, from_text(row["now"]), clock.here())
        _accept(row, at)
        known = Greeting(
            login=row["login"], backend=row["backend"], began=row["began"], standby=row["standby"], version=0
        )
        if not row["made"]:
            if row["named"] and row["usable"]:
                raise Misconfigured(
                    "The schema `escalate` of that database belongs to another program.",
                    hint="Give escalate a database of its own. Nothing was changed.",
                )
            return known
        if not row["usable"]:
            raise Misconfigured(
                f"{row['login']} may not see the record at {at}.",
                hint=f"Who looks after it gives the right: escalate db grant-role {row['login']} member, or courier where "
                "a machine sends with that login.",
            )
        said: Any = connection.execute(
            "SELECT (SELECT max(version) FROM escalate.schema_version) AS version, escalate.whoami() AS actor,"
            " pg_has_role(session_user, 'escalate_courier', 'USAGE') AS sends"
        ).fetchone()
    return known.but(version=said["version"] or 0, actor=said["actor"], sends=said["sends"])


def _accept(row: Any, at: str) -> None:
    if row["server"] < OLDEST:
        raise Misconfigured(
            f"The server at {at} is PostgreSQL {row['server'] // 10_000}.",
            hint="escalate needs PostgreSQL 13 or newer.",
        )
    if row["encoding"] != "UTF8":
        raise Misconfigured(
            f"The database at {at} keeps text as {row['encoding']}.",
            hint="Make one that keeps it as UTF8: createdb --encoding UTF8 --template template0 NAME",
        )
