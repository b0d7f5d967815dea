"""What would be said, to whom, in which words, if it were asked for in earnest. Nothing is written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.app.paging import refuse_if_over
from escalate.app.wording import preview
from escalate.domain.incident import rules
from escalate.domain.incident.harm import is_sensitive
from escalate.domain.incident.state import Incident
from escalate.domain.messages.owed import owed
from escalate.domain.oncall import page as paging
from escalate.domain.timeline.events import PageOpened, TeamPinged

if TYPE_CHECKING:
    from escalate.app.incidents import Opening
    from escalate.app.ledger import Ledger
    from escalate.domain.messages.owing import Owed
    from escalate.domain.roster import Roster


def page(ledger: Ledger, incident_id: str, targets: tuple[str, ...], *, test: bool = False) -> list[dict[str, Any]]:
    return _Rehearsal(ledger, *_look(ledger, incident_id)).pages(targets, test=test)


def test_page(ledger: Ledger, targets: tuple[str, ...]) -> list[dict[str, Any]]:
    """A test page on the incident that would be opened for it."""
    from escalate.app.trial import OPENING

    return _Rehearsal(ledger, *_unopened(ledger, OPENING)).pages(targets, test=True)


def ping(ledger: Ledger, incident_id: str, teams: tuple[str, ...], text: str) -> list[dict[str, Any]]:
    return _Rehearsal(ledger, *_look(ledger, incident_id)).pings(teams, text)


def opening(ledger: Ledger, given: Opening) -> list[dict[str, Any]]:
    incident, roster = _unopened(ledger, given)
    if given.quiet:
        return []
    routes = [route for route in roster.routes if route.fits(incident.harm, incident.severity)]
    rehearsal = _Rehearsal(ledger, incident, roster)
    pages = rehearsal.pages(tuple(dict.fromkeys(target for route in routes for target in route.page)), test=False)
    return pages + rehearsal.pings(tuple(dict.fromkeys(team for route in routes for team in route.ping)), "")


def _look(ledger: Ledger, incident_id: str) -> tuple[Incident, Roster]:
    with ledger.store.reading() as look:
        incident = look.incident(incident_id)
        assert incident is not None
        refuse_if_over(incident)
        return incident, look.roster()


def _unopened(ledger: Ledger, given: Opening) -> tuple[Incident, Roster]:
    event = rules.open_(given, number=0, code_name="CODE NAME")
    incident = Incident(
        id="", number=0, code_name=event.code_name, title=event.title, severity=event.severity, peak_severity=event.severity,
        harm=tuple(event.harm), drill=event.drill, restricted=event.restricted, sensitive=is_sensitive(event.harm),
        opened_at=ledger.clock.now(), opened_by="",
    )  # fmt: skip
    with ledger.store.reading() as look:
        return incident, look.roster()


class _Rehearsal:
    """What would be said, one request after another, on an incident that only grows here."""

    def __init__(self, ledger: Ledger, incident: Incident, roster: Roster) -> None:
        self._store, self._texts, self._now = ledger.store, ledger.texts, ledger.clock.now()
        self._incident, self._roster = incident, roster

    def pages(self, targets: tuple[str, ...], *, test: bool) -> list[dict[str, Any]]:
        return [one for target in targets for one in self._page(target, test=test)]

    def pings(self, teams: tuple[str, ...], text: str) -> list[dict[str, Any]]:
        return [one for team in teams for one in self._ping(team, text)]

    def _page(self, target: str, *, test: bool) -> list[dict[str, Any]]:
        """Every message, as if nobody ever answered; of further passes what reaches somebody in a way they were not before."""
        full = self._roster.target(target)
        number = len(self._incident.pages) + 1
        policy = self._roster.policy_for(full)
        with self._store.reading() as look:
            turn = look.opened_by(policy.name)
        id_ = f"00000000-0000-0000-0000-{number:012}"  # of nothing that exists
        event = PageOpened(page=id_, number=number, target=full, policy=policy.plain(), test=test, turn=turn)
        page_ = paging.opened(event, self._now)
        found: list[dict[str, Any]] = []
        while page_.due_at is not None:
            at = page_.due_at
            due = paging.due(page_, self._roster, at, self._incident.harm)
            if due is None:
                break
            page_ = paging.apply(page_, due[0], at)
            self._incident = self._incident.but(pages={**self._incident.pages, page_.id: page_})
            told = {_to_whom(one) for one in found} if page_.pass_ > 1 and due[0].kind == "page.step_fired" else set()
            found += [one for one in self._said(due[0], at - self._now) if _to_whom(one) not in told]
        return found

    def _ping(self, team: str, text: str) -> list[dict[str, Any]]:
        name = self._roster.target(f"team:{team.removeprefix('team:')}").partition(":")[2]
        found = self._said(TeamPinged(team=name, text=text), timedelta(0))
        policy = self._roster.teams[name].policy
        return found + (self._page(f"policy:{policy}", test=False) if policy else [])

    def _said(self, event: Any, after: timedelta) -> list[dict[str, Any]]:
        return [
            {
                "to": one.to,
                "name": self._roster.name_of(one.to) if one.to != "person:" else "whoever reads this",
                "via": one.via,
                "address": self._roster.address(one.to, one.via),
                "purpose": one.purpose,
                "after": int((after + one.after).total_seconds()),
                "when": f"after {_length(after + one.after)} without an answer" if after + one.after else "at once",
                "text": self._text(one),
            }
            for one in owed(event, self._incident, self._roster)
        ]

    def _text(self, one: Owed) -> str:
        text = preview(self._incident, one, self._roster, self._texts, self._incident.head)
        if self._incident.id:
            return text
        # It has no number yet, and no record to be held against.
        head = self._incident.head.short
        kept = [line for line in text.splitlines() if line != f"record {head}"]
        return "\n".join(kept).replace(head, "…").replace(self._incident.ref, "INC-…")


def _length(delta: timedelta) -> str:
    """`45 s`, `2 min`, `1 min 30 s`, `1 h 05 min`."""
    minutes, seconds = divmod(int(delta.total_seconds()), 60)
    if minutes < 60:
        parts = (f"{minutes} min" if minutes else "", f"{seconds} s" if seconds else "")
        return " ".join(filter(None, parts))
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"


def _to_whom(one: dict[str, Any]) -> tuple[str, str]:
    return one["to"], one["via"]
