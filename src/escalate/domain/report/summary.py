"""One page for somebody who has a minute: decisions first, and plainly what is not known.

Every text has its own limit of words, so that the page stays within about 350 whatever was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.incident.harm import HARMS
from escalate.domain.incident.harms import ordered
from escalate.domain.report import concerned
from escalate.domain.report.decided import impact, needed
from escalate.domain.report.facts import lasting
from escalate.domain.report.judgement import latest

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.report.judgement import Answer
    from escalate.domain.report.material import Material

SOURCES = {
    "user": "a user's report",
    "classifier": "a classifier",
    "hash": "a hash match",
    "staff": "staff",
    "press": "the press",
    "authority": "an authority",
    "red-team": "a red team",
}


def in_brief(material: Material, now: datetime) -> dict[str, Any]:
    """The parts of an executive summary. What nobody has written is empty, and the page says so in words."""
    incident = material.incident
    found = material.judgements
    bluf = latest(found, "bluf")
    affected = latest(found, "affected", "who_is_affected", "people_affected", "impact")
    return {
        "bottom_line": _short(bluf[1], 60) if bluf else "",
        "bottom_line_from": f"{bluf[0].template}, {bluf[0].status}" if bluf else "",
        **_decisions(material),
        "impact": [words(one, 14) for one in impact(material)[:3]],
        "scene": scene(material),
        "affected": _short(affected[1], 20) if affected else "",
        "headline": words(incident.title, 15) if not incident.sensitive else "",
        "done": [*_done(material), *concerned.in_brief(material, now)],
        "missed": [f"{one.name} via {one.via}" for one in material.told if one.missed][:3],
        "missed_count": sum(one.missed for one in material.told),
        "next_update": _first(material, 6, "next_update", "review_by"),
        "exposure": _first(material, 15, "exposure"),
        "confidence": _first(material, 12, "confidence"),
        "unknowns": _some(material, "unknowns", 3, 7),
        "owner": _owner(material),
        "open_pages": len(incident.unacknowledged),
    }


def naming(material: Material, actor: str) -> str:
    """What people call an actor or target: `alice` and `person:alice` by name, `os:root` as it is."""
    kind, colon, name = actor.partition(":")
    if not colon:
        return material.names(f"person:{actor}")
    if kind in {"person", "team"}:
        return material.names(actor)
    return f"policy {name}" if kind == "policy" else actor


def words(text: str, limit: int) -> str:
    """At most `limit` words."""
    given = text.split()
    return " ".join(given) if len(given) <= limit else " ".join(given[:limit]) + " …"


def scene(material: Material) -> list[str]:
    """What happened, in neutral sentences made from facts alone."""
    incident = material.incident
    kinds = list(dict.fromkeys(HARMS.get(slug.partition(":")[0], slug) for slug in ordered(incident)))[:3]
    about = f" It concerns: {', '.join(kinds)}." if kinds else " The kind of harm has not been recorded."
    source = f" after {SOURCES.get(incident.source, incident.source)}" if incident.source else ""
    opened = f"{incident.ref} was opened on {stamp(incident.opened_at)}{source}.{about}"
    flags = [
        text
        for flag, text in (
            (incident.imminent, "harm may be imminent"),
            (incident.child, "a child may be involved"),
            (incident.ongoing, "it was going on"),
        )
        if flag
    ]
    sentences = [opened]
    if flags:
        sentences.append(f"As first reported, {', '.join(flags)}.")
    return [*sentences, _milestones(material)]


def _milestones(material: Material) -> str:
    incident = material.incident
    started = incident.milestone("impact-started")
    parts, missing = [], []
    for verb in ("detected", "mitigated", "resolved"):
        at = incident.milestone(verb)
        if at is None:
            missing.append(verb)
        elif started is None:
            parts.append(f"{verb} {stamp(at)}")
        else:
            after = round((at - started).total_seconds())
            parts.append(f"{verb} {lasting(abs(after))} {'later' if after >= 0 else 'earlier'}")
    parts += [f"not recorded as {' or '.join(missing)}"] if missing else []
    start = f"Impact started {stamp(started)}" if started else "When the impact started is not recorded"
    return f"{start}; {', '.join(parts)}."


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%MZ}"


ROWS = 3
"""Decisions on one page; of assessments, those of the two that count most."""


def _decisions(material: Material) -> dict[str, Any]:
    """What people were asked to decide, first, and then what assessments ask for."""
    asked = [
        {**row, "who": words(row["who"], 6), "text": words(row["text"], 15),
         "options": [words(option, 5) for option in row["options"][:3]]}
        for row in needed(material)
    ]  # fmt: skip
    rows = [*asked, *_assessed(material)]
    return {"decisions": rows[:ROWS], "decisions_more": max(len(asked) - ROWS, 0)}


def _assessed(material: Material) -> list[dict[str, Any]]:
    found = []
    for one in material.judgements:
        asked, advice = one.get("decision_needed_from"), one.starting("recommendation")
        options = one.get("options_considered", "options")
        if not (asked or advice or options):
            continue
        dissent = one.get("dissent")
        found.append(
            {
                "text": "",
                "who": words(_whom(material, asked), 6) if asked else "",
                "by": words(one.answers["review_by"].text, 4) if "review_by" in one.answers else "",
                "recommendation": words("; ".join(_advice(answer) for answer in advice if _advice(answer)), 15),
                "recommendation_masked": any(answer.masked for answer in advice),
                "options": [words(item, 5) for item in options.leads[:3]] if options and not options.masked else [],
                "option_count": options.count if options else 0,
                "dissent": dissent.count if dissent else 0,
                "from": f"{one.template}, {one.status}",
            }
        )
    return found[:2]


def _advice(answer: Answer) -> str:
    """What is recommended, with the first reason; of masked advice what to do alone."""
    return ", ".join(answer.leads) if answer.masked or len(answer.leads) > 1 else answer.text.partition(" (")[0]


def _whom(material: Material, asked: Answer) -> str:
    """People and teams by name; what is not in the roster as it was given."""
    return ", ".join(naming(material, one) if " " not in one else one for one in asked.items)


def _done(material: Material) -> list[str]:
    """What was done, counted: from pages, messages, runbooks and steps, not from what was meant."""
    incident = material.incident
    pages = [page for page in incident.pages.values() if not page.test]
    said = []
    if pages:
        answered = [page for page in pages if page.state == "acknowledged"]
        said.append(f"{_count(len(pages), 'page')} sent out, {len(answered)} acknowledged")
    reached = {one.name for one in material.told if one.reached and one.to.startswith("team:")}
    if reached:
        said.append(f"Messages sent to {', '.join(sorted(reached)[:4])}")
    for name, book in list(incident.runbooks.items())[:2]:
        skipped = f", {len(book['skipped'])} skipped" if book["skipped"] else ""
        said.append(f"Runbook {name}: {len(book['done'])} of {_count(len(book['steps']), 'step')} done{skipped}")
    if incident.ticket:
        said.append(f"Ticket {incident.ticket} opened")
    return said


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _owner(material: Material) -> str:
    roles = material.incident.roles
    if roles:
        role, person = next(iter(roles.items()))
        return f"{naming(material, person)} ({role})"
    return ""


def _first(material: Material, limit: int, *names: str) -> str:
    found = latest(material.judgements, *names)
    return _short(found[1], limit) if found else ""


def _some(material: Material, name: str, most: int, limit: int) -> list[str]:
    """Some items of an answer; where they are masked, only how many there are."""
    found = latest(material.judgements, name)
    if found is None:
        return []
    if found[1].masked:
        return [f"{found[1].count} recorded, masked for this audience"]
    return [words(item, limit) for item in found[1].items[:most]]


def _short(answer: Answer, limit: int) -> str:
    return words(answer.text, limit)
