"""`runbook`: which fit, what they say, and ticking their steps off on the timeline."""

from __future__ import annotations

import re
import sys

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.errors import EscalateError


@click.group(cls=Family)
def runbook() -> None:
    """Work through a runbook. Each step done or skipped is an entry on the timeline.

    \b
    Example:
      escalate runbook start child-safety
      escalate runbook run
      escalate runbook done 1
    """


def _incident_if_any(session: Session, ref: str | None) -> str | None:
    """The incident meant; none where nobody named one and none is in hand: one may read at any time."""
    try:
        return session.incident(ref)
    except EscalateError:
        if ref or session.given_ref:
            raise
        return None


@runbook.command("list", cls=Command)
@click.argument("ref", required=False)
@pass_session
def list_(session: Session, ref: str | None) -> None:
    """List the runbooks: which fit the incident, and how far it is with them.

    \b
    Example:
      escalate runbook list INC-12
    """
    from escalate.app.runbooks import listed
    from escalate.cli.views import runbook as views

    incident = _incident_if_any(session, ref)
    store = session.store if incident else None
    session.answer(listed(session.wiring.library, store, incident), views.listed)


@runbook.command("show", cls=Command)
@click.argument("name")
@click.argument("ref", required=False)
@pass_session
def show(session: Session, name: str, ref: str | None) -> None:
    """Show the runbook NAME, and which of its steps the incident has done.

    \b
    Example:
      escalate runbook show threat-to-life
    """
    from escalate.app import runbooks
    from escalate.cli.views import runbook as views

    found = session.wiring.library.runbook(name)
    incident = _incident_if_any(session, ref)
    store = session.store if incident else None
    session.answer(runbooks.show(found, store, incident), views.runbook)


@runbook.command("start", cls=Command)
@click.argument("name")
@click.argument("ref", required=False)
@pass_session
def start(session: Session, name: str, ref: str | None) -> None:
    """Start the runbook NAME: its steps, as they are now, are those to be done.

    \b
    Example:
      escalate runbook start child-safety INC-12
    """
    from escalate.app import runbooks
    from escalate.cli.views import runbook as views

    found = session.wiring.library.runbook(name)
    session.wrote(*runbooks.start(session.ledger, session.incident(ref), found), view=views.progress)


@runbook.command("done", cls=Command)
@click.argument("step", type=int)
@click.argument("ref", required=False)
@click.option("--runbook", "name", metavar="NAME", help="Which one, where several are started.")
@click.option("--note", metavar="TEXT", default="", help="What came of it, in neutral words.")
@pass_session
def done(session: Session, step: int, ref: str | None, name: str | None, note: str) -> None:
    """Tick off STEP. Twice is no harm: nothing new is written.

    \b
    Example:
      escalate runbook done 3 --note "Legal has it, case with them"
    """
    from escalate.app import runbooks
    from escalate.cli.views import runbook as views

    outcome = runbooks.done(session.ledger, session.incident(ref), step, runbook=name, note=note)
    session.wrote(*outcome, view=views.progress)


@runbook.command("skip", cls=Command)
@click.argument("step", type=int)
@click.argument("ref", required=False)
@click.option("--why", metavar="TEXT", required=True, help="Why it is left out.")
@click.option("--runbook", "name", metavar="NAME", help="Which one, where several are started.")
@pass_session
def skip(session: Session, step: int, ref: str | None, why: str, name: str | None) -> None:
    """Leave STEP out, and say why. It can still be done later.

    \b
    Example:
      escalate runbook skip 12 --why "no account is known yet"
    """
    from escalate.app import runbooks
    from escalate.cli.views import runbook as views

    outcome = runbooks.skip(session.ledger, session.incident(ref), step, why=why, runbook=name)
    session.wrote(*outcome, view=views.progress)


@runbook.command("run", cls=Command)
@click.argument("name", required=False)
@click.argument("ref", required=False)
@pass_session
def run(session: Session, name: str | None, ref: str | None) -> None:
    """Go through the open steps of a runbook one by one, and offer to run the command that a step names.

    Each command is shown as it would be run, the incident filled in. Nothing is run without a yes to it; a step is
    ticked off when its command went well. NAME may be left out where one runbook is started. Not on a terminal, and with
    --no-input, it only prints the steps and commands.

    \b
    Example:
      escalate runbook run
      escalate runbook run threat-to-life INC-12
    """
    from escalate.app import runbooks
    from escalate.cli.steps import unknown, work_through
    from escalate.cli.views import runbook as views

    library = session.wiring.library
    if name and not ref and re.fullmatch(r"(?i:inc-)?\d+", name) and name.lower() not in library.runbooks():
        name, ref = None, name
    incident = session.incident(ref)
    found = library.runbook(runbooks.chosen(session.store, incident, name))
    if session.interactive and sys.stdout.isatty() and not session.as_json:
        work_through(session, found, incident)
        session.answer(runbooks.walk(session.store, incident, found, unknown), views.standing)
        return
    session.answer(runbooks.walk(session.store, incident, found, unknown), views.way)


@runbook.command("check", cls=Command)
@click.argument("file")
@pass_session
def check(session: Session, file: str) -> None:
    """Check the runbook in FILE, and name every mistake in it; commands that `runbook run` would not offer are some.

    \b
    Example:
      escalate runbook check fraud.md
    """
    from pathlib import Path

    from escalate.cli.steps import unknown
    from escalate.cli.views import runbook as views
    from escalate.domain.runbook.runbook import checked

    found = checked(Path(file).stem, session.wiring.library.text_at(file), unknown)
    commands = [{"step": step.number, "command": step.run} for step in found.steps if step.run]
    data = {"name": found.name, "title": found.title, "version": found.version, "steps": len(found.steps)}
    session.answer({**data, "commands": commands}, views.fine)
