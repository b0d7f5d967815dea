"""Tells material that was pasted in from words that somebody wrote about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_QUOTE = 5
"""Words between quotation marks that are still a name or a term."""

_FILE = r"data:[a-z]+/[a-z0-9.+-]+[;,]|[A-Za-z0-9+/=_-]{400,}"
_QUOTE = '["“”„«»]([^"“”„«»]+)["“”„«»]'


def pasted(answer: Any, *, quotes: bool) -> str:
    """What about an answer is not somebody's own words; empty where all of it is. `quotes` allows long quotations."""
    for text in _strings(answer):
        if any(map(_encoded, re.findall(_FILE, text))):
            return "this holds a file, not words."
        if not quotes and any(len(said.split()) > LONGEST_QUOTE for said in re.findall(_QUOTE, text)):
            return "this quotes at length."
    return ""


def _encoded(run: str) -> bool:
    """A run of letters that nobody would type has small ones, capitals and digits in it."""
    return run.startswith("data:") or all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _strings(answer: Any) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, list | dict):
        for item in answer.values() if isinstance(answer, dict) else answer:
            yield from _strings(item)
