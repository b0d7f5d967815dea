"""What is to be known of a timeline that was brought in from another record."""

from __future__ import annotations

from typing import ClassVar

from escalate.domain.timeline.event import Event


class IncidentBroughtIn(Event):
    """The timeline up to here was written in another record, where it goes on: what happens by itself, happens there."""

    kind: ClassVar[str] = "incident.brought_in"
