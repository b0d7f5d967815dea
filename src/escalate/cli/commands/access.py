"""Need to know: `restrict`, `grant`, `revoke`, `break-glass`, and `access`, which says who may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session

if TYPE_CHECKING:
    from escalate.cli.views import Cell, View
    from escalate.domain.incident.state import Incident


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--why", metavar="TEXT", help="Why only some may know; `-` reads it from stdin. Left out: it asks.")
@click.option("--lift", is_flag=True, help="Open it to everybody again: it takes a second person.")
@pass_session
def restrict(session: Session, ref: str | None, why: str | None, *, lift: bool) -> None:
    """Let only those read an incident who need to know: you, whoever has a role or answered a page, and whom you grant it.

    On PostgreSQL the database keeps everybody else out. In a SQLite file it is a mark that this command line keeps to:
    whoever can open the file reads all of it.

    \b
    Example:
      escalate restrict INC-7 --why "it concerns one of us"
      escalate restrict INC-7 --lift --why "the accusation is public"
    """
    from escalate.app import access as app
    from escalate.cli.judged import second, shown
    from escalate.cli.spoken import stated

    id_ = session.incident(ref)
    words, labels = stated(session, id_, why, what="Why", option="--why", marks="")
    if lift:
        done = app.lift(session.ledger, id_, words, labels=labels)
        data = {**_public(session, done.written.incident), "approval": shown(done)}
        session.wrote(done.written, data, who)
        second(session, done, what=f"{done.written.incident.ref} is still restricted.")
        return
    written = app.restrict(session.ledger, id_, words, labels=labels)
    session.wrote(written, _public(session, written.incident), who)
    _how_little(session)


@click.command(cls=Command)
@click.argument("to")
@click.argument("ref", required=False)
@click.option("--why", metavar="TEXT", default="", help="What they need it for; `-` reads it from stdin.")
@pass_session
def grant(session: Session, to: str, ref: str | None, why: str) -> None:
    """Let somebody read a restricted incident: person:NAME, team:NAME, or the login of a user the roster does not know.

    \b
    Example:
      escalate grant person:dana INC-7 --why "runs the interview"
      escalate grant team:legal INC-7
    """
    from escalate.app import access as app
    from escalate.cli.spoken import stated

    id_ = session.incident(ref)
    words, labels = stated(session, id_, why, what="Why", option="--why", marks="")
    written, whom = app.grant(session.ledger, id_, to, words, labels=labels)
    session.wrote(written, _public(session, written.incident), who)
    near = app.unknown_login(session.store, whom)
    if near is not None:
        meant = f" Did you mean {near}?" if near else ""
        session.say(
            f"Note: nobody in the roster has the login {whom}.{meant} Whoever connects under that name may read it."
        )
        session.say(f"If that was a mistake: escalate revoke {whom} {written.incident.ref}")


@click.command(cls=Command)
@click.argument("to")
@click.argument("ref", required=False)
@click.option("--why", metavar="TEXT", default="", help="Why not any more; `-` reads it from stdin.")
@pass_session
def revoke(session: Session, to: str, ref: str | None, why: str) -> None:
    """Shut somebody out of a restricted incident. The last who may read it stays: what is there would be lost to all.

    Whoever is given a role, or is paged for it, is let in again. What they have read they know.

    \b
    Example:
      escalate revoke person:bob INC-7 --why "changed teams"
    """
    from escalate.app import access as app
    from escalate.cli.spoken import stated

    id_ = session.incident(ref)
    words, labels = stated(session, id_, why, what="Why", option="--why", marks="")
    written, whom = app.revoke(session.ledger, id_, to, words, labels=labels)
    session.wrote(written, _public(session, written.incident), who)
    person = whom.removeprefix("person:")
    roster, granted = session.roster, written.incident.access
    if granted and whom.startswith("person:") and granted.admits(person, person, roster):
        session.say(f"Note: {roster.name_of(whom)} still reads it, by a team or a login: escalate access")


@click.command("break-glass", cls=Command)
@click.argument("ref")
@click.option("--why", metavar="TEXT", help="Why it cannot wait; `-` reads it from stdin. Left out: it asks.")
@pass_session
def break_glass(session: Session, ref: str, why: str | None) -> None:
    """Let yourself in to a restricted incident, by its number. It is loud: whoever leads is paged, and somebody else reviews
    within 24 hours that you did.

    \b
    Example:
      escalate break-glass INC-7 --why "nobody who may read it can be reached"
    """
    from escalate.app import access as app
    from escalate.cli.spoken import asked
    from escalate.cli.views.incident import opened

    app.number_of(ref)
    words = asked(session, why, what="Why can it not wait", option="--why")
    written = app.break_glass(session.ledger, ref, words)
    if not written.entries:
        session.say(f"Nothing was broken: you may read {written.incident.ref} anyway.")
    data = {**written.incident.public(), "broken": bool(written.entries)}
    session.wrote(written, data, lambda _data: opened(written.incident))
    if written.entries:
        session.say(
            f"BREAK-GLASS: you may read {written.incident.ref} from here on. That you did is on its timeline, whoever leads "
            "is paged, and somebody else must review it within 24 hours."
        )
        _told(session, written.incident.id)


def _told(session: Session, incident_id: str) -> None:
    """Who may not send leaves it to a courier; where none lives, nobody is paged, and that is said."""
    from escalate.app.access import shown
    from escalate.cli.drivers import living
    from escalate.errors import EXIT_STILL_OWED

    incident, _roster = shown(session.store, incident_id)
    waits = incident.access is not None and any(not one["alarmed"] for one in incident.access.broken)
    if waits and not living(session):
        session.say("NOBODY HAS BEEN PAGED YET, and no courier is running: tell whoever leads yourself.")
        session.exit_code = EXIT_STILL_OWED


@click.command(cls=Command)
@click.argument("ref", required=False)
@pass_session
def access(session: Session, ref: str | None) -> None:
    """Show who may read an incident, how they came to it, and who broke the glass.

    \b
    Example:
      escalate access INC-7
    """
    from escalate.app import access as app

    incident, _roster = app.shown(session.store, session.incident(ref))
    session.answer(_public(session, incident), who)
    if incident.restricted:
        _how_little(session)


def _public(session: Session, incident: Incident) -> dict[str, Any]:
    from escalate.app.access import public

    return public(incident, session.roster)


def _how_little(session: Session) -> None:
    if not session.wiring.store.shared:
        session.say("Note: in a SQLite file this is a mark: whoever can open the file reads all of it.")


HOW = {
    "opened": "opened it restricted",
    "restricted": "restricted it",
    "granted": "was granted it",
    "role": "was given a role",
    "paged": "was paged for it",
    "broken": "BROKE THE GLASS",
}


def who(data: dict[str, Any]) -> View:
    from escalate.cli.views import Table
    from escalate.cli.views.decision import minute

    if not data["restricted"]:
        view: View = [f"{data['ref']} is not restricted: everybody who reads this record may read it."]
    else:
        rows: list[tuple[Cell, ...]] = [
            (one["to"], one["name"] + (f" ({', '.join(one['people'])})" if one["people"] else ""),
             HOW.get(one["how"], one["how"]), one["by"], minute(one["at"]))
            for one in data["granted"]
        ]  # fmt: skip
        head = (f"{data['ref']} is restricted. Who may read it:", "bold")
        view = [head, Table(columns=("who", "name", "because they", "by", "since"), rows=rows)]
    for one in data["broken"]:
        told = "whoever leads was told" if one["alarmed"] else "NOBODY HAS BEEN TOLD YET"
        view.append((f"BREAK-GLASS by {one['by']}, {minute(one['at'])}: {one['why']} ({told})", "bold red"))
    return view
