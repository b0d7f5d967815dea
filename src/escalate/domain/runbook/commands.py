"""The command of a step: which ones a runbook may offer to run, and what stands in the way of one.

A step marks it with `Run:` and a code span: Run: `escalate page policy:critical-harm`. Whoever wrote the file may be
anybody, so what may be offered is listed and all else is not.
"""

from __future__ import annotations

import re
import shlex

from escalate.domain.text.visible import visible

PROGRAM = "escalate"
PLACE = "{ref}"
"""Stands for the incident's reference. A command without it is given the incident before its own words."""

RUNNABLE = {
    "log": None,
    "fact": None,
    "mitigate": None,
    "resolve": None,
    "close": None,
    "severity": None,
    "assign": None,
    "page": None,
    "ping": None,
    "ticket": None,
    "assess": None,
    "summary": None,
    "report": None,
    "ask": None,
    "decide": None,
    "decisions": None,
    "action": None,
    "actions": None,
    "approvals": None,
    "impact": None,
    "show": None,
    "timeline": None,
    "list": None,
    "search": None,
    "messages": None,
    "exposure": None,
    "verify": None,
    "doctor": None,
    "whoami": None,
    "template": frozenset({"list", "show"}),
    "oncall": frozenset({"who", "shifts", "calendar", "check"}),
    "clock": frozenset({"list", "suggest", "show", "library", "explain"}),
}
"""What works on the incident in hand, or only looks. With a set: only these words may follow."""

NOT_WITH = frozenset(
    {"--database", "--reveal", "--follow", "--break-glass", "--force", "--output", "-o", "--help", "-h"}
)
"""What would leave the record, show masked text, never end, pass by the second person, or write where others do."""

FROM_FILES = frozenset({"assess", "decide"})
"""Here `--from` is a file: whoever says yes to the command would not have seen what is in it."""

_MARK = re.compile(r"(?<![\w`])Run:(?:\s*`([^`]*)`)?")
_FOR_SHELLS = re.compile(r"[;|&<>$`\\()!*?~#^\[\]]")
_INCIDENT = re.compile(r"inc-\d+(?:/\d+)?", re.IGNORECASE)


def marked(text: str) -> list[str]:
    """The commands that a step marks, as they stand there; an empty one where nothing follows the mark."""
    return [re.sub(r"\s*\n\s*", " ", (found[1] or "").strip()) for found in _MARK.finditer(text)]


def mistakes(command: str) -> list[str]:
    """Everything for which `command` is not offered, as sentences. Whether there is such a command is not asked here."""
    if not command:
        return ["Run: is followed by a command in backticks."]
    found = []
    if shell := "".join(dict.fromkeys(_FOR_SHELLS.findall(command))):
        found.append(f"it holds what only a shell reads: {visible(shell)}. Write it without.")
    if visible(command) != command:
        found.append("it holds characters that cannot be seen.")
    if others := [each for each in re.findall(r"\{[^{}]*\}?|\}", command) if each != PLACE]:
        found.append(f"nothing fills in {', '.join(map(visible, others))}. The only placeholder is {PLACE}.")
    try:
        words = shlex.split(command)
    except ValueError:
        return [*found, "a quote in it is not closed."]
    return [*found, *_of_words(words)]


def filled(command: str, ref: str) -> list[str]:
    """The words to hand over, the incident filled in, without the name of the program. `command` has no mistakes."""
    words = shlex.split(command)[1:]
    if any(PLACE in word for word in words):
        return [word.replace(PLACE, ref) for word in words]
    return ["-i", ref, *words]


def typed(words: list[str]) -> str:
    """As it would be typed into a shell."""
    return shlex.join([PROGRAM, *words])


def _of_words(words: list[str]) -> list[str]:
    program, *rest = words or [""]
    if program != PROGRAM:
        return [f"{visible(program)!r} is another program. A step runs only {PROGRAM}."]
    if not rest or rest[0].startswith("-"):
        return [f"the name of a command stands right after {PROGRAM}."]
    name, *after = rest
    if name not in RUNNABLE:
        return [f"`{PROGRAM} {visible(name)}` is not for a runbook to run. Those that are: {', '.join(RUNNABLE)}."]
    return [*_of_family(name, after), *_of_options(name, after), *_of_incidents(after)]


def _of_family(name: str, after: list[str]) -> list[str]:
    if name == "messages" and after and after[0] in {"told", "retry"}:
        return [f"`{PROGRAM} messages {after[0]}` is for whoever did it to say, not for a runbook."]
    known = RUNNABLE[name]
    if known is None or not after or after[0] in {*known, PLACE}:
        return []
    words = ", ".join(sorted(known))
    return [f"after `{PROGRAM} {name}` stands one of: {words}; not {visible(after[0])!r}."]


def _of_options(name: str, after: list[str]) -> list[str]:
    not_with = NOT_WITH | {"--from"} if name in FROM_FILES else NOT_WITH
    short = [word[:2] for word in after if word.startswith("-") and not word.startswith("--")]
    given = dict.fromkeys([*(word.partition("=")[0] for word in after), *short])
    return [f"{option} is not for a runbook to give." for option in given if option in not_with]


def _of_incidents(after: list[str]) -> list[str]:
    """It works on the incident in hand, not on one that the file names."""
    found = [word for word in after if _INCIDENT.fullmatch(word)]
    for number, word in enumerate(after):
        option, _, value = word.partition("=")
        if option in {"-i", "--incident"}:
            value = value or "".join(after[number + 1 : number + 2])
            found += [value] if value != PLACE else []
        elif re.match(r"-i.", word) and word != f"-i{PLACE}":
            found.append(word[2:])
    return [
        f"it names an incident, {visible(word)!r}. Write {PLACE}, or leave it out." for word in dict.fromkeys(found)
    ]
