"""Calendars and other tools' schedules: `oncall export`, `oncall import`."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Misconfigured, NotFound, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.exchange import Proposal
    from escalate.cli.views import View

LARGEST = 1 << 20
"""Bytes of a file that is read."""

FARTHEST = timedelta(days=1830)
"""How much an export covers at most."""


@click.command("export", cls=Command)
@click.argument("schedules", nargs=-1, metavar="[SCHEDULE]...")
@click.option("--ics", is_flag=True, expose_value=False, help="As an iCalendar file; so far there is no other form.")
@click.option("--person", metavar="PERSON", default="", help="Only the shifts of this person.")
@click.option("--from", "start", metavar="T", help="From when on; now if left out.")
@click.option("--to", "end", metavar="T", help="Until when; 90 days on if left out.")
@click.option("--addresses", is_flag=True, help="With people's e-mail addresses, which are left out otherwise.")
@click.option("-o", "--output", metavar="FILE|-", default="-", help="Where to; stdout if left out.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@pass_session
def export(
    session: Session, schedules: tuple[str, ...], person: str, start: str | None, end: str | None, addresses: bool,
    output: str, force: bool,
) -> None:  # fmt: skip
    """Export shifts as a calendar: one event for each, of each SCHEDULE, or of all.

    A calendar that takes the file again changes the events it has and doubles none.

    \b
    Example:
      escalate oncall export --ics ts -o ts.ics
      escalate oncall export --ics --person alice --to 2027-01-31T00:00Z > alice.ics
    """
    from escalate.app.exchange import AHEAD, calendar

    _refuse_both(session, output)
    begins = _at(session, start, None) or session.now().replace(second=0, microsecond=0)
    ends = _at(session, end, begins) or begins + AHEAD
    if begins >= ends:
        raise Usage("It would end before it begins.", hint="Give --from the earlier time, --to the later one.")
    if ends - begins > FARTHEST:
        raise Usage(f"A calendar covers {FARTHEST.days} days at most.", hint="Give a nearer --to.")
    if output != "-":
        session.wiring.documents.check(Path(output), force=force)
    made = calendar(session.store, session.now(), begins, ends, schedules=schedules, person=person, addresses=addresses)
    if not made.appointments:
        session.say("Note: nobody has a shift in that time; the calendar is empty.")
    _hand_over(session, session.wiring.calendars.write(made), output, force, {"events": len(made.appointments)})


@click.command("import", cls=Command)
@click.option("--ics", metavar="FILE|-", help="An iCalendar file; its events become a temporary schedule.")
@click.option("--pagerduty", metavar="FILE|-", help="What PagerDuty's API answers to GET /schedules/ID.")
@click.option("--schedule", metavar="NAME", help="The schedule that the calendar is for (--ics).")
@click.option(
    "--person", "people", metavar='"NAME=PERSON"', multiple=True,
    help="Whom the file calls NAME, by name or e-mail address, is PERSON of the roster; may be given again.",
)  # fmt: skip
@click.option("--from", "start", metavar="T", help="From when on (--ics); its first event if left out, not before now.")
@click.option("--to", "end", metavar="T", help="Until when (--ics); its last event, or 90 days for what recurs.")
@click.option("--dry-run", is_flag=True, help="Show what it comes to and change nothing (--ics).")
@click.option("--bottom-first", is_flag=True, help="Layers stand as they are sent, the lowest first (--pagerduty).")
@click.option("-o", "--output", metavar="FILE|-", default="-", help="Where the roster part goes (--pagerduty).")
@click.option("--force", is_flag=True, help="Replace a file that is there (--pagerduty).")
@pass_session
def import_(
    session: Session, ics: str | None, pagerduty: str | None, schedule: str | None, people: tuple[str, ...],
    start: str | None, end: str | None, dry_run: bool, bottom_first: bool, output: str, force: bool,
) -> None:  # fmt: skip
    """Import a calendar as a temporary schedule, or a schedule of PagerDuty as a part of a roster file.

    All of it or nothing. For the time that a calendar covers, rules and overrides of the schedule do not count. What
    comes from PagerDuty changes nothing by itself: look it over, then `escalate apply` it.

    \b
    Example:
      escalate oncall import --ics holidays.ics --schedule ts --person 'A. Ng=alice' --dry-run
      escalate oncall import --pagerduty schedule.json -o roster-ts.toml
    """
    if (ics is None) == (pagerduty is None):
        wrong = "Nothing says what to import." if ics is None else "One file is imported at a time."
        raise Usage(wrong, hint="Give either --ics FILE or --pagerduty FILE.")
    said = dict(_said(each) for each in people)
    if pagerduty is not None:
        if schedule or start or end or dry_run:
            raise Usage("--schedule, --from, --to and --dry-run go with --ics.", hint="Leave them out.")
        _refuse_both(session, output)
        if output != "-":
            session.wiring.documents.check(Path(output), force=force)
        found = session.wiring.foreign_schedules.read(_text(pagerduty), said, session.now(), bottom_first=bottom_first)
        for note in found.notes:
            session.say(f"Note: {note}")
        names = {key: list(getattr(found, key)) for key in ("people", "rotations", "schedules", "notes")}
        _hand_over(session, found.toml, output, force, names)
        return
    if output != "-" or force or bottom_first:
        raise Usage("-o, --force and --bottom-first go with --pagerduty.", hint="Leave them out.")
    _bring_in(session, str(ics), schedule, said, start, end, dry_run=dry_run)


def _bring_in(
    session: Session, source: str, schedule: str | None, said: dict[str, str], start: str | None, end: str | None, *,
    dry_run: bool,
) -> None:  # fmt: skip
    from escalate.app import exchange
    from escalate.domain.oncall.changes import late
    from escalate.domain.oncall.wall import zone_named
    from escalate.domain.text.visible import one_line

    if not schedule:
        raise Usage("Nothing says which schedule the calendar is for.", hint="Give --schedule NAME.")
    now, roster = session.now(), session.roster
    zone = zone_named(roster.schedules[roster.target(f"schedule:{schedule}").partition(":")[2]].zone)
    begins = _at(session, start, None)
    ends = _at(session, end, begins)
    until = exchange.read_until(now, begins, ends)
    found = session.wiring.calendars.read(_text(source), zone, begins or now, until)
    proposal = exchange.propose(session.store, schedule, found, said, now, begins, ends)
    if proposal.is_endless:
        session.say(
            f"Note: it recurs without an end; it is taken until {_shown(proposal.end)}. Give --to T for another."
        )
    if proposal.left_out:
        session.say(f"Note: {proposal.left_out} of its events are not in that time and are left out.")
    if proposal.gaps:
        times = "once" if len(proposal.gaps) == 1 else f"{len(proposal.gaps)} times"
        session.say(f"Note: nobody is on call {times}, first from {_shown(proposal.gaps[0][0])}.")
    if dry_run:
        session.answer(_public(proposal, None), lambda _data: _view(proposal))
        return
    why = f"from the calendar {one_line(Path(source).name, 80)}" if source != "-" else "from a calendar"
    written, made = exchange.bring_in(session.ledger, proposal, why)
    for line in late(made):
        session.say(f"Note: {line}")
    session.wrote(written, _public(proposal, made.id), lambda _data: _view(proposal, made.id))


def _public(proposal: Proposal, id_: str | None) -> dict[str, Any]:
    return {
        "id": id_,
        "schedule": proposal.schedule,
        "from": proposal.start.isoformat(),
        "to": proposal.end.isoformat(),
        "shifts": [
            {"person": turn.person, "start": turn.start.isoformat(), "end": turn.end.isoformat()}
            for turn in proposal.turns
        ],
        "gaps": [{"start": start.isoformat(), "end": end.isoformat()} for start, end in proposal.gaps],
        "left_out": proposal.left_out,
    }


def _view(proposal: Proposal, id_: str | None = None) -> View:
    from escalate.cli.views import Table

    rows: list[tuple[str | tuple[str, str], ...]]
    rows = [(_shown(turn.start), _shown(turn.end), turn.person) for turn in proposal.turns]
    rows += [(_shown(start), _shown(end), ("NOBODY", "bold red")) for start, end in proposal.gaps]
    rows.sort(key=str)
    head = f"Temporary schedule {id_}" if id_ else "Nothing was changed. It would be a temporary schedule"
    span = f"of {proposal.schedule}, from {_shown(proposal.start)} to {_shown(proposal.end)}:"
    return [f"{head} {span}", Table(columns=("From", "To", "Who"), rows=rows)]


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"


def _said(text: str) -> tuple[str, str]:
    spelt, _, person = text.rpartition("=")
    if not spelt.strip() or not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", person.strip()):
        raise Usage(f"{text!r} does not say who is who.", hint="Write it as --person 'Alice Ng=alice'")
    return " ".join(spelt.split()), person.strip()


def _at(session: Session, text: str | None, after: datetime | None) -> datetime | None:
    """The moment `text` means; a bare time of day is the next one after `after`, else after now."""
    if text is None:
        return None
    from escalate.cli.times import parse_future

    bare = after is not None and re.fullmatch(r"\d{1,2}:\d\d", text.strip())
    at = parse_future(text, after if bare and after else session.now(), session.zone, day_ok=True).at
    return at.replace(second=0, microsecond=0)


def _text(source: str) -> str:
    """A file, or stdin for `-`. Raises NotFound for no file, Usage for one that is too large or not UTF-8."""
    from escalate.cli.spoken import decoded, stdin

    if source == "-":
        return stdin(LARGEST)
    try:
        with Path(source).open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {source}.", hint="Give the path of a file, or `-` for stdin.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Misconfigured(
            f"{source} cannot be read: {why}.", hint="Give the path of a file, or `-` for stdin."
        ) from error
    if len(raw) > LARGEST:
        raise Usage(f"{source} is larger than 1 MiB.", hint="Export a part of it.")
    return decoded(raw, source)


def _refuse_both(session: Session, output: str) -> None:
    if output == "-" and session.as_json:
        raise Usage("--json is about a file; without one the answer is the file itself.", hint="Give -o FILE.")


def _hand_over(session: Session, text: str, output: str, force: bool, data: dict[str, Any]) -> None:
    from hashlib import sha256

    if output == "-":
        click.echo(text, nl=False)
        return
    session.wiring.documents.write(Path(output), text, force=force)
    digest = sha256(text.encode()).hexdigest()
    session.answer({"path": output, "sha256": digest, **data}, lambda _data: [output, f"sha256 {digest}"])
