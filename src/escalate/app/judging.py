"""What one can ask of severity: how it comes about, on no incident at all, or for one as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.incident import scoring
from escalate.domain.incident.scoring import CONFIDENCES, HIGHEST, Facts, Judgement, Match, Rating, Scale
from escalate.errors import Misconfigured, NotFound

if TYPE_CHECKING:
    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.incident.taxonomy import Taxonomy

TRIAGE = "triage"
"""The assessment that rates axes and names floors; `templates/assessments/triage.toml` has its fields."""


def explain(scale: Scale, given: Judgement) -> dict[str, Any]:
    """How the severity of what is given comes about."""
    return {**scoring.explain(scale, given), "notes": []}


def explain_incident(
    store: Store, incident_id: str, scale: Scale, taxonomy: Taxonomy, given: Judgement
) -> dict[str, Any]:
    """The same for an incident: what its fields and its triage say, and over it what is given."""
    with store.reading() as look:
        incident = look.incident(incident_id)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    notes: list[str] = []
    assessed = _assessed(scale, incident, notes)
    floors = (*given.floors, *floors_of(scale, taxonomy, incident), *assessed.floors)
    whole = Judgement(
        ratings={**assessed.ratings, **given.ratings},
        floors=floors,
        confidence=given.confidence or assessed.confidence,
    )
    return {
        **scoring.explain(scale, whole),
        "notes": notes,
        "ref": incident.ref,
        "stands": incident.severity,
        "provisional": incident.provisional,
        "taxonomy": taxonomy.name,
    }


def floors_of(scale: Scale, taxonomy: Taxonomy, incident: Incident) -> list[Match]:
    """The floors that follow from what an incident says in its fields; raises Misconfigured where taxonomy and scale
    do not fit together.
    """
    facts = facts_of(incident)
    found = scoring.following(scale, facts)
    for slug, where in facts.harms.items():
        for floor in taxonomy.floors(slug):
            if floor not in scale.floors:
                raise Misconfigured(
                    f"The taxonomy {taxonomy.name} gives {slug} the floor {floor}; the severity scale {scale.name} "
                    "has no such floor.",
                    hint="Mend one of the two: escalate taxonomy; escalate severity explain --floor F1",
                )
            found.append(Match(id=floor, why=f"harm {slug} ({where}), by the taxonomy {taxonomy.name}"))
    return [*found, *_short_clocks(scale, incident)]


SHORT = 24
"""Hours of a legal clock that is short by the floor F7; one for which the law names no number is as well."""


def _short_clocks(scale: Scale, incident: Incident) -> list[Match]:
    if incident.clocks is None or "F7" not in scale.floors:
        return []
    rows = [one.clock for one in incident.clocks.pending(incident) if one.clock]
    short = [row for row in rows if row.n is None or (row.unit == "hours" and row.n <= SHORT)]
    return [Match(id="F7", why=f"clock {row.id} runs: {row.period}, {row.qualifier}") for row in short]


def facts_of(incident: Incident) -> Facts:
    """What was said when it was opened, and what its triage answers; both count, the worse is assumed."""
    opened = "as opened"
    harms = dict.fromkeys(incident.harm, opened)
    flags = (("imminent", incident.imminent), ("child", incident.child), ("ongoing", incident.ongoing))
    signs = {sign: opened for sign, is_so in flags if is_so}
    sources = {incident.source: opened} if incident.source else {}
    answers, where = _triage(incident)
    for field in ("harm_primary", "harm_secondary"):
        said = answers.get(field)
        for slug in said if isinstance(said, list) else [said]:
            if isinstance(slug, str):
                harms.setdefault(slug, where)
    for field, sign in (("imminent", "imminent"), ("child_involved", "child"), ("ongoing", "ongoing")):
        if answers.get(field) is True:
            signs.setdefault(sign, where)
    if isinstance(reporter := answers.get("reporter_class"), str):
        sources.setdefault(reporter, where)
    return Facts(harms=harms, signs=signs, sources=sources)


def _triage(incident: Incident) -> tuple[dict[str, Any], str]:
    """The newest answers, and what to call them."""
    standing = incident.assessments.get(TRIAGE)
    if standing is None:
        return {}, ""
    return standing["answers"], f"{standing['status']} triage, entry {standing['seq']}"


def _assessed(scale: Scale, incident: Incident, notes: list[str]) -> Judgement:
    answers, where = _triage(incident)
    ratings = {}
    for key in scale.axes:
        value = answers.get(f"axis_{key.lower()}")
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= HIGHEST:
            notes.append(f"The triage answers axis {key} with what is no value from 0 to {HIGHEST}; it is not counted.")
        else:
            ratings[key] = Rating(value=value, origin=where)
    named = answers.get("floors")
    floors = []
    for floor in named if isinstance(named, list) else []:
        if floor in scale.floors:
            floors.append(Match(id=floor, why=f"named in the {where}"))
        else:
            notes.append(f"The triage names the floor {floor}, which the scale {scale.name} does not have.")
    sure = answers.get("confidence")
    level = sure.get("level") if isinstance(sure, dict) else None
    return Judgement(ratings=ratings, floors=tuple(floors), confidence=level if level in CONFIDENCES else "")
