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
    label = kind["label"] + (f" (no longer used; say {kind['replaced_by']})" if kind["replaced_by"] else "")
    sensitive = "yes" if kind["sensitive"] and not kind["parent"] else ""
    return (kind["slug"], label, sensitive, kind["floor"] or "")
