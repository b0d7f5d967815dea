"""Numbers with their words: `1 entry`, `3 entries`."""

from __future__ import annotations

IRREGULAR = {"person": "people"}


def many(number: int, what: str) -> str:
    """`number` and `what`, which is in the singular; only its last word changes."""
    first, _, noun = what.rpartition(" ")
    words = what if number == 1 else f"{first} {_plural(noun)}".lstrip()
    return f"{number} {words}"


def _plural(noun: str) -> str:
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"
