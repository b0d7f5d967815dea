"""Decisions, approvals, questions, actions and numbers as `--json` shows them, with people's words masked where they must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.approvals import asker, described
from escalate.domain.decision.state import BY_DATE
from escalate.domain.decision.triggers import parts
from escalate.domain.instants import from_text
from escalate.domain.timeline.words import mask, masked_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.domain.incident.state import Incident

INSTANTS = ("at", "due", "review_at", "start", "end", "as_of", "decided_at")

DECISION, ACTION, QUESTION, IMPACT = "decision.made", "action.taken", "question.asked", "impact.stated"


def public(
    kind: str,
    one: dict[str, Any],
    incident: Incident,
    *,
    hide: bool,
    masked: Callable[[int], bool] = lambda _seq: False,
) -> dict[str, Any]:
    """A decision, action, question or number; `kind` is that of the entry it was made by. `masked` says of what later
    entries added whether it is to be hidden.
    """
    shown = masked_body(kind, one) if hide else {**one}
    match kind:
        case "decision.made":
            del shown["decision"]
            shown["reopened"] = [_reopened(each, hide=hide or masked(each["seq"])) for each in one["reopened"]]
        case "action.taken":
            del shown["action"]
        case "question.asked":
            shown["question"] = shown.pop("text")
    return {"ref": incident.ref, **_instants(shown)}


def approval(one: dict[str, Any], incident: Incident, *, hide: bool) -> dict[str, Any]:
    """`what` says in words that nobody typed what it is about; `asked` holds it whole."""
    body = one["what"].get("body")
    asked = body if isinstance(body, dict) else {}
    kind = str(one["what"].get("kind", ""))
    return {
        "ref": incident.ref,
        **_instants({
            "id": one["id"],
            "act": one["act"],
            "what": described(one["act"], one["what"]),
            "state": state_of(one),
            "broken": one["broken"],
            "why": _hidden(one["why"], hide=hide),
            "asked": masked_body(kind, asked) if hide else asked,
            "by": asker(one),
            "at": one["at"],
            "due": one["due"],
            "late": one["late"],
            "decided_by": one["decided_by"],
            "decided_at": one["decided_at"],
            "decided_why": _hidden(one["decided_why"], hide=hide),
            "seq": one["seq"],
            "labels": one["labels"],
        }),
    }  # fmt: skip


def state_of(one: dict[str, Any]) -> str:
    """pending, approved or rejected; of what was done already: to-review, agreed, objected."""
    names = {"asked": "pending", "given": "approved", "refused": "rejected"}
    broken = {"asked": "to-review", "given": "agreed", "refused": "objected"}
    return (broken if one["broken"] else names)[one["state"]]


def _reopened(each: dict[str, Any], *, hide: bool) -> dict[str, Any]:
    by_itself = each["because"] == BY_DATE or parts(each["because"])
    because = each["because"] if by_itself else _hidden(each["because"], hide=hide)
    return _instants({**each, "because": because})


def _hidden(text: str, *, hide: bool) -> str:
    return mask(text) if hide and text else text


def _instants(given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: from_text(value).isoformat() if name in INSTANTS and isinstance(value, str) else value
        for name, value in given.items()
    }
