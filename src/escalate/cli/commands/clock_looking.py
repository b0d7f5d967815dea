"""Looking at the legal clocks of an incident: `clock list`, `suggest`, `show`, `export`."""

from __future__ import annotations

from pathlib import Path

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.domain.text.many import many
from escalate.errors import Usage


@click.command("list", cls=Command)
@click.argument("ref", required=False)
@pass_session
def list_(session: Session, ref: str | None) -> None:
    """List the clocks of an incident: those that run first, by strict deadline, then those that wait for a fact.

    Only what somebody has said something of is listed; what else might apply: escalate clock suggest. Not legal advice.

    \b
    Example:
      escalate clock list INC-7
      escalate clock INC-7
    """
    from escalate.app.clock_reading import clocks_of
    from escalate.cli.views.running_clock import drawn, public

    incident, found = clocks_of(session.store, session.incident(ref))
    now = session.now()
    zone = session.zone
    session.answer([public(one, incident, now) for one in found], lambda _data: drawn(found, incident, now, zone))


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--role", "roles", metavar="ROLE", multiple=True, help="What you are, as controller; may be given again.")
@click.option(
    "--jurisdiction",
    "places",
    metavar="J",
    multiple=True,
    help="A place it has to do with: EU, DE, UK, US-CA; again, too.",
)
@pass_session
def suggest(session: Session, ref: str | None, roles: tuple[str, ...], places: tuple[str, ...]) -> None:
    """Name the clocks that might apply to an incident, each with why somebody should look at it.

    From its harm, from what the triage says, and from roles and jurisdictions of the roster; what is given here stands in
    their place. It decides nothing: whether one applies is for a person to say. Not legal advice, and not complete.

    \b
    Example:
      escalate clock suggest INC-7 --role controller --jurisdiction EU
    """
    from escalate.app.clock_reading import suggested
    from escalate.cli.views.possible_clock import possible, suggestions

    now = session.now()
    incident, found = suggested(
        session.store, session.incident(ref), session.wiring.clock_library, now, roles=roles, places=places
    )
    session.answer([possible(one, now.date()) for one in found], lambda _data: suggestions(found, incident, now.date()))


@click.command(cls=Command)
@click.argument("id_", metavar="ID")
@click.argument("ref", required=False)
@pass_session
def show(session: Session, id_: str, ref: str | None) -> None:
    """Show one clock of an incident whole: what starts it, each step of its deadline with the law, who said what of it.

    What people wrote stands in the entries it names. Not legal advice: have counsel look at it.

    \b
    Example:
      escalate clock show eu-gdpr-33-authority INC-7
    """
    from escalate.app.clock_reading import one_of
    from escalate.cli.views.running_clock import whole, whole_data

    incident, found = one_of(session.store, session.incident(ref), id_)
    now = session.now()
    zone = session.zone
    session.answer(whole_data(found, incident, now), lambda _data: whole(found, incident, now, zone))


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--ics", is_flag=True, expose_value=False, help="As an iCalendar file; so far there is no other form.")
@click.option("-o", "--output", metavar="FILE|-", default="-", help="Where to; stdout if left out.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@pass_session
def export(session: Session, ref: str | None, output: str, force: bool) -> None:
    """Export the deadlines of the clocks that run as a calendar; each ends at the moment itself.

    A calendar that takes the file again changes the events it has. It does not know of corrections made since: look at
    `escalate clock` before you rely on it. Of a sensitive or restricted incident it does not name the clocks.

    \b
    Example:
      escalate clock export --ics INC-7 -o deadlines.ics
    """
    from escalate.app.clock_reading import calendar

    if output == "-" and session.as_json:
        raise Usage("--json is about a file; without one the answer is the file itself.", hint="Give -o FILE.")
    if output != "-":
        session.wiring.documents.check(Path(output), force=force)
    made = calendar(session.store, session.incident(ref), session.now())
    if not made.appointments:
        session.say("Note: no clock with a deadline runs; the calendar is empty.")
    text = session.wiring.calendars.write(made)
    if output == "-":
        click.echo(text, nl=False)
        return
    from hashlib import sha256

    session.wiring.documents.write(Path(output), text, force=force)
    digest = sha256(text.encode()).hexdigest()
    data = {"path": str(Path(output).absolute()), "sha256": digest, "events": len(made.appointments)}
    session.answer(data, lambda _data: [f"{output}  {many(len(made.appointments), 'event')}"])
