"""A datagram that tells couriers on this machine that there is something to do; a shared record tells those elsewhere.
Losing one costs a pause, not a page.
"""

from __future__ import annotations

import contextlib
import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from escalate.errors import EscalateError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from escalate.app.ports import Reading


class Record(Protocol):
    """The store, as far as ringing needs it."""

    def now(self) -> datetime: ...
    def reading(self) -> AbstractContextManager[Reading]: ...


ALIVE = timedelta(seconds=60)
"""A courier without a sign of life for so long is taken for dead."""


MOST_RINGS = 1000
"""Taken in at once; whoever rings without end must not keep a courier from its work."""


class Ear(Protocol):
    """Hears what a shared record says to all machines. `fileno` is None while it cannot be reached."""

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
            if self._ear is not None and not self._waited(self._ear, seconds):
                return self._ear.heard()
            self._socket.settimeout(max(seconds, 0.001) if self._ear is None else 0.001)
            self._socket.recv(16)
            self._socket.setblocking(False)
        except (OSError, ValueError):  # nobody rang in time, or the bell was taken down
            return False
        with contextlib.suppress(OSError):
            for _ in range(MOST_RINGS):
                self._socket.recv(16)
        return True

    def _waited(self, ear: Ear, seconds: float) -> bool:
        """Wait for either; whether it was somebody on this machine."""
        import select

        if ear.heard():  # it came while we were at work
            return False
        there = ear.fileno()
        places = [self._socket.fileno(), *([there] if there is not None else [])]
        return self._socket.fileno() in select.select(places, [], [], max(seconds, 0.001))[0]

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
            couriers = look.couriers(store.now() - ALIVE)
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
