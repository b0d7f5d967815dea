"""What people say of a legal clock: `clock applies`, `dismiss`, `submitted`, `delay`, `stop`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.app.ledger import Written
    from escalate.cli.times import Moment
    from escalate.domain.clocks.standing import Reckoned


@click.command(cls=Command)
@click.argument("id_", metavar="ID")
@click.argument("ref", required=False)
@click.option("--why", metavar="TEXT", help="The reason; `-` reads it from stdin. Left out: it asks.")
@click.option("--calendar", "country", metavar="CC", help="Whose public holidays count, as BE or DE-BY.")
@click.option(
    "--holiday", "holidays", metavar="DATE", multiple=True, help="A day that is not worked there; may be given again."
)
@pass_session
def applies(
    session: Session, id_: str, ref: str | None, why: str | None, country: str | None, holidays: tuple[str, ...]
) -> None:
    """Say that a clock applies to an incident. From then on it counts from its fact, and alerts before time is over.

    People of the teams that the roster names may say so. --zone is the zone of whoever is told. The row of the library is
    kept as it is now, and so are the holidays: later changes change nothing here until it is said again. Not legal advice.

    \b
    Example:
      escalate clock applies eu-gdpr-33-authority INC-7 --zone Europe/Brussels --why "customers' data; confirmed by counsel"
      escalate fact awareness INC-7 --at "2026-11-20 14:20" --why "the report was verified then"
    """
    from escalate.app.clocks import clock
    from escalate.app.running_clocks import Application
    from escalate.app.running_clocks import applies as ask
    from escalate.cli.commands.clock import day
    from escalate.cli.spoken import stated
    from escalate.cli.views.possible_clock import doubts

    incident, zone = session.incident(ref), _zone(session)
    library = session.wiring.clock_library
    row = clock(library, id_)
    words, labels = stated(session, incident, why, what="Why does it apply", option="--why", marks="")
    given = Application(
        clock=row.id,
        why=words,
        zone=zone,
        calendar=country.strip().upper() if country else None,
        holidays=tuple(day(text) for text in holidays),
        labels=labels,
    )
    written, found = ask(session.ledger, incident, library, session.wiring.holidays, given)
    for line in doubts(found, written.incident, session.roster, session.now().date()):
        session.say(f"Note: {line}")
    _wrote(session, written, found)


@click.command(cls=Command)
@click.argument("id_", metavar="ID")
@click.argument("ref", required=False)
@click.option("--why", metavar="TEXT", help="The reason; `-` reads it from stdin. Left out: it asks.")
@pass_session
def dismiss(session: Session, id_: str, ref: str | None, why: str | None) -> None:
    """Say that a clock does not apply to an incident, and why. It can be said again that it does.

    People of the teams that the roster names may say so. What it had opened pages for is called off. Not legal advice.

    \b
    Example:
      escalate clock dismiss us-sec-8k-105 INC-7 --why "no securities are registered"
    """
    from escalate.app.running_clocks import dismissed
    from escalate.cli.spoken import stated

    incident = session.incident(ref)
    words, _ = stated(session, incident, why, what="Why does it not apply", option="--why", marks=None)
    _wrote(session, *dismissed(session.ledger, incident, session.wiring.clock_library, id_, words))


@click.command(cls=Command)
@click.argument("id_", metavar="ID")
@click.argument("ref", required=False)
@click.option(
    "--reference", metavar="TEXT", help="What the recipient calls it; `-` reads it from stdin. Left out: it asks."
)
@click.option("--at", metavar="T", help="When it was submitted, if that was earlier.")
@pass_session
def submitted(session: Session, id_: str, ref: str | None, reference: str | None, at: str | None) -> None:
    """Say that what a clock asks for was submitted. It alerts no more; clocks that run from it begin.

    The fact submitted:ID is stated with it. With another reference it is a further report: clocks that follow count from
    the last one. A person submits; escalate sends nothing to any authority.

    \b
    Example:
      escalate clock submitted eu-dora-initial INC-7 --reference "case 2026-114" --at "10m ago"
    """
    from escalate.app.running_clocks import submitted as ask
    from escalate.cli.spoken import moment, stated

    incident, when = session.incident(ref), moment(session, at)
    words, labels = stated(session, incident, reference, what="Under which reference", option="--reference", marks="")
    if not words:
        raise Usage("The reference is empty.", hint="Say what the recipient calls it, or how it was sent.")
    written, found = ask(
        session.ledger,
        incident,
        id_,
        words,
        at=when.at if when else None,
        precision=when.precision if when else "exact",
        labels=labels,
    )
    _wrote(session, written, found, when)


@click.command(cls=Command)
@click.argument("id_", metavar="ID")
@click.argument("ref", required=False)
@click.option("--ground", metavar="TEXT", help="The ground; `-` reads it from stdin. Left out: it asks.")
@click.option("--until", metavar="T", help="Until when it holds, as far as that is known.")
@pass_session
def delay(session: Session, id_: str, ref: str | None, ground: str | None, until: str | None) -> None:
    """Put a ground for delay on record: law enforcement asked for it, the authority extended it, it is late because …

    It changes no deadline by itself, and the clock goes on alerting: whether it may be late is for Legal to say.

    \b
    Example:
      escalate clock delay us-hipaa-individuals INC-7 --ground "written request of law enforcement" --until 2026-12-20T00:00Z
    """
    from escalate.app.running_clocks import delayed
    from escalate.cli.spoken import stated
    from escalate.cli.times import parse_future

    incident = session.incident(ref)
    ends = parse_future(until, session.now(), session.zone, day_ok=True).at if until else None
    words, _ = stated(session, incident, ground, what="On what ground", option="--ground", marks=None)
    _wrote(session, *delayed(session.ledger, incident, id_, words, ends))


@click.command(cls=Command)
@click.argument("id_", metavar="ID")
@click.argument("ref", required=False)
@click.option("--why", metavar="TEXT", help="The reason; `-` reads it from stdin. Left out: it asks.")
@pass_session
def stop(session: Session, id_: str, ref: str | None, why: str | None) -> None:
    """Say that a clock does not run any more, though it did: the order was withdrawn, the risk turned out not to be there.

    People of the teams that the roster names may say so. What it had opened pages for is called off.

    \b
    Example:
      escalate clock stop eu-tco-3-removal-order INC-7 --why "the authority withdrew the order"
    """
    from escalate.app.running_clocks import stopped
    from escalate.cli.spoken import stated

    incident = session.incident(ref)
    words, _ = stated(session, incident, why, what="Why does it stop", option="--why", marks=None)
    _wrote(session, *stopped(session.ledger, incident, id_, words))


def _wrote(session: Session, written: Written, found: Reckoned, when: Moment | None = None) -> None:
    from escalate.cli.views.running_clock import public, said

    now = session.now()
    zone = session.zone
    moved = [entry.event for entry in written.entries if entry.kind in {"clock.recomputed", "incident.reopened"}]
    session.wrote(
        written,
        public(found, written.incident, now),
        lambda _data: said(found, written.incident, now, zone, moved),
        happened=when,
    )


def _zone(session: Session) -> str | None:
    """The name of the recipient's zone, as an entry keeps it; None where none was given."""
    from datetime import UTC

    from escalate.cli.zones import zone

    if not session.given_zone:
        return None
    found = zone(session.given_zone)
    name = "UTC" if found is UTC else getattr(found, "key", None)
    if not isinstance(name, str) or name == "local":
        raise Usage(
            f"{session.given_zone[:40]!r} is not the name of a zone: the clocks of whoever is told may change.",
            hint="As in: --zone Europe/Brussels",
        )
    return name
