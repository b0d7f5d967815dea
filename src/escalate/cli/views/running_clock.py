"""Legal clocks on an incident: which run and until when, which might apply, how one came about."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from escalate.cli.times import ago, shown
from escalate.cli.views import Table
from escalate.cli.views.clock import DISCLAIMER, steps
from escalate.domain.clocks import late
from escalate.domain.clocks.running import APPLIES
from escalate.domain.clocks.standing import MET_LATE, RUNNING, SUBMITTED
from escalate.domain.clocks.trace import NOT_ADVICE
from escalate.domain.instants import from_text
from escalate.domain.timeline.words import mask

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from escalate.cli.views import Cell, View
    from escalate.domain.clocks.standing import Reckoned
    from escalate.domain.incident.state import Incident

SOON = timedelta(hours=4)
"""What runs out within so long is shown in red."""

INTERNAL = "internal target"
"""What a team's own goal is called wherever it is shown: it is no law."""


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def public(one: Reckoned, incident: Incident, now: datetime) -> dict[str, Any]:
    """A clock of an incident for programs."""
    row, found = one.clock, one.deadline
    return {
        "id": one.id,
        "regime": row.regime if row else None,
        "jurisdiction": row.jurisdiction if row else None,
        "state": one.state,
        "start_fact": row.start if row else None,
        "start": iso(found.start),
        "strict": iso(one.strict),
        "outer": iso(found.outer),
        "target": iso(found.target),
        "no_later_than": iso(found.no_later_than),
        "in_seconds": int((one.limit - now).total_seconds()) if one.limit and one.is_pending else None,
        "missing": list(found.missing),
        "recipient": row.recipient if row else None,
        "confidence": row.confidence if row else None,
        "verified_on": row.verified_on.isoformat() if row else None,
        "owner": one.standing.by,
        "reference": _reference(one, incident),
        "submitted_at": iso(one.submitted_at),
    }


def _reference(one: Reckoned, incident: Incident) -> str | None:
    """Of the last submission; people write it, so it is masked where an incident's texts are."""
    if one.submitted_at is None:
        return None
    words = one.standing.sent(incident.facts)[-1][0]
    return mask(words) if incident.sensitive or incident.title_masked else words


def drawn(found: Sequence[Reckoned], incident: Incident, now: datetime, zone: tzinfo) -> View:
    if not found:
        return [
            f"Nobody has said anything of a legal clock on {incident.ref}.",
            f"Which might apply: escalate clock suggest {incident.ref}",
        ]
    rows: list[tuple[Cell, ...]] = [
        (
            one.id,
            _state(one, now),
            _until(one, zone),
            left(one, now),
            one.standing.by,
            one.clock.recipient if one.clock else "",
        )
        for one in found
    ]
    table = Table(columns=("clock", "state", "until", "left", "said by", "to"), rows=rows, wide=5)
    missing = [fact for one in found if one.is_waiting for fact in one.deadline.missing]
    hints = [f"{fact} is stated by: {stating(fact, incident)}" for fact in dict.fromkeys(missing)]
    return [table, "", *hints, *_unsure(found), DISCLAIMER]


def _unsure(found: Sequence[Reckoned]) -> list[str]:
    """Of what runs, waits or keeps: rows that nobody has confirmed."""
    unsure = [one.id for one in found if one.is_unconfirmed and (one.is_waiting or one.state == RUNNING)]
    return [f"NOT CONFIRMED by anybody: {', '.join(dict.fromkeys(unsure))}"] if unsure else []


def _state(one: Reckoned, now: datetime) -> Cell:
    if one.is_late(now):
        return "LATE", "bold red"
    if one.is_unreadable:
        return "CANNOT BE COUNTED", "bold red"
    if one.keeps and one.state == RUNNING:
        return "keep until", "dim"
    colours = {SUBMITTED: "green", MET_LATE: "bold yellow"}
    return one.state.replace("_", " "), colours.get(one.state, "yellow" if one.is_waiting else "")


