"""The workspace's keys: without one nobody can say which value a handle stands for, nor make a handle."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from escalate.domain.value import Value
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIZE = 32
_PURPOSE = b"escalate-subject-1\n"
_NAMING = b"escalate-subject-key-1"
_LINE = "escalate-subject-key-1"


def key_id(key: bytes) -> str:
    """What a key is called: it says nothing of the key."""
    return _hmac(key, _NAMING)[:16]


def digest(key: bytes, type_: str, written: str) -> str:
    """What is kept of a value that is `written` by its type's rule."""
    return _hmac(key, _PURPOSE + type_.encode() + b"\n" + written.encode())


def _hmac(key: bytes, said: bytes) -> str:
    import hmac

    return hmac.new(key, said, "sha256").hexdigest()


def read_key(text: str) -> bytes:
    """64 hexadecimal digits, or base64. Raises ValueError, which says nothing of it."""
    said = "".join(text.split())
    if re.fullmatch(r"[0-9A-Fa-f]{64}", said):
        return bytes.fromhex(said)
    try:
        key = base64.b64decode(said.replace("-", "+").replace("_", "/") + "=" * (-len(said) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != SIZE:
        raise ValueError("a key is 32 bytes: 64 hexadecimal digits, or base64") from None
    return key


def line(key: bytes) -> str:
    """A key as it is handed to another machine."""
    return f"{_LINE}:{key_id(key)}:{key.hex()}"


def read_lines(text: str) -> dict[str, bytes]:
    """The keys in what another machine handed over, or one key alone. Raises ValueError."""
    found: dict[str, bytes] = {}
    for one in (part.strip() for part in text.splitlines()):
        if not one or one.startswith("#"):
            continue
        named, _, rest = one.removeprefix(f"{_LINE}:").rpartition(":")
        key = read_key(rest)
        if named and named != key_id(key):
            raise ValueError("the key is not the one it is called after: something of it is missing")
        found[key_id(key)] = key
    if not found:
        raise ValueError("there is no key in it")
    return found


class Ring(Value):
    """The keys at hand by their ids, those the record knows in `known`, oldest first. `stray` are at hand and unknown;
    `trouble` says why no more could be looked for.
    """

    keys: dict[str, bytes] = {}
    known: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()
    trouble: str = ""

    def __repr__(self) -> str:
        return f"Ring(known={self.known!r}, missing={self.missing!r})"  # a key is never written anywhere

    @property
    def missing(self) -> tuple[str, ...]:
        """Known keys that are not at hand: what was seen under them only is not found."""
        return tuple(id_ for id_ in self.known if id_ not in self.keys)

    @property
    def current(self) -> str:
        """The id of the key under which what is new is kept: the newest that the record knows. Raises where it is not
        at hand.
        """
        if not self.known:
            raise Misconfigured(
                "This record has no key for subjects yet.",
                hint="Make one, once for all who share the record: escalate subject key new",
            )
        newest = self.known[-1]
        if newest in self.keys:
            return newest
        if self.stray:
            raise Misconfigured(
                f"Wrong key: the record does not know {self.stray[0]}; it goes by {newest}. Nothing was looked up.",
                hint="Bring the right one from a machine that has it: escalate subject key export, then import here.",
            )
        raise Misconfigured(
            f"The key {newest}, under which subjects are kept, is not on this machine."
            + (f" {self.trouble}" if self.trouble else ""),
            hint="Bring it from a machine that has it: escalate subject key export there, then import here.",
        )

    def digests(self, type_: str, written: str) -> list[tuple[str, str]]:
        """(key id, digest) under every known key at hand, oldest first."""
        return [(id_, digest(self.keys[id_], type_, written)) for id_ in self.known if id_ in self.keys]


def ring(at_hand: Mapping[str, bytes], known: Sequence[str], trouble: str = "") -> Ring:
    """What of the keys at hand is good for a record that knows `known`."""
    return Ring(
        keys={id_: key for id_, key in at_hand.items() if id_ in known},
        known=tuple(known),
        stray=tuple(id_ for id_ in at_hand if id_ not in known),
        trouble=trouble,
    )
