"""Who drives what is owed: a courier that lives, or one that a command starts."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escalate.cli.session import Session


def make_sure(session: Session) -> None:
    """Where a page has steps to come, somebody must drive them even if this command is killed while it delivers."""
    if session.wiring.config["courier"].value != "off" and session.wiring.sends and not living(session):
        session.courier_started = start(session)


def take_over(session: Session) -> bool:
    """What came in from this machine may have something to be sent: whether somebody does, from now on there."""
    with session.store.reading() as look:
        due = look.next_due(session.now())
    if due is None or driving(session):
        return True
    session.say("NO COURIER IS RUNNING, and something is owed. Start one: escalate work")
    return False


def driving(session: Session) -> str:
    """Who sends what is left: a living courier, or one started now; empty where there is none."""
    found = living(session)
    if found:
        session.store.wake()
        return found
    if session.wiring.config["courier"].value == "off" or not session.wiring.sends:
        return ""
    if not session.courier_started and not start(session):
        return ""
    for _ in range(30):
        time.sleep(0.1)
        if found := living(session):
            return found
    return ""


def living(session: Session) -> str:
    from escalate.app.couriers import living as alive

    with session.store.reading() as look:
        couriers = alive(look, session.now(), session.wiring.alive)
    if not couriers:
        return ""
    beat = int((session.now() - couriers[0]["beat_at"]).total_seconds())
    where = "on this machine" if couriers[0]["host"] == os.uname().nodename else f"on {couriers[0]['host']}"
    return f"courier {where}, alive {max(beat, 0)} s ago"


def start(session: Session) -> bool:
    """A courier in a session of its own, by exec, so that it holds none of our locks; it ends after ten idle minutes."""
    import subprocess

    log = session.wiring.home / "courier.log"
    # It runs from `/`: every path it is given is a whole one, and what lies there is never imported.
    work = ["sync", "--watch"] if session.offline else ["work", "--idle", "10m"]
    command = [sys.executable, "-P", "-m", "escalate", *session.wiring.courier_arguments, *work]
    environ = {**session.wiring.environ, "PYTHONUNBUFFERED": "1", "ESCALATE_HOME": str(session.wiring.home)}
    if environ.get("PYTHONPATH"):
        folders = environ["PYTHONPATH"].split(os.pathsep)
        environ["PYTHONPATH"] = os.pathsep.join(os.path.realpath(folder) for folder in folders if folder)
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(number, "ab") as sink:
            subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                env=environ,
                cwd="/",
            )
    except OSError as error:
        session.say(f"No courier could be started: {error}.")
        return False
    return True
