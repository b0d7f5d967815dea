"""How the state of everything looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.cli.views import Table
from escalate.cli.views.incident import level
from escalate.cli.views.paging import following, messages

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.awaited import Awaited
    from escalate.app.overview import Overview
    from escalate.cli.views import Cell, View
    from escalate.domain.incident.state import Incident
    from escalate.domain.incident.targets import Target


JUDGED = 8
"""As many are shown of what waits for a decision."""

LATE = 8
"""As many response targets are shown."""

SCHEDULES = 5
"""As many are shown; `escalate oncall` has all of them."""


def drawn(seen: Overview, now: datetime, *, starts: bool, sends: bool = True) -> View:
    """`starts` is whether a courier is started by itself, `sends` whether who asks may send."""
    view: View = []
    if not seen.open:
        view.append(("Nothing is open.", "green"))
    else:
        rows = [(incident.ref, incident.code_name, level(incident), incident.status, _open_for(incident, now), incident.shown_title)
                for incident in seen.open]  # fmt: skip
        view += [
            ("Open", "bold"),
            Table(columns=("ref", "code name", "severity", "status", "for", "title"), rows=list(rows)),
        ]
    if seen.more:
        view.append(f"… and {seen.more} more: escalate list")
    if seen.waiting:
        view += ["", ("Nobody has answered", "bold red")]
        view += [
            f"  {incident.ref}/{page.number}  {page.target}  {page.state}; {following(page)}"
            for incident, page in seen.waiting
        ]
    if seen.clocks:
        from escalate.cli.views.running_clock import block

        view += ["", ("Clocks", "bold"), *block(seen.clocks, now)]
    if seen.late:
        view += ["", ("Late by the team's own targets", "bold red"), *(_late(*pair, now) for pair in seen.late[:LATE])]
    if len(seen.late) > LATE:
        view.append(f"  … and {len(seen.late) - LATE} more: escalate show REF")
    if seen.owed:
        view += ["", ("Not sent, or to be passed on by you", "bold yellow"), *messages(seen.owed)]
        view.append("  What one says: escalate messages ID")
    if seen.more_owed:
        view.append(f"  … and {seen.more_owed} more: escalate messages --all")
    if seen.judged:
        view += ["", ("Waiting for a decision", "bold yellow"), *(_judged(one) for one in seen.judged[:JUDGED])]
    if len(seen.judged) > JUDGED:
        view.append(f"  … and {len(seen.judged) - JUDGED} more: escalate approvals, escalate ask, escalate decisions")
    if seen.on_call:
        view += ["", *_on_call(seen.on_call)]
    view += ["", _courier(seen, now, starts=starts, sends=sends)]
    if seen.advice:
        view += ["", ("Now", "bold"), *(f"  {command:<44} {why}" for command, why in seen.advice)]
    return view


def _late(incident: Incident, one: Target, now: datetime) -> Cell:
    said = f"{incident.ref} {incident.severity} {one.name} was due {one.due:%Y-%m-%d %H:%M}Z, {_age(now, one.due)} ago"
    return f"  {said}  {one.command}", "red"


def _judged(one: Awaited) -> Cell:
    until = f", {'LATE since' if one.late else 'by'} {one.due:%Y-%m-%d %H:%M}Z" if one.due else ""
    who = f" of {one.who}" if one.who else ""
    said = f"  {one.ref} {one.id}  {one.what}{who}{until}"
    return (said, "bold red") if one.late else said


def _open_for(incident: Incident, now: datetime) -> str:
    return "?" if incident.is_recalled and not incident.opened_by else _age(now, incident.opened_at)


def _age(now: datetime, since: datetime) -> str:
    from escalate.cli.times import ago

    return ago(now - since)


def _on_call(found: dict[str, list[str]]) -> View:
    said: View = []
    for name, people in list(found.items())[:SCHEDULES]:
        line = f"On call for {name}: {', '.join(people)}" if people else f"On call for {name}: NOBODY"
        said.append(line if people else (line, "bold red"))
    if len(found) > SCHEDULES:
        said.append(f"… and {len(found) - SCHEDULES} more schedules: escalate oncall")
    return said


def _courier(seen: Overview, now: datetime, *, starts: bool, sends: bool) -> Cell:
    waits = seen.owed or any(page.due_at for _incident, page in seen.waiting)
    if not seen.couriers and not sends:
        ask = "None is started from here: your login may not send. Somebody who may starts one: escalate work"
        if waits:
            return f"NO COURIER IS RUNNING: nothing above goes on by itself. {ask}", "bold red"
        return f"No courier is running. {ask}"
    if not seen.couriers and waits:
        return "NO COURIER IS RUNNING: nothing above goes on by itself. Start one: escalate work", "bold red"
    if not seen.couriers and not starts:
        return (
            "No courier is running, and none is started by itself: couriers are switched off. Start one: escalate work"
        )
    if not seen.couriers:
        return "No courier is running; one is started when something is owed."
    beat = max(int((now - seen.couriers[0]["beat_at"]).total_seconds()), 0)
    more = f" and {len(seen.couriers) - 1} more" if len(seen.couriers) > 1 else ""
    return f"Courier {seen.couriers[0]['id']} alive {beat} s ago{more}."
