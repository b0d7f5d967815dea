"""All clauses that were ever applied: which version counts when, and what somebody means who names one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.guidance.clause import Clause, Kept, moment
from escalate.domain.value import Value
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

IN_FORCE, COMING, SUPERSEDED = "in-force", "coming", "superseded"

SEE = "See what there is: escalate clause list"


class Guidance(Value):
    """Without clauses nothing is checked: a team that has loaded no guidance names clauses as it likes."""

    clauses: tuple[Kept, ...] = ()

    @staticmethod
    def from_rows(rows: Iterable[dict[str, Any]]) -> Guidance:
        return Guidance(clauses=tuple(Kept.from_row(row) for row in rows)).sorted()

    def sorted(self) -> Guidance:
        return Guidance(clauses=tuple(sorted(self.clauses, key=lambda one: (one.id, one.version))))

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(one.id for one in self.clauses))

    def versions(self, id_: str) -> list[Kept]:
        """The lowest first."""
        return [one for one in self.clauses if one.id == id_]

    def in_force(self, id_: str, at: datetime) -> Kept | None:
        """A later version takes effect no earlier than the one before it, so the highest that has counts."""
        return next((one for one in reversed(self.versions(id_)) if one.effective_from <= at), None)

    def coming(self, id_: str, at: datetime) -> Kept | None:
        """The next that is not in force yet."""
        return next((one for one in self.versions(id_) if one.effective_from > at), None)

    def state(self, clause: Clause, at: datetime) -> str:
        if clause.effective_from > at:
            return COMING
        counts = self.in_force(clause.id, at)
        return IN_FORCE if counts is not None and counts.version == clause.version else SUPERSEDED

    def until(self, clause: Clause) -> datetime | None:
        """When the next version takes its place, as far as that is known."""
        later = [one for one in self.versions(clause.id) if one.version > clause.version]
        return later[0].effective_from if later else None

    def find(self, name: str) -> Kept | None:
        """The version that `har-3.2@4` names."""
        id_, _, version = name.strip().partition("@")
        number = _number(version)
        return next((one for one in self.versions(id_.casefold()) if one.version == number), None)

    def newer(self, name: str, at: datetime) -> Kept | None:
        """The version in force at `at`, where it is a later one than was named."""
        named = self.find(name)
        counts = self.in_force(named.id, at) if named else None
        return counts if named and counts and counts.version > named.version else None

    def named(self, text: str, at: datetime) -> Kept:
        """The clause somebody decides by: an earlier version too, since what happened then is judged by it. Without a
        version it is the one in force. Raises NotFound for what there is not, Refused for what is not in force yet.
        """
        found = self.shown(text, at)
        if found.effective_from > at:
            if "@" not in text:
                raise Refused(f"No version of {found.id} is in force yet.", hint=self._counting(found.id, at))
            raise Refused(
                f"{found.name} takes effect on {moment(found.effective_from)}; it is not in force yet.",
                hint=self._counting(found.id, at),
            )
        return found

    def shown(self, text: str, at: datetime) -> Kept:
        """The clause somebody wants to see: without a version the one in force, else the one that comes."""
        id_, sign, version = text.strip().partition("@")
        id_ = id_.casefold()
        versions = self.versions(id_)
        if not versions:
            raise NotFound(f"There is no clause {text.strip()!r}.", hint=f"{self._near(id_, at)} {SEE}".strip())
        found = self.find(text) if sign else self.in_force(id_, at) or versions[0]
        if found is None:
            raise NotFound(f"{id_} has no version {version!r}.", hint=self._counting(id_, at))
        return found

    def before(self, clause: Clause) -> Kept | None:
        """The version before it."""
        earlier = [one for one in self.versions(clause.id) if one.version < clause.version]
        return earlier[-1] if earlier else None

    def _near(self, id_: str, at: datetime) -> str:
        from difflib import get_close_matches

        close = get_close_matches(id_, self.ids, n=1)
        if close:
            return f"Did you mean {close[0]}? {self._counting(close[0], at)}"
        return f"Clauses: {', '.join(self.ids[:12])}{' …' if len(self.ids) > 12 else ''}." if self.clauses else ""

    def _counting(self, id_: str, at: datetime) -> str:
        """Which version is in force, and which will be."""
        counts, comes = self.in_force(id_, at), self.coming(id_, at)
        said = f"{counts.name} since {moment(counts.effective_from)}" if counts else "none"
        then = f"; {comes.name} from {moment(comes.effective_from)}" if comes else ""
        return f"In force: {said}{then}."

    # ── what is to be applied ───────────────────────────────────────────────────────────────────────────────────────

    def sorted_out(self, wanted: Iterable[Clause]) -> tuple[list[Clause], list[Clause]]:
        """Those that are new, and those that are here already. Raises Refused naming every one that does not fit."""
        new: list[Clause] = []
        same: list[Clause] = []
        wrong: list[str] = []
        for clause in wanted:
            stands = self.find(clause.name)
            if stands is None:
                new.append(clause)
            elif stands.digest == clause.digest:
                same.append(clause)
            else:
                names = ", ".join(name for name in _content(clause) if _content(clause)[name] != _content(stands)[name])
                wrong.append(f"{clause.name} was applied with another content ({names}); it is kept as it was.")
        wrong += self._out_of_order(new)
        if wrong:
            count = "1 clause does" if len(wrong) == 1 else f"{len(wrong)} clauses do"
            raise Refused(
                "\n".join(
                    (f"Nothing was applied: {count} not fit what is in the record.", *(f"  {one}" for one in wrong))
                ),
                hint="What changes gets the next version: version = N + 1. See what stands: escalate clause show ID@N",
            )
        return new, same

    def _out_of_order(self, new: list[Clause]) -> list[str]:
        wrong = []
        for clause in new:
            both = [*self.versions(clause.id), *(one for one in new if one.id == clause.id)]
            for other in both:
                if other.version < clause.version and other.effective_from > clause.effective_from:
                    wrong.append(_earlier(clause, other))
                if other.version > clause.version and other.effective_from < clause.effective_from and other not in new:
                    wrong.append(_earlier(other, clause))
        return wrong


def _earlier(later: Clause, first: Clause) -> str:
    return (
        f"{later.name} would take effect on {moment(later.effective_from)}, before {first.name} "
        f"({moment(first.effective_from)})."
    )


def _content(clause: Clause) -> dict[str, Any]:
    return {name: getattr(clause, name) for name in Clause._fields}


def _number(text: str) -> int:
    """0, which no version is, where it is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def versioned(text: str | None, what: str, example: str) -> str | None:
    """`NAME@VERSION` as it was typed, where there is nothing to check it against."""
    if text is None:
        return None
    name, _, version = text.rpartition("@")
    if not name or not version or len(text) > 120 or any(c.isspace() or not c.isprintable() for c in text):
        raise Usage(f"{text!r} does not say which version of the {what}.", hint=f"As NAME@VERSION: {example}")
    return text
