"""`decide`: what was decided, why, and who disagreed; `decisions` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli import written_decision as stating
from escalate.cli.lines import not_so
from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.domain.decision.rules import Deciding, is_id, refuse_absent
from escalate.domain.guidance.book import versioned
from escalate.domain.incident.rules import said as said_well
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.domain.decision.state import Judgement


@click.command(cls=Command)
@click.argument("words", metavar="[QUESTION|A-3|D-2] [REF]", nargs=-1)
@click.option("--choose", metavar="TEXT|N", help="The choice, or the number of an option.")
@click.option("--option", "options", metavar="TEXT", multiple=True, help="An option considered; may be given again.")
@click.option("--why", metavar="TEXT", help="The reasons; `-` reads them from stdin. Left out: it asks.")
@click.option("--clause", metavar="ID[@V]", help="The clause of policy it goes by; without @V the version in force.")
@click.option("--threshold", metavar="NAME@V", help="The threshold that was applied, with its version.")
@click.option(
    "--element", "elements", metavar="NAME=MET", multiple=True,
    help="An element of the clause: NAME=met, not or unclear, with :EVIDENCE after it; one for each of them.",
)  # fmt: skip
@click.option("--dissent", metavar="PERSON=VIEW", multiple=True, help="Who disagrees, and how; may be given again.")
@click.option("--not-referring", is_flag=True, help="The decision is not to refer to law enforcement.")
@click.option("--not-reporting", is_flag=True, help="The decision is not to report to a hotline or regulator.")
@click.option("--review-at", metavar="T", help="When it is looked at again: the question reopens by itself.")
@click.option(
    "--review-on",
    metavar="TRIGGER",
    multiple=True,
    help="On what it reopens by itself: severity:S, harm:SLUG, fact:NAME, clause:ID, assessment:TEMPLATE, subject:HANDLE, "
    "sighting; other words are a note for people. May be given again.",
)
@click.option("--from", "source", metavar="FILE", help="All of it in a TOML or JSON file; - reads stdin.")
@click.option("--reopen", is_flag=True, help="Take D-2 up again; with --why.")
@click.option("--break-glass", is_flag=True, help="Do alone what takes two people; it is reviewed within 24 hours.")
@pass_session
def decide(
    session: Session, words: tuple[str, ...], *, choose: str | None, options: tuple[str, ...], why: str | None,
    clause: str | None, threshold: str | None, elements: tuple[str, ...], dissent: tuple[str, ...],
    not_referring: bool, not_reporting: bool, review_at: str | None, review_on: tuple[str, ...], source: str | None,
    reopen: bool, break_glass: bool,
) -> None:  # fmt: skip
    """Record a decision: the question, what was considered, the choice, the reasons, who disagreed.

    A-3 answers a question somebody asked; D-2 decides again what was reopened. Not to refer or not to report takes two
    people while the incident is, or was, SEV0 or SEV1: then it waits for somebody else's `approve`.

    \b
    Example:
      escalate decide "Refer to the authority?" --choose "not now" --not-referring --why "..." --threshold imminence@2
      escalate decide A-3 --choose 2 --why "less harm if wrong" --dissent "bob=too late by then"
      escalate decide D-2 --reopen --why "a new account was seen"
    """
    from escalate.cli.judged import two

    question, ref = two(words, "a question and REF", "AD")
    incident = session.incident(ref)
    if reopen:
        others = (choose, options, clause, threshold, elements, dissent, review_at, review_on, source)
        if any(others) or not_referring or not_reporting or break_glass:
            raise Usage("--reopen takes only --why.", hint="Decide it again afterwards: escalate decide D-2 --choose …")
        _reopen(session, incident, question, why)
        return
    if not_referring and not_reporting:
        raise Usage("It is one or the other.", hint="Make two decisions: --not-referring and --not-reporting.")
    given: dict[str, Any] = stating.filed(session, source) if source else {}
    declines = "referral" if not_referring else "report" if not_reporting else None
    typed = {
        "question": question, "choose": choose, "why": why, "clause": clause, "threshold": threshold,
        "declines": declines, "review_at": review_at,
    }  # fmt: skip
    given |= {name: value for name, value in typed.items() if value is not None}
    for name, several in (("options", options), ("elements", elements), ("dissent", dissent), ("review_on", review_on)):
        if several:
            given[name] = [*stating.listing(given.get(name)), *several]
    _decide(session, incident, given, break_glass=break_glass)


def _reopen(session: Session, incident: str, which: str | None, why: str | None) -> None:
    from escalate.app import decisions as app
    from escalate.cli.guided import status
    from escalate.cli.judged import hidden, naming
    from escalate.cli.spoken import stated
    from escalate.cli.views.decision import decision
    from escalate.domain.decision.shown import DECISION, public

    if which is None or not is_id(which, "D"):
        raise Usage(
            "Which decision is reopened?", hint="As: escalate decide D-2 --reopen --why …  See: escalate decisions"
        )
    words, labels = stated(session, incident, why, what="Why", option="--why", marks="")
    name_of = naming(session)
    written, made = app.reopen(session.ledger, incident, which, words, labels=labels)
    hide = hidden(session, written.incident, [made["seq"], *(each["seq"] for each in made["reopened"])], None)
    [data] = status(session, [public(DECISION, made, written.incident, hide=hide(made["seq"]), masked=hide)])
    session.wrote(written, data, lambda one: decision(one, name_of))


def _decide(session: Session, incident: str, given: dict[str, Any], *, break_glass: bool) -> None:
    from escalate.app import decisions as app
    from escalate.cli import guided
    from escalate.cli.judged import ahead, naming, second, wrote
    from escalate.cli.spoken import guarded, stated
    from escalate.cli.triggers import checked as triggers
    from escalate.cli.views.decision import decision
    from escalate.domain.decision.shown import DECISION

    clause, guidance = guided.found(session, stating.text_of(given, "clause"))
    judged = [stating.element(one) for one in stating.listing(given.get("elements"))]
    review_on = triggers(session, stating.listing(given.get("review_on")))
    state = app.incident_of(session.store, incident)
    for one in judged:
        refuse_absent(one.get("evidence", ""), state)
    for one in stating.listing(given.get("dissent")):
        stating.dissent(one)
    review_at = ahead(session, given.get("review_at"))
    versioned(stating.text_of(given, "threshold"), "threshold", "imminence@2")
    asked = _Asked(session, incident, given)
    question, options = asked.question(), asked.options()
    choose = asked.choice()
    why, labels = str(given.get("why", "")), frozenset[str]()
    if why or session.interactive or not is_id(question, "A"):
        why, labels = stated(session, incident, given.get("why"), what="Why", option="--why", marks="")
    judged = guided.elements(session, clause, judged, state)
    dissent = asked.dissent()
    labels = guarded(session, f"{question} {choose}", labels, marks="")
    wish = Deciding(
        question=question,
        choose=choose,
        why=why,
        options=tuple(stating.option(one) for one in options),
        clause=stating.text_of(given, "clause"),
        threshold=stating.text_of(given, "threshold"),
        elements=tuple(judged),
        dissent=tuple(stating.dissent(one) for one in dissent),
        declines=stating.text_of(given, "declines"),
        review_at=review_at,
        review_on=review_on,
    )
    name_of = naming(session)
    outcome = app.decide(session.ledger, incident, wish, labels=labels, break_glass=break_glass)
    wrote(session, outcome, DECISION, lambda one: decision(one, name_of), name_of)
    guided.remind(session, guidance, {"clause": clause.name if clause else wish.clause}, judged if clause else ())
    _remind(session, wish)
    second(session, outcome, what="Nothing was decided yet.")


def _remind(session: Session, wish: Deciding) -> None:
    """What is asked for later, of decisions that are asked about later."""
    if wish.declines:
        absent = [] if wish.threshold else ["the threshold it was measured by (--threshold NAME@V)"]
        absent += [] if wish.review_at or wish.review_on else ["when it is looked at again (--review-at, --review-on)"]
        if absent:
            session.say(
                f"Note: a decision not to make a {wish.declines} is asked about later. Missing: {'; '.join(absent)}."
            )


class _Asked:
    """What was not given, asked for on a terminal."""

    def __init__(self, session: Session, incident: str, given: dict[str, Any]) -> None:
        self._session, self._incident, self._given = session, incident, given
        self._asks = session.interactive and "choose" not in given

    def question(self) -> str:
        from escalate.cli.spoken import asked

        text = stating.text_of(self._given, "question")
        return asked(self._session, text, what="What is decided", harm=self._harm(text), option="QUESTION")

    def options(self) -> list[Any]:
        found = stating.listing(self._given.get("options"))
        if found or not self._asks or is_id(str(self._given.get("question", "")), "AD"):
            return found
        while said := _said(f"Option considered {len(found) + 1} (Enter ends)", said_well):
            found.append(said)
        return found

    def choice(self) -> str:
        from escalate.cli.spoken import asked

        return asked(
            self._session,
            stating.text_of(self._given, "choose"),
            what="The choice (text, or an option's number)",
            option="--choose",
        )

    def dissent(self) -> list[Any]:
        found = stating.listing(self._given.get("dissent"))
        if found or not self._session.interactive:
            return found
        while said := _said("Any disagreement? PERSON=VIEW (Enter: none, or no more)", _refuse_dissent):
            found.append(said)
        return found

    def _harm(self, text: str | None) -> tuple[str, ...]:
        if text is None:
            return ()
        with self._session.store.reading() as look:
            incident = look.incident(self._incident)
        return incident.harm if incident else ()


def _said(prompt: str, check: Callable[[str], object]) -> str:
    """The answer, empty where there is none; asked again where `check` refuses it."""

    def taken(answer: str) -> str:
        try:
            if answer.strip():
                check(answer.strip())
        except Usage as error:
            raise not_so(f"{error.message} {error.hint}") from error
        return answer.strip()

    return str(click.prompt(prompt, default="", show_default=False, err=True, value_proc=taken))


def _refuse_dissent(answer: str) -> None:
    given = stating.dissent(answer)
    said_well(given["person"], "Who disagrees")
    said_well(given["view"], "The view")


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--reveal", metavar="WHY", help="Show masked words. That you looked, and why, is recorded.")
@pass_session
def decisions(session: Session, ref: str | None, reveal: str | None) -> None:
    """List the decisions of an incident: those made, and those that wait for a second person.

    \b
    Example:
      escalate decisions INC-7
    """
    from escalate.app import decisions as app
    from escalate.cli.views import decision as views
    from escalate.domain.decision.shown import DECISION

    listed(session, ref, reveal, DECISION, app.decisions, views.decisions)


def listed(
    session: Session, ref: str | None, reveal: str | None, kind: str,
    find: Callable[[Judgement], list[dict[str, Any]]],
    view: Callable[[list[dict[str, Any]], Callable[[str], str]], Any],
) -> None:  # fmt: skip
    """What stands of one kind, as far as this reader may see it."""
    from escalate.app.decisions import judged
    from escalate.cli.guided import status
    from escalate.cli.judged import hidden, naming
    from escalate.domain.decision.shown import public

    incident, judgement, _roster = judged(session.store, session.incident(ref))
    found = find(judgement)
    later = [each["seq"] for one in found for each in one.get("reopened", [])]
    hide = hidden(session, incident, [*(one["seq"] for one in found), *later], reveal)
    name_of = naming(session)
    data = status(session, [public(kind, one, incident, hide=hide(one["seq"]), masked=hide) for one in found])
    session.answer(data, lambda shown: view(shown, name_of))
