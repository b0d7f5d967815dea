"""Changing who is on call: overrides, temporary schedules, swaps, and what a person asks not to be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.ledger import Written
from escalate.domain.oncall import changes
from escalate.domain.timeline.duties import OverrideRemoved, PreferencesSet, TemporaryRemoved
from escalate.domain.timeline.entry import Draft
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from escalate.app.ledger import Ledger, Record
    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.oncall.duty import Duty, Override, Temporary


def duty_of(record: Incident) -> Duty:
    """What the on-call record says."""
    assert record.duty is not None
    return record.duty


# ── overrides ───────────────────────────────────────────────────────────────────────────────────────────────────────


def add_override(
    ledger: Ledger,
    schedule: str,
    *,
    add: str | None = None,
    remove: str | None = None,
    start: datetime,
    end: datetime,
    why: str = "",
) -> tuple[Written, Override, list[str]]:
    """`add` joins, `remove` leaves, both: `add` takes the place of `remove`. The last is what should be said about it."""
    with ledger.writing() as record:
        name = changes.named(record.roster, "schedule", schedule)
        joins = changes.named(record.roster, "person", add) if add is not None else None
        leaves = changes.named(record.roster, "person", remove) if remove is not None else None
        start, end = changes.span(start, end, record.now)
        on_call = record.on_call()
        event = changes.override(duty_of(on_call).next_override, name, joins, leaves, start, end, why=_said(why))
        written = record.append(on_call, event)
        made = duty_of(written.incident).overrides[-1]
        remarks = [*changes.late(made), *_effect(record, written.incident, made)]
        return written, made, [*remarks, *changes.overlapping(duty_of(written.incident), made)]


def _effect(record: Record, on_call: Incident, made: Override) -> list[str]:
    return changes.effect(record.roster.plan, record.roster.but(duty=on_call.duty).plan, made)


def remove_override(ledger: Ledger, id_: str, why: str = "") -> tuple[Written, list[Override]]:
    """Take it back from now on; of a swap, both halves. One that was taken back already is left as it is."""
    with ledger.writing() as record:
        on_call = _record_of(record, "override", id_)
        made = _found(duty_of(on_call).overrides, id_, "override")
        if made.until is not None:
            return Written(incident=on_call, entries=[]), [made]
        halves = [
            one for one in duty_of(on_call).overrides if made.swap and one.swap == made.swap and one.id != made.id
        ]
        all_ = [one for one in (made, *halves) if changes.standing(one, record.now) in _STILL]
        if made not in all_:
            raise _over(made)
        written = record.append(on_call, *(OverrideRemoved(override=one.id, why=_said(why)) for one in all_))
        after = {one.id: one for one in duty_of(written.incident).overrides}
        return written, [after[one.id] for one in all_]


def overrides(store: Store, schedule: str | None, now: datetime, *, everything: bool = False) -> list[Override]:
    """Those not over and not taken back, or all, in the order in which they begin."""
    with store.reading() as look:
        roster = look.roster()
    name = changes.named(roster, "schedule", schedule) if schedule is not None else None
    found = roster.duty.overrides if roster.duty else ()
    return sorted((one for one in found if _shown(one, name, now, everything=everything)), key=lambda one: one.start)


# ── temporary schedules ─────────────────────────────────────────────────────────────────────────────────────────────


def add_temporary(
    ledger: Ledger,
    schedule: str,
    start: datetime,
    end: datetime,
    shifts: Sequence[tuple[str, datetime, datetime]],
    why: str = "",
    *,
    nobody: bool = False,
) -> tuple[Written, Temporary]:
    """For its span it is the schedule. `shifts` are (person, start, end); none only where `nobody` says that it is meant.
    What should be said about it: `changes.late`, `changes.uncovered`.
    """
    with ledger.writing() as record:
        name = changes.named(record.roster, "schedule", schedule)
        turns = [(changes.named(record.roster, "person", person), begins, ends) for person, begins, ends in shifts]
        start, end = changes.span(start, end, record.now)
        on_call = record.on_call()
        id_ = duty_of(on_call).next_temporary
        event = changes.temporary(id_, name, start, end, turns, nobody=nobody, why=_said(why))
        written = record.append(on_call, event)
        return written, duty_of(written.incident).temporaries[-1]


def remove_temporary(ledger: Ledger, id_: str, why: str = "") -> tuple[Written, Temporary]:
    with ledger.writing() as record:
        on_call = _record_of(record, "temporary", id_)
        made = _found(duty_of(on_call).temporaries, id_, "temporary schedule")
        if made.until is not None:
            return Written(incident=on_call, entries=[]), made
        if changes.standing(made, record.now) not in _STILL:
            raise _over(made)
        written = record.append(on_call, TemporaryRemoved(temporary=made.id, why=_said(why)))
        return written, _found(duty_of(written.incident).temporaries, made.id, "temporary schedule")


def temporaries(store: Store, schedule: str | None, now: datetime, *, everything: bool = False) -> list[Temporary]:
    with store.reading() as look:
        roster = look.roster()
    name = changes.named(roster, "schedule", schedule) if schedule is not None else None
    found = roster.duty.temporaries if roster.duty else ()
    return sorted((one for one in found if _shown(one, name, now, everything=everything)), key=lambda one: one.start)


_STILL = (changes.PLANNED, changes.IN_FORCE)


def _shown(made: Override | Temporary, schedule: str | None, now: datetime, *, everything: bool) -> bool:
    return schedule in {None, made.schedule} and (everything or changes.standing(made, now) in _STILL)


def _record_of(record: Record, word: str, id_: str) -> Incident:
    """The on-call record, without beginning one only to find nothing in it."""
    found = record.tx.on_call_record()
    if found is None:
        raise NotFound(f"There is no {id_}: nothing was changed so far.", hint=f"escalate oncall {word} add --help")
    return found


def _found(all_: Sequence[Any], id_: str, what: str) -> Any:
    """The one with that id, in capitals or not, with its letter or without; of a swap by its id, its first half."""
    wanted = id_.strip().upper()
    for one in all_:
        if wanted in {one.id, one.id.partition("-")[2], getattr(one, "swap", None)}:
            return one
    known = ", ".join(one.id for one in all_[-5:]) or "none"
    word = what.partition(" ")[0]
    raise NotFound(
        f"There is no {what} {id_!r}.", hint=f"The last ones: {known}. All: escalate oncall {word} list --all"
    )


def _over(made: Override | Temporary) -> Refused:
    return Refused(
        f"{made.id} was over at {changes.said(made.end)}: the past stays as it was.",
        hint="Say what really happened in a note: escalate log -i ONCALL",
    )


def _said(why: str) -> str:
    from escalate.domain.incident.rules import said

    return said(why, "The reason") if why else ""


# ── swaps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def swap(
    ledger: Ledger,
    schedule: str,
    first: str,
    second: str,
    *,
    first_at: datetime | None = None,
    second_at: datetime | None = None,
    why: str = "",
) -> tuple[Written, list[Override], list[str]]:
    """The next shift of each, or the one at that moment, goes to the other: two overrides of one `swap`. Refused unless
    each then has the whole of the other's shift.
    """
    with ledger.writing() as record:
        roster = record.roster
        name = changes.named(roster, "schedule", schedule)
        one, other = (changes.named(roster, "person", person) for person in (first, second))
        if one == other:
            raise Usage(
                f"{one} cannot swap with {one}.", hint=f"Name two people: escalate oncall swap {name} alice bob"
            )
        plan = roster.plan
        theirs = [
            changes.shift_of(plan, name, one, first_at, record.now),
            changes.shift_of(plan, name, other, second_at, record.now),
        ]
        on_call = record.on_call()
        before = duty_of(on_call)
        id_ = f"S-{len({each.swap for each in before.overrides if each.swap}) + 1}"
        events = []
        for number, (turn, taker) in enumerate(zip(theirs, (other, one), strict=True), len(before.overrides) + 1):
            start, end = changes.span(turn.start, turn.end, record.now)
            events.append(
                changes.override(f"O-{number}", name, taker, turn.person, start, end, swap=id_, why=_said(why))
            )
        written = record.append(on_call, *events)
        made = list(duty_of(written.incident).overrides[-2:])
        changes.refuse_half_swap(roster.but(duty=written.incident.duty).plan, made)
        remarks = [line for half in made for line in changes.overlapping(duty_of(written.incident), half)]
        return written, made, remarks


# ── preferences ─────────────────────────────────────────────────────────────────────────────────────────────────────


def preferences(ledger: Ledger, person: str | None) -> dict[str, Any]:
    """What the author asked not to be given; `roster` is what the roster file says of them."""
    with ledger.store.reading() as look:
        roster = look.roster()
    who = _myself(ledger, changes.named(roster, "person", person) if person else None)
    return _preferences(roster.duty, roster.people[who].not_for, who)


def set_preferences(
    ledger: Ledger, not_for: Sequence[str], person: str | None = None
) -> tuple[Written, dict[str, Any]]:
    """From now on the author is not given these kinds of harm; why is never asked. The entry is masked."""
    from escalate.domain.incident.harm import harm

    wanted = sorted({harm(slug) for slug in not_for})
    with ledger.writing() as record:
        roster = record.roster
        who = _myself(ledger, changes.named(roster, "person", person) if person else None)
        if who not in roster.people:
            raise _unknown(who)
        on_call = record.on_call()
        if sorted(duty_of(on_call).not_for.get(who, ())) == wanted:
            written = Written(incident=on_call, entries=[])
        else:
            event = PreferencesSet(person=who, not_for=wanted)
            written = record.append(on_call, Draft(event=event, labels=frozenset({"sensitive"})))
        return written, _preferences(written.incident.duty, roster.people[who].not_for, who)


def _myself(ledger: Ledger, person: str | None) -> str:
    mine = ledger.author.person
    if mine is None:
        raise _unknown(ledger.author.actor)
    if person not in {None, mine}:
        raise Refused(
            f"What {person} asked not to be given is for {person} alone to see and to set.",
            hint="Whether everything is covered: escalate oncall check",
        )
    return mine


def _unknown(who: str) -> Refused:
    return Refused(f"The roster does not know {who}.", hint="See who you are: escalate whoami")


def _preferences(duty: Duty | None, roster: frozenset[str], person: str) -> dict[str, Any]:
    own = duty.not_for.get(person, ()) if duty else ()
    return {"person": person, "not_for": list(own), "roster": sorted(roster)}
