"""COMMIT failed: whether it was recorded is looked up in the file, and not guessed.

The last that COMMIT does is to remove the journal, which decides, and to sync the folder. Where that sync fails, an error is
reported although all of it is in the file.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from escalate.adapters.store.failures import said, unknown
from escalate.adapters.store.files import opened

PATIENCE = 5.0
"""Seconds for readers to let go of the file, where a journal must be rolled back first."""

DOUBTED = (
    "It is recorded, but the disk reported an error: {}. Do not do it again. A power cut could still take it back: look "
    "after the disk, and make a copy on another: escalate db backup FILE"
)


def find_out(path: str, entry: str | None, error: sqlite3.DatabaseError) -> None:
    """Return where `entry`, which the transaction wrote last, is in the file. Raises Misconfigured where it is not, or where
    nobody can tell. The caller holds the lock and has closed its connection, whose idea of the file may be wrong.
    """
    try:
        with closing(opened(path, PATIENCE)) as fresh:
            fresh.execute("PRAGMA schema_version").fetchone()  # rolls back what a journal is left of
            there = entry and fresh.execute("SELECT 1 FROM timeline WHERE id = ?", (entry,)).fetchone()
    except sqlite3.Error as again:
        raise unknown(path, str(error)) from again
    if entry is None:
        raise error
    if not there:
        raise said(path, str(error)) from error
