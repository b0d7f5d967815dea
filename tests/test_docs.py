"""What is written about the program is true of it: derived pages are current, help is whole, links lead somewhere."""

import re
import shlex
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import click
import pytest

import reference
import reference_texts
from escalate import config, errors
from escalate.adapters.channels.webhook import signature
from escalate.cli.main import COMMANDS
from escalate.cli.times import parse_past
from escalate.domain.messages.message import Message

ROOT = Path(__file__).parents[1]
EVERY = {name: command for name, command, _context in reference.walk()}
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "runbooks/*.md")
    for path in ROOT.glob(pattern)
)  # fmt: skip
PROSE = sorted(
    path
    for pattern in (
        "*",
        ".ci/*",
        "docs/**/*",
        "src/**/*",
        "tests/**/*",
        "tools/**/*",
        "templates/**/*",
        "runbooks/**/*",
        "benchmarks/**/*",
    )
    for path in ROOT.glob(pattern)
    if path.is_file() and path.suffix not in {".pyc", ".db"} and path != Path(__file__)
)


@pytest.mark.parametrize("path", sorted(reference.pages()), ids=lambda path: path.name)
def test_derived_pages_are_current(path):
    assert path.exists(), "run `make docs`"
    assert path.read_text(encoding="utf-8") == reference.pages()[path], "run `make docs`"


def test_every_command_can_be_imported_and_has_a_line_in_the_list():
    assert {name.split()[1] for name in EVERY if " " in name} == set(COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize("command", EVERY.values(), ids=EVERY)
def test_help_says_what_it_does_and_ends_with_an_example(command):
    first, *rest = reference.paragraphs(command)
    assert first.strip().endswith((".", "…")), "the first paragraph is a sentence"
    assert rest, "it has an example"
    mark, heading, *lines = rest[-1].splitlines()
    assert (mark, heading) == ("\b", "Example:"), "it ends with \\b, Example: and what to type"
    assert lines
    assert [line for line in lines if not re.match(r"  .*\bescalate\b", line)] == []


@pytest.mark.slow
@pytest.mark.parametrize("command", EVERY.values(), ids=EVERY)
def test_every_option_has_help(command):
    silent = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert silent == []
    texts = [option.help for option in command.params if isinstance(option, click.Option)]
    assert [text for text in texts if not text.rstrip().endswith((".", "…"))] == [], "help is a sentence"


@pytest.mark.slow
@pytest.mark.parametrize("command", EVERY.values(), ids=EVERY)
def test_examples_can_be_typed(command):
    """Options and commands in it are there; what they mean is for other tests."""
    for line in reference.paragraphs(command)[-1].splitlines()[2:]:
        words = shlex.split(line)
        if words[0] != "escalate":
            continue
        name = max((name for name in EVERY if words[: len(name.split())] == name.split()), key=len)
        context = click.Context(EVERY[name], info_name=name)
        EVERY[name].make_parser(context).parse_args(words[len(name.split()) :])
        assert name != "escalate" or all(word.startswith("-") for word in words[1:]), (
            f"{line}: there is no such command"
        )


def test_exit_codes_are_distinct():
    used = [of.exit_code for of in errors.FAILURES if of is not errors.Rejected]
    used += [errors.EXIT_NOT_ACKNOWLEDGED, errors.EXIT_STILL_OWED]
    assert len(used) == len(set(used))
    assert set(used) == set(range(2, 10))
    assert errors.Rejected.exit_code == errors.Unreachable.exit_code
    codes = [of.code for of in errors.FAILURES]
    assert len(codes) == len(set(codes))


def test_every_failure_is_in_the_list():
    def below(of):
        return {of, *(found for child in of.__subclasses__() for found in below(child))}

    ours = {of for of in below(errors.EscalateError) if of.__module__ == "escalate.errors"}
    assert ours - {errors.EscalateError} == set(errors.FAILURES)


def test_every_variable_that_is_read_is_written_about():
    settings = {setting.variable for setting in config.SETTINGS}
    written = set(reference_texts.VARIABLES) | settings
    assert reference.variables_read() - written - {"ESCALATE_…"} == set(), (
        "say in tools/reference_texts.py what it does"
    )
    assert set(reference_texts.VARIABLES) - reference.variables_read() == set(), "nothing reads it any more"


def anchors(text):
    """What a heading can be linked by, as GitHub and its like make it."""
    headings = re.findall(
        r"^#{1,6} (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), flags=re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


def test_the_index_names_every_page():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / target.partition("#")[0]).resolve() for target in re.findall(r"\]\(([^)\s]+)\)", index)}
    pages = {path for path in (ROOT / "docs").rglob("*.md") if path.name != "README.md"}
    assert {path.relative_to(ROOT).as_posix() for path in pages - linked} == set(), "give it a line in docs/README.md"


