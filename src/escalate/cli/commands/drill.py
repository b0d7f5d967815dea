"""`drill`: the whole job, for practice and for proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.domain.text.many import many
from escalate.errors import EXIT_STILL_OWED

if TYPE_CHECKING:
    from escalate.app.drill import Ending
    from escalate.cli.views import View


@click.command(cls=Command)
@click.argument("scenario", default="threat-to-life")
@click.option("--list", "listing", is_flag=True, help="List the scenarios.")
@click.option(
    "--speed",
    type=click.FloatRange(1, 600),
    default=60.0,
    show_default=True,
    help="How many times faster than life its clock runs.",
)
@click.option(
    "--patience",
    type=click.FloatRange(1, 600),
    default=30.0,
    show_default=True,
    help="Real seconds one act may take.",
)
@pass_session
def drill(session: Session, scenario: str, listing: bool, speed: float, patience: float) -> None:
    """Run a drill: an incident from the first minute to the report, over real sockets to receivers on this machine.

    It has a record and a roster of its own, so nobody real can be reached; every word it sends says DRILL. Exit 0 when
    everything that was owed arrived, 9 when something did not.

    \b
    Example:
      escalate drill
      escalate drill model-regression --speed 120
    """
    stage = session.wiring.stage
    if listing:
        found = stage.all()
        session.answer(
            [one.plain() for one in found],
            lambda _data: [f"{one.name:<20} {one.title}. {one.summary}" for one in found],
        )
        return
    ending = stage.perform(scenario, speed=speed, patience=patience, say=session.tell)
    session.answer(_public(ending), lambda _data: _drawn(ending))
    if ending.owed or not ending.sound:
        session.exit_code = EXIT_STILL_OWED
        for message in ending.owed:
            session.say(
                f"NOT RECEIVED: {message.purpose} to {message.name} via {message.via} is {message.state}: {message.last_error}"
            )


def _public(ending: Ending) -> dict[str, Any]:
    return {
        "incident": ending.incident.public(),
        "messages": [message.public() for message in ending.messages],
        "not_received": len(ending.owed),
        "entries": ending.entries,
        "verified": ending.sound,
        "files": ending.files,
    }


def _drawn(ending: Ending) -> View:
    received = len([m for m in ending.messages if m.state in {"sent", "delivered", "acknowledged"}])
    report = next(path for path in ending.files if Path(path).name.startswith("DRILL-report"))
    done = not ending.owed and ending.sound
    return [
        "",
        (
            f"DRILL {'finished' if done else 'FELL SHORT'}: {ending.incident.name}, {ending.incident.status}",
            "bold green" if done else "bold red",
        ),
        f"{many(received, 'message')} received, {len(ending.owed)} not.",
        f"{many(ending.entries, 'entry')}, {'they fit together' if ending.sound else 'THEY DO NOT FIT TOGETHER'}.",
        *(f"  {path}" for path in ending.files if path != report),
        f"Report: {report}",
    ]
