"""Durations and gaps, computed from facts and from nothing else."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.corrections import Line
    from escalate.domain.timeline.entry import Entry

GAP = timedelta(minutes=60)
"""A silence longer than this, while the incident was not resolved, is pointed out in a report."""


class Gap(Value):
    """Nothing is recorded for `length` before the line `seq`."""

    seq: int
    since: datetime
    length: timedelta


def durations(incident: Incident, entries: Iterable[Entry] = ()) -> dict[str, int | None]:
    """Seconds; None where a fact is missing, negative where one came first that is expected later.

    `detect`, `mitigate` and `resolve` count from the fact impact-started. `acknowledge` counts from the first
    step of the first page to the first person who acknowledged by themselves, or by the code of their message. The
    `respond` ones count from opening.
    """
    started = incident.milestone("impact-started")
    return {
        "detect": _between(started, incident.milestone("detected")),
        "acknowledge": acknowledgement(entries),
        "mitigate": _between(started, incident.milestone("mitigated")),
        "resolve": _between(started, incident.milestone("resolved")),
        "respond_mitigate": _between(incident.opened_at, incident.milestone("mitigated")),
        "respond_resolve": _between(incident.opened_at, incident.milestone("resolved")),
    }


def acknowledgement(entries: Iterable[Entry]) -> int | None:
    """From the first paging to the first acknowledgement given directly; tests of the pager do not count."""
    tests: set[str] = set()
    paged: datetime | None = None
    for entry in entries:
        if not entry.kind.startswith("page."):
            continue
        event: Any = entry.event
        if event.kind == "page.opened" and event.test:
            tests.add(event.page)
        if getattr(event, "page", None) in tests:
            continue
        if event.kind == "page.step_fired" and paged is None:
            paged = entry.at
        if event.kind == "page.acknowledged" and not event.hearsay and paged is not None:
            return _between(paged, entry.at)
    return None


def gaps(lines: Sequence[Line], incident: Incident, longest: timedelta = GAP) -> list[Gap]:
    """Silences between lines in order of time, up to when the incident was resolved."""
    ends = [at for at in (incident.milestone("resolved"), incident.milestone("closed")) if at]
    exact = [line for line in lines if line.precision != "day" and not (ends and line.at > min(ends))]
    return [
        Gap(seq=after.seq, since=before.at, length=after.at - before.at)
        for before, after in pairwise(exact)
        if after.at - before.at > longest
    ]


def _between(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else round((end - start).total_seconds())


def lasting(seconds: int) -> str:
    """`1 d 4 h`, `1 h 31 min`, `45 s`: the two largest units; a minus where the end came first."""
    sign, left = ("−" if seconds < 0 else ""), abs(seconds)
    parts = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return sign + " ".join(parts[:2]) if parts else "0 s"
