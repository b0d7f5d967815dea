"""Events as JSON and back. What is written is the narrow JSON of the design; what a newer version wrote is kept as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text
from escalate.domain.timeline.event import Unrecognised
from escalate.domain.timeline.events import shape_of

if TYPE_CHECKING:
    from escalate.domain.timeline.event import Event

LARGEST = 2**53


def encode(body: dict[str, Any]) -> str:
    """The bytes to store. Raises ValueError for what may not stand in a body."""
    _check(body, "body", 0)
    return json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def _check(value: Any, where: str, depth: int) -> None:
    if depth > 32:
        raise ValueError(f"{where}: nested too deeply")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError(f"{where}: U+0000 and lone surrogates cannot be kept")
    elif isinstance(value, int):
        if not -LARGEST < value < LARGEST:
            raise ValueError(f"{where}: {value} is too large a number")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _check(item, f"{where}[{number}]", depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii() or "\x00" in key:
                raise ValueError(f"{where}: the key {key!r} is not plain ASCII")
            _check(item, f"{where}.{key}", depth + 1)
    else:
        raise ValueError(f"{where}: {type(value).__name__} cannot be kept")  # noqa: TRY004  (one error for all that a body refuses)


def decode(kind: str, body: str | None) -> Event:
    """Rebuild an event, leaving out fields that a newer escalate may have added to it. What does not have the shape of
    its kind is Unrecognised, as a kind is that nobody here knows.
    """
    shape = shape_of(kind)
    given = json.loads(body) if body else {}
    if shape is None or body is None or not isinstance(given, dict):
        return Unrecognised(of=kind, body=given if isinstance(given, dict) else {})
    notes = notes_of(shape)
    values = {name: given[name] for name in shape._fields if name in given}
    try:
        for name in list(values):
            if not notes[name].startswith("datetime"):
                _expect(values[name], notes[name])
            elif values[name] is not None:
                values[name] = from_text(values[name])
            elif "None" not in notes[name]:
                del values[name]
        return shape(**values)
    except (TypeError, ValueError):
        return Unrecognised(of=kind, body=given)


def misshapen(kind: str, event: Event) -> bool:
    """Whether an event that was read has a kind we know, but not its shape: nobody wrote that."""
    return isinstance(event, Unrecognised) and shape_of(kind) is not None


_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool}
_known_notes: dict[type[Event], dict[str, str]] = {}


def notes_of(shape: type[Event]) -> dict[str, str]:
    """The annotations of all fields, as text."""
    if shape not in _known_notes:
        notes: dict[str, str] = {}
        for of in reversed(shape.__mro__):
            notes |= of.__dict__.get("__annotations__", {})
        _known_notes[shape] = notes
    return _known_notes[shape]


def _expect(value: Any, note: str) -> None:
    """Raises TypeError where `value` is not what a field is annotated with."""
    if value is None and note.endswith("| None"):
        return
    outer, _, inner = note.removesuffix(" | None").removesuffix("]").partition("[")
    if outer in _TYPES:
        fits = type(value) is _TYPES[outer]
    elif outer == "list":
        fits = isinstance(value, list) and all(isinstance(item, _TYPES.get(inner, object)) for item in value)
    else:
        fits = outer != "dict" or isinstance(value, dict)
    if not fits:
        raise TypeError(f"{value!r} is not {note}")
