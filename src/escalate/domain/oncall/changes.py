"""What may be changed about who is on call, and what such a change comes to. Pure: `now` and the plans are handed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.domain.instants import to_text
from escalate.domain.oncall.duty import Override, Temporary, Turn, minute
from escalate.domain.timeline.duties import OverrideAdded, TemporaryAdded
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from escalate.domain.oncall.duty import Duty
    from escalate.domain.oncall.plan import Plan
    from escalate.domain.roster import Roster

PLANNED, IN_FORCE, OVER, REMOVED = "planned", "in force", "over", "removed"

YEAR = timedelta(days=366)
"""How far ahead it is looked for a shift, and for what a change comes to."""

Piece = tuple[str, "datetime", "datetime"]


def standing(made: Override | Temporary, now: datetime) -> str:
    if made.until is not None:
        return REMOVED
    if made.end <= now:
        return OVER
    return IN_FORCE if made.begins <= now else PLANNED


def named(roster: Roster, kind: str, text: str) -> str:
    """The name of a person or schedule as the roster spells it, given with or without its kind. Raises NotFound."""
    if kind == "schedule" and not roster.schedules:
        raise NotFound(
            "The roster has no schedules.", hint="Write one, [schedules.NAME], then: escalate apply roster.toml"
        )
    return roster.target(f"{kind}:{text.strip().removeprefix(f'{kind}:')}").partition(":")[2]


def span(start: datetime, end: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Both in whole minutes. Raises Usage where it has no length, Refused where it is over."""
    start, end = minute(start), minute(end)
    if start >= end:
        raise Usage(
            f"It would end at {said(end)} and begin at {said(start)}.",
            hint="Give --to a later time than --from; with a date, as '2026-11-22 09:00', no day can be mistaken.",
        )
    if end <= now:
        raise Refused(
            f"It would have ended at {said(end)}: the past stays as it was.",
            hint="Say what really happened in a note: escalate log -i ONCALL",
        )
    return start, end


def override(
    id_: str,
    schedule: str,
    add: str | None,
    remove: str | None,
    start: datetime,
    end: datetime,
    *,
    swap: str | None = None,
    why: str = "",
) -> OverrideAdded:
    if add is None and remove is None:
        raise Usage("An override adds somebody, removes somebody, or replaces one by another.", hint=FORMS)
    if add == remove:
        raise Usage(f"{add} cannot take the place of {add}.", hint="Name two people: --replace alice --with bob")
    return OverrideAdded(
        override=id_, schedule=schedule, add=add, remove=remove, start=start, end=end, swap=swap, why=why
    )


FORMS = "One of: --add bob, --remove alice, --replace alice --with bob."


def temporary(
    id_: str,
    schedule: str,
    start: datetime,
    end: datetime,
    shifts: Iterable[Piece],
    *,
    nobody: bool = False,
    why: str = "",
) -> TemporaryAdded:
    """Shifts that reach out of the span are cut to it; those of one person that touch are one. Raises Refused for a shift
    that lies outside it.
    """
    turns = []
    for person, begins, ends in shifts:
        begins, ends = minute(begins), minute(ends)  # noqa: PLW2901
        if begins >= ends:
            raise Usage(
                f"The shift of {person} would end at {said(ends)} and begin at {said(begins)}.",
                hint="Write it as --shift alice='2026-11-22 09:00..2026-11-22 17:00'",
            )
        if ends <= start or begins >= end:
            raise Refused(
                f"The shift of {person} from {said(begins)} to {said(ends)} lies outside {said(start)} to {said(end)}.",
                hint="Widen --from and --to, or leave that shift out.",
            )
        turns.append((person, max(begins, start), min(ends, end)))
    if not turns and not nobody:
        raise Usage(
            f"Without a shift nobody would be on call in {schedule} from {said(start)} to {said(end)}.",
            hint="Give --shift PERSON=FROM..TO, or say that it is meant so: --nobody",
        )
    if turns and nobody:
        raise Usage("--nobody and --shift contradict each other.", hint="Leave one of them out.")
    joined = [
        {"person": person, "start": to_text(begins), "end": to_text(ends)} for person, begins, ends in _joined(turns)
    ]
    return TemporaryAdded(temporary=id_, schedule=schedule, start=start, end=end, shifts=joined, why=why)


