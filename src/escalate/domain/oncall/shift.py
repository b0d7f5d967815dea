"""A stretch of time in which one person is on call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import datetime


class Shift(Value):
    """Half-open, in UTC. `truncated`: it goes on past the window that was asked for, and was cut at its end."""

    person: str
    start: datetime
    end: datetime
    truncated: bool = False
