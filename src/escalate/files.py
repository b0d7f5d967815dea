"""Files and folders for their owner's eyes alone, under any umask."""

from __future__ import annotations

import errno
import os
from contextlib import suppress


def own_folder(folder: str) -> None:
    """Make `folder` and those above it; one that is there stays as it is. Raises OSError."""
    if os.path.isdir(folder):
        return
    own_folder(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise
    else:
        os.chmod(folder, 0o700)


def own_file(path: str) -> bool:
    """Make an empty file; False where there is one already. Raises OSError."""
    try:
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    try:
        os.fchmod(number, 0o600)
    finally:
        os.close(number)
    return True


def write_whole(path: str, content: bytes, *, replace: bool = True, lasting: bool = True) -> None:
    """A file of this content, mode 0600: a reader finds the old one or the whole new one; where it is `lasting`, also
    after a crash. Raises OSError, FileExistsError where there is one that it may not `replace`, and leaves nothing
    behind then.
    """
    fresh = os.path.join(os.path.dirname(path), f".escalate-{os.urandom(8).hex()}.tmp")
    number = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            os.fchmod(number, 0o600)
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(number)
        if replace:
            os.replace(fresh, path)
        else:
            take_name(fresh, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh)
    if lasting:
        settle(os.path.dirname(path))


def take_name(fresh: str, path: str) -> None:
    """Give a file its name unless somebody took it since we looked, which a rename would write over. Raises
    FileExistsError, and other OSErrors.
    """
    try:
        os.link(fresh, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EMLINK}:
            raise
        if os.path.lexists(path):  # a file system without links
            raise FileExistsError(path) from error
        os.replace(fresh, path)


def settle(folder: str) -> None:
    """Have the names in a folder on disk as well: a new one could be gone after a crash."""
    number = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
