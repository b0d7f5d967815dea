"""How one incident looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.cli.views.incident import COLOURS, NEED_TO_KNOW
from escalate.cli.views.timeline import rows
from escalate.domain.incident.harms import assessed, named, proposed
from escalate.domain.instants import from_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from escalate.app.reading import Told
    from escalate.cli.views import View
    from escalate.domain.incident.state import Incident
    from escalate.domain.incident.targets import Target
    from escalate.domain.oncall.page import Page


WIDEST = 32
"""A name longer than this stands out alone, instead of pushing all the others away from what they say."""


def detail(told: Told, zone: tzinfo, now: datetime, targets: Sequence[Target] = ()) -> View:
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
    labelled += [(f"target {one.name}", _target(one, now, zone)) for one in targets]
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
        ("harm", ", ".join(filter(None, (named(incident), *signs)))),
        ("harm by triage", _other_harms(incident)),
        ("marking", incident.marking + limits),
        ("opened", f"{say(incident.opened_at, zone)} by {incident.opened_by}" if incident.opened_by else ""),
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
    if incident.case and incident.case.referrals:
        from escalate.cli.views.authority import referral_line

        found += [(f"referral {id_}", referral_line(one, now)) for id_, one in incident.case.referrals.items()]
    found.append(("head", f"#{incident.head.seq} {incident.head.digest[:12]}"))
    return found


def _assessed(standing: dict[str, Any], zone: tzinfo) -> str:
    from escalate.cli.times import shown as say

    status = str(standing["status"])
    if standing.get("expired"):
        return f"{status}; ITS TIME IS OVER since {say(from_text(standing['until']), zone)}, look again"
    return f"{status}, until {say(from_text(standing['until']), zone)}" if standing.get("until") else status


def _other_harms(incident: Incident) -> str:
    """What the final triage says of harms, where it is not what the incident says."""
    other = assessed(incident)
    if other is None:
        return ""
    found, leads = other
    said = ", ".join(f"{slug} (leads)" if slug == leads and len(found) > 1 else slug for slug in found)
    return f"{said}: {proposed(incident)}"


def _target(one: Target, now: datetime, zone: tzinfo) -> str:
    from escalate.cli.times import ago
    from escalate.cli.times import shown as say

    if one.state == "late":
        return f"LATE by {ago(now - one.due)}, was due {say(one.due, zone)}: {one.command}"
    if one.state == "due":
        return f"due in {ago(one.due - now)}, {say(one.due, zone)}"
    assert one.met_at is not None
    over = f", {ago(one.met_at - one.due)} late" if one.state == "met late" else ""
    return f"met {say(one.met_at, zone)}{over}"


def _page(page: Page) -> str:
    from escalate.cli.views.paging import state

    return state(page)
