"""Hears NOTIFY: somebody has committed something that is to be sent."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from escalate.errors import EscalateError

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from escalate.adapters.store.pg_rows import Row


class Ear:
    """A connection of its own, made again when it was lost; without it couriers look by themselves every few seconds."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Row]]) -> None:
        self._connect = connect
        self._connection: psycopg.Connection[Row] | None = None
        self._missed = False

    def fileno(self) -> int | None:
        """What to wait at; None where there is no connection now."""
        from psycopg import Error

        if self._connection is None or self._connection.closed:
            self._connection = None
            with suppress(EscalateError, Error):
                connection = self._connect()
                connection.execute("LISTEN escalate")
                self._connection = connection
                self._missed = True
        return self._connection.fileno() if self._connection is not None else None

    def heard(self) -> bool:
        """Whether there was news since it was last asked, or may have been before we began to listen; it does not wait."""
        from psycopg import Error

        if self._connection is None:
            return False
        missed, self._missed = self._missed, False
        try:
            news = bool([*self._connection.notifies(timeout=0)])
        except (Error, OSError):
            news = True
        if self._connection.closed:
            news = True
            self.close()
        return news or missed

    def close(self) -> None:
        from psycopg import Error

        if self._connection is not None:
            with suppress(Error):
                self._connection.close()
            self._connection = None
