"""Who sends what is owed: the couriers that live."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.ports import Reading

ALIVE = timedelta(seconds=60)
"""A courier without a sign of life for so long is taken for dead."""

SKEW = timedelta(minutes=1)
"""By how much the clocks of machines may differ."""


def any_that_beats(_courier: dict[str, Any]) -> bool:
    """For who cannot tell those that live from those that only left a sign of life."""
    return True


def living(
    look: Reading, now: datetime, alive: Callable[[dict[str, Any]], bool] = any_that_beats
) -> list[dict[str, Any]]:
    """Those that gave a sign of life, the latest first; `alive` tells them from those that only left one. What the future
    says is believed as far as clocks differ.
    """
    return [one for one in look.couriers(now - ALIVE) if one["beat_at"] - now <= SKEW and alive(one)]
