"""Who may read what in a document: shown, masked, or left out and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.value import Value
from escalate.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster

DEFAULT = "default"
"""The audience of whom nothing is known: it reads neither what is privileged nor what is sensitive."""

MARKINGS = ("TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED")
"""TLP 2.0, the least strict first. Source: https://www.first.org/tlp/"""

RETIRED = {"TLP:WHITE": "TLP:CLEAR"}

SHOWN, MASKED, LEFT_OUT = "shown", "masked", "left-out"


class Audience(Value):
    """`reads` are the labels it may read. A marking (`tlp:…`) is no such label: it says how to handle. `external`: outside
    the organisation.
    """

    name: str = DEFAULT
    title: str = "the default audience"
    reads: frozenset[str] = frozenset()
    external: bool = False


class Withheld(Value):
    """A line of the privilege log: that there is an entry, and the label that keeps it from this audience."""

    seq: int
    kind: str
    recorded_at: datetime
    why: str

    def public(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "kind": self.kind,
            "recorded_at": self.recorded_at.isoformat(),
            "why": self.why,
        }


def audience(name: str, roster: Roster) -> Audience:
    """The default audience, or a team in the roster."""
    slug = name.removeprefix("team:")
    if slug == DEFAULT:
        return Audience()
    team = roster.teams.get(slug)
    if team is None:
        known = ", ".join([DEFAULT, *sorted(roster.teams)])
        raise NotFound(f"There is no audience {name!r}.", hint=f"An audience is a team of the roster: {known}.")
    return Audience(name=slug, title=team.name, reads=team.reads, external=team.external)


def readable(labels: Iterable[str], incident: Incident, audience: Audience) -> str:
    """Whether an entry with these labels is `shown`, `masked` or `left-out`.

    A label that is neither a marking nor `sensitive` names a group that needs to know; what is not known to
    be for this audience is left out.
    """
    if withholding(labels, audience):
        return LEFT_OUT
    return MASKED if masks(labels, incident, audience) else SHOWN


def withholding(labels: Iterable[str], audience: Audience) -> list[str]:
    """The labels that keep an entry from this audience."""
    groups = (label for label in labels if not label.startswith("tlp:") and label != "sensitive")
    return sorted(label for label in groups if label not in audience.reads)


def masks(labels: Iterable[str], incident: Incident, audience: Audience) -> bool:
    """Whether people's own words are hidden: of entry and incident the stricter counts."""
    sensitive = "sensitive" in labels or incident.sensitive or incident.restricted
    return sensitive and "sensitive" not in audience.reads


def strictest(incident: Incident, label_sets: Iterable[Iterable[str]]) -> str:
    """The strictest marking of the incident and of all that is in a document. Unknown ones count as RED."""
    found = {incident.marking.upper()}
    for labels in label_sets:
        found.update(label.upper() for label in labels if label.startswith("tlp:"))
    known = (RETIRED.get(marking, marking) for marking in found)
    return max((marking if marking in MARKINGS else MARKINGS[-1] for marking in known), key=MARKINGS.index)
