"""Who there is and how they are reached: applying a roster, looking at it, and who one is oneself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session

if TYPE_CHECKING:
    from escalate.cli.views import View


@click.command("apply", cls=Command)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Look for mistakes and change nothing.")
@pass_session
def apply(session: Session, files: tuple[Path, ...], only_check: bool) -> None:
    """Put the roster in FILE in force: people, teams, channels, rotations, schedules, policies, routes.

    Several files make one roster. Every mistake is named at once, and nothing is applied unless all is right.

    \b
    Example:
      escalate apply roster.toml
      escalate apply --check people.toml policies.toml
    """
    from escalate.app import roster
    from escalate.cli.views import roster as views

    checked = session.wiring.read_roster(files)
    answer = roster.check(checked) if only_check else roster.apply(session.ledger, checked)
    session.answer(answer, views.applied)


@click.command("roster", cls=Command)
@click.argument("name", required=False)
@pass_session
def roster(session: Session, name: str | None) -> None:
    """Show the roster in force, or what it says about NAME.

    \b
    Example:
      escalate roster
      escalate roster alice
      escalate roster schedule:ts
    """
    from escalate.app.roster import current
    from escalate.cli.views import roster as views

    found = current(session.store)
    target = found.target(name) if name is not None else None

    def look(_: Any) -> View:
        return views.one(found, target) if target else views.everything(found)

    session.answer(views.document(found, target), look)


@click.command("whoami", cls=Command)
@pass_session
def whoami(session: Session) -> None:
    """Say who escalate takes you for: the name in entries, the person in the roster, and how it knows.

    \b
    Example:
      escalate whoami
    """
    from escalate.cli.views import roster as views

    author = session.ledger.author
    session.answer({"actor": author.actor, "person": author.person, "source": author.source}, views.identity)
