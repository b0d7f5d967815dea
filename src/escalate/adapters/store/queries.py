"""Reads the named queries of `sql/`. `-- name: x` begins one; comment lines under it are for the reader."""

from __future__ import annotations

import os
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = os.path.join(os.path.dirname(__file__), "sql")

FILES = ("record", "outbox", "known")

PLAIN = ("next_chain", "numbers", "numbers_and_heads", "number_of")
"""Queries that leave out what is restricted on a server, even for the owner."""


def parse(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in text.split("-- name: ")[1:]:
        name, _, rest = block.partition("\n")
        found[name.strip()] = "\n".join(line for line in rest.splitlines() if not line.startswith("--")).strip()
    return found


@cache
def load() -> Mapping[str, str]:
    return MappingProxyType({name: query for file in FILES for name, query in parse(_text(f"{file}.sql")).items()})


@cache
def load_postgres() -> Mapping[str, str]:
    """The same queries as psycopg takes them, but for those that must differ, which stand in `*.postgres.sql`."""
    own = sorted(name for name in os.listdir(FOLDER) if name.endswith(".postgres.sql"))
    differing = {name: query for file in own for name, query in parse(_text(file)).items()}
    return MappingProxyType({name: for_psycopg(query) for name, query in {**load(), **differing}.items()})


@cache
def load_for_owner() -> Mapping[str, str]:
    """The same, but that nothing restricted is left out: the owner has to see a record whole to copy and to verify it."""
    plain = {name: for_psycopg(load()[name]) for name in PLAIN}
    return MappingProxyType({**load_postgres(), **plain})


def for_psycopg(query: str) -> str:
    """`:name` as `%(name)s`, and every other `%` doubled. Casts and what stands in quotes stay as they are."""
    import re

    def written(found: re.Match[str]) -> str:
        quoted, name = found.group("quoted"), found.group("name")
        return f"%({name})s" if name else quoted.replace("%", "%%") if quoted else "%%"

    return re.sub(r"(?P<quoted>'(?:[^']|'')*')|(?<!:):(?P<name>[a-z_]+)\b|%", written, query)


def migrations(kind: str = "sqlite") -> list[tuple[int, str]]:
    """(schema version, script) of every migration for that kind of database, oldest first; a version may take several."""
    names = sorted(name for name in os.listdir(os.path.join(FOLDER, "migrations")) if name.endswith(f".{kind}.sql"))
    return [(int(name.split("_")[0]), _text(os.path.join("migrations", name))) for name in names]


def _text(name: str) -> str:
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


LATEST = 4
"""The schema this escalate writes; a test holds it against the migrations."""
