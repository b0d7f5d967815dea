"""The short name that stands for a value in texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: none looks like another."""

FEWEST = 4
_BITS = 5
_MEANT = str.maketrans("OIL", "011")
_HANDLE = rf"S-[{LETTERS}]{{{FEWEST},51}}"


def handle_for(digest: str, taken: Callable[[str], bool]) -> str:
    """`S-` and the first four letters of the digest, or as many more as it takes to be nobody else's."""
    letters = _letters(digest)
    for length in range(FEWEST, len(letters)):
        handle = f"S-{letters[:length]}"
        if not taken(handle):
            return handle
    return f"S-{letters}"


def _letters(digest: str) -> str:
    number, bits = int(digest, 16), 4 * len(digest)
    return "".join(LETTERS[(number >> (bits - _BITS * (at + 1))) & 31] for at in range(bits // _BITS))


def is_handle(text: str) -> bool:
    """Whether it is one in full, as it stands in texts."""
    return re.fullmatch(_HANDLE, text) is not None


def as_typed(text: str) -> str | None:
    """`s-7kq2`, `7KQ` or `S-7KQ2` as the handle or beginning of one that is meant; None for anything else."""
    said = text.strip().upper()
    said = said.removeprefix("S-").translate(_MEANT)
    return f"S-{said}" if re.fullmatch(rf"[{LETTERS}]{{1,51}}", said) else None
