"""`severity`: how bad an incident is, and `severity explain`: how that comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.cli.aftermath import Outcome

EXPLAIN = "explain"


@click.command(cls=Command)
@click.argument("level", metavar="LEVEL|explain")
@click.argument("ref", required=False)
@click.option("--why", metavar="TEXT", help="The reason; asked for if left out.")
@click.option(
    "--axis",
    "axes",
    metavar="K=N",
    multiple=True,
    help="For explain: an axis from 0 to 4, as H=4 or I=3; C=low, moderate or high. May be given again.",
)
@click.option("--floor", "floors", metavar="F", multiple=True, help="For explain: a floor that is true, as F1.")
@click.option("--break-glass", is_flag=True, help="Lower SEV0 or SEV1 alone; it is reviewed within 24 hours.")
@pass_session
def severity(
    session: Session, level: str, ref: str | None, why: str | None, axes: tuple[str, ...], floors: tuple[str, ...],
    break_glass: bool,
) -> None:  # fmt: skip
    """Set the severity, SEV0 (worst) to SEV4. Raising it pages and pings as the routes say. REF may come first.

    Raising is one person's, and at once. Lowering SEV0 or SEV1 takes two: it waits for somebody else's `escalate approve`.

    `severity explain` sets nothing: it counts, and shows every term. With REF (or -i) it takes what the incident says in
    its fields and the axes of its triage, and --axis goes before them; without, it needs no record at all.

    \b
    Example:
      escalate severity SEV1 --why "a second account is involved"
      escalate severity explain INC-7
      escalate severity explain --axis H=4 --axis I=3 --floor F1
    """
    if ref and ref.casefold() == EXPLAIN and level.casefold() != EXPLAIN:
        level, ref = ref, level
    if level.casefold() == EXPLAIN:
        if why is not None or break_glass:
            raise Usage(
                f"{'--why' if why is not None else '--break-glass'} is for setting a severity.",
                hint="explain sets nothing; leave it out.",
            )
        _explain(session, ref, axes, floors)
        return
    if axes or floors:
        raise Usage(
            "--axis and --floor are for counting a severity.",
            hint="As: escalate severity explain --axis H=4 --floor F1",
        )
    _set(session, level, ref, why, break_glass=break_glass)


def _explain(session: Session, ref: str | None, axes: tuple[str, ...], floors: tuple[str, ...]) -> None:
    from escalate.app import judging
    from escalate.cli.views.severity import explained
    from escalate.domain.incident import scoring

    scale = session.wiring.scale
    ratings, confidence = scoring.read_ratings(scale, axes)
    given = scoring.Judgement(ratings=ratings, floors=scoring.read_floors(scale, floors), confidence=confidence)
    named = ref or session.given_ref
    if named is None:
        session.answer(judging.explain(scale, given), explained)
        return
    taxonomy = session.wiring.taxonomies.in_force()
    data = judging.explain_incident(session.store, session.incident(named), scale, taxonomy, given)
    session.answer(data, explained)


def _set(session: Session, level: str, ref: str | None, why: str | None, *, break_glass: bool) -> None:
    from escalate.app.incidents import judge
    from escalate.cli.judged import second, shown
    from escalate.cli.spoken import stated
    from escalate.cli.views.paging import after_opening
    from escalate.domain.incident.severity import is_level
    from escalate.domain.incident.severity import severity as read

    if ref and is_level(ref) and not is_level(level):
        level, ref = ref, level
    wanted, id_ = read(level), session.incident(ref)
    words, labels = stated(session, id_, why, what="Why", option="--why", marks="")
    done = judge(session.ledger, id_, wanted, words, labels=labels, break_glass=break_glass)
    written = done.written
    seen: list[Outcome | None] = []

    def data(outcome: Outcome | None) -> dict[str, Any]:
        seen.append(outcome)
        asked = shown(done)
        return {**written.incident.public(), **({"approval": asked} if asked else {})}

    session.wrote(written, data, lambda _data: after_opening(written.incident, seen[0]))
    second(session, done, what=f"Nothing was lowered yet: {written.incident.ref} stays {written.incident.severity}.")
