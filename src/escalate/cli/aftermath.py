"""After a write: deliver what it owes, and tell the truth about what stays owed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.cli import leaving
from escalate.cli.drivers import driving, make_sure
from escalate.domain.messages import message as states
from escalate.domain.roster import CONSOLE
from escalate.domain.value import Value
from escalate.errors import EXIT_STILL_OWED, EscalateError

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.delivery import Courier
    from escalate.app.ledger import Written
    from escalate.cli.onlooker import Onlooker
    from escalate.cli.session import Session
    from escalate.domain.messages.message import Message
    from escalate.domain.oncall.page import Page
    from escalate.domain.timeline.entry import Entry

IN_COMMAND = 2.0
"""Seconds a command itself spends on delivering."""


GRACE = 0.2
"""Seconds more for an answer that is just coming in."""

EVER = timedelta(days=3650)

NOBODY = "person:"
"""To whom a message goes when there is nobody to send it to: whoever is at the terminal."""


class Outcome(Value):
    """What delivery came to: the messages as they are now, with those sent instead of others; what is `owed` of the
    incidents; whether pages have steps to come, and whom those would wake; who was reached by some way; who drives what
    is left (empty: nobody); `open` are the pages that go on, where others do not, `pages` all of them as they are now;
    `watched` are acknowledged pages that begin again if nobody works on them; `elsewhere` when something falls due in
    any incident, and `beside` whether something is owed of others that nobody drives. `asked` is False where the
    command told nobody anything, and only looks whether what was there before is driven. `here` are the messages that
    this command brought to the terminal, whoever made them.
    """

    messages: list[Message]
    driver: str
    owed: list[Message]
    stepping: bool = False
    watched: list[str] = []
    open: list[str] = []
    pages: dict[str, Page] = {}
    later: list[str] = []
    reached: frozenset[str] = frozenset()
    elsewhere: datetime | None = None
    beside: bool = False
    asked: bool = True
    here: frozenset[str] = frozenset()

    @property
    def moving(self) -> list[Message]:
        """What a courier still has to send."""
        return [message for message in self.owed if message.state in states.WAITING and message.via != CONSOLE]

    @property
    def shown(self) -> list[Message]:
        """What only the person at the terminal can pass on: of this command, made or shown by it."""
        mine = self.here | {message.id for message in self.messages}
        return [message for message in self.owed if message.state == states.SHOWN and message.id in mine]

    @property
    def shown_before(self) -> list[Message]:
        """What somebody was to pass on before this command."""
        mine = {message.id for message in self.shown}
        return [message for message in self.owed if message.state == states.SHOWN and message.id not in mine]

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
    asked = bool(written.queued)
    if session.offline or any(page.due_at for page in written.incident.pages.values()):
        make_sure(session)
    with leaving.put_off():
        told = _deliver(session, written) if asked or (due is not None and due <= now) else frozenset[str]()
        found = handed_on(session, written)
    return found.but(asked=asked, here=frozenset(session.shown), reached=found.reached | told)


def handed_on(session: Session, written: Written) -> Outcome:
    """What became of what was queued, with somebody to drive the rest if there is a rest, here or in any incident."""
    found = _found(session, written)
    with session.store.reading() as look:
        found = found.but(elsewhere=look.next_due(session.now()))
    if found.moving or found.stepping or found.elsewhere:
        found = found.but(driver=driving(session))
    return found.but(beside=_owed_beside(session)) if found.elsewhere and not found.driver else found


def _owed_beside(session: Session) -> bool:
    """Whether a message waits, or a page has steps to come, in any incident. What only falls due some day, as a clock does,
    is not owed yet.
    """
    with session.store.reading() as look:
        return look.tally(session.now()).moving > 0 or bool(look.due_pages(session.now() + EVER))


def courier_of(session: Session, incidents: list[str]) -> Courier | Onlooker:
    """What a command sends with; where one may not send, what waits in its place until couriers elsewhere have."""
    wiring = session.wiring
    if not wiring.sends:
        from escalate.cli.onlooker import Onlooker

        return Onlooker(session, incidents)
    from escalate.app.delivery import Courier

    return Courier(
        wiring.courier_ledger(),
        wiring.channel,
        show=lambda message: show(session, message),
        log=session.say,
        patience=GRACE,
    )


def _deliver(session: Session, written: Written) -> frozenset[str]:
    """To whom something was taken that could not be recorded."""
    session.wiring.timeout = IN_COMMAND
    known = dict.fromkeys([written.incident.id, *(message.incident for message in written.queued)])
    courier = courier_of(session, [*known])
    try:
        with courier, leaving.noticed():
            courier.run(IN_COMMAND)
    except EscalateError as error:
        session.say(f"Delivery stopped: {error.message} It goes on with the next courier.")
    except KeyboardInterrupt:
        session.exit_code = leaving.INTERRUPTED
    return courier.told


def _found(session: Session, written: Written) -> Outcome:
    """The messages that were queued and those that came of them, and what is owed of their incidents."""
    from escalate.domain.oncall.page import upcoming

    ids = {message.id for message in written.queued}
    since = written.entries[0].seq if written.entries and ids else None
    with session.store.reading() as look:
        known = dict.fromkeys([written.incident.id, *(message.incident for message in written.queued)])
        all_ = [message for id_ in known for message in look.messages(incident=id_)]
        incidents = [one for id_ in known if (one := look.incident(id_))]
        every = {f"{one.ref}/{page.number}": page for one in incidents for page in one.pages.values()}
        pages = [page for page in every.values() if page.due_at]
        open_ = [page for page in pages if page.state == "open"]
        targets = [target for page in open_ for target in (upcoming(page) or (None, []))[1]]
        roster = look.roster()
    return Outcome(
        messages=[m for m in all_ if m.id in ids or (since and m.incident == written.incident.id and m.seq > since)],
        driver="",
        owed=[m for m in all_ if m.state in states.OWED],
        stepping=bool(pages),
        watched=[str(page.number) for page in pages if page.state == "acknowledged"],
        pages={page.id: page for page in every.values()},
        open=[ref for ref, page in every.items() if page in open_] if len(every) > len(open_) else [],
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
    session.shown.add(message.id)


def report(session: Session, incident_id: str, outcome: Outcome) -> None:
    """Whether everything was said, who holds the rest, or, with exit 9, that nobody does."""
    for message in outcome.messages:
        if message.state in {states.FAILED, states.GAVE_UP}:
            session.say(f"NOT SENT to {message.name} via {message.via}: {message.last_error}")
    if outcome.lost:
        session.exit_code = EXIT_STILL_OWED
        session.say("Nothing was sent in its place. Mend what is wrong, then: escalate messages retry ID")
    if outcome.shown:
        session.exit_code = EXIT_STILL_OWED
        names = ", ".join(dict.fromkeys(message.name for message in outcome.shown if message.to != NOBODY))
        if names:
            session.say(f"Still owed: {names} must be told by you; no channel reaches them.")
        else:
            session.say("Still owed: nobody has been told. Tell somebody, then: escalate messages told ID")
    elif outcome.asked and (before := outcome.shown_before):
        names = ", ".join(dict.fromkeys(m.name for m in before if m.to != NOBODY)) or "somebody"
        ref = before[0].details.get("ref", "")
        session.say(f"Still owed: {names} must be told, as was shown before. What: escalate messages {ref}".rstrip())
    if not outcome.moving and not outcome.stepping:
        if outcome.elsewhere and not outcome.driver:
            past = outcome.elsewhere <= session.now()
            what = f"something {'was' if past else 'falls'} due {outcome.elsewhere:%Y-%m-%d %H:%MZ}"
            if outcome.beside:
                what = "another incident has something to be sent"
            if outcome.beside or past:
                session.exit_code = session.exit_code or EXIT_STILL_OWED
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
    second = list(dict.fromkeys(message.name for message in outcome.moving if message.to in outcome.reached))
    whose = f" for {', '.join(outcome.open)}" if outcome.open else ""
    missing = f"; not woken{whose}: {', '.join(names)}" if names else ""
    missing += f"; no second way is tried to {', '.join(second)}" if second else ""
    if outcome.watched and not missing:
        missing = f"; nobody notices if page {', '.join(outcome.watched)} goes unworked"
    session.say(f"NO COURIER IS RUNNING: nothing more is sent{missing or '; nobody says so when the steps run out'}.")
    if session.wiring.sends:
        verb = "sync --watch" if session.offline else "work"
        session.say(f"Start one: escalate {verb}   (or stay with a page: escalate page --wait)")
    else:
        session.say("You may not send from here: have somebody start one who may, with: escalate work")
    try:
        with session.ledger.writing() as record:
            if outcome.asked or not _said_before(record.tx.last_entries(incident_id, 50)):
                record.append(record.incident(incident_id), CourierMissing(waiting=names, why=why))
    except EscalateError as error:
        session.say(f"That nobody drives it could not be put on the timeline: {error.message}")


def _said_before(entries: list[Entry]) -> bool:
    """Whether it stands on the timeline already, since somebody was last told anything."""
    for entry in reversed(entries):
        if entry.kind == "courier.missing":
            return True
        if entry.kind.partition(".")[0] in {"page", "message", "team", "ticket"}:
            return False
    return False
