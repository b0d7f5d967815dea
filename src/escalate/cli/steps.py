"""Working through a runbook step by step on a terminal. A command is run only after a yes to exactly that command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from escalate.app import runbooks
from escalate.cli.lines import echo
from escalate.domain.text.visible import visible
from escalate.errors import EXIT_STILL_OWED, EscalateError

if TYPE_CHECKING:
    from escalate.app.ledger import Written
    from escalate.cli.session import Session
    from escalate.domain.runbook.runbook import Runbook

SOMEWHERE = "INC-1"
"""Stands for an incident where only the words of a command are looked at."""

WORDS = {"decide": 1, "ask": 2, "impact": 2, "messages": 0, "verify": 0}
"""Commands that sort out their words themselves: how many there may be before one names an incident."""

YES, DONE, SKIP, QUIT = "y", "d", "s", "q"


def unknown(command: str) -> str | None:
    """Why there is no such command, its options and values included; None where there is. Nothing is run."""
    from escalate.cli.main import root
    from escalate.domain.runbook.commands import filled

    context = click.Context(root, info_name="escalate")
    words: Any = filled(command, SOMEWHERE)
    if words[:2] == ["-i", SOMEWHERE]:
        words = words[2:]
    try:
        name, found, rest = root.resolve_command(context, words)
        while isinstance(found, click.Group) and rest and rest[0] in found.list_commands(context):
            context = click.Context(found, info_name=name, parent=context)
            name, found, rest = found.resolve_command(context, rest)
        if isinstance(found, click.Group) and rest and rest[0] != SOMEWHERE:
            return visible(f"`escalate {name} {rest[0]}` does not exist.")
        if found is None or isinstance(found, click.Group):
            return None
        with found.make_context(name, rest, parent=context) as made:
            words = made.params.get("words") or made.params.get("what") or ()
            words = [words] if isinstance(words, str) else list(words)
            given = [made.params.get("ref"), *(words[WORDS[name] :] if name in WORDS else [])]
    except (click.ClickException, click.exceptions.Exit, click.exceptions.Abort, EscalateError) as error:
        said = error.format_message() if isinstance(error, click.ClickException) else str(error)
        return visible(f"`{command}` cannot be typed: {said}")
    others = [each for each in given if each not in {None, SOMEWHERE}]
    return visible(f"it names an incident, {str(others[0])!r}. Write {{ref}}, or leave it out.") if others else None


def work_through(session: Session, runbook: Runbook, incident_id: str) -> None:
    """Every open step, one after the other, until all have been looked at or the person quits."""
    way = runbooks.walk(session.store, incident_id, runbook, unknown)
    _say(f"{way['incident']}: {way['title']} ({way['runbook']}). Nothing is run without a yes.")
    if not way["started"]:
        if not click.confirm("It is not started. Start it?", default=False, err=True):
            return
        _keep(session, runbooks.start(session.ledger, incident_id, runbook))
    parts = {part["section"]: part["text"] for part in way["parts"]}
    with_steps = {step["section"] for step in way["steps"]}
    for section, text in parts.items():
        if section not in with_steps:
            _part(section, text)
    shown = ""
    for number in range(1, len(way["steps"]) + 1):
        # Somebody else may be working through it, too: each step is looked at when its turn comes.
        step = runbooks.walk(session.store, incident_id, runbook, unknown)["steps"][number - 1]
        if step["state"] != runbooks.OPEN:
            continue
        if step["section"] != shown:
            shown = step["section"]
            _part(shown, parts.get(shown, ""))
        if not _one(session, runbook.name, incident_id, step):
            break
    _say("")


def _one(session: Session, name: str, incident_id: str, step: dict[str, Any]) -> bool:
    """One step, until it is done, skipped or passed by. False: the person quits."""
    _say(f"\n{step['number']:>3}. {step['text']}")
    for line in step["detail"].splitlines():
        _say(f"     {line}" if line.strip() else "")
    for refused in step["refused"]:
        _say(f"     The command of this step is not offered: {refused}")
    while True:
        answer = _asked(step["run"])
        if answer == QUIT:
            return False
        if answer == SKIP:
            why = ""
            while not why.strip():
                why = str(click.prompt("Why is it left out", err=True))
            return _keep(session, runbooks.skip(session.ledger, incident_id, step["number"], why=why, runbook=name))
        if answer == YES and step["run"]:
            if not _run(session, step["run"]):
                continue
            note = f"ran: {step['run']}"
            return _keep(session, runbooks.done(session.ledger, incident_id, step["number"], runbook=name, note=note))
        if answer in {YES, DONE}:
            return _keep(session, runbooks.done(session.ledger, incident_id, step["number"], runbook=name))
        return True


def _part(section: str, text: str) -> None:
    """A heading, and what stands under it beside the steps."""
    _say(f"\n{section}" if section else "")
    for line in text.splitlines():
        _say(f"     {line}" if line.strip() else "")


def _asked(run: str | None) -> str:
    """What is to become of the step; empty: nothing, on to the next."""
    if run:
        _say(f"     Would run: {run}")
    question = "Run it? y, N, d = it is done already, skip, quit" if run else "Is it done? y, N, skip, quit"
    while True:
        said = str(click.prompt(question, default="", show_default=False, err=True)).strip().casefold()
        if said in {"", "n", "no"}:
            return ""
        known = {"yes": YES, "done": DONE, "skip": SKIP, "quit": QUIT}
        for word, answer in known.items():
            if said in {word, answer}:
                return answer
        _say("Answer y, n, skip or quit.")


def _run(session: Session, command: str) -> bool:
    """Run it here, as it was shown. Whether it did all it should."""
    from escalate.cli.main import main

    zone = ["--zone", session.given_zone] if session.given_zone else []
    exit_code = main([*zone, *shlex.split(command)[1:]], session.wiring, seen=session.seen)
    if exit_code == EXIT_STILL_OWED:
        session.exit_code = exit_code
        _say("It is recorded, but not everybody has been told (exit 9). The step stays open: see to that first")
        _say("(escalate messages), do not run it a second time, and answer d.")
    elif exit_code:
        _say(f"That failed (exit {exit_code}). The step stays open.")
    return exit_code == 0


def _keep(session: Session, outcome: tuple[Written, dict[str, Any]]) -> bool:
    session.stamp(outcome[0])
    return True


def _say(line: str) -> None:
    echo(visible(line, lines=True), err=True)
