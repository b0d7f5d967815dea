"""Rows as SQLite gives them: by name and by place, and taken for a dict where one is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Row:
    __slots__ = ("_places", "_values")

    def __init__(self, places: dict[str, int], values: Sequence[Any]) -> None:
        self._places, self._values = places, values

    def __getitem__(self, key: Any) -> Any:
        return self._values[self._places[key]] if isinstance(key, str) else self._values[key]

    def keys(self) -> Iterator[str]:
        return iter(self._places)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and (self._places, self._values) == (other._places, other._values)

    __hash__ = None  # type: ignore[assignment]


def rows(cursor: Any) -> Callable[[Sequence[Any]], Row]:
    """What psycopg makes rows with."""
    places = {column.name: place for place, column in enumerate(cursor.description or ())}
    return lambda values: Row(places, values)
