"""A clause of policy: one version of it, with what must be so for it to apply. It is kept as it was applied, for ever."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import Any

from escalate.domain.digest import sha256
from escalate.domain.instants import from_text
from escalate.domain.timeline.codec import encode
from escalate.domain.value import Value, plain


class Element(Value):
    """One thing that is met, not met or unclear in a case."""

    id: str
    text: str


class Clause(Value):
    """From `effective_from` on this version counts, until the next one does."""

    id: str
    version: int
    title: str
    text: str
    elements: tuple[Element, ...]
    effective_from: datetime
    owner: str
    note: str = ""

    @property
    def name(self) -> str:
        """As decisions, actions and assessments name it: `har-3.2@4`."""
        return f"{self.id}@{self.version}"

    @property
    def canonical(self) -> str:
        """The bytes of which the digest is made: JSON with sorted keys, no spaces, ASCII only."""
        return encode({name: plain(getattr(self, name)) for name in Clause._fields})

    @property
    def digest(self) -> str:
        return sha256(self.canonical.encode())

    def row(self) -> dict[str, Any]:
        """As the record takes it."""
        return {
            "id": self.id,
            "version": self.version,
            "effective_from": plain(self.effective_from),
            "owner": self.owner,
            "digest": self.digest,
            "clause": self.canonical,
        }

    def element(self, name: str) -> Element | None:
        """The element that somebody means: capitals do not matter, nor which of `-` and `_` it is."""
        wanted = _plain(name)
        return next((one for one in self.elements if _plain(one.id) == wanted), None)


class Kept(Clause):
    """A clause as the record holds it. Where it is not `intact`, its text is not what was applied."""

    applied_at: str
    applied_by: str
    source: str
    intact: bool

    @staticmethod
    def from_row(row: dict[str, Any]) -> Kept:
        given: dict[str, Any] = {name: json.loads(row["clause"]).get(name) for name in Clause._fields}
        elements = tuple(Element(id=one["id"], text=one["text"]) for one in given["elements"])
        return Kept(
            **{**given, "elements": elements, "effective_from": from_text(given["effective_from"])},
            applied_at=row["applied_at"], applied_by=row["applied_by"], source=row["source"],
            intact=sha256(row["clause"].encode()) == row["digest"],
        )  # fmt: skip


def moment(at: datetime) -> str:
    """`2026-03-01`, or with the time where it is not that day's first instant: `2026-03-01 09:00Z`."""
    if at.time() == time(0):
        return f"{at:%Y-%m-%d}"
    seconds = ":%S" if at.second or at.microsecond else ""
    return f"{at:%Y-%m-%d %H:%M{seconds}}Z"


def _plain(name: str) -> str:
    return name.strip().casefold().replace("_", "-")
