"""Clocks."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def real(self, seconds: float) -> float:
        return seconds


class ScaledClock:
    """Runs `speed` times as fast from the moment it is made: for drills."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._start = datetime.now(UTC)

    def now(self) -> datetime:
        return self._start + (datetime.now(UTC) - self._start) * self._speed

    def real(self, seconds: float) -> float:
        return seconds / self._speed
