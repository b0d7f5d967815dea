"""What a machine remembers of the shared record, for when that cannot be reached: who writes, whom to tell, what is open.

One file beside the spool, for its owner's eyes, written whole or not at all. It holds no title and no text of an incident.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalate.domain.digest import sha256
from escalate.domain.instants import from_text, to_text
from escalate.domain.value import Value
from escalate.errors import Misconfigured
from escalate.files import own_folder, write_whole

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.oncall.duty import Duty
    from escalate.domain.roster import Roster


class Known(Value):
    """`user` is who we are at the database, `actor` and `person` as whom that one writes; `roster` is plain, with its
    version, `duty` what the on-call record says of it. `incidents` are the open ones that may be read: {id, number,
    code_name, status, severity, harm, marking, restricted, drill, opened_at, opened_by, pages}. `stamp` changes with any of it.
    """

    user: str
    actor: str
    person: str | None
    at: datetime
    stamp: str
    roster: dict[str, Any]
    duty: dict[str, Any] | None
    incidents: dict[str, dict[str, Any]]

    def as_roster(self) -> Roster:
        from escalate.domain.roster import Roster

        return Roster.from_plain(self.roster).but(duty=self._duty()) if self.roster else Roster()

    def _duty(self) -> Duty | None:
        if self.duty is None:
            return None
        from escalate.domain.oncall.duty import Duty

        return Duty.from_plain(self.duty)

    def of(self, id_: str) -> dict[str, Any] | None:
        return self.incidents.get(id_)


def stamp(roster_version: int, duty_seq: int, open_: list[tuple[str, int]]) -> str:
    return sha256(json.dumps([roster_version, duty_seq, open_]).encode())


def read(path: str) -> Known | None:
    """None where there is none. Raises Misconfigured for what somebody else wrote, or could have written: it says whom
    to tell.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be opened: {error.strerror}.", hint="Check its rights.") from error
    with os.fdopen(number, encoding="utf-8") as file:
        refuse_foreign(path, os.fstat(number))
        try:
            given = json.load(file)
            return Known(**{**given, "at": from_text(given["at"])})
        except (ValueError, TypeError, LookupError):
            return None  # of another version, or damaged: the next command that reaches the record writes it again


def refuse_foreign(path: str, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise Misconfigured(f"{path} is not yours.", hint="Give this user a folder of their own: ESCALATE_HOME")
    if stat.S_IMODE(found.st_mode) & 0o022:
        raise Misconfigured(
            f"{path} could be written by others (mode {stat.S_IMODE(found.st_mode):04o}).",
            hint=f"Look at what is in it, then: chmod go-rwx {path}",
        )


def write(path: str, known: Known) -> None:
    """Whole or not at all, 0600 in a folder of 0700, under any umask. Raises OSError."""
    own_folder(str(Path(path).parent))
    write_whole(path, json.dumps({**known.__dict__, "at": to_text(known.at)}, separators=(",", ":")).encode())
