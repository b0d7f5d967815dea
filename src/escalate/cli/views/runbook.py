"""How runbooks and the way through them look."""

from __future__ import annotations

from typing import Any

from escalate.cli.views import Block, Cell, Table, View

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
    section = ""
    for step in data["steps"]:
        if step["section"] != section:
            section = step["section"]
            blocks += ["", (section, "bold")]
        blocks.append(_step(step))
        blocks += [f"         {line}" if line else "" for line in step["detail"].splitlines()]
    return blocks


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
