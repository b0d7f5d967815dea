"""`work`: a courier that drives pages and delivers messages until it is stopped."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session

if TYPE_CHECKING:
    from datetime import timedelta


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="Do what is due now, and end; exit 9 if something stays owed.")
@click.option("--idle", metavar="DURATION", help="End after so long with nothing to do, as 10m.")
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    default=16,
    show_default=True,
    help="How many messages at a time.",
)
@click.option(
    "--install",
    is_flag=True,
    help="Write a systemd user unit that keeps a courier running, and say how to start it.",
)
@pass_session
def work(session: Session, once: bool, idle: str | None, threads: int, install: bool) -> None:
    """Deliver what is owed and drive the steps of pages, until stopped with Ctrl-C.

    \b
    Example:
      escalate work
      escalate work --once
      escalate work --install
    """
    if install:
        path = session.wiring.install_unit()
        hint = ["Start it, now and at every login:", "  systemctl --user daemon-reload", "  systemctl --user enable --now escalate",
                "So that it runs while you are logged out:", "  loginctl enable-linger"]  # fmt: skip
        session.answer({"unit": str(path)}, lambda _data: [f"Written: {path}", *hint])
    elif once:
        _once(session, threads)
    else:
        _loop(session, threads, _patience(idle))


def _patience(idle: str | None) -> timedelta | None:
    if idle is None:
        return None
    from escalate.cli.times import duration

    return duration(idle)


def _once(session: Session, threads: int) -> None:
    from escalate.app.delivery import LEASE, Courier
    from escalate.domain.messages.message import OWED
    from escalate.errors import EXIT_STILL_OWED

    courier = Courier(session.wiring.courier_ledger(), session.wiring.channel, threads=threads)
    settled = courier.run(LEASE.total_seconds())
    with session.store.reading() as look:
        owed = look.messages(states=OWED)
    session.answer(
        {"settled": settled, "owed": len(owed)}, lambda _data: [f"{settled} settled, {len(owed)} still owed."]
    )
    if owed:
        session.exit_code = EXIT_STILL_OWED


def _loop(session: Session, threads: int, idle: timedelta | None) -> None:
    from escalate.app.delivery import Courier
    from escalate.app.work import Badge, Round

    wiring = session.wiring
    ledger, bell = wiring.courier_ledger(), wiring.bell()
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _frame: stopping.append(got))
    badge = Badge(id=f"{os.uname().nodename}:{os.getpid()}", host=os.uname().nodename, pid=os.getpid())
    session.say(
        f"courier {badge.id} at work; {f'it ends after {idle} with nothing to do' if idle else 'Ctrl-C ends it'}"
    )
    loop = Round(
        ledger,
        Courier(ledger, wiring.channel, threads=threads),
        bell,
        badge,
        stopped=lambda: bool(stopping),
        log=session.say,
    )
    settled = loop.run(idle)
    session.answer({"settled": settled}, lambda _data: [f"{settled} settled."])
