"""Shifts to calendars and back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.domain.oncall.changes import gaps
from escalate.domain.oncall.duty import Turn, minute
from escalate.domain.text.visible import one_line
from escalate.domain.value import Value
from escalate.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Store
    from escalate.domain.oncall.calendar import Contact, Found, Occurrence
    from escalate.domain.oncall.duty import Temporary
    from escalate.domain.oncall.shift import Shift
    from escalate.domain.roster import Roster

AHEAD = timedelta(days=90)
"""How far is looked where nobody says until when."""

LONGEST = timedelta(days=366)
"""Of a temporary schedule: what lasts longer is no exception and belongs into the roster."""

MOST_SHIFTS = 2000

OVER_A_YEAR = timedelta(days=365)


class Appointment(Value):
    """One shift as a calendar shows it. `address` is a person's name and e-mail address where those may be given."""

    uid: str
    summary: str
    description: str
    start: datetime
    end: datetime
    address: tuple[str, str] | None = None


class Calendar(Value):
    name: str
    made_at: datetime
    appointments: tuple[Appointment, ...]


class Proposal(Value):
    """The temporary schedule that a calendar comes to. `gaps` are the times within it in which nobody is on call; so many
    occurrences were `left_out` because they are before or after it.
    """

    schedule: str
    start: datetime
    end: datetime
    turns: tuple[Turn, ...]
    gaps: tuple[tuple[datetime, datetime], ...]
    left_out: int = 0
    is_endless: bool = False


def calendar(
    store: Store, now: datetime, start: datetime, end: datetime, *, schedules: Sequence[str] = (), person: str = "",
    addresses: bool = False,
) -> Calendar:  # fmt: skip
    """The shifts that touch [start, end) of the schedules named, of all where none is, of one person or of everybody."""
    from escalate.app.oncall import shifts

    with store.reading() as look:
        roster = look.roster()
        targets = [_target(roster, name) for name in schedules] or [f"schedule:{name}" for name in roster.schedules]
        wanted = roster.target(f"person:{person}").partition(":")[2] if person else ""
        found = [
            (target, shift)
            for target in dict.fromkeys(targets)
            for shift in shifts(look, roster, target, start, end, now)
            if not wanted or shift.person == wanted
        ]
    whose = [target.partition(":")[2] for target in dict.fromkeys(targets)] if schedules else []
    parts = ["On call", ", ".join(whose), roster.name_of(f"person:{wanted}") if wanted else ""]
    return Calendar(
        name=": ".join(part for part in parts if part),
        made_at=now,
        appointments=tuple(_appointment(roster, target, shift, start, addresses=addresses) for target, shift in found),
    )


def _target(roster: Roster, name: str) -> str:
    target = roster.target(name if ":" in name else f"schedule:{name}")
    if target.partition(":")[0] not in {"schedule", "rotation"}:
        raise NotFound(f"{name} has no shifts.", hint="A calendar shows schedules: escalate oncall export --ics ts")
    return target


def _appointment(roster: Roster, target: str, shift: Shift, start: datetime, *, addresses: bool) -> Appointment:
    from uuid import NAMESPACE_URL, uuid5

    name = roster.name_of(f"person:{shift.person}")
    address = roster.people[shift.person].addresses.get("email") if shift.person in roster.people else None
    # A shift longer than is looked back begins wherever one looks from: it is told from others without its start.
    begun = shift.start.isoformat() if shift.start > start - OVER_A_YEAR else "long ago"
    return Appointment(
        uid=str(uuid5(NAMESPACE_URL, f"escalate:shift\n{target}\n{shift.person}\n{begun}")),
        summary=f"On call: {target.partition(':')[2]}: {name}",
        description="It goes on past the end of this calendar." if shift.truncated else "",
        start=shift.start,
        end=shift.end,
        address=(name, address) if addresses and address else None,
    )


def read_until(now: datetime, start: datetime | None, end: datetime | None) -> datetime:
    """Until when what recurs is followed. Raises Refused for what is no exception any more."""
    until = end or max(start or now, now) + AHEAD
    if until - max(start or now, now) > LONGEST:
        raise Refused(
            "A temporary schedule is for a year at most.",
            hint="Take a part of it: --from T --to T. What holds on belongs into the roster.",
        )
    return until


