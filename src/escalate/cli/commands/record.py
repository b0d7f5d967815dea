"""Writing on the timeline: `log`, `fact`, `correct`, `withdraw`, `move`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Refused, Usage

if TYPE_CHECKING:
    from escalate.app.ledger import Written
    from escalate.cli.times import Moment
    from escalate.domain.timeline.entry import Entry


def public(entry: Entry) -> dict[str, Any]:
    from escalate.domain.timeline.corrections import Corrections

    return Corrections.of([entry]).current(entry).public()


def discreet(entry: Entry) -> dict[str, Any]:
    """As `public`, for a reader who need not be the one who wrote it."""
    from escalate.domain.timeline.corrections import Corrections

    line = Corrections.of([entry]).current(entry)
    return (line.masked() if "sensitive" in line.labels else line).public()


@click.command(cls=Command)
@click.argument("text", required=False)
@click.option("--at", metavar="T", help="When it happened: 21:40, '20m ago', 2026-11-21T21:40Z. Left out: now.")
@click.option(
    "--label",
    "labels",
    metavar="L",
    multiple=True,
    help="sensitive, privileged, tlp:red …; may be given again.",
)
@click.option(
    "-e", "--edit", is_flag=True, help="Write it in $VISUAL or $EDITOR. Other texts: `--why -e` and the like."
)
@pass_session
def log(session: Session, text: str | None, at: str | None, labels: tuple[str, ...], *, edit: bool) -> None:
    """Write a line on the timeline. `-` reads it from stdin; without TEXT it asks, so that nothing is left in the shell.

    \b
    Example:
      escalate log "Called the desk back; they have the case number" --at "20m ago"
      escalate log -e
    """
    from escalate.app.incidents import note
    from escalate.cli.spoken import moment, stated

    if edit and text is not None:
        raise Usage("TEXT is there already.", hint="Give it, or write it in the editor: escalate log -e")
    incident = session.incident()
    when = moment(session, at)
    given = "--edit" if edit else text
    _refuse_early(session, given, when, labels)
    words, marks = stated(session, incident, given, frozenset(labels), what="What happened")
    written = note(
        session.ledger,
        incident,
        words,
        at=when.at if when else None,
        precision=when.precision if when else "exact",
        labels=marks,
    )
    session.wrote(written, lambda _outcome: public(written.entries[-1]), happened=when)


def _refuse_early(session: Session, text: str | None, when: Moment | None, labels: tuple[str, ...]) -> None:
    """What would be refused whatever the text is, before a person writes it."""
    from escalate.app.ledger import AHEAD
    from escalate.cli.spoken import EDIT
    from escalate.domain.incident.rules import refuse_misspelt

    if text is not None and text not in EDIT:
        return
    refuse_misspelt(frozenset(labels))
    # The record's own clock decides; this one may be behind it, but not by a day.
    if when is not None and when.at > session.now() + AHEAD + timedelta(days=1):
        raise Refused(
            f"{when.at:%Y-%m-%d %H:%MZ} is in the future.", hint="Something can be recorded once it has happened."
        )


@click.command(cls=Command)
@click.argument("name")
@click.argument("ref", required=False)
@click.option("--at", metavar="T", required=True, help="When it was so: 21:40, '20m ago', 2026-11-21T21:40Z.")
@click.option("--why", metavar="TEXT", help="What that rests on; `-` reads it from stdin. Left out: it asks.")
@click.option("--label", "labels", metavar="L", multiple=True, help="As for `log`; may be given again.")
@pass_session
def fact(session: Session, name: str, ref: str | None, at: str, why: str | None, labels: tuple[str, ...]) -> None:
    """State a milestone or legal fact: impact-started, detected, mitigated, resolved, first-alert, awareness …

    A later statement of the same name supersedes the earlier one; both stay on the timeline.

    \b
    Example:
      escalate fact impact-started --at 2026-11-21T20:55Z --why "first report in the queue"
    """
    from escalate.app.incidents import state_fact
    from escalate.cli.spoken import moment, stated

    incident = session.incident(ref)
    when = moment(session, at)
    assert when is not None
    _refuse_early(session, why, when, labels)
    words, marks = stated(session, incident, why, frozenset(labels), what="What does it rest on", option="--why")
    written, known = state_fact(
        session.ledger, incident, name, at=when.at, precision=when.precision, why=words, labels=marks
    )
    _wrote(session, written, {**public(written.entries[0]), **known, "at": when.at.isoformat()}, when)


def _wrote(session: Session, written: Written, data: dict[str, Any], happened: Moment | None = None) -> None:
    """Answer with the statement; the clocks that it has moved are said besides."""
    moved = [entry.event for entry in written.entries[1:]]
    alone = written.but(entries=written.entries[:1])
    if not moved:
        session.wrote(alone, data, happened=happened)
        return
    from escalate.cli.views.running_clock import moves, recomputed

    session.wrote(
        alone,
        {**data, "recomputed": moves(moved)},
        lambda _data: recomputed(moved, written.incident),
        happened=happened,
    )


@click.command(cls=Command)
@click.argument("entry")
@click.option("--text", metavar="TEXT", help="What it should say; `-` reads it from stdin.")
@click.option("--at", metavar="T", help="When it really happened.")
@click.option("--why", metavar="TEXT", required=True, help="Why it was wrong.")
@pass_session
def correct(session: Session, entry: str, text: str | None, at: str | None, why: str) -> None:
    """Correct a note or fact. The first wording stays on the timeline: see `timeline --all`.

    \b
    Example:
      escalate correct 14 --text "The desk called at 21:10" --why "misheard the time"
    """
    from escalate.app.corrections import correct as ask
    from escalate.cli.spoken import moment, stated

    incident = session.incident()
    when = moment(session, at)
    words = None if text is None else stated(session, incident, text, what="What is right", marks=None)[0]
    why, _ = stated(session, incident, why, what="Why it was wrong", option="--why", marks=None)
    written = ask(
        session.ledger,
        incident,
        entry,
        text=words,
        at=when.at if when else None,
        precision=when.precision if when else "exact",
        why=why,
    )
    _wrote(session, written, public(written.entries[0]), when)


@click.command(cls=Command)
@click.argument("entry")
@click.option("--why", metavar="TEXT", required=True, help="Why it does not belong here.")
@pass_session
def withdraw(session: Session, entry: str, why: str) -> None:
    """Withdraw a note or fact. It stays on the timeline, marked: see `timeline --all`.

    \b
    Example:
      escalate withdraw 14 --why "meant another case"
    """
    from escalate.app.corrections import withdraw as ask
    from escalate.cli.spoken import stated

    incident = session.incident()
    why, _ = stated(session, incident, why, what="Why", option="--why", marks=None)
    written = ask(session.ledger, incident, entry, why)
    _wrote(session, written, public(written.entries[0]))


@click.command(cls=Command)
@click.argument("entries", metavar="ENTRY…", nargs=-1, required=True)
@click.option("--to", metavar="REF", required=True, help="The incident they belong to.")
@pass_session
def move(session: Session, entries: tuple[str, ...], to: str) -> None:
    """Move notes that were written on the wrong incident: withdrawn here, written there with their time and author.

    \b
    Example:
      escalate move 14 15 --to INC-7
    """
    from escalate.app.corrections import move as ask

    source, target = session.incident(), session.incident(to)
    _here, there = ask(session.ledger, source, entries, target)
    session.wrote(there, lambda _outcome: [discreet(entry) for entry in there.entries])
