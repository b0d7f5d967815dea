"""What can be asked about who is on call."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from escalate.app.oncall import History
from escalate.domain.value import Value
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, tzinfo

    from escalate.app.oncall import Era
    from escalate.app.ports import Store
    from escalate.domain.oncall.duty import Override, Temporary
    from escalate.domain.oncall.plan import Piece, Plan
    from escalate.domain.oncall.rotation import Rotation
    from escalate.domain.oncall.schedule import Schedule
    from escalate.domain.oncall.shift import Shift
    from escalate.domain.roster import Roster

SOON = timedelta(days=8)
"""So far ahead each schedule is laid out for `oncall`: most hand over within a week."""

LATER = (92, 366)
"""So many days are looked through after that, one after the other, for who comes next. While somebody is on call who
stays, only the first is: who joins them later is no news."""

MINUTE = timedelta(minutes=1)

MOST = timedelta(days=36525)
"""A hundred years: the longest time that is laid out."""


class Standing(Value):
    """Somebody who is on call; `until` None: for a year at least, or for as long as they are named. `step` of a policy."""

    person: str
    name: str
    until: datetime | None = None
    step: int | None = None


class Behind(Value):
    """Who is behind a target; `zone` its own if it has one, `steps` how many a policy has."""

    target: str
    zone: str | None = None
    people: list[Standing]
    steps: int = 0


class Following(Value):
    """Whose shift begins next; `names` as people call them."""

    people: list[str]
    names: list[str]
    at: datetime


class Desk(Value):
    """A schedule as it is now."""

    schedule: str
    zone: str
    on_call: list[Standing]
    next: Following | None


class Laid(Value):
    """The shifts of a schedule or rotation, `target`, between two instants; `names` as people are called."""

    target: str
    zone: str
    start: datetime
    end: datetime
    shifts: list[Shift]
    names: dict[str, str] = {}


class Sheet(Value):
    """A schedule laid out over `days` local days of `zone` from `first` on, with what was changed about it."""

    schedule: str
    zone: tzinfo
    start: datetime
    end: datetime
    first: date
    days: int
    shifts: list[Shift]
    names: dict[str, str]
    overrides: list[Override] = []
    temporaries: list[Temporary] = []


def standing_now(store: Store, now: datetime) -> list[Desk]:
    """Every schedule: who is on call, until when, and who begins next."""
    with store.reading() as look:
        roster = look.roster()
    plan = roster.plan
    return [_desk(roster, plan, name, now) for name in roster.schedules]


def _desk(roster: Roster, plan: Plan, name: str, now: datetime) -> Desk:
    target = f"schedule:{name}"
    end = now + SOON
    soon = [each for each in plan.pieces(target, now, end) if each[0] in roster.people]
    until = {person: ends for person, begins, ends in soon if begins == now and ends < end}
    on_call = [
        Standing(
            person=person,
            name=roster.name_of(f"person:{person}"),
            until=until[person] if person in until else plan.until(target, person, now),
        )
        for person in plan.on_call(target, now)
        if person in roster.people
    ]
    coming = [each for each in soon if each[1] > now]
    left = min((each.until for each in on_call if each.until), default=now)
    coming = coming or _coming_later(roster, plan, target, now, left)
    return Desk(schedule=name, zone=roster.schedules[name].zone, on_call=on_call, next=_next(roster, coming))


def _coming_later(roster: Roster, plan: Plan, target: str, now: datetime, left: datetime) -> list[Piece]:
    """Who comes after `SOON`; `left` is when the first of those who are on call leaves."""
    stays = any(person in roster.people for person in plan.on_call(target, left))
    begin = now + SOON
    for end in (left + MINUTE, *(now + timedelta(days=days) for days in (LATER[:1] if stays else LATER))):
        if begin < end:
            pieces = plan.pieces(target, begin - MINUTE, end)
            if coming := [each for each in pieces if each[1] >= begin and each[0] in roster.people]:
                return coming
            begin = end
    return []


def _next(roster: Roster, coming: list[Piece]) -> Following | None:
    """Whoever comes first."""
    if not coming:
        return None
    at = min(begins for _, begins, _ in coming)
    people = sorted(person for person, begins, _ in coming if begins == at)
    return Following(people=people, names=[roster.name_of(f"person:{person}") for person in people], at=at)


def who(store: Store, text: str, at: datetime, now: datetime) -> Behind:
    """Who is behind the target that `text` means at `at`; of a policy, step by step."""
    with store.reading() as look:
        history = History(look, look.roster(), now)
        target = history.target(text, at)
        kind, _, name = target.partition(":")
        roster = history.era(target, at).roster
        if kind != "policy":
            return Behind(target=target, zone=_zone(roster, target), people=_behind(history, target, at))
        steps = roster.policies[name].steps if name in roster.policies else ()
        people = [
            each.but(step=number)
            for number, step in enumerate(steps, start=1)
            for each in _once([one for behind in step.targets for one in _behind(history, behind, at)])
        ]
        return Behind(target=target, people=people, steps=len(steps))


def shifts(store: Store, text: str, start: datetime, end: datetime, now: datetime) -> Laid:
    """Of a schedule or rotation; a bare name is first a schedule's."""
    _refuse(start, end)
    with store.reading() as look:
        history = History(look, look.roster(), now)
        target = _of_kind(history.target(text, start, ("schedule", "rotation")), ("schedule", "rotation"))
        roster = history.era(target, start).roster
        found = history.shifts(target, start, end)
        names = _names(history, target, found)
    return Laid(target=target, zone=_zone(roster, target) or "UTC", start=start, end=end, shifts=found, names=names)


