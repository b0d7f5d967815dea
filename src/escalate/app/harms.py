"""Which kinds of harm there are and what each brings with it; changing those that an incident concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.incidents import routed
from escalate.app.ledger import Written
from escalate.domain.clocks.suggest import going_with
from escalate.domain.incident import harms as rules
from escalate.domain.incident.harm import is_sensitive
from escalate.domain.incident.rules import labels_for
from escalate.domain.incident.severity import worst
from escalate.domain.timeline.entry import Draft

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from escalate.app.ledger import Ledger
    from escalate.domain.clocks.library import LegalClock
    from escalate.domain.incident.scoring import Floor, Scale
    from escalate.domain.incident.taxonomy import Taxonomy


def change(
    ledger: Ledger, incident_id: str, harm: tuple[str, ...], *,
    primary: str | None, taxonomy: str, why: str, labels: frozenset[str] = frozenset(),
) -> Written:  # fmt: skip
    """Set all harms anew. What has become sensitive stays so; where it is worked on, routes that fit only now are followed,
    as when it is opened: who would have been paged then is paged now.
    """
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        events = rules.change(incident, harm, primary, taxonomy, why)
        if not events:
            return Written(incident=incident, entries=[])
        labels = labels_for(incident, labels, frozenset())
        labels |= {"sensitive"} if is_sensitive(harm) else frozenset()
        written = record.append(incident, *(Draft(event=event, labels=labels) for event in events))
        if incident.status not in {"open", "mitigated"}:
            return written
        return routed(record, written, incident.severity, harm=incident.harm)


def listed(
    taxonomy: Taxonomy, scale: Scale, clocks: Sequence[LegalClock], today: date, slug: str | None = None
) -> list[dict[str, Any]]:
    """Every kind, or one with what is below it: its severity floors, those that hold only with a sign, and the clocks for
    which it is a reason to look. None of these applies before somebody says so.
    """
    rows = []
    for row in taxonomy.public(slug)["kinds"]:
        sure = [scale.floors[id_] for id_ in row["floors"] if id_ in scale.floors]
        rows.append({
            "slug": row["slug"],
            "label": row["label"],
            "parent": row["parent"],
            "sensitive": row["sensitive"],
            "severity": worst(*(floor.severity for floor in sure)) if sure else None,
            "floors": [*(_floor(floor, ()) for floor in sure), *_with_signs(scale, row["slug"])],
            "clocks": [clock.id for clock in going_with(clocks, row["slug"], today)],
            "replaced_by": row["replaced_by"],
        })  # fmt: skip
    return rows


def _with_signs(scale: Scale, slug: str) -> list[dict[str, Any]]:
    return [
        _floor(floor, rule.signs)
        for floor in scale.floors.values()
        for rule in floor.follows
        if not rule.source and (slug in rule.harm or slug.partition(":")[0] in rule.harm)
    ]


def _floor(floor: Floor, signs: tuple[str, ...]) -> dict[str, Any]:
    return {"id": floor.id, "severity": floor.severity, "when": list(signs), "condition": floor.condition}
