"""Events as JSON and back. What is written is the narrow JSON of the design; what a newer version wrote is kept as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text
from escalate.domain.timeline.event import Unrecognised
from escalate.domain.timeline.events import BY_KIND

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
    """Rebuild an event, leaving out fields that a newer escalate may have added to it."""
    shape = BY_KIND.get(kind)
    if shape is None or body is None:
        return Unrecognised(of=kind, body=json.loads(body) if body else {})
    given = json.loads(body)
    values = {name: given[name] for name in shape._fields if name in given}
    for name, note in shape.instants().items():
        if values.get(name) is not None:
            values[name] = from_text(values[name])
        elif name in values and "None" not in note:
            del values[name]
    try:
        return shape(**values)
    except TypeError:
        return Unrecognised(of=kind, body=given)
