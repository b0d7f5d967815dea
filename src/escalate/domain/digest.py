"""SHA-256 of a few short texts.

Python carries a small implementation of its own beside OpenSSL's. Loading OpenSSL costs a command 2.4 ms, and it hashes no
faster until there are thousands of texts; who has those takes `hashlib`. A Python built without its own has only that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def _found() -> Callable[[bytes], Any]:
    from importlib import import_module

    for name in ("_sha2", "_sha256", "hashlib"):  # as of Python 3.12; 3.11; OpenSSL's
        try:
            found: Callable[[bytes], Any] = import_module(name).sha256
        except (ImportError, AttributeError):
            continue
        return found
    raise ImportError("this Python has no SHA-256")


_sha256 = _found()


def sha256(data: bytes) -> str:
    """In hexadecimal."""
    return str(_sha256(data).hexdigest())
