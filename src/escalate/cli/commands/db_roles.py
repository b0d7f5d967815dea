"""`db grant-role`, `revoke-role` and `roles`: who may do what on a shared record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.cli.views import Cell, View

ROLES = ("member", "courier", "keeper")


def _roles(function: Callable[..., Any]) -> Callable[..., Any]:
    """The three, as options, or as words after the login."""
    for name, what in (
        ("keeper", "Puts rosters and guidance in force, and does all that a member does."),
        ("courier", "Sends what is owed. Alone, for a machine's account: it then reads every incident."),
        ("member", "Reads and writes."),
    ):
        function = click.option(f"--{name}", is_flag=True, help=what)(function)
    return click.argument("words", metavar="[ROLE]...", nargs=-1)(function)


def _wanted(words: tuple[str, ...], **given: bool) -> list[str]:
    for word in words:
        if word not in ROLES:
            raise Usage(f"There is no role {word!r}.", hint=f"One of: {', '.join(ROLES)}.")
    return [role for role in ROLES if role in words or given[role]]


def _there(session: Session) -> tuple[Any, Any]:
    """What gives rights, and the shared record. Raises Refused where the record is a file."""
    from escalate.wiring import elsewhere

    if session.wiring.shared is None:
        raise Refused(
            "A file has no logins: whoever can open it can read and write all of it.",
            hint="Rights of their own for each person are on PostgreSQL: escalate db copy --to postgresql://…",
        )
    return elsewhere.roles(), session.wiring.shared.store


@click.command("grant-role", cls=Command)
@click.argument("login")
@_roles
@click.option("--create", is_flag=True, help="Make the login, too, without a password.")
@pass_session
def grant_role(
    session: Session, login: str, words: tuple[str, ...], member: bool, courier: bool, keeper: bool, create: bool
) -> None:
    """Let a login of the database use the record: as member if nothing else is said.

    \b
    Example:
      escalate db grant-role dana --create
      escalate db grant-role dana --keeper
      escalate db grant-role pager-host --courier --create
    """
    roles, store = _there(session)
    wanted = _wanted(words, member=member, courier=courier, keeper=keeper) or ["member"]
    found = roles.grant(store, login, wanted, create=create)
    if found.is_both:
        session.say(
            f"{login} is a member and a courier now. A courier reports that messages went out and that people answered: a person "
            "who may do that could report what never was, and nobody could tell. Couriers should be machines with logins of "
            f"their own: escalate db grant-role HOST --courier --create; then: escalate db revoke-role {login} courier"
        )
    session.answer({**_plain(found), "created": found.made}, lambda _data: _granted(found))


@click.command("revoke-role", cls=Command)
@click.argument("login")
@_roles
@pass_session
def revoke_role(
    session: Session, login: str, words: tuple[str, ...], member: bool, courier: bool, keeper: bool
) -> None:
    """Take roles from a login: those named, else all three. The login itself stays, and so does what it wrote.

    \b
    Example:
      escalate db revoke-role dana
    """
    roles, store = _there(session)
    found = roles.revoke(store, login, _wanted(words, member=member, courier=courier, keeper=keeper))
    session.answer(_plain(found), lambda _data: _line(found))


@click.command("roles", cls=Command)
@pass_session
def roles(session: Session) -> None:
    """Show which logins may use the record, as whom and for what, and who sees all of it.

    \b
    Example:
      escalate db roles
    """
    from escalate.cli.views import Table

    there, store = _there(session)
    found = there.who(store)
    rows: list[tuple[Cell, ...]] = [(one.login, one.person or "", ", ".join(one.has), _remark(one)) for one in found]
    session.answer(
        [_plain(one) for one in found],
        lambda _data: [Table(columns=("login", "person", "roles", "sees everything"), rows=rows, wide=3)],
    )


def _plain(found: Any) -> dict[str, Any]:
    return {"login": found.login, "person": found.person, "roles": found.has, "sees_all": _remark(found) or None}


def _remark(found: Any) -> str:
    return found.sees_all or ("courier without a person" if found.is_machine else "")


def _granted(found: Any) -> View:
    lines = _line(found)
    if found.made:
        lines.append(
            f"It has no password yet. Whoever looks after the database sets one: psql, then \\password {found.login}"
        )
    if found.person is None and not found.is_machine:
        lines.append(
            f'Nobody of the roster has this login: what it writes is by db:{found.login}. Next: logins = ["{found.login}"]'
        )
    return lines


def _line(found: Any) -> View:
    said = f"{found.login} is {', '.join(found.has)}." if found.has else f"{found.login} may do nothing here."
    lines: View = [said]
    if found.is_machine:
        lines.append(
            "It reads every incident, also restricted ones: it has to send what they owe. Give it to a machine alone."
        )
    elif found.sees_all:
        lines.append(f"It sees everything: {found.sees_all}.")
    return lines
