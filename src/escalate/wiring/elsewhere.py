"""A second record beside the one that commands go to, what copies one to the other, and the roles of a shared one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from escalate.errors import Refused

if TYPE_CHECKING:
    from types import ModuleType

    from escalate.adapters.store.postgres import PostgresStore
    from escalate.adapters.store.sqlite import SqliteStore
    from escalate.wiring import Wiring


def this_record(wiring: Wiring) -> SqliteStore | PostgresStore:
    """The record itself, and what waits on this machine in it."""
    if wiring.shared is None:
        return wiring.store
    wiring.line.reach()
    return wiring.shared.store


def record_at(wiring: Wiring, address: str) -> SqliteStore | PostgresStore:
    """The record at a path or a URL. Raises Refused for one of the same kind as the record itself."""
    from escalate.config import Found, names_a_server

    if not names_a_server(address):
        if wiring.shared is None:
            raise Refused("Both are files.", hint="A copy of a file is made by: escalate db backup FILE")
        from escalate.adapters.store.sqlite import SqliteStore

        path = os.path.abspath(os.path.expanduser(address.removeprefix("sqlite://")))
        return SqliteStore(path, wiring.own_clock)
    if wiring.shared is not None:
        raise Refused(
            "Both are on PostgreSQL.",
            hint="Its own tools copy a database: pg_dump --format=custom, and pg_restore. Nothing was done.",
        )
    from escalate.wiring import machine
    from escalate.wiring.shared import Shared

    return Shared(Found(value=address, source="option"), wiring.own_clock, wiring.secrets, machine()).store


class Movers:
    """What takes rows from one record to another."""

    def __getattr__(self, name: str) -> Any:
        from escalate.adapters.store import comparing, copying

        return getattr(comparing if name == "differences" else copying, name)


def roles() -> ModuleType:
    """What gives logins of a shared record their rights."""
    from escalate.adapters.store import pg_roles

    return pg_roles
