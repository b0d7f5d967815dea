"""The rules of the house. Each failure names the file and line, and what would put it right."""

import ast
import re
import sys
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "escalate"

LAYERS = {
    "domain": {"domain", "errors"},
    "app": {"app", "domain", "errors"},
    "adapters": {"adapters", "app", "domain", "errors", "files", "resources"},
    "cli": {"cli", "app", "domain", "errors", "config", "files", "wiring"},
}
"""What each layer may import of our own. Arrows point inwards; only `wiring` knows who stands behind a port."""

FAMILIES = {
    "foreign_words": "foreign_schedules",
    "roster_file": "roster", "roster_sense": "roster", "roster_shape": "roster", "roster_words": "roster",
    "roster_doubts": "roster", "roster_legal": "roster", "roster_loose": "roster", "roster_parts": "roster", "roster_times": "roster",
}  # fmt: skip
"""Adapters that are one thing in several files; every other file or folder of `adapters` is a family of its own."""

EVERY_FAMILY_MAY_USE = {"redact"}
"""What keeps secrets out of whatever an adapter says."""

LIBRARIES = {
    "click": ["cli/"],
    "rich": ["cli/screen.py"],
    "holidays": ["adapters/holiday_calendar.py"],
    "httpx": ["adapters/channels/", "wiring/"],
    "icalendar": ["adapters/calendars.py"],
    "jira": ["adapters/channels/jira.py"],
    "requests": ["adapters/channels/jira.py"],
    "urllib3": ["adapters/channels/jira.py"],
    "slack_sdk": ["adapters/channels/slack.py"],
    "smtplib": ["adapters/channels/email.py"],
    "keyring": ["adapters/secrets.py"],
    "jinja2": ["adapters/templates.py"],
    "markupsafe": ["adapters/templates.py"],
    "pydantic": ["adapters/roster_shape.py"],
    "pydantic_core": ["adapters/roster_shape.py"],
    "sqlite3": ["adapters/store/"],
    "psycopg": ["adapters/store/"],
    "aiosmtpd": ["adapters/drill/"],
}
"""Where a library is spoken to, and nowhere else. A new one gets a line here and in pyproject.toml."""

SLOW_TO_IMPORT = {
    "holidays", "httpx", "icalendar", "jira", "requests", "slack_sdk", "keyring", "jinja2", "rich", "aiosmtpd", "psycopg",
}  # fmt: skip
"""Imported inside the function that uses them. pydantic is imported by `roster_shape`, which is imported so itself."""

NO_NAMES = {"manager", "service", "handler", "helper", "util", "base", "common"}

OUTSIDE = {
    "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "signal", "socket", "sqlite3", "subprocess", "sys",
    "tempfile", "threading", "time", "urllib.request",
}  # fmt: skip
"""Of the standard library: what the domain does not touch. It is handed the moment, the text, the random bytes."""

CLOCKS = {"now", "utcnow", "today", "monotonic", "perf_counter"}


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def nodes(path):
    return tuple(ast.walk(tree(path)))


@cache
def sources(under=""):
    return tuple(sorted((SOURCE / under).rglob("*.py")))


@cache
def place(path):
    return path.relative_to(SOURCE).as_posix()


@cache
def imports(path):
    """(module, line) of every import, those for type checking and those inside functions among them.

    `from escalate.adapters import clock` may name a module or something in one: both readings are given.
    """
    found = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [(name.name, node.lineno) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)}:{node.lineno}: write the whole name, escalate.…"
            found += [(node.module, node.lineno)]
            found += [(f"{node.module}.{name.name}", node.lineno) for name in node.names]
    return tuple(found)


def ours(path):
    """Our own modules among them, as parts of the name after `escalate`."""
    for name, line in imports(path):
        first, *parts = name.split(".")
        if first == "escalate" and parts and is_module(SOURCE / parts[0]):
            yield parts, line


@cache
def is_module(path):
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_point_inwards(layer):
    wrong = {
        f"{place(path)}:{line} imports escalate.{'.'.join(parts)}"
        for path in sources(layer)
        for parts, line in ours(path)
        if parts[0] not in LAYERS[layer]
    }
    assert wrong == set(), (
        f"{layer} may import {', '.join(sorted(LAYERS[layer]))}; what it needs is handed in through a port"
    )


def test_the_domain_needs_nothing_but_the_standard_library():
    wrong = {
        f"{place(path)}:{line} imports {name}"
        for path in sources("domain")
        for name, line in imports(path)
        if name.partition(".")[0] not in sys.stdlib_module_names | {"escalate"}
    }
    assert wrong == set()


def test_the_domain_touches_nothing_outside():
    wrong = {
        f"{place(path)}:{line} imports {name}"
        for path in sources("domain")
        for name, line in imports(path)
        if name in OUTSIDE
    } | {
        f"{place(path)}:{node.lineno} opens a file"
        for path in sources("domain")
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open"
    }
    assert wrong == set(), "the domain is handed what it needs; reading and writing is the adapters'"


def test_the_domain_is_handed_the_moment():
    wrong = {
        f"{place(path)}:{node.lineno} asks the clock: .{node.func.attr}()"
        for path in sources("domain")
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    }
    assert wrong == set(), "take `now` as an argument"


def test_each_library_has_its_one_place():
    wrong = {
        f"{place(path)}:{line} imports {name}"
        for path in sources()
        for name, line in imports(path)
        if (homes := LIBRARIES.get(name.partition(".")[0])) and not place(path).startswith(tuple(homes))
    }
    assert wrong == set()


