"""Bare `escalate`: what is open, who has not answered, what has not been sent, what to do now."""

from __future__ import annotations

from typing import Any

import click

from escalate.cli.session import Session, pass_session

MOST = 20

NOTHING_YET = (
    "There is no record here yet.",
    "",
    "Make one:          escalate init",
    "See it work first: escalate drill",
    "All commands:      escalate --help",
)


@click.command()
@pass_session
def now(session: Session) -> None:
    """What matters this minute."""
    from escalate.app.overview import overview
    from escalate.cli.views.now import drawn

    if not session.wiring.database.exists():
        session.answer({"record": None}, lambda _data: [*NOTHING_YET])
        return
    seen = overview(session.store, session.now(), MOST, session.wiring.alive)
    starts = session.wiring.config["courier"].value != "off"
    session.answer(seen.public(), lambda _data: drawn(seen, session.now(), starts=starts))
    if not session.as_json:
        _pass_on(session, seen)


def _pass_on(session: Session, seen: Any) -> None:
    """Messages for the console that nobody was at when they became owed: show them now, and say so on the timeline."""
    from escalate.domain.messages import message as states

    if not session.interactive or not any(
        m.via == "console" and m.state in states.WAITING and m.due_at <= session.now() for m in seen.owed
    ):
        return
    from escalate.app.delivery import Courier
    from escalate.cli.aftermath import show

    Courier(session.wiring.courier_ledger(), session.wiring.channel, show=lambda message: show(session, message)).run(
        1.0
    )