def _joined(turns: Sequence[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for person, start, end in sorted(turns):
        if found and found[-1][0] == person and start <= found[-1][2]:
            found[-1] = (person, found[-1][1], max(end, found[-1][2]))
        else:
            found.append((person, start, end))
    return sorted(found, key=lambda turn: (turn[1], turn[2], turn[0]))


def late(made: Override | Temporary) -> list[str]:
    """What a start in the past comes to."""
    if made.begins == made.start:
        return []
    return [f"{made.id} counts from now on, {said(made.begins)}; what was before stays as it was."]


def effect(before: Plan, after: Plan, made: Override) -> list[str]:
    """What whoever made it should know: that it changes nothing, or leaves nobody on call."""
    start, end = made.begins, min(made.ends, made.begins + YEAR)
    was, is_ = pieces(before, made.schedule, start, end), pieces(after, made.schedule, start, end)
    if was == is_:
        return [f"{made.id} changes nothing: {_idle(made, was)}"]
    new = [gap for gap in gaps(is_, start, end) if gap not in gaps(was, start, end)]
    return [f"With {made.id} nobody is on call in {made.schedule} from {said(a)} to {said(b)}." for a, b in new]


def _idle(made: Override, was: list[Piece]) -> str:
    on_call = {person for person, _, _ in was}
    if made.remove and made.remove not in on_call:
        return f"{made.remove} is not on call in {made.schedule} in that time."
    if made.add in on_call and not made.remove:
        return f"{made.add} is on call in {made.schedule} in that time anyway."
    return f"another override or a temporary schedule of {made.schedule} decides who is on call then."


def overlapping(duty: Duty, made: Override) -> list[str]:
    """Other overrides that name the same person for some of the same time."""
    found = []
    for other in duty.overrides:
        shared = ({other.add, other.remove} & {made.add, made.remove}) - {None}
        same = other.id == made.id or (other.swap is not None and other.swap == made.swap)
        meets = other.schedule == made.schedule and other.begins < made.ends and made.begins < other.ends
        if shared and meets and not same:
            who = " and ".join(sorted(name for name in shared if name))
            found.append(
                f"{other.id} names {who} for some of that time too; where both take the same person's place, the one "
                "that starts later counts."
            )
    return found


def uncovered(made: Temporary) -> list[str]:
    """The parts of a temporary schedule in which it leaves nobody on call."""
    start = min(made.begins, made.end)
    turns = [(turn.person, turn.start, turn.end) for turn in made.shifts]
    return [
        f"With {made.id} nobody is on call in {made.schedule} from {said(a)} to {said(b)}."
        for a, b in gaps(turns, start, made.end)
    ]


def pieces(plan: Plan, schedule: str, start: datetime, end: datetime) -> list[Piece]:
    """Who is on call from `start` up to and not including `end`, cut to that."""
    if start >= end:
        return []
    return sorted(
        (shift.person, max(shift.start, start), min(shift.end, end))
        for shift in plan.shifts(f"schedule:{schedule}", start, end)
    )


def gaps(turns: Sequence[Piece], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches between `start` and `end` in which nobody has a turn."""
    found, reached = [], start
    for _, begins, ends in sorted(turns, key=lambda turn: turn[1]):
        if begins > reached:
            found.append((reached, min(begins, end)))
        reached = max(reached, ends)
    return found + ([(reached, end)] if reached < end else [])


# ── swaps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def shift_of(plan: Plan, schedule: str, person: str, at: datetime | None, now: datetime) -> Turn:
    """The next shift of `person`, or the one they have at `at`."""
    begin = min(at, now) if at else now
    mine = [one for one in plan.shifts(f"schedule:{schedule}", begin, begin + YEAR) if one.person == person]
    fits = [one for one in mine if (one.start > now if at is None else one.start <= at < one.end)]
    if not fits:
        coming = ", ".join(said(one.start) for one in mine if one.start > now)[:200]
        when = "within a year" if at is None else f"at {said(at)}"
        raise Refused(
            f"{person} has no shift in {schedule} {when}.",
            hint=f"Shifts of {person} begin: {coming}."
            if coming
            else f"See who is on call: escalate oncall calendar {schedule}",
        )
    found = fits[0]
    if found.truncated:
        raise Refused(
            f"The shift of {person} in {schedule} has no end within a year.",
            hint=f"Say for how long: escalate oncall override add {schedule} --replace {person} --with … --from … --to …",
        )
    return Turn(person=person, start=max(found.start, minute(now)), end=found.end)


def refuse_half_swap(after: Plan, made: Sequence[Override]) -> None:
    """Raises Refused unless each now has the whole of the other's shift."""
    for half in made:
        held = [piece for piece in pieces(after, half.schedule, half.begins, half.ends) if piece[0] == half.add]
        still = [piece for piece in pieces(after, half.schedule, half.begins, half.ends) if piece[0] == half.remove]
        if still or gaps(held, half.begins, half.ends):
            raise Refused(
                f"{half.add} would not get the whole shift of {half.remove} from {said(half.start)} to {said(half.end)}: "
                "their shifts overlap, or an override or temporary schedule decides who is on call then.",
                hint=f"See what does: escalate oncall override list {half.schedule}; escalate oncall temporary list {half.schedule}",
            )


def said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
