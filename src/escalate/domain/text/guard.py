"""What in a text points at a person or a machine, so that its writer can think again before storing it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from escalate.domain.value import Value

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

WEB, MAIL, UUID, HASH = "web address", "e-mail address", "UUID", "hash"
IP, PHONE, NUMBER, HANDLE = "IP address", "phone number", "long number", "account name"

_PATTERNS = {
    WEB: (
        r"\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.|hxxps?:)[^\s<>\"]{1,4000}"
        r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}/[^\s<>\"]{0,4000}"
        r"|\b[a-z2-7]{16,56}\.onion\b"
    ),
    MAIL: r"(?<![\w.+-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    UUID: r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])",
    HASH: (
        r"(?<![0-9a-z])"
        r"(?:[0-9a-f]{128}|[0-9a-f]{96}|[0-9a-f]{64}|[0-9a-f]{56}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-z])"
    ),
    IP: (
        r"(?<![\w.])(?:[0-9]{1,3}(?:\.|\[\.\])){3}[0-9]{1,3}(?![\w]|\.[0-9])"
        r"|(?<![\w:.])(?=[0-9a-f:]{0,4}:)[0-9a-f:]{3,39}(?![\w:])"
    ),
    PHONE: (
        r"(?<![\w+])(?:\+|00)[1-9](?:[ ()./-]{0,2}[0-9]){6,14}(?![\w:])"
        r"|(?<![\w+./:-])\(?0[1-9](?:[ ()./-]{0,2}[0-9]){7,10}(?![\w:])"
        r"|(?<![\w+./:-])(?:1[ .-])?(?:\([0-9]{3}\) ?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}(?![\w:-])"
    ),
    NUMBER: r"(?<![\w.+-])(?:[0-9]{9,40}|[0-9]{4}(?:[ -][0-9]{4}){3})(?!\w|[.-][0-9])",
    HANDLE: r"(?<![\w@./+-])@[a-z_][\w.-]{0,38}\w(?![\w@])",
}
"""In this order: what an earlier kind has taken, a later one does not look at."""

_EVERYBODY = {"@here", "@channel", "@everyone", "@group", "@all"}


class Found(Value):
    """`text` stands at `start`, up to and not including `end`. `kind` is in plain words."""

    kind: str
    start: int
    end: int
    text: str


def found(text: str) -> list[Found]:
    """The identifiers in `text`, from left to right; times, dates, INC-12, SEV1 and versions are none."""
    taken = bytearray(len(text))
    every: list[Found] = []
    for kind in _PATTERNS:
        if not _possible(kind, text):
            continue
        for one in _all(kind, text):
            if not any(taken[one.start : one.end]):
                taken[one.start : one.end] = b"x" * len(one.text)
                every.append(one)
    return sorted(every, key=lambda one: one.start)


def _possible(kind: str, text: str) -> bool:
    """A look cheap enough for every line that is logged; only what passes it pays for a pattern."""
    if kind in (MAIL, HANDLE):
        return "@" in text
    if kind == WEB:
        lower = text.lower()
        return any(part in lower for part in ("://", "www.", "hxxp", ".onion")) or _has_path(text)
    if kind == IP:
        return text.count(".") >= 3 or "::" in text or text.count(":") >= 7
    if kind in (PHONE, NUMBER):
        return sum(map(str.isdigit, " ".join(word for word in text.split() if not _plain_time(word)))) >= 7
    return len(text) >= 32 and any(len(word) >= 32 for word in text.split())


def _has_path(text: str) -> bool:
    """A slash after something with a dot, as in `example.org/a`."""
    return "/" in text and any("." in word.partition("/")[0] for word in text.split() if "/" in word)


def _plain_time(word: str) -> bool:
    """The commonest numbers by far: 21:07, and dates as 2026-11-21."""
    word = word.strip(".,;()")
    return (":" in word and word[:1].isdigit()) or (len(word) == 10 and word[4] == word[7] == "-")


def _all(kind: str, text: str) -> Iterator[Found]:
    for match in _pattern(kind).finditer(text):
        said, start = match[0], match.start()
        if kind in (WEB, MAIL, HANDLE):
            said = _without_stop(said)
        if _means(kind, said, text[:start]):
            yield Found(kind=kind, start=start, end=start + len(said), text=said)


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    import re

    return re.compile(_PATTERNS[kind], re.IGNORECASE)


def _without_stop(said: str) -> str:
    """Without the punctuation of the sentence around it; a bracket stays where the address opened one."""
    while said and (said[-1] in ".,;:!?'\"*_~>”’»" or any(
        said[-1] == shut and said.count(opened) < said.count(shut) for opened, shut in ("()", "[]", "{}")
    )):  # fmt: skip
        said = said[:-1]
    return said


def _means(kind: str, said: str, before: str) -> bool:
    """Whether what has the shape of `kind` is one."""
    if kind == IP:
        return _is_ipv6(said) if ":" in said else _is_ipv4(said, before)
    if kind in (PHONE, NUMBER):
        return not _is_date(said) and not _are_times(said)
    if kind == HANDLE:
        return said.lower() not in _EVERYBODY
    return bool(said)


def _is_ipv4(said: str, before: str) -> bool:
    word = before[-12:].lower().split()
    if word and word[-1].strip("(:,") in ("v", "version", "release", "build"):
        return False
    return all(int(part) < 256 for part in said.replace("[.]", ".").split("."))


def _is_ipv6(said: str) -> bool:
    groups = said.split(":")
    if any(len(group) > 4 for group in groups) or said.count("::") > 1 or ":::" in said:
        return False
    if "::" in said:
        return len(groups) <= 9 and any(groups)
    return len(groups) == 8 and all(groups)


def _is_date(said: str) -> bool:
    """20261121, 20261121210714, and dates with a time beside them, whatever comes first in them."""
    digits = "".join(filter(str.isdigit, said))
    if len(digits) not in (8, 10, 12, 14) or said.startswith(("+", "(")):
        return False
    if digits == said and len(digits) == 10:
        return False
    year_first = (digits[:4], digits[4:6], digits[6:8])
    year_last = (digits[4:8], digits[2:4], digits[:2])
    month_first = (digits[4:8], digits[:2], digits[2:4])
    return any(
        "1900" <= year < "2100" and "01" <= month <= "12" and "01" <= day <= "31"
        for year, month, day in (year_first, year_last, month_first)
    ) and all(part < "60" for part in (digits[8:10], digits[10:12], digits[12:14]) if part)


def _are_times(said: str) -> bool:
    """0930-1030 1100."""
    parts = said.replace("-", " ").split()
    return all(len(part) == 4 and part[:2] < "24" and part[2:] < "60" for part in parts)
