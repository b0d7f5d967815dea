"""A short sign for each person, as AN for Alice Ng: where a column is all the room there is."""

from __future__ import annotations

import re
import unicodedata
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def signs(names: dict[str, str]) -> dict[str, str]:
    """By person, in their order: initials, or where somebody has them already other letters of the name, or a number."""
    given: dict[str, str] = {}
    for person, name in names.items():
        taken = set(given.values())
        given[person] = next(sign for sign in _ideas(name, person) if sign not in taken)
    return given


def _ideas(name: str, person: str) -> Iterator[str]:
    words = _words(name) or _words(person) or ["P"]
    first, last = words[0], words[-1] if len(words) > 1 else words[0][1:]
    yield (first[:1] + last[:1]).upper()
    for letter in last[1:]:
        yield (first[:1] + letter).upper()
    for number in count(2):
        yield f"{first[:1].upper()}{number}"


def _words(text: str) -> list[str]:
    """Words of letters that take one column each and stay one letter as capitals."""
    plain = "".join(one for one in unicodedata.normalize("NFC", text) if _narrow(one))
    return re.findall(r"[^\W_]+", plain)


def _narrow(one: str) -> bool:
    wide = unicodedata.east_asian_width(one) in {"W", "F"}
    return not wide and not unicodedata.combining(one) and len(one.upper()) == 1
