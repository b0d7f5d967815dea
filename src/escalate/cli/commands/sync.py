"""`sync`: what was written while the shared record could not be reached comes into it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.leaving import heard
from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import EXIT_STILL_OWED, Unreachable

if TYPE_CHECKING:
    from escalate.app.syncing import CameIn
    from escalate.cli.views import View

NOTHING = "Nothing waits on this machine."


@click.command(cls=Command)
@click.option("--watch", is_flag=True, help="Send what is owed from here, and try every 10 s until all has come in.")
@pass_session
def sync(session: Session, *, watch: bool) -> None:
    """Bring into the shared record what was written while it could not be reached.

    It happens by itself before every command that reaches the record. What no longer fits comes in as well, and is
    marked. Nothing is sent twice: a message keeps its key and what became of it.

    \b
    Example:
      escalate sync
      escalate sync --watch
    """
    if session.wiring.shared is None or not session.wiring.line.waiting.any:
        session.answer({"came_in": [], "waiting": None}, lambda _data: [NOTHING])
        return
    found = _watch(session) if watch else _once(session)
    left = session.wiring.line.waiting
    data = {"came_in": [one.public() for one in found], "waiting": left.public() if left.any else None}
    session.answer(data, lambda _data: _drawn(found, left.said if left.any else ""))
    if left.any:
        session.exit_code = EXIT_STILL_OWED


def _drawn(found: list[CameIn], left: str) -> View:
    said = [*(line for one in found for line in one.lines), *([f"Still on this machine: {left}."] if left else [])]
    return [*said] or [NOTHING]


def _once(session: Session) -> list[CameIn]:
    line = session.wiring.line
    try:
        return line.sync()
    except Unreachable as error:
        raise Unreachable(
            f"{error.message} Waiting here: {line.waiting.said}.",
            hint="Nothing is lost; it is tried again with every command, and until it is in by: escalate sync --watch",
        ) from error


def _watch(session: Session) -> list[CameIn]:
    from escalate.app.delivery import Courier
    from escalate.app.watch import Watch
    from escalate.app.work import Badge

    wiring = session.wiring
    line = wiring.line
    line.stay_here()
    ledger, bell, stopping = wiring.courier_ledger(), wiring.bell(), list[int]()

    def stop(number: int, _frame: Any) -> None:
        stopping.append(number)
        bell.close()

    heard(stop)
    host = os.uname().nodename
    loop = Watch(
        ledger,
        Courier(ledger, wiring.channel, log=session.say),
        bell,
        Badge(id=f"{host}:{os.getpid()}:{os.urandom(3).hex()}", host=host, pid=os.getpid()),
        stopped=lambda: bool(stopping),
        log=session.say,
        spool=line.current,
        reach=line.connect,
        bring_in=line.sync,
    )
    loop.run(None)
    line.go_back(loop.done)
    return loop.came_in
