"""The team's own list of authorities: authorities.toml in the home folder. None comes with escalate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.authorities.reading import parse
from escalate.domain.incident.harm import BELOW
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from escalate.domain.authorities.authority import Authorities

FILE = "authorities.toml"


class AuthorityFile:
    """`text_at` reads a file that people write; `below` are the second levels of harm that may be named."""

    def __init__(
        self, home: Path, text_at: Callable[[str], str], today: date, below: Callable[[], Mapping[str, tuple[str, ...]]]
    ) -> None:
        self.path = home / FILE
        self._text_at = text_at
        self._today = today
        self._below = below

    def is_there(self) -> bool:
        return self.path.exists() or self.path.is_symlink()

    def all(self) -> Authorities:
        """By name, in the order of the file; none where there is no file. Raises Misconfigured naming every mistake."""
        return self.at(self.path) if self.is_there() else {}

    def at(self, path: Path) -> Authorities:
        """Those in a file anywhere."""
        import tomllib

        text = self._text_at(str(path))
        try:
            data = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise Misconfigured(f"{path} is not TOML: {error}.", hint="Mend that line and try again.") from error
        return parse(str(path), data, self._today, self._second_levels())

    def _second_levels(self) -> Mapping[str, tuple[str, ...]]:
        """A taxonomy that cannot be used keeps nobody from the number they need now."""
        try:
            return self._below()
        except Misconfigured:
            return BELOW
