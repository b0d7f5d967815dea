"""Changing who is on call: `override`, `temporary`, `swap`, `preferences`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from datetime import datetime

FROM = "When it begins: '2026-11-22 09:00', 09:00 (the next), 'tomorrow 09:00', now."
TO = "When it ends, not included; a bare 17:00 is the next one after it begins."
WHY = "Why; everybody who looks at the schedule sees it."


def _at(session: Session, text: str, after: datetime | None = None) -> datetime:
    """The moment `text` means; a bare time of day is the next one after `after`, else after now."""
    from escalate.cli.times import parse_future

    now = session.now()
    bare = after is not None and re.fullmatch(r"\d{1,2}:\d\d", text.strip())
    return parse_future(text, after if bare and after else now, session.zone).at


@click.group(cls=Family)
def override() -> None:
    """Put somebody on call, take somebody off, or let one stand in for another, for a time.

    \b
    Example:
      escalate oncall override add ts --replace alice --with bob --from 'tomorrow 09:00' --to 17:00
      escalate oncall override list
    """


@override.command("add", cls=Command)
@click.argument("schedule")
@click.option("--add", metavar="PERSON", help="Is on call as well.")
@click.option("--remove", metavar="PERSON", help="Is not on call in that time.")
@click.option(
    "--replace", metavar="PERSON", help="Is not on call in that time; --with is, whenever they would have been."
)
@click.option("--with", "with_", metavar="PERSON", help="Who stands in (with --replace).")
@click.option("--from", "start", metavar="T", required=True, help=FROM)
@click.option("--to", "end", metavar="T", required=True, help=TO)
@click.option("--why", metavar="TEXT", default="", help=WHY)
@pass_session
def override_add(
    session: Session, schedule: str, add: str | None, remove: str | None, replace: str | None, with_: str | None,
    start: str, end: str, why: str,
) -> None:  # fmt: skip
    """Add an override to SCHEDULE. Where it begins in the past, it counts from now on.

    \b
    Example:
      escalate oncall override add ts --replace alice --with bob --from '2026-11-22 09:00' --to 17:00
      escalate oncall override add ts --add carol --from now --to 'tomorrow 08:00' --why "a busy night"
    """
    from escalate.app.duty import add_override
    from escalate.cli.views import duty as views
    from escalate.domain.oncall.changes import FORMS

    given = [word for word in (add, remove, replace) if word is not None]
    if len(given) != 1 or (replace is None) != (with_ is None):
        raise Usage("An override is exactly one of three.", hint=FORMS)
    begins = _at(session, start)
    ends = _at(session, end, begins)
    written, made, remarks = add_override(
        session.ledger, schedule, add=add or with_, remove=remove or replace, start=begins, end=ends, why=why
    )
    for line in remarks:
        session.say(f"Note: {line}")
    now, zone = session.now(), session.zone
    session.wrote(written, views.public(made, now), lambda _data: views.overrides([made], now, zone))


@override.command("list", cls=Command)
@click.argument("schedule", required=False)
@click.option("--all", "everything", is_flag=True, help="Those that are over or were taken back, too.")
@pass_session
def override_list(session: Session, schedule: str | None, everything: bool) -> None:
    """List the overrides to come and in force, of SCHEDULE or of all.

    \b
    Example:
      escalate oncall override list ts --all
    """
    from escalate.app.duty import overrides
    from escalate.cli.views import duty as views

    now, zone = session.now(), session.zone
    found = overrides(session.store, schedule, now, everything=everything)
    session.answer([views.public(one, now) for one in found], lambda _data: views.overrides(found, now, zone))


@override.command("remove", cls=Command)
@click.argument("id_", metavar="ID")
@click.option("--why", metavar="TEXT", default="", help=WHY)
@pass_session
def override_remove(session: Session, id_: str, why: str) -> None:
    """Take the override ID back from now on; of a swap, both halves. What it did before stays done.

    \b
    Example:
      escalate oncall override remove O-3
    """
    from escalate.app.duty import remove_override
    from escalate.cli.views import duty as views

    written, gone = remove_override(session.ledger, id_, why)
    for half in gone[1:]:
        session.say(f"Note: {half.id} was the other half of swap {half.swap}, and is taken back too.")
    now, zone = session.now(), session.zone
    session.wrote(written, views.public(gone[0], now), lambda _data: views.overrides(gone, now, zone))


@click.group(cls=Family)
def temporary() -> None:
    """Set a schedule aside for a time: only the shifts given here count, no rules and no overrides.

    \b
    Example:
      escalate oncall temporary add ts --from 2026-12-24T00:00 --to 2026-12-27T00:00 --shift alice=2026-12-24T00:00..2026-12-27T00:00
    """


@temporary.command("add", cls=Command)
@click.argument("schedule")
@click.option("--from", "start", metavar="T", required=True, help=FROM)
@click.option("--to", "end", metavar="T", required=True, help=TO)
@click.option(
    "--shift", "shifts", metavar="PERSON=FROM..TO", multiple=True, help="Who is on call when; may be given again."
)
@click.option("--nobody", is_flag=True, help="Nobody is on call in all of that time, and that is meant.")
@click.option("--why", metavar="TEXT", default="", help=WHY)
@pass_session
def temporary_add(
    session: Session, schedule: str, start: str, end: str, shifts: tuple[str, ...], nobody: bool, why: str
) -> None:
    """Set SCHEDULE aside from one time to another. Shifts that reach out of that time are cut to it.

    \b
    Example:
      escalate oncall temporary add ts --from '2026-12-24 00:00' --to 00:00 --shift 'alice=00:00..12:00' --shift 'bob=12:00..00:00'
      escalate oncall temporary add ts --from '2026-12-24 00:00' --to '2026-12-25 00:00' --nobody
    """
    from escalate.app.duty import add_temporary
    from escalate.cli.views import duty as views
    from escalate.domain.oncall.changes import late, uncovered

    begins = _at(session, start)
    ends = _at(session, end, begins)
    turns = [_shift(session, text, begins) for text in shifts]
    written, made = add_temporary(session.ledger, schedule, begins, ends, turns, why, nobody=nobody)
    for line in (*late(made), *uncovered(made)):
        session.say(f"Note: {line}")
    now, zone = session.now(), session.zone
    session.wrote(written, views.temporary_public(made, now), lambda _data: views.temporaries([made], now, zone))


def _shift(session: Session, text: str, begins: datetime) -> tuple[str, datetime, datetime]:
    person, equals, span = text.partition("=")
    start, dots, end = span.partition("..")
    if not (equals and dots and person.strip() and start.strip() and end.strip()):
        raise Usage(f"{text!r} is not a shift.", hint="Write it as --shift 'alice=2026-12-24 09:00..2026-12-24 17:00'")
    first = _at(session, start, begins - timedelta(minutes=1))
    return person.strip(), first, _at(session, end, first)


@temporary.command("list", cls=Command)
@click.argument("schedule", required=False)
@click.option("--all", "everything", is_flag=True, help="Those that are over or were taken back, too.")
@pass_session
def temporary_list(session: Session, schedule: str | None, everything: bool) -> None:
    """List the temporary schedules to come and in force, of SCHEDULE or of all.

    \b
    Example:
      escalate oncall temporary list --all
    """
    from escalate.app.duty import temporaries
    from escalate.cli.views import duty as views

    now, zone = session.now(), session.zone
    found = temporaries(session.store, schedule, now, everything=everything)
    session.answer(
        [views.temporary_public(one, now) for one in found], lambda _data: views.temporaries(found, now, zone)
    )


@temporary.command("remove", cls=Command)
@click.argument("id_", metavar="ID")
@click.option("--why", metavar="TEXT", default="", help=WHY)
@pass_session
def temporary_remove(session: Session, id_: str, why: str) -> None:
    """Take the temporary schedule ID back from now on: rules and overrides count again.

    \b
    Example:
      escalate oncall temporary remove T-1
    """
    from escalate.app.duty import remove_temporary
    from escalate.cli.views import duty as views

    written, made = remove_temporary(session.ledger, id_, why)
    now, zone = session.now(), session.zone
    session.wrote(written, views.temporary_public(made, now), lambda _data: views.temporaries([made], now, zone))


@click.command(cls=Command)
@click.argument("schedule")
@click.argument("first", metavar="PERSON")
@click.argument("second", metavar="OTHER")
@click.option(
    "--first", "first_at", metavar="T", help="A moment in the shift of PERSON that is meant; else their next."
)
@click.option(
    "--second", "second_at", metavar="T", help="A moment in the shift of OTHER that is meant; else their next."
)
@click.option("--why", metavar="TEXT", default="", help=WHY)
@pass_session
def swap(
    session: Session, schedule: str, first: str, second: str, first_at: str | None, second_at: str | None, why: str
) -> None:
    """Exchange a shift of PERSON in SCHEDULE for one of OTHER: all of it, or nothing is changed.

    A shift is one stretch in which somebody is on call, as `oncall shifts` lists it. Left out, --first is PERSON's next to
    begin and --second OTHER's after it. For a week of days make an override for that week.

    \b
    Example:
      escalate oncall swap ts alice bob
      escalate oncall swap ts alice bob --first '2026-12-07 12:00' --second '2026-12-14 12:00'
    """
    from escalate.app import duty
    from escalate.cli.views import duty as views

    written, made, remarks = duty.swap(
        session.ledger,
        schedule,
        first,
        second,
        first_at=_at(session, first_at) if first_at else None,
        second_at=_at(session, second_at) if second_at else None,
        why=why,
    )
    for line in remarks:
        session.say(f"Note: {line}")
    now, zone = session.now(), session.zone
    session.wrote(written, [views.public(one, now) for one in made], lambda _data: views.overrides(made, now, zone))


@click.command(cls=Command)
@click.argument("person", required=False)
@click.option(
    "--not-for", "not_for", metavar="HARM", multiple=True, help="A kind of harm you are not given; may be given again."
)
@click.option("--none", "nothing", is_flag=True, help="You may be given everything again.")
@pass_session
def preferences(session: Session, person: str | None, not_for: tuple[str, ...], nothing: bool) -> None:
    """Show or set the kinds of harm you would rather not be given. Nobody asks why; pages go to the next person.

    What is given here takes the place of what was set before. Only you can see and set it.

    \b
    Example:
      escalate oncall preferences --not-for gra --not-for cse
      escalate oncall preferences --none
    """
    from escalate.app import duty
    from escalate.cli.views import duty as views

    if not_for and nothing:
        raise Usage("--not-for and --none contradict each other.", hint="Leave one of them out.")
    if not (not_for or nothing):
        session.answer(duty.preferences(session.ledger, person), views.preferences)
        return
    written, data = duty.set_preferences(session.ledger, not_for, person)
    session.wrote(written, data, views.preferences)
