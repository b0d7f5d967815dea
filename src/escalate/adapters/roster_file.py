"""Reads roster files. All mistakes in all of them are named at once; one of them stops the whole."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from escalate.adapters.roster_doubts import doubts
from escalate.adapters.roster_sense import SECTIONS, Draft, Problem, Sense, near
from escalate.domain.text.visible import visible
from escalate.domain.value import Value
from escalate.errors import Misconfigured, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LONGEST = 1 << 20
"""Bytes of a roster file."""

PARTS = ("channels", "people", "teams", "rotations", "schedules", "policies")
TABLES = (*PARTS, "routes", "care", "clocks")

LEAK = r"xox[a-z]-[\w-]{6}|xapp-[\w-]{6}|hooks\.slack\.com/services/\w|ATATT3\w|-----BEGIN [A-Z ]*PRIVATE KEY"
"""Anywhere in a file, a comment included: the file's text is kept in the record."""


class Checked(Value):
    """`roster` is what `Roster.from_plain` takes; `source` the text of the files, as it is kept beside it."""

    roster: dict[str, Any]
    warnings: list[Problem]
    source: str


def read(paths: Sequence[Path]) -> Checked:
    """The roster that the files make up together.

    Raises NotFound for a file that is not there, and Misconfigured with every mistake, each on a line `file:key: what is wrong. hint`.
    """
    for path in paths:
        if not path.exists() and not path.is_symlink():
            name, place = visible(str(path)), visible(str(path.absolute()))
            raise NotFound(f"There is no file {name}.", hint=f"Nothing was applied. Looked for it at {place}")
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
    said = {(each.file, each.key) for each in problems}
    problems += [each for each in Sense(draft).resolve() if (each.file, each.key) not in said]
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
        hint=f"Mend that, then look again: escalate apply --check {names}",
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
        number = re.match(r"line (\d+)", where)
        if number and re.search(r"=\s*\d\d?:\d\d\s*(#.*)?$", text.splitlines()[int(number[1]) - 1]):
            more = 'Clock times stand in quotes, as from = "09:00"'
        key = where.rstrip(")") or "file"
        return {}, [*leaks, Problem(file=name, key=key, message=message[:1].lower() + message[1:], hint=more)]
    except RecursionError:
        return {}, [*leaks, Problem(file=name, key="file", message="is nested too deeply")]


def _merged(raw: list[tuple[str, dict[str, Any]]]) -> tuple[Draft, list[Problem]]:
    """All files' well-formed parts in one, and what is not well formed or stands in two of them."""
    from escalate.adapters.roster_loose import names_used
    from escalate.adapters.roster_parts import care, clocks, part, route

    problems: list[Problem] = []
    roster: dict[str, Any] = {**{name: {} for name in PARTS}, "routes": [], "reveals": 0}
    broken: dict[str, dict[str, Any]] = {name: {} for name in (*PARTS, "routes", "clocks")}
    known: dict[str, dict[str, Any]] = {name: {} for name in PARTS}
    places: dict[str, tuple[str, str]] = {}

    def is_new(file: str, key: str) -> bool:
        if key in places:
            hint = f"It is in {places[key][0]} too; keep it in one file"
            problems.append(Problem(file=file, key=key, message="stands twice", hint=hint))
            return False
        places[key] = (file, key)
        return True

    for file, data in raw:
        problems += _strangers(file, data)
        for section in PARTS:
            for name, fields in _table(file, section, data, problems).items():
                if not is_new(file, f"{section}.{name}"):
                    continue
                known[section][name] = fields
                value, mistakes = part(section, name, fields)
                problems += [Problem(file=file, **mistake) for mistake in mistakes]
                if value is None:
                    broken[section][name] = names_used(section, fields)
                else:
                    roster[section][name] = value
        for number, fields in enumerate(_routes(file, data, problems)):
            value, mistakes = route(number, fields)
            problems += [Problem(file=file, **mistake) for mistake in mistakes]
            if value is None:
                key = f"broken[{len(broken['routes'])}]"
                places[key] = (file, f"routes[{number}]")
                broken["routes"][key] = names_used("routes", fields)
            else:
                places[f"routes[{len(roster['routes'])}]"] = (file, f"routes[{number}]")
                roster["routes"].append(value)
        if "care" in data and is_new(file, "care"):
            value, mistakes = care(data["care"])
            problems += [Problem(file=file, **mistake) for mistake in mistakes]
            roster |= value
        if "clocks" in data and is_new(file, "clocks"):
            rules, mistakes = clocks(data["clocks"])
            problems += [Problem(file=file, **mistake) for mistake in mistakes]
            if rules is None:
                broken["clocks"]["clocks"] = names_used("clocks", data["clocks"])
            else:
                roster["clocks"] = rules
    return Draft(roster=roster, broken=broken, known=known, places=places), problems


def _strangers(file: str, data: dict[str, Any]) -> list[Problem]:
    return [
        Problem(file=file, key=key, message="there is no such table", hint=near(key, TABLES))
        for key in data
        if key not in TABLES
    ]


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
