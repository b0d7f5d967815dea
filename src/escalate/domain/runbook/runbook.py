"""A runbook: Markdown with TOML front matter, whose task-list items are the steps people tick off.

+++
title = "Threat to life"
version = 1
summary = "What to do, and what not to, when somebody may be hurt."
harm = ["life"]
severity = "SEV1"
+++
## First ten minutes
- [ ] Page the desk. Run: `escalate page policy:critical-harm`
More about it, indented.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.sheet import Sheet, near
from escalate.domain.incident.harm import HARMS
from escalate.domain.incident.severity import at_least, severity
from escalate.domain.runbook import commands
from escalate.domain.value import Value
from escalate.errors import Misconfigured, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FENCE = "+++"
_STEP = re.compile(r"( *)[-*+] \[(.)\](?: +(.*))?$")
_COMMAND = re.compile(r"`(escalate [^`\n]+)`|^ {4,}(escalate .+)$|^ *(?:```|~~~)\w*\n *(escalate .+)$", re.MULTILINE)


class Step(Value):
    """`number` counts from 1 through the whole runbook. `command` is the first of our commands it names; `run` the one it
    marks to be run, as it stands in the file: whether it may be offered is another question (`obstacles`).
    """

    number: int
    section: str
    text: str
    detail: str = ""
    command: str | None = None
    run: str | None = None


class Part(Value):
    """What stands under a heading beside the steps: what not to do, whom to involve."""

    section: str
    text: str


class Runbook(Value):
    """It fits incidents with one of `harm` (empty: any) at `severity` or worse. `parts` are in order, the words before the
    first heading first; those of steps only are there, too.
    """

    name: str
    title: str
    summary: str
    version: int
    harm: tuple[str, ...] = ()
    severity: str = "SEV4"
    steps: tuple[Step, ...] = ()
    parts: tuple[Part, ...] = ()
    body: str = ""
    sha256: str = ""


def fits(runbook: Runbook, harm: Iterable[str], level: str) -> bool:
    slugs = set(harm)
    of = slugs | {slug.partition(":")[0] for slug in slugs}
    return at_least(level, runbook.severity) and (not runbook.harm or bool(of & set(runbook.harm)))


def obstacles(step: Step, judge: Callable[[str], str | None] | None = None) -> list[str]:
    """Everything for which the command that a step marks is not offered; `judge` says whether there is such a command."""
    runs = commands.marked(f"{step.text}\n{step.detail}")
    if len(runs) > 1:
        return ["it marks more than one command. A step runs one; make two steps."]
    found = [mistake for run in runs for mistake in commands.mistakes(run)]
    if found or not runs or judge is None:
        return found
    unknown = judge(runs[0])
    return [unknown] if unknown else []


def parse(name: str, text: str) -> Runbook:
    """The runbook that `text` states. Raises Misconfigured naming all mistakes.

    A command that cannot be offered is none: at three in the morning the rest of the page is still good.
    """
    found: list[str] = []
    runbook = _read(name, text, found)
    if found:
        raise _refusal(name, found)
    return runbook


def checked(name: str, text: str, judge: Callable[[str], str | None]) -> Runbook:
    """As `parse`, and a command that cannot be offered is a mistake, too."""
    found: list[str] = []
    runbook = _read(name, text, found)
    found += [f"step {step.number}: {obstacle}" for step in runbook.steps for obstacle in obstacles(step, judge)]
    if found:
        raise _refusal(name, found)
    return runbook


def _refusal(name: str, found: list[str]) -> Misconfigured:
    count = "1 mistake" if len(found) == 1 else f"{len(found)} mistakes"
    return Misconfigured(
        "\n".join((f"The runbook {name} has {count}:", *(f"  {mistake}" for mistake in found))),
        hint="Mend the file, then: escalate runbook check FILE",
    )


def _read(name: str, text: str, mistakes: list[str]) -> Runbook:
    data, body, before = _parted(text, mistakes)
    sheet = Sheet(data, "", mistakes)
    sheet.only(("title", "version", "summary", "harm", "severity"))
    title, summary = sheet.text("title", needed=True), sheet.text("summary", needed=True)
    version = sheet.whole("version", needed=True) or 0
    harm, level = _harm(sheet), _severity(sheet)
    prose: dict[str, list[str]] = {"": []}
    steps = _steps(body, before, mistakes, prose)
    parts = tuple(Part(section=section, text="\n".join(lines).strip("\n")) for section, lines in prose.items())
    digest = sha256(text.encode()).hexdigest()
    return Runbook(
        name=name, title=title, summary=summary, version=version, harm=harm, severity=level,
        steps=steps, parts=parts, body=body, sha256=digest,
    )  # fmt: skip


def _parted(text: str, mistakes: list[str]) -> tuple[dict[str, Any], str, int]:
    """The front matter, the Markdown after it, and how many lines stand before that."""
    import tomllib

    lines = text.splitlines()
    ends = [number for number, line in enumerate(lines) if line.strip() == _FENCE][:2]
    if len(ends) < 2 or ends[0] != 0:
        mistakes.append("line 1: the file begins with settings between two lines of +++.")
        return {}, text, 0
    try:
        data = tomllib.loads("\n".join(lines[1 : ends[1]]))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        mistakes.append(f"the settings between +++ cannot be read: {error}.")
        data = {}
    return data, "\n".join(lines[ends[1] + 1 :]) + "\n", ends[1] + 1


def _harm(sheet: Sheet) -> tuple[str, ...]:
    slugs = sheet.words("harm")
    for slug in slugs:
        if slug.partition(":")[0] not in HARMS:
            sheet.wrong("harm", f"there is no harm {slug!r}.", near(slug, HARMS, all_of_them="Harms"))
    return slugs


def _severity(sheet: Sheet) -> str:
    given = sheet.text("severity") or "SEV4"
    try:
        return severity(given)
    except Usage as error:
        sheet.wrong("severity", error.message, error.hint)
        return "SEV4"


def _steps(body: str, before: int, mistakes: list[str], prose: dict[str, list[str]]) -> tuple[Step, ...]:
    """The steps, each with the indented lines below it; all else goes to the `prose` of its section."""
    steps: list[tuple[str, str, list[str]]] = []
    section, current, fenced = "", False, False
    for number, line in enumerate(body.splitlines(), before + 1):
        # A fence at the margin is text of the runbook; one that is indented belongs to the step above it.
        if re.match(r"```|~~~", line):
            fenced, current = not fenced, False
        found = None if fenced else _STEP.match(line)
        if found and found[1]:
            mistakes.append(f"line {number}: steps do not stand inside steps. Put it at the margin.")
        elif found:
            steps.append((section, _step_text(found, number, mistakes), []))
            current = True
        elif not fenced and line.startswith("## "):
            section, current = line[3:].strip(), False
            prose.setdefault(section, [])
        elif current and (line.startswith("  ") or not line.strip()):
            steps[-1][2].append(line[2:])
        else:
            current = False
            prose[section] += [] if line.startswith("# ") else [line]
    if not steps:
        mistakes.append("there is no step. A step is a line: - [ ] what to do")
    return tuple(
        _step(number, section, text, "\n".join(detail).strip("\n"))
        for number, (section, text, detail) in enumerate(steps, 1)
    )


def _step_text(found: re.Match[str], number: int, mistakes: list[str]) -> str:
    text = (found[3] or "").strip()
    if found[2] != " ":
        mistakes.append(f"line {number}: a runbook comes with no step done. Write - [ ]")
    if not text:
        mistakes.append(f"line {number}: this step says nothing.")
    return text


def _step(number: int, section: str, text: str, detail: str) -> Step:
    found = _COMMAND.search(f"{text}\n{detail}")
    command = next((part for part in found.groups() if part), None) if found else None
    runs = commands.marked(f"{text}\n{detail}")
    run = runs[0] if len(runs) == 1 and runs[0] else None
    return Step(number=number, section=section, text=text, detail=detail, command=command, run=run)
