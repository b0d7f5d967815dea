"""What goes with a record that a team shares on PostgreSQL, where one on this machine has a file."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from escalate.adapters.store import pg_address
from escalate.errors import Misconfigured, Refused

if TYPE_CHECKING:
    from escalate.adapters.secrets import Secrets
    from escalate.adapters.store.postgres import PostgresStore
    from escalate.app.ledger import Author
    from escalate.app.ports import Clock
    from escalate.config import Found

VARIABLE = "ESCALATE_DATABASE"

SECRET = "database"  # noqa: S105
"""The name under which the keyring has the password of the database."""


class Shared:
    """`found` is the address and where it came from; `clock` is this machine's."""

    def __init__(self, found: Found, clock: Clock, secrets: Secrets, origin: str) -> None:
        self._found, self._clock, self._secrets, self.origin = found, clock, secrets, origin
        if pg_address.has_password(found.value) and found.source != VARIABLE:
            where = "the command line" if found.source == "option" else found.source
            raise Misconfigured(
                f"The address of the database holds a password, which others can read from {where}.",
                hint=f"Leave it out there: escalate login {SECRET}, PGPASSFILE, or {VARIABLE} in the environment.",
            )

    @cached_property
    def address(self) -> str:
        """Without any secret."""
        return pg_address.public(self._found.value)

    @cached_property
    def store(self) -> PostgresStore:
        from escalate.adapters.store.pg_clock import ServerClock
        from escalate.adapters.store.postgres import PostgresStore

        return PostgresStore(self._found.value, ServerClock(self._clock), lambda: self._secrets.get(SECRET))

    @property
    def author(self) -> Author:
        """Who writes: the person whom the roster gives this login of the database, and nobody can say otherwise."""
        from escalate.app.ledger import Author

        known = self.store.greeting
        if known.version == 0:
            self.store.connection()  # says what is missing
        return Author(
            actor=known.actor,
            person=None if known.actor.startswith("db:") else known.actor,
            source=f"database user {known.login}",
            origin=self.origin,
        )

    @property
    def arguments(self) -> list[str]:
        """How a courier of ours is told where the record is; what the environment says it sees as well."""
        return [] if self._found.source == VARIABLE else ["--database", self.address]

    @property
    def password_is_elsewhere(self) -> bool:
        """Whether who connects later, without our environment, finds none in the address."""
        return pg_address.has_password(self._found.value)

    def may_send(self) -> None:
        """Raises Misconfigured for a login that may not send what is owed."""
        if not self.store.sends:
            raise Misconfigured(
                f"{self.store.greeting.login} may not send from the record at {self.store.place}.",
                hint=f"Who looks after it gives the right: escalate db grant-role {self.store.greeting.login} courier",
            )

    @property
    def exists(self) -> bool:
        return self.store.exists()


def no_file() -> Refused:
    """Of what one does with a file."""
    return Refused(
        "That is done with a record that is a file; this one is on PostgreSQL.",
        hint="Use its own tools: pg_dump --format=custom, and pg_restore. Nothing was done.",
    )
