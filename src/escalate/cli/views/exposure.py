"""How counted looks at masked texts look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.cli.views import Block, Cell, Table
from escalate.domain.text.many import many

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from escalate.app.care import Exposure
    from escalate.cli.views import View

CLAIM = "This counts looks, so that there are fewer of them. It does not claim that anybody is protected."


def public(found: Exposure) -> dict[str, Any]:
    """As `--json` shows it."""
    return {
        "person": found.person,
        "people": found.people,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "total": found.total,
        "last_24_hours": found.last_24_hours,
        "limit": found.limit,
        "days": [{"day": one.day.isoformat(), "reveals": one.reveals} for one in found.days],
        "shifts": [
            {
                "schedule": one.schedule,
                "start": one.start.isoformat(),
                "end": None if one.goes_on else one.end.isoformat(),
                "reveals": one.reveals,
            }
            for one in found.shifts
        ],
        "claim": CLAIM,
    }


def exposed(found: Exposure, zone: tzinfo) -> View:
    whose = f"{found.person}:" if found.person else f"The {many(found.people, 'person')} of the roster together:"
    last = f"{whose} masked texts were looked at {_times(found.last_24_hours)} in the last 24 hours"
    blocks: list[Block] = [(f"{last}, {_times(found.total)} in {many(len(found.days), 'day')}.", "bold")]
    if found.person:
        blocks.append(
            f"{found.limit} within 24 hours are meant to be enough; after that somebody else is offered."
            if found.limit
            else "No number is set after which somebody else is offered: reveals under [care] in the roster."
        )
    rows: list[tuple[Cell, ...]] = [(f"{one.day:%a %Y-%m-%d}", str(one.reveals)) for one in found.days]
    blocks += ["", Table(columns=("day", "looks"), rows=rows)]
    if found.shifts:
        rows = [
            (one.schedule, _local(one.start, zone), "now" if one.goes_on else _local(one.end, zone), str(one.reveals))
            for one in found.shifts
        ]
        blocks += ["", Table(columns=("shift", "from", "to", "looks"), rows=rows)]
    return [*blocks, "", CLAIM]


def _local(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
