"""Legal holds: while one stands, nothing of the incident is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.incident import holding
from escalate.domain.incident.rules import labels_for
from escalate.domain.instants import from_text
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.words import mask
from escalate.errors import NotFound

if TYPE_CHECKING:
    from escalate.app.approvals import Outcome
    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident


def place(
    ledger: Ledger, incident_id: str, matter: str, *,
    scope: str, custodians: tuple[str, ...] = (), labels: frozenset[str] = frozenset(),
) -> Written:  # fmt: skip
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        holding.refuse_others(record.roster, ledger.author.person)
        event = holding.place(incident, matter, scope, custodians)
        return record.append(incident, Draft(event=event, labels=labels_for(incident, labels, frozenset())))


def release(
    ledger: Ledger, incident_id: str, ref: str | None, why: str, *, labels: frozenset[str] = frozenset()
) -> Outcome:
    """By somebody of Legal, and a second person, whatever the severity."""
    from escalate.app.approvals import do

    with ledger.writing() as record:
        incident = record.incident(incident_id)
        holding.refuse_others(record.roster, ledger.author.person)
        return do(ledger, record, incident, holding.release(incident, ref, why), why=why, labels=labels)


def listed(store: Store, incident_id: str) -> tuple[Incident, list[dict[str, Any]]]:
    with store.reading() as look:
        incident = look.incident(incident_id)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    return incident, [public(incident, one) for one in (incident.case.holds if incident.case else {}).values()]


def public(incident: Incident, one: dict[str, Any]) -> dict[str, Any]:
    """A hold as `--json` shows it; what was typed is masked in a sensitive incident."""

    def shown(text: str) -> str:
        return mask(text) if incident.sensitive and text else text

    released = one.get("released")
    over = (
        {"by": released["by"], "at": from_text(released["at"]).isoformat(), "why": shown(released["why"]),
         "approval": released["approval"]}
        if released else None
    )  # fmt: skip
    return {
        "ref": incident.ref,
        "id": one["hold"],
        "state": one["state"],
        "matter": shown(one["matter"]),
        "scope": shown(one["scope"]),
        "custodians": [shown(each) for each in one["custodians"]],
        "by": one["by"],
        "at": from_text(one["at"]).isoformat(),
        "seq": one["seq"],
        "released": over,
    }
