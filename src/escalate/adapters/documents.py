"""Documents as files: whole or not at all, for their owner's eyes, never in another's place by accident."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from escalate.errors import Misconfigured, Refused
from escalate.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from escalate.domain.incident.state import Incident

_REASONS = {
    errno.ENOSPC: ("there is no room left on the disk", "Free some room, or write elsewhere: -o FILE."),
    errno.EDQUOT: ("the quota of the disk is used up", "Free some room, or write elsewhere: -o FILE."),
    errno.EROFS: ("the disk is read-only", "Write elsewhere: -o FILE."),
    errno.EACCES: ("it is not allowed", "Write elsewhere: -o FILE."),
    errno.EPERM: ("it is not allowed", "Write elsewhere: -o FILE."),
    errno.ENOENT: ("there is no such folder", "Make the folder first, or write elsewhere: -o FILE."),
    errno.ENOTDIR: ("a part of the path is no folder", "Write elsewhere: -o FILE."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter one: -o FILE."),
    errno.EFBIG: ("the file would be too large here", "Write elsewhere: -o FILE."),
}


def default_name(incident: Incident, kind: str, format: str, marking: str) -> str:  # noqa: A002
    """As in `INC-12-SLATE-OTTER-summary-TLP-AMBER+STRICT.md`: safe in every file system."""
    words = [*incident.name.split(), kind, *marking.split(":")]
    return "-".join(_safe(word) for word in words) + f".{format}"


def _safe(word: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "+-_") else "_" for c in word)


def check(path: Path, *, force: bool = False) -> None:
    """Raise what `write` would of a bad name or folder, before anything has been made."""
    if path.is_symlink():
        raise Refused(f"{path} is a symbolic link.", hint="Name the file itself: -o FILE.")
    if path.is_dir():
        raise Refused(f"{path} is a folder.", hint=f"Name a file in it: -o {path}/FILE.")
    if path.exists() and not path.is_file():
        raise Refused(f"{path} is not an ordinary file.", hint="Use -o - for standard output.")
    if path.exists() and not force:
        raise Refused(f"{path} exists.", hint="Write over it with --force, or elsewhere: -o FILE.")
    if not path.parent.exists():
        raise _failed(path, FileNotFoundError(errno.ENOENT, ""))


def write(path: Path, text: str, force: bool = False) -> None:
    """Put `text` into a file of mode 0600 under any umask.

    A reader finds the old file or the whole new one, also after a crash.

    Raises:
        Refused: there is a file already and not `force`; or it is a symbolic link or a folder.
        Misconfigured: the disk is full, read-only, or does not let us.
    """
    check(path, force=force)
    try:
        write_whole(str(path), text.encode("utf-8", "backslashreplace"), replace=force)
    except FileExistsError as error:
        raise Refused(f"{path} exists.", hint="Write over it with --force, or elsewhere: -o FILE.") from error
    except OSError as error:
        raise _failed(path, error) from error


def _failed(path: Path, error: OSError) -> Misconfigured:
    why, hint = _REASONS.get(error.errno or 0, (error.strerror or str(error), "Write elsewhere: -o FILE."))
    return Misconfigured(f"{path} cannot be written: {why}.", hint=hint)
