"""Being told to go while people are being told: by Ctrl-C, by the end of a session, by a closed terminal."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def heard(stop: Callable[[int, object], None]) -> None:
    """From now on each of them calls `stop`."""
    for number in _listened_to():
        signal.signal(number, stop)


@contextmanager
def put_off() -> Iterator[None]:
    """Inside, none of them ends the program: handing on takes moments, and somebody depends on it. A courier that is
    started meanwhile can be stopped, as it could not if they were ignored.
    """
    with _handled(lambda _signal, _frame: None):
        yield


@contextmanager
def _handled(handler: Callable[[int, object], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _listened_to()}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)


def _listened_to() -> list[signal.Signals]:
    """Whoever started us may have said that some of them are not for us, as `nohup` does; so it stays."""
    return [number for number in GOING if signal.getsignal(number) is not signal.SIG_IGN]
