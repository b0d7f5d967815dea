"""The clock library on disk: what comes with escalate, and the team's own rows, which replace those of the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

    from escalate.domain.clocks.library import LegalClock

LARGEST = 1024 * 1024
"""Bytes of a file that people write by hand."""


class ClockFiles:
    """Each root holds `templates/clocks/*.toml`; a missing folder is empty. Later roots count first."""

    def __init__(self, bundled: Path, own: Path) -> None:
        self._roots = ((bundled, "bundled"), (own, "own"))

    def all(self) -> list[LegalClock]:
        """In the order of the files. Raises Misconfigured that names every mistake of a file."""
        from escalate.domain.clocks.library import parse

        found: dict[str, LegalClock] = {}
        for root, origin in self._roots:
            for path in _files(root / "templates" / "clocks"):
                found |= {clock.id: clock for clock in parse(_toml(path), str(path), origin)}
        return list(found.values())


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.glob("*.toml") if path.is_file())
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be read: {error.strerror}.", hint="May you read it?") from error


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.", hint="May you read it?") from error
    if len(data) > LARGEST:
        raise Misconfigured(f"{path} is larger than 1 MiB.", hint="A file that people write is a few pages long.")
    try:
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{path} is not UTF-8: byte {error.start} cannot be read.", hint="Save it so.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Misconfigured(f"{path} is not TOML: {error}.", hint="Mend that line and try again.") from error
