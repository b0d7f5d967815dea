"""`doctor`: is everything in place to wake somebody tonight?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.cli.views import Table
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from escalate.app.doctor import Finding
    from escalate.cli.views import View

SIGNS = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "wrong": ("WRONG", "bold red")}


@click.command(cls=Command)
@click.option("--offline", is_flag=True, help="Leave out the harmless calls to channels.")
@pass_session
def doctor(session: Session, offline: bool) -> None:
    """Check the record, rights, keyring, roster, channels, unsent messages, and whether a courier runs.

    Each channel gets one harmless call; nobody is told anything. The exit code is 6 if something is wrong.

    \b
    Example:
      escalate doctor
    """
    from escalate.app.doctor import examine
    from escalate.cli.looking import without

    starts = session.wiring.config["courier"].value != "off"
    found = examine(session.wiring.patient(), session.now(), calls=not offline, starts=starts)
    found = [one.but(hint=without(one.hint)) for one in (*found, *_waiting(session))]
    session.answer(found, drawn)
    if any(finding.state == "wrong" for finding in found):
        session.exit_code = Misconfigured.exit_code


def _waiting(session: Session) -> list[Finding]:
    """What has not come into a shared record; whether that can be reached is said with the record itself."""
    from escalate.app.doctor import Finding

    if session.wiring.shared is None:
        return []
    left = session.wiring.line.waiting
    if not left.any:
        return [Finding(state="ok", what="kept here", found="nothing waits on this machine to come in")]
    return [Finding(state="warning", what="kept here", found=f"not in the record: {left.said}", hint="escalate sync")]


def drawn(found: list[Finding]) -> View:
    rows = [(SIGNS[finding.state], finding.what, finding.found, finding.hint) for finding in found]
    return [Table(columns=("", "what", "found", "do"), rows=list(rows), wide=2)]
