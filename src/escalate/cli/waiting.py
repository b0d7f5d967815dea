"""`page --wait`: stay with a page, drive its steps, and come back with whether somebody answered."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from escalate.cli.aftermath import show
from escalate.domain.oncall.page import upcoming
from escalate.errors import EXIT_NOT_ACKNOWLEDGED

if TYPE_CHECKING:
    from datetime import timedelta

    from escalate.app.ledger import Written
    from escalate.cli.session import Session
    from escalate.domain.oncall.page import Page

TICK = 1.0
"""Seconds between looks while nothing is due; an acknowledgement elsewhere is seen within one."""


def stay(session: Session, written: Written, pages: list[Page], limit: timedelta | None) -> None:
    """Until all pages are acknowledged (exit 0), or none of them waits for anything any more, or `limit` is over (8)."""
    from escalate.app.delivery import Courier

    session.stamp(written)
    courier = Courier(
        session.wiring.courier_ledger(), session.wiring.channel, show=lambda message: show(session, message)
    )
    ids, end = {page.id for page in pages}, session.now() + limit if limit else None
    said = ""
    while True:
        courier.run(TICK)
        now = _pages(session, written.incident.id, ids)
        over = end is not None and session.now() >= end
        if over or not any(page.state == "open" for page in now):
            break
        said = _count_down(session, now, said)
        time.sleep(session.wiring.clock.real(TICK))
    if said and sys.stderr.isatty():
        click.echo(err=True)
    _answer(session, written, now, over=over)


def _pages(session: Session, incident: str, ids: set[str]) -> list[Page]:
    with session.store.reading() as look:
        found = look.incident(incident)
    return [page for page in found.pages.values() if page.id in ids] if found else []


def _count_down(session: Session, pages: list[Page], said: str) -> str:
    """On a terminal one line that counts; in a pipe a line when something changes."""
    parts = []
    for page in pages:
        following = upcoming(page)
        if following:
            at, targets = following
            left = max(int((at - session.now()).total_seconds()), 0)
            who = ", ".join(targets) or "nobody is left"
            parts.append(
                f"step {page.step}: waiting for {', '.join(page.paged) or 'nobody'}; next {who} in {left // 60}:{left % 60:02}"
            )
    line = " · ".join(parts)
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)
    elif [part.rpartition(" in ")[0] for part in parts] != said.split("\n"):
        session.say(line)
    return "\n".join(part.rpartition(" in ")[0] for part in parts)


def _answer(session: Session, written: Written, pages: list[Page], *, over: bool) -> None:
    from escalate.cli.commands.page import public
    from escalate.cli.views.paging import paged

    with session.store.reading() as look:
        messages = look.messages(incident=written.incident.id)
        state = look.incident(written.incident.id)
    now = written.but(queued=messages, incident=state or written.incident)
    data = [public(now, page, None) for page in pages]
    session.answer(data[0] if len(data) == 1 else data, lambda _data: paged(now.incident, pages, None))
    if not all(page.state == "acknowledged" for page in pages):
        session.exit_code = EXIT_NOT_ACKNOWLEDGED
        session.say("The time given is over." if over else "Every step has run out: NOBODY ACKNOWLEDGED.")
