"""What one can ask of the authorities a team has written down: find, look up, and check a request against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.authorities import referral as rules
from escalate.domain.authorities.authority import fitting, place_of, places_of
from escalate.domain.incident.rules import labels_for
from escalate.domain.timeline.entry import Draft
from escalate.domain.value import Value
from escalate.errors import NotFound, Usage

if TYPE_CHECKING:
    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Store
    from escalate.domain.authorities.authority import Authorities, Authority


class Wanted(Value):
    """What is looked for; empty: it does not matter. `ref` is the incident it is looked for, if there is one."""

    places: tuple[str, ...] = ()
    harms: tuple[str, ...] = ()
    ref: str = ""


def places_given(places: tuple[str, ...], harms: tuple[str, ...], ref: str = "") -> Wanted:
    """What is looked for on no incident at all. Raises Usage for what is no place."""
    codes = []
    for place in (one for word in places for one in word.split(",")):
        if not (code := place_of(place)):
            raise Usage(f"{place!r} is no place.", hint="A country's two letters, a region behind a hyphen: GB, US-CA.")
        codes.append(code)
    return Wanted(places=tuple(codes), harms=harms, ref=ref)


def wanted(store: Store, incident_id: str, places: tuple[str, ...], harms: tuple[str, ...]) -> Wanted:
    """Places and harms as given; what is not given, as the incident says: its harms, and where its assessments say it
    may be.
    """
    given = places_given(places, harms)
    with store.reading() as look:
        incident = look.incident(incident_id)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    return Wanted(places=given.places or tuple(places_of(incident)), harms=harms or incident.harm, ref=incident.ref)


def found(known: Authorities, what: Wanted) -> list[Authority]:
    return fitting(known.values(), what.places, what.harms)


def check(
    ledger: Ledger, incident_id: str, authority: Authority, *,
    outcome: str, how: str, reference: str = "", labels: frozenset[str] = frozenset(),
) -> tuple[Written, dict[str, Any]]:  # fmt: skip
    """Put on record that whoever says they come from an authority was called back on the number that stands here."""
    event = rules.checked(authority.name, outcome, how, reference)
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        written = record.append(incident, Draft(event=event, labels=labels_for(incident, labels, frozenset())))
        assert written.incident.case is not None
        return written, written.incident.case.checks[-1]