def propose(
    store: Store, schedule: str, found: Found, said: Mapping[str, str], now: datetime, start: datetime | None,
    end: datetime | None,
) -> Proposal:  # fmt: skip
    """The temporary schedule that `found` comes to, from `start` to `end`: by default from its first start, but not before
    now, to its last end. `said` are the people whom a calendar calls otherwise than the roster.

    Raises NotFound with everybody whom the roster does not know, Refused where nothing is left or it is too much.
    """
    with store.reading() as look:
        roster = look.roster()
    name = roster.target(f"schedule:{schedule}").partition(":")[2]
    whom = {spelt.casefold(): roster.target(f"person:{person}").partition(":")[2] for spelt, person in said.items()}
    given = [each for each in found.occurrences if each.end > (start or now) and (end is None or each.start < end)]
    if not given:
        raise Refused(
            "Nothing in the calendar is in that time.",
            hint="What is over is not taken. Say which time is meant: --from T --to T",
        )
    begins = minute(start or max(min(each.start for each in given), now))
    ends = minute(end or (read_until(now, start, end) if found.is_endless else max(each.end for each in given)))
    if ends - begins > LONGEST:
        raise Refused(
            f"It would last {(ends - begins).days} days; a temporary schedule is for a year at most.",
            hint="Take a part of it: --from T --to T. What holds on belongs into the roster.",
        )
    taken = [each for each in given if each.start < ends and each.end > begins]
    turns = _turns(taken, roster, whom, begins, ends)
    if len(turns) > MOST_SHIFTS:
        raise Refused(
            f"It would have {len(turns):,} shifts; {MOST_SHIFTS:,} can be taken.", hint="Take a part of it: --to T"
        )
    return Proposal(
        schedule=name,
        start=begins,
        end=ends,
        turns=tuple(turns),
        gaps=tuple(gaps([(turn.person, turn.start, turn.end) for turn in turns], begins, ends)),
        left_out=len(found.occurrences) - len(taken),
        is_endless=found.is_endless and end is None,
    )


def bring_in(ledger: Ledger, proposal: Proposal, why: str) -> tuple[Written, Temporary]:
    from escalate.app.duty import add_temporary

    turns = [(turn.person, turn.start, turn.end) for turn in proposal.turns]
    return add_temporary(ledger, proposal.schedule, proposal.start, proposal.end, turns, why)


def _turns(
    taken: list[Occurrence], roster: Roster, whom: dict[str, str], begins: datetime, ends: datetime
) -> list[Turn]:
    unknown: dict[str, None] = {}
    found = set()
    for each in taken:
        people = _people(each, roster, whom)
        if not people:
            unknown[_called(each)] = None
        found |= {(max(each.start, begins), min(each.end, ends), person) for person in people}
    if unknown:
        names = list(unknown)
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        raise NotFound(
            f"The roster does not know who this is: {'; '.join(names[:20])}{more}.",
            hint=f"Say who it is, for each of them: --person {_quoted(names[0])}=NAME. Known: {', '.join(sorted(roster.people)[:20])}.",
        )
    return [Turn(person=person, start=start, end=end) for start, end, person in sorted(found)]


def _people(occurrence: Occurrence, roster: Roster, whom: dict[str, str]) -> list[str]:
    """Who is on call by it: those who attend, else whom the summary names, else who made it; empty where that is unclear."""
    attending = [_contact(each, roster, whom) for each in occurrence.attendees]
    if attending and all(attending):
        return list(dict.fromkeys(person for person in attending if person))
    if person := _named(occurrence.summary, roster, whom):
        return [person]
    if attending or occurrence.organizer is None:
        return []
    person = _contact(occurrence.organizer, roster, whom)
    return [person] if person else []


def _contact(contact: Contact, roster: Roster, whom: dict[str, str]) -> str | None:
    spelt = _spelt(roster)
    for text in (contact.mail.casefold(), contact.name.casefold()):
        if text and (text in whom or len(spelt.get(text, ())) == 1):
            return whom.get(text) or next(iter(spelt[text]))
    return None


def _spelt(roster: Roster) -> dict[str, set[str]]:
    """What a person may be called, in small letters, and who that may be."""
    found: dict[str, set[str]] = {}
    for slug, person in roster.people.items():
        for text in (slug, person.name, person.addresses.get("email", "")):
            if text:
                found.setdefault(text.casefold(), set()).add(slug)
    return found


def _named(summary: str, roster: Roster, whom: dict[str, str]) -> str | None:
    """The person whose name the summary is, ends with, or holds between ` - `, ` | ` or `: `; the longest name counts."""
    text = " ".join(summary.casefold().split())
    known = {**_spelt(roster), **{spelt: {person} for spelt, person in whom.items()}}
    parts = set(re.split(r"\s[-–—|]\s|:\s", text))
    ending = [name for name in known if text.endswith(name) and not text[: -len(name)][-1:].isalnum()]
    fitting = ending or [name for name in known if name in parts]
    if not fitting:
        return None
    people = set().union(*(known[name] for name in fitting if len(name) == len(max(fitting, key=len))))
    return next(iter(people)) if len(people) == 1 else None


def _called(occurrence: Occurrence) -> str:
    """What a person who is to say who it is would know them by."""
    if occurrence.attendees:
        return ", ".join(one_line(each.mail or each.name, 80) for each in occurrence.attendees[:5])
    organizer = occurrence.organizer.mail if occurrence.organizer else ""
    return one_line(occurrence.summary or organizer, 80) or "(no name)"


def _quoted(text: str) -> str:
    from shlex import quote

    return quote(text)