def test_files_named_in_the_contributor_pages_exist():
    """`src/…`, `domain/…`, `tests/…` in code spans of these pages are paths; those with a capital word are patterns."""
    missing = []
    for name in ("CONTRIBUTING.md", "docs/architecture.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for span in re.findall(r"`([\w./-]+\.(?:py|toml|md|j2|sql|sh)|\.ci/run)`", text):
            places = (ROOT / span, ROOT / "src/escalate" / span, ROOT / "docs" / span)
            if not re.search(r"\b[A-Z]{3,}\b(?<!README)(?<!CHANGELOG)", span) and not any(
                place.exists() for place in places
            ):
                missing.append(f"{name}: {span}")
    assert missing == []


ELSEWHERE = re.compile(
    r"(?<![\w.~-])/work/(?:main|shared)|/tmp/brief|/\.library\b|\bfarm-\w|\bissues show\b|(?<!/usr)/root/|\bpypi\.[a-z]+\.internal"
)


def test_nothing_is_said_of_the_place_where_it_was_written():
    found = []
    for path in PROSE:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in ELSEWHERE.finditer(text)]
    assert found == []


def test_functions_named_in_the_architecture_are_in_their_files():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    missing = []
    for file, name in re.findall(r"`([\w/]+\.py)`: `(\w+)`", text):
        source = (ROOT / "src" / "escalate" / file).read_text(encoding="utf-8")
        if not re.search(rf"^ *(?:def|class) {name}\b", source, flags=re.MULTILINE):
            missing.append(f"{file}: {name}")
    assert missing == []


def rows(page, heading):
    """The names in the first column of the table under a heading."""
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    [section] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_the_json_page_names_every_member(escalate, incident):
    written = escalate("log 'called the desk' --json").data
    shown = escalate(f"show {incident} --json").data
    message = Message(
        **dict.fromkeys(Message._fields, ""),
    ).but(due_at=datetime(2026, 11, 21, tzinfo=UTC))
    assert set(rows("json.md", "incident")) == set(shown)
    assert set(rows("json.md", "entry")) == set(written)
    assert set(rows("json.md", "message")) == set(message.public())


def test_the_times_on_the_page_are_read():
    now, zone = datetime(2026, 11, 21, 21, 30, tzinfo=UTC), timezone(timedelta(hours=1))
    examples = rows("times.md", "What is read")
    assert len(examples) > 10
    for text in examples:
        assert parse_past(text, now, zone).at <= now, text


def test_the_webhook_page_can_be_copied():
    text = (ROOT / "docs" / "reference" / "webhook.md").read_text(encoding="utf-8")
    [code] = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    receiver = {}
    exec(compile(code, "webhook.md", "exec"), receiver)
    body, stamp = b'{"version": 1}', "1795295234"
    headers = {"Escalate-Timestamp": stamp, "Escalate-Signature": f"v1={signature('not so secret', stamp, body)}"}
    assert receiver["genuine"]("not so secret", headers, body, now=int(stamp) + 5)
    assert not receiver["genuine"]("not so secret", headers, body + b" ", now=int(stamp) + 5)
    assert not receiver["genuine"]("another", headers, body, now=int(stamp) + 5)
    assert not receiver["genuine"]("not so secret", headers, body, now=int(stamp) + 3600)
