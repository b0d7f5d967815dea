"""The clocks of an incident, folded from its timeline: which apply, which do not, what was submitted.

No deadline is kept: each is counted from the facts as they stand, whenever somebody asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.instants import to_text
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.clocks.standing import Reckoned
    from escalate.domain.incident.state import Fact, Incident
    from escalate.domain.incident.timers import Timer
    from escalate.domain.timeline.entry import Entry

APPLIES, DISMISSED, STOPPED = "applies", "dismissed", "stopped"
"""What people say of a clock; `domain.clocks.standing` says what state that makes it."""

LATE = "late"
"""The stage at which all of the time is over; the others are percentages of it."""


class Standing(Value):
    """What stands of one clock: `said` last by `by`, with the library's `row` as it was then.

    `armed` is the seq of the entry since which it alerts, and `alerted` are the stages told since, each as STAGE@INSTANT.
    `submissions` are {seq, reference}, `delays` {seq, by, at, until}, `past` {seq, said, by, at}: why, stands in the entry.
    """

    id: str
    said: str
    by: str
    at: str
    row: dict[str, Any] = {}
    zone: str = "UTC"
    calendar: str | None = None
    holidays: list[str] = []
    own_target: int | None = None
    alerts: list[int] = []
    armed: int = 0
    alerted: list[str] = []
    submissions: list[dict[str, Any]] = []
    delays: list[dict[str, Any]] = []
    past: list[dict[str, Any]] = []

    @property
    def fact(self) -> str:
        """The fact that it was submitted, from which the clocks after it run."""
        return f"submitted:{self.id}"

    def submitted_at(self, facts: dict[str, list[Fact]]) -> datetime | None:
        """When it was first submitted, as its fact stands now; None where that was withdrawn. A later submission is another
        report, and what somebody says of the fact before that is a better time of the first.
        """
        sent = self.sent(facts)
        return sent[0][1].at if sent else None

    def sent(self, facts: dict[str, list[Fact]]) -> list[tuple[str, Fact]]:
        """The submissions that stand, by reference, each with its fact; the fact is the entry before it."""
        begins = [0, *(one["seq"] - 1 for one in self.submissions[1:])]
        found = []
        for number, one in enumerate(self.submissions):
            ends = begins[number + 1 : number + 2]
            stated = [fact for fact in facts.get(self.fact, []) if begins[number] <= fact.seq]
            stated = [fact for fact in stated if not ends or fact.seq < ends[0]]
            found += [(str(one["reference"]), stated[-1])] if stated else []
        return found


class Clocks(Value):
    """Each keyed by the id of its row in the library."""

    clocks: dict[str, Standing] = {}

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Clocks:
        return Clocks(clocks={id_: Standing(**one) for id_, one in data["clocks"].items()})

    def reckoned(self, incident: Incident) -> list[Reckoned]:
        """All of them with their deadlines: those that run first, by what is due."""
        from escalate.domain.clocks.standing import reckon

        return sorted((reckon(one, incident.facts) for one in self.clocks.values()), key=lambda found: found.order)

    def pending(self, incident: Incident) -> list[Reckoned]:
        """Those that run and want something to be sent."""
        return [found for found in self.reckoned(incident) if found.is_pending]

    def next_deadline(self, incident: Incident) -> dict[str, Any] | None:
        """What the law, or the contract, says is due next. A team's own target is no deadline."""
        found = next((one for one in self.pending(incident) if one.strict), None)
        return {"clock": found.id, "strict": found.strict.isoformat()} if found and found.strict else None

    def timers(self, incident: Incident) -> list[Timer]:
        """Each stage that has not been told, of each clock that runs. Of those that are due the last one says it all."""
        return [timer for found in self.pending(incident) for timer in _stages(found)]


def _stages(found: Reckoned) -> list[Timer]:
    from escalate.domain.incident.timers import Timer
    from escalate.domain.timeline.judgements import ClockAlerted

    limit, start, standing = found.limit, found.deadline.start, found.standing
    if limit is None or start is None:
        return []
    # What came from elsewhere may end before it starts: no stage is after the end.
    moments = {
        str(percent): min(start + (limit - start) * percent / 100, limit) for percent in sorted(set(standing.alerts))
    }
    moments[LATE] = limit
    told = {said.partition("@")[0] for said in standing.alerted if said.partition("@")[2] == to_text(limit)}
    stages = list(moments)
    last = max((number for number, stage in enumerate(stages) if stage in told), default=-1)
    # The whole key, with the entry that armed it: a fact that was corrected and corrected back is told of again.
    key = f"clock/{found.id}/{standing.armed}/{to_text(limit)}"
    return [
        Timer(
            key=f"{key}/{stage}",
            at=moments[stage],
            event=ClockAlerted(clock=found.id, stage=stage, strict=found.due, target=found.own_target),
            group=key,
        )
        for stage in stages[last + 1 :]
    ]


def after(clocks: Clocks, entry: Entry) -> Clocks:
    """The clocks after one more entry of the family `clock`."""
    event: Any = entry.event
    id_ = getattr(event, "clock", None)
    if id_ is None:  # it does not have the shape of its kind: nobody here wrote that
        return clocks
    standing = clocks.clocks.get(id_)
    now = _after(standing, event, entry)
    return clocks if now is None else clocks.but(clocks={**clocks.clocks, id_: now})


def _after(standing: Standing | None, event: Any, entry: Entry) -> Standing | None:
    match event.kind:
        case "clock.applies":
            goes_on = standing is not None and standing.said == APPLIES
            return _said(standing, APPLIES, event, entry).but(
                row=event.row,
                zone=event.zone,
                calendar=event.calendar,
                holidays=list(event.holidays),
                own_target=event.own_target,
                alerts=[percent for percent in event.alerts if 0 < percent < 100],
                armed=entry.seq,
                # Who was told of a stage is not told again, unless it is of another deadline.
                alerted=standing.alerted if standing is not None and goes_on else [],
            )
        case "clock.dismissed":
            return _said(standing, DISMISSED, event, entry)
        case "clock.stopped":
            return _said(standing, STOPPED, event, entry)
    if standing is None:
        return None
    match event.kind:
        case "clock.submitted":
            submission = {"seq": entry.seq, "reference": event.reference}
            return standing.but(submissions=[*standing.submissions, submission])
        case "clock.delayed":
            until = to_text(event.until) if event.until else None
            delay = {"seq": entry.seq, "by": entry.actor, "at": entry.occurred_at, "until": until}
            return standing.but(delays=[*standing.delays, delay])
        case "clock.recomputed":
            return standing.but(armed=entry.seq, alerted=[])
        case "clock.alerted":
            limit = event.strict or event.target
            return standing.but(alerted=[*standing.alerted, f"{event.stage}@{to_text(limit) if limit else ''}"])
    return standing


def _said(standing: Standing | None, said: str, event: Any, entry: Entry) -> Standing:
    """What was said before is kept beside it."""
    new: dict[str, Any] = {"said": said, "by": entry.actor, "at": entry.occurred_at}
    if standing is None:
        return Standing(id=event.clock, armed=entry.seq, past=[{"seq": entry.seq, **new}], **new)
    return standing.but(**new, past=[*standing.past, {"seq": entry.seq, **new}])
