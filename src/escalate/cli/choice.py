"""Which incident is meant, when the command does not say, and what this terminal has in hand."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from escalate.domain.digest import sha256
from escalate.errors import Misconfigured, NotFound, Usage
from escalate.files import own_folder, write_whole

if TYPE_CHECKING:
    from escalate.app.ports import Reading
    from escalate.cli.session import Session

NAMED = 10
"""As many open incidents are named where one must be chosen."""


def choose(session: Session, ref: str | None) -> str:
    """REF, else `ESCALATE_INCIDENT`, else this terminal's, else the only open one. Raises NotFound or Usage with the
    candidates. A closed incident is never chosen by itself.
    """
    given = ref or session.wiring.environ.get("ESCALATE_INCIDENT")
    with session.store.reading() as look:
        if given:
            return _named(session, look, given)
        held = read(session)
        if held:
            incident = look.incident(held)
            if incident is not None and incident.status != "closed":
                return held
        open_ = look.incidents(statuses=("open",))
    # A test of how people are reached does not make it doubtful which incident is meant.
    open_ = [incident for incident in open_ if not incident.drill] or open_
    if len(open_) == 1:
        return open_[0].id
    if not open_:
        raise NotFound("No incident is open.", hint='Open one: escalate open "what is known"')
    named = "; ".join(f"{incident.name} ({incident.severity})" for incident in open_[:NAMED])
    named += f"; and {len(open_) - NAMED} more: escalate list" if len(open_) > NAMED else ""
    raise Usage(
        f"{len(open_)} incidents are open: {named}.",
        hint=f"Say which, as -i {open_[0].ref}, or keep one for this terminal: escalate use {open_[0].ref}",
    )


def _named(session: Session, look: Reading, ref: str) -> str:
    found = look.ids(_plain(ref.partition("/")[0]))
    if not found and session.offline:
        raise NotFound(
            f"Nothing is known of {ref!r} on this machine, and the record cannot be reached.",
            hint=f"What is known here: escalate list. What you write for it is kept: escalate log -i {ref}",
        )
    if not found:
        raise NotFound(f"There is no incident {ref!r}.", hint="See what there is: escalate list --all")
    if len(found) > 1:
        names = ", ".join(incident.ref for id_ in found if (incident := look.incident(id_)))
        raise Usage(f"{ref!r} is the name of several: {names}.", hint="Use the number.")
    return found[0]


def _plain(ref: str) -> str:
    """`#7` and `inc7` are what people write for INC-7; everything else is left as it is."""
    text = ref.strip().removeprefix("#")
    digits = text[3:].strip("- ") if text[:3].lower() == "inc" else text
    return digits if digits.isascii() and digits.isdigit() else ref


def terminal(environ: dict[str, str]) -> str:
    """What tells this terminal from another: `ESCALATE_SESSION`, else the controlling terminal with its session leader
    and when that started, so that a number used again is not the same terminal. What is piped in or out changes nothing.
    """
    if environ.get("ESCALATE_SESSION"):
        return f"session {environ['ESCALATE_SESSION']}"
    leader = os.getsid(0)
    controlling, started = _stat("self", 4) or _opened(), _stat(str(leader), 19)
    return f"{controlling} {leader} {started}"


def _stat(process: str, field: int) -> str:
    """A field of /proc/PID/stat, counted from the one after the name; empty where there is no such file."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[field]
    except (OSError, IndexError):
        return ""


def _opened() -> str:
    """For machines without /proc: whether there is a controlling terminal; its session leader tells which."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return "none"
    return "terminal"


def place(session: Session) -> str:
    """The file of this terminal, in a folder of the home."""
    key = sha256(terminal(dict(session.wiring.environ)).encode())[:24]
    return f"{session.wiring.folder}/terminals/{key}.json"


def read(session: Session) -> str | None:
    """The id of the incident this terminal holds, for the record that is open now."""
    try:
        with open(place(session), encoding="utf-8") as file:
            held = json.load(file)
    except (OSError, ValueError):
        return None
    if not isinstance(held, dict) or held.get("database") != session.wiring.file:
        return None
    found = held.get("incident")
    return found if isinstance(found, str) else None


def keep(session: Session, incident: str | None) -> None:
    """Remember it for this terminal, or forget it. Raises Misconfigured where the home folder cannot be written."""
    path = place(session)
    try:
        if incident is not None:
            own_folder(os.path.dirname(path))
            text = json.dumps({"incident": incident, "database": session.wiring.file})
            write_whole(path, text.encode(), lasting=False)
        elif os.path.exists(path):
            os.unlink(path)
    except OSError as error:
        raise Misconfigured(
            f"This terminal's incident cannot be kept: {path}: {error.strerror}.",
            hint="Name the incident each time, as -i INC-7, until the folder can be written.",
        ) from error
