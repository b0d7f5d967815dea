"""What would go wrong with who is on call, before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session

if TYPE_CHECKING:
    from escalate.app.coverage_findings import Finding


@click.command("check", cls=Command)
@click.option("--days", type=click.IntRange(1, 3660), default=14, show_default=True, help="So many days from now on.")
@pass_session
def check(session: Session, days: int) -> None:
    """Look ahead for holes: times without anybody on call, people whom nothing reaches, overrides that change nothing.

    Also steps behind which nobody may be given a kind of harm, and shifts that a clock change makes longer or shorter.
    It only says what it finds, and exits with 0.

    \b
    Example:
      escalate oncall check
      escalate oncall check --days 90
    """
    from escalate.app import coverage
    from escalate.cli.views import oncall as views

    checked = coverage.check(session.store, session.now(), days)

    def told(each: Finding) -> dict[str, Any]:
        zone = session.zone
        return {
            **each.plain(),
            "from": each.start.astimezone(zone).isoformat(),
            "to": each.end.astimezone(zone).isoformat(),
        }

    data = [told(each) if session.given_zone else each for each in checked.findings]
    session.answer(data, lambda _: views.checked(checked, days, session.zone))
