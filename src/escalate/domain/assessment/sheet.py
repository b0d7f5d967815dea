"""Reads a table that somebody wrote, and gathers every mistake in it before anything is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def near(word: str, known: Iterable[str], *, all_of_them: str = "") -> str:
    """What to do about an unknown word: the closest known one, else all of them."""
    from difflib import get_close_matches

    known = list(known)
    close = get_close_matches(word.lower(), known, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"{all_of_them or 'Known'}: {', '.join(known)}." if known else ""


class Sheet:
    """A TOML table at `where`. What cannot be taken goes on the shared list of mistakes, with its key."""

    def __init__(self, data: dict[str, Any], where: str, mistakes: list[str]) -> None:
        self.data = data
        self.where = where
        self.mistakes = mistakes

    def wrong(self, key: str, what: str, do: str = "") -> None:
        place = ".".join(part for part in (self.where, key) if part)
        self.mistakes.append(f"{place}: {what}{f' {do}' if do else ''}")

    def only(self, known: Iterable[str]) -> None:
        """Point out the keys that nobody reads: a misspelt one would otherwise be passed over in silence."""
        known = list(known)
        for key in self.data:
            if key not in known:
                self.wrong(key, "nothing reads this key.", near(key, known, all_of_them="Keys here"))

    def text(self, key: str, *, needed: bool = False) -> str:
        value = self.data.get(key, "")
        if not isinstance(value, str):
            self.wrong(key, "this must be text.")
            return ""
        if needed and not value.strip():
            self.wrong(key, "this is missing.")
        return value.strip()

    def flag(self, key: str) -> bool:
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, "this must be true or false.")
            return False
        return value

    def whole(self, key: str, *, needed: bool = False) -> int | None:
        value = self.data.get(key)
        if value is None and not needed:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(key, "this must be a whole number." if key in self.data else "this is missing.")
            return None
        return value

    def words(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
            self.wrong(key, "this must be a list of words.")
            return ()
        return tuple(value)

    def below(self, key: str) -> dict[str, Sheet]:
        """The tables in the table at `key`, by name."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, "this must be a table.")
            return {}
        found = {}
        for name, data in value.items():
            if isinstance(data, dict):
                found[name] = Sheet(data, f"{self.where}.{key}.{name}".lstrip("."), self.mistakes)
            else:
                self.wrong(f"{key}.{name}", "this must be a table.")
        return found
