"""`clause`: which clauses are in force, what one says, what changed."""

from __future__ import annotations

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session


@click.group(cls=Family)
def clause() -> None:
    """Look at policy clauses: which are in force, what each says element by element, what a new version changes.

    \b
    Example:
      escalate clause list
    """


@clause.command("list", cls=Command)
@click.option("--all", "everything", is_flag=True, help="Every version, those that were replaced too.")
@click.option("--at", metavar="T", help="As it was, or will be, at that time.")
@pass_session
def list_(session: Session, everything: bool, at: str | None) -> None:
    """List the clauses in force, and those that will be.

    \b
    Example:
      escalate clause list
      escalate clause list --at 2026-03-01 --all
    """
    from escalate.app import guidance as app
    from escalate.cli.times import parse_past
    from escalate.cli.views.guidance import clauses
    from escalate.errors import Usage

    moment = session.now()
    if at is not None:
        from escalate.cli.times import parse_future

        try:
            moment = parse_past(at, moment, session.zone, day_ok=True).at
        except Usage:
            moment = parse_future(at, moment, session.zone, day_ok=True).at
    rows = app.listed(app.in_record(session.store), moment, everything=everything, coming=at is None)
    session.answer(rows, lambda shown: clauses(shown, at=moment if at is not None else None))


@clause.command("show", cls=Command)
@click.argument("name", metavar="ID[@N]")
@pass_session
def show(session: Session, name: str) -> None:
    """Show a clause: its text, its elements, from when it counts. Without @N: the version in force.

    \b
    Example:
      escalate clause show har-3.2
      escalate clause show har-3.2@4
    """
    from escalate.app import guidance as app
    from escalate.cli.views.guidance import one

    session.answer(app.shown(app.in_record(session.store), name, session.now()), one)


@clause.command("diff", cls=Command)
@click.argument("first", metavar="ID@N")
@click.argument("second", metavar="[ID@M]", required=False)
@pass_session
def diff(session: Session, first: str, second: str | None) -> None:
    """Show what changed between two versions: elements added, removed and changed, the text word by word.

    Of one version alone: what it changed.

    \b
    Example:
      escalate clause diff har-3.2@4 har-3.2@5
      escalate clause diff har-3.2
    """
    from escalate.app import guidance as app
    from escalate.cli.views.guidance import changed

    session.answer(app.changes(app.in_record(session.store), first, second, session.now()), changed)
