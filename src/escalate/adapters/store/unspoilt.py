"""Reading rows of which nothing is taken for granted, not even that text is text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.adapters.store.writing import Look

if TYPE_CHECKING:
    from collections.abc import Callable


class Unspoilt(Look):
    """For verifying: bytes that are no text come as U+FFFD, and so no longer fit their digest, where every other look
    stops at them.
    """

    def run(self, query: str, **values: Any) -> list[Any]:
        return self._read(super().run, query, values)

    def tuples(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        return self._read(super().tuples, query, values)

    def first(self, query: str, **values: Any) -> Any:
        return next(iter(self.run(query, **values)), None)

    def _read(self, ask: Callable[..., list[Any]], query: str, values: dict[str, Any]) -> list[Any]:
        from sqlite3 import OperationalError

        try:
            return ask(query, **values)
        except OperationalError as error:
            if "decode" not in str(error):
                raise
        self._connection.text_factory = _legible
        try:
            return ask(query, **values)
        finally:
            self._connection.text_factory = str


def _legible(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
