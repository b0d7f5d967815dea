"""The words of rotations and schedules: when one begins, how long a turn is, clock times, days.

Each function returns what was given, or raises `Wrong`; what the words mean is read by the functions below them.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from escalate.adapters.roster_words import Wrong

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = ("hours", "days", "weeks", "months")
LONGEST_TURN = 9_000
"""Of any unit."""

START = "As start = 2026-01-05T09:00:00, without quotes: the local time at which the first of the people takes over"


def start(given: Any) -> Any:
    """A date-time of TOML without an offset: it is wall time in the rotation's zone."""
    if isinstance(given, str):
        raise Wrong("is in quotes", START)
    if not isinstance(given, datetime):
        raise Wrong("has no time of day" if isinstance(given, date) else "is not a local date-time", START)
    if given.tzinfo is not None:
        local = given.replace(tzinfo=None).isoformat(timespec="seconds")
        raise Wrong("has an offset", f"It is wall time in the rotation's zone. Leave the offset out, as {local}")
    if not 1970 <= given.year <= 2199:
        raise Wrong("is too far away", "The year is between 1970 and 2199")
    return given


def every(text: str) -> str:
    found = re.fullmatch(r"(\d{1,9}) +(hour|day|week|month)s?", text.strip())
    if not found:
        raise Wrong("is not the length of a turn", 'As "12 hours", "1 day", "1 week" or "1 month"')
    if not 1 <= int(found[1]) <= LONGEST_TURN:
        raise Wrong("is out of range", f'From 1 to {LONGEST_TURN}, as "1 {found[2]}"')
    return text


def turn(text: str) -> tuple[int, str]:
    """`2 weeks` as (2, "weeks")."""
    number, unit = text.split()
    return int(number), unit.removesuffix("s") + "s"


def clock(text: str) -> str:
    if re.fullmatch(r"24:00(:00)?", text):
        raise Wrong("is not a clock time", 'The end of a day is the beginning of the next one: write "00:00"')
    if found := re.fullmatch(r"(\d):([0-5]\d)", text):
        raise Wrong("is not a clock time", f'With two digits: "0{found[1]}:{found[2]}"')
    if found := re.fullmatch(r"((?:[01]\d|2[0-3]):[0-5]\d):\d\d", text):
        raise Wrong("is not a clock time", f'Hours and minutes only: "{found[1]}"')
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise Wrong("is not a clock time", 'From "00:00" to "23:59", as "09:00" or "17:30"')
    return text


def day(text: str) -> str:
    if text not in DAYS:
        short = text.strip().lower()[:3]
        raise Wrong("is not a day", f"Write {short}" if short in DAYS else f"Days: {', '.join(DAYS)}")
    return text


def numbered(days: list[str] | None) -> list[int] | None:
    """0 is Monday; None is every day."""
    return None if days is None else sorted({DAYS.index(each) for each in days})
