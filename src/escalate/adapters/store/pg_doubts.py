"""What is to be known of where a shared record is, and of who one is there, before somebody relies on it at night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.adapters.store.pg_failures import translated

if TYPE_CHECKING:
    from escalate.adapters.store.postgres import PostgresStore

ASKED = """
SELECT pg_is_in_recovery() AS follows, session_user AS login, current_setting('fsync') = 'off' AS forgets,
       pg_has_role(session_user, 'escalate_courier', 'USAGE') AND pg_has_role(session_user, 'escalate_member', 'USAGE')
       AND NOT pg_has_role(session_user, 'escalate_owner', 'MEMBER') AS both_roles
"""

STANDBY = (
    "that server is a standby",
    "give the address of the one that is written to: --database URL; or of all, with ?target_session_attrs=read-write",
)
SET_SO = ("it was set so", "ask whoever looks after the database: default_transaction_read_only")

BOTH = (
    "{} is a member and a courier: what a courier reports, that a message went out or that somebody answered, could be "
    "that person's own word"
)
APART = "give the machine a login of its own: escalate db grant-role HOST --courier --create; then: escalate db revoke-role {} courier"
"""Of a login that is both. Receipts are worth what keeps people from writing them."""


def doubts(store: PostgresStore) -> list[tuple[str, str, str, str]]:
    """(state, what, what was found, what to do) in the words of `doctor`; nothing where there is nothing to say."""
    with translated(store.place):
        row: Any = store.connection().execute(ASKED).fetchone()
    found = []
    if store.greeting.standby:
        why, hint = STANDBY if row["follows"] else SET_SO
        said = f"the record at {store.place} can only be read ({why}): escalate shows what is there, and writes and pages nothing"
        found.append(("wrong", "writing", said, hint))
    if row["forgets"]:
        said = f"the server at {store.place} does not wait for its disk (fsync is off): a power cut there may damage the record"
        found.append(("warning", "disk", said, "ask whoever looks after the server: fsync = on"))
    if row["both_roles"]:
        found.append(("warning", "login", BOTH.format(row["login"]), APART.format(row["login"])))
    return found