def handoffs(store: Store, text: str, start: datetime, end: datetime, now: datetime) -> tuple[str, list[datetime]]:
    """The zone of a rotation and its hand-offs; a bare name is first a rotation's."""
    _refuse(start, end)
    with store.reading() as look:
        history = History(look, look.roster(), now)
        target = _of_kind(history.target(text, start, ("rotation",)), ("rotation",))
        found = history.handoffs(target, start, end)
        return _zone(history.era(target, start).roster, target) or "UTC", found


def takers(store: Store, text: str, instants: Sequence[datetime], now: datetime) -> list[str]:
    """What the people are called who are on call in a rotation from each instant on; empty where nobody is."""
    with store.reading() as look:
        history = History(look, look.roster(), now)
        target = _of_kind(history.target(text, instants[0], ("rotation",)), ("rotation",))
        eras = [history.era(target, at) for at in instants]
        return [
            " and ".join(_name(era, person) for person in era.on_call(target, at))
            for era, at in zip(eras, instants, strict=True)
        ]


def calendar(
    store: Store, names: Sequence[str], first: date | None, days: int, zone: tzinfo | None, now: datetime
) -> list[Sheet]:
    """Each schedule by the days of its own zone, or of `zone`; from `first`, else from the earliest day that it is there now."""
    from escalate.domain.oncall import wall

    with store.reading() as look:
        roster = look.roster()
        history = History(look, roster, now)
        targets = [_of_kind(history.target(name, now, ("schedule",)), ("schedule",)) for name in names]
        drawn = {
            target: zone or wall.zone_named(roster.schedules[target.partition(":")[2]].zone)
            for target in targets or [f"schedule:{name}" for name in roster.schedules]
        }
        today = min((now.astimezone(of_days).date() for of_days in drawn.values()), default=now.date())
        return [_sheet(history, target, first or today, days, of_days) for target, of_days in drawn.items()]


def _sheet(history: History, target: str, first: date, days: int, zone: tzinfo) -> Sheet:
    from escalate.domain.oncall import wall

    name, roster = target.partition(":")[2], history.newest.roster
    start, end = (wall.first(day, time(0), zone) for day in (first, first + timedelta(days=days)))
    found = history.shifts(target, start, end)
    made = roster.duty
    overrides = [each for each in (made.overrides if made else ()) if _within(each, name, start, end)]
    temporaries = [each for each in (made.temporaries if made else ()) if _within(each, name, start, end)]
    people = {person for each in overrides for person in (each.add, each.remove) if person}
    return Sheet(
        schedule=name,
        zone=zone,
        start=start,
        end=end,
        first=first,
        days=days,
        shifts=found,
        names={**{one: roster.name_of(f"person:{one}") for one in sorted(people)}, **_names(history, target, found)},
        overrides=overrides,
        temporaries=temporaries,
    )


def _within(each: Override | Temporary, schedule: str, start: datetime, end: datetime) -> bool:
    """Whether it ever counted, and did in that time."""
    return each.schedule == schedule and max(each.begins, start) < min(each.ends, end)


def _behind(history: History, target: str, at: datetime) -> list[Standing]:
    era = history.era(target, at)
    kind = target.partition(":")[0]
    timed = kind in {"schedule", "rotation"}
    people = era.on_call(target, at) if timed else era.roster.people_behind(target, at)
    return [
        Standing(
            person=person,
            name=_name(era, person),
            until=history.until(target, person, at) if timed else None,
        )
        for person in people
    ]


def _once(found: list[Standing]) -> list[Standing]:
    """Each person once, for as long as any of the targets names them."""
    longest: dict[str, Standing] = {}
    for each in found:
        known = longest.get(each.person)
        if known is None or (known.until and (each.until is None or each.until > known.until)):
            longest[each.person] = each
    return list(longest.values())


def _names(history: History, target: str, found: list[Shift]) -> dict[str, str]:
    """What each was called when their first of these shifts ended."""
    last = {each.person: each.end - MINUTE for each in reversed(found)}
    return {person: _name(history.era(target, at), person) for person, at in last.items()}


def _name(era: Era, person: str) -> str:
    return era.roster.name_of(f"person:{person}")


def _zone(roster: Roster, target: str) -> str | None:
    kind, _, name = target.partition(":")
    having: dict[str, Schedule] | dict[str, Rotation] = roster.rotations if kind == "rotation" else roster.schedules
    return having[name].zone if kind in {"schedule", "rotation"} and name in having else None


def _of_kind(target: str, kinds: tuple[str, ...]) -> str:
    kind, _, name = target.partition(":")
    if kind in kinds:
        return target
    raise Usage(
        f"{name} is a {kind}, not a {' or a '.join(kinds)}.",
        hint=f"Who is behind it: escalate oncall who {target}",
    )


def _refuse(start: datetime, end: datetime) -> None:
    if end < start:
        raise Usage("--to lies before --from.", hint="Half-open: from --from up to, and not including, --to.")
    if end - start > MOST:
        raise Usage("That is more than a hundred years.", hint="Ask for a shorter time.")
