"""How subjects look: handles, and where they were seen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from escalate.cli.views import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.cli.views import View

    Naming = Callable[[str], str]


def added(data: dict[str, Any], name_of: Naming) -> View:
    said = f"{data['handle']} ({data['type']}) is recorded as {data['relation']} in {data['ref']}."
    reopened = [f"To be decided again: {', '.join(data['reopened'])}."] if data["reopened"] else []
    before = {
        **data,
        "sightings": [one for one in data["sightings"] if one["seq"] != data["seq"] or one["ref"] != data["ref"]],
    }
    if not before["sightings"]:
        return [(said, "bold"), *reopened, "It was not seen before in anything that you may read."]
    return [(said, "bold"), *reopened, "It was here before:", *_where(before, name_of)]


def asked(data: dict[str, Any], name_of: Naming) -> View:
    if not data["seen"]:
        return ["Not seen before in anything that you may read."]
    handles = list(dict.fromkeys(one["handle"] for one in data["sightings"]))
    return [(f"Seen before: {', '.join(handles)}.", "bold"), *_where(data, name_of)]


def shown(data: dict[str, Any], name_of: Naming) -> View:
    return [(f"{data['handle']} ({', '.join(data['types'])})", "bold"), *_where(data, name_of)]


def _where(data: dict[str, Any], name_of: Naming) -> View:
    rows = [
        (one["ref"], f"#{one['seq']}", one["code_name"], one["severity"], one["status"], one["relation"],
         _minute(one["at"]), name_of(one["by"]))
        for one in data["sightings"]
    ]  # fmt: skip
    view: View = [Table(columns=("incident", "entry", "", "severity", "status", "as", "when", "by"), rows=[*rows])]
    for one in data["linked"]:
        places = f", seen in {', '.join(one['seen_in'])}" if one["seen_in"] else ""
        view.append(f"{one['handle']} is held to be {one['other']}{places}: {one['why']} ({one['ref']} #{one['seq']})")
    if data["decisions"]:
        view.append("Decided in these incidents:")
    for one in data["decisions"]:
        mark = "; to be looked at again when it is seen" if one["named"] else ""
        view.append(
            f"  {one['ref']} {one['id']} {one['state']}, {_minute(one['at'])}: {one['question']} → {one['choice']}{mark}"
        )
    return view


def keys(rows: list[dict[str, Any]]) -> View:
    if not rows:
        return ["There is no key for subjects yet. Make one: escalate subject key new"]
    cells: list[Any] = [(row["id"], "here" if row["here"] else ("not here", "bold red"), _state(row)) for row in rows]
    return [Table(columns=("key", "on this machine", ""), rows=cells, wide=2)]


def _state(row: dict[str, Any]) -> Any:
    if not row["known"]:
        return ("the record does not know it: it is not used", "yellow")
    return "what is new is kept under it" if row["current"] else "finds what was seen under it"


def _minute(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%MZ}"
