"""How overrides, temporary schedules, preferences and hand-offs look."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from escalate.cli.views import Table
from escalate.domain.oncall.changes import standing
from escalate.domain.oncall.handing_over import counted

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from escalate.cli.views import View
    from escalate.domain.oncall.duty import Handoff, Override, Temporary

STYLES = {"in force": "bold green", "over": "dim", "removed": "dim"}


# ── data ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def public(made: Override, now: datetime) -> dict[str, Any]:
    """An override as `--json` shows it."""
    return {
        "id": made.id,
        "schedule": made.schedule,
        "add": made.add,
        "remove": made.remove,
        "from": made.start.isoformat(),
        "to": made.end.isoformat(),
        "swap": made.swap,
        "why": made.why or None,
        "by": made.by,
        "state": standing(made, now),
    }


def temporary_public(made: Temporary, now: datetime) -> dict[str, Any]:
    return {
        "id": made.id,
        "schedule": made.schedule,
        "from": made.start.isoformat(),
        "to": made.end.isoformat(),
        "shifts": [
            {"person": turn.person, "start": turn.start.isoformat(), "end": turn.end.isoformat()}
            for turn in made.shifts
        ],
        "why": made.why or None,
        "by": made.by,
        "state": standing(made, now),
    }


def handoff_public(one: Handoff) -> dict[str, Any]:
    return {
        "id": one.id,
        "schedule": one.schedule,
        "giver": one.giver,
        "taker": one.taker,
        "note": one.note or None,
        **one.items,
        "at": one.at.isoformat(),
        "accepted_by": one.accepted_by,
        "accepted_at": one.accepted_at.isoformat() if one.accepted_at else None,
    }


# ── views ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def span(start: datetime, end: datetime, zone: tzinfo) -> str:
    """`2026-11-22 09:00Z to 17:00Z (10:00 to 18:00 CET)`."""
    utc = f"{start.astimezone(UTC):%Y-%m-%d %H:%M}Z to {_short(start.astimezone(UTC), end.astimezone(UTC))}Z"
    here, there = start.astimezone(zone), end.astimezone(zone)
    if not here.utcoffset() and not there.utcoffset():
        return utc
    day = "" if here.date() == start.astimezone(UTC).date() else f"{here:%Y-%m-%d} "
    first = "" if here.tzname() == there.tzname() else f" {here.tzname()}"
    return f"{utc} ({day}{here:%H:%M}{first} to {_short(here, there)} {there.tzname()})"


def _short(start: datetime, end: datetime) -> str:
    return f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"


def change(made: Override) -> str:
    if made.add and made.remove:
        return f"{made.add} in place of {made.remove}"
    return f"with {made.add}" if made.add else f"without {made.remove}"


def overrides(found: list[Override], now: datetime, zone: tzinfo) -> View:
    if not found:
        return ["There is no override. Past ones: escalate oncall override list --all"]
    return [
        Table(
            columns=("id", "schedule", "who", "when", "state", "by", "why"),
            rows=[
                (
                    made.id + (f" {made.swap}" if made.swap else ""),
                    made.schedule,
                    change(made),
                    span(made.start, made.end, zone),
                    (standing(made, now), STYLES.get(standing(made, now), "")),
                    made.by,
                    made.why,
                )
                for made in found
            ],
        )
    ]


def temporaries(found: list[Temporary], now: datetime, zone: tzinfo) -> View:
    if not found:
        return ["There is no temporary schedule. Past ones: escalate oncall temporary list --all"]
    return [line for made in found for line in _temporary(made, now, zone)]


def _temporary(made: Temporary, now: datetime, zone: tzinfo) -> View:
    state = standing(made, now)
    why = f"  {made.why}" if made.why else ""
    head = f"{made.id}  {made.schedule}  {span(made.start, made.end, zone)}  {state}  by {made.by}{why}"
    turns: View = [f"  {turn.person}  {span(turn.start, turn.end, zone)}" for turn in made.shifts]
    return [(head, STYLES.get(state, "bold")), *(turns or ["  nobody is on call"])]


def preferences(data: dict[str, Any]) -> View:
    from escalate.domain.incident.harm import HARMS

    def words(slugs: list[str]) -> str:
        return "; ".join(f"{slug} ({HARMS.get(slug.partition(':')[0], slug)})" for slug in slugs)

    own, file = data["not_for"], data["roster"]
    if not own and not file:
        return [f"{data['person']} may be given every kind of harm."]
    view: View = [f"{data['person']} is not given: {words(sorted({*own, *file}))}"]
    if file:
        view.append(f"The roster file says {', '.join(file)}; that is changed there, not here.")
    return view


def handoff(one: Handoff, zone: tzinfo) -> View:
    from escalate.cli.times import shown

    taken = f"accepted {shown(one.accepted_at, zone)}" if one.accepted_at else "not accepted yet"
    view: View = [
        (f"{one.id}  {one.schedule}: {one.giver} to {one.taker}, {shown(one.at, zone)}  {taken}", "bold"),
        counted(one.items),
    ]
    view += [f"  {line}" for line in one.note.splitlines()]
    items = one.items
    view += [
        f"  {each['ref']} {each['code_name']}  {each['severity']}  {each['status']}  lead: {each['lead'] or 'nobody'}"
        for each in items.get("incidents", [])
    ]
    view += [
        f"  page {each['page']}  {each['target'] or ''}  {each['state']}, nobody has answered"
        for each in items.get("pages", [])
    ]
    view += [
        f"  {each['ref']}  {each['purpose']} to {each['to']} via {each['via']}  {each['state']}"
        for each in items.get("messages", [])
    ]
    view += [
        f"  {each['ref']}  clock {each['clock'] or '(see the incident)'}  strict {(each['strict'] or 'none')[:16]}"
        for each in items.get("clocks", [])
    ]
    view += [_task(each) for each in items.get("tasks", [])]
    return view


def _task(each: dict[str, Any]) -> str:
    number, next_ = len(each["open"]), f": {each['next']}" if each["next"] else ""
    steps = "step" if number == 1 else "steps"
    return f"  {each['ref']}  runbook {each['runbook'] or '(see the incident)'}: {number} {steps} to do, next {each['open'][0]}{next_}"


def handoffs(found: list[Handoff], zone: tzinfo) -> View:
    if not found:
        return ["There is no hand-off. Write one: escalate oncall handoff"]
    view: View = []
    for one in found:
        if one.accepted_at:
            from escalate.cli.times import shown

            view.append(
                f"{one.id}  {one.schedule}: {one.giver} to {one.taker}  accepted {shown(one.accepted_at, zone)}"
            )
        else:
            view += handoff(one, zone)
    return view
