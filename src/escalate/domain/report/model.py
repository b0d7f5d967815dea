"""A document before it is laid out: plain values for a template, and the same as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.incident.harm import HARMS
from escalate.domain.incident.harms import ordered
from escalate.domain.incident.state import MILESTONES
from escalate.domain.report import concerned
from escalate.domain.report.decided import Decided, in_full
from escalate.domain.report.duties import duties, sentence
from escalate.domain.report.facts import GAP, lasting
from escalate.domain.report.summary import in_brief, naming, scene
from escalate.domain.report.told import MEANS
from escalate.domain.timeline.words import free_text, mask
from escalate.domain.value import plain

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from escalate.domain.incident.state import Incident
    from escalate.domain.report.judgement import Judgement
    from escalate.domain.report.material import Material
    from escalate.domain.timeline.corrections import Line

LATE = timedelta(minutes=10)
"""What was recorded later than this after it happened is shown as such."""

DURATIONS = {
    "detect": "To detect, from the start of impact",
    "acknowledge": "To acknowledge, from the first page",
    "mitigate": "To mitigate, from the start of impact",
    "resolve": "To resolve, from the start of impact",
    "respond_mitigate": "To mitigate, from opening",
    "respond_resolve": "To resolve, from opening",
}


def values(material: Material, kind: str, zone: tzinfo, now: datetime) -> dict[str, Any]:
    """What a template of a `report` or `summary` is filled with; nothing in it is escaped yet."""
    incident = material.incident
    shared: dict[str, Any] = {
        "kind": kind,
        "drill": incident.drill,
        "marking": material.marking,
        "audience": material.audience.title,
        "privileged": material.privileged,
        "ref": incident.ref,
        "code_name": incident.code_name,
        "title": incident.title,
        "sensitive": incident.sensitive,
        "status": incident.status,
        "severity": incident.severity,
        "provisional": incident.provisional,
        "peak_severity": incident.peak_severity,
        "harms": harms(incident),
        "opened_at": incident.opened_at,
        "opened_by": naming(material, incident.opened_by),
        "head": incident.head.short,
        "made_at": now,
        "zone": zone,
        "zone_name": str(zone),
        "roles": [{"role": role, "person": naming(material, person)} for role, person in incident.roles.items()],
        "duties": [sentence(one) for one in duties(incident)],
        "left_out": [withheld.plain() | {"recorded_at": withheld.recorded_at} for withheld in material.withheld],
        "masked": sum(line.is_masked and free_text(line.event) for line in material.lines),
    }
    if kind == "summary":
        return shared | in_brief(material, now)
    return shared | _in_full(material) | concerned.in_full(material, now)


def harms(incident: Incident) -> list[str]:
    """The one that leads first, and marked where there are others of another first level."""
    found = list(dict.fromkeys(HARMS.get(slug.partition(":")[0], slug) for slug in ordered(incident)))
    return [f"{found[0]} (leads)", *found[1:]] if len(found) > 1 and incident.primary else found


def _in_full(material: Material) -> dict[str, Any]:
    incident = material.incident
    gaps = {gap.seq: lasting(round(gap.length.total_seconds())) for gap in material.gaps}
    return {
        "scene": scene(material),
        "facts": _facts(material),
        "durations": [
            {"label": DURATIONS[name], "text": lasting(seconds) if seconds is not None else ""}
            for name, seconds in material.durations.items()
        ],
        "severities": [
            {"at": line.at, "precision": line.precision, "text": line.text}
            for line in material.lines
            if line.kind == "severity.changed"
        ],
        "timeline": [_row(line, gaps.get(line.seq, ""), material) for line in material.lines],
        "gap_limit": lasting(round(GAP.total_seconds())),
        "imported": material.imported,
        "judgements": [_judgement(one, material) for one in material.judgements],
        **in_full(material),
        "pages": _pages(material),
        "told": [
            {
                "name": one.name,
                "via": one.via,
                "state": one.state,
                "means": MEANS.get(one.state, one.state),
                "at": one.at,
                "attempts": one.attempts,
                "missed": one.missed,
            }
            for one in material.told
        ],
        "runbooks": _runbooks(material),
        "disposition": (incident.disposition or "").replace("-", " "),
        "worst": incident.worst or "",
        "duplicate_of": incident.duplicate_of or "",
        "ticket": incident.ticket or "",
        "ticket_link": incident.ticket_link or "",
        "contributors": list(
            dict.fromkeys(naming(material, line.entry.actor) for line in sorted(material.lines, key=_seq))
        ),
    }


def _seq(line: Line) -> int:
    return line.seq


def _facts(material: Material) -> list[dict[str, Any]]:
    """The milestones first, in their order; then what else was stated."""
    stated = material.facts()
    order = [name for name in MILESTONES if name in stated] + [n for n in stated if n not in MILESTONES]
    return [{"name": name} | stated[name] | {"by": naming(material, stated[name]["by"])} for name in order]


def _row(line: Line, gap: str, material: Material) -> dict[str, Any]:
    event: Any = line.event
    late = line.entry.recorded - line.at
    return {
        "seq": line.seq,
        "kind": line.kind,
        "at": line.at,
        "precision": line.precision,
        "late": lasting(round(late.total_seconds())) if late > LATE and not material.imported else "",
        "actor": naming(material, line.entry.actor),
        "author": (getattr(event, "author", None) or "") if not line.is_masked else "",
        "tag": getattr(event, "tag", None) or "",
        "approximate": bool(getattr(event, "approximate", False)),
        "text": line.text,
        "masked": line.is_masked,
        "corrected_by": line.corrected_by,
        "labels": sorted(line.labels),
        "gap": gap,
    }


def _judgement(one: Judgement, material: Material) -> dict[str, Any]:
    return {
        "template": one.template,
        "version": one.version,
        "final": one.final,
        "by": naming(material, one.by),
        "seq": one.seq,
        "answers": [
            {"label": answer.label, "items": answer.items, "masked": answer.masked}
            for answer in one.answers.values()
            if answer.items
        ],
    }


def _pages(material: Material) -> list[dict[str, Any]]:
    return [
        {
            "number": page.number,
            "target": naming(material, page.target),
            "policy": page.policy.name,
            "state": page.state,
            "waiting": page.waiting,
            "test": page.test,
            "opened_at": page.opened_at,
            "paged": [naming(material, person) for person in page.paged],
            "acknowledged_by": naming(material, page.acknowledged_by) if page.acknowledged_by else "",
            "acknowledged_at": page.acknowledged_at,
            "second_hand": page.second_hand,
            "declined": [naming(material, person) for person in page.declined],
        }
        for page in material.incident.pages.values()
    ]


def _runbooks(material: Material) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "steps": [
                {
                    "text": step,
                    "state": "done" if number in book["done"] else "skipped" if number in book["skipped"] else "open",
                }
                for number, step in enumerate(book["steps"], start=1)
            ],
            "done": len(book["done"]),
            "skipped": len(book["skipped"]),
        }
        for name, book in material.incident.runbooks.items()
    ]


def data(material: Material, kind: str, now: datetime) -> dict[str, Any]:
    """The document as JSON, for the same audience."""
    incident = material.incident
    public = incident.public()
    public["title"] = incident.title or "[masked]"
    facts = {name: fact | {"at": fact["at"].isoformat()} for name, fact in material.facts().items()}
    whole: dict[str, Any] = {
        "kind": kind,
        "drill": incident.drill,
        "marking": material.marking,
        "audience": {"name": material.audience.name, "title": material.audience.title},
        "made_at": now.isoformat(),
        "head": {"seq": incident.head.seq, "digest": incident.head.digest, "short": incident.head.short},
        "incident": public,
        "facts": facts,
        "durations": material.durations,
        "people_told": [plain(one) | {"at": one.at.isoformat(), "reached": one.reached} for one in material.told],
        "pages": [
            page | {name: page[name].isoformat() if page[name] else None for name in ("opened_at", "acknowledged_at")}
            for page in _pages(material)
        ],
        "assessments": [_judgement(one, material) for one in material.judgements],
        **Decided(material).data(),
        **concerned.data(material, now),
        "clocks": duties(incident),
        "left_out": [withheld.public() for withheld in material.withheld],
    }
    if kind == "summary":
        return whole | {"summary": plain(in_brief(material, now))}
    return whole | {
        "gaps": [
            {"before": gap.seq, "since": gap.since.isoformat(), "seconds": round(gap.length.total_seconds())}
            for gap in material.gaps
        ],
        "timeline": [_public(line, material) for line in material.lines],
    }


def _public(line: Line, material: Material) -> dict[str, Any]:
    """An entry's JSON; answers of an assessment are masked one by one."""
    public = line.public()
    answers = (public["body"] or {}).get("answers")
    if line.is_masked or not isinstance(answers, dict) or "sensitive" in material.audience.reads:
        return public
    kept = {
        answer.name for one in material.judgements if one.template == public["body"].get("template")
        for answer in one.answers.values() if not answer.masked
    }  # fmt: skip
    hidden = {name: value if name in kept else _hidden(value) for name, value in answers.items()}
    return public | {"body": public["body"] | {"answers": hidden}}


def _hidden(value: Any) -> Any:
    from escalate.domain.report.judgement import in_words

    return mask(in_words(value)) if value not in (None, "", []) else value
