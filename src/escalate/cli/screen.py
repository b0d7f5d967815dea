"""Draws blocks: tables and colour on a terminal, plain text that `grep` and `cut` like in a pipe."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from escalate.cli.lines import fitted
from escalate.cli.views import Block, Cell, Line, Table
from escalate.domain.text.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.padding import Padding
    from rich.table import Table as Drawn
    from rich.text import Text

    from escalate.cli.views import View

READABLE = 16
"""Columns that a long text needs at least; where fewer are left, it goes on a line of its own."""

BETWEEN = 3
"""Blanks between the columns of a table that rich draws."""

GAP = "  "


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
    if isinstance(block, Line):
        return ["".join(inert(_text(cell)) for cell in block.cells).rstrip()]
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
        if isinstance(block, Line):
            console.print(Text("", overflow="fold").join(text(cell) for cell in block.cells), soft_wrap=False)
        elif not isinstance(block, Table):
            words = text(block)
            for line in fitted(words.plain, console.width):
                console.print(Text(line, style=words.style, overflow="fold"), soft_wrap=False)
        elif block.rows:
            rows = [[text(cell) for cell in row] for row in block.rows]
            if _fits(block, rows, console.width):
                console.print(_table(block, rows))
            else:
                for piece in _stacked(block, rows, console.width):
                    console.print(piece)


def _fits(block: Table, rows: list[list[Text]], room: int) -> bool:
    """Whether the short columns can stand whole, with enough left to read the wide one by."""
    lengths = [max(len(name), *(row[n].cell_len for row in rows)) for n, name in enumerate(block.columns)]
    wide = block.wide % len(block.columns)
    lengths[wide] = min(lengths[wide], READABLE)
    return sum(lengths) + BETWEEN * (len(lengths) - 1) <= room


def _stacked(block: Table, rows: list[list[Text]], room: int) -> Iterator[Text | Padding]:
    """For a narrow terminal: the short cells of a row on one line, or on more where they do not fit; what does not begin a
    row is indented.
    """
    from rich.padding import Padding
    from rich.text import Text

    wide = block.wide % len(block.columns)
    for row in rows:
        line = Text()
        for cell in (cell for n, cell in enumerate(row) if cell and n != wide):
            if line and line.cell_len + len(GAP) + cell.cell_len > room:
                yield line
                line = Text(GAP)
            elif line:
                line.append(GAP)
            line.append_text(cell)
        yield line
        if row[wide]:
            yield Padding(row[wide], (0, 0, 0, len(GAP)))


def _table(block: Table, rows: list[list[Text]]) -> Drawn:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Drawn

    drawn = Drawn(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    wide = block.wide % len(block.columns)
    for number, name in enumerate(block.columns):
        drawn.add_column(name, no_wrap=number != wide, overflow="fold", ratio=1 if number == wide else None)
    for row in rows:
        drawn.add_row(*row)
    return drawn
