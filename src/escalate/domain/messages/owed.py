"""What an event obliges us to say: to whom, by which way, when, and which words. Pure; nothing is sent here.

There is no second way to send anything: every message that leaves the machine was derived by `owed`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.messages.owing import UNSEEN, Owed, gently
from escalate.domain.oncall.page import ACKNOWLEDGED
from escalate.domain.roster import CONSOLE

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.incident.state import Incident
    from escalate.domain.oncall.page import Page
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.event import Event

KEPT = frozenset({"handoff", "shift", "reassess", "question", "approval", "review", "matched", "clock"})
"""Purposes of messages whose details keep what their words were filled with, for what is sent in their place."""


def owed(event: Event, incident: Incident, roster: Roster) -> list[Owed]:
    """Receipts owe nothing, except giving up: then the next way is tried."""
    return [one.but(via=_way(one.via, roster)) for one in _owed(event, incident, roster)]


def _way(via: str, roster: Roster) -> str:
    """A channel of kind console is the console, whatever the roster calls it."""
    channel = roster.channels.get(via)
    return CONSOLE if channel is not None and channel.kind == CONSOLE else via


def _owed(event: Event, incident: Incident, roster: Roster) -> list[Owed]:
    given: Any = event
    match event.kind:
        case "page.step_fired":
            page = incident.pages[given.page]
            return _paged(given.ways, page, roster, step=given.step)
        case "page.exhausted":
            page = incident.pages[given.page]
            ways = given.ways or [{"person": None, "via": CONSOLE, "after": 0}]
            return [
                Owed(to=to_of(way), via=way["via"], purpose="exhausted", template="exhausted", page=page.id,
                     after=timedelta(seconds=way["after"]), values=_values(page, roster))
                for way in ways
            ]  # fmt: skip
        case "page.acknowledged":
            page = incident.pages[given.page]
            return _pagers(page, roster, "acknowledge") if _silences(page, given.by) else []
        case "page.declined":
            page = incident.pages[given.page]
            return _pagers(page, roster, "acknowledge") if _silences(page, given.by) else []
        case "page.escalated" | "page.unworked":
            return _round_over(incident.pages[given.page], roster)
        case "incident.resolved" | "incident.closed":
            return _over(incident, roster) if _ends(event.kind, incident) else []
        case "page.cancelled":
            return _pagers(incident.pages[given.page], roster, "resolve")
        case "team.pinged":
            return [
                Owed(to=f"team:{given.team}", via=via, purpose="ping", template="ping",
                     values={"said": given.text, "team": roster.name_of(f"team:{given.team}")})
                for via in roster.team_ways(given.team)
            ]  # fmt: skip
        case "ticket.asked":
            return [Owed(to=f"ticket:{given.via}", via=given.via, purpose="ticket", template="ticket")]
        case "handoff.offered":
            return _handed_over(given, roster)
        case "shift.announced":
            return _announced(given, roster)
        case "clock.alerted":
            return _clock(given) if roster.clock_alert is None else []
        case "access.alarmed":
            return _glass_broken(given, incident, roster)
        case "assessment.expired":
            return _look_again(given.template, incident, roster)
        case (
            "question.asked"
            | "question.late"
            | "approval.asked"
            | "approval.late"
            | "decision.reopened"
            | "subject.matched"
        ):
            from escalate.domain.messages.judged import judged

            return judged(event, incident, roster)
        case "message.failed" | "message.gave_up":
            return [_instead(way) for way in given.instead]
    return []


def _silences(page: Page, by: str) -> bool:
    """Whether an answer is the one after which pagers outside may be quiet: the first, or, where everybody answers for
    themselves, the last of them.
    """
    if page.state != ACKNOWLEDGED:
        return False
    first = page.answered == (by,)
    return not page.silent and (first or by in page.current) if page.each else first


def _round_over(page: Page, roster: Roster) -> list[Owed]:
    """Where everybody answers for themselves, pagers of the round before were not told of the first answer."""
    if page.round == 1 or not any(step.multi_ack for step in page.policy.steps):
        return []
    before = page.dedup_of(page.round - 1)
    return [one.but(dedup=before) for one in _pagers(page, roster, "acknowledge")]


def _ends(kind: str, incident: Incident) -> bool:
    """Whether the work on an incident ends with this: it is not closed after it was resolved."""
    return kind == "incident.resolved" or "resolved" not in incident.changed_at


def _over(incident: Incident, roster: Roster) -> list[Owed]:
    """Of acknowledged pages: pagers of those who had to answer themselves, and need not any more. What nobody answered is
    cancelled.
    """
    still = [page for page in incident.pages.values() if page.state == ACKNOWLEDGED and page.each and page.silent]
    return [one for page in still for one in _pagers(page, roster, "acknowledge")]


def _paged(ways: list[dict[str, Any]], page: Page, roster: Roster, *, step: int) -> list[Owed]:
    return [
        Owed(to=to_of(way), via=way["via"], purpose="page", template=_template("page", page), page=page.id,
             after=timedelta(seconds=way["after"]), each=page.each, values={**_values(page, roster), "step": step})
        for way in ways
    ]  # fmt: skip


def _template(purpose: str, page: Page | None) -> str:
    return "page_test" if purpose == "page" and page is not None and page.test else purpose


def _values(page: Page, roster: Roster) -> dict[str, Any]:
    """What the words about a page are filled with; `then` is what follows if nobody answers."""
    fallback = page.policy.fallback
    then = "the next person is paged"
    if page.last:
        then = f"{roster.name_of(fallback)} is told" if fallback else "nobody else is paged"
    return {
        "policy": "" if ":" in page.policy.name else page.policy.name,
        "step": page.step,
        "steps": len(page.policy.steps),
        "tried": ", ".join(roster.name_of(f"person:{person}") for person in page.paged) or "nobody",
        "then": then,
    }


def _handed_over(given: Any, roster: Roster) -> list[Owed]:
    """The next person is told by all their ways that something waits for them; what, stands where they accept it."""
    from escalate.domain.oncall.handing_over import counted

    values = {
        "handoff": given.handoff,
        "schedule": given.schedule,
        "giver": roster.name_of(f"person:{given.giver}"),
        "counts": counted(given.items),
    }
    return [
        Owed(to=f"person:{given.taker}", via=way.via, purpose="handoff", template="handoff", after=way.after,
             values=values)
        for way in gently(given.taker, roster)
    ]  # fmt: skip


def _announced(given: Any, roster: Roster) -> list[Owed]:
    """News of a shift goes by one way alone: it is no page."""
    from escalate.domain.oncall.news import clock

    someone = roster.people.get(given.person)
    zone = someone.zone if someone else "UTC"
    values = {
        "schedule": given.schedule,
        "begins": clock(given.start, zone),
        "ends": clock(given.end, zone),
        "was": clock(given.was, zone) if given.was else "",
        "gone": given.start == given.end,
        "longer": given.was == given.start,
    }
    first = gently(given.person, roster)[0]
    return [Owed(to=f"person:{given.person}", via=first.via, purpose="shift", template="shift", values=values)]


def _look_again(template: str, incident: Incident, roster: Roster) -> list[Owed]:
    """Whoever assessed it, else who leads, else whoever is at the console. Names of templates say what has happened: the
    words have none.
    """
    from escalate.domain.instants import from_text
    from escalate.domain.oncall.news import clock

    standing = incident.assessments[template]
    person = next((who for who in (standing["by"], incident.roles.get("lead")) if who in roster.people), "")
    zone = roster.people[person].zone if person else "UTC"
    values = {"until": clock(from_text(standing["until"]), zone)}
    ways = [(way.via, way.after) for way in gently(person, roster)] if person else [(CONSOLE, timedelta(0))]
    return [
        Owed(to=f"person:{person}", via=via, purpose="reassess", template="reassess", after=after, values=values)
        for via, after in ways
    ]


def _clock(given: Any) -> list[Owed]:
    """Where the roster names nobody to be paged, whoever is at the console passes it on."""
    from escalate.domain.oncall.news import clock

    until = given.strict or given.target
    values = {
        "clock": given.clock,
        "over": "" if given.stage == "late" else given.stage,
        "until": clock(until, "UTC") if until else "",
        "internal": given.strict is None,
    }
    return [Owed(to="person:", via=CONSOLE, purpose="clock", template="clock", values=values)]


def _glass_broken(given: Any, incident: Incident, roster: Roster) -> list[Owed]:
    """Whoever leads is paged; where nobody can be, whoever is at the console passes it on."""
    from escalate.domain.incident.admission import alarm_targets

    if alarm_targets(incident, roster, given.by):
        return []
    return [Owed(to="person:", via=CONSOLE, purpose="broken", template="broken")]


def _instead(way: dict[str, Any]) -> Owed:
    """`way` names all it takes: it was chosen by `ways_instead` when the first one failed."""
    return Owed(
        to=way["to"],
        via=way["via"],
        purpose=way["purpose"],
        template=way["template"],
        page=way.get("page"),
        after=timedelta(seconds=way.get("after", 0)),
        values=way.get("values", {}),
    )


def to_of(way: dict[str, Any]) -> str:
    """Who is told by a way as it stands in an entry."""
    if way.get("to"):
        return str(way["to"])
    return f"person:{way['person']}" if way["person"] else "person:"


def _pagers(page: Page, roster: Roster, action: str) -> list[Owed]:
    """Pagers outside that may have been set off for this page, to be told that they may stop. Whoever is told in the
    end counts too, and a way by which nobody is reached any more: a pager that knows nothing of this page lets it pass.
    """
    now = (way.via for person in (*page.paged, *page.told) for way in roster.reach(person))
    names = [
        via
        for via in dict.fromkeys((*now, *page.vias))
        if via in roster.channels and roster.channels[via].kind == "pagerduty"
    ]
    return [
        Owed(to=f"channel:{name}", via=name, purpose="status", template="status", page=page.id, action=action)
        for name in names
    ]


def ways_instead(
    to: str,
    tried: set[tuple[str, str]],
    purpose: str,
    page: Page | None,
    roster: Roster,
    now: datetime,
    kept: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """The next way to say it when the last one has failed for good: another way to the same people, then the fallback
    of the policy, then the console, which always works if somebody looks.

    `tried` are (to, via) of all that was tried for it before, so that this comes to an end. `kept` is what the words of
    the message were filled with, as its details hold it (`KEPT`).
    """
    if to.partition(":")[0] in {"channel", "ticket"}:
        return []
    # The same people are tried at once; whoever answers for them is woken as a page would wake them.
    found = [(to, via, 0) for via, _after in _untried(to, tried, roster)[:1]]
    fallback = page.policy.fallback if page is not None else None
    if not found and fallback:
        behind = [f"person:{person}" for person in roster.people_behind(fallback, now)] or [fallback]
        found = [
            (other, via, after) for other in behind if other != to for via, after in _untried(other, tried, roster)
        ]
    if not found and (to, CONSOLE) not in tried and not (kept or {}).get(UNSEEN):
        found = [(to, CONSOLE, 0)]
    values = kept or ({"said": "", "team": roster.name_of(to)} if page is None else _values(page, roster))
    shared = {
        "purpose": purpose,
        "template": _template(purpose, page),
        "page": page.id if page else None,
        "values": values,
    }
    return [{"to": other, "via": via, "after": after, **shared} for other, via, after in found]


def _untried(to: str, tried: set[tuple[str, str]], roster: Roster) -> list[tuple[str, int]]:
    """The ways to them that were not tried, besides the console, with the seconds to wait before each."""
    kind, _, name = to.partition(":")
    ways: list[tuple[str, int]] = []
    if kind == "person" and name in roster.people:
        ways = [(_way(way.via, roster), int(way.after.total_seconds())) for way in roster.reach(name)]
    elif kind == "team" and name in roster.teams:
        ways = [(via, 0) for via in roster.team_ways(name)]
    return [(via, after) for via, after in ways if via != CONSOLE and (to, via) not in tried]
