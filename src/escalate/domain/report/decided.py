"""What was asked, decided, done and counted, as far as the audience of a document may read it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from escalate.domain.decision import shown
from escalate.domain.decision.state import Judgement

if TYPE_CHECKING:
    from escalate.domain.report.material import Material

MASKED = "masked for this audience"


class Decided:
    """The state of the incident holds every word; what stands here holds what the audience may read."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._incident = material.incident
        self._readable = {line.seq for line in material.lines if not line.is_masked}
        judgement = material.incident.judgement or Judgement()
        self.decisions = self._public(shown.DECISION, judgement.decisions.values())
        self.actions = self._public(shown.ACTION, judgement.actions.values())
        self.questions = self._public(shown.QUESTION, judgement.questions.values())
        self.impacts = [self._public(shown.IMPACT, series) for series in judgement.impacts.values()]
        self.approvals = [
            shown.approval(one, self._incident, hide=self.masked(one)) for one in judgement.approvals.values()
        ]

    def masked(self, one: dict[str, Any]) -> bool:
        return self._hidden(one["seq"])

    def _hidden(self, seq: int) -> bool:
        return seq not in self._readable

    def _public(self, kind: str, all_: Any) -> list[dict[str, Any]]:
        return [shown.public(kind, one, self._incident, hide=self.masked(one), masked=self._hidden) for one in all_]

    def data(self) -> dict[str, Any]:
        """For the document as JSON."""
        return {
            "decisions": self.decisions,
            "approvals": self.approvals,
            "questions": self.questions,
            "actions": self.actions,
            "impact": [one for series in self.impacts for one in series],
        }


def minute(text: str | None) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}Z" if text else ""


def number(one: dict[str, Any]) -> str:
    low, high = one["low"], one["high"]
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def needed(material: Material) -> list[dict[str, Any]]:
    """What somebody must decide now, the late first: questions, second persons, decisions to be taken up again."""
    from escalate.domain.report.summary import naming

    found = Decided(material)
    rows = []
    for one in found.questions:
        if one["state"] != "open":
            continue
        hide = found.masked(one)
        best = one["options"][one["recommend"] - 1] if _counts(one) and not hide else ""
        text = f"a question is recorded, {MASKED}" if hide else one["question"].rstrip("?!. ")
        rows.append({
            **_row(naming(material, f"person:{one['person']}"), one, f"question {one['id']}"),
            "text": text + (f", recommended: {best}" if best else ""),
            "options": [] if hide else one["options"],
            "option_count": len(one["options"]),
        })  # fmt: skip
    for one in found.approvals:
        if one["state"] not in {"pending", "to-review"}:
            continue
        text = f"review what one person did alone: {one['what']}" if one["broken"] else one["what"]
        rows.append({**_row("A second person", one, f"approval {one['id']}"), "text": text})
    for one in found.decisions:
        if one["state"] == "reopened":
            again = {**_row(naming(material, one["by"]), one, f"decision {one['id']}"), "by": ""}
            rows.append({**again, "text": "decide again; it was reopened"})
    return sorted(rows, key=lambda row: not row["late"])


def _counts(one: dict[str, Any]) -> bool:
    return isinstance(one["recommend"], int) and 0 < one["recommend"] <= len(one["options"])


def _row(who: str, one: dict[str, Any], origin: str) -> dict[str, Any]:
    late = bool(one.get("late"))
    return {
        "who": who, "by": f"{minute(one.get('due'))}{', late' if late else ''}", "late": late, "recommendation": "",
        "recommendation_masked": False, "options": [], "option_count": 0, "dissent": 0, "from": origin,
    }  # fmt: skip


def impact(material: Material) -> list[str]:
    """The latest number of each measure, as of when, and how sure."""
    latest = [series[-1] for series in Decided(material).impacts if series]
    return [
        f"{number(one)} {one['measure']} as of {minute(one['as_of'])} ({one['confidence']} confidence)"
        for one in latest
    ]


def in_full(material: Material) -> dict[str, Any]:
    """For the report: every number, decision, second person and action."""
    from escalate.domain.report.summary import naming

    found = Decided(material)
    return {
        "impacts": [
            {"measure": one["measure"], "number": number(one), "as_of": minute(one["as_of"]), "basis": one["basis"],
             "confidence": one["confidence"], "by": naming(material, one["by"])}
            for series in found.impacts for one in reversed(series)
        ],
        "needed": needed(material),
        "made": [_made(one, material) for one in found.decisions],
        "two_people": [
            {"id": one["id"], "what": one["what"], "state": one["state"].replace("-", " "), "broken": one["broken"],
             "by": naming(material, one["by"]), "why": one["why"], "said": one["decided_why"],
             "other": naming(material, one["decided_by"]) if one["decided_by"] else ""}
            for one in found.approvals
        ],
        "actions": [
            {"id": one["id"], "what": one["what"].replace("_", "-"), "by": naming(material, one["by"]),
             "from": minute(one["start"] or one["at"]), "until": minute(one["end"]), "said": _about(one)}
            for one in found.actions
        ],
    }  # fmt: skip


def _made(one: dict[str, Any], material: Material) -> dict[str, Any]:
    """A decision, and what is asked about it later, each with its label."""
    from escalate.domain.report.summary import naming

    review = [minute(one["review_at"]), *(f"on {trigger}" for trigger in one["review_on"])]
    said = {
        "Because": one["reasons"],
        "Considered": "; ".join(_words(option) for option in one["options"]),
        "Clause": one["clause"] or "",
        "Elements": "; ".join(_words(element) for element in one["elements"]),
        "Threshold": one["threshold"] or "",
        "Dissent": "; ".join(_words(each) for each in one["dissent"]),
        "To be looked at again": ", ".join(filter(None, review)),
        "Reopened": "; ".join(f"{minute(each['at'])}: {each['because']}" for each in one["reopened"]),
        "Decided again as": one["superseded_by"] or "",
    }
    marks = [f"not to make a {one['declines']}" if one["declines"] else "", one["answers"] or "", one["approval"] or ""]
    return {
        "id": one["id"],
        "state": one["state"],
        "marks": ", ".join(filter(None, marks)),
        "question": one["question"],
        "choice": one["choice"],
        "by": naming(material, one["by"]),
        "at": minute(one["at"]),
        "said": [{"label": label, "text": text} for label, text in said.items() if text],
    }


def _words(row: Any) -> str:
    """`intent: met (evidence: #3)`; the first member leads."""
    if not isinstance(row, dict):
        return str(row)
    leads = [name for name in LEADS if name in row]
    more = ", ".join(f"{name.replace('_', ' ')}: {row[name]}" for name in row if name not in leads)
    return ": ".join(str(row[name]) for name in leads) + (f" ({more})" if more else "")


LEADS = ("option", "element", "person", "met", "view")
"""Members that say what a row is; the others say more about it."""


def _about(one: dict[str, Any]) -> str:
    said = [
        one["scope"],
        f"ground {one['ground']}" if one["ground"] else "",
        one["clause"] or "",
        one["decision"] or "",
    ]
    said += [f"{one['count']:,} accounts or items" if one["count"] is not None else ""]
    said += [f"{' and '.join(one['automated'])} automated" if one["automated"] else ""]
    said += [f"user notice {one['notice']}" if one["notice"] else "", one["approval"] or ""]
    said += [f"reverses {one['reverses']}" if one["reverses"] else ""]
    said += [f"reversed by {one['reversed_by']}" if one["reversed_by"] else ""]
    return "; ".join(filter(None, said))
