"""Who may do what on a shared record: its roles, given to logins of the database and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.adapters.store.pg_failures import translated
from escalate.domain.value import Value
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escalate.adapters.store.postgres import PostgresStore

ROLES = ("member", "courier", "keeper")
"""Reads and writes; sends what is owed; puts rosters and guidance in force, and all that a member does."""

OWNER = "escalate_owner"

LONGEST = 63
"""Bytes of a name; PostgreSQL cuts off what is longer."""

WHO = """
SELECT r.rolname AS login, r.rolcanlogin AS enters, r.rolsuper AS super, r.rolbypassrls AS unguarded,
       r.rolcreaterole AS creates, l.person,
       NOT r.rolsuper AND pg_has_role(r.oid, 'escalate_owner', 'member') AS owns,
       ARRAY(SELECT substr(g.rolname, 10) FROM pg_auth_members AS m JOIN pg_roles AS g ON g.oid = m.roleid
              WHERE m.member = r.oid AND g.rolname IN ('escalate_member', 'escalate_courier', 'escalate_keeper')
              GROUP BY g.rolname ORDER BY g.rolname) AS given,
       ARRAY(SELECT one FROM unnest(ARRAY['member', 'courier', 'keeper']) AS one
              WHERE NOT r.rolsuper AND pg_has_role(r.oid, 'escalate_' || one, 'member')) AS has
  FROM pg_roles AS r LEFT JOIN escalate.logins AS l ON l.login = r.rolname
"""


class Granted(Value):
    """A login and what it may. `given` are roles that it was given itself, `has` all that it has, also by others. `sees_all`
    says why need-to-know does not bind it; empty where it does.
    """

    login: str
    person: str | None
    given: list[str]
    has: list[str]
    sees_all: str = ""
    made: bool = False

    @property
    def is_machine(self) -> bool:
        """An account of nobody's, which sends and so sees what is to be sent."""
        return self.has == ["courier"]

    @property
    def is_both(self) -> bool:
        """Somebody who also writes what couriers report."""
        return {"member", "courier"} <= {*self.has} and not self.sees_all


def who(store: PostgresStore) -> list[Granted]:
    """Every login that has to do with the record, superusers among them."""
    with translated(store.place):
        rows: list[Any] = store.connection().execute(f"{WHO} WHERE r.rolcanlogin ORDER BY r.rolname").fetchall()
    found = (_granted(row) for row in rows)
    return [one for one in found if one.has or one.given or one.sees_all]


def _granted(row: Any) -> Granted:
    why = "superuser" if row["super"] else "owner" if row["owns"] else ""
    return Granted(
        login=row["login"],
        person=row["person"],
        given=list(row["given"]),
        has=list(row["has"]),
        sees_all=why or ("bypasses row security" if row["unguarded"] and (row["has"] or row["given"]) else ""),
    )


def grant(store: PostgresStore, login: str, roles: Iterable[str], *, create: bool = False) -> Granted:
    """Give `login` roles; with `create` it is made where it is not there, without a password. Raises Refused with the lines
    for whoever may, where we may not.
    """
    _named(login)
    wanted = [role for role in ROLES if role in {*roles}]
    known = _look(store, login)
    if known is None and not create:
        raise NotFound(
            f"The server has no login {login!r}.",
            hint=f"Make it, too, without a password: escalate db grant-role {login} --create",
        )
    if known is not None:
        _refuse_mighty(known)
    lines = [f"GRANT escalate_{role} TO {_quoted(store, login)};" for role in wanted]
    if known is None:
        lines.insert(0, f"CREATE ROLE {_quoted(store, login)} LOGIN;")
    _run(store, lines)
    found = _look(store, login)
    assert found is not None
    return _granted(found).but(made=known is None)


def revoke(store: PostgresStore, login: str, roles: Iterable[str]) -> Granted:
    """Take roles from `login`; none named means all of them. What it may by way of another role stays, and is answered."""
    _named(login)
    known = _look(store, login)
    if known is None:
        raise NotFound(f"The server has no login {login!r}.", hint="Who may what: escalate db roles")
    wanted = {*roles} or {*known["given"]}
    lines = [
        f"REVOKE escalate_{role} FROM {_quoted(store, login)};" for role in ROLES if role in wanted & {*known["given"]}
    ]
    if lines:
        _run(store, lines)
    found = _look(store, login)
    assert found is not None
    if left := wanted & {*found["given"]}:  # of a grant by somebody else PostgreSQL only warns
        _hand_over([line for line in lines if line.split()[1].removeprefix("escalate_") in left])
    return _granted(found)


def _look(store: PostgresStore, login: str) -> Any:
    with translated(store.place):
        return store.connection().execute(f"{WHO} WHERE r.rolname = %s", [login]).fetchone()


def _named(login: str) -> None:
    if not login or not login.isprintable() or len(login.encode()) > LONGEST:
        raise Usage(f"{login!r} is no name for a login.", hint=f"Up to {LONGEST} bytes, without control characters.")
    if login.startswith(("pg_", "escalate_")) or login == "public":
        raise Refused(f"{login} is no login of a person's or a machine's.", hint="See who there is: escalate db roles")


def _refuse_mighty(known: Any) -> None:
    why = {
        "super": "is a superuser, and reads and changes everything, whatever it is given",
        "unguarded": "bypasses row security, and reads what is restricted, whatever it is given",
    }
    for mark, said in why.items():
        if known[mark]:
            raise Refused(
                f"{known['login']} {said}.",
                hint="Give the person a login of their own without that: escalate db grant-role NAME --create",
            )
    if not known["enters"]:
        raise Refused(
            f"{known['login']} is a group that cannot log in.",
            hint="Who writes is told by the login: name each person's.",
        )


def _run(store: PostgresStore, lines: list[str]) -> None:
    """All of them or none."""
    from psycopg.errors import DuplicateObject, InsufficientPrivilege

    connection = store.connection()
    try:
        with translated(store.place), connection.transaction():
            for line in lines:
                try:
                    connection.execute(line.encode())
                except InsufficientPrivilege:
                    _hand_over(lines)
    except DuplicateObject:
        raise Refused("Somebody else made that login just now.", hint="Run the same command again.") from None


def _hand_over(lines: list[str]) -> None:
    from textwrap import indent

    said = indent("\n".join(lines), "  ")
    raise Refused(
        "You may not give these rights, nor take them.", hint=f"Whoever looks after the database runs:\n{said}"
    ) from None


def _quoted(store: PostgresStore, login: str) -> str:
    from psycopg.sql import Identifier

    return Identifier(login).as_string(store.connection())
