"""What SQLite and the file system refuse, in words of ours: what happened, that nothing was recorded, and what to do."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from escalate.errors import Conflict, EscalateError, Misconfigured, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK_CLOSER = "`escalate db check` says what is wrong with the file."


@contextmanager
def translated(path: str) -> Iterator[None]:
    try:
        yield
    except EscalateError:
        raise
    except sqlite3.IntegrityError as error:
        if str(error).startswith("escalate: "):
            raise Conflict(
                f"The record changed while this was being written: {str(error)[10:]}.",
                hint="Nothing was recorded. Run the same command again.",
            ) from error
        raise
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_DIR_FSYNC:
            raise unknown(path, str(error)) from error
        raise said(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise  # the others are defects of ours
        raise _damaged(path, str(error)) from error


def unknown(path: str, what: str) -> Misconfigured:
    """For an error that came when it was perhaps recorded already."""
    return Misconfigured(
        f"{path}: the disk reported an error while it was being recorded, and whether it was is not known: {what}.",
        hint=f"Look before you do it again: escalate timeline. {LOOK_CLOSER}",
    )


def _damaged(path: str, what: str) -> Misconfigured:
    if "not a database" in what or "malformed" in what:
        return Misconfigured(
            f"{path} is damaged or not a record of escalate: {what}.",
            hint="Look closer with `escalate db check`; put a good copy back with `escalate db restore FILE`.",
        )
    return Misconfigured(f"{path} cannot be read: {what}.", hint=f"Nothing was recorded. {LOOK_CLOSER}")


def said(path: str, what: str) -> EscalateError:
    if "locked" in what:
        return Conflict(f"{path} is held by another program.", hint="Nothing was recorded. Run the same command again.")
    if "readonly" in what:
        return Misconfigured(
            f"{path} cannot be written.",
            hint="Nothing was recorded. Check the rights of the file and its folder.",
        )
    if "full" in what or "disk I/O" in what:
        return Misconfigured(
            f"The disk did not take it: {what}.",
            hint=f"Nothing was recorded. Free some space where {path} is, then run the same command again.",
        )
    if "unable to open" in what:
        return Misconfigured(f"{path} cannot be opened.", hint="Check the rights of the file and its folder.")
    if "fts5" in what or "no such table" in what or "no such column" in what:
        return Refused(f"{path}: {what}.", hint=LOOK_CLOSER)
    return Misconfigured(f"{path}: {what}.", hint=LOOK_CLOSER)


@contextmanager
def translated_os(path: object) -> Iterator[None]:
    """For what is done to files themselves: making, copying, renaming."""
    try:
        yield
    except OSError as error:
        raise Misconfigured(
            f"{path}: {error.strerror}.",
            hint="Check the path, its rights, and the room on the disk.",
        ) from error
