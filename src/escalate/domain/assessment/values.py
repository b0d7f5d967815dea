"""One answer, as somebody gave it, as the JSON that is kept."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.named import clause, clock, harm
from escalate.domain.assessment.pointers import Unfit, digest, opaque, person, ref, spoken
from escalate.domain.assessment.sheet import near
from escalate.domain.assessment.whom import subject
from escalate.domain.instants import from_text, to_text
from escalate.domain.text.visible import is_blank
from escalate.errors import EscalateError

if TYPE_CHECKING:
    from escalate.domain.assessment.around import Around
    from escalate.domain.assessment.shape import Column, Field, Shape

LEVELS = ("low", "moderate", "high")

LONGEST = {"text": 500, "long": 10_000}
"""Characters, where the template does not say."""

MOST = 50
"""Answers or rows, where the template does not say."""

SKEW = timedelta(minutes=2)

_WORD = r"\S{1,100}"
_LABEL = r"[a-z0-9][a-z0-9._\-]{0,63}"


def normalised(field: Field, value: Any, around: Around) -> Any:
    """The answer as it is kept. Raises Unfit."""
    match field.type:
        case "rows":
            return _rows(field, value, around)
        case "several":
            return _several(field, value, around)
        case "confidence":
            return _confidence(value)
        case "subject":
            return subject(value, field.relation, around)
    return single(field, value, around)


def single(shape: Shape, value: Any, around: Around) -> Any:
    match shape.type:
        case "yesno":
            return _yesno(value)
        case "number":
            return _number(shape, value)
        case "choice":
            return choice(shape, value, around)
        case "time":
            return _time(shape, value, around)
        case "person":
            return person(shape, value, around.roster)
        case "ref":
            return ref(value, around)
        case "id":
            return opaque(value)
        case "hash":
            return digest(value)
        case "clause":
            return clause(value, around)
        case "clock":
            return clock(value, around)
    return _text(shape, value)


def _text(shape: Shape, value: Any) -> str:
    text = spoken(value)
    if is_blank(text):
        raise Unfit("there is nothing to be seen in it.", "Write some words.")
    if shape.type == "text" and len(text.splitlines()) > 1:
        raise Unfit("this is one line.", "Put it on one line.")
    limit = shape.max or LONGEST[shape.type]
    if len(text) > limit:
        raise Unfit(f"this is {len(text)} characters long; {limit} fit.", "Say it shorter.")
    words = len(text.split())
    if shape.max_words and words > shape.max_words:
        raise Unfit(f"this has {words} words; {shape.max_words} fit.", "Say it shorter.")
    return text


def _yesno(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    said = spoken(value).lower()
    if said in {"yes", "y", "true"}:
        return True
    if said in {"no", "n", "false"}:
        return False
    raise Unfit(f"{said!r} is neither yes nor no.", "Say yes or no; say nothing while it is not known.")


def _number(shape: Shape, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,15}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**15:
        raise Unfit(f"{value!r} is not a whole number.", "Digits only, as 3.")
    if shape.min is not None and value < shape.min:
        raise Unfit(f"{value} is below {shape.min}.", f"The least is {shape.min}.")
    if shape.max is not None and value > shape.max:
        raise Unfit(f"{value} is above {shape.max}.", f"The most is {shape.max}.")
    return value


def choice(shape: Shape, value: Any, around: Around) -> str:
    said = spoken(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)
    of = {known.casefold(): known for known in shape.choices}
    first, _, second = said.casefold().partition(":")
    if second and shape.vocabulary == "harm" and first in of and re.fullmatch(r"[a-z0-9][a-z0-9\-]{0,63}", second):
        return harm(f"{first}:{second}", around)
    for written in (said.casefold(), said.casefold().replace(" ", "_"), said.casefold().replace("-", "_")):
        if written in of:
            return of[written]
    raise Unfit(f"{said!r} is not one of the choices.", near(said, shape.choices, all_of_them="Choices"))


def _time(shape: Shape, value: Any, around: Around) -> str:
    said = value.isoformat() if hasattr(value, "isoformat") else spoken(value)
    try:
        at = from_text(said)
    except ValueError:
        try:
            at = around.read_time(said, shape.ahead)
        except EscalateError as error:
            raise Unfit(error.message, error.hint) from error
    if not shape.ahead and at > around.now + SKEW:
        raise Unfit(f"{to_text(at)} has not come yet.", "Give a time in the past.")
    return to_text(at)


def _confidence(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        level, _, why = spoken(value).partition(":")
        value = {"level": level, "why": why}
    if not isinstance(value, dict) or not set(value) <= {"level", "why"}:
        raise Unfit("this is a level and why.", "As: moderate: two sources agree")
    level, why = spoken(value.get("level", "")).lower(), spoken(value.get("why", ""))
    if level not in LEVELS:
        raise Unfit(f"{level!r} is not a level of confidence.", f"Levels: {', '.join(LEVELS)}.")
    if is_blank(why):
        raise Unfit("it does not say why.", f"As: {level}: two sources agree")
    if len(why) > 2000:
        raise Unfit(f"the reason is {len(why)} characters long; 2000 fit.", "Say it shorter.")
    return {"level": level, "why": why}


def _several(field: Field, value: Any, around: Around) -> list[str]:
    items = value if isinstance(value, list) else [value]
    answers = list(dict.fromkeys(_item(field, item, around) for item in items))
    _how_many(field, len(answers))
    return answers


def _item(field: Field, item: Any, around: Around) -> str:
    if field.choices:
        return choice(field, item, around)
    match field.of:
        case "ref":
            return ref(item, around)
        case "person":
            return person(field, item, around.roster)
        case "id":
            return opaque(item)
        case "hash":
            return digest(item)
        case "clause":
            return clause(item, around)
        case "clock":
            return clock(item, around)
        case "subject":
            return subject(item, field.relation, around)
        case "word":
            word = spoken(item)
            if not re.fullmatch(_WORD, word) or is_blank(word):
                raise Unfit(f"{word!r} has spaces in it, or is long.", "Short words, with commas between.")
            if field.marks and not re.fullmatch(_LABEL, word := word.lower()):
                raise Unfit(f"{word!r} cannot be a label.", "Small letters, digits and . _ - only.")
            return word
    text = spoken(item)
    if is_blank(text) or len(text) > LONGEST["text"]:
        raise Unfit(f"each answer is 1 to {LONGEST['text']} characters.", "One thought per answer.")
    return text


def _how_many(field: Field, count: int) -> None:
    most = field.max or MOST
    if count > most:
        raise Unfit(f"there are {count}; {most} fit.", "Keep those that decide something.")
    if field.min is not None and count < field.min:
        raise Unfit(f"there are {count}; at least {field.min} are needed.", "Add the others.")


def _rows(field: Field, value: Any, around: Around) -> list[dict[str, Any]]:
    rows = value if isinstance(value, list) else [value]
    kept = [_row(field, row, f"row {number}", around) for number, row in enumerate(rows, 1)]
    _how_many(field, len(kept))
    return kept


def _row(field: Field, row: Any, where: str, around: Around) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise Unfit(f"{where} has no columns.", f"Columns: {', '.join(c.name for c in field.columns)}.")
    columns = {column.name: column for column in field.columns}
    for name in row:
        if name not in columns:
            raise Unfit(f"{where} has no column {name!r}.", near(name, columns, all_of_them="Columns"))
    return {
        name: answer
        for name, column in columns.items()
        if (answer := _cell(column, row.get(name), where, around)) is not None
    }


def _cell(column: Column, value: Any, where: str, around: Around) -> Any:
    if value is None or (isinstance(value, str) and is_blank(value)):
        if column.needed:
            choices = f"One of: {', '.join(column.choices)}." if column.choices else ""
            raise Unfit(f"{where} does not say {column.name}.", choices or f"As {column.name}=…")
        return None
    try:
        return single(column, value, around)
    except Unfit as unfit:
        raise Unfit(f"{where}, {column.name}: {unfit.what}", unfit.do) from unfit
