"""Looking at who is on call: now, at a moment, over a time, in a calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from escalate.app.rota import Desk, Standing
    from escalate.domain.oncall.shift import Shift

DAYS = 14
"""Days that are laid out where nobody says how many."""


def now(session: Session) -> None:
    """Bare `oncall`."""
    from escalate.app.rota import standing_now
    from escalate.cli.views import oncall as views

    desks = standing_now(session.store, session.now())
    session.answer(
        [_desk(each, _zone(session, each.zone)) for each in desks] if session.as_json else desks,
        lambda _: views.desks(desks, session.zone),
    )


@click.command("who", cls=Command)
@click.argument("target")
@click.option("--at", "at", metavar="T", help="At that moment, past or to come; HH:MM is the next. Default: now.")
@pass_session
def who(session: Session, target: str, at: str | None) -> None:
    """Say who is behind TARGET: a schedule, rotation, policy (step by step), team or person.

    \b
    Example:
      escalate oncall who ts
      escalate oncall who policy:critical-harm --at 'tomorrow 03:00'
      escalate oncall who schedule:ts --at 2026-11-01T09:00Z
    """
    from escalate.app import rota
    from escalate.cli.times import parse_future
    from escalate.cli.views import oncall as views

    moment = parse_future(at, session.now(), session.zone).at if at else session.now()
    found = rota.who(session.store, target, moment, session.now())
    session.answer(
        [_standing(each, _zone(session, found.zone)) for each in found.people],
        lambda _: views.who(found, moment, session.zone),
    )


@click.command("shifts", cls=Command)
@click.argument("target", metavar="SCHEDULE|rotation:NAME")
@click.option("--from", "start", metavar="T", help="From then on. Default: now.")
@click.option("--to", "end", metavar="T", help="Up to then. Default: 14 days after --from.")
@pass_session
def shifts(session: Session, target: str, start: str | None, end: str | None) -> None:
    """List the shifts of a schedule or rotation: who, from when, until when.

    A shift that began before --from is shown from its beginning; one that goes on past --to is cut there and says so.

    \b
    Example:
      escalate oncall shifts ts
      escalate oncall shifts rotation:ts-primary --from 2026-11-01 --to 2026-12-01 --zone America/Los_Angeles
    """
    from escalate.app import rota
    from escalate.cli.views import oncall as views

    begin, finish = _window(session, start, end)
    laid = rota.shifts(session.store, target, begin, finish, session.now())
    zone = _zone(session, laid.zone)
    session.answer([_shift(each, zone) for each in laid.shifts], lambda _: views.shifts(laid, zone))


@click.command("handoffs", cls=Command)
@click.argument("rotation")
@click.option("--from", "start", metavar="T", help="From the turn that is on then. Default: now.")
@click.option("--to", "end", metavar="T", help="To the end of the turn that is on then. Default: 14 days after --from.")
@pass_session
def handoffs(session: Session, rotation: str, start: str | None, end: str | None) -> None:
    """List the hand-offs of a rotation, from the start of the turn at --from to the end of the one at --to.

    \b
    Example:
      escalate oncall handoffs ts-primary
      escalate oncall handoffs ts-primary --from 2027-03-01 --to 2027-04-01
    """
    from escalate.app import rota
    from escalate.cli.views import oncall as views

    begin, finish = _window(session, start, end)
    named, found = rota.handoffs(session.store, rotation, begin, finish, session.now())
    zone = _zone(session, named)

    def view(_data: Any) -> Any:
        return views.handoffs(found, rota.takers(session.store, rotation, found, session.now()), zone)

    session.answer([_iso(each, zone) for each in found], view)


@click.command("calendar", cls=Command)
@click.argument("schedules", metavar="[SCHEDULE]...", nargs=-1)
@click.option("--from", "start", metavar="T", help="From that day on. Default: today.")
@click.option("--weeks", type=click.IntRange(1, 53), default=2, show_default=True, help="So many weeks.")
@pass_session
def calendar(session: Session, schedules: tuple[str, ...], start: str | None, weeks: int) -> None:
    """Draw who is on call day by day: a row for each schedule, a column for each day of its zone, or of --zone.

    AN▸BO is a hand-off within the day, * an override or temporary schedule, ··8h so many hours without anybody.

    \b
    Example:
      escalate oncall calendar
      escalate oncall calendar ts --from 2026-12-21 --weeks 4
    """
    from escalate.app import rota
    from escalate.cli.views import calendar as views

    given = session.zone if session.given_zone else None
    day = _moment(session, start).astimezone(session.zone).date() if start else None
    sheets = rota.calendar(session.store, schedules, day, weeks * 7, given, session.now())
    data = [
        {
            "schedule": each.schedule,
            "zone": str(each.zone),
            "from": _iso(each.start, each.zone),
            "to": _iso(each.end, each.zone),
            "shifts": [_shift(shift, each.zone) for shift in each.shifts],
        }
        for each in sheets
    ]
    session.answer(data, lambda _: views.drawn(sheets, session.now(), views.room()))


def _window(session: Session, start: str | None, end: str | None) -> tuple[datetime, datetime]:
    from escalate.domain.oncall.duty import minute

    begin = _moment(session, start) if start else minute(session.now())
    return begin, _moment(session, end) if end else begin + timedelta(days=DAYS)


def _moment(session: Session, text: str) -> datetime:
    from escalate.cli.times import parse_future

    return parse_future(text, session.now(), session.zone, day_ok=True).at


def _zone(session: Session, name: str | None) -> tzinfo:
    """`--zone`, else that of what is asked about."""
    from escalate.cli.zones import zone

    return session.zone if session.given_zone else zone(name or "UTC")


def _iso(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat()


def _standing(each: Standing, zone: tzinfo) -> dict[str, Any]:
    step = {} if each.step is None else {"step": each.step}
    until = _iso(each.until, zone) if each.until else None
    return {**step, "person": each.person, "name": each.name, "until": until}


def _desk(desk: Desk, zone: tzinfo) -> dict[str, Any]:
    following = desk.next and {"people": desk.next.people, "at": _iso(desk.next.at, zone)}
    return {
        "schedule": desk.schedule,
        "zone": desk.zone,
        "on_call": [_standing(each, zone) for each in desk.on_call],
        "next": following,
    }


def _shift(shift: Shift, zone: tzinfo) -> dict[str, Any]:
    return {
        "person": shift.person,
        "start": _iso(shift.start, zone),
        "end": _iso(shift.end, zone),
        "truncated": shift.truncated,
    }
