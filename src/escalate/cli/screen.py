"""Draws blocks: tables and colour on a terminal, plain text that `grep` and `cut` like in a pipe."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from escalate.cli.views import Block, Cell, Table
from escalate.domain.text.visible import visible

if TYPE_CHECKING:
    from escalate.cli.views import View


def inert(text: str) -> str:
    """`text` made visible, and with `<` before a tag, link or mention shown as `‹`: what people copy from here into a
    chat or a document must not come alive there. The stored text, and `--json`, stay as they were.
    """
    shown = visible(text)
    if "<" not in shown:
        return shown
    import re

    return re.sub(r"<(?=[A-Za-z/!@#?])", "‹", shown)


def show(view: View) -> None:
    if sys.stdout.isatty():
        _rich(view)
    else:
        for block in view:
            for line in plain(block):
                click.echo(line)


def plain(block: Block) -> list[str]:
    """Lines without colour. Columns are padded, the last one is not; nothing is cut."""
    if not isinstance(block, Table):
        return [inert(_text(block))]
    rows = [[inert(_text(cell)) for cell in row] for row in block.rows]
    if not rows:
        return []
    lines = [[name.upper() for name in block.columns], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(block.columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _rich(view: View) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, no_color=True if os.environ.get("NO_COLOR") else None, emoji=False, markup=False)

    def text(cell: Cell) -> Text:
        words, style = (cell, "") if isinstance(cell, str) else cell
        return Text(inert(words), style=style, overflow="fold")

    for block in view:
        if not isinstance(block, Table):
            console.print(text(block), soft_wrap=False)
        elif block.rows:
            console.print(_table(block, text))


def _table(block: Table, text: object) -> object:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Drawn

    drawn = Drawn(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    wide = block.wide % len(block.columns)
    for number, name in enumerate(block.columns):
        drawn.add_column(name, no_wrap=number != wide, overflow="fold", ratio=1 if number == wide else None)
    for row in block.rows:
        drawn.add_row(*(text(cell) for cell in row))  # type: ignore[operator]
    return drawn
