"""Telling people: `page`, `ping`, `ticket`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from datetime import timedelta

    from escalate.cli import views
    from escalate.cli.aftermath import Outcome
    from escalate.domain.incident.state import Incident
    from escalate.domain.oncall.page import Page


@click.command(cls=Command)
@click.argument("targets", metavar="[TARGET…|PAGE]", nargs=-1)
@click.option(
    "--wait",
    is_flag=True,
    help="Stay, count down and drive the steps; ends when somebody acknowledges (0) or nobody does (8). "
    "Without TARGET, or with a PAGE: stay with what was opened before.",
)
@click.option("--for", "patience", metavar="DURATION", help="With --wait: how long to stay at most, as 30m.")
@click.option("--test", is_flag=True, help="Say that it is only a test of how a person is reached.")
@click.option("--dry-run", is_flag=True, help="Show whom it would reach, when, and the exact words; send nothing.")
@click.option("--why", metavar="TEXT", default="", help="The reason, for `page escalate` and `page cancel`.")
@pass_session
def page(
    session: Session,
    targets: tuple[str, ...],
    wait: bool,
    patience: str | None,
    test: bool,
    dry_run: bool,
    why: str,
) -> None:
    """Page people until somebody acknowledges: person:NAME, team:NAME or policy:NAME; a bare name must fit only one.

    `page escalate PAGE` wakes the next step now, `page cancel PAGE` calls it off; PAGE is INC-7/1 or 1. `page --wait`
    without TARGET stays with the pages of the incident that nobody has answered, whoever opened them.
    A test page that names no incident has one of its own.

    \b
    Example:
      escalate page policy:critical-harm
      escalate page alice --wait
      escalate page --wait
      escalate page cancel INC-7/1 --why "wrong policy"
    """
    if targets and targets[0] in {"escalate", "cancel"} and len(targets) <= 2:
        if len(targets) == 1:
            raise Usage(f"Which page? `page {targets[0]}` takes a PAGE, as INC-7/1.", hint="Which pages wait: escalate")
        _decide(session, targets[0], targets[1], why)
        return
    if wait and not (test or dry_run) and (not targets or _is_page(targets[0])):
        _stay(session, targets, patience)
        return
    if not targets:
        raise Usage(
            "Whom is to be paged? Nobody was named.",
            hint="escalate page policy:critical-harm; who there is: escalate roster",
        )
    if patience and not wait:
        raise Usage("--for says how long to stay.", hint="It goes with --wait: escalate page TARGET --wait --for 30m")
    full = tuple(dict.fromkeys(session.roster.target(target) for target in targets))
    if dry_run:
        _dry_run(session, full, test=test)
        return
    _page(session, full, wait=wait, patience=patience, test=test)


def _dry_run(session: Session, targets: tuple[str, ...], *, test: bool) -> None:
    from escalate.app import previews
    from escalate.cli.views import paging as drawn

    incident = _incident(session, test=test)
    if incident is None:
        session.answer(previews.test_page(session.ledger, targets), drawn.previews)
    else:
        session.answer(previews.page(session.ledger, incident, targets, test=test), drawn.previews)


def _incident(session: Session, *, test: bool) -> str | None:
    """The incident meant; None for a test page that names none, since it must not land on a real one by itself."""
    named = session.given_ref or session.wiring.environ.get("ESCALATE_INCIDENT")
    return None if test and not named else session.incident()


def _page(session: Session, targets: tuple[str, ...], *, wait: bool, patience: str | None, test: bool) -> None:
    from escalate.app import paging
    from escalate.cli.views.paging import page_public, paged

    limit = _limit(patience)
    incident = _incident(session, test=test)
    if incident is None:
        from escalate.app.trial import page_for_test

        written, pages = page_for_test(session.ledger, targets)
    else:
        written, pages = paging.page(session.ledger, incident, targets, test=test)
    if wait:
        from escalate.cli.waiting import stay

        stay(session, written, pages, limit)
        return

    def data(outcome: Outcome | None) -> Any:
        made = [page_public(written, one, outcome) for one in pages]
        return made[0] if len(made) == 1 else made

    seen: list[Outcome | None] = []

    def gather(outcome: Outcome | None) -> Any:
        seen.append(outcome)
        return data(outcome)

    session.wrote(written, gather, lambda _data: paged(written.incident, pages, seen[0]))


def _limit(patience: str | None) -> timedelta | None:
    if not patience:
        return None
    from escalate.cli.times import duration

    return duration(patience)


def _is_page(word: str) -> bool:
    """Whether it names a page, INC-7/1 or 1, and not whom to page."""
    return "/" in word or word.isdecimal()


def _stay(session: Session, refs: tuple[str, ...], patience: str | None) -> None:
    """Wait on a page that is there already, as one that a route opened; nothing is written by that."""
    from escalate.app.ledger import Written
    from escalate.app.reading import incident as read
    from escalate.cli.waiting import stay

    if len(refs) > 1:
        raise Usage("One PAGE can be waited on.", hint="All that wait on an incident: escalate page --wait -i INC-7")
    limit = _limit(patience)
    ref = refs[0] if refs else ""
    incident = read(session.store, session.incident(ref if "/" in ref else None))
    stay(session, Written(incident=incident, entries=[]), _waited_on(incident, ref), limit)


def _waited_on(incident: Incident, ref: str) -> list[Page]:
    """The page named, else those that go on; where none does, what the last ones came to."""
    from escalate.domain.incident.rules import page as named
    from escalate.errors import NotFound, Refused

    by_hand = f"Open one: escalate page TARGET -i {incident.ref}"
    if ref:
        found: Page = named(incident, ref)
        if found.state == "cancelled":
            raise Refused(f"{incident.ref}/{found.number} was cancelled: nobody is waited for.", hint=by_hand)
        return [found]
    pages = sorted(incident.pages.values(), key=lambda one: one.number)
    for state in ("open", "exhausted"):
        if waiting := [one for one in pages if one.state == state]:
            return waiting
    if answered := [one for one in pages if one.state == "acknowledged"]:
        return answered[-1:]
    raise NotFound(f"No page waits on {incident.ref}.", hint=by_hand)


def _decide(session: Session, verb: str, ref: str, why: str) -> None:
    from escalate.app import paging
    from escalate.cli.spoken import stated
    from escalate.cli.views.paging import page_public, paged

    incident = session.incident(ref if "/" in ref else None)
    why, _ = stated(session, incident, why, what="Why", option="--why", marks=None)
    written, changed = paging.decide(session.ledger, incident, ref, verb, why)
    seen: list[Outcome | None] = []

    def data(outcome: Outcome | None) -> Any:
        seen.append(outcome)
        return page_public(written, changed, outcome)

    session.wrote(written, data, lambda _data: paged(written.incident, [changed], seen[0]))


@click.command(cls=Command)
@click.argument("teams", metavar="TEAM…", nargs=-1, required=True)
@click.option(
    "-m",
    "--message",
    "text",
    metavar="TEXT",
    default="",
    help="What you need from them, in words that may be seen on a lock screen.",
)
@click.option("--dry-run", is_flag=True, help="Show whom it would reach and the exact words; send nothing.")
@pass_session
def ping(session: Session, teams: tuple[str, ...], text: str, dry_run: bool) -> None:
    """Ping teams: Legal, Security … A team with a policy is also paged by it, since its ping must be acknowledged.

    \b
    Example:
      escalate ping legal security -m "please join; a decision is needed by 22:00"
    """
    from escalate.app import paging, previews
    from escalate.cli.spoken import stated
    from escalate.cli.views import paging as drawn

    incident = session.incident()
    text, _ = stated(session, incident, text, what="What is needed", option="-m", marks=None)
    if dry_run:
        session.answer(previews.ping(session.ledger, incident, teams, text), drawn.previews)
        return
    written = paging.ping(session.ledger, incident, tuple(dict.fromkeys(teams)), text)
    seen: list[Outcome] = []

    def data(outcome: Outcome | None) -> list[dict[str, Any]]:
        found = outcome.messages if outcome else written.queued
        seen.extend([outcome] if outcome else [])
        return [message.public() for message in found]

    def view(_data: Any) -> views.View:
        pages = [page for page in written.incident.pages.values() if page.due_at]
        return [*drawn.paged(written.incident, pages, seen[0] if seen else None)]

    session.wrote(written, data, view)


@click.command(cls=Command)
@click.argument("ref", required=False)
@pass_session
def ticket(session: Session, ref: str | None) -> None:
    """Open one issue for the incident in the team's tracker: code name and severity, nothing of what happened.

    Asking again opens no second one.

    \b
    Example:
      escalate ticket INC-7
    """
    from escalate.app.paging import ask_ticket
    from escalate.cli.views import paging as drawn

    written = ask_ticket(session.ledger, session.incident(ref))
    seen: list[Outcome] = []

    def data(outcome: Outcome | None) -> dict[str, Any]:
        seen.extend([outcome] if outcome else [])
        with session.store.reading() as look:
            now = look.incident(written.incident.id)
        found = outcome.messages if outcome else []
        return {
            "ticket": now.ticket if now else None,
            "link": now.ticket_link if now else None,
            "messages": [m.public() for m in found],
        }

    def view(answer: dict[str, Any]) -> Any:
        if answer["ticket"]:
            return [f"ticket {answer['ticket']} {answer['link'] or ''}"]
        return [
            "The ticket is asked for; it is not there yet.",
            *drawn.messages(seen[0].messages if seen else []),
        ]

    session.wrote(written, data, view)
