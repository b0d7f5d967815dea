"""`work`: a courier that drives pages and delivers messages until it is stopped."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from escalate.cli.leaving import heard
from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import EscalateError

if TYPE_CHECKING:
    from datetime import timedelta


HOW_TO_START = (
    "Start it, now and at every login:",
    "  systemctl --user daemon-reload",
    "  systemctl --user enable --now escalate",
    "So that it runs while you are logged out:",
    "  loginctl enable-linger",
)


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
        hint = [*_secrets_elsewhere(session), *_password_elsewhere(session), *HOW_TO_START]
        session.answer({"unit": str(path)}, lambda _data: [f"Written: {path}", *hint])
        return
    if session.wiring.shared is not None:
        if session.wiring.line.sends_from_here() and not once:
            from escalate.cli.commands.sync import sync

            click.get_current_context().invoke(sync, watch=True)
            return
        if not session.offline:
            session.wiring.shared.may_send()
    if once:
        _once(session, threads)
    else:
        _loop(session, threads, _patience(idle))


def _secrets_elsewhere(session: Session) -> list[str]:
    """A unit does not see what this shell has in its environment."""
    named = sorted(name for name in session.wiring.environ if name.startswith("ESCALATE_SECRET_"))
    if not named:
        return []
    return ["Secrets are in this shell's environment; let the unit see them, before it starts and after each boot:",
            f"  systemctl --user import-environment {' '.join(named)}"]  # fmt: skip


def _password_elsewhere(session: Session) -> list[str]:
    """The unit names the database without the password that our environment has in its address."""
    shared = session.wiring.shared
    if shared is None or not shared.password_is_elsewhere:
        return []
    return ["The unit has no password for the database; keep one where it finds it:", "  escalate login database"]


def _patience(idle: str | None) -> timedelta | None:
    if idle is None:
        return None
    from escalate.cli.times import duration

    return duration(idle)


def _once(session: Session, threads: int) -> None:
    from escalate.app.couriers import living
    from escalate.app.delivery import LEASE, Courier
    from escalate.app.reviews import look_again
    from escalate.errors import EXIT_STILL_OWED

    ledger = session.wiring.courier_ledger()
    try:
        look_again(ledger, log=session.say)
    except EscalateError as error:  # messages go out whatever becomes of it
        session.say(f"What was judged before cannot be looked at again: {error.message}")
    except Exception as error:  # noqa: BLE001  (as above)
        session.say(f"What was judged before cannot be looked at again ({type(error).__name__}): escalate doctor")
    with Courier(ledger, session.wiring.channel, threads=threads, log=session.say) as courier:
        settled = courier.run(LEASE.total_seconds())
    with session.store.reading() as look:
        owed = look.tally(session.now())
        later = look.next_due(session.now())
        alive = living(look, session.now(), session.wiring.alive)
    data = {"settled": settled, "owed": owed.messages}
    session.answer(data, lambda _data: [f"{settled} settled, {owed.messages} still owed."])
    if owed.at_hand or (not alive and (owed.messages or later)):
        session.exit_code = EXIT_STILL_OWED
        session.say("Something is still owed, and no courier is running: escalate messages --all")


def _loop(session: Session, threads: int, idle: timedelta | None) -> None:
    from escalate.app.delivery import Courier
    from escalate.app.work import Badge, Round

    wiring = session.wiring
    ledger, bell = wiring.courier_ledger(), wiring.bell()
    stopping: list[int] = []

    def stop(number: int, _frame: object) -> None:
        stopping.append(number)
        bell.close()  # ends its wait, and whoever rings now hears that nobody is there

    heard(stop)
    # A process id comes again, in a container at every start; the last part does not.
    badge = Badge(
        id=f"{os.uname().nodename}:{os.getpid()}:{os.urandom(3).hex()}", host=os.uname().nodename, pid=os.getpid()
    )
    session.say(
        f"courier {badge.id} at work; {f'it ends after {idle} with nothing to do' if idle else 'Ctrl-C ends it'}"
    )
    loop = Round(
        ledger,
        Courier(ledger, wiring.channel, threads=threads, log=session.say),
        bell,
        badge,
        stopped=lambda: bool(stopping),
        log=session.say,
    )
    settled = loop.run(idle)
    session.answer({"settled": settled}, lambda _data: [f"{settled} settled."])
    _left_behind(session)


def _left_behind(session: Session) -> None:
    """Somebody stopped this courier: say so here, and on the timelines it leaves alone, if nobody else drives them."""
    from escalate.cli.drivers import living
    from escalate.domain.timeline.receipts import CourierMissing
    from escalate.errors import EXIT_STILL_OWED

    if living(session):
        return
    with session.store.reading() as look:
        if look.next_due(session.now()) is None:
            return
        open_ = look.incidents(statuses=("open",))
    left = [incident.id for incident in open_ if any(page.due_at for page in incident.pages.values())]
    session.exit_code = EXIT_STILL_OWED
    session.say("NO COURIER IS RUNNING NOW, and something is owed: nobody else is woken. Start one: escalate work")
    ledger = session.wiring.courier_ledger()
    for id_ in left:
        try:
            with ledger.writing() as record:
                record.append(record.incident(id_), CourierMissing(waiting=[], why="the courier was stopped"))
        except Exception as error:  # noqa: BLE001  (the timelines of the others say it)
            why = error.message if isinstance(error, EscalateError) else type(error).__name__
            session.say(f"The timeline of incident {id_} does not say so: {why}")
