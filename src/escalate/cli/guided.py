"""Guidance at the command line: what is named is looked up, elements are asked for, what was not checked is said."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import click

from escalate.app import guidance as app
from escalate.cli.lines import echo, fit
from escalate.domain.text.visible import one_line, visible
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from escalate.cli.session import Session
    from escalate.domain.assessment.around import Known
    from escalate.domain.assessment.shape import Field
    from escalate.domain.assessment.template import Template
    from escalate.domain.guidance.book import Guidance
    from escalate.domain.guidance.clause import Clause
    from escalate.domain.incident.state import Incident
    from escalate.domain.subjects.keys import Ring

APPLY = "escalate guidance apply FILE"


def known(session: Session) -> Known:
    """The taxonomy, the clock library and the keys of subjects, looked for when an answer names something of them."""
    from escalate.domain.assessment.around import Known

    wiring = session.wiring
    taxonomy = cache(wiring.taxonomies.in_force)
    ids = cache(lambda: tuple(clock.id for clock in wiring.clock_library.all()))

    def keys() -> Ring:
        from escalate.app.subjects import ring_for

        return ring_for(session.store, wiring.subject_keys)

    return Known(harm=lambda text: taxonomy().harm(text), clocks=ids, keys=cache(keys))


def found(session: Session, text: str | None) -> tuple[Clause | None, Guidance | None]:
    """The clause that is meant, and all there are: before anything is asked. None and None where none is named."""
    if text is None:
        return None, None
    guidance = app.in_record(session.store)
    return (guidance.named(text, session.now()) if guidance.clauses else None), guidance


def elements(
    session: Session, clause: Clause | None, given: list[dict[str, str]], incident: Incident
) -> list[dict[str, str]]:
    """What was said of the clause's elements, and, on a terminal, what is asked about the others."""
    if clause is None:
        return given
    from escalate.domain.guidance.elements import known as rows
    from escalate.domain.guidance.elements import unjudged

    said = rows(clause, given)
    absent = unjudged(clause, said) if session.interactive else []
    if absent:
        echo(f"{clause.name}, {visible(clause.title)}. Each element: met, not or unclear.", err=True)
    for element in absent:
        echo(f"  {element.id}: {one_line(element.text)}", err=True)
        said.append({"element": element.id, "met": _verdict(element.id), "evidence": _evidence(incident)})
    return said


def _verdict(name: str) -> str:
    from escalate.domain.decision.rules import MET

    while True:
        asked = fit(f"{name} ({', '.join(MET)})")
        word = str(click.prompt(asked, default="", show_default=False, err=True)).strip().lower()
        word = "not" if word == "not met" else word
        if word in MET:
            return word


def _evidence(incident: Incident) -> str:
    from escalate.domain.decision.rules import refuse_absent

    prompt = "  what shows it, as #14 (Enter: nothing)"
    while True:
        said = str(click.prompt(prompt, default="", show_default=False, err=True)).strip()
        try:
            refuse_absent(said, incident)
        except Usage as error:
            echo(f"  {error.message} {error.hint}", err=True)
        else:
            return said


def remind(
    session: Session, guidance: Guidance | None, made: Mapping[str, Any], elements: Iterable[Mapping[str, str]] = ()
) -> None:
    """Say what a reader should know of the clause that something was decided by."""
    from escalate.domain.guidance.clause import moment

    name = made.get("clause")
    if guidance is None or not name:
        return
    if not guidance.clauses:
        session.say(f"Note: {name} is kept as typed; no guidance was applied here to check it against: {APPLY}")
        return
    if newer := guidance.newer(name, session.now()):
        session.say(f"Note: {newer.name} is in force since {moment(newer.effective_from)}; this goes by {name}.")
    bare = [one["element"] for one in elements if one.get("met") != "unclear" and not one.get("evidence")]
    if bare:
        session.say(f"Note: no evidence is named for: {', '.join(bare)}. As --element {bare[0]}=met:#14")


def status(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Decisions and actions, each with what became of its clause; what names no clauses is left as it is."""
    found = app.standing(session.store, (row.get("clause") for row in rows), session.now())
    return [{**row, "clause_status": found.get(row["clause"] or "")} if "clause" in row else row for row in rows]


def unchecked(session: Session, template: Template, given: Iterable[str]) -> None:
    """Say which answers name a clause that nobody could look up."""
    named = {field.name for field in template.fields if _names_clauses(field)} & set(given)
    if named and not app.in_record(session.store).clauses:
        session.say(
            f"Note: clauses in {', '.join(sorted(named))} are kept as typed; no guidance was applied here to check them "
            f"against: {APPLY}"
        )


def _names_clauses(field: Field) -> bool:
    return "clause" in {field.type, field.of, *(column.type for column in field.columns)}
