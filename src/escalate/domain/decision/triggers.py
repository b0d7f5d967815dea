"""On what a decision is looked at again: words that fire by themselves, checked when they are written, and notes for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.domain.decision.state import MADE, Judgement
from escalate.domain.incident.rules import said
from escalate.domain.incident.severity import at_least, is_level
from escalate.domain.timeline.judgements import DecisionReopened
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.event import Event

SIGHTING = "sighting"
"""A subject of the incident is seen again, here or in another incident."""

SLUG = r"[a-z0-9]+(?:[-_.][a-z0-9]+)*"
KINDS = {
    "severity": (r"sev[0-4]", "severity:SEV1: raised to it or worse"),
    "harm": (rf"{SLUG}(?::{SLUG})?", "harm:cse: it concerns that kind of harm as well"),
    "fact": (r"[a-z0-9]+(?:-[a-z0-9]+)*(?::[a-z0-9-]+)?", "fact:determination: that fact is stated"),
    "clause": (r"[a-z0-9][a-z0-9._-]*", "clause:har-3.2: a newer version takes effect"),
    "subject": (r"s-[0-9a-hjkmnp-tv-z]{4,}", "subject:S-7KQ2: it is seen again"),
    "assessment": (SLUG, "assessment:triage: it is final again"),
}
"""What comes before the colon, what may come after it, and an example of it."""


def read(text: str) -> str:
    """A trigger as it is kept; what is none is a note for people. Raises Usage for what looks like one and is not."""
    words = said(text, "The trigger").strip()
    if words.lower() == SIGHTING:
        return SIGHTING
    kind, colon, name = words.partition(":")
    if not colon or re.search(r"\s", words):
        return words
    kind, name = kind.lower(), name.strip().lower()
    if kind not in KINDS:
        raise Usage(f"There is no trigger {kind!r}.", hint=f"{HINT} A note for people has several words.")
    fits, example = KINDS[kind]
    name = name.partition("@")[0] if kind == "clause" else name.replace("_", "-") if kind == "fact" else name
    if not re.fullmatch(fits, name):
        raise Usage(f"{words!r} is no trigger.", hint=f"As {example}.")
    return f"{kind}:{name.upper() if kind in {'severity', 'subject'} else name}"


HINT = f"As: {'; '.join(example for _fits, example in KINDS.values())}; or {SIGHTING}."


def parts(trigger: str) -> tuple[str, str] | None:
    """Kind and name of a trigger that fires by itself; None for a note."""
    if trigger == SIGHTING:
        return SIGHTING, ""
    kind, colon, name = trigger.partition(":")
    return (kind, name) if colon and kind in KINDS and not re.search(r"\s", trigger) else None


LONGEST = 64


def is_ours(trigger: Any) -> bool:
    """Whether it is a trigger as it is kept, in words of the program, and no note of somebody's own."""
    if not isinstance(trigger, str) or len(trigger) > LONGEST:
        return False
    known = parts(trigger)
    return known is not None and (trigger == SIGHTING or bool(re.fullmatch(KINDS[known[0]][0], known[1].lower())))


def fired(incident: Incident, event: Event) -> list[DecisionReopened]:
    """The decisions that an event takes up again. `incident` is as it leaves it."""
    given: Any = event
    match event.kind:
        case "severity.changed" if given.severity < given.was:
            return _reopened(incident, lambda kind, name: kind == "severity" and _reaches(given.severity, name))
        case "harm.changed":
            new = [slug for slug in given.harm if slug not in given.was]
            return _reopened(incident, lambda kind, name: kind == "harm" and any(_is_of(slug, name) for slug in new))
        case "fact.stated":
            return _reopened(incident, lambda kind, name: kind == "fact" and name == given.name.replace("_", "-"))
        case "assessment.finalised":
            return _reopened(incident, lambda kind, name: kind == "assessment" and name == given.template)
        case "subject.seen":
            seen = [one["subject"] for one in incident.case.sightings] if incident.case else []
            again = seen.count(given.subject) > 1
            return by_subject(incident, given.subject) if again else []
    return []


def by_subject(incident: Incident, handle: str) -> list[DecisionReopened]:
    """After a subject of the incident was seen again, here or elsewhere."""
    return _reopened(incident, lambda kind, name: kind == SIGHTING or (kind == "subject" and name == handle))


def by_clauses(incident: Incident, changed: dict[str, list[datetime]], now: datetime) -> list[DecisionReopened]:
    """After versions of clauses, by their ids, took effect at these moments: of decisions that were made before one."""
    from escalate.domain.instants import from_text

    def since(one: dict[str, Any], clause: str) -> bool:
        return any(from_text(one["at"]) < at <= now for at in changed.get(clause, ()))

    found: dict[str, DecisionReopened] = {}
    for one, clause in _on_clauses(incident):
        if since(one, clause) and one["id"] not in found:
            found[one["id"]] = DecisionReopened(decision=one["id"], because=f"clause:{clause}")
    return [*found.values()]


def watched_clauses(incident: Incident) -> set[str]:
    return {clause for _one, clause in _on_clauses(incident)}


def _on_clauses(incident: Incident) -> Iterator[tuple[dict[str, Any], str]]:
    """Every clause that a decision that stands waits for."""
    for one in (incident.judgement or Judgement()).decisions.values():
        named = [known for on in _texts(one["review_on"]) if one["state"] == MADE and (known := parts(on))]
        yield from ((one, name) for kind, name in named if kind == "clause")


def _reopened(incident: Incident, fires: Any) -> list[DecisionReopened]:
    return [DecisionReopened(decision=one["id"], because=trigger) for one, trigger in _waiting(incident, fires)]


def _waiting(incident: Incident, fires: Any) -> list[tuple[dict[str, Any], str]]:
    """Of the decisions that stand, each with the first of its triggers that fires."""
    made = (incident.judgement or Judgement()).decisions.values()
    found = []
    for one in made:
        hit = next((on for on in _texts(one["review_on"]) if (known := parts(on)) and fires(*known)), None)
        if one["state"] == MADE and hit is not None:
            found.append((one, hit))
    return found


def _texts(triggers: Any) -> Iterable[str]:
    """What came from elsewhere need not have the shape that is written here."""
    return (on for on in triggers if isinstance(on, str)) if isinstance(triggers, list) else ()


def _reaches(level: str, trigger: str) -> bool:
    return is_level(trigger) and at_least(level, trigger)


def _is_of(slug: str, name: str) -> bool:
    return slug == name or slug.startswith(f"{name}:")
