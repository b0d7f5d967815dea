"""Who may read an incident that came from elsewhere, on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from escalate.domain.incident.access import Access

ACCESS = (
    """INSERT INTO restricted (incident, active, login, xid)
       VALUES (%(incident)s, %(active)s, session_user, pg_current_xact_id())
       ON CONFLICT (incident) DO UPDATE SET active = excluded.active""",
    "SELECT mark(%(incident)s, %(active)s)",
    "DELETE FROM grants WHERE incident = %(incident)s AND NOT grantee = ANY (%(may)s)",
    """INSERT INTO grants (incident, grantee, xid)
       SELECT %(incident)s, one, pg_current_xact_id() FROM unnest(%(may)s::text[]) AS one ON CONFLICT DO NOTHING""",
)
"""Who may read an incident, put right."""


def keep_closed(connection: Any, incident: str, access: Access) -> None:
    """What the database read from entries as they came in it could not read from an erased one: its guards would leave an
    incident open whose opening was erased. The state knows what is left of it. A login of another machine's system is
    nobody's here.
    """
    may = [to for to, one in access.granted.items() if ":" in to or one["how"] == "granted" or one["by"] == f"db:{to}"]
    given = {"incident": incident, "active": access.restricted, "may": may}
    for statement in ACCESS:
        connection.execute(statement, given)
