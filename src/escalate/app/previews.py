"""What would be said, to whom, in which words, if it were asked for in earnest. Nothing is written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.app.wording import preview
from escalate.domain.incident import rules
from escalate.domain.incident.harm import is_sensitive
from escalate.domain.incident.state import Incident
from escalate.domain.messages.owed import owed
from escalate.domain.oncall import page as paging
from escalate.domain.timeline.events import PageOpened, TeamPinged

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.incidents import Opening
    from escalate.app.ledger import Ledger
    from escalate.domain.roster import Roster


def page(ledger: Ledger, incident_id: str, targets: tuple[str, ...], *, test: bool = False) -> list[dict[str, Any]]:
    incident, roster = _look(ledger, incident_id)
    now = ledger.clock.now()
    return [one for target in targets for one in _page(ledger, incident, roster, target, now, test=test)]


def ping(ledger: Ledger, incident_id: str, teams: tuple[str, ...], text: str) -> list[dict[str, Any]]:
    incident, roster = _look(ledger, incident_id)
    return [one for team in teams for one in _ping(ledger, incident, roster, team, text)]


def opening(ledger: Ledger, given: Opening) -> list[dict[str, Any]]:
    now = ledger.clock.now()
    event = rules.open_(given, number=0, code_name="(A CODE NAME)")
    incident = Incident(
        id="", number=0, code_name=event.code_name, title=event.title, severity=event.severity, peak_severity=event.severity,
        harm=tuple(event.harm), drill=event.drill, sensitive=is_sensitive(event.harm), opened_at=now, opened_by="",
    )  # fmt: skip
    with ledger.store.reading() as look:
        roster = look.roster()
    if given.quiet:
        return []
    routes = [route for route in roster.routes if route.fits(incident.harm, incident.severity)]
    found = [
        one
        for target in dict.fromkeys(target for route in routes for target in route.page)
        for one in _page(ledger, incident, roster, target, now, test=False)
    ]
    return found + [
        one
        for team in dict.fromkeys(team for route in routes for team in route.ping)
        for one in _ping(ledger, incident, roster, team, "")
    ]


def _look(ledger: Ledger, incident_id: str) -> tuple[Incident, Roster]:
    with ledger.store.reading() as look:
        incident = look.incident(incident_id)
        assert incident is not None
        return incident, look.roster()


def _page(
    ledger: Ledger, incident: Incident, roster: Roster, target: str, now: datetime, *, test: bool
) -> list[dict[str, Any]]:
    """Every message of the first pass, as if nobody ever answered."""
    full = roster.target(target)
    event = PageOpened(
        page="00000000-0000-0000-0000-000000000000",
        number=len(incident.pages) + 1,
        target=full,
        policy=roster.policy_for(full).plain(),
        test=test,
    )
    page_ = paging.opened(event, now)
    found: list[dict[str, Any]] = []
    while page_.due_at is not None and page_.pass_ == 1:
        due = paging.due(page_, roster, page_.due_at)
        if due is None or getattr(due[0], "pass_", 1) > 1:
            break
        at = page_.due_at
        page_ = paging.apply(page_, due[0], at)
        with_page = incident.but(pages={**incident.pages, page_.id: page_})
        found += _said(ledger, with_page, roster, due[0], at - now)
    return found


def _ping(ledger: Ledger, incident: Incident, roster: Roster, team: str, text: str) -> list[dict[str, Any]]:
    name = roster.target(f"team:{team.removeprefix('team:')}").partition(":")[2]
    found = _said(ledger, incident, roster, TeamPinged(team=name, text=text), timedelta(0))
    policy = roster.teams[name].policy
    if policy:
        found += _page(ledger, incident, roster, f"policy:{policy}", ledger.clock.now(), test=False)
    return found


def _said(ledger: Ledger, incident: Incident, roster: Roster, event: Any, after: timedelta) -> list[dict[str, Any]]:
    return [
        {
            "to": one.to,
            "name": roster.name_of(one.to),
            "via": one.via,
            "address": roster.address(one.to, one.via),
            "purpose": one.purpose,
            "after": int((after + one.after).total_seconds()),
            "when": "at once" if not (after + one.after) else f"after {after + one.after} without an answer",
            "text": preview(incident, one, roster, ledger.texts, incident.head),
        }
        for one in owed(event, incident, roster)
    ]
