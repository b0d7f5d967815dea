"""Secrets: from the environment, or from the system's keyring; never from a file of ours."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from escalate.errors import EscalateError, Misconfigured, NotFound, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

SERVICE = "escalate"
_FRESH = 60.0
"""Seconds for which a secret from the keyring is used again: a courier need not ask for each message."""


class Secrets:
    """Secrets by name. `keyring_module` is the keyring library, imported when needed if not given."""

    def __init__(self, environ: Mapping[str, str], keyring_module: Any = None) -> None:
        self._environ = environ
        self._module = keyring_module
        self._lock = threading.RLock()
        self._read: dict[str, tuple[float, str]] = {}
        self._seen: set[str] = set()

    def get(self, name: str) -> str:
        """The secret `name`. Raises Misconfigured where there is none, or no way to look."""
        try:
            value = self._from_environment(name) or self._from_keyring(name)
        except Misconfigured as error:
            # Where a message was not sent only this sentence is kept: it says which secret, and where to put it.
            said = f"The secret {name!r} cannot be had: {variable(name)} is not set. {error.message}"
            raise Misconfigured(said, hint=error.hint) from None
        if not value:
            said = f"There is no secret {name!r}: the keyring has none, and {variable(name)} is not set."
            raise Misconfigured(said, hint=self._how_to_give(name))
        if not value.isprintable():
            raise Misconfigured(
                f"The secret {name!r} has a line break or a control character in it.",
                hint=self._how_to_give(name),
            )
        self._seen.add(value)
        return value

    def set(self, name: str, value: str) -> None:
        """Keep a secret in the system's keyring."""
        value = value.strip()
        if not value:
            raise Usage(f"The secret {name!r} is empty.", hint="Nothing was stored.")
        if not value.isprintable():
            raise Usage(f"The secret {name!r} has a control character in it.", hint="Nothing was stored.")
        self._seen.add(value)
        keyring = self._keyring(name)
        self._asked(name, "kept", lambda: keyring.set_password(SERVICE, _slug(name), value))
        with self._lock:
            self._read.pop(name, None)

    def delete(self, name: str) -> None:
        """Forget a secret in the system's keyring. Raises NotFound where it holds none."""
        keyring = self._keyring(name)
        if self._asked(name, "looked up", lambda: keyring.get_password(SERVICE, _slug(name))) is None:
            elsewhere = f" It is set as {variable(name)} in the environment." if self._from_environment(name) else ""
            raise NotFound(f"The keyring holds no secret {name!r}.{elsewhere}", hint="See: escalate config show")
        self._asked(name, "removed", lambda: keyring.delete_password(SERVICE, _slug(name)))
        with self._lock:
            self._read.pop(name, None)

    def source(self, name: str) -> str | None:
        """`environment` or `keyring`, whichever would be used; None where neither has it or can be asked."""
        if self._from_environment(name):
            return "environment"
        try:
            return "keyring" if self._from_keyring(name) else None
        except EscalateError:
            return None

    def backend(self) -> str:
        """The keyring in use, by name. Raises Misconfigured where there is none that can keep a secret."""
        found = self._keyring().get_keyring()
        return str(getattr(found, "name", type(found).__name__))

    def seen(self) -> frozenset[str]:
        """Every secret handed out so far, for whoever must keep them out of logs."""
        return frozenset(self._seen)

    def _from_environment(self, name: str) -> str:
        return self._environ.get(variable(name), "").strip()

    def _from_keyring(self, name: str) -> str:
        with self._lock:
            read_at, value = self._read.get(name, (0.0, ""))
            if value and time.monotonic() - read_at < _FRESH:
                return value
            keyring = self._keyring(name)
            value = self._asked(name, "looked up", lambda: keyring.get_password(SERVICE, _slug(name))) or ""
            self._read[name] = (time.monotonic(), value.strip())
            return value.strip()

    def _keyring(self, name: str = "NAME") -> Any:
        """The keyring library, once it is known that it has somewhere safe to keep things."""
        with self._lock:
            if self._module is None:
                try:
                    import keyring
                except ImportError as error:
                    raise Misconfigured(
                        "The keyring library is not installed.",
                        hint=f"Set {variable(name)} in the environment.",
                    ) from error
                self._module = keyring
            found = self._asked(name, "looked up", self._module.get_keyring)
            if self._keeps_nothing_safe(type(found)):
                raise Misconfigured(
                    "This machine has no keyring that can keep a secret.",
                    hint=f"Set {variable(name)} in the environment instead.",
                )
            return self._module

    def _keeps_nothing_safe(self, backend: type) -> bool:
        """Whether it keeps nothing, or keeps it readable in a file without anybody having chosen that."""
        if backend.__module__ in {"keyring.backends.fail", "keyring.backends.null"}:
            return True
        return backend.__name__ == "PlaintextKeyring" and "PYTHON_KEYRING_BACKEND" not in self._environ

    def _asked(self, name: str, done: str, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 - each backend raises what its desktop's library raises
            what = "is locked" if type(error).__name__ == "KeyringLocked" else f"failed ({type(error).__name__})"
            raise Misconfigured(
                f"The keyring {what}; the secret {name!r} could not be {done}.",
                hint=f"Unlock it and try again, or set {variable(name)} in the environment.",
            ) from None

    def _how_to_give(self, name: str) -> str:
        try:
            self._keyring(name)
        except EscalateError:
            return f"Set {variable(name)} in the environment; this machine has no keyring to keep it in."
        return f"Run: escalate login {name} (or set {variable(name)} in the environment)"


def variable(name: str) -> str:
    """The environment variable that gives the secret `name`."""
    return "ESCALATE_SECRET_" + re.sub(r"[^A-Z0-9]", "_", _slug(name).upper())


def _slug(name: str) -> str:
    if name != "NAME" and not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        raise Usage("That is not a name for a secret.", hint="Small letters, digits, dots and hyphens: harm-desk.")
    return name
