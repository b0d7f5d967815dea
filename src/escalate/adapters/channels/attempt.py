"""One attempt has one deadline, however slowly the other side drips: then its lines are cut, and its thread is free.

The time-outs of client libraries are for each read. A line is cut from a thread of its own, which makes whoever waits on
it see its end.
"""

from __future__ import annotations

import heapq
import socket
import threading
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING

from escalate.errors import Rejected, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escalate.app.ports import Channel, Taken
    from escalate.domain.messages.message import Message

TIMES = 2
"""So many time-outs are given to an attempt as a whole: to look, to connect, to ask, and to be answered."""

_here = threading.local()


class Timely:
    """A `Channel` whose every call ends soon after `TIMES` of its `timeout`."""

    def __init__(self, channel: Channel, name: str, timeout: float) -> None:
        self._channel = channel
        self._name = name
        self._seconds = TIMES * timeout

    def send(self, message: Message) -> Taken:
        with _within(self._seconds, self._name):
            return self._channel.send(message)

    def probe(self) -> str:
        with _within(self._seconds, self._name):
            return self._channel.probe()


def watched(line: socket.socket) -> socket.socket:
    """The same, to be cut when the attempt of this thread has lasted too long."""
    if (attempt := getattr(_here, "attempt", None)) is not None:
        attempt.watch(line)
    return line


@contextmanager
def _within(seconds: float, name: str) -> Iterator[None]:
    attempt = _here.attempt = _Attempt()
    _watch().add(monotonic() + seconds, attempt)
    try:
        yield
    except Unreachable as error:
        if not attempt.over or isinstance(error, Rejected):
            raise
        hint = "It is tried again by itself."
        raise Unreachable(f"{name} did not answer in time", hint=hint, unknown=error.unknown) from error
    finally:
        attempt.end()
        _here.attempt = None


class _Attempt:
    def __init__(self) -> None:
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()
        self._ended = False
        self.over = False

    def watch(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.append(line)
            if self.over:
                _cut(line)

    def cut(self) -> None:
        with self._lock:
            if self._ended:
                return
            self.over = True
            for line in self._lines:
                _cut(line)

    def end(self) -> None:
        with self._lock:
            self._ended = True
            self._lines.clear()


def _cut(line: socket.socket) -> None:
    """An encrypted line, too, ends below its encryption: `SSLSocket.shutdown` would first take that away, with somebody
    writing.
    """
    with suppress(OSError, ValueError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


class _Watch:
    """One thread for all attempts."""

    def __init__(self) -> None:
        self._ends: list[tuple[float, int, _Attempt]] = []
        self._number = count()
        self._changed = threading.Condition()
        threading.Thread(target=self._work, daemon=True).start()

    def add(self, at: float, attempt: _Attempt) -> None:
        with self._changed:
            heapq.heappush(self._ends, (at, next(self._number), attempt))
            if self._ends[0][2] is attempt:
                self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._ends or (left := self._ends[0][0] - monotonic()) > 0:
                    self._changed.wait(left if self._ends else None)
                attempt = heapq.heappop(self._ends)[2]
            attempt.cut()


@cache
def _watch() -> _Watch:
    return _Watch()
