"""The file of a record: on a disk of this machine."""

from __future__ import annotations

import sqlite3

from escalate.errors import Misconfigured

NETWORKED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "fuse.sshfs", "ceph", "glusterfs"})


MOVE_IT = (
    "Nothing was recorded; it can still be read. Take it to a disk of this machine: escalate db backup FILE, and name that "
    "one from now on: ESCALATE_DATABASE=FILE. Or share one through PostgreSQL."
)


def refuse_network(path: str, hint: str = "Keep the record on a local disk, or share one through PostgreSQL.") -> None:
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
            hint=hint,
        )


def quoted(path: str) -> str:
    """As SQLite reads it in a URI; urllib costs more to import than all of this file."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def opened(path: str, patience: float = 0) -> sqlite3.Connection:
    """To be read and written, where there is such a file; `patience` are the seconds others are waited for."""
    connection = sqlite3.connect(f"file:{quoted(path)}?mode=rw", uri=True, isolation_level=None, timeout=patience)
    connection.row_factory = sqlite3.Row
    return connection
