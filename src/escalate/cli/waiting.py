"""`page --wait`: stay with a page, drive its steps, and come back with whether somebody answered."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from escalate.cli import aftermath, leaving
from escalate.domain.oncall.page import upcoming
from escalate.errors import EXIT_NOT_ACKNOWLEDGED, EXIT_STILL_OWED, Conflict, EscalateError, Misconfigured, Unreachable

if TYPE_CHECKING:
    from datetime import timedelta

    from escalate.app.delivery import Courier
    from escalate.app.ledger import Written
    from escalate.cli.onlooker import Onlooker
    from escalate.cli.session import Session
    from escalate.domain.oncall.page import Page

TICK = 1.0
"""Seconds between looks while nothing is due; an acknowledgement elsewhere is seen within one."""

RAN_OUT, CALLED_OFF, TIME_OVER, LEFT = (
    "Every step has run out: NOBODY ACKNOWLEDGED.",
    "It was called off before anybody acknowledged.",
    "The time given is over.",
    "You left before anybody acknowledged.",
)


def stay(session: Session, written: Written, pages: list[Page], limit: timedelta | None) -> None:
    """Until all pages are acknowledged (exit 0), or none of them waits for anything any more, or `limit` is over (8).

    Whoever leaves earlier, by `limit` or Ctrl-C, leaves the pages to a courier. `written` is what opened them; it has no
    entries where they were there before.
    """
    ids = {page.id for page in pages}
    courier = aftermath.courier_of(session, [written.incident.id])
    with leaving.noticed():
        try:
            if written.entries:
                session.stamp(written)
            aftermath.make_sure(session)
            why = _watch(session, courier, written, ids, limit)
        except (KeyboardInterrupt, OSError):  # OSError: the terminal has gone
            why = LEFT
    with leaving.put_off():
        outcome = _handed_on(session, courier, written, ids)
    if sys.stderr.isatty():
        click.echo(err=True)
    _answer(session, outcome, written, ids, why)


def _watch(
    session: Session, courier: Courier | Onlooker, written: Written, ids: set[str], limit: timedelta | None
) -> str:
    """Why it ended."""
    end = session.now() + limit if limit is not None else None
    said = ""
    while True:
        try:
            courier.run(TICK)
        except (Conflict, Misconfigured, Unreachable) as error:
            session.say(f"{error.message} Trying again.")
        now = _pages(session, written.incident.id, ids)
        if not any(page.state == "open" for page in now):
            return CALLED_OFF if any(page.state == "cancelled" for page in now) else RAN_OUT
        if end is not None and session.now() >= end:
            return TIME_OVER
        said = _count_down(session, now, said)
        time.sleep(session.wiring.clock.real(TICK))


def _pages(session: Session, incident: str, ids: set[str]) -> list[Page]:
    with session.store.reading() as look:
        found = look.incident(incident)
    return [page for page in found.pages.values() if page.id in ids] if found else []


def _count_down(session: Session, pages: list[Page], said: str) -> str:
    """On a terminal one line that counts; in a pipe a line when something changes. Returns what was said, uncounted."""
    parts, steady = [], []
    for page in pages:
        if (following := upcoming(page)) is None:
            continue
        at, targets = following
        left = max(int((at - session.now()).total_seconds()), 0)
        who = ", ".join(targets) or "nobody is left"
        steady.append(f"step {page.step}: waiting for {', '.join(page.paged) or 'nobody'}; next {who}")
        parts.append(f"{steady[-1]} in {left // 60}:{left % 60:02}")
    if sys.stderr.isatty():
        from escalate.domain.text.visible import visible

        click.echo(f"\r\x1b[K{visible(' · '.join(parts))}", nl=False, err=True)
    elif "\n".join(steady) != said:
        session.say(" · ".join(parts))
    return "\n".join(steady)


def _answer(session: Session, outcome: aftermath.Outcome, written: Written, ids: set[str], why: str) -> None:
    from escalate.cli.views.paging import page_public, paged

    pages = _pages(session, written.incident.id, ids)
    data = [page_public(written, page, outcome) for page in pages]
    session.answer(data[0] if len(data) == 1 else data, lambda _data: paged(written.incident, pages, outcome))
    if not all(page.state == "acknowledged" for page in pages):
        session.exit_code = EXIT_NOT_ACKNOWLEDGED
        session.say(why)
    if (outcome.moving or outcome.stepping) and not outcome.driver:
        session.exit_code = session.exit_code or EXIT_STILL_OWED
        aftermath.unheld(session, written.incident.id, outcome)
    elif outcome.stepping:
        session.say(f"It goes on without you: {outcome.driver}.")


def _handed_on(session: Session, courier: Courier | Onlooker, written: Written, ids: set[str]) -> aftermath.Outcome:
    """What came of it, once what is under way has come back or was put down as not answered."""
    try:
        courier.let_go(aftermath.GRACE)
    except EscalateError as error:
        session.say(f"{error.message} What was under way is tried again by the next courier.")
    with session.store.reading() as look:
        said = look.messages(incident=written.incident.id, limit=aftermath.ALL)
    return aftermath.handed_on(session, written.but(queued=[message for message in said if message.page in ids]))