def stating(fact: str, incident: Incident) -> str:
    """The command by which a fact is stated; that something was submitted is stated with its reference."""
    before = fact.partition("submitted:")[2]
    if before:
        return f"escalate clock submitted {before} {incident.ref} --reference TEXT"
    return f"escalate fact {fact} {incident.ref} --at T --why TEXT"


def _until(one: Reckoned, zone: tzinfo) -> str:
    if one.standing.said != APPLIES:
        return ""
    if one.strict:
        return shown(one.strict, zone)
    if one.due:
        return f"{shown(one.due, zone)} at the latest"
    if one.deadline.target:
        return f"{shown(one.deadline.target, zone)}, {INTERNAL}"
    if one.is_pending and one.clock is not None:
        return f"{one.clock.qualifier}; no {INTERNAL} is set"
    return ""


def left(one: Reckoned, now: datetime) -> Cell:
    """How long is left; red where that is not long, or none."""
    if not one.is_pending or one.limit is None:
        return ""
    rest = one.limit - now
    text = ago(rest) if rest >= timedelta(0) else f"{ago(-rest)} over"
    return (text, "bold red") if rest < SOON else text


def line(one: Reckoned, now: datetime, zone: tzinfo) -> str:
    """In one line: `running, strict 2026-11-23 13:20:00Z, 5 h 00 min left`."""
    state, rest, until = _state(one, now), left(one, now), _until(one, zone)
    text = rest if isinstance(rest, str) else rest[0]
    parts = [state if isinstance(state, str) else state[0], f"strict {until}" if one.strict else until]
    unsure = "NOT CONFIRMED by anybody" if _unsure([one]) else ""
    return ", ".join(filter(None, [*parts, text if text.endswith("over") or not text else f"{text} left", unsure]))


MOST = 10


def block(clocks: Sequence[tuple[Incident, Reckoned]], now: datetime) -> View:
    """The clocks of all incidents, soonest first."""
    rows: list[tuple[Cell, ...]] = [
        (incident.ref, one.id, _state(one, now), _until(one, UTC), left(one, now)) for incident, one in clocks[:MOST]
    ]
    more = [f"… and {len(clocks) - MOST} more: escalate clock list REF"] if len(clocks) > MOST else []
    unsure = _unsure([one for _, one in clocks[:MOST]])
    return [Table(columns=("ref", "clock", "state", "until", "left"), rows=rows), *unsure, *more]


def said(found: Reckoned, incident: Incident, now: datetime, zone: tzinfo, moved: Sequence[Any]) -> View:
    """After somebody has said something of it."""
    view: View = [f"{found.id}: {line(found, now, zone)}"]
    if found.state == MET_LATE and found.clock and found.submitted_at and found.due:
        over = ago(found.submitted_at - found.due)
        view.append((f"MET LATE: {over} after the strict deadline.{_outer(found, zone)}", "bold yellow"))
        view.append(late.afterwards(found.clock))
    elif found.state == SUBMITTED and found.due:
        view.append((f"Met: submitted before the strict deadline {shown(found.due, zone)}.", "green"))
    if found.is_waiting:
        view.append(f"It counts from that fact alone: {stating(found.deadline.missing[0], incident)}")
    if found.is_late(now) and found.clock:
        view.append((f"Its time is over. {late.afterwards(found.clock)}", "bold red"))
    elif found.is_pending and found.clock and (rule := late.before(found.clock)):
        view.append(rule)
    return [*view, *recomputed(moved, incident), ("Not legal advice.", "dim")]


def _outer(found: Reckoned, zone: tzinfo) -> str:
    outer = found.deadline.outer
    if outer is None or found.submitted_at is None or found.submitted_at > outer:
        return ""
    return f" By the outer reading ({shown(outer, zone)}) it is in time, if the law cited applies."


def recomputed(events: Sequence[Any], incident: Incident) -> View:
    """Which clocks a fact has moved, and what followed."""
    from escalate.domain.timeline.words import sentence

    moved = {getattr(event, "clock", "") for event in events}
    known = [one for one in incident.clocks.reckoned(incident) if one.id in moved] if incident.clocks else []
    return [*((f"{sentence(event)}.", "bold yellow") for event in events), *_unsure(known)]


