"""Answers as one types them, `field=text`, as the structure a file would hold. Nothing is checked here."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from escalate.domain.assessment.shape import Field


def parse_answer(field: Field, text: str) -> Any:
    """What `text` says for `field`; None, which takes the answer back, for an empty text.

    Rows are written `statement=…;source=…` (several in several settings) or as JSON; what is no `column=`
    goes to the first column. Several answers have commas between, unless they are sentences. Raises
    ValueError for JSON that is none.
    """
    if not text.strip():
        return None
    match field.type:
        case "rows":
            return _rows(field, text)
        case "several":
            return _several(field, text)
        case "confidence" if text.lstrip().startswith("{"):
            return _json(text)
    return text


def joined(before: Any, more: Any) -> Any:
    """The answers of two settings of one field that takes several."""
    return [*_listed(before), *_listed(more)]


def takes_several(field: Field) -> bool:
    return field.type in {"rows", "several"}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _several(field: Field, text: str) -> list[Any]:
    if text.lstrip().startswith("["):
        return _listed(_json(text))
    if field.of == "text":
        return [text]
    return [part.strip() for part in text.split(",") if part.strip()]


def _rows(field: Field, text: str) -> list[Any]:
    if text.lstrip()[:1] in ("{", "["):
        return _listed(_json(text))
    names = "|".join(re.escape(column.name) for column in field.columns)
    # A semicolon divides only where a column's name follows, so that sentences may hold semicolons.
    parts = re.split(rf"(?:^|;)\s*({names})\s*=", text)
    first, rest = parts[0].strip(), parts[1:]
    row = {field.columns[0].name: first} if first else {}
    row |= {name: value.strip() for name, value in zip(rest[::2], rest[1::2], strict=True)}
    return [row]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is not JSON: {error}") from error
