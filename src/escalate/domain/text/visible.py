"""Text from outside, made safe to look at: what would be invisible, or would act on a screen, is shown.

C0 controls become their pictures (`␛`), others their code point (`<U+202E>`). What is stored never changes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

MARKS = 4
"""Combining marks that a character keeps: living languages need three or four, scribbles dozens."""

_PICTURES = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "␡"}
_PICTURES_IN_LINES = {code: picture for code, picture in _PICTURES.items() if chr(code) not in "\n\t"}

_HIDDEN = (
    "\x00-\x1f\x7f-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # direction
    "\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2028\u2029\u2060-\u2065\ufeff"  # no width, odd line ends
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters without ink
    "\ufe00-\ufe0f\ufff0-\ufffc"  # variation selectors, annotations
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # not characters at all
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # invisible script and music controls
    "\U000e0000-\U000e0fff"  # tags and more variation selectors: text that only machines read
)
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_PLAIN = frozenset("–—…‘’“”„•·→←✓€")
"""With Latin letters, what texts are made of; they are spared the pattern that takes 1 ms to prepare."""


def visible(text: str, *, lines: bool = False) -> str:
    """`text` with nothing hidden in it. With `lines`, line breaks and tabs stay; a lone return never does."""
    if text.isascii():
        if text.isprintable():
            return text
        if lines:
            return text.replace("\r\n", "\n").translate(_PICTURES_IN_LINES)
        return text.translate(_PICTURES)
    if lines:
        text = text.replace("\r\n", "\n")
        return "\n".join("\t".join(_shown(part) for part in line.split("\t")) for line in text.split("\n"))
    return _shown(text)


def is_blank(text: str) -> bool:
    """Whether nobody would see anything: spaces, controls, zero width, fillers."""
    if any(character < "\u0300" and character.isalnum() for character in text):
        return False
    return not _hidden().sub(lambda found: found["kept"] or "", text).strip()


def one_line(text: str, limit: int = 0) -> str:
    """`text` on one line, safe to show, of at most `limit` characters (0: however long)."""
    line = visible(" ".join(text.split()))
    return cut(line, limit) if limit else line


def cut(text: str, limit: int, end: str = "…") -> str:
    """At most `limit` characters of `text`, ending in `end` if anything had to go; none is cut in two."""
    if len(text) <= limit:
        return text
    if limit <= len(end):
        return end[: max(limit, 0)]
    return text[: _boundary(text, limit - len(end))].rstrip() + end


def cut_bytes(text: str, limit: int, end: str = "…") -> str:
    """At most `limit` bytes of `text` in UTF-8, ending in `end` if anything had to go."""
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) <= limit:
        return text
    room = limit - len(end.encode())
    if room <= 0:
        return ""
    while raw[room] & 0xC0 == 0x80:  # a byte that continues a character
        room -= 1
    return text[: _boundary(text, len(raw[:room].decode("utf-8", "surrogatepass")))].rstrip() + end


@cache
def _hidden() -> re.Pattern[str]:
    """What is hidden; as group `kept`, the joiners and selectors inside emoji, which hide nothing."""
    import re

    emoji = f"[{_EMOJI}]"
    joiner = f"(?:(?<={emoji})|(?<={emoji}\ufe0f))\u200d(?={emoji})"
    selector = f"(?<={emoji})[\ufe0e\ufe0f](?![\ufe00-\ufe0f])|(?<=[#*0-9])\ufe0f(?=\u20e3)"
    return re.compile(f"(?P<kept>{joiner}|{selector})|[{_HIDDEN}]")


def _shown(text: str) -> str:
    """One line without tabs."""
    if text.isascii():
        return text.translate(_PICTURES)
    if text.isprintable() and all(character < "\u0300" or character in _PLAIN for character in text):
        return text
    text = _hidden().sub(_named, text)
    return _fewer_marks(text) if max(text) >= "\u0300" else text


def _named(found: re.Match[str]) -> str:
    character = found[0]
    if found["kept"]:
        return character
    code = ord(character)
    return _PICTURES.get(code) or f"<U+{code:04X}>"


def _fewer_marks(text: str) -> str:
    """At most `MARKS` marks on a character, others counted; a mark on nothing gets a circle to stand on."""
    from unicodedata import category

    shown: list[str] = []
    run = 0
    for character in text:
        if character < "\u0300" or category(character) not in {"Mn", "Me"}:
            _count(shown, run)
            run = 0
        else:
            run += 1
            if not shown:
                shown.append("◌")
        if run <= MARKS:
            shown.append(character)
    _count(shown, run)
    return "".join(shown)


def _count(shown: list[str], run: int) -> None:
    if run > MARKS:
        shown.append(f"<+{run - MARKS} marks>")


def _boundary(text: str, at: int) -> int:
    """The last place up to `at` where no character is cut; `at` in what is longer than any character."""
    for place in range(at, max(at - 32, -1), -1):
        if not _joined(text, place):
            return place
    return at


def _joined(text: str, at: int) -> bool:
    """Whether what stands before and after `at` is one character to a reader."""
    if at <= 0 or at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    if after.isascii():
        return before == "\r" and after == "\n"
    from unicodedata import category

    if category(after) in {"Mn", "Me", "Mc"} or "\u200d" in {before, after}:
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":  # skin tones, tags of flags
        return True
    if "\u1160" <= after <= "\u11ff":  # a Korean syllable written in parts
        return "\u1100" <= before <= "\u11ff"
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True
    return _flag(after) and _flag(before) and _flags_before(text, at) % 2 == 1


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    """Regional letters in a row before `at`: two of them are one flag."""
    first = at
    while first > 0 and _flag(text[first - 1]):
        first -= 1
    return at - first
