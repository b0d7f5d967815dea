"""One message that is owed, before it has words; and the ways to somebody who need not be woken."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.value import Value

if TYPE_CHECKING:
    from escalate.domain.people import Reach
    from escalate.domain.roster import Roster

UNSEEN = "unseen"
"""Marks the values of what is never shown at a terminal: it may be that of whoever must not learn of it."""


class Owed(Value):
    """`template` names the words, `values` what they are filled with; `after` the event it falls due. `each`: somebody
    else's answer does not make it needless. `dedup` is given where it is not about the page's present round.
    """

    to: str
    via: str
    purpose: str
    template: str
    after: timedelta = timedelta(0)
    page: str | None = None
    action: str = "trigger"
    dedup: str = ""
    each: bool = False
    values: dict[str, Any] = {}


def gently(person: str, roster: Roster) -> list[Reach]:
    """The ways to a person but for pagers, which wake people; those as well where there is nothing else."""
    ways = roster.reach(person)
    pagers = {name for name, channel in roster.channels.items() if channel.kind == "pagerduty"}
    return [way for way in ways if way.via not in pagers] or ways
