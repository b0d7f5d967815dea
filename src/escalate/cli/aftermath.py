"""After a write: say where it went, deliver what it owes, and tell the truth about what stays owed."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.cli import leaving
from escalate.domain.messages import message as states
from escalate.domain.value import Value
from escalate.errors import EXIT_STILL_OWED

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.delivery import Courier
    from escalate.app.ledger import Written
    from escalate.cli.onlooker import Onlooker
    from escalate.cli.session import Session
    from escalate.domain.messages.message import Message
    from escalate.domain.timeline.entry import Entry

IN_COMMAND = 2.0
"""Seconds a command itself spends on delivering."""

ALIVE = timedelta(seconds=60)


GRACE = 0.2
"""Seconds more for an answer that is just coming in."""

ALL = 1_000_000

NOBODY = "person:"
"""To whom a message goes when there is nobody to send it to: whoever is at the terminal."""


class Outcome(Value):
    """What delivery came to: the messages as they are now, with those sent instead of others; what is `owed` of the
    incidents; whether pages have steps to come, and whom those would wake; who was reached by some way; who drives what
    is left (empty: nobody); `watched` are acknowledged pages that begin again if nobody works on them; `elsewhere` when
    something falls due in any incident. `asked` is False where the command told nobody anything, and only looks whether what was
    there before is driven.
    """

    messages: list[Message]
    driver: str
    owed: list[Message]
    stepping: bool = False
    watched: list[str] = []
    later: list[str] = []
    reached: frozenset[str] = frozenset()
    elsewhere: datetime | None = None
    asked: bool = True

    @property
    def moving(self) -> list[Message]:
        """What a courier still has to send."""
        return [message for message in self.owed if message.state in states.WAITING and message.via != "console"]

    @property
    def shown(self) -> list[Message]:
        """What only the person at the terminal can pass on."""
        return [message for message in self.owed if message.state == states.SHOWN]

    @property
    def lost(self) -> list[Message]:
        """What failed, and nothing else was or will be sent in its place."""
        good = {*states.OWED, states.SENT, states.DELIVERED, states.ACKNOWLEDGED, states.TOLD}
        held = {_about(m) for m in (*self.messages, *self.owed) if m.state in good}
        failed = [m for m in self.messages if m.state in {states.FAILED, states.GAVE_UP}]
        return [m for m in failed if _about(m) not in held]


def _about(message: Message) -> tuple[str, str, str]:
    """What a message is for: two with the same stand in for each other."""
    return message.incident, message.page or message.to, message.purpose


def settle(session: Session, written: Written) -> Outcome:
    """Deliver for up to `IN_COMMAND` seconds, then make sure that somebody holds the rest."""
    now = session.now()
    with session.store.reading() as look:
        due = look.next_due(now, console=True)
    asked = bool(written.queued) or (due is not None and due <= now)
    if session.offline or any(page.due_at for page in written.incident.pages.values()):
        make_sure(session)
    with leaving.noticed():
        try:
            if asked:
                _deliver(session, written)
        except KeyboardInterrupt:
            session.exit_code = leaving.INTERRUPTED
    with leaving.put_off():
        return handed_on(session, written).but(asked=asked)


def make_sure(session: Session) -> None:
    """Where a page has steps to come, somebody must drive them even if this command is killed while it delivers."""
    if session.wiring.config["courier"].value != "off" and session.wiring.sends and not living(session):
        session.courier_started = start(session)


def handed_on(session: Session, written: Written) -> Outcome:
    """What became of what was queued, with somebody to drive the rest if there is a rest, here or in any incident."""
    found = _found(session, written)
    with session.store.reading() as look:
        found = found.but(elsewhere=look.next_due(session.now()))
    return found.but(driver=driving(session)) if found.moving or found.stepping or found.elsewhere else found


def courier_of(session: Session, incidents: list[str]) -> Courier | Onlooker:
    """What a command sends with; where one may not send, what waits in its place until couriers elsewhere have."""
    wiring = session.wiring
    if not wiring.sends:
        from escalate.cli.onlooker import Onlooker

        return Onlooker(session, incidents)
    from escalate.app.delivery import Courier

    return Courier(
        wiring.courier_ledger(), wiring.channel, show=lambda message: show(session, message), log=session.say
    )


def take_over(session: Session) -> bool:
    """What came in from this machine may have something to be sent: whether somebody does, from now on there."""
    with session.store.reading() as look:
        due = look.next_due(session.now())
    if due is None or driving(session):
        return True
    session.say("NO COURIER IS RUNNING, and something is owed. Start one: escalate work")
    return False


def _deliver(session: Session, written: Written) -> None:
    from escalate.errors import EscalateError

    session.wiring.timeout = IN_COMMAND
    known = dict.fromkeys([written.incident.id, *(message.incident for message in written.queued)])
    courier = courier_of(session, [*known])
    try:
        try:
            courier.run(IN_COMMAND)
            courier.let_go(GRACE)
        except KeyboardInterrupt:
            courier.let_go(0.0)
            raise
    except EscalateError as error:
        session.say(f"Delivery stopped: {error.message} It goes on with the next courier.")


def _found(session: Session, written: Written) -> Outcome:
    """The messages that were queued and those that came of them, and what is owed of their incidents."""
    from escalate.domain.oncall.page import upcoming

    ids = {message.id for message in written.queued}
    since = written.entries[0].seq if written.entries and ids else ALL
    with session.store.reading() as look:
        known = dict.fromkeys([written.incident.id, *(message.incident for message in written.queued)])
        all_ = [message for id_ in known for message in look.messages(incident=id_, limit=ALL)]
        pages = [page for id_ in known if (one := look.incident(id_)) for page in one.pages.values() if page.due_at]
        open_ = [page for page in pages if page.state == "open"]
        targets = [target for page in open_ for target in (upcoming(page) or (None, []))[1]]
        roster = look.roster()
    return Outcome(
        messages=[m for m in all_ if m.id in ids or (m.incident == written.incident.id and m.seq > since)],
        driver="",
        owed=[m for m in all_ if m.state in states.OWED],
        stepping=bool(pages),
        watched=[str(page.number) for page in pages if page.state == "acknowledged"],
        later=[roster.name_of(target) for target in targets],
        reached=frozenset(
            m.to for m in all_ if m.state in {states.SENT, states.DELIVERED, states.ACKNOWLEDGED, states.SHOWN}
        ),
    )


def show(session: Session, message: Message) -> None:
    """What is printed where no channel is set up: whom to call, and what to say.

    Raises OSError where nobody can see it: then it was not shown.
    """
    if not session.seen:
        raise OSError("standard error is closed")
    if message.to == NOBODY:
        session.say("── nobody is left to tell: find somebody yourself, or put somebody on call ──")
    else:
        session.say(f"── no channel reaches {message.name}: tell them yourself, by phone or in person ──")
    for line in message.text.splitlines():
        session.say(f"   {line}")


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
    with session.store.reading() as look:
        couriers = look.couriers(session.now() - ALIVE)
    couriers = [courier for courier in couriers if session.wiring.alive(courier)]
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


def report(session: Session, incident_id: str, outcome: Outcome) -> None:
    """Whether everything was said, who holds the rest, or, with exit 9, that nobody does."""
    for message in outcome.messages:
        if message.state in {states.FAILED, states.GAVE_UP}:
            session.say(f"NOT SENT to {message.name} via {message.via}: {message.last_error}")
    if outcome.lost:
        session.exit_code = EXIT_STILL_OWED
        session.say("Nothing was sent in its place. Mend what is wrong, then: escalate messages retry ID")
    if outcome.asked and outcome.shown:
        session.exit_code = EXIT_STILL_OWED
        names = ", ".join(dict.fromkeys(message.name for message in outcome.shown if message.to != NOBODY))
        if names:
            session.say(f"Still owed: {names} must be told by you; no channel reaches them.")
        else:
            session.say("Still owed: nobody has been told. Tell somebody, then: escalate messages told ID")
    if not outcome.moving and not outcome.stepping:
        if outcome.elsewhere and not outcome.driver:
            soon = outcome.elsewhere <= session.now()
            what = (
                "another incident has something to be sent"
                if soon
                else f"something falls due {outcome.elsewhere:%Y-%m-%d %H:%MZ}"
            )
            session.say(f"NO COURIER IS RUNNING, and {what}. See it: escalate")
        return
    if not outcome.driver:
        session.exit_code = EXIT_STILL_OWED
        unheld(session, incident_id, outcome)
    elif outcome.asked and outcome.moving:
        session.say(f"Still to be sent: {len(outcome.moving)}; held by the {outcome.driver}.")


def unheld(session: Session, incident_id: str, outcome: Outcome) -> None:
    """Say, here and on the timeline, that nobody drives what is owed."""
    from escalate.domain.timeline.receipts import CourierMissing

    names = list(dict.fromkeys([*(m.name for m in outcome.moving if m.to not in outcome.reached), *outcome.later]))
    why = "couriers are switched off" if session.wiring.config["courier"].value == "off" else "none could be started"
    why = why if session.wiring.sends else "this login may not send, and no courier is there"
    with session.ledger.writing() as record:
        if outcome.asked or not _said_before(record.tx.last_entries(incident_id, 50)):
            record.append(record.incident(incident_id), CourierMissing(waiting=names, why=why))
    second = list(dict.fromkeys(message.name for message in outcome.moving if message.to in outcome.reached))
    missing = f"; not woken: {', '.join(names)}" if names else ""
    missing += f"; no second way is tried to {', '.join(second)}" if second else ""
    if outcome.watched and not missing:
        missing = f"; nobody notices if page {', '.join(outcome.watched)} goes unworked"
    session.say(f"NO COURIER IS RUNNING: nothing more is sent{missing or '; nobody says so when the steps run out'}.")
    if session.wiring.sends:
        verb = "sync --watch" if session.offline else "work"
        session.say(f"Start one: escalate {verb}   (or stay with a page: escalate page --wait)")
    else:
        session.say("You may not send from here: have somebody start one who may, with: escalate work")


def _said_before(entries: list[Entry]) -> bool:
    """Whether it stands on the timeline already, since somebody was last told anything."""
    for entry in reversed(entries):
        if entry.kind == "courier.missing":
            return True
        if entry.kind.partition(".")[0] in {"page", "message", "team", "ticket"}:
            return False
    return False
