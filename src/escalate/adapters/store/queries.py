"""Reads the named queries of `sql/`. `-- name: x` begins one; comment lines under it are for the reader."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "sql"


def parse(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in text.split("-- name: ")[1:]:
        name, _, rest = block.partition("\n")
        found[name.strip()] = "\n".join(line for line in rest.splitlines() if not line.startswith("--")).strip()
    return found


def load() -> dict[str, str]:
    return {
        name: query
        for file in ("record.sql", "outbox.sql")
        for name, query in parse((FOLDER / file).read_text(encoding="utf-8")).items()
    }


def migrations() -> list[tuple[int, str]]:
    """(schema version, script) of every migration, oldest first."""
    files = sorted((FOLDER / "migrations").glob("*.sqlite.sql"))
    return [(int(file.name.split("_")[0]), file.read_text(encoding="utf-8")) for file in files]


LATEST = 1
"""The schema this escalate writes; a test holds it against the migrations."""
