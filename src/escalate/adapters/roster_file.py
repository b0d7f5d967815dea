"""Reads roster files. All mistakes in all of them are named at once; one of them stops the whole."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from escalate.adapters.roster_sense import (
    NOT_YET,
    NOT_YET_HINT,
    SECTIONS,
    Draft,
    Problem,
    Sense,
    doubts,
    near,
)
from escalate.domain.text.visible import visible
from escalate.domain.value import Value
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LONGEST = 1 << 20
"""Bytes of a roster file."""

PARTS = ("channels", "people", "teams", "policies")

LEAK = r"xox[a-z]-[\w-]{6}|xapp-[\w-]{6}|hooks\.slack\.com/services/\w|ATATT3\w|-----BEGIN [A-Z ]*PRIVATE KEY"
"""Anywhere in a file, a comment included: the file's text is kept in the record."""


class Checked(Value):
    """`roster` is what `Roster.from_plain` takes; `source` the text of the files, as it is kept beside it."""

    roster: dict[str, Any]
    warnings: list[Problem]
    source: str


def read(paths: Sequence[Path]) -> Checked:
    """The roster that the files make up together.

    Raises Misconfigured with every mistake, each on a line `file:key: what is wrong. hint`.
    """
    problems: list[Problem] = []
    raw: list[tuple[str, dict[str, Any]]] = []
    sources: list[str] = []
    for path in paths:
        text, mistakes = _text(path)
        problems += mistakes
        if mistakes:
            continue
        data, mistakes = _parsed(path, text)
        problems += mistakes
        raw.append((visible(path.name), data))
        sources.append(f"# {visible(path.name)}\n{text}" if len(paths) > 1 else text)
    draft, mistakes = _merged(raw)
    problems += mistakes
    problems += Sense(draft).resolve()
    if not problems and not draft.roster["people"]:
        problems.append(
            Problem(
                file=visible(paths[-1].name),
                key="people",
                message="the roster names nobody",
                hint='Add a person: [people.NAME] with name = "…" and zone = "…"',
            )
        )
    if problems:
        raise _refusal(paths, problems)
    return Checked(roster=draft.roster, warnings=doubts(draft), source="\n".join(sources))


def _refusal(paths: Sequence[Path], problems: list[Problem]) -> Misconfigured:
    count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    lines = "\n".join(f"  {visible(str(problem))}" for problem in problems)
    names = " ".join(visible(str(path)) for path in paths)
    return Misconfigured(
        f"Nothing was applied: {count}.\n{lines}",
        hint=f"Mend them, then look again: escalate apply --check {names}",
    )


def _text(path: Path) -> tuple[str, list[Problem]]:
    def wrong(message: str, hint: str) -> tuple[str, list[Problem]]:
        return "", [Problem(file=visible(path.name), key="file", message=message, hint=hint)]

    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST + 1)
    except OSError as error:
        return wrong(f"cannot be read: {error.strerror}", f"Looked for it at {path.absolute()}")
    if len(raw) > LONGEST:
        return wrong("is larger than 1 MiB", "Give several files: escalate apply people.toml policies.toml")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw[:64]:
        return wrong("is UTF-16 text", "Save it again as UTF-8; Windows editors call UTF-16 'Unicode'")
    if raw.startswith(b"\xef\xbb\xbf"):
        return wrong("begins with a byte order mark", "Save it again as 'UTF-8', not 'UTF-8 with BOM'")
    try:
        return raw.decode(), []
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return wrong(f"line {line} is not UTF-8 text", "Save it again as UTF-8")


def _parsed(path: Path, text: str) -> tuple[dict[str, Any], list[Problem]]:
    import re

    name = visible(path.name)
    hint = "Keep it with escalate login NAME, write secret:NAME here, and change it where it came from"
    leaks = [
        Problem(file=name, key=f"line {number}", message="holds what looks like a secret", hint=hint)
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(LEAK, line)
    ]
    try:
        return tomllib.loads(text), leaks
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).partition(" (at ")
        more = "A key or table may stand only once" if "overwrite" in message or "twice" in message else ""
        key = where.rstrip(")") or "file"
        return {}, [*leaks, Problem(file=name, key=key, message=message[:1].lower() + message[1:], hint=more)]
    except RecursionError:
        return {}, [*leaks, Problem(file=name, key="file", message="is nested too deeply")]


def _merged(raw: list[tuple[str, dict[str, Any]]]) -> tuple[Draft, list[Problem]]:
    """All files' well-formed parts in one, and what is not well formed or stands in two of them."""
    from escalate.adapters.roster_shape import part, route

    problems: list[Problem] = []
    roster: dict[str, Any] = {**{name: {} for name in PARTS}, "routes": []}
    known: dict[str, dict[str, Any]] = {name: {} for name in PARTS}
    places: dict[str, tuple[str, str]] = {}
    for file, data in raw:
        problems += _strangers(file, data)
        for section in PARTS:
            for name, fields in _table(file, section, data, problems).items():
                key = f"{section}.{name}"
                if key in places:
                    other = places[key][0]
                    hint = f"It is in {other} too; keep it in one file"
                    problems.append(Problem(file=file, key=key, message="stands twice", hint=hint))
                    continue
                places[key] = (file, key)
                known[section][name] = fields
                value, mistakes = part(section, name, fields)
                problems += [Problem(file=file, **mistake) for mistake in mistakes]
                if value is not None:
                    roster[section][name] = value
        for number, fields in enumerate(_routes(file, data, problems)):
            value, mistakes = route(number, fields)
            problems += [Problem(file=file, **mistake) for mistake in mistakes]
            if value is not None:
                places[f"routes[{len(roster['routes'])}]"] = (file, f"routes[{number}]")
                roster["routes"].append(value)
    return Draft(roster=roster, known=known, places=places), problems


def _strangers(file: str, data: dict[str, Any]) -> list[Problem]:
    found = []
    for key, value in data.items():
        if key in {"rotations", "schedules"}:
            names = list(value) if isinstance(value, dict) and value else [""]
            inner = [f"{key}.{name}".rstrip(".") for name in names]
            found += [Problem(file=file, key=each, message=NOT_YET, hint=NOT_YET_HINT) for each in inner]
        elif key not in {*PARTS, "routes"}:
            hint = near(key, [*PARTS, "routes"])
            found.append(Problem(file=file, key=key, message="there is no such table", hint=hint))
    return found


def _table(file: str, section: str, data: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    table = data.get(section, {})
    if isinstance(table, dict):
        return table
    singular = next((kind for kind, plural in SECTIONS.items() if plural == section), "channel")
    hint = f"Write one table for each {singular}: [{section}.NAME]"
    problems.append(Problem(file=file, key=section, message="is a table of tables", hint=hint))
    return {}


def _routes(file: str, data: dict[str, Any], problems: list[Problem]) -> list[Any]:
    routes = data.get("routes", [])
    if isinstance(routes, list):
        return routes
    problems.append(Problem(file=file, key="routes", message="is a list of tables", hint="Write [[routes]] for each"))
    return []
