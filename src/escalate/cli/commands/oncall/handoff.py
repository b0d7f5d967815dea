"""`oncall handoff`: the note to whoever comes next, and accepting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.cli.views import View


@click.command(cls=Command)
@click.argument("schedule", required=False)
@click.option("--to", metavar="PERSON", help="Who takes over; left out: who is on call next.")
@click.option("--note", metavar="TEXT|-", help="What they should know, in neutral words; `-` reads it from stdin.")
@click.option("--accept", metavar="ID", help="Take over what a hand-off names, as H-3.")
@click.option("--list", "listed", is_flag=True, help="The last hand-offs; those nobody has accepted in full.")
@pass_session
def handoff(
    session: Session, schedule: str | None, to: str | None, note: str | None, accept: str | None, listed: bool
) -> None:
    """Hand SCHEDULE over: what is open, who has not answered, what is not done; the next person is told and accepts it.

    Whoever accepts becomes the lead of the incidents in it that the giver leads.

    \b
    Example:
      escalate oncall handoff ts --note "the desk calls back at nine"
      escalate oncall handoff --accept H-3
      escalate oncall handoff --list
    """
    writes = [word for word in (schedule, to, note) if word is not None]
    if (accept and listed) or ((accept or listed) and writes):
        raise Usage(
            "Writing a hand-off, accepting one and listing them are three things.",
            hint="One of: escalate oncall handoff ts, escalate oncall handoff --accept H-3, escalate oncall handoff --list",
        )
    if listed:
        _list(session)
    elif accept:
        _accept(session, accept)
    else:
        _offer(session, schedule, to, note)


def _offer(session: Session, schedule: str | None, to: str | None, note: str | None) -> None:
    from escalate.app.handoff import offer_handoff
    from escalate.cli.spoken import asked, guarded
    from escalate.cli.views import duty as views

    words = asked(session, note, what="What should they know", option="--note") if note else ""
    guarded(session, words, frozenset(), marks=None)
    written, made = offer_handoff(session.ledger, schedule, to=to, note=words)
    zone = session.zone
    session.wrote(written, views.handoff_public(made), lambda _data: views.handoff(made, zone))


def _accept(session: Session, id_: str) -> None:
    from escalate.app.handoff import accept_handoff
    from escalate.cli.views import duty as views

    written, made, led = accept_handoff(session.ledger, id_)
    zone = session.zone

    def view(_data: object) -> View:
        return [*views.handoff(made, zone), *(f"lead of {one.name} is {made.taker} now" for one in led)]

    data = {**views.handoff_public(made), "lead_of": [one.ref for one in led]}
    session.wrote(written, data, view)


def _list(session: Session) -> None:
    from escalate.app.handoff import handoffs
    from escalate.cli.views import duty as views

    found, zone = handoffs(session.store), session.zone
    session.answer([views.handoff_public(one) for one in found], lambda _data: views.handoffs(found, zone))
