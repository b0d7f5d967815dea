"""The keys under which subjects are kept: in the keyring, each by its own name, or in the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from escalate.domain.subjects.keys import key_id, read_key, ring
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escalate.domain.subjects.keys import Ring

NAME = "subjects"
"""The secret that holds a key whatever it is called; the others are `subjects-` and a key's id."""


class Secrets(Protocol):
    """Where secrets are kept, each by its name."""

    def get(self, name: str) -> str: ...
    def set(self, name: str, value: str) -> None: ...
    def source(self, name: str) -> str | None: ...
    def backend(self) -> str: ...


class SubjectKeys:
    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def ring(self, known: Sequence[str]) -> Ring:
        """What is at hand for a record that knows the keys `known`. Raises Misconfigured for what is no key."""
        at_hand: dict[str, bytes] = {}
        trouble = ""
        for id_ in known:
            key, said = self._read(f"{NAME}-{id_}")
            trouble = trouble or said
            if key is not None and key_id(key) == id_:
                at_hand[id_] = key
        if any(id_ not in at_hand for id_ in known) or not known:
            key, said = self._read(NAME)
            trouble = trouble or said
            if key is not None:
                at_hand[key_id(key)] = key
        return ring(at_hand, known, trouble)

    def given(self) -> bytes | None:
        """The key in the environment, which somebody put there for this record."""
        return self._read(NAME)[0] if self._secrets.source(NAME) == "environment" else None

    def keep(self, key: bytes) -> str:
        """Put a key into the keyring, beside those that are there. Returns its id."""
        id_ = key_id(key)
        try:
            self._secrets.set(f"{NAME}-{id_}", key.hex())
        except Misconfigured as error:
            raise Misconfigured(
                error.message,
                hint="Where there is no keyring the environment holds the key: put 64 random hexadecimal digits into "
                "ESCALATE_SECRET_SUBJECTS (openssl rand -hex 32), then: escalate subject key new",
            ) from None
        return id_

    def _read(self, name: str) -> tuple[bytes | None, str]:
        """The key, and why there is none if the keyring could not be asked."""
        source = self._secrets.source(name)
        if source is None:
            try:
                self._secrets.backend()
            except Misconfigured as error:
                return None, error.message
            return None, ""
        try:
            return read_key(self._secrets.get(name)), ""
        except ValueError as error:
            raise Misconfigured(
                f"The secret {name!r} is no key: {error}.", hint="Make a new one: openssl rand -hex 32"
            ) from None
