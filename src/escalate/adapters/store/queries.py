"""Reads the named queries of `sql/`. `-- name: x` begins one; comment lines under it are for the reader."""

from __future__ import annotations

import os

FOLDER = os.path.join(os.path.dirname(__file__), "sql")


def parse(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in text.split("-- name: ")[1:]:
        name, _, rest = block.partition("\n")
        found[name.strip()] = "\n".join(line for line in rest.splitlines() if not line.startswith("--")).strip()
    return found


def load() -> dict[str, str]:
    return {
        name: query for file in ("record.sql", "outbox.sql", "known.sql") for name, query in parse(_text(file)).items()
    }


def migrations() -> list[tuple[int, str]]:
    """(schema version, script) of every migration, oldest first."""
    names = sorted(name for name in os.listdir(os.path.join(FOLDER, "migrations")) if name.endswith(".sqlite.sql"))
    return [(int(name.split("_")[0]), _text(os.path.join("migrations", name))) for name in names]


def _text(name: str) -> str:
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


LATEST = 3
"""The schema this escalate writes; a test holds it against the migrations."""
