"""Answers that name something kept elsewhere: a clause of policy, a legal clock, a second level of harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.pointers import Unfit, spoken
from escalate.domain.assessment.sheet import near
from escalate.errors import EscalateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from escalate.domain.assessment.around import Around
    from escalate.domain.assessment.shape import Field
    from escalate.domain.assessment.template import Template
    from escalate.domain.guidance.book import Guidance
    from escalate.domain.guidance.clause import Clause


def clause(value: Any, around: Around) -> str:
    """With its version written out. Where no guidance was ever applied it is kept as typed."""
    return _clause(value, _guidance(around), around.now)


def _clause(value: Any, guidance: Guidance | None, now: datetime) -> str:
    from escalate.domain.guidance.book import versioned

    said = spoken(value)
    try:
        if guidance is None:
            return versioned(said, "clause", "har-3.2@4") or ""
        return guidance.named(said, now).name
    except EscalateError as error:
        raise Unfit(_lower(error.message), error.hint) from error


def clock(value: Any, around: Around) -> str:
    said = spoken(value).lower()
    if around.known is None:
        return said
    known = around.known.clocks()
    id_ = said if said in known else said.replace("_", "-")
    if id_ not in known:
        longer = [one for one in known if one.startswith(f"{id_}-")]
        close = f"Did you mean {' or '.join(longer[:4])}?" if longer else near(id_, known)
        do = close if close.startswith("Did") else ""
        raise Unfit(f"there is no clock {said!r}.", f"{do} See what there is: escalate clock library".strip())
    return id_


def harm(slug: str, around: Around) -> str:
    """A harm with its second level; the first is one of the choices."""
    if around.known is None:
        return slug
    try:
        return around.known.harm(slug)
    except EscalateError as error:
        raise Unfit(_lower(error.message), error.hint) from error


# ── a clause judged element by element ──────────────────────────────────────────────────────────────────────────────


def judged(template: Template, given: Mapping[str, Any], after: Mapping[str, Any], around: Around) -> dict[str, Any]:
    """Of the answers in `given` the rows about elements, each element by its own name and in the clause's order. The
    value is Unfit where a row is about no element of the clause.
    """
    found: dict[str, Any] = {}
    for field in template.fields:
        by = clause_of(field, after, _guidance(around)) if given.get(field.name) else None
        if by is None:
            continue
        from escalate.domain.guidance import elements

        try:
            found[field.name] = elements.known(by, given[field.name], field.columns[0].name)
        except EscalateError as error:
            found[field.name] = Unfit(_lower(error.message), error.hint)
    return found


def unguided(
    fields: Sequence[Field], answers: Mapping[str, Any], look_up: Callable[[], Guidance], now: datetime
) -> list[tuple[str, Unfit]]:
    """What of the clauses stands in the way of being final: one that there is not or that is not in force, an element that
    nobody has judged. `fields` are those that are asked. Guidance is looked up where a clause is named.
    """
    found: list[tuple[str, Unfit]] = []
    if not any(_named(field, answers.get(field.name)) for field in fields):
        return found
    guidance = look_up()
    if not guidance.clauses:
        return found
    for field in fields:
        answer = answers.get(field.name)
        for name in _named(field, answer):
            try:
                _clause(name, guidance, now)
            except Unfit as unfit:
                found.append((field.name, unfit))
        by = clause_of(field, answers, guidance)
        if by is None:
            continue
        from escalate.domain.guidance import elements

        rows, key = answer or [], field.columns[0].name
        try:
            elements.known(by, rows, key)
        except EscalateError as error:
            found.append((field.name, Unfit(_lower(error.message), f"{error.hint} Give the rows anew.")))
        if absent := [one.id for one in elements.unjudged(by, rows, key)]:
            what = f"nothing is said of these elements of {by.name}: {', '.join(absent)}."
            do = f"{_row(field, absent)} What each says: escalate clause show {by.name}"
            found.append((field.name, Unjudged(what, do)))
    return found


class Unjudged(Unfit):
    """Elements of a clause of which nothing is said: by words of the clause, none of anybody's own."""


def _row(field: Field, absent: Sequence[str]) -> str:
    first, *others = field.columns
    needed = "".join(f";{column.name}=…" for column in others if column.needed)
    return f"As --set {field.name}+='{first.name}={absent[0]}{needed}'."


def clause_of(field: Field, answers: Mapping[str, Any], guidance: Guidance | None) -> Clause | None:
    """The clause whose elements a field asks for, as far as it is answered and known."""
    name = answers.get(field.elements_of) if field.elements_of else None
    return guidance.find(name) if guidance and isinstance(name, str) else None


def _named(field: Field, answer: Any) -> list[str]:
    """The clauses in an answer."""
    if answer is None:
        return []
    if "clause" in {field.type, field.of}:
        return answer if isinstance(answer, list) else [answer]
    columns = [column.name for column in field.columns if column.type == "clause"]
    rows = answer if columns and isinstance(answer, list) else []
    return [row[name] for row in rows if isinstance(row, dict) for name in columns if row.get(name)]


def _guidance(around: Around) -> Guidance | None:
    """None where no guidance was ever applied: then nothing is checked."""
    found = around.guidance() if around.guidance else None
    return found if found and found.clauses else None


def _lower(sentence: str) -> str:
    """As what follows a field's name."""
    return sentence[:1].lower() + sentence[1:] if sentence[:3] in {"The", "No "} else sentence
