"""How clauses look."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from escalate.cli.views import Block, Cell, Table, View
from escalate.domain.guidance.clause import moment
from escalate.domain.instants import from_text

STYLES = {"in-force": "", "coming": "yellow", "superseded": "dim"}

OPENS = {"same": "", "removed": "[-", "added": "{+"}
CLOSES = {"same": "", "removed": "-]", "added": "+}"}


def applied(data: dict[str, Any], *, checked: bool) -> View:
    new = [row for row in data["clauses"] if row["change"] == "new"]
    same = len(data["clauses"]) - len(new)
    count = f"{len(new)} new, {same} unchanged"
    head = f"No mistakes: {count}. Nothing was applied." if checked else f"Applied: {count}."
    rows: list[tuple[Cell, ...]] = [
        (row["name"], row["change"], row["state"], _day(row["effective_from"]), row["title"]) for row in data["clauses"]
    ]
    view: View = [(head, "bold"), Table(columns=("clause", "", "state", "from", "title"), rows=rows, wide=4)]
    view += [f"Looked at again: {', '.join(one['decisions'])} of {one['ref']}" for one in data["reopened"]]
    return view


def clauses(rows: list[dict[str, Any]], *, at: datetime | None) -> View:
    if not rows:
        when = f" was in force on {moment(at)}" if at else " is in the record"
        return [f"No clause{when}. Clauses are applied with: escalate guidance apply FILE"]
    cells: list[tuple[Cell, ...]] = [
        (row["name"], (row["state"], STYLES[row["state"]]), _day(row["effective_from"]), _day(row["until"]),
         str(row["element_count"]), row["owner"], row["title"])
        for row in rows
    ]  # fmt: skip
    return [Table(columns=("clause", "state", "from", "until", "elements", "owner", "title"), rows=cells, wide=6)]


def one(data: dict[str, Any]) -> View:
    view: list[Block] = [(f"{data['name']}  {data['title']}", "bold")]
    until = f", until {_day(data['until'])}" if data["until"] else ""
    view.append(
        (f"{data['state']}, from {_day(data['effective_from'])}{until}; owner {data['owner']}", STYLES[data["state"]])
    )
    if not data["intact"]:
        view.append(
            ("The record does not hold what was applied: its digest is another. Compare it with your file.", "bold red")
        )
    view += ["", *data["text"].split("\n"), "", ("Elements", "bold")]
    view.append(
        Table(
            columns=("id", "what must be so"),
            rows=[(each["id"], _line(each["text"])) for each in data["elements"]],
            wide=1,
        )
    )
    if data["note"]:
        view += ["", f"Note: {_line(data['note'])}"]
    others = [f"@{each['version']} {each['state']} from {_day(each['effective_from'])}" for each in data["versions"]]
    view += ["", f"Versions: {'; '.join(others)}"]
    view.append(f"Applied {_day(data['applied_at'])} by {data['applied_by']} from {data['source']}")
    view.append(f"SHA-256 {data['digest']}")
    return view


def changed(data: dict[str, Any]) -> View:
    """Words that went stand in `[-…-]`, those that came in `{+…+}`."""
    view: list[Block] = [(f"{data['from']['name']} → {data['to']['name']}", "bold")]
    for part in data["parts"]:
        before, after = (
            _day(part[side]) if part["part"] == "effective_from" else part[side] for side in ("before", "after")
        )
        view.append(f"{part['part'].replace('_', ' ')}: {_line(before) or '(none)'} → {_line(after) or '(none)'}")
    elements = data["elements"]
    view += [(f"- element {each['id']}: {_line(each['text'])}", "red") for each in elements["removed"]]
    view += [(f"+ element {each['id']}: {_line(each['text'])}", "green") for each in elements["added"]]
    view += [f"~ element {each['id']}: {_line(_marked(each['text']))}" for each in elements["changed"]]
    if elements["reordered"]:
        view.append("the elements stand in another order")
    if data["text"]:
        view += ["", *_marked(data["text"]).split("\n")]
    if len(view) == 1:
        view.append("Nothing changed.")
    return view


def _marked(stretches: list[dict[str, str]]) -> str:
    return " ".join(f"{OPENS[each['op']]}{each['text']}{CLOSES[each['op']]}" for each in stretches)


def _line(text: str) -> str:
    return " ".join(text.split())


def _day(text: str | None) -> str:
    """`2026-03-01`, or with the time where that matters."""
    if not text:
        return ""
    try:
        return moment(from_text(text))
    except ValueError:
        return moment(datetime.fromisoformat(text))
