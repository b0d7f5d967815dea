"""A systemd user unit that keeps a courier running."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from escalate.errors import Misconfigured, Refused
from escalate.files import own_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "# Written by escalate work --install"

UNIT = """{mark}
[Unit]
Description=escalate courier
After=network-online.target

[Service]
ExecStart={python} -P -m escalate --database {database} work
Environment={home}
Restart=always
RestartSec=5
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def write(environ: Mapping[str, str], database: Path | str, home: Path) -> Path:
    """Write the unit where systemd looks for a user's own. Refuses to replace one that is not ours."""
    folder = (
        Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".config")
        / "systemd"
        / "user"
    )
    path = folder / "escalate.service"
    text = UNIT.format(
        mark=MARK,
        python=_quoted(sys.executable).replace("$", "$$"),
        database=_quoted(str(database)).replace("$", "$$"),
        home=_quoted(f"ESCALATE_HOME={home}"),
    )
    if not all(letter.isprintable() for letter in f"{database}{home}"):
        raise Misconfigured("A path holds a control character.", hint="Give the folder another name.")
    try:
        if path.exists() and not path.read_text(encoding="utf-8").startswith(MARK):
            raise Refused(
                f"{path} is there and was not written by escalate.", hint="Move it away, then run this again."
            )
        own_folder(str(folder))
        write_whole(str(path), text.encode())
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.", hint="Is the folder yours?") from error
    return path


def _quoted(text: str) -> str:
    r"""As systemd reads it: in quotes, with `%`, `"` and `\` kept from meaning anything."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'
