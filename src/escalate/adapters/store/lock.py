"""A lock beside the database file, so that writers queue in order instead of polling each other to death."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from escalate.errors import Conflict, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 5.0
"""Seconds a person waits for others to finish writing before being told."""


@contextmanager
def held(database: str) -> Iterator[None]:
    """Hold the lock of `database`. Raises Conflict where others do not let go within `PATIENCE`.

    The file is never deleted: whoever still has it open would lock another file than the next one. Only the main
    thread can be interrupted; other threads wait without a limit.
    """
    path = f"{database}.lock"
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Misconfigured(
            f"{path} cannot be opened: {error.strerror}.",
            hint="Nothing was recorded. Is the folder writable?",
        ) from error
    try:
        if os.fstat(number).st_mode & 0o777 != 0o600:
            _for_its_owner(number)
        _take(number, path)
        yield
    finally:
        os.close(number)


def _take(number: int, path: str) -> None:
    """Mostly nobody holds it. Otherwise wait in the kernel's queue; it is never polled."""
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with _limit():
                fcntl.flock(number, fcntl.LOCK_EX)
    except OSError as error:
        raise Misconfigured(
            f"{path} cannot be locked: {error.strerror}.",
            hint="Nothing was recorded. Keep the record on a disk of this machine whose file system has locks.",
        ) from error


def _for_its_owner(number: int) -> None:
    from contextlib import suppress

    with suppress(PermissionError):  # somebody else's file, who sees to it
        os.fchmod(number, 0o600)


@contextmanager
def _limit() -> Iterator[None]:
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def tell(_signal: int, _frame: object) -> None:
        raise Conflict(
            f"Somebody else has been writing for {PATIENCE:.0f} seconds.",
            hint="Nothing was recorded. Run the same command again; `escalate doctor` shows who is at work.",
        )

    before = signal.signal(signal.SIGALRM, tell)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
