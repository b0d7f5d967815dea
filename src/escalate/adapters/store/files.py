"""The file of a record: on a disk of this machine, for its owner's eyes under any umask."""

from __future__ import annotations

import os
import sqlite3

from escalate.errors import Misconfigured

NETWORKED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "fuse.sshfs", "ceph", "glusterfs"})


def own_folder(folder: str) -> None:
    """Make `folder` and those above it, for their owner's eyes under any umask; one that is there stays as it is."""
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
    """Make an empty file of mode 0600 under any umask; False where there is one already."""
    try:
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    try:
        os.fchmod(number, 0o600)
    finally:
        os.close(number)
    return True


def refuse_network(path: str) -> None:
    """Raises Misconfigured on a network file system, where locks and syncs do not mean what they say."""
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
            mounts = file.read().splitlines()
    except OSError:
        return
    points = [(line.split()[1].replace("\\040", " "), line.split()[2]) for line in mounts if len(line.split()) > 2]
    inside = [(point, kind) for point, kind in points if (path + "/").startswith(point.rstrip("/") + "/")]
    if inside and max(inside, key=lambda one: len(one[0]))[1] in NETWORKED:
        raise Misconfigured(
            f"{path} is on a network file system, where a lock may not hold.",
            hint="Keep the record on a local disk, or share one through PostgreSQL.",
        )


def quoted(path: str) -> str:
    """As SQLite reads it in a URI; urllib costs more to import than all of this file."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def opened(path: str, patience: float = 0) -> sqlite3.Connection:
    """To be read and written, where there is such a file; `patience` are the seconds others are waited for."""
    connection = sqlite3.connect(f"file:{quoted(path)}?mode=rw", uri=True, isolation_level=None, timeout=patience)
    connection.row_factory = sqlite3.Row
    return connection
