"""What people wrote in an entry, and what the entry says: in full, or with their own words masked.

Nothing here is escaped: every exit does that itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from escalate.domain.timeline.event import Event

    Naming = Callable[[str], str]

WRITTEN: dict[str, tuple[str, ...]] = {
    "incident.opened": ("title",),
    "incident.mitigated": ("summary",),
    "incident.resolved": ("summary",),
    "incident.closed": ("why",),
    "incident.reopened": ("why",),
    "severity.changed": ("why",),
    "note.added": ("text", "extra"),
    "fact.stated": ("why",),
    "entry.corrected": ("text", "why"),
    "entry.withdrawn": ("why",),
    "entry.labelled": ("why",),
    "entry.erase_asked": ("why",),
    "entry.erased": ("why",),
    "text.revealed": ("why",),
    "page.acknowledged": ("heard",),
    "page.declined": ("heard", "why"),
    "page.escalated": ("why",),
    "page.cancelled": ("why",),
    "team.pinged": ("text",),
    "message.told": ("how",),
    "assessment.drafted": ("answers",),
    "assessment.finalised": ("answers",),
    "runbook.step_done": ("note",),
    "runbook.step_skipped": ("why",),
    "override.added": ("why",),
    "override.removed": ("why",),
    "temporary.added": ("why",),
    "temporary.removed": ("why",),
    "preferences.set": ("not_for",),
    "handoff.offered": ("note",),
    "decision.made": ("question", "choice", "reasons", "options", "elements", "dissent", "review_on"),
    "decision.reopened": ("because",),
    "action.taken": ("scope", "notice"),
    "question.asked": ("text", "options"),
    "impact.stated": ("basis",),
    "approval.asked": ("what", "why"),
    "approval.given": ("why",),
    "approval.refused": ("why",),
    "clock.applies": ("why",),
    "clock.dismissed": ("why",),
    "clock.submitted": ("reference",),
    "clock.delayed": ("ground",),
    "clock.stopped": ("why",),
    "harm.changed": ("why",),
    "access.restricted": ("why",),
    "access.lifted": ("why",),
    "access.granted": ("why",),
    "access.revoked": ("why",),
    "access.broken": ("why",),
    "subject.seen": ("note",),
    "subject.linked": ("why",),
    "subject.withdrawn": ("why",),
    "authority.checked": ("how", "reference"),
    "referral.drafted": ("basis", "disclosed"),
    "referral.sent": ("reference", "how"),
    "referral.answered": ("outcome", "reference"),
    "hold.placed": ("matter", "scope", "custodians"),
    "hold.released": ("why",),
}
"""The fields of each kind that hold what somebody typed."""


def words_of(event: Event) -> str:
    """What people wrote in an event, for the search index; empty where there is nothing of theirs."""
    if event.kind == "note.added":
        text: str = event.text  # type: ignore[attr-defined]
        return text
    fields = WRITTEN.get(event.kind, ())
    return "\n".join(text for name in fields for text in _strings(getattr(event, name)) if text)


def indexed(event: Event, labels: frozenset[str], *, sensitive: bool) -> str:
    """What of an event can be searched for: nothing of what is sensitive, itself or as its whole incident is."""
    return "" if sensitive or "sensitive" in labels else words_of(event)


def forgotten(event: Event) -> str | None:
    """The id of the entry whose words no longer count after this event, and are not found by searching any more."""
    given: Any = event
    match event.kind:
        case "entry.corrected" if given.text is not None:
            return str(given.entry)
        case "entry.withdrawn" | "entry.erased":
            return str(given.entry)
    return None


def sentence(event: Event, name_of: Naming | None = None, seq_of: Naming | None = None) -> str:
    """What the entry is. A note is its text, byte for byte.

    `name_of` says what people call `person:x` or `team:x`; `seq_of` where the entry with an id stands: `#7`.
    """
    if event.kind == "note.added":
        return words_of(event)
    from escalate.domain.timeline.sentences import said

    return said(event, name_of, seq_of, str)


def masked(event: Event, name_of: Naming | None = None, seq_of: Naming | None = None) -> str:
    """The sentence with a person's own words replaced by how many characters they are."""
    from escalate.domain.timeline.sentences import said

    return said(event, name_of, seq_of, mask)


def free_text(event: Event) -> bool:
    """Whether the sentence shows words that a person typed."""
    return masked(event) != sentence(event)


def mask(text: str) -> str:
    return f"[masked: {len(text)} character{'' if len(text) == 1 else 's'}]"


def masked_body(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A body with what people wrote in it masked; every text in one of a kind that is not known here."""
    from escalate.domain.timeline.events import shape_of

    hidden = WRITTEN.get(kind, ()) if shape_of(kind) else tuple(body)
    shown = {name: _masked(value) if name in hidden else value for name, value in body.items()}
    if kind == "decision.made" and isinstance(body.get("review_on"), list):
        from escalate.domain.decision.triggers import is_ours

        shown["review_on"] = [on if is_ours(on) else _masked(on) for on in body["review_on"]]
    if kind == "decision.made" and isinstance(body.get("elements"), list):
        shown["elements"] = [_element(one, of_clause=bool(body.get("clause"))) for one in body["elements"]]
    return shown


def _element(row: Any, *, of_clause: bool) -> Any:
    """An element's id is a word of the clause, whether it is met one of ours, and `#14` names an entry; other words are
    somebody's own.
    """
    import re

    if not isinstance(row, dict):
        return _masked(row)
    own = {"element": r"[a-z0-9]+(?:[-_.][a-z0-9]+)*", "met": r"met|not|unclear", "evidence": r"#\d+(?:[, ]+#\d+)*"}
    known = {
        name for name, value in row.items()
        if name in own and isinstance(value, str) and len(value) <= LONGEST_ID and re.fullmatch(own[name], value)
        and (of_clause or name != "element")
    }  # fmt: skip
    return {name: value if name in known else _masked(value) for name, value in row.items()}


LONGEST_ID = 64


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value) if value else value
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    return value


def _strings(value: Any) -> Iterator[str]:
    """In the order in which a body is stored, whatever it was in memory."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for _name, item in sorted(value.items()):
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)
