"""How assessments and their questions look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.cli.views import Block, Cell, Table, View
from escalate.domain.assessment.shape import TYPES

if TYPE_CHECKING:
    from escalate.domain.assessment.template import Template

STATUS = {"none": "not begun", "draft": "draft", "final": "final"}
NEEDED = {"open": "at once", "final": "before final", "close": "before closing"}


def assessment(template: Template, data: dict[str, Any]) -> View:
    rows: list[tuple[Cell, ...]] = []
    for name, answer in data["answers"].items():
        field = template.field(name)
        said = answer if isinstance(answer, list) else [answer]
        label = field.label if field else name
        for number, item in enumerate(said):
            rows += [
                (label if not number and not line else "", words)
                for line, words in enumerate(in_words(item).splitlines() or [""])
            ]
    blocks: list[Block] = [(f"{template.title}, version {data['version']}: {STATUS[data['status']]}", "bold")]
    blocks.append(Table(columns=("question", "answer"), rows=rows, wide=1) if rows else "Nothing is answered yet.")
    if data["missing"]:
        blocks.append((f"Missing before it can be final: {', '.join(data['missing'])}", "yellow"))
    elif data["status"] == "draft":
        blocks.append(f"Nothing is missing. To make it final: escalate assess {template.name} --final")
    return blocks


def in_words(answer: Any) -> str:
    """An answer as one would say it."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, dict) and set(answer) == {"level", "why"}:
        return f"{answer['level']}: {answer['why']}"
    if isinstance(answer, dict):
        return "; ".join(f"{name.replace('_', ' ')}: {in_words(value)}" for name, value in answer.items())
    if isinstance(answer, list):
        return ", ".join(in_words(item) for item in answer)
    return str(answer)


def templates(rows: list[dict[str, Any]]) -> View:
    if not rows:
        return ["There is no template."]
    ordered = sorted(rows, key=lambda row: (row["origin"] != "own", row["name"]))
    cells: list[tuple[Cell, ...]] = [
        (
            row["name"],
            str(row["version"] or ""),
            row["origin"],
            (row["problem"].splitlines()[0], "red") if row["problem"] else row["title"],
        )
        for row in ordered
    ]
    return [Table(columns=("template", "version", "from", "title"), rows=cells)]


def questions(template: Template) -> View:
    rows: list[tuple[Cell, ...]] = []
    for field in template.fields:
        takes = TYPES[field.type]
        if field.columns:
            takes = f"rows of {', '.join(c.name + ('*' if c.needed else '') for c in field.columns)}"
        elif field.choices:
            takes = f"{'any' if field.type == 'several' else 'one'} of {', '.join(field.choices)}"
        if field.forbidden:
            takes = f"forbidden: {field.reason}"
        when = f" when {field.when_text}" if field.when_text else ""
        rows.append((field.name, f"{NEEDED.get(field.required or '', '')}{when}".strip(), takes, field.label))
    return [
        (f"{template.title}, version {template.version}", "bold"),
        template.help,
        Table(columns=("field", "needed", "takes", "question"), rows=rows, wide=2),
    ]
