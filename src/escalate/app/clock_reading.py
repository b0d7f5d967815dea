"""What one can ask of an incident's clocks: which run and until when, which might apply, and all of them as a calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.app.exchange import Appointment, Calendar
from escalate.app.judging import TRIAGE, facts_of
from escalate.app.running_clocks import standing_on
from escalate.domain.clocks import suggest
from escalate.domain.clocks.standing import reckon
from escalate.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from escalate.app.clocks import ClockLibrary
    from escalate.app.ports import Store
    from escalate.domain.clocks.library import LegalClock
    from escalate.domain.clocks.standing import Reckoned
    from escalate.domain.clocks.suggest import Suggestion
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster

AN_HOUR = timedelta(hours=1)


def clocks_of(store: Store, incident_id: str) -> tuple[Incident, list[Reckoned]]:
    """All that anybody said something of, those that run first."""
    with store.reading() as look:
        incident = look.incident(incident_id)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    return incident, incident.clocks.reckoned(incident) if incident.clocks else []


def one_of(store: Store, incident_id: str, id_: str) -> tuple[Incident, Reckoned]:
    incident, _ = clocks_of(store, incident_id)
    return incident, reckon(standing_on(incident, id_), incident.facts)


def suggested(
    store: Store,
    incident_id: str,
    library: ClockLibrary,
    now: datetime,
    *,
    roles: Sequence[str] = (),
    places: Sequence[str] = (),
) -> tuple[Incident, list[Suggestion]]:
    """Those that might apply, each with why. What is given stands in the place of what the roster says."""
    incident, _ = clocks_of(store, incident_id)
    with store.reading() as look:
        roster = look.roster()
    known = library.all()
    facts = facts_of(incident)
    asked = suggest.Asked(
        harms=facts.harms,
        signs=facts.signs,
        roles=_roles(roles, roster),
        places=_places(places, roster, incident, known),
        facts=frozenset(incident.facts),
        named=_named(incident),
    )
    return incident, suggest.suggest(known, asked, incident.clocks, now.date())


def _roles(given: Sequence[str], roster: Roster) -> dict[str, str]:
    if given:
        return dict.fromkeys(suggest.roles_of(given), "as given")
    return dict.fromkeys(roster.clocks.roles, "by the roster")


def _places(given: Sequence[str], roster: Roster, incident: Incident, rows: Sequence[LegalClock]) -> dict[str, str]:
    """Where the organisation is and where it happened both count."""
    if given:
        return dict.fromkeys(suggest.places_of(given, rows), "as given")
    places = dict.fromkeys(roster.clocks.jurisdictions, "by the roster")
    for field in ("jurisdictions", "jurisdiction_guess"):
        for place in _words(incident, field):
            places.setdefault(place, "by the triage")
    return places


def _named(incident: Incident) -> dict[str, str]:
    return {word.strip().lower(): "by the triage" for word in _words(incident, "candidate_clocks")}


def _words(incident: Incident, field: str) -> list[str]:
    answers: dict[str, Any] = incident.assessments.get(TRIAGE, {}).get("answers", {})
    said = answers.get(field)
    return [word for word in said if isinstance(word, str)] if isinstance(said, list) else []


def calendar(store: Store, incident_id: str, now: datetime) -> Calendar:
    """What is due, each in the hour before it. Calendars are synchronised to where anybody may look: of an incident that is
    guarded they do not say which clock it is.
    """
    incident, found = clocks_of(store, incident_id)
    guarded = incident.sensitive or incident.restricted
    made = []
    for one in found:
        moments = {"strict deadline": one.due, "internal target, not law": one.deadline.target}
        name = "a legal clock" if guarded else one.id
        for what, at in moments.items():
            if at is not None and one.is_pending:
                made.append(
                    Appointment(
                        uid=f"{_uid(f'{incident.id}/{one.id}/{what.split(maxsplit=1)[0]}', guarded=guarded)}@escalate",
                        summary=f"{incident.name}: {name}, {what}",
                        description="" if guarded else _description(one),
                        start=at - AN_HOUR,
                        end=at,
                    )
                )
    made.sort(key=lambda each: (each.end, each.uid))
    return Calendar(name=f"{incident.name}: legal clocks", made_at=now, appointments=tuple(made))


def _uid(name: str, *, guarded: bool) -> str:
    """The same each time; of what is guarded, nothing can be read in it."""
    from hashlib import sha256

    return sha256(name.encode()).hexdigest()[:32] if guarded else name


def _description(one: Reckoned) -> str:
    if one.clock is None:
        return ""
    row = one.clock
    unsure = f" {row.confidence}." if one.is_unconfirmed else ""
    return f"{row.regime}, to {row.recipient}. {row.cite}.{unsure} Arithmetic, not legal advice."
