"""Words as PostgreSQL indexes and finds them: small letters and digits without diacritics, as SQLite's index takes them."""

from __future__ import annotations

import re
import unicodedata


def indexed(text: str) -> str:
    """The words of a text, one blank between them: what the database then takes apart cannot be read in two ways."""
    return " ".join(words(text))


def words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFD", text.casefold())
    kept = (
        letter if letter.isalnum() or unicodedata.category(letter) in {"Co", "No", "Nl"} else " "
        for letter in plain
        if not unicodedata.combining(letter)
    )
    return unicodedata.normalize("NFC", "".join(kept)).split()


def query(expression: str) -> str:
    """`"two words" "wor"*`, an expression of `app.reading`, as a text query: all of them, phrases in their order."""
    found = []
    for quoted, star in re.findall(r'"((?:[^"]|"")*)"(\*?)', expression):
        parts = [f"'{word}'" for word in words(quoted)]
        if parts:
            parts[-1] += ":*" if star else ""
            found.append(f"({' <-> '.join(parts)})")
    return " & ".join(found)
