"""`oncall`: who is on call, who will be, and every way to change it."""

from __future__ import annotations

from typing import Any

import click

from escalate.cli.options import Family, shared
from escalate.cli.session import Session, pass_session

WORDS = {
    "who": "read:who",
    "shifts": "read:shifts",
    "handoffs": "read:handoffs",
    "calendar": "read:calendar",
    "check": "check:check",
    "override": "change:override",
    "temporary": "change:temporary",
    "swap": "change:swap",
    "preferences": "change:preferences",
    "handoff": "handoff:handoff",
    "simulate": "simulate:simulate",
    "export": "exchange:export",
    "import": "exchange:import_",
}
"""Each word after `oncall` and where it is; only the one that is asked for is imported."""


class Words(Family):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return click.Group.parse_args(self, ctx, args)  # by itself it says who is on call now

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(WORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        place = WORDS.get(cmd_name)
        if place is None:
            return None
        from importlib import import_module

        module, _, name = place.partition(":")
        found: click.Command = getattr(import_module(f"escalate.cli.commands.oncall.{module}"), name)
        return found


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
