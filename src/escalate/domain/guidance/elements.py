"""A clause judged element by element: one row for each, none twice, and none that the clause does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escalate.domain.guidance.clause import Clause, Element


def rows(clause: Clause, given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows in the clause's order, each element by its own name. Raises NotFound, Usage or Refused."""
    found = known(clause, given)
    if absent := unjudged(clause, found):
        names = [one.id for one in absent]
        raise Refused(
            f"{clause.name} is judged element by element; nothing is said of: {', '.join(names)}.",
            hint=f"As --element {names[0]}=met:#14, not or unclear. What each says: escalate clause show {clause.name}",
        )
    return found


def known(clause: Clause, given: Sequence[dict[str, Any]], key: str = "element") -> list[dict[str, Any]]:
    """The same of what is not complete yet."""
    found: dict[str, dict[str, Any]] = {}
    for row in given:
        element = clause.element(str(row.get(key, "")))
        if element is None:
            raise NotFound(f"{clause.name} has no element {str(row.get(key, ''))!r}.", hint=near(clause, row.get(key)))
        if element.id in found:
            raise Usage(f"The element {element.id} is there twice.", hint="Say once whether it is met.")
        found[element.id] = {**row, key: element.id}
    return [found[one.id] for one in clause.elements if one.id in found]


def unjudged(clause: Clause, given: Sequence[dict[str, Any]], key: str = "element") -> list[Element]:
    """The elements of which no row says anything, in the clause's order."""
    said = {element.id for row in given if (element := clause.element(str(row.get(key, "")))) is not None}
    return [one for one in clause.elements if one.id not in said]


def near(clause: Clause, name: Any) -> str:
    from difflib import get_close_matches

    names = [one.id for one in clause.elements]
    close = get_close_matches(str(name).strip().casefold(), names, n=1)
    return f"{f'Did you mean {close[0]}? ' if close else ''}Its elements: {', '.join(names)}."