def moves(events: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"clock": one.clock, "fact": one.fact, "was": iso(one.was), "strict": iso(one.strict),
         "was_target": iso(one.was_target), "target": iso(one.target)}
        for one in events
        if one.kind == "clock.recomputed"
    ]  # fmt: skip


def whole_data(one: Reckoned, incident: Incident, now: datetime) -> dict[str, Any]:
    row, standing = one.clock, one.standing
    return {
        **public(one, incident, now),
        "who": row.who if row else None,
        "trigger": row.trigger if row else None,
        "qualifier": row.qualifier if row else None,
        "follow": row.follow if row else None,
        "cite": row.cite if row else None,
        "standing": row.standing(now.date()) if row else None,
        "zone": standing.zone,
        "calendar": standing.calendar,
        "holidays": len(standing.holidays),
        "alerts": standing.alerts,
        "own_target": standing.own_target,
        "trace": steps(one.deadline.trace, lambda at: at.isoformat()),
        "said": standing.past,
        "submissions": [each["seq"] for each in standing.submissions],
        "delays": standing.delays,
        "late_rule": late.afterwards(row) if row else None,
        "disclaimer": DISCLAIMER,
    }


def whole(one: Reckoned, incident: Incident, now: datetime, zone: tzinfo) -> View:
    row = one.clock
    view: View = [(f"{one.id} on {incident.name}: {line(one, now, zone)}", "bold")]
    if row is not None:
        rows = {
            "regime": f"{row.regime}, {row.jurisdiction}",
            "tells": row.recipient,
            "period": f"{row.period} ({row.qualifier})",
            "law": row.cite,
            "status": row.standing(now.date()),
            "confidence": f"{row.confidence}; looked at {row.verified_on}",
            "then": row.follow,
            "if late": late.before(row) or late.afterwards(row),
            "days of": _days_of(one),
        }
        table: list[tuple[Cell, ...]] = [(name, text) for name, text in rows.items() if text]
        view.append(Table(columns=("", ""), rows=table, wide=1))
    view.append("")
    for number, step in enumerate((each for each in one.deadline.trace if each != NOT_ADVICE), 1):
        view.append(f"{number:>2}. {step.step}{f'  → {shown(step.at, zone)}' if step.at else ''}")
        because = " ".join(filter(None, (step.why, f"[{step.cite}]" if step.cite else "")))
        view += [(f"    {because}", "dim")] if because else []
    view += ["", *_history(one, incident, zone), "", DISCLAIMER]
    return view


def _days_of(one: Reckoned) -> str:
    """Whose days are counted, where days are."""
    if one.clock is None or one.clock.rule is None or one.clock.unit == "hours":
        return ""
    calendar = one.standing.calendar
    return f"{one.standing.zone}, holidays of {calendar}" if calendar else one.standing.zone


def _history(one: Reckoned, incident: Incident, zone: tzinfo) -> View:
    """Who said what; why, stands in the entries."""
    standing = one.standing
    last = max((each["seq"] for each in standing.past if each["said"] == APPLIES), default=0)
    said_: list[tuple[int, str]] = []
    for each in standing.past:
        over = " (superseded)" if each["said"] == APPLIES and each["seq"] != last else ""
        said_.append((each["seq"], f"{each['said']}{over}, {each['by']} {shown(from_text(each['at']), zone)}"))
    for each in standing.delays:
        until = f" until {shown(from_text(each['until']), zone)}" if each["until"] else ""
        said_.append((each["seq"], f"ground for delay{until}, {each['by']}"))
    reference = _reference(one, incident)
    said_ += [
        (each["seq"], f"submitted{f', reference {reference}' if reference else ''}")
        for each in standing.submissions[-1:]
    ]
    return [f"#{seq}  {text}" for seq, text in sorted(said_)]
