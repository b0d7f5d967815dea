"""Writes the reference pages that say what the program says of itself. `--check` only looks whether they are current."""

from __future__ import annotations

import ast
import re
import sys
from inspect import cleandoc
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import click

import reference_texts as texts
from escalate import config, errors
from escalate.app import attempts
from escalate.cli.main import root
from escalate.cli.options import shared
from escalate.domain.messages import message as states
from escalate.domain.timeline.chain import HASHED
from escalate.domain.timeline.events import OWING, STATEMENTS, IncidentOpened, every_kind
from escalate.domain.timeline.words import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escalate.domain.timeline.event import Event

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
MARK = "<!-- Derived from the program by tools/reference.py. Do not edit: change the program, then `make docs`. -->"


def pages() -> dict[Path, str]:
    """Each derived page and what should stand in it."""
    made = {
        "commands.md": commands(),
        "events.md": events(),
        "exit-codes.md": exit_codes(),
        "settings.md": settings(),
        "messages.md": messages(),
    }
    return {FOLDER / name: f"{MARK}\n\n{text.strip()}\n" for name, text in made.items()}


def _filled(text: str, **values: object) -> str:
    return Template(text).substitute(values)


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


# ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────────


def walk(
    command: click.Command = root, name: str = "escalate", above: click.Context | None = None
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command with its full name, subcommands after their group."""
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=above)
    yield name, command, context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None, below
            yield from walk(found, f"{name} {below}", context)


def paragraphs(command: click.Command) -> list[str]:
    """The help text. A block that begins with a backspace is laid out by hand, as click has it."""
    return re.split(r"\n{2,}", cleandoc(command.help or ""))


def commands() -> str:
    everything = list(walk())
    context = everything[0][2]
    index = [
        f"- [`{name}`](#{name.replace(' ', '-')}): {_first(command)}" for name, command, _context in everything[1:]
    ]
    return _filled(
        texts.COMMANDS,
        shared=_options([record for option in shared() if (record := option.get_help_record(context))]),
        index="\n".join(index),
        commands="\n\n".join(block for one in everything for block in _command(*one)),
    )


def _command(name: str, command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {name}"
    yield f"    {' '.join([name, *command.collect_usage_pieces(context)])}"
    blocks = paragraphs(command)
    yield from (_flat(block) for block in blocks if not block.startswith("\b"))
    usual = {option.name for option in shared()} | {"help"}
    own = [param for param in command.params if isinstance(param, click.Option) and param.name not in usual]
    if own:
        yield _options([record for option in own if (record := option.get_help_record(context))])
    for block in blocks:
        if block.startswith("\b"):
            _mark, heading, *lines = block.splitlines()
            yield heading
            yield "\n".join(f"    {line.strip()}" for line in lines)


def _options(records: list[tuple[str, str]]) -> str:
    return "\n".join(f"- `{_flat(names)}`: {_flat(said)}" for names, said in records)


def _first(command: click.Command) -> str:
    """The first sentence of its help, with its full stop."""
    text = _flat(paragraphs(command)[0])
    found = re.match(r".*?[.?!](?= [A-Z`]|$)", text)
    return found[0] if found else text


# ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def events() -> str:
    # By family and module: in which order modules were read must not show.
    known = sorted(
        every_kind().items(), key=lambda one: (one[1].__module__ != IncidentOpened.__module__, one[1].__module__)
    )
    blocks, left = [], dict(known)
    for heading, beginnings in texts.GROUPS.items():
        kinds = [kind for beginning in beginnings for kind, _shape in known if kind.startswith(beginning)]
        blocks += [f"## {heading}", *(block for kind in kinds for block in _event(kind, left.pop(kind)))]
    assert not left, f"give {', '.join(left)} a group in tools/reference_texts.py"
    hashed = ", ".join(f"`{name}`" for name in HASHED)
    return _filled(texts.EVENTS, hashed=hashed, events="\n\n".join(blocks))


def _event(kind: str, shape: type[Event]) -> Iterator[str]:
    yield f"### `{kind}`"
    about = [_flat(of.__doc__) for of in reversed(shape.__mro__) if of.__module__ == shape.__module__ and of.__doc__]
    if kind in STATEMENTS:
        about.append("People may correct and withdraw it.")
    if kind in OWING:
        about.append("It may make messages owed.")
    if written := WRITTEN.get(kind):
        names = ", ".join(f"`{name}`" for name in written)
        about.append(f"What people typed: {names}; masked where the entry is sensitive.")
    if about:
        yield " ".join(about)
    notes = _annotations(shape)
    rows = [f"| `{name}` | {_type(notes[name])} | {_default(shape, name)} |" for name in shape._fields]
    if rows:
        yield "\n".join(["| field | is | left out |", "|---|---|---|", *rows])


def _annotations(shape: type[Event]) -> dict[str, str]:
    found: dict[str, str] = {}
    for of in reversed(shape.__mro__):
        found |= {name: str(note) for name, note in of.__dict__.get("__annotations__", {}).items()}
    return found


def _type(note: str) -> str:
    words = {
        "str": "text",
        "int": "number",
        "bool": "true or false",
        "None": "null",
        "datetime": "instant",
        "list[str]": "list of text",
        "list[int]": "list of numbers",
        "dict[str, Any]": "object",
        "list[dict[str, Any]]": "list of objects",
    }
    return " or ".join(words[part] for part in note.split(" | "))


def _default(shape: type[Event], name: str) -> str:
    """What a field is where an older entry has none."""
    if not hasattr(shape, name):
        return "never"
    value: Any = getattr(shape, name)
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return f"`{value}`" if value else "empty"


# ── exit codes ──────────────────────────────────────────────────────────────────────────────────────────────────────


def exit_codes() -> str:
    said = _said_of_constants(Path(errors.__file__))
    rows = [f"| {of.exit_code} | `{of.code}` | {_opening(of.__doc__)} |" for of in errors.FAILURES]
    rows += [
        f"| {getattr(errors, name)} | | {_flat(text)} |" for name, text in said.items() if name.startswith("EXIT_")
    ]
    return _filled(texts.EXIT_CODES, rows="\n".join(rows))


def _opening(text: str | None) -> str:
    return _flat(cleandoc(text or "").split("\n\n")[0])


def _said_of_constants(path: Path) -> dict[str, str]:
    """The text that stands under each constant of a module."""
    said = {}
    for node, below in pairwise(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(below, ast.Expr):
            said[node.targets[0].id] = str(ast.literal_eval(below.value))
    return said


# ── settings ────────────────────────────────────────────────────────────────────────────────────────────────────────


def settings() -> str:
    rows = [
        f"| `{setting.name}` | `{setting.variable}` | {f'`{setting.default}`' if setting.default else 'empty'} "
        f"| {setting.help} |"
        for setting in config.SETTINGS
    ]
    variables = [f"| `{name}` | {_flat(said)} |" for name, said in texts.VARIABLES.items()]
    return _filled(texts.SETTINGS, rows="\n".join(rows), variables="\n".join(variables))


def variables_read() -> set[str]:
    """The variables that the source names; a beginning of names ends with `…`."""
    named = re.compile(r"\b_?ESCALATE_[A-Z_]+|\bXDG_[A-Z_]+|\bNO_COLOR\b|(?<=[\"'])(?:TZ|VISUAL|EDITOR)(?=[\"'])")
    names = {name for path in (ROOT / "src").rglob("*.py") for name in named.findall(path.read_text(encoding="utf-8"))}
    return {f"{name}…" if name.endswith("_") else name for name in names}


# ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def messages() -> str:
    assert set(texts.STATES) == set(states.STATES), "say in tools/reference_texts.py what each state means"
    rows = [f"| `{state}` | {_who_owes(state)} | {texts.STATES[state]} |" for state in states.STATES]
    return _filled(
        texts.MESSAGES,
        rows="\n".join(rows),
        first=attempts.FIRST_PAUSE,
        longest=attempts.LONGEST_PAUSE,
        page=attempts.MOST_ATTEMPTS["page"],
        others=attempts.MOST_ATTEMPTS_OTHERS,
    )


def _who_owes(state: str) -> str:
    if state in states.WAITING:
        return "by a courier"
    return "by a person" if state in states.OWED else "no"


def main(words: list[str]) -> int:
    made = pages()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{'stale' if '--check' in words else 'written'}: {path.relative_to(ROOT)}")
    if "--check" in words:
        print("Run: make docs" if stale else "All derived pages are current.")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
