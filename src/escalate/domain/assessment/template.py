"""The questions of an assessment: a file a team can write, read whole, every mistake named at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.domain.assessment import fields as reading
from escalate.domain.assessment.shape import SLUG, Field
from escalate.domain.assessment.sheet import Sheet, near
from escalate.domain.value import Value
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping


class Template(Value):
    """Without `quotes` no answer may quote anybody at length."""

    name: str
    version: int
    title: str
    help: str = ""
    quotes: bool = True
    fields: tuple[Field, ...] = ()

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)

    def forbidden(self, name: str) -> Field | None:
        """The forbidden field that somebody means by a name, also by one of its other names."""
        said = name.strip().casefold().replace("-", "_")
        return next((field for field in self.fields if field.forbidden and said in {field.name, *field.also}), None)

    def naming(self, type_: str) -> list[str]:
        """The fields, and columns as `field.column`, whose answers name what is of a type: a subject, a clock."""
        found = [field.name for field in self.fields if type_ in {field.type, field.of} and not field.forbidden]
        return found + [f"{f.name}.{column.name}" for f in self.fields for column in f.columns if column.type == type_]

    def public(self) -> dict[str, Any]:
        """The template as `--json` shows it."""
        return {
            "name": self.name,
            "version": self.version,
            "title": self.title,
            "help": self.help,
            "fields": [
                {
                    "name": field.name,
                    "type": field.type,
                    "of": field.of or None,
                    "label": field.label,
                    "help": field.help,
                    "required": field.required,
                    "choices": list(field.choices),
                    "when": field.when_text or None,
                    "forbidden": field.forbidden,
                    "reason": field.reason or None,
                    "sensitive": field.sensitive,
                    "columns": [
                        {"name": c.name, "type": c.type, "required": c.needed, "choices": list(c.choices)}
                        for c in field.columns
                    ],
                }
                for field in self.fields
            ],
        }


def parse(name: str, data: dict[str, Any], included: Mapping[str, dict[str, Any]] | None = None) -> Template:
    """The template that `data` states; `included` are the tables it includes, by name.

    A field that the template and an included table both describe has the included keys where the template
    gives none, and stands where the template puts it. Raises Misconfigured naming all mistakes.
    """
    mistakes: list[str] = []
    sheet = Sheet(data, "", mistakes)
    sheet.only(("title", "version", "help", "quotes", "include", "omit", "optional", "fields"))
    title, version = sheet.text("title", needed=True), sheet.whole("version", needed=True) or 0
    if "version" in data and version < 1:
        sheet.wrong("version", "versions count from 1.")
    sheet.flag("quotes")
    fields = _fields(_merged(sheet, included or {}), mistakes)
    if not fields and not mistakes:
        sheet.wrong("fields", "there is no field.", 'The least: [fields.bluf] with type = "text".')
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise Misconfigured(
            "\n".join((f"The template {name} has {count}:", *(f"  {mistake}" for mistake in mistakes))),
            hint="Mend the file, then: escalate template check FILE",
        )
    quotes = data.get("quotes", True)
    return Template(
        name=name, version=version, title=title, help=sheet.text("help"), quotes=quotes, fields=tuple(fields)
    )


def _merged(sheet: Sheet, included: Mapping[str, dict[str, Any]]) -> dict[str, Sheet]:
    """The tables of all fields in the order they are asked."""
    own = sheet.below("fields")
    omitted, optional = sheet.words("omit"), sheet.words("optional")
    taken: dict[str, Sheet] = {}
    for source in sheet.words("include"):
        if source not in included:
            sheet.wrong("include", f"there is no _{source}.toml.", near(source, included))
        else:
            taken |= Sheet(included[source], f"(_{source})", sheet.mistakes).below("fields")
    for key, names in (("omit", omitted), ("optional", optional)):
        for name in (name for name in names if name not in taken):
            sheet.wrong(key, f"no included field is called {name!r}.", near(name, taken))
    merged = {
        name: Sheet({**taken[name].data, **table.data}, table.where, sheet.mistakes) if name in taken else table
        for name, table in own.items()
    }
    for name, table in taken.items():
        if name in merged or name in omitted:
            continue
        kept = {**table.data, "required": "none"} if name in optional else table.data
        merged[name] = Sheet(kept, table.where, sheet.mistakes)
    return merged


def _fields(tables: dict[str, Sheet], mistakes: list[str]) -> list[Field]:
    fields: list[Field] = []
    for name, sheet in tables.items():
        if not re.fullmatch(SLUG, name):
            sheet.wrong("", "a field's name is small letters, digits and _.")
        field = reading.field(name, sheet)
        _check_condition(field, {asked.name: asked for asked in fields}, tables, sheet)
        fields.append(field)
    _check_names(fields, tables)
    marks = [field.name for field in fields if field.marks == "tlp"]
    if len(marks) > 1:
        mistakes.append(f"fields: {' and '.join(marks)} both mark with tlp; one field can.")
    return fields


def _check_names(fields: list[Field], tables: dict[str, Sheet]) -> None:
    """Other names of forbidden fields are nobody else's, and what must differ from a field differs from one there is."""
    names = {field.name for field in fields}
    for field in fields:
        for other in field.also:
            if other in names or not re.fullmatch(SLUG, other):
                what = "is a field of its own" if other in names else "is not small letters, digits and _"
                tables[field.name].wrong("also", f"{other!r} {what}.")
        if field.differs and field.differs not in names - {field.name}:
            tables[field.name].wrong(
                "differs", f"there is no other field {field.differs!r}.", near(field.differs, names)
            )
        clauses = {each.name for each in fields if each.type == "clause"}
        if field.elements_of and field.elements_of not in clauses:
            what = f"{field.elements_of!r} is no field of type clause."
            tables[field.name].wrong("elements_of", what, near(field.elements_of, clauses))


def _check_condition(field: Field, asked: dict[str, Field], tables: dict[str, Sheet], sheet: Sheet) -> None:
    for test in field.when.tests() if field.when else ():
        about = asked.get(test.field)
        if about is None and test.field in tables:
            sheet.wrong("when", f"{test.field} is asked only after {field.name}.", f"Put {test.field} first.")
        elif about is None:
            sheet.wrong("when", f"there is no field {test.field!r}.", near(test.field, asked))
        else:
            known = {"yes": "", "no": ""} if about.type == "yesno" else about.choices
            for word in (word for word in test.words if known and word.partition(":")[0] not in known):
                sheet.wrong("when", f"{about.name} is never {word!r}.", near(word, known))
