"""What is kept of an incident beside its timeline: its folded state, and what of that must be found without folding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from escalate.domain.instants import to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.domain.incident.state import Incident


class Keeping:
    run: Callable[..., list[Any]]

    def save(self, incident: Incident) -> None:
        state = incident.plain()
        self.run(
            "save_state",
            id=incident.id,
            number=incident.number,
            code_name=incident.code_name,
            status=incident.status,
            severity=incident.severity,
            seq=incident.head.seq,
            digest=incident.head.digest,
            state=json.dumps(state, separators=(",", ":"), sort_keys=True),
        )
        if incident.pages:
            self._save_pages(incident)
        if incident.clocks or incident.judgement or incident.assessments or incident.access:
            self._save_timers(incident)
        if incident.judgement is not None:
            self._save_watches(incident)

    def remake(self, incident: Incident) -> None:
        """Keep a state that was folded anew, though nothing was written on the incident."""
        self.save(incident)

    def keep_logins(self, roster: dict[str, Any]) -> None:
        """Who is who, as the roster in force says."""
        self.run("forget_logins")
        for slug, person in roster.get("people", {}).items():
            for login in person.get("logins", []):
                self.run("add_login", login=login, person=slug)

    def _save_timers(self, incident: Incident) -> None:
        from escalate.domain.incident.timers import timers

        wanted = {timer.key: to_text(timer.at) for timer in timers(incident)}
        known = {row["key"]: row["due_at"] for row in self.run("timers_of", incident=incident.id)}
        for key, due_at in wanted.items():
            if known.get(key) != due_at:
                self.run("save_timer", incident=incident.id, key=key, due_at=due_at)
        for key in known.keys() - wanted.keys():
            self.run("drop_timer", incident=incident.id, key=key)

    def _save_pages(self, incident: Incident) -> None:
        """Those that changed. Whoever is told between two steps has a code since their message was queued."""
        from escalate.domain.oncall.code import code

        known = {row["id"]: (row["state"], row["due_at"]) for row in self.run("kept_pages", incident=incident.id)}
        for page in incident.pages.values():
            due_at = to_text(page.due_at) if page.due_at else None
            if known.get(page.id) == (page.state, due_at):
                continue
            self.run(
                "save_page",
                id=page.id,
                incident=incident.id,
                state=page.state,
                due_at=due_at,
                policy="" if page.test else page.policy.name,
            )
            for person in (*page.paged, *page.told):
                self.run("save_code", code=code(page.id, person), incident=incident.id, page=page.id, person=person)

    def _save_watches(self, incident: Incident) -> None:
        """The clauses that its decisions wait for. Written without a look: most decisions wait for none."""
        from escalate.domain.decision.triggers import watched_clauses

        watched = sorted(watched_clauses(incident))
        clauses = json.dumps(watched)
        self.run("drop_watches", incident=incident.id, clauses=clauses)
        if watched:
            self.run("save_watches", incident=incident.id, clauses=clauses)
