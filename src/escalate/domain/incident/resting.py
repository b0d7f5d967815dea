"""An incident that was brought in from another record: nothing happens to it by itself until somebody works on it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.incident.timers import timers

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.entry import Entry

LOOKING = frozenset({"access", "entry", "message", "courier", "report", "text"})
"""Families of kinds that are written by who only looks, lets others look, or passes on what there is."""

WORK = frozenset({"entry.corrected", "entry.withdrawn", "entry.labelled"})


def woken(incident: Incident, entry: Entry) -> Incident:
    """The incident, of which `entry` is about to be the last. What had fallen due by then, here or in the record it comes
    from, stays silent: it is shown as late. What is ahead happens here as well from now on.
    """
    if entry.actor.startswith("courier:"):
        return incident
    if entry.kind in {"incident.brought_in", "incident.numbered"}:
        return incident
    if entry.kind.partition(".")[0] in LOOKING and entry.kind not in WORK:
        return incident
    awake = incident.but(resting=False)
    past = [timer.key for timer in timers(awake) if timer.at <= entry.recorded]
    return awake.but(silent=(*incident.silent, *past))
