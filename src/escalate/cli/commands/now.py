"""Bare `escalate`: what is open, who has not answered, what has not been sent, what to do now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from escalate.cli.session import Session, pass_session

if TYPE_CHECKING:
    from escalate.app.overview import Overview
    from escalate.app.spool import Waiting
    from escalate.cli.views import View

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
    from escalate.cli.pace import targets
    from escalate.cli.views.now import drawn

    if not session.wiring.has_record:
        session.answer({"record": None}, lambda _data: [*NOTHING_YET])
        return
    wiring = session.wiring
    seen = overview(session.store, session.now(), MOST, wiring.alive, targets=targets(session), sends=wiring.sends)
    starts = session.wiring.config["courier"].value != "off"
    kept = _kept(session)
    session.answer(
        {**seen.public(), "waiting": kept.public() if kept else None},
        lambda _data: [*_kept_lines(kept), *drawn(seen, session.now(), starts=starts, sends=session.wiring.sends)],
    )
    if not session.as_json:
        _pass_on(session, seen)


def _kept(session: Session) -> Waiting | None:
    """What waits on this machine to come into a shared record."""
    left = session.wiring.line.waiting if session.wiring.shared is not None else None
    return left if left is not None and left.any else None


def _kept_lines(kept: Waiting | None) -> View:
    if kept is None:
        return []
    return [
        (f"Not in the record yet, kept on this machine: {kept.said}. It comes in by: escalate sync", "bold yellow"),
        "",
    ]


def _pass_on(session: Session, seen: Overview) -> None:
    """Messages for the console that nobody was at when they became owed: show them now, and say so on the timeline."""
    if not session.interactive or not seen.tally.to_show:
        return
    from escalate.cli.aftermath import courier_of

    with courier_of(session, []) as courier:
        courier.run(1.0)
