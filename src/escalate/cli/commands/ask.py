"""`ask`: somebody is asked to decide, by a time; alone it lists who was asked what."""

from __future__ import annotations

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage


@click.command(cls=Command)
@click.argument("words", metavar="[PERSON QUESTION] [REF]", nargs=-1)
@click.option("--by", "due", metavar="T", help="Until when the answer is needed: 'in 30m', 17:00, 2026-11-22T09:00Z.")
@click.option("--option", "options", metavar="TEXT", multiple=True, help="A possible answer; may be given again.")
@click.option("--recommend", type=int, metavar="N", help="The option that is recommended, counted from 1.")
@click.option("--reveal", metavar="WHY", help="For the list: show masked words. That you looked, and why, is recorded.")
@click.option("-e", "--edit", is_flag=True, help="Write QUESTION in $VISUAL or $EDITOR.")
@pass_session
def ask(
    session: Session,
    words: tuple[str, ...],
    due: str | None,
    options: tuple[str, ...],
    recommend: int | None,
    reveal: str | None,
    *,
    edit: bool,
) -> None:
    """Ask PERSON to decide. They are told by their ways, and again when it is late; `-` as QUESTION reads stdin.

    `escalate decide A-1` answers it. Without PERSON and QUESTION it lists what was asked.

    \b
    Example:
      escalate ask alice "Refer today?" --by "in 30m" --option "refer now" --option "wait for the SME" --recommend 1
      escalate ask INC-7
    """
    words = (*words[:1], "--edit", *words[1:]) if edit and words else words
    if len(words) < 2:
        if due is not None or options or recommend is not None:
            raise Usage("Who is asked what?", hint='As: escalate ask alice "Refer today?" --by "in 30m"')
        _list(session, words[0] if words else None, reveal)
        return
    if len(words) > 3:
        raise Usage(
            f"Got unexpected extra arguments ({' '.join(words[3:])}).", hint="Text of several words goes in quotes."
        )
    if reveal is not None:
        raise Usage("--reveal is for the list.", hint="As: escalate ask INC-7 --reveal WHY")
    _ask(session, words, due, options, recommend)


def _ask(
    session: Session, words: tuple[str, ...], due: str | None, options: tuple[str, ...], recommend: int | None
) -> None:
    from escalate.app import asking
    from escalate.cli.judged import ahead, naming
    from escalate.cli.spoken import stated
    from escalate.cli.views.decision import question
    from escalate.domain.decision.shown import QUESTION, public

    incident = session.incident(words[2] if len(words) == 3 else None)
    if due is None:
        if not session.interactive:
            raise Usage("Until when is the answer needed?", hint="Say it: --by 'in 30m'")
        due = str(click.prompt("Until when is the answer needed", err=True))
    by = ahead(session, due)
    assert by is not None or due == ""
    if by is None:
        raise Usage("Until when is the answer needed?", hint="Say it: --by 'in 30m'")
    text, labels = stated(session, incident, words[1], what="The question", option="QUESTION", marks="")
    written, asked = asking.ask(
        session.ledger, incident, words[0], text, due=by, options=options, recommend=recommend, labels=labels
    )
    data = public(QUESTION, asked, written.incident, hide=False)
    session.wrote(written, data, lambda one: question(one, naming(session)))


def _list(session: Session, ref: str | None, reveal: str | None) -> None:
    from escalate.cli.commands.decide import listed
    from escalate.cli.views import decision as views
    from escalate.domain.decision.shown import QUESTION

    listed(session, ref, reveal, QUESTION, lambda judgement: list(judgement.questions.values()), views.questions)
