"""A datagram that tells couriers on this machine that there is something to do; a shared record tells those elsewhere.
Losing one costs a pause, not a page.
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING, Protocol

from escalate.app.couriers import living
from escalate.errors import EscalateError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from escalate.app.ports import Reading


class Record(Protocol):
    """The store, as far as ringing needs it."""

    def now(self) -> datetime: ...
    def reading(self) -> AbstractContextManager[Reading]: ...


MOST_RINGS = 1000
"""Taken in at once; whoever rings without end must not keep a courier from its work."""


AGAIN = 0.5
"""Seconds after which a record that could not be reached is tried again."""


class Ear(Protocol):
    """Hears what a shared record says to all machines. `fileno` is None while it cannot be reached; where it could be again,
    `heard` takes it that something was said meanwhile.
    """

    def fileno(self) -> int | None: ...
    def heard(self) -> bool: ...
    def close(self) -> None: ...


class Bell:
    """What a courier listens at while it has nothing to do. The address is in Linux's abstract space, or a file."""

    def __init__(self, folder: str, ear: Ear | None = None) -> None:
        self._ear = ear
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._file = "" if os.uname().sysname == "Linux" else f"{folder}/courier-{os.getpid()}.sock"
        self._socket.bind(self._file)
        if self._file:
            os.chmod(self._file, 0o600)  # noqa: PTH101
        name = self._socket.getsockname()
        self.address = name.hex() if isinstance(name, bytes) else str(name)

    def wait(self, seconds: float) -> bool:
        """Whether somebody rang within `seconds`; several rings count once."""
        try:
            if self._ear is not None:
                heard = self._listened(self._ear, seconds)
                if heard is not None:
                    return heard
            self._socket.settimeout(max(seconds, 0.001) if self._ear is None else 0.001)
            self._socket.recv(16)
            self._socket.setblocking(False)
        except (OSError, ValueError):  # nobody rang in time, or the bell was taken down
            return False
        with contextlib.suppress(OSError):
            for _ in range(MOST_RINGS):
                self._socket.recv(16)
        return True

    def _listened(self, ear: Ear, seconds: float) -> bool | None:
        """Whether there was news from elsewhere; None where somebody on this machine rang first. While the record cannot
        be reached it is tried again and again: what came there meanwhile is news as soon as it can.
        """
        import select
        import time

        end = time.monotonic() + seconds
        while True:
            there = ear.fileno()
            if ear.heard():
                return True
            places = [self._socket.fileno(), *([there] if there is not None else [])]
            left = max(end - time.monotonic(), 0.001)
            ready = select.select(places, [], [], left if there is not None else min(left, AGAIN))[0]
            if self._socket.fileno() in ready:
                return None
            if ready or time.monotonic() >= end:
                return ear.heard()

    def ring(self) -> None:
        """End a wait that is under way; for the courier's own signals."""
        rings(self.address)

    def close(self) -> None:
        """Also from within a signal: the ear, which may be in use just then, is closed with the process."""
        self._socket.close()
        if self._file:
            with contextlib.suppress(OSError):
                os.unlink(self._file)  # noqa: PTH108


def wake(store: Record) -> None:
    with contextlib.suppress(EscalateError):
        with store.reading() as look:
            couriers = living(look, store.now())
        for courier in couriers:
            rings(courier["socket"])


def rings(address: str) -> bool:
    """Whether somebody on this machine listens there; their bell rings then."""
    try:
        _ring(address)
    except BlockingIOError:
        return True  # so many have rung that one more finds no room
    except (OSError, ValueError):
        return False
    return True


def _ring(address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(b"1", address if address.startswith("/") else bytes.fromhex(address))