def test_no_library_is_used_that_has_no_place():
    known = sys.stdlib_module_names | {"escalate"} | set(LIBRARIES)
    wrong = {
        f"{place(path)}:{line} imports {name}"
        for path in sources()
        for name, line in imports(path)
        if name.partition(".")[0] not in known
    }
    assert wrong == set(), (
        "give it a line in LIBRARIES and in pyproject.toml, and say in docs/decisions what it is worth"
    )


def test_every_dependency_is_used():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=!~\[; ]", text, maxsplit=1)[0].lower() for text in project["dependencies"]}
    only_data = {"tzdata"}
    imported = {name.partition(".")[0] for path in sources() for name, _line in imports(path)}
    modules = {"slack-sdk": "slack_sdk", "markdown-it-py": "markdown_it"}
    unused = {name for name in declared - only_data if modules.get(name, name) not in imported}
    assert unused == set(), "take it out of pyproject.toml, or use it"


def test_slow_libraries_are_imported_where_they_are_used():
    """A channel's module is imported only when the channel is; an import at the top of any other costs every command."""
    wrong = set()
    for path in sources():
        for node in tree(path).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
                wrong |= {
                    f"{place(path)}:{node.lineno} imports {name}"
                    for name in names
                    if name.partition(".")[0] in SLOW_TO_IMPORT
                }
    assert {line for line in wrong if not line.startswith("adapters/drill/")} == set()


def family(parts):
    return FAMILIES.get(parts[0], parts[0])


def test_adapter_families_do_not_know_each_other():
    wrong = {
        f"{place(path)}:{line} imports escalate.{'.'.join(parts)}"
        for path in sources("adapters")
        for parts, line in ours(path)
        if parts[0] == "adapters"
        and len(parts) > 1
        and is_module(SOURCE / "adapters" / parts[1])
        and family(parts[1:])
        not in {family([path.relative_to(SOURCE / "adapters").parts[0].removesuffix(".py")]), *EVERY_FAMILY_MAY_USE}
    }
    assert wrong == set(), "two outside things meet in the wiring; say with a Protocol what is needed"


def test_only_the_wiring_knows_both_sides():
    both = {
        place(path)
        for path in sources()
        if {"adapters", "app"} <= {parts[0] for parts, _line in ours(path)}
        and place(path).partition("/")[0] != "adapters"
    }
    assert {name.partition("/")[0] for name in both} <= {"wiring"}


@pytest.mark.parametrize("folder", ["src", "tests", "tools", "benchmarks"])
def test_no_file_is_longer_than_400_lines(folder):
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")}
    long = {f"{path.relative_to(ROOT)}: {length} lines" for path, length in lengths.items() if length > 400}
    assert long == set(), "split it by subject"


@pytest.mark.slow
def test_names_name_a_thing():
    wrong = {
        path.relative_to(ROOT).as_posix()
        for folder in ("src", "tests", "tools")
        for path in (ROOT / folder).rglob("*.py")
        if {word.removesuffix("s") for word in re.split(r"[_.]", path.name)} & NO_NAMES
    }
    for path in sources():
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                words = {word.lower().removesuffix("s") for word in re.findall(r"[A-Z][a-z]+", node.name)}
                wrong |= {f"{place(path)}:{node.lineno} class {node.name}"} if words & NO_NAMES else set()
    assert wrong == set(), "say what it is or does"


def test_values_are_values():
    wrong = {
        f"{place(path)}:{line} imports {name}"
        for path in sources()
        for name, line in imports(path)
        if name.partition(".")[0] in {"dataclasses", "attr", "attrs"}
    }
    assert wrong == set(), "class X(Value), from escalate.domain.value; docs/decisions/0001 says why"


def test_every_file_defers_its_annotations():
    wrong = {
        place(path)
        for path in sources()
        if tree(path).body
        and not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree(path).body)
        and any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AnnAssign) for node in nodes(path))
    }
    assert wrong == set(), "from __future__ import annotations"


def test_kinds_of_events_are_given_once():
    """A kind is permanent: two classes of one kind would make history readable in two ways."""
    classes = defaultdict(set)
    for path in sources("domain/timeline"):
        for node in nodes(path):
            if (
                isinstance(node, ast.AnnAssign)
                and getattr(node.target, "id", "") == "kind"
                and isinstance(node.value, ast.Constant)
            ):
                classes[node.value.value].add(f"{place(path)}:{node.lineno}")
    assert {kind: where for kind, where in classes.items() if kind and len(where) > 1} == {}


def test_nobody_uses_what_another_module_keeps_to_itself():
    """Neither `from escalate.app.paging import _cancelled` nor `paging._cancelled`."""
    wrong = set()
    for path in sources():
        known = set()
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "escalate":
                wrong |= {
                    f"{place(path)}:{node.lineno} imports {n.name}" for n in node.names if n.name[0] == "_" != n.name[1]
                }
                folder = SOURCE.parent.joinpath(*node.module.split("."))
                known |= {n.asname or n.name for n in node.names if is_module(folder / n.name)}
        wrong |= {
            f"{place(path)}:{node.lineno} uses {node.value.id}.{node.attr}"
            for node in nodes(path)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            and node.value.id in known and node.attr.startswith("_") and not node.attr.startswith("__")
        }  # fmt: skip
    assert wrong == set(), "give it a name without _, or move it to where it belongs"
