"""Who is on call in a scenario, from one moment to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


def spans_of(listed: list[tuple[datetime, datetime | None, list[str]]]) -> list[tuple[datetime, list[str]]]:
    """Who is on call from each moment on; after an end nobody, until the next begins."""
    spans: list[tuple[datetime, list[str]]] = []
    for number, (begins, ends, people) in enumerate(listed):
        spans.append((begins, people))
        if ends is not None and (number + 1 == len(listed) or listed[number + 1][0] > ends):
            spans.append((ends, []))
    return spans


def people_at(spans: list[tuple[datetime, list[str]]], moment: datetime) -> list[str]:
    people: list[str] = []
    for begins, these in spans:
        people = these if begins <= moment else people
    return people


def staffed(name: str, people: list[str]) -> dict[str, Any]:
    """A schedule in which exactly these are on call, always."""
    rule = {"days": None, "begin": "00:00", "end": "00:00", "zone": None}
    return {"name": name, "zone": "UTC", "rules": [{**rule, "target": f"person:{person}"} for person in people]}
