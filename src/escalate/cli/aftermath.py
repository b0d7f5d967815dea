"""After a write: say where it went, deliver what it owes, and tell the truth about what stays owed."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.domain.messages import message as states
from escalate.domain.value import Value
from escalate.errors import EXIT_STILL_OWED

if TYPE_CHECKING:
    from escalate.app.ledger import Written
    from escalate.cli.session import Session
    from escalate.domain.messages.message import Message

IN_COMMAND = 2.0
"""Seconds a command itself spends on delivering."""

ALIVE = timedelta(seconds=60)


class Outcome(Value):
    """What delivery came to: the messages as they are now, and who drives what is left (empty: nobody)."""

    messages: list[Message]
    driver: str
    owed: list[Message]


def settle(session: Session, written: Written) -> Outcome:
    """Deliver for up to `IN_COMMAND` seconds, then make sure that somebody holds the rest."""
    from escalate.app.delivery import Courier
    from escalate.errors import EscalateError

    wiring = session.wiring
    wiring.timeout = IN_COMMAND
    courier = Courier(wiring.courier_ledger(), wiring.channel, show=lambda message: show(session, message))
    try:
        courier.run(IN_COMMAND)
    except EscalateError as error:
        session.say(f"Delivery stopped: {error.message} It goes on with the next courier.")
    with session.store.reading() as look:
        ids = {message.id for message in written.queued}
        messages = [m for m in look.messages(incident=written.incident.id) if m.id in ids]
        waiting = look.messages(incident=written.incident.id, states=states.OWED)
        incident = look.incident(written.incident.id)
    stepping = any(page.due_at for page in incident.pages.values()) if incident else False
    moving = [m for m in waiting if m.state in states.WAITING and m.via != "console"]
    driver = driving(session) if moving or stepping else ""
    return Outcome(messages=messages, driver=driver, owed=waiting)


def show(session: Session, message: Message) -> None:
    """What is printed where no channel is set up: whom to call, and what to say."""
    session.say(f"── no channel reaches {message.name}: tell them yourself, by phone or in person ──")
    for line in message.text.splitlines():
        session.say(f"   {line}")


def driving(session: Session) -> str:
    """Who sends what is left: a living courier, or one started now; empty where there is none."""
    found = living(session)
    if found:
        session.store.wake()
        return found
    if session.wiring.config["courier"].value == "off" or not start(session):
        return ""
    for _ in range(30):
        time.sleep(0.1)
        if found := living(session):
            return found
    return ""


def living(session: Session) -> str:
    with session.store.reading() as look:
        couriers = look.couriers(session.now() - ALIVE)
    if not couriers:
        return ""
    beat = int((session.now() - couriers[0]["beat_at"]).total_seconds())
    where = "on this machine" if couriers[0]["host"] == os.uname().nodename else f"on {couriers[0]['host']}"
    return f"courier {where}, alive {max(beat, 0)} s ago"


def start(session: Session) -> bool:
    """A courier in a session of its own, by exec, so that it holds none of our locks; it ends after ten idle minutes."""
    import subprocess

    log = session.wiring.home / "courier.log"
    command = [
        sys.executable,
        "-m",
        "escalate",
        "--database",
        str(session.wiring.database),
        "work",
        "--idle",
        "10m",
    ]
    environ = {**session.wiring.environ, "PYTHONUNBUFFERED": "1"}
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


def report(session: Session, incident_id: str, outcome: Outcome) -> None:
    """Whether everything was said, who holds the rest, or, with exit 9, that nobody does."""
    for message in outcome.messages:
        if message.state in {states.FAILED, states.GAVE_UP}:
            session.say(f"NOT SENT to {message.name} via {message.via}: {message.last_error}")
    if not outcome.owed and not outcome.driver:
        with session.store.reading() as look:
            incident = look.incident(incident_id)
        if incident and any(page.due_at for page in incident.pages.values()):
            _unheld(session, incident_id, outcome)
        return
    told = [message for message in outcome.owed if message.state == states.SHOWN]
    if told or not outcome.driver:
        _unheld(session, incident_id, outcome)
    else:
        session.say(f"Still to be sent: {len(outcome.owed)}; held by the {outcome.driver}.")


def _unheld(session: Session, incident_id: str, outcome: Outcome) -> None:
    from escalate.domain.timeline.events import CourierMissing

    session.exit_code = EXIT_STILL_OWED
    people = list(dict.fromkeys(message.name for message in outcome.owed))
    shown = [message.name for message in outcome.owed if message.state == states.SHOWN]
    if shown:
        session.say(f"Still owed: {', '.join(dict.fromkeys(shown))} must be told by you; no channel reaches them.")
    if outcome.driver:
        return
    unsent = [message for message in outcome.owed if message.state in states.WAITING and message.via != "console"]
    with session.store.reading() as look:
        incident = look.incident(incident_id)
    stepping = any(page.due_at for page in incident.pages.values()) if incident else False
    if not unsent and not stepping:
        return
    session.say("NO COURIER IS RUNNING: nobody else will be woken, and nothing more is sent.")
    session.say("Start one: escalate work   (or stay with it: escalate page --wait)")
    why = "couriers are switched off" if session.wiring.config["courier"].value == "off" else "none could be started"
    with session.ledger.writing() as record:
        record.append(record.incident(incident_id), CourierMissing(waiting=people, why=why))
