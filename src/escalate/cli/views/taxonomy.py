"""How kinds of harm look."""

from __future__ import annotations

from typing import Any

from escalate.cli.views import Block, Cell, Table, View


def everything(data: dict[str, Any]) -> View:
    rows = [_row(kind) for kind in data["kinds"]]
    title = f"{data['title']}: " if data["title"] else ""
    return [
        (f"{title}{data['id']}, version {data['version']}", "bold"),
        Table(columns=("slug", "label", "sensitive", "floor"), rows=rows, wide=1),
    ]


def one(data: dict[str, Any]) -> View:
    first, *below = data["kinds"]
    blocks: list[Block] = [(f"{first['slug']}: {first['label']}", "bold")]
    if first["replaced_by"]:
        blocks.append((f"No longer used; say {first['replaced_by']}.", "yellow"))
    if first["sensitive"]:
        blocks.append("Incidents of it start TLP:RED; what is written in them is masked.")
    if first["floors"]:
        blocks.append(f"It brings the severity floor {' and '.join(first['floors'])}.")
    maps: list[tuple[Cell, ...]] = [
        (kind["slug"], each["relation"], each["scheme"], each["id"])
        for kind in data["kinds"]
        for each in kind["maps_to"]
    ]
    if below:
        blocks += [
            "",
            Table(columns=("slug", "label", "sensitive", "floor"), rows=[_row(kind) for kind in below], wide=1),
        ]
    if maps:
        blocks += ["", Table(columns=("slug", "relation", "scheme", "there"), rows=maps, wide=3)]
    return blocks


def _row(kind: dict[str, Any]) -> tuple[Cell, ...]:
    sensitive = "yes" if kind["sensitive"] and not kind["parent"] else ""
    return (kind["slug"], _label(kind), sensitive, kind["floor"] or "")


def harms(rows: list[dict[str, Any]]) -> View:
    """What is below a kind has its floors and clocks as well; they are said once."""
    first = {row["slug"]: row for row in rows if not row["parent"]}
    cells = [_harm(row, first.get(row["parent"])) for row in rows]
    return [
        Table(columns=("slug", "label", "at least", "masked", "clocks"), rows=cells, wide=1),
        "One kind, with its clocks: escalate harm list SLUG",
    ]


def harm(rows: list[dict[str, Any]]) -> View:
    first, *below = rows
    blocks: list[Block] = [(f"{first['slug']}: {first['label']}", "bold")]
    if first["replaced_by"]:
        blocks.append((f"No longer used; say {first['replaced_by']}.", "yellow"))
    if first["sensitive"]:
        blocks.append("Incidents of it start TLP:RED; what is written in them is masked.")
    blocks += [
        f"At least {said}, by the floor {id_}: {condition}." for id_, said, condition in _floors(first["floors"])
    ]
    if first["clocks"]:
        blocks.append(f"Legal clocks to look at: {', '.join(first['clocks'])}.")
        blocks.append("Whether one applies, a person says: escalate clock suggest REF")
    if below:
        blocks += ["", Table(columns=("slug", "label"), rows=[(row["slug"], _label(row)) for row in below], wide=1)]
    return blocks


def _harm(row: dict[str, Any], above: dict[str, Any] | None) -> tuple[Cell, ...]:
    new = [floor for floor in row["floors"] if above is None or floor not in above["floors"]]
    least = "; ".join(said for _id, said, _condition in _floors(new))
    if above is not None:
        return (row["slug"], _label(row), least, "", "")
    return (row["slug"], _label(row), least, "yes" if row["sensitive"] else "", str(len(row["clocks"]) or ""))


def _floors(floors: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Each floor once: its id, `SEV0 if imminent, or if ongoing`, its condition."""
    found: dict[str, list[dict[str, Any]]] = {}
    for floor in floors:
        found.setdefault(floor["id"], []).append(floor)
    return [
        (id_, f"{ways[0]['severity']}{_signs(ways)}", ways[0]["condition"])
        for id_, ways in found.items()
    ]  # fmt: skip


def _signs(ways: list[dict[str, Any]]) -> str:
    if not all(way["when"] for way in ways):
        return ""
    return " " + ", or ".join(f"if {' and '.join(way['when'])}" for way in ways)


def _label(row: dict[str, Any]) -> str:
    return str(row["label"]) + (f" (no longer used; say {row['replaced_by']})" if row["replaced_by"] else "")
