"""How assessments and their questions look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.cli.views import Block, Cell, Table, View
from escalate.domain.assessment.shape import TYPES
from escalate.domain.instants import from_text

if TYPE_CHECKING:
    from escalate.domain.assessment.shape import Field
    from escalate.domain.assessment.template import Template

STATUS = {"none": "not begun", "draft": "draft", "final": "final"}
NEEDED = {"open": "at once", "final": "before final", "close": "before closing"}


def assessment(template: Template, data: dict[str, Any]) -> View:
    rows: list[tuple[Cell, ...]] = []
    for name, answer in data["answers"].items():
        field = template.field(name)
        said = [_in_order(field, item) for item in (answer if isinstance(answer, list) else [answer])]
        label = field.label if field else name
        for number, item in enumerate(said):
            rows += [
                (label if not number and not line else "", words)
                for line, words in enumerate(in_words(item).splitlines() or [""])
            ]
    blocks: list[Block] = [
        (f"{template.title}, version {data['version']}: {STATUS[data['status']]}{_lasting(data)}", "bold")
    ]
    blocks.append(Table(columns=("question", "answer"), rows=rows, wide=1) if rows else "Nothing is answered yet.")
    again = f"escalate assess {template.name} {data['ref']}"
    if data["missing"]:
        blocks += _missing(template, data, again)
    elif data["status"] == "draft":
        blocks.append(f"Nothing is missing. To make it final: {again} --final")
    if data["expired"]:
        blocks.append((f"Its time is over. Look again, then: {again} --final", "bold red"))
    elif data["status"] == "final" and data["missing_to_close"]:
        blocks.append(f"To be answered before the incident closes: {', '.join(data['missing_to_close'])}")
    return blocks


def _missing(template: Template, data: dict[str, Any], again: str) -> list[Block]:
    """The fields, and how the first of them is answered; of what is answered and not enough, what that is."""
    unfinished = {one["field"] for one in data["unfinished"]}
    absent = [name for name in data["missing"] if name not in unfinished]
    how = f". As: {again} --set {absent[0]}{_like(template.field(absent[0]))}" if absent else ""
    return [
        *((f"{one['field']}: {one['what']} {one['do']}", "yellow") for one in data["unfinished"]),
        (f"Missing before it can be final: {', '.join(data['missing'])}{how}", "yellow"),
    ]


def _like(field: Field | None) -> str:
    """How an answer is written after --set and the field's name."""
    if field is not None and field.columns:
        needed = [column.name for column in field.columns if column.needed] or [field.columns[0].name]
        return f"+='{';'.join(f'{name}=…' for name in needed)}'"
    return "=…"


def _lasting(data: dict[str, Any]) -> str:
    if not data["until"]:
        return ""
    moment = f"{data['until'][:16].replace('T', ' ')}Z"
    return f" until {moment}" if data["status"] == "final" else f"; it was final until {moment}"


def changed(data: dict[str, Any]) -> View:
    """What changed, one question below the other: an answer may be long, a terminal narrow."""
    before, after = data["from"], data["to"]
    view: View = [(f"{data['template']}: {_version(before)} → {_version(after)}", "bold")]
    if before["version"] != after["version"]:
        view.append(f"template version {before['version']} → {after['version']}")
    if not data["changes"]:
        return [*view, "No answer changed."]
    for change in data["changes"]:
        view += ["", f"{change['label']} ({change['field']})", *_sides(change["before"], change["after"])]
    return view


def _version(one: dict[str, Any]) -> str:
    return f"{one['status']} #{one['seq']} by {one['by']}, {one['at'][:16].replace('T', ' ')}Z"


def _sides(before: Any, after: Any) -> list[Block]:
    """Of several answers those that went and those that came; of one, what it was and what it is."""
    if isinstance(before, list | None) and isinstance(after, list | None):
        was, now = before or [], after or []
        gone = [item for item in was if item not in now]
        come = [item for item in now if item not in was]
        if gone or come:
            said: list[Block] = [(f"  - {in_words(item)}", "red") for item in gone]
            return said + [(f"  + {in_words(item)}", "green") for item in come]
        return ["  the same in another order"]
    return [f"  {_side(before)}", f"  → {_side(after)}"]


def _side(answer: Any) -> str:
    return "(no answer)" if answer is None else in_words(answer)


def _in_order(field: Field | None, item: Any) -> Any:
    """A row as its columns are asked; it is kept in the order of the alphabet."""
    if field is None or not field.columns or not isinstance(item, dict):
        return item
    names = [column.name for column in field.columns]
    return {name: item[name] for name in sorted(item, key=lambda name: names.index(name) if name in names else 99)}


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
    try:
        return f"{from_text(str(answer)):%Y-%m-%d %H:%MZ}"
    except ValueError:
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
        if field.type == "several" and field.of:
            takes = f"any number, each {TYPES.get(field.of, 'a word')}"
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
        *_named(template),
    ]


def _named(template: Template) -> list[Block]:
    """How to write what stands for something that is kept elsewhere."""
    subjects, clocks = template.naming("subject"), template.naming("clock")
    said: list[Block] = []
    if subjects:
        said += [
            "",
            f"Subjects ({', '.join(subjects)}) are named by their handles: --set {subjects[0]}=S-7KQ2",
            "  A value is never typed on the command line. On a terminal its type is given, and it is asked for unseen;",
            '  in a file (--from) it is {type = "email", value = "…", relation = "actor"}. A handle is kept of it.',
        ]
    if clocks:
        said += [
            "",
            f"Clocks ({', '.join(clocks)}) are named by their ids, with commas between: --set {clocks[0]}=ID,ID",
            "  Which there are: escalate clock library",
        ]
    return said
