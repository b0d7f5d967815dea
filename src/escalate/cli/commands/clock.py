"""`clock`: how long legal periods are, which duties to tell somebody are known, and the words that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command, OnDemand
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

UNITS = ("hours", "days", "months", "business_days", "years")


WORDS = {
    "list": "clock_looking:list_",
    "suggest": "clock_looking:suggest",
    "applies": "clock_changes:applies",
    "dismiss": "clock_changes:dismiss",
    "submitted": "clock_changes:submitted",
    "delay": "clock_changes:delay",
    "stop": "clock_changes:stop",
    "show": "clock_looking:show",
    "export": "clock_looking:export",
    "explain": "clock:explain",
    "library": "clock:library",
}
"""Each word after `clock` and where it is; only the one that is asked for is imported."""


class Words(OnDemand):
    """By itself, or with a REF alone, it lists the clocks of an incident."""

    places = WORDS

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and not {*WORDS, "--help", "-h"}.intersection(args):
            _refuse_slips(args)
            args = ["list", *args]
        return super().parse_args(ctx, args)


def _refuse_slips(args: list[str]) -> None:
    """What looks like a word that was mistyped is no REF."""
    from difflib import get_close_matches

    first = next((word for word in args if not word.startswith("-")), "").lower()
    if near := get_close_matches(first, WORDS, n=1, cutoff=0.7):
        raise Usage(f"There is no word {first[:40]!r} after clock.", hint=f"Did you mean {near[0]}?")


@click.group("clock", cls=Words, invoke_without_command=True)
def clock() -> None:
    """Legal clocks: which run on an incident and until when, which might apply, how a period is counted.

    By itself it lists those of an incident: escalate clock [REF]. Each runs from a fact (escalate fact awareness …), never
    from when the incident was opened, and only once a person has said that it applies. Arithmetic and references, not legal
    advice.

    \b
    Example:
      escalate clock INC-7
      escalate clock suggest INC-7
      escalate clock applies eu-gdpr-33-authority --why "personal data of customers; Legal has looked at it"
      escalate clock library --jurisdiction EU
    """


@click.command(cls=Command)
@click.argument("rule")
@click.option("--n", type=int, metavar="N", help="How many; of a clock of the library it is known.")
@click.option("--unit", type=click.Choice(UNITS), help="What is counted.")
@click.option(
    "--start", required=True, metavar="T", help="When the fact was that it runs from; local times are in --zone."
)
@click.option(
    "--holiday", "holidays", multiple=True, metavar="DATE", help="A day that is not worked; may be given again."
)
@click.option("--aware", metavar="T", help="When awareness was: dora_min runs from it besides.")
@click.option(
    "--calendar", "country", metavar="COUNTRY", help="Count that country's public holidays, too: BE, or DE-BY."
)
@pass_session
def explain(
    session: Session,
    rule: str,
    n: int | None,
    unit: str | None,
    start: str,
    holidays: tuple[str, ...],
    aware: str | None,
    country: str | None,
) -> None:
    """Compute when a period ends, strictly and at the outside, and show each step with the law it follows from.

    RULE is elapsed_hours, eu_hours, eu_days, eu_months, dora_min, us_sec_business_days, calendar_days,
    business_days_after or keep_until, `; dora_noon` behind it where that applies; or the id of a clock of the library. --zone
    is the zone of whoever is told. Nothing is recorded. Not legal advice: whether a clock applies is for a person to say.

    \b
    Example:
      escalate clock explain eu_hours --n 72 --unit hours --start 2026-11-20T13:20Z --zone Europe/Brussels
      escalate clock explain eu-nis2-23-final --start "2026-11-20 14:20" --zone Europe/Brussels --calendar BE
      escalate clock explain "dora_min; dora_noon" --n 4 --unit hours --start "2026-11-21 06:00" \
        --aware "2026-11-20 08:00" --zone Europe/Paris
    """
    from escalate.app import clocks
    from escalate.cli.times import parse_past
    from escalate.cli.views.clock import explained, steps

    zone = _zone(session)
    now = session.now()
    question = clocks.Question(
        rule=rule,
        n=n,
        unit=unit,
        start=parse_past(start, now, zone).at,
        zone=zone,
        holidays=tuple(day(text) for text in holidays),
        aware=None if aware is None else parse_past(aware, now, zone).at,
        country=country,
    )
    found = clocks.explain(session.wiring.clock_library, session.wiring.holidays, question)

    def local(at: datetime) -> str:
        return at.astimezone(zone).isoformat()

    data = {"strict": local(found.strict), "outer": local(found.outer), "trace": steps(found.trace, local)}
    session.answer(data, lambda _data: explained(found, zone))


@click.command(cls=Command)
@click.argument("id_", metavar="[ID]", required=False)
@click.option("--jurisdiction", metavar="J", help="Only of that place: EU, UK, US, US-NY.")
@click.option("--stale", is_flag=True, help="Only rows that nobody has looked at for 180 days.")
@pass_session
def library(session: Session, id_: str | None, jurisdiction: str | None, stale: bool) -> None:
    """List the clocks that are known: what starts each, how long it runs, whether it is in force, how sure that is.

    With ID all that is known of one. A row that nobody has confirmed says so; where the law names no number there is at
    most an internal target, which is not law. Not legal advice: have counsel confirm a row before you rely on it.

    \b
    Example:
      escalate clock library --jurisdiction EU
      escalate clock library eu-gdpr-33-authority
      escalate clock library --stale
    """
    from escalate.app import clocks
    from escalate.cli.views.clock import as_data, listed, whole

    today = session.now().date()
    known = session.wiring.clock_library
    if id_ is not None:
        if jurisdiction or stale:
            raise Usage("One clock, or a list of them.", hint="Leave ID out, or --jurisdiction and --stale.")
        one = clocks.clock(known, id_)
        session.answer(as_data(one, today), lambda _data: whole(one, today))
        return
    found = clocks.clocks(known, today, jurisdiction=jurisdiction, stale=stale)
    data: list[dict[str, Any]] = [as_data(one, today) for one in found]
    session.answer(data, lambda _data: listed(found, today))


def _zone(session: Session) -> tzinfo:
    """The reader's own zone is not taken for the recipient's."""
    from escalate.cli.zones import Unreadable

    if not session.given_zone:
        raise Usage("In which zone is the one who is told?", hint="As in: --zone Europe/Brussels")
    if isinstance(session.zone, Unreadable):
        raise session.zone.refusal
    return session.zone


def day(text: str) -> date:
    import re
    from datetime import date

    said = text.strip()
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", said, re.ASCII):
            return date.fromisoformat(said)
    except ValueError:
        pass
    raise Usage(f"No day can be read in {said[:40]!r}.", hint="Write --holiday 2026-12-25")
