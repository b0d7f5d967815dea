"""`page --wait`: stay with a page, drive its steps, and come back with whether somebody answered."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from escalate.cli import aftermath, leaving
from escalate.cli.drivers import make_sure
from escalate.domain.oncall.page import upcoming
from escalate.errors import EXIT_NOT_ACKNOWLEDGED, EXIT_STILL_OWED, EscalateError

if TYPE_CHECKING:
    from datetime import timedelta

    from escalate.app.delivery import Courier
    from escalate.app.ledger import Written
    from escalate.cli.onlooker import Onlooker
    from escalate.cli.session import Session
    from escalate.domain.oncall.page import Page

TICK = 1.0
"""Seconds between looks while nothing is due; an acknowledgement elsewhere is seen within one."""

TRIES = 3
"""Looks at what is left, where the record cannot be had at the first."""

RAN_OUT, CALLED_OFF, TIME_OVER, LEFT = (
    "Every step has run out: NOBODY ACKNOWLEDGED.",
    "It was called off before anybody acknowledged.",
    "The time given is over.",
    "You left before anybody acknowledged.",
)


def stay(session: Session, written: Written, pages: list[Page], limit: timedelta | None) -> None:
    """Until all pages are acknowledged (exit 0), or none of them waits for anything any more, or `limit` is over (8).

    Whoever leaves earlier, by `limit` or Ctrl-C (130), leaves the pages to a courier. `written` is what opened them; it
    has no entries where they were there before.
    """
    courier = aftermath.courier_of(session, [written.incident.id])
    seen = [*pages]
    why = LEFT
    with leaving.put_off():
        try:
            with courier, leaving.noticed():
                if written.entries:
                    session.stamp(written)
                why = _watch(session, courier, written, seen, limit)
        except (KeyboardInterrupt, OSError):  # OSError: the terminal has gone
            pass
        except EscalateError as error:
            session.say(f"{error.message} What was under way is tried again by the next courier.")
        if sys.stderr.isatty():
            click.echo(err=True)
        _answer(session, written, seen, why)


def _watch(
    session: Session, courier: Courier | Onlooker, written: Written, seen: list[Page], limit: timedelta | None
) -> str:
    """Why it ended; `seen` are the pages as they were last seen. Whatever is wrong with the record, it is tried again."""
    end = session.now() + limit if limit is not None else None
    said, trouble = "", ""
    made_sure = False
    while True:
        try:
            if not made_sure:
                make_sure(session)
                made_sure = True
            courier.run(TICK)
            _look(session, written.incident.id, seen)
        except EscalateError as error:
            if error.message != trouble:
                session.say(f"{error.message} Trying again.")
            trouble = error.message
        else:
            trouble = ""
            if not any(page.state == "open" for page in seen):
                return CALLED_OFF if any(page.state == "cancelled" for page in seen) else RAN_OUT
            said = _count_down(session, seen, said)
        if end is not None and session.now() >= end:
            return TIME_OVER
        time.sleep(session.wiring.clock.real(TICK))


def _look(session: Session, incident: str, seen: list[Page]) -> None:
    ids = {page.id for page in seen}
    with session.store.reading() as look:
        found = look.incident(incident)
    if found is not None:
        seen[:] = [page for page in found.pages.values() if page.id in ids]


def _count_down(session: Session, pages: list[Page], said: str) -> str:
    """On a terminal one line that counts; in a pipe a line when something changes. Returns what was said, uncounted."""
    parts, steady = [], []
    for page in pages:
        if (following := upcoming(page)) is None:
            continue
        at, targets = following
        left = max(int((at - session.now()).total_seconds()), 0)
        then = f"next {', '.join(targets)}" if targets else _at_the_end(page)
        steady.append(f"step {page.step}: waiting for {', '.join(page.paged) or 'nobody'}; {then}")
        parts.append(f"{left // 60}:{left % 60:02} left, {steady[-1]}")
    if sys.stderr.isatty():
        from escalate.cli.lines import room
        from escalate.domain.text.visible import cut, visible

        line = visible(" · ".join(parts))
        if columns := room(sys.stderr):  # what went on in a second line could not be taken back
            line = cut(line, columns - 1)
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)
    elif "\n".join(steady) != said:
        session.say(" · ".join(parts))
    return "\n".join(steady)


def _at_the_end(page: Page) -> str:
    fallback = page.policy.fallback
    return f"then it has run out, and {fallback} is told" if fallback else "then it has run out"


def _answer(session: Session, written: Written, seen: list[Page], why: str) -> None:
    from escalate.cli.views.paging import page_public, paged

    outcome, trouble = _handed_on(session, written, seen)
    data = [page_public(written, page, outcome) for page in seen]
    session.answer(data[0] if len(data) == 1 else data, lambda _data: paged(written.incident, seen, outcome))
    if not all(page.state == "acknowledged" for page in seen):
        session.exit_code = leaving.INTERRUPTED if why == LEFT else EXIT_NOT_ACKNOWLEDGED
        session.say(why)
    if trouble:
        session.exit_code = session.exit_code or EXIT_STILL_OWED
        session.say(f"WHETHER ANYBODY DRIVES IT CANNOT BE SEEN: {trouble} Start a courier: escalate work")
    elif (outcome.moving or outcome.stepping) and not outcome.driver:
        session.exit_code = session.exit_code or EXIT_STILL_OWED
        aftermath.unheld(session, written.incident.id, outcome)
    elif outcome.stepping:
        session.say(f"It goes on without you: {outcome.driver}.")


def _handed_on(session: Session, written: Written, seen: list[Page]) -> tuple[aftermath.Outcome, str]:
    """What came of it, with somebody to drive the rest; or, where the record does not say so any more, what is wrong."""
    ids = {page.id for page in seen}
    trouble = ""
    for _ in range(TRIES):
        try:
            _look(session, written.incident.id, seen)
            with session.store.reading() as look:
                said = look.messages(incident=written.incident.id)
            queued = [message for message in said if message.page in ids]
            return aftermath.handed_on(session, written.but(queued=queued)), ""
        except EscalateError as error:
            trouble = error.message
            time.sleep(TICK)
    return aftermath.Outcome(messages=[], driver="", owed=[]), trouble
