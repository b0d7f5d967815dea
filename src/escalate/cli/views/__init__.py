"""How answers look. A view is a function from a value to blocks; one place draws them, on a terminal or in a pipe."""

from __future__ import annotations

from escalate.domain.value import Value

Cell = str | tuple[str, str]
"""Text, or text with a style of rich's (`bold red`), which a pipe leaves out."""


class Table(Value):
    """Columns and rows. `wide` names the column that takes what room is left, by its number from 0."""

    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    wide: int = -1


class Line(Value):
    """One line of several cells, each with a style of its own, as wide as whoever made it says."""

    cells: tuple[Cell, ...]


Block = Cell | Table | Line
View = list[Block]
