"""`action`: what was done about content, accounts or models; `actions` lists it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.domain.decision.actions import AUTOMATED, GROUNDS

if TYPE_CHECKING:
    from datetime import datetime


@click.command(cls=Command)
@click.argument("what")
@click.argument("ref", required=False)
@click.option("--scope", metavar="TEXT", default="", help="Where it holds: a territory, a surface, a feature.")
@click.option("--ground", type=click.Choice(GROUNDS), help="Whether it is illegal or against the terms.")
@click.option("--clause", metavar="ID[@V]", help="The clause of policy it rests on; without @V the version in force.")
@click.option(
    "--automated", type=click.Choice(AUTOMATED), multiple=True, help="What no person did; may be given again."
)
@click.option("--start", metavar="T", help="From when it holds; left out: now.")
@click.option("--end", metavar="T", help="Until when it holds.")
@click.option("--notice", metavar="yes|no:WHY", default="", help="Whether the user was told; if not, why not.")
@click.option("--decision", metavar="D-1", help="The decision it carries out.")
@click.option("--reverses", metavar="X-1", help="The action it undoes.")
@click.option("--count", type=int, metavar="N", help="To how many accounts or items; above 50 it takes two people.")
@click.option("--why", metavar="TEXT", help="The reason, where it takes two people; asked for then.")
@click.option("--break-glass", is_flag=True, help="Do alone what takes two people; it is reviewed within 24 hours.")
@pass_session
def action(
    session: Session, what: str, ref: str | None, *, scope: str, ground: str | None, clause: str | None,
    automated: tuple[str, ...], start: str | None, end: str | None, notice: str, decision: str | None,
    reverses: str | None, count: int | None, why: str | None, break_glass: bool,
) -> None:  # fmt: skip
    """Record what was done: WHAT is remove, suspend-account, terminate-account, preserve …; a wrong word lists them all.

    Closing accounts for good in cases of manipulation or extremism, or in the press, and acting on more than 50 at once
    take two people: then it waits for somebody else's `approve`.

    \b
    Example:
      escalate action suspend-account --ground terms --clause har-3.2@4 --notice yes --decision D-1
      escalate action disable-access --scope EU --end "in 7d" --notice "no:it would warn others"
      escalate action label --reverses X-1
    """
    from escalate.app import decisions as app
    from escalate.cli import guided
    from escalate.cli.judged import ahead, naming, second, wrote
    from escalate.cli.spoken import guarded, stated
    from escalate.cli.views.decision import actions as table
    from escalate.domain.decision.rules import Doing
    from escalate.domain.decision.shown import ACTION

    incident = session.incident(ref)
    by, guidance = guided.found(session, clause)
    given = Doing(
        what=what, scope=scope, ground=ground, clause=clause, automated=automated, start=_begun(session, start),
        end=ahead(session, end), notice=notice, decision=decision, reverses=reverses, count=count,
    )  # fmt: skip
    labels = guarded(session, f"{scope} {notice}", frozenset(), marks="")
    if why is not None or app.needs_two(session.store, incident, given):
        words, labels = stated(session, incident, why, labels, what="Why", option="--why", marks="")
        given = given.but(why=words)
    name_of = naming(session)
    outcome = app.act(session.ledger, incident, given, labels=labels, break_glass=break_glass)
    wrote(session, outcome, ACTION, lambda one: table([one], name_of), name_of)
    guided.remind(session, guidance, {"clause": by.name if by else clause})
    if given.why and outcome.approval is None:
        session.say("Note: one person is enough for this; --why was not kept. Say it in the decision, or: escalate log")
    second(session, outcome, what="Nothing was done yet.")


def _begun(session: Session, text: str | None) -> datetime | None:
    """When it began, or will begin: a time of day is its latest past one."""
    from escalate.cli.judged import ahead
    from escalate.cli.times import parse_past
    from escalate.errors import Usage

    if text is None:
        return None
    try:
        return parse_past(text, session.now(), session.zone, day_ok=True).at
    except Usage:
        return ahead(session, text)


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--reveal", metavar="WHY", help="Show masked words. That you looked, and why, is recorded.")
@pass_session
def actions(session: Session, ref: str | None, reveal: str | None) -> None:
    """List what was done about an incident, and what waits for a second person.

    \b
    Example:
      escalate actions INC-7
    """
    from escalate.app import decisions as app
    from escalate.cli.commands.decide import listed
    from escalate.cli.views import decision as views
    from escalate.domain.decision.shown import ACTION

    listed(session, ref, reveal, ACTION, app.actions, views.actions)
