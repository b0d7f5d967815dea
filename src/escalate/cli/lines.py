"""Sentences on a terminal: broken at blanks, never inside a word, and never inside a command that somebody copies."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NARROWEST = 20
"""Columns below which a terminal breaks the lines itself."""

USUAL = 80
"""Columns of a terminal that does not say how many it has."""

DEEPEST = 8
"""Blanks at the beginning of a line that its other lines get as well, at most."""

APART = 3
"""As many blanks inside a line set apart what follows them."""

FURTHER = "  "

BEFORE = "Error: "

COMMAND = r"""(?:(?<=^)|(?<=[ (]))escalate(?:\ (?:"[^"]*"|'[^']*'|[^\s,;()"']*[^\s,;()"'.:?!…]))+(?:\ …)?"""
"""What can be copied and run: it goes on until the sentence does."""


def echo(text: str, *, err: bool = False) -> None:
    """Write `text`, which is safe to show already; on a terminal as lines that fit."""
    click.echo(fit(text, err=err), err=err)


def fit(text: str, *, err: bool = True) -> str:
    """`text` as it is written there; for a question that click asks."""
    columns = room(sys.stderr if err else sys.stdout)
    return "\n".join(piece for line in text.split("\n") for piece in fitted(line, columns)) if columns else text


def one_of(question: str, choices: Sequence[str]) -> str:
    """The one that a person types, in capitals or not; asked again for anything else."""

    def chosen(answer: str) -> str:
        found = next((one for one in choices if one.casefold() == answer.strip().casefold()), None)
        if found is None:
            raise not_so(f"That is none of them. One of: {', '.join(choices)}.")
        return found

    return str(click.prompt(fit(f"{question} ({', '.join(choices)})"), value_proc=chosen, err=True))


def not_so(why: str) -> click.UsageError:
    """For an answer that cannot be taken; click writes a word before it."""
    return click.UsageError(fit(f"{BEFORE}{why}").removeprefix(BEFORE))


def room(stream: TextIO | None) -> int:
    """How many columns the terminal behind `stream` has; 0 where there is none, so that nothing needs to fit."""
    try:
        if stream is None or not stream.isatty():
            return 0
        said = os.environ.get("COLUMNS", "")
        columns = int(said) if said.isascii() and said.isdigit() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = USUAL
    columns = columns or USUAL
    return columns if columns >= NARROWEST else 0


def fitted(line: str, columns: int) -> list[str]:
    """`line` as lines of at most `columns`, further ones indented as the first one is. What stands apart in it goes on a line
    of its own. A word that is longer than a line, as a path is, does so in one piece: the terminal breaks it, and it can
    still be copied.
    """
    if width(line) <= columns:
        return [line]
    under = indent = line[: min(len(line) - len(line.lstrip(" ")), DEEPEST)]
    lines: list[str] = []
    now = ""
    for blanks, piece in _pieces(line, columns):
        longer = now + blanks + piece
        if now and (width(longer) > columns or len(blanks) >= APART):
            lines.append(now)
            under = indent + FURTHER if len(blanks) >= APART else under
            longer = under + piece
        now = longer
    return [*lines, now]


def _pieces(line: str, columns: int) -> Iterator[tuple[str, str]]:
    """Words, and commands that fit on a line, each with the blanks before it."""
    import re

    for found in re.finditer(rf"(?P<blanks>\ *)(?P<piece>[^\ ]*?(?:{COMMAND})[^\ ]*|[^\ ]+)", line, re.VERBOSE):
        if width(found["piece"]) <= columns:
            yield found["blanks"], found["piece"]
        else:
            yield from re.findall(r"( *)([^ ]+)", found[0])


def width(text: str) -> int:
    """How many columns a terminal takes for `text`."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(one) in {"Mn", "Me"} else 2 if east_asian_width(one) in "WF" else 1 for one in text)
