"""Four characters that stand for one person's answer to one page: short enough to say over a phone."""

from __future__ import annotations

from escalate.domain.digest import sha256

LETTERS = "23456789BCDFGHJKLMNPQRSTVWXYZ"
"""No 0 and O, no 1 and I, and no vowels, so that no code is a word. Over 600,000 of them: rarely, two that wait are alike."""


def code(page: str, person: str) -> str:
    """The code in every message of `page` to `person`. It holds a letter, so that it is never the number of an incident."""
    number = 0
    while True:
        digest = int(sha256(f"{page}\n{person}\n{number}".encode())[:16], 16)
        found = "".join(LETTERS[digest // len(LETTERS) ** place % len(LETTERS)] for place in range(4))
        if not found.isdigit():
            return found
        number += 1


def is_code(word: str) -> bool:
    """Whether it can be a code, in capitals or not."""
    spelt = word.upper()
    return len(spelt) == 4 and set(spelt) <= set(LETTERS) and not spelt.isdigit()
