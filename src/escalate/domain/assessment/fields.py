"""Reads one field of a template from its table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.condition import parse
from escalate.domain.assessment.shape import (
    FREE,
    ITEMS,
    SIMPLE,
    SLUG,
    STAGES,
    TYPES,
    VOCABULARIES,
    Column,
    Field,
)
from escalate.domain.assessment.sheet import near
from escalate.domain.incident.harm import HARMS
from escalate.domain.subjects.rules import RELATIONS

if TYPE_CHECKING:
    from escalate.domain.assessment.condition import Condition
    from escalate.domain.assessment.sheet import Sheet

_SHAPE = ("type", "label", "help", "required", "choices", "min", "max", "max_words", "ahead", "reads")
_FIELD = (
    *_SHAPE, "of", "forbidden", "reason", "also", "differs", "watched", "when", "sensitive", "plain", "marks", "columns",
    "elements_of", "relation",
)  # fmt: skip


def field(name: str, sheet: Sheet) -> Field:
    sheet.only(_FIELD)
    shape = _shape(name, sheet, tuple(TYPES))
    type_ = shape["type"]
    plain, sealed = sheet.flag("plain"), sheet.flag("sensitive")
    if plain and sealed:
        sheet.wrong("plain", "an answer is plain or sensitive, not both.")
    forbidden, reason = sheet.flag("forbidden"), sheet.text("reason")
    if forbidden and not reason:
        sheet.wrong("reason", "a forbidden field says why.", 'As reason = "Material is never copied here."')
    also = sheet.words("also")
    if also and not forbidden:
        sheet.wrong("also", "only a forbidden field goes by other names.")
    required = _required(sheet)
    if forbidden and required:
        sheet.wrong("required", "a forbidden field cannot be required.")
    columns = tuple(_column(column, below) for column, below in sheet.below("columns").items())
    if (type_ == "rows") != bool(columns):
        sheet.wrong("columns", "rows have columns, and nothing else has.")
    of = sheet.text("of") or ("text" if type_ == "several" and not shape["choices"] else "")
    if of and (of not in ITEMS or type_ != "several" or shape["choices"]):
        sheet.wrong("of", "only several answers without choices are `of` something.", f"One of: {', '.join(ITEMS)}.")
    if shape["reads"] and "person" not in {type_, of}:
        sheet.wrong("reads", "only a person may have to be allowed to read something.")
    sensitive = sealed or (not plain and (type_ in FREE or of in {"text", "word"}))
    watched = sheet.flag("watched")
    if watched and (sensitive or not (shape["choices"] or type_ in {"yesno", "number"})):
        sheet.wrong("watched", "only choices, numbers, yes and no are watched, and only where they are not sensitive.")
    elements_of = sheet.text("elements_of")
    if elements_of and type_ != "rows":
        sheet.wrong("elements_of", "only rows are the elements of a clause.")
    elif elements_of and [column.type for column in columns[:2]] != ["text", "choice"]:
        sheet.wrong("elements_of", "the first column is the element, a text; the second whether it is met, a choice.")
    relation = sheet.text("relation")
    if relation and ("subject" not in {type_, of} or relation not in RELATIONS):
        sheet.wrong("relation", "only subjects have one.", f"One of: {', '.join(RELATIONS)}.")
    when_text = sheet.text("when")
    return Field(
        **shape,
        required=required,
        of=of,
        forbidden=forbidden,
        reason=reason,
        also=also,
        differs=sheet.text("differs"),
        watched=watched,
        when=_condition(when_text, sheet),
        when_text=when_text,
        sensitive=sensitive,
        sealed=sealed,
        marks=_marks(sheet, type_),
        columns=columns,
        elements_of=elements_of,
        relation=relation,
    )


def _column(name: str, sheet: Sheet) -> Column:
    sheet.only(_SHAPE)
    needed = sheet.data.get("required", False)
    if not isinstance(needed, bool):
        sheet.wrong("required", "a column is required or not: true or false.")
        needed = False
    if not re.fullmatch(SLUG, name):
        sheet.wrong("", "a column's name is small letters, digits and _.")
    return Column(**_shape(name, sheet, SIMPLE), needed=needed)


def _shape(name: str, sheet: Sheet, types: tuple[str, ...]) -> dict[str, Any]:
    type_ = sheet.text("type", needed=True)
    if type_ and type_ not in types:
        sheet.wrong("type", f"there is no type {type_!r} here.", near(type_, types, all_of_them="Types"))
    choices, vocabulary = _choices(sheet)
    if type_ == "choice" and not choices:
        sheet.wrong("choices", "a choice needs choices.", 'As choices = ["met", "not_met", "unclear"]')
    if choices and type_ not in {"choice", "several"}:
        sheet.wrong("choices", f"{type_ or 'this'} has no choices.", "Use type choice or several.")
    least, most = sheet.whole("min"), sheet.whole("max")
    if least is not None and most is not None and least > most:
        sheet.wrong("min", f"min {least} is above max {most}.")
    max_words = sheet.whole("max_words")
    if max_words is not None and (max_words < 1 or type_ not in {"text", "long"}):
        sheet.wrong("max_words", "only a text has a number of words, at least 1.")
    ahead = sheet.flag("ahead")
    if ahead and type_ != "time":
        sheet.wrong("ahead", "only a time can lie ahead.")
    return {
        "name": name,
        "type": type_,
        "label": sheet.text("label") or name.replace("_", " ").capitalize(),
        "help": sheet.text("help"),
        "choices": choices,
        "vocabulary": vocabulary,
        "min": least,
        "max": most,
        "max_words": max_words,
        "ahead": ahead,
        "reads": sheet.text("reads"),
    }


def _choices(sheet: Sheet) -> tuple[dict[str, str], str]:
    """The choices with what each means: from a list, a table with meanings, or the name of a vocabulary."""
    given = sheet.data.get("choices", [])
    if isinstance(given, str):
        if given not in VOCABULARIES:
            sheet.wrong("choices", f"there is no vocabulary {given!r}.", near(given, VOCABULARIES))
        return {word: HARMS.get(word, "") for word in VOCABULARIES.get(given, ())}, given
    if isinstance(given, list):
        given = dict.fromkeys(sheet.words("choices"), "")
    if not isinstance(given, dict) or not all(isinstance(meaning, str) for meaning in given.values()):
        sheet.wrong("choices", "this must be a list of words, or a table of words and what they mean.")
        return {}, ""
    for word in given:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_+.\-]{0,63}", word):
            sheet.wrong("choices", f"{word!r} cannot be a choice.", "Letters, digits and _ + . - only.")
    return given, ""


def _required(sheet: Sheet) -> str | None:
    given = sheet.text("required")
    if given and given not in {*STAGES, "none"}:
        sheet.wrong("required", f"{given!r} is not a moment.", f"One of: {', '.join(STAGES)}, none.")
    return given if given in STAGES else None


def _marks(sheet: Sheet, type_: str) -> str:
    marks = sheet.text("marks")
    if marks and (marks not in {"tlp", "ntk"} or type_ not in {"choice", "several"}):
        sheet.wrong("marks", "only a choice or several answers mark, with tlp or ntk.")
    return marks


def _condition(text: str, sheet: Sheet) -> Condition | None:
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        sheet.wrong("when", f"{text!r} cannot be read: {error}.", 'As when = "imminent == yes and not child"')
        return None
