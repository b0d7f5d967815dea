"""How one incident looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.cli.views.incident import COLOURS, NEED_TO_KNOW
from escalate.cli.views.timeline import rows
from escalate.domain.instants import from_text

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from escalate.app.reading import Told
    from escalate.cli.views import View
    from escalate.domain.incident.state import Incident
    from escalate.domain.oncall.page import Page


WIDEST = 32
"""A name longer than this stands out alone, instead of pushing all the others away from what they say."""


def detail(told: Told, zone: tzinfo, now: datetime) -> View:
    incident = told.incident
    judged = " (provisional)" if incident.provisional else ""
    peak = f", at worst {incident.peak_severity}" if incident.peak_severity != incident.severity else ""
    view: View = [
        (
            f"{incident.name}  {incident.severity}{judged}{peak}  {incident.status}",
            COLOURS[incident.severity],
        ),
        incident.shown_title,
    ]
    labelled = [(name, text) for name, text in _facts(incident, zone, now) if text]
    labelled += [(f"page {incident.ref}/{page.number}", _page(page)) for page in incident.pages.values()]
    width = min(max(len(name) for name, _ in labelled), WIDEST)
    view += [f"{name:<{width}}  {text}" for name, text in labelled]
    if told.lines:
        view += ["", *rows(told, zone)[1:]]
    return view


def _facts(incident: Incident, zone: tzinfo, now: datetime) -> list[tuple[str, str]]:
    from escalate.cli.times import shown as say

    signs = [
        word
        for word, on in (
            ("imminent", incident.imminent),
            ("child involved", incident.child),
            ("ongoing", incident.ongoing),
        )
        if on
    ]
    limits = f" · {NEED_TO_KNOW}" if incident.restricted else ""
    limits += " · masked: see `timeline --reveal`" if incident.sensitive else ""
    found = [
        ("harm", ", ".join((*incident.harm, *signs))),
        ("marking", incident.marking + limits),
        ("opened", f"{say(incident.opened_at, zone)} by {incident.opened_by}"),
        ("reported by", incident.source or ""),
        ("disposition", incident.disposition or ""),
        ("ticket", " ".join(filter(None, (incident.ticket, incident.ticket_link)))),
    ]
    found += [(name, f"{say(stated[-1].at, zone)} ({stated[-1].by})") for name, stated in incident.facts.items()]
    found += [(name, f"since {say(at, zone)}") for name, at in incident.changed_at.items()]
    found += [(role, person) for role, person in incident.roles.items()]
    found += [(f"assessment {name}", _assessed(one, zone)) for name, one in incident.assessments.items()]
    if incident.clocks:
        from escalate.cli.views.running_clock import line

        found += [(f"clock {one.id}", line(one, now, zone)) for one in incident.clocks.reckoned(incident)]
    found += [
        (f"runbook {name}", f"{len(one['done'])} of {len(one['steps'])} done")
        for name, one in incident.runbooks.items()
    ]
    found.append(("head", f"#{incident.head.seq} {incident.head.digest[:12]}"))
    return found


def _assessed(standing: dict[str, Any], zone: tzinfo) -> str:
    from escalate.cli.times import shown as say

    status = str(standing["status"])
    if standing.get("expired"):
        return f"{status}; ITS TIME IS OVER since {say(from_text(standing['until']), zone)}, look again"
    return f"{status}, until {say(from_text(standing['until']), zone)}" if standing.get("until") else status


def _page(page: Page) -> str:
    from escalate.cli.views.paging import state

    return state(page)
