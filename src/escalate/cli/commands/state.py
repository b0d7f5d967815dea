"""Changing an incident: `mitigate`, `resolve`, `close`, `reopen`, `assign`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.lines import fit, not_so, one_of
from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.domain.incident import rules
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.ledger import Written
    from escalate.domain.incident.state import Incident
    from escalate.domain.oncall.page import Page


def _change(
    session: Session,
    ref: str | None,
    decide: Callable[[Incident, str], Any],
    text: str = "",
    *,
    option: str = "--why",
    at: str | None = None,
) -> None:
    """`decide` says what follows from the incident and from what was said of it in `text`."""
    from escalate.app.incidents import change
    from escalate.cli.spoken import moment, stated
    from escalate.cli.views.incident import opened
    from escalate.cli.views.paging import paged

    id_, when = session.incident(ref), moment(session, at)
    words, labels = stated(session, id_, text, what="In a sentence", option=option, marks="")
    written = change(
        session.ledger,
        id_,
        lambda incident: decide(incident, words),
        at=when.at if when else None,
        precision=when.precision if when else "exact",
        labels=labels,
    )
    session.wrote(
        written,
        lambda _outcome: written.incident.public(),
        lambda _data: [*opened(written.incident), *paged(written.incident, _called_off(written), None)],
        happened=when,
    )


def _called_off(written: Written) -> list[Page]:
    """The pages that nobody answers any more because of it: whoever waits for an answer has to know."""
    gone = [entry.event.page for entry in written.entries if entry.kind == "page.cancelled"]  # type: ignore[attr-defined]
    return [written.incident.pages[page] for page in gone]


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--summary", metavar="TEXT", default="", help="What was done, in a sentence.")
@click.option("--at", metavar="T", help="When it was so, if that was earlier.")
@pass_session
def mitigate(session: Session, ref: str | None, summary: str, at: str | None) -> None:
    """Say that the harm has been stopped or contained.

    \b
    Example:
      escalate mitigate --summary "accounts suspended; content disabled"
    """
    _change(session, ref, rules.mitigate, summary, option="--summary", at=at)


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--summary", metavar="TEXT", default="", help="How it ended, in a sentence.")
@click.option("--at", metavar="T", help="When it was so, if that was earlier.")
@pass_session
def resolve(session: Session, ref: str | None, summary: str, at: str | None) -> None:
    """Say that nothing more has to be done now. Pages that still wait are called off.

    \b
    Example:
      escalate resolve INC-7 --summary "handed to the authority; case number on file"
    """
    _change(session, ref, rules.resolve, summary, option="--summary", at=at)


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option(
    "--disposition",
    type=click.Choice(rules.DISPOSITIONS),
    help="What it turned out to be; asked for if left out.",
)
@click.option(
    "--worst",
    metavar="S",
    help="How bad it was at its worst, knowing what is known now; asked for if left out.",
)
@click.option("--duplicate-of", metavar="REF", help="The incident it repeats.")
@click.option("--why", metavar="TEXT", default="", help="A sentence for whoever reads it next year.")
@pass_session
def close(
    session: Session,
    ref: str | None,
    disposition: str | None,
    worst: str | None,
    duplicate_of: str | None,
    why: str,
) -> None:
    """Close an incident: what it turned out to be, and how bad it was at worst.

    \b
    Example:
      escalate close INC-7 --disposition near-miss --worst SEV2
    """
    from escalate.domain.incident.severity import LEVELS, severity

    if duplicate_of and not disposition:
        disposition = "duplicate"
    if disposition is None:
        disposition = _ask(session, "What did it turn out to be", rules.DISPOSITIONS, "--disposition")
    if worst is None:
        worst = _ask(session, "Knowing what is known now, how bad was it at worst", LEVELS, "--worst", read=severity)
    other = None
    if duplicate_of:
        other_id = session.incident(duplicate_of)
        with session.store.reading() as look:
            found = look.incident(other_id)
        other = rules.original(found) if found else None
    level = severity(worst)
    id_ = session.incident(ref)
    _change(session, id_, lambda incident, words: rules.close(incident, disposition, level, other, words), why)
    _unanswered(session, id_)


def _unanswered(session: Session, id_: str) -> None:
    """Point out what assessments still leave open: closing waits for nobody, and somebody will ask."""
    from escalate.app.assessments import to_close

    for ref, template, fields in to_close(session.store, id_, session.wiring.library):
        names = ", ".join(field.name for field in fields)
        session.say(
            f"Note: {ref} closes with questions of {template} unanswered: {names}. Answer them: escalate assess {template} {ref}"
        )


def _ask(
    session: Session, question: str, choices: tuple[str, ...], option: str, *, read: Callable[[str], str] | None = None
) -> str:
    """`read` understands what the option would understand; without it the answer is one of `choices`."""
    if not session.interactive:
        raise Usage(f"{question}? Nothing was given.", hint=f"Give {option} {'|'.join(choices)}.")
    if read is None:
        return one_of(question, choices)

    def understood(answer: str) -> str:
        try:
            return read(answer)
        except Usage as error:
            raise not_so(f"{error.message} {error.hint}") from error

    asked = fit(f"{question} ({', '.join(choices)})")
    return str(click.prompt(asked, value_proc=understood, err=True))


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--why", metavar="TEXT", default="", help="What has changed.")
@pass_session
def reopen(session: Session, ref: str | None, why: str) -> None:
    """Work on a resolved or closed incident again.

    \b
    Example:
      escalate reopen INC-7 --why "the account is back under another name"
    """
    _change(session, ref, rules.reopen, why)


@click.command(cls=Command)
@click.argument("role")
@click.argument("person")
@click.argument("ref", required=False)
@pass_session
def assign(session: Session, role: str, person: str, ref: str | None) -> None:
    """Give a role to a person: lead, legal, scribe, comms …

    \b
    Example:
      escalate assign lead alice
    """
    from escalate.domain.text.visible import is_blank

    slug = role.strip().lower()
    if is_blank(slug) or is_blank(person):
        raise Usage("A role and a person are needed.", hint="escalate assign lead alice")
    roster = session.roster
    name = person.strip().removeprefix("person:")
    person = next((slug for slug in roster.people if slug.casefold() == name.casefold()), name)
    if roster.people and person not in roster.people:
        raise Usage(f"The roster has no person {person!r}.", hint=f"People: {', '.join(sorted(roster.people))}.")
    _change(session, ref, lambda incident, _words: rules.assign(incident, slug, person))
