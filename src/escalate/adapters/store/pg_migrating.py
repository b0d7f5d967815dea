"""Making the tables of the shared record, and bringing them up to date: whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.adapters.store import queries
from escalate.domain.instants import from_text
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    import psycopg

    from escalate.adapters.store.pg_rows import Row

NOW = """SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now"""


ROLES = ("escalate_owner", "escalate_member", "escalate_courier", "escalate_keeper")

RIGHTS = """
SELECT quote_ident(session_user) AS login, quote_ident(current_database()) AS base,
       has_database_privilege(session_user, current_database(), 'CREATE') AS may_create,
       ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'escalate%') AS known,
       EXISTS (SELECT FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.roleid JOIN pg_roles AS k ON k.oid = m.member
                WHERE r.rolname = 'escalate_member' AND k.rolname = 'escalate_keeper') AS kept,
       EXISTS (SELECT FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.roleid
                WHERE r.rolname = 'escalate_owner' AND m.member = session_user::regrole
                  AND pg_has_role(session_user, r.oid, 'USAGE')) AS owns
"""


def migrate(connection: psycopg.Connection[Row], lock: int, unread: list[str] | None = None) -> bool:
    """Run what is missing; False where somebody else did it meanwhile. `unread` hears of the incidents that cannot be read.
    Raises Misconfigured, with the lines for whoever may, where we may not.
    """
    from psycopg.errors import InsufficientPrivilege

    try:
        return _migrate(connection, lock, [] if unread is None else unread)
    except InsufficientPrivilege as error:
        said = error.diag.message_primary or "it does not say why"
        raise Misconfigured(
            f"You may not make the tables and roles there: {said}.", hint=_for_whoever_may(connection)
        ) from error


def _for_whoever_may(connection: psycopg.Connection[Row]) -> str:
    """What is missing, as lines of SQL. Where a record is there already its owner is asked, and nobody becomes it: whoever
    does reads everything, and may change the guards.
    """
    if schema(connection):
        return "Nothing was changed. Whoever looks after the record runs: escalate init"
    row: Any = connection.execute(RIGHTS).fetchone()
    lines = [f"CREATE ROLE {role} NOLOGIN;" for role in ROLES if role not in row["known"]]
    if not row["kept"]:
        lines.append("GRANT escalate_member TO escalate_keeper;")
    if not row["owns"]:
        lines.append(f"GRANT escalate_owner TO {row['login']};")
    if not row["may_create"]:
        lines.append(f"GRANT CREATE ON DATABASE {row['base']} TO {row['login']};")
    if not lines:
        return "Whoever looks after the database runs: escalate init"
    return "Whoever looks after the database runs this, and then you again `escalate init`:\n  " + "\n  ".join(lines)


def _migrate(connection: psycopg.Connection[Row], lock: int, unread: list[str]) -> bool:
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '60s'")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        version = schema(connection)
        missing = [(number, script) for number, script in queries.migrations("postgres") if number > version]
        for _number, script in missing:
            connection.execute(script)
        if missing:
            connection.execute("SELECT set_config('search_path', 'escalate, pg_temp', true)")
            _number_it(connection)
        if missing and version:
            unread += _refold(connection)
    return bool(missing)


def schema(connection: psycopg.Connection[Row]) -> int:
    """The version of the tables, 0 where there are none."""
    made: Any = connection.execute("SELECT to_regclass('escalate.schema_version') IS NOT NULL AS made").fetchone()
    if not made["made"]:
        return 0
    row: Any = connection.execute("SELECT max(version) AS version FROM escalate.schema_version").fetchone()
    return int(row["version"] or 0)


def _number_it(connection: psycopg.Connection[Row]) -> None:
    if schema(connection) < queries.LATEST:
        connection.execute("INSERT INTO escalate.schema_version (version) VALUES (%s)", [queries.LATEST])


def _refold(connection: psycopg.Connection[Row]) -> list[str]:
    """Make the kept states again: what this version folds, an earlier one did not know of. The scripts left us the owner's
    role, and so all that is restricted, too, whoever we came in as. Returns the incidents that cannot be read: what is kept
    of them stays as it is.
    """
    from psycopg import OperationalError

    from escalate.adapters.store.pg_writing import PgPen
    from escalate.domain.incident.fold import fold

    row: Any = connection.execute(NOW).fetchone()
    pen = PgPen(connection, queries.load_postgres(), from_text(row["now"]), sends=True)
    unread = []
    for known in pen.run("every_chain"):
        try:
            with connection.transaction():
                if (state := fold(pen.entries_after(known["incident"], 0))) is not None:
                    pen.remake(state)
                pen.flush()
        except OperationalError:
            raise
        except Exception:  # noqa: BLE001  (one damaged incident must not keep everybody from all others)
            pen.drop_waiting()
            unread.append(known["incident"])
        pen.forget_states()
    return unread
