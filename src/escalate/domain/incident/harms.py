"""Which kinds of harm an incident concerns, which of them leads, and how they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.judgements import HarmChanged

TRIAGE = "triage"
"""The assessment that says which harms there are."""


def leading(harms: tuple[str, ...], primary: str | None) -> str | None:
    """The one that leads: the one that was named, else the first. Raises Usage where it is not one of them."""
    if primary is None:
        return harms[0] if harms else None
    if primary not in harms:
        raise Usage(
            f"{primary} would lead, and is not one of the harms given.",
            hint=f"Given: {', '.join(harms)}. Give it as well." if harms else "Give it as a harm as well.",
        )
    return primary


def ordered(incident: Incident) -> list[str]:
    """The one that leads first."""
    return sorted(incident.harm, key=lambda slug: slug != incident.primary)


def named(incident: Incident) -> str:
    """`life (leads), har`: for one line."""
    many = len(incident.harm) > 1 and incident.primary
    return ", ".join(f"{slug} (leads)" if many and slug == incident.primary else slug for slug in ordered(incident))


def change(
    incident: Incident, harms: tuple[str, ...], primary: str | None, taxonomy: str, why: str
) -> list[HarmChanged]:
    """The harms as they are from here on; nothing where they are so already."""
    from escalate.domain.incident.rules import said
    from escalate.domain.timeline.judgements import HarmChanged

    harms = tuple(dict.fromkeys(harms))
    if not harms:
        raise Usage(
            "Which kinds of harm?", hint="All there are from now on, as: escalate harm set life har --primary life"
        )
    leads = leading(harms, primary)
    assert leads is not None
    if set(harms) == set(incident.harm) and leads == incident.primary and taxonomy == incident.taxonomy:
        return []
    return [
        HarmChanged(
            harm=list(harms), primary=leads, was=list(incident.harm), taxonomy=taxonomy, why=said(why, "The reason")
        )
    ]


def assessed(incident: Incident) -> tuple[list[str], str | None] | None:
    """The harms that the final triage names, and the one that leads there, where they are others than the incident's."""
    standing = incident.assessments.get(TRIAGE)
    if standing is None or standing["status"] != "final":
        return None
    answers: dict[str, Any] = standing["answers"]
    first, others = answers.get("harm_primary"), answers.get("harm_secondary")
    leads = first if isinstance(first, str) else None
    found = [
        one for one in (leads, *(others if isinstance(others, list) else [others])) if isinstance(one, str) and one
    ]
    found = list(dict.fromkeys(found))
    same = set(found) == set(incident.harm) and leads in {None, incident.primary or (incident.harm or (None,))[0]}
    return None if not found or same else (found, leads)


def proposed(incident: Incident) -> str:
    """The command that would make the incident's harms those of its final triage; empty where they are."""
    other = assessed(incident)
    if other is None:
        return ""
    found, leads = other
    return f"escalate harm set {' '.join(found)} {incident.ref}{f' --primary {leads}' if leads else ''} --why …"
