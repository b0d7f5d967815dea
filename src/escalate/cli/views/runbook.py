"""How runbooks and the way through them look."""

from __future__ import annotations

from typing import Any

from escalate.cli.views import Block, Cell, Table, View
from escalate.domain.text.many import many

MARKS = {"open": "[ ]", "done": "[x]", "skipped": "[-]", None: "[ ]"}

FITS: dict[bool | None, Cell] = {True: ("yes", "bold"), False: "no", None: ""}


def listed(rows: list[dict[str, Any]]) -> View:
    if not rows:
        return ["There is no runbook."]
    return [Table(columns=("runbook", "for", "from", "fits", "progress", "title"), rows=[_row(row) for row in rows])]


def _row(row: dict[str, Any]) -> tuple[Cell, ...]:
    if row["problem"]:
        return (row["name"], "", row["origin"], "", "", (row["problem"].splitlines()[0], "red"))
    harm = ", ".join(row["harm"]) or "any harm"
    way = row["progress"]
    far = f"{way['done'] + way['skipped']}/{way['steps']}" if way else ""
    return (row["name"], f"{harm} at {row['severity']}", row["origin"], FITS[row["fits"]], far, row["title"])


def runbook(data: dict[str, Any]) -> View:
    blocks: list[Block] = [
        (f"{data['title']} ({data['name']}, version {data['version']})", "bold"),
        data["summary"],
    ]
    if data["started"]:
        blocks.append(f"Started in {data['incident']}.")
    if data["changed_since"]:
        blocks.append(("The file has changed since it was started there; the steps of then count.", "yellow"))
    for part in data["parts"]:
        blocks += _prose(part)
        for step in data["steps"]:
            if step["section"] == part["section"]:
                blocks.append(_step(step))
                blocks += _detail(step)
    return blocks


def _prose(part: dict[str, Any]) -> list[Block]:
    heading: list[Block] = ["", (part["section"], "bold")] if part["section"] else []
    return [*heading, *(f"     {line}" if line else "" for line in part["text"].splitlines())]


def _detail(step: dict[str, Any]) -> list[Block]:
    return [f"         {line}" if line else "" for line in step["detail"].splitlines()]


def _step(step: dict[str, Any]) -> Cell:
    line = f"{step['number']:>3}. {MARKS[step['state']]} {step['text']}"
    return line if step["state"] in {"open", None} else (line, "dim")


def progress(data: dict[str, Any]) -> View:
    way = data["progress"]
    skipped = f", {way['skipped']} skipped" if way["skipped"] else ""
    blocks: list[Block] = [(f"{data['runbook']}: {way['done']} of {way['steps']} done{skipped}", "bold")]
    if not data["changed"]:
        blocks.append("Nothing new was written: it was so already.")
    coming = [step for step in data["steps"] if step["state"] == "open"][:3]
    blocks += [_step(step) for step in coming]
    if not coming:
        blocks.append("Every step is done or skipped.")
    return blocks


def way(data: dict[str, Any]) -> View:
    """The open steps and what each would run; to be read, not answered."""
    blocks: list[Block] = [(f"{data['title']} ({data['runbook']}), {data['incident']}", "bold")]
    if not data["started"]:
        blocks.append(f"Not started: escalate runbook start {data['runbook']} {data['incident']}")
    left = [step for step in data["steps"] if step["state"] == "open"]
    known = {part["section"] for part in data["parts"]}
    for part in data["parts"]:
        blocks += _prose(part)
        for step in left:
            if step["section"] == part["section"] or (not part["section"] and step["section"] not in known):
                blocks += [_step(step), *_detail(step), *_command(step)]
    if not left:
        blocks.append("Every step is done or skipped.")
    return blocks


def _command(step: dict[str, Any]) -> list[Block]:
    refused: list[Block] = [(f"         the command is not offered: {why}", "yellow") for why in step["refused"]]
    return [(f"         would run: {step['run']}", "cyan"), *refused] if step["run"] else refused


def standing(data: dict[str, Any]) -> View:
    """How far one is after working through it."""
    far = data["progress"]
    if far is None:
        return [f"{data['runbook']} is not started in {data['incident']}; nothing was written."]
    left = [step for step in data["steps"] if step["state"] == "open"]
    skipped = f", {far['skipped']} skipped" if far["skipped"] else ""
    blocks: list[Block] = [(f"{data['runbook']}: {far['done']} of {far['steps']} done{skipped}", "bold")]
    if left:
        blocks.append(f"{len(left)} left; go on with: escalate runbook run {data['runbook']} {data['incident']}")
    return blocks


def fine(data: dict[str, Any]) -> View:
    count = len(data["commands"])
    offered = f"{count} of them with a command to run" if count else "none of them with a command to run"
    return [f"No mistakes: {data['title']} version {data['version']}, {many(data['steps'], 'step')}, {offered}."]
