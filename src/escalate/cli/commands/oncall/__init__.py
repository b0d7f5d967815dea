"""`oncall`: who is on call, who will be, and every way to change it."""

from __future__ import annotations

import click

from escalate.cli.options import OnDemand
from escalate.cli.session import Session, pass_session

WORDS = {
    "who": "oncall.read:who",
    "shifts": "oncall.read:shifts",
    "handoffs": "oncall.read:handoffs",
    "calendar": "oncall.read:calendar",
    "check": "oncall.check:check",
    "override": "oncall.change:override",
    "temporary": "oncall.change:temporary",
    "swap": "oncall.change:swap",
    "preferences": "oncall.change:preferences",
    "handoff": "oncall.handoff:handoff",
    "simulate": "oncall.simulate:simulate",
    "export": "oncall.exchange:export",
    "import": "oncall.exchange:import_",
}
"""Each word after `oncall` and where it is; only the one that is asked for is imported."""


class Words(OnDemand):
    """By itself it says who is on call now."""

    places = WORDS


@click.group("oncall", cls=Words, invoke_without_command=True)
@click.pass_context
@pass_session
def oncall(session: Session, context: click.Context) -> None:
    """Who is on call now, until when, and who is next, for every schedule.

    \b
    Example:
      escalate oncall
      escalate oncall who schedule:ts --at 'tomorrow 03:00'
      escalate oncall calendar
    """
    if context.invoked_subcommand is None:
        from escalate.cli.commands.oncall.read import now

        now(session)
