"""How decisions, approvals, questions, actions and numbers look."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from escalate.cli.views import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.cli.views import Block, Cell, View

    Naming = Callable[[str], str]

STYLES = {"pending": "bold yellow", "to-review": "bold red", "reopened": "bold yellow", "superseded": "dim",
          "open": "yellow", "late": "bold red", "made": "green", "approved": "green", "agreed": "green",
          "rejected": "red", "objected": "bold red"}  # fmt: skip


def minute(text: str | None) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}Z" if text else ""


def decisions(found: list[dict[str, Any]], name_of: Naming) -> View:
    if not found:
        return ["Nothing has been decided here."]
    view: View = []
    for one in found:
        view += [*([""] if view else []), *decision(one, name_of)]
    return view


def decision(one: dict[str, Any], name_of: Naming) -> View:
    """What was decided, and under it what a reader asks next: why, by which rule, who disagreed, when again."""
    what = f"not to make a {one['declines']}" if one["declines"] else ""
    marks = [one["state"], what, f"answers {one['answers']}" if one["answers"] else "", one["approval"] or ""]
    view: View = [
        (f"{one['id'] or 'not decided yet'}  {', '.join(filter(None, marks))}", STYLES.get(one["state"], "")),
        f"  {one['question']}",
        (f"  → {one['choice']}", "bold"),
    ]
    lines = [
        ("because", one["reasons"]),
        ("considered", "; ".join(_option(each) for each in one["options"])),
        ("clause", clause(one)),
        ("elements", "; ".join(_element(each) for each in one["elements"])),
        ("threshold", one["threshold"] or ""),
        ("dissent", "; ".join(f"{_text(each, 'person')}: {_text(each, 'view')}" for each in one["dissent"])),
        ("by", f"{name_of(one['by'])}, {minute(one['at'])}"),
        ("review", ", ".join(filter(None, (minute(one["review_at"]), *(f"on {on}" for on in one["review_on"]))))),
        ("then", f"decided again as {one['superseded_by']}" if one["superseded_by"] else ""),
    ]
    lines += [("reopened", f"{minute(each['at'])}: {each['because']}") for each in one["reopened"]]
    return [*view, *(f"  {label:<10} {text}" for label, text in lines if text)]


def clause(one: dict[str, Any]) -> str:
    """`har-3.2@4, @5 since 2026-12-01` where a later version is in force by now."""
    status = one.get("clause_status") or {}
    if not status.get("newer"):
        return one["clause"] or ""
    return f"{one['clause']}, @{status['newer'].partition('@')[2]} since {status['since'][:10]}"


def _option(each: Any) -> str:
    more = [f"{name.replace('_', ' ')}: {_text(each, name)}" for name in ("pros", "cons", "harm_if_wrong")]
    more = [said for said in more if not said.endswith(": ")]
    return _text(each, "option") + (f" ({', '.join(more)})" if more else "")


def _element(each: Any) -> str:
    evidence = _text(each, "evidence")
    return f"{_text(each, 'element')} {_text(each, 'met')}" + (f" ({evidence})" if evidence else "")


def _text(each: Any, name: str) -> str:
    """What came from elsewhere need not have the shape that is written here."""
    return str(each.get(name, "")) if isinstance(each, dict) else ""


def actions(found: list[dict[str, Any]], name_of: Naming) -> View:
    if not found:
        return ["Nothing has been done here that is recorded as an action."]
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        state = one.get("state", "")
        state = "reversed by " + one["reversed_by"] if one["reversed_by"] else state
        rows.append((
            one["id"] or "-", one["what"].replace("_", "-"), (state, STYLES.get(state, "")),
            str(one["count"]) if one["count"] is not None else "", minute(one["start"] or one["at"]), minute(one["end"]),
            name_of(one["by"]), _basis(one),
        ))  # fmt: skip
    columns = ("id", "action", "state", "count", "from", "until", "by", "on what, and where")
    return [Table(columns=columns, rows=rows)]


def _basis(one: dict[str, Any]) -> str:
    said = [
        one["scope"],
        f"ground {one['ground']}" if one["ground"] else "",
        clause(one),
        one["decision"] or "",
    ]
    said += [f"{' and '.join(one['automated'])} automated" if one["automated"] else ""]
    said += [
        f"notice {one['notice']}" if one["notice"] else "",
        f"reverses {one['reverses']}" if one["reverses"] else "",
    ]
    return "; ".join(filter(None, said))


def approvals(found: list[dict[str, Any]], name_of: Naming) -> View:
    if not found:
        return ["Nothing waits for a second person."]
    view: View = []
    for one in found:
        view += [*([""] if view else []), *approval(one, name_of)]
    return view


def approval(one: dict[str, Any], name_of: Naming) -> View:
    late = ", LATE" if one["late"] and one["state"] in {"pending", "to-review"} else ""
    head = f"{one['id']} {one['ref']}  {one['state']}{late}: {one['what']}"
    view: list[Block] = [(head, STYLES.get(one["state"], "bold"))]
    alone = "done by one person," if one["act"] == "refer" else "done alone, break-glass,"
    asked = alone if one["broken"] else "asked for"
    lines = [
        ("by", f"{asked} by {name_of(one['by'])}, {minute(one['at'])}"),
        ("why", one["why"]),
        *_asked(one["asked"]),
        ("until", minute(one["due"]) if one["state"] in {"pending", "to-review"} else ""),
    ]
    if one["decided_by"]:
        lines.append((one["state"], f"by {name_of(one['decided_by'])}, {minute(one['decided_at'])}"))
        lines.append(("saying", one["decided_why"]))
    view += [f"  {label:<10} {text}" for label, text in lines if text]
    if one["state"] in {"pending", "to-review"}:
        view.append(
            f"  escalate approve {one['id']} {one['ref']}   or: escalate reject {one['id']} {one['ref']} --why …"
        )
    return view


def _asked(body: dict[str, Any]) -> list[tuple[str, str]]:
    """What exactly: of a decision its question and choice, of an action where."""
    names = ("question", "choice", "threshold", "clause", "scope", "ground", "notice", "review_at", "hold",
             "report", "audience", "marking", "sha256")  # fmt: skip
    return [(name.replace("_", " "), str(body[name])) for name in names if body.get(name)]


def questions(found: list[dict[str, Any]], name_of: Naming) -> View:
    if not found:
        return ["Nobody has been asked to decide anything."]
    view: View = []
    for one in found:
        view += [*([""] if view else []), *question(one, name_of)]
    return view


def question(one: dict[str, Any], name_of: Naming) -> View:
    state = "late" if one["late"] and one["state"] == "open" else one["state"]
    done = f" by {one['decision']}" if one["decision"] else ""
    view: View = [
        (f"{one['id']}  {state}{done}, asked of {name_of(one['person'])}, by {minute(one['due'])}", STYLES.get(state, "")),
        f"  {one['question']}",
    ]  # fmt: skip
    for number, option in enumerate(one["options"], 1):
        best = "  (recommended)" if one["recommend"] == number else ""
        view.append(f"  {number:>2} {option}{best}")
    if one["state"] == "open":
        view.append(f"  escalate decide {one['id']} {one['ref']} --choose {'N' if one['options'] else '…'} --why …")
    return view


def impacts(found: list[dict[str, Any]], name_of: Naming) -> View:
    """The newest number of each measure first; under it those that stood before."""
    if not found:
        return ["How many are affected has not been stated."]
    rows: list[tuple[Cell, ...]] = [
        (one["measure"] if one["latest"] else "", number(one), minute(one["as_of"]), one["confidence"],
         name_of(one["by"]), one["basis"])
        for one in found
    ]  # fmt: skip
    return [Table(columns=("measure", "how many", "as of", "confidence", "by", "basis"), rows=rows)]


def number(one: dict[str, Any]) -> str:
    low, high = one["low"], one["high"]
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
