"""The line went after COMMIT had been sent: whether it was recorded is asked of the server, and not guessed.

Who answers may be another server than the one that was asked: a standby, or one that took over and lacks the last
transactions. It has given the number to somebody else's meanwhile, or soon will. So a number is believed of the server
that gave it, still running; of any other an entry that the transaction wrote, which is there with it or not at all.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from escalate.adapters.store.pg_failures import AGAIN, unreachable
from escalate.domain.value import Value
from escalate.errors import Conflict, Misconfigured, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import LiteralString

    import psycopg

    from escalate.adapters.store.pg_rows import Row

PATIENCE = 15.0
"""Seconds for the server to come back: as long as a restart takes."""

PAUSE = 0.2

LINGERS = 2.0
"""Seconds after which a session whose line has gone is ended; the server itself may not notice for minutes."""

NEVER_GIVEN = "22023"
"""That number is in the future: another server has taken over, to which the transaction had not come."""

LOOK_FIRST = "Look before you do it again: escalate timeline"

ENTRY = "SELECT EXISTS (SELECT FROM escalate.timeline WHERE id = %(entry)s) AS there"

WHERE = "SELECT pg_is_in_recovery() AS standby, pg_postmaster_start_time()::text = %(began)s AS same"

STATUS = "SELECT pg_xact_status(%(number)s::text::xid8) AS status"

END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE pid = %(backend)s AND backend_xid::text = (%(number)s::numeric %% 4294967296)::text
"""


class Sent(Value):
    """A transaction whose COMMIT was sent: its number, the last entry it wrote if any, the session it was in, and when the
    server of that session began.
    """

    number: str
    entry: str | None
    backend: int
    began: str


def find_out(connect: Callable[[], psycopg.Connection[Row]], sent: Sent, place: str) -> None:
    """Return where it was committed. Raises Conflict where it was not, and Unreachable, with `unknown`, where no server
    comes back that can say.
    """
    began = time.monotonic()
    connection: psycopg.Connection[Row] | None = None
    while (waited := time.monotonic() - began) < PATIENCE:
        try:
            connection = connection or connect()
            found = _asked(connection, sent, ends=waited > LINGERS)
        except Misconfigured:
            break
        except Exception as error:
            if not _is_away(error):
                raise
            connection = None
        else:
            if found == "committed":
                return
            if found == "aborted":
                raise Conflict("The connection was lost before it was recorded.", hint=AGAIN)
            if found == "never given":
                raise Conflict("The server that answers now never took it.", hint=AGAIN)
            if found == "nobody knows":
                break
            if found == "elsewhere":
                connection = None
        time.sleep(PAUSE)
    raise unreachable(
        place, "the connection was lost while it was being recorded, and whether it was is not known", hint=LOOK_FIRST,
        unknown=True,
    )  # fmt: skip


def _asked(connection: psycopg.Connection[Row], sent: Sent, *, ends: bool) -> str:
    """What the server that answers now says: committed, aborted, in progress; "never given" where the number is yet to come,
    "elsewhere" where only the one that is written to can tell, "nobody knows" where the number may be another's.
    """
    from psycopg import DatabaseError

    if sent.entry is not None and _row(connection, ENTRY, entry=sent.entry)["there"]:
        return "committed"
    where = _row(connection, WHERE, began=sent.began)
    if where["standby"]:
        return "elsewhere"
    if ends and where["same"]:
        connection.execute(END, {"number": sent.number, "backend": sent.backend})
    try:
        status = str(_row(connection, STATUS, number=sent.number)["status"])
    except DatabaseError as error:
        if error.sqlstate == NEVER_GIVEN:
            return "never given"
        raise
    return "nobody knows" if status == "committed" and not where["same"] else status


def _row(connection: psycopg.Connection[Row], statement: LiteralString, **values: Any) -> Any:
    return connection.execute(statement, values).fetchone()


def _is_away(error: BaseException) -> bool:
    from escalate.adapters.store.pg_failures import is_cut

    return isinstance(error, Unreachable) or is_cut(error)
