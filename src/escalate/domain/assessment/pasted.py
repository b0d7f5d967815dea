"""Tells material that was pasted in from words that somebody wrote about it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_QUOTE = 5
"""Words between quotation marks that are still a name or a term."""

LONGEST_NAME = 60
"""Characters of it, in scripts that put no spaces between words."""

_LINK = r"\bdata:(?:[a-z]+/[a-z0-9.+-]+[;,]|[;,])"
_RUN = r"[A-Za-z0-9+/=_-]{400,}"
_BROKEN = r"(?<=[A-Za-z0-9+/=_-]{40})\s+(?=[A-Za-z0-9+/=_-]{20})"
"""Where an encoded file goes on in another line."""
_BYTES = r"\b[0-9a-f]{2}(?:[\s:,]+[0-9a-f]{2}){150,}\b"
_HEX = r"\b[0-9a-fA-F]{400,}\b"

_MARKS = '"“”„‟«»‹›❝❞〝〞〟「」『』《》'
_QUOTES = (
    f"[{_MARKS}]([^{_MARKS}]+)[{_MARKS}]",
    rf"(?<!\w)[{_MARKS}](?=\w)([^{_MARKS}]+)$",
    r"`+([^`]+)`+",
    r"(?m)^[ \t]*>(.+)$",
    # A single quotation mark is an apostrophe as well: between letters, and behind a plural.
    r"(?<!\w)['‘‚‛]+(?=\w)((?:[^'‘’‚‛]|(?<=\w)['’](?=\w))+)['’]+(?!\w)",
)


_BETWEEN = r"\s+|(?<=[^\W\d_]{2})[_\-.·•/|+]+(?=[^\W\d_]{2})"
"""Words, also where something else than a space holds them apart; a hash or an id is one."""


def pasted(answer: Any, *, quotes: bool) -> str:
    """What about an answer is not somebody's own words; empty where all of it is. `quotes` allows long quotations."""
    for text in map(_plain, _strings(answer)):
        if _file(text):
            return "this holds a file, not words."
        if not quotes and any(_long(said) for quote in _QUOTES for said in re.findall(quote, text)):
            return "this quotes at length."
    return ""


def _plain(text: str) -> str:
    """Letters and marks as they are mostly written; what cannot be seen stands between no words, or stands for a space."""
    shown = unicodedata.normalize("NFKC", text.replace("\u200b", " "))
    return "".join(letter for letter in shown if unicodedata.category(letter) != "Cf")


def _file(text: str) -> bool:
    joined = re.sub(_BROKEN, "", text)
    tight = re.sub(r"(?<=\S) (?=\S(?: |$))", "", joined)
    runs = [run for each in (joined, tight) for run in re.findall(_RUN, each)]
    bare = re.search(_HEX, joined) or re.search(_BYTES, text, re.IGNORECASE)
    return bool(re.search(_LINK, text, re.IGNORECASE) or any(map(_encoded, runs)) or bare)


def _encoded(run: str) -> bool:
    """A run of letters that nobody would type has small ones, capitals and digits in it."""
    return all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _long(said: str) -> bool:
    words = [word for word in re.split(_BETWEEN, said) if word]
    return len(words) > LONGEST_QUOTE or (len(said.strip()) > LONGEST_NAME and not said.strip().isascii())


def _strings(answer: Any) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, list | dict):
        for item in answer.values() if isinstance(answer, dict) else answer:
            yield from _strings(item)
