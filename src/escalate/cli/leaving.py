"""Being told to go while people are being told: by Ctrl-C, by the end of a session, by a closed terminal."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GOING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

INTERRUPTED = 130
"""The exit code of a command that was interrupted, as shells have it for Ctrl-C."""


@contextmanager
def noticed() -> Iterator[None]:
    """Inside, each of them is a KeyboardInterrupt, so that what is under way can be handed on."""

    def leave(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    with _handled(leave):
        yield


@contextmanager
def put_off() -> Iterator[None]:
    """Inside, none of them ends the program: handing on takes moments, and somebody depends on it."""
    with _handled(signal.SIG_IGN):
        yield


@contextmanager
def _handled(handler: object) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in GOING}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)
