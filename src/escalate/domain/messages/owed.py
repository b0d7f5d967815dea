"""What an event obliges us to say: to whom, by which way, when, and which words. Pure; nothing is sent here.

There is no second way to send anything: every message that leaves the machine was derived by `owed`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.roster import CONSOLE
from escalate.domain.value import Value

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident
    from escalate.domain.oncall.page import Page
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.events import Event

KINDS_THAT_OWE = frozenset({
    "page.step_fired", "page.exhausted", "page.acknowledged", "page.cancelled", "team.pinged", "ticket.asked",
    "message.failed", "message.gave_up",
})  # fmt: skip


class Owed(Value):
    """`template` names the words, `values` what they are filled with; `after` the event it falls due."""

    to: str
    via: str
    purpose: str
    template: str
    after: timedelta = timedelta(0)
    page: str | None = None
    action: str = "trigger"
    values: dict[str, Any] = {}


def owed(event: Event, incident: Incident, roster: Roster) -> list[Owed]:
    """Receipts owe nothing, except giving up: then the next way is tried."""
    given: Any = event
    match event.kind:
        case "page.step_fired":
            page = incident.pages[given.page]
            return _paged(given.ways, page, step=given.step)
        case "page.exhausted":
            page = incident.pages[given.page]
            people = ", ".join(roster.name_of(f"person:{person}") for person in page.paged) or "nobody"
            ways = given.ways or [{"person": None, "via": CONSOLE, "after": 0}]
            return [
                Owed(to=_to(way), via=way["via"], purpose="exhausted", template="exhausted", page=page.id,
                     after=timedelta(seconds=way["after"]), values={"tried": people, "policy": page.policy.name})
                for way in ways
            ]  # fmt: skip
        case "page.acknowledged" | "page.cancelled":
            action = "acknowledge" if event.kind == "page.acknowledged" else "resolve"
            return _pagers(incident.pages[given.page], roster, action)
        case "team.pinged":
            return [
                Owed(to=f"team:{given.team}", via=via, purpose="ping", template="ping",
                     values={"said": given.text, "team": roster.name_of(f"team:{given.team}")})
                for via in roster.team_ways(given.team)
            ]  # fmt: skip
        case "ticket.asked":
            return [Owed(to=f"ticket:{given.via}", via=given.via, purpose="ticket", template="ticket")]
        case "message.failed" | "message.gave_up":
            return [_instead(way) for way in given.instead]
    return []


def _paged(ways: list[dict[str, Any]], page: Page, *, step: int) -> list[Owed]:
    template = "page_test" if page.test else "page"
    return [
        Owed(to=_to(way), via=way["via"], purpose="page", template=template, page=page.id,
             after=timedelta(seconds=way["after"]),
             values={"policy": page.policy.name, "step": step, "steps": len(page.policy.steps)})
        for way in ways
    ]  # fmt: skip


def _instead(way: dict[str, Any]) -> Owed:
    """`way` names all it takes: it was chosen by `ways_instead` when the first one failed."""
    return Owed(
        to=way["to"],
        via=way["via"],
        purpose=way["purpose"],
        template=way["template"],
        page=way.get("page"),
        values=way.get("values", {}),
    )


def _to(way: dict[str, Any]) -> str:
    return f"person:{way['person']}" if way["person"] else "person:"


def _pagers(page: Page, roster: Roster, action: str) -> list[Owed]:
    """Pagers outside that were set off for this page, to be told that they may stop."""
    names = dict.fromkeys(
        way.via
        for person in page.paged
        for way in roster.reach(person)
        if way.via in roster.channels and roster.channels[way.via].kind == "pagerduty"
    )
    return [
        Owed(to=f"channel:{name}", via=name, purpose="status", template="status", page=page.id, action=action)
        for name in names
    ]


def ways_instead(to: str, tried: set[str], purpose: str, page: Page | None, roster: Roster) -> list[dict[str, Any]]:
    """The next way to say it when `tried` have failed for good: another way to the same people, then the fallback of
    the policy, then the console, which always works if somebody looks."""
    kind, _, name = to.partition(":")
    if kind == "channel" or kind == "ticket":
        return []
    if kind == "person":
        ways = [way.via for way in roster.reach(name)] if name in roster.people else []
    else:
        ways = roster.team_ways(name)
    left = [via for via in ways if via not in tried]
    template = {"page": "page", "ping": "ping", "exhausted": "exhausted"}.get(purpose, "ping")
    values: dict[str, Any] = {}
    if page is not None:
        people = ", ".join(roster.name_of(f"person:{person}") for person in page.paged)
        values = {"policy": page.policy.name, "step": page.step, "steps": len(page.policy.steps), "tried": people}
    if purpose == "ping":
        values = {"said": "", "team": roster.name_of(to)}
    shared = {"purpose": purpose, "template": template, "page": page.id if page else None, "values": values}
    if left:
        return [{"to": to, "via": left[0], **shared}]
    fallback = page.policy.fallback if page is not None else None
    if fallback and fallback != to:
        return [
            {"to": f"person:{person}", "via": roster.reach(person)[0].via, **shared}
            for person in roster.people_behind(fallback)
        ]
    return [{"to": to, "via": CONSOLE, **shared}] if CONSOLE not in tried else []
