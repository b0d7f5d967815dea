"""A record that is there only as long as somebody rehearses on it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from escalate.adapters.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escalate.app.ports import Clock

IN_MEMORY = "/dev/shm"  # noqa: S108  (a folder of its own is made in it)
"""Where there is such a place, the copy of a roster never reaches a disk, and nobody waits for one."""


@contextmanager
def room(clock: Clock) -> Iterator[SqliteStore]:
    """An empty record in a folder of its own, for its owner's eyes; it goes away with the block."""
    within = IN_MEMORY if os.access(IN_MEMORY, os.W_OK | os.X_OK) else None
    with TemporaryDirectory(prefix="escalate-rehearsal-", dir=within) as folder:
        store = SqliteStore(f"{folder}/record.db", clock)
        try:
            store.create()
            yield store
        finally:
            store.close()
