"""How a deadline was found, step by step, so that a lawyer can follow it with the law beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.text.many import many as spoken
from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import date, datetime


class Step(Value):
    """One sentence; `at` is the instant it comes to, `why` what it follows from, `cite` where that is written."""

    step: str
    at: datetime | None = None
    why: str = ""
    cite: str = ""


Trace = tuple[Step, ...]

NOT_ADVICE = Step(
    step="This is arithmetic, not legal advice.",
    why="Whether a clock applies, and from when, is for a named person to say.",
)


def said(day: date) -> str:
    """`Sun 22 Nov 2026`, whatever language the machine speaks."""
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[day.month - 1]
    return f"{weekday} {day.day} {month} {day.year}"


def many(n: int, unit: str) -> str:
    """`1 day`, `4 business days`; `unit` is in the plural, with `_` for blanks."""
    return spoken(n, unit.replace("_", " ").removesuffix("s"))
