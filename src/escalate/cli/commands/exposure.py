"""`exposure`: how often one has looked at masked texts."""

from __future__ import annotations

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session


@click.command(cls=Command)
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True, help="How many days, today included.")
@click.option("--all", "everybody", is_flag=True, help="All people of the roster together: sums, no names.")
@pass_session
def exposure(session: Session, days: int, everybody: bool) -> None:
    """Count how often you have looked at masked texts: by day, and by shift if you are on call.

    Each look is an entry already; this only counts. It is meant to lead to fewer looks, and does not say that anybody is
    protected. The number after which somebody else is offered is `reveals` under [care] in the roster.

    \b
    Example:
      escalate exposure
      escalate exposure --days 30
      escalate exposure --all
    """
    from escalate.app import care
    from escalate.cli.views.exposure import exposed, public

    now, zone = session.now(), session.zone
    if everybody:
        found = care.exposure_of_all(session.store, now, days=days, zone=zone)
    else:
        found = care.exposure(session.store, session.ledger.author, now, days=days, zone=zone)
    session.answer(public(found), lambda _data: exposed(found, zone))
