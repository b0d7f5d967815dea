"""`impact`: how many are affected, as of when, and how surely; alone it lists the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.lines import one_of
from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.domain.decision.rules import CONFIDENCES
from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.domain.decision.state import Judgement


@click.command(cls=Command)
@click.argument("words", metavar="[MEASURE N|LOW..HIGH] [REF]", nargs=-1)
@click.option("--as-of", metavar="T", help="When that was so; left out: now.")
@click.option("--basis", metavar="TEXT", help="What it rests on; `-` reads it from stdin. Left out: it asks.")
@click.option("--confidence", type=click.Choice(CONFIDENCES), help="How sure that is.")
@click.option("--reveal", metavar="WHY", help="For the list: show masked words. That you looked, and why, is recorded.")
@pass_session
def impact(
    session: Session,
    words: tuple[str, ...],
    as_of: str | None,
    basis: str | None,
    confidence: str | None,
    reveal: str | None,
) -> None:
    """State how many are affected: MEASURE is people, accounts, items …. Earlier numbers are kept.

    Where it is not known exactly, give a range. Without MEASURE it lists all numbers, the newest of each measure first.

    \b
    Example:
      escalate impact accounts 120..400 --as-of 21:40 --basis "linked by payment" --confidence moderate
      escalate impact people 3 INC-7 --as-of now --basis "named in the report" --confidence high
      escalate impact INC-7
    """
    if len(words) < 2:
        if as_of is not None or basis is not None or confidence is not None:
            raise Usage("How many of what?", hint="As: escalate impact accounts 120..400 --basis … --confidence low")
        _list(session, words[0] if words else None, reveal)
        return
    if len(words) > 3:
        raise Usage(
            f"Got unexpected extra arguments ({' '.join(words[3:])}).", hint="Text of several words goes in quotes."
        )
    if reveal is not None:
        raise Usage("--reveal is for the list.", hint="As: escalate impact INC-7 --reveal WHY")
    if confidence is None:
        if not session.interactive:
            raise Usage("How sure is that?", hint=f"Give --confidence {'|'.join(CONFIDENCES)}.")
        confidence = one_of("How sure is that", CONFIDENCES)
    _state(session, words, as_of, basis, confidence)


def _state(session: Session, words: tuple[str, ...], as_of: str | None, basis: str | None, confidence: str) -> None:
    from escalate.app import asking
    from escalate.cli.judged import naming
    from escalate.cli.spoken import moment, stated
    from escalate.cli.views.decision import impacts
    from escalate.domain.decision.shown import IMPACT, public

    low, high = _range(words[1])
    incident = session.incident(words[2] if len(words) == 3 else None)
    when = moment(session, as_of)
    text, labels = stated(session, incident, basis, what="What does it rest on", option="--basis", marks="")
    written, stood = asking.state_impact(
        session.ledger, incident, words[0], low, high,
        as_of=when.at if when else session.now(), basis=text, confidence=confidence, labels=labels,
    )  # fmt: skip
    data = {**public(IMPACT, stood, written.incident, hide=False), "latest": True}
    session.wrote(written, data, lambda one: impacts([one], naming(session)))


def _range(text: str) -> tuple[int, int]:
    """`120`, `1,200` or `100..500`."""
    low, dots, high = text.replace(",", "").replace("–", "..").partition("..")
    ends = [low.strip(), high.strip() if dots else low.strip()]
    if not all(end.isascii() and end.isdigit() and len(end) < 16 for end in ends):
        raise Usage(f"{text!r} is no number of anything.", hint="As 120, or 100..500 where it is not known exactly.")
    return int(ends[0]), int(ends[1])


def _list(session: Session, ref: str | None, reveal: str | None) -> None:
    from escalate.cli.commands.decide import listed
    from escalate.cli.views import decision as views
    from escalate.domain.decision.shown import IMPACT

    listed(session, ref, reveal, IMPACT, _numbers, views.impacts)


def _numbers(judgement: Judgement) -> list[dict[str, Any]]:
    """All, measure by measure, the newest first."""
    return [
        {**one, "latest": not place}
        for series in judgement.impacts.values()
        for place, one in enumerate(reversed(series))
    ]
