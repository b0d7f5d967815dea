"""What may stand where in JSON that people write: what is wrong is noted with its place, and reading goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

LONGEST = timedelta(days=3660)
SOMETIME = datetime(2000, 1, 1, tzinfo=UTC)


class Shapes:
    """`wrong` collects what is wrong. Each function returns what stands there, or something harmless in its place."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def dict_at(self, value: object, place: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        if value is not None or place == "the file":
            self.wrong.append(f"{place}: it is not an object {{…}}.")
        return {}

    def list_at(self, value: object, place: str) -> list[Any]:
        if isinstance(value, list):
            return value
        if value is not None:
            self.wrong.append(f"{place}: it is not a list […].")
        return []

    def text_at(self, value: object, place: str) -> str:
        if isinstance(value, str) and value:
            return value
        self.wrong.append(f"{place}: {'it is missing' if value is None else 'it is not a text that says something'}.")
        return ""

    def flag_at(self, value: object, place: str) -> bool:
        if value is not None and not isinstance(value, bool):
            self.wrong.append(f"{place}: it is true or false.")
        return value is True

    def minutes_at(
        self, value: object, place: str, *, whole: bool = False, least: timedelta = timedelta(0)
    ) -> timedelta:
        """`whole`: of seconds."""
        if value is None:
            self.wrong.append(f"{place}: it is missing.")
        elif isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and isfinite(value))):
            self.wrong.append(f"{place}: it is not a number of minutes.")
        elif not least / timedelta(minutes=1) <= value <= LONGEST / timedelta(minutes=1):
            self.wrong.append(f"{place}: it is {'below 0' if value < 0 else 'more than ten years'}.")
        elif whole and (value * 60) % 1:
            self.wrong.append(f"{place}: it is not a whole number of seconds.")
        else:
            return timedelta(minutes=value)
        return timedelta(0)

    def instant_at(self, value: object, place: str) -> datetime:
        try:
            found = datetime.fromisoformat(self.text_at(value, place) or "2000-01-01T00:00Z")
        except ValueError:
            self.wrong.append(f"{place}: it is not an instant as 2025-06-02T08:00:00+00:00.")
            return SOMETIME
        if found.tzinfo is None:
            self.wrong.append(f"{place}: it does not say its zone. Add Z or an offset.")
            return SOMETIME
        if not 1900 < found.year < 9000:
            self.wrong.append(f"{place}: it is in the year {found.year}.")
            return SOMETIME
        return found.astimezone(UTC)
