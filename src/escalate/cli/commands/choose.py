"""The incident this terminal has in hand: `use`, and `prompt` for the shell."""

from __future__ import annotations

import click

from escalate.cli import choice
from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--clear", is_flag=True, help="Hold none.")
@pass_session
def use(session: Session, ref: str | None, clear: bool) -> None:
    """Keep an incident in hand for this terminal, so that commands without REF mean it. Other terminals are not touched.

    \b
    Example:
      escalate use INC-7
      escalate use --clear
    """
    if clear:
        choice.keep(session, None)
        session.answer(None, lambda _data: ["This terminal holds no incident."])
        return
    held = session.incident(ref) if ref or session.given_ref else choice.read(session)
    if held is None:
        session.answer(None, lambda _data: ["This terminal holds no incident. Choose one: escalate use INC-7"])
        return
    with session.store.reading() as look:
        incident = look.incident(held)
    if incident is not None and incident.duty is not None:
        from escalate.app.ledger import no_incident

        raise no_incident()
    choice.keep(session, held)
    if incident is None:
        session.answer(None, lambda _data: ["The incident this terminal held is not in this record."])
        return
    session.answer(incident.public(), lambda _data: [f"{incident.name}  {incident.severity}  {incident.status}"])


@click.command(cls=Command)
@pass_session
def prompt(session: Session) -> None:
    """Print a segment for the shell's prompt: the incident in hand, its severity, unanswered pages. Nothing if none.

    \b
    Example:
      PS1='$(escalate prompt)$ '
    """
    from escalate.errors import EscalateError

    try:
        held = choice.read(session)
        incident = None
        if held is not None:
            with session.store.reading() as look:
                incident = look.incident(held)
    except EscalateError:
        incident = None
    if incident is None or incident.status == "closed":
        session.answer(None)
        return
    waiting = f" !{len(incident.unacknowledged)}" if incident.unacknowledged else ""
    session.answer(incident.public(), lambda _data: [f"[{incident.name} {incident.severity}{waiting}]"])
