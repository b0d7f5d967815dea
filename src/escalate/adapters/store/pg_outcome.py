"""The line went after COMMIT had been sent: whether it was recorded is asked of the server, and not guessed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from escalate.adapters.store.pg_failures import AGAIN, unreachable
from escalate.errors import Conflict, Misconfigured, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

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

STATUS = "SELECT pg_xact_status(%(number)s::text::xid8) AS status"

END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE pid = %(backend)s AND backend_xid::text = (%(number)s::numeric %% 4294967296)::text
"""


def find_out(connect: Callable[[], psycopg.Connection[Row]], number: str, backend: int, place: str) -> None:
    """Return where transaction `number` was committed. Raises Conflict where it was not, and Unreachable, with `unknown`,
    where the server does not come back to say.
    """
    began = time.monotonic()
    connection: psycopg.Connection[Row] | None = None
    while (waited := time.monotonic() - began) < PATIENCE:
        try:
            connection = connection or connect()
            if waited > LINGERS:
                connection.execute(END, {"number": number, "backend": backend})
            row: Any = connection.execute(STATUS, {"number": number}).fetchone()
        except Misconfigured:
            break
        except Exception as error:
            if getattr(error, "sqlstate", None) == NEVER_GIVEN:
                raise Conflict("The server that answers now never took it.", hint=AGAIN) from None
            if not _is_away(error):
                raise
            connection = None
        else:
            if row["status"] == "committed":
                return
            if row["status"] == "aborted":
                raise Conflict("The connection was lost before it was recorded.", hint=AGAIN)
        time.sleep(PAUSE)
    raise unreachable(
        place, "the connection was lost while it was being recorded, and whether it was is not known", hint=LOOK_FIRST,
        unknown=True,
    )  # fmt: skip


def _is_away(error: BaseException) -> bool:
    from escalate.adapters.store.pg_failures import is_cut

    return isinstance(error, Unreachable) or is_cut(error)
