"""Reads files of clauses. All mistakes in all of them are named at once; one of them stops the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.guidance.reading import parse
from escalate.domain.text.visible import visible
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from escalate.domain.guidance.clause import Clause

SHOWN_MISTAKES = 100


def read(paths: Sequence[Path], text_at: Callable[[str], str]) -> list[tuple[Clause, str]]:
    """Each clause with the name of the file it stands in. Raises NotFound for a file that is not
    there, and Misconfigured with every mistake.
    """
    found: list[tuple[Clause, str]] = []
    mistakes: list[str] = []
    places: dict[str, str] = {}
    for path in paths:
        clauses, wrong = _one(path, text_at)
        file = visible(path.name)
        for clause in clauses:
            if clause.name in places:
                also = "" if places[clause.name] == file else f" It is in {places[clause.name]} too."
                wrong.append(f"{clause.name}: this is there twice.{also}")
            places.setdefault(clause.name, file)
            found.append((clause, file))
        mistakes += [f"{file}: {mistake}" for mistake in wrong]
    if mistakes:
        raise _refusal(paths, mistakes)
    return found


def _one(path: Path, text_at: Callable[[str], str]) -> tuple[list[Clause], list[str]]:
    import tomllib

    try:
        text = text_at(str(path))
    except Misconfigured as error:
        return [], [f"{error.message} {error.hint}".strip()]
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return [], [f"this is not TOML: {error}."]
    return parse(data)


def _refusal(paths: Sequence[Path], mistakes: list[str]) -> Misconfigured:
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    lines = [f"  {visible(mistake)}" for mistake in mistakes[:SHOWN_MISTAKES]]
    if len(mistakes) > SHOWN_MISTAKES:
        lines.append(f"  and {len(mistakes) - SHOWN_MISTAKES} more.")
    names = " ".join(visible(str(path)) for path in paths)
    return Misconfigured(
        "\n".join((f"Nothing was applied: {count}.", *lines)),
        hint=f"Mend that, then look again: escalate guidance apply --check {names}",
    )
