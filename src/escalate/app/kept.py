"""What is kept beside a timeline, and whether it is what the entries make of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from escalate.domain.instants import to_text
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escalate.domain.incident.state import Incident

PAGE = 1000
"""Entries read per transaction: below 50 ms, so that writers are not held up."""

LONGEST = 64
"""Characters of a clause's id; what is longer is none, and is not looked for."""

MISUNDERSTOOD = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What folding raises for a body that escalate cannot have written."""


class Page(Value):
    """Some rows of a timeline, and beside them, as of the same moment, what else is kept of the incident."""

    rows: list[Any]
    head: Any = None
    number: int | None = None
    state: Any = None
    pages: list[tuple[Any, ...]] = []
    messages: list[tuple[Any, ...]] = []
    moments: list[tuple[Any, ...]] = []

    @property
    def is_last(self) -> bool:
        return len(self.rows) < PAGE


class Blind(Value):
    """Where a state is kept that does not know of the entries from there to `last`."""

    state: Incident
    seq: int
    digest: str
    last: int


def blinded(known: Blind | None, state: Incident | None, row: dict[str, Any]) -> Blind | None:
    """The same with one more entry by somebody who could not read what they wrote on."""
    if known is not None and known.last == row["seq"] - 1:
        return known.but(last=row["seq"])
    return Blind(state=state, seq=row["seq"] - 1, digest=row["prev"], last=row["seq"]) if state is not None else None


def unlike(made: Incident, behind: Incident | None, page: Page) -> Iterator[tuple[str, str]]:
    """Field and sentence for all that is not as the entries make it. `behind` is what may be kept instead of `made`: the state
    before what was written last by somebody who could not read it.
    """
    if (page.number or 0) != made.number:
        yield "number", f"it has number {page.number}, its timeline says {made.number}"
    if not any(_is_kept(one, page) for one in (made, behind) if one is not None):
        yield "state", "the kept state is not what the entries make; escalate db rebuild"
    before = {id_ for id_, _state, _due_at, policy in page.pages if policy == ""}
    plain = [(one.id not in before or one.waiting, one.plain()) for one in made.pages.values()]
    pages = [(one["id"], one["state"], one["due_at"], _policy(one) if now else "") for now, one in plain]
    if page.pages != sorted(pages):
        yield "state", f"its pages {NOT_MADE}"
    timers, watches = _moments(made)
    # Not by their order: what should be text may be anything.
    if timers != sorted(((key, at) for key, at in page.moments if at is not None), key=repr):
        yield "state", f"its timers {NOT_MADE}"
    if watches != sorted((clause for clause, at in page.moments if at is None), key=repr):
        yield "state", f"the clauses its decisions wait for {NOT_MADE}"


NOT_MADE = "are not what the entries make; escalate db rebuild"


def _policy(page: dict[str, Any]) -> str:
    """By which pages are counted that take turns; a test is none of them. The first version kept none."""
    return "" if page["test"] else str(page["policy"]["name"])


def _is_kept(made: Incident, page: Page) -> bool:
    columns = (made.number, made.code_name, made.status, made.severity, made.head.seq, made.head.digest)
    try:
        return (
            page.state is not None
            and tuple(page.state)[:6] == columns
            and isinstance(page.state[6], str)
            and _as_now(json.loads(page.state[6])) == made.plain()
        )
    except MISUNDERSTOOD:
        return False


def _as_now(kept: Any) -> dict[str, Any]:
    """A kept state as this version writes it: an earlier one knew fewer fields."""
    from escalate.domain.incident.state import Incident

    return Incident.from_plain(kept).plain()


def _moments(made: Incident) -> tuple[list[tuple[str, str]], list[str]]:
    """What happens to it by itself, each with its moment, and the clauses that its decisions wait for."""
    from escalate.domain.decision.triggers import watched_clauses
    from escalate.domain.incident.timers import timers

    if made.judgement is None and not (made.clocks or made.assessments or made.access):
        return [], []
    known = sorted(((timer.key, to_text(timer.at)) for timer in timers(made)), key=repr)
    return known, sorted((clause for clause in watched_clauses(made) if len(clause) <= LONGEST), key=repr)
