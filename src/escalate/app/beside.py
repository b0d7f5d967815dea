"""What is kept of no incident alone: numbers, rosters, who is who, codes to answer by. No digest is of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.redirected import Rosters
from escalate.domain.oncall.code import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escalate.domain.incident.state import Incident

ROSTER = "roster"
"""Stands in the place of an incident, and for the field."""

AGAIN = "escalate db rebuild"

NEXT = "the next roster that is applied puts it right"
"""On a server the database itself makes them of a roster, and of nothing else."""


def numbers(rows: list[Any]) -> Iterator[tuple[str, str, str]]:
    """As `faults`. Numbers are given densely: a gap is an incident that was taken out whole."""
    expected = 1
    for row in rows:
        for missing in range(expected, min(row["number"], expected + 100)):
            yield f"INC-{missing}", "number", "this number is missing"
        expected = row["number"] + 1
        if row["head"] is None and row["incident"] is not None:
            yield f"INC-{row['number']}", "incident", "its timeline is missing"


def faults(store: Any) -> Iterator[tuple[str, str, str]]:
    """Of which incident, which field, and what does not fit the rest."""
    with store.unspoilt() as look:
        known, logins = Rosters(look.run("rosters")), look.tuples("logins")
        codes, strays = look.tuples("codes_and_pages"), look.tuples("strays")
        bundled = look.tuples("bundled_astray")
    yield from ((ROSTER, ROSTER, what) for what in known.faults)
    yield from ((ROSTER, ROSTER, what) for what in _logins(known, {*logins}, NEXT if store.shared else AGAIN))
    for given, incident, page, person, place in codes:
        if incident != place or given != code(str(page), str(person)):
            yield str(incident), "state", f"the code {given} is not one that a page gives; {AGAIN}"
    for id_, incident in strays:
        yield str(incident), "message", f"message {str(id_)[:8]} is of an incident that is not there"
    for _bundle, id_, incident in bundled:
        yield (
            str(incident),
            "message",
            f"message {str(id_)[:8]} is to go out as one with others that do not go where it goes",
        )


def _logins(known: Rosters, kept: set[tuple[Any, ...]], mend: str) -> Iterator[str]:
    for login, slug in sorted(known.logins - kept, key=repr):
        yield f"that {login} is {slug} is not kept, though the newest roster says so; {mend}"
    for login, slug in sorted(kept - known.logins, key=repr):
        yield f"{login} is kept as {slug}, which the newest roster does not say; {mend}"


class Applied:
    """The rosters of a record, read again where there is a newer one: whatever was owed before was owed by one of them."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._version: Any = None
        self._known = Rosters([])

    def so_far(self) -> Rosters:
        with self._store.unspoilt() as look:
            version = look.first("roster_version")["version"]
            if version != self._version:
                self._version, self._known = version, Rosters(look.run("rosters"))
        return self._known


def can_be_answered(store: Any, made: Incident) -> bool:
    """Whether everybody who is asked has a code. None is ever taken back, so that a later look will do. Of pages that nobody
    is to answer any more the first version kept none.
    """
    with store.unspoilt() as look:
        return all(
            (made.id, page.id, person) in look.tuples("kept_code", code=code(page.id, person))
            for page in made.pages.values()
            if page.waiting
            for person in (*page.paged, *page.told)
        )
