"""A datagram that tells couriers on this machine that there is something to do. Losing one costs a pause, not a page."""

from __future__ import annotations

import contextlib
import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escalate.adapters.store.sqlite import SqliteStore

ALIVE = timedelta(seconds=60)
"""A courier without a sign of life for so long is taken for dead."""


class Bell:
    """What a courier listens at while it has nothing to do. The address is in Linux's abstract space, or a file."""

    def __init__(self, folder: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._file = "" if os.uname().sysname == "Linux" else f"{folder}/courier-{os.getpid()}.sock"
        self._socket.bind(self._file)
        if self._file:
            os.chmod(self._file, 0o600)  # noqa: PTH101
        name = self._socket.getsockname()
        self.address = name.hex() if isinstance(name, bytes) else str(name)

    def wait(self, seconds: float) -> bool:
        """Whether somebody rang within `seconds`; several rings count once."""
        self._socket.settimeout(max(seconds, 0.001))
        try:
            self._socket.recv(16)
        except (TimeoutError, InterruptedError):
            return False
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(16):
                pass
        return True

    def close(self) -> None:
        self._socket.close()
        if self._file:
            with contextlib.suppress(OSError):
                os.unlink(self._file)  # noqa: PTH108


def wake(store: SqliteStore) -> None:
    with store.reading() as look:
        couriers = look.couriers(store.now() - ALIVE)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for courier in couriers:
            address = courier["socket"]
            with contextlib.suppress(OSError, ValueError):
                sender.sendto(b"1", address if address.startswith("/") else bytes.fromhex(address))
