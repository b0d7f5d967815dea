"""Somebody outside whom a team turns to, as the team itself wrote it down, and who of them fits."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.authorities.hours import Hours, reach
from escalate.domain.value import Value
from escalate.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from escalate.domain.incident.state import Incident

ANY = "any"

CHANNELS = ("portal", "phone", "email")

STALE = timedelta(days=90)
"""After so long somebody should look again whether an entry is right."""

PLACE = r"[A-Z]{2}(-[A-Z0-9]{1,6})?"
"""A country, or a region of one: GB, US-CA. EU is taken as well."""

ALIKE = {"UK": "GB"}


class Authority(Value):
    """`hours` is empty where they can always be reached. `place` and `harm` may be any. `verified_on` is when somebody last
    made sure that all of it is right; None where nobody ever did.
    """

    name: str
    body: str
    place: tuple[str, ...]
    harm: tuple[str, ...]
    channel: str
    phone: str = ""
    address: str = ""
    hours: tuple[Hours, ...] = ()
    languages: tuple[str, ...] = ()
    legal_basis: str
    say_first: str = ""
    least_data: tuple[str, ...] = ()
    note: str = ""
    verified_by: str = ""
    verified_on: date | None = None

    @property
    def contact(self) -> str:
        """How they are reached, by the way that is theirs."""
        return self.phone if self.channel == "phone" else self.address

    @property
    def number(self) -> str:
        """What a request is checked against: the number, where there is one."""
        return self.phone or self.address

    def age(self, today: date) -> int | None:
        return (today - self.verified_on).days if self.verified_on else None

    def is_stale(self, today: date) -> bool:
        return self.verified_on is None or today - self.verified_on > STALE

    def public(self, now: datetime) -> dict[str, Any]:
        """As `--json` shows it."""
        today, there = now.date(), reach(self.hours, now)
        return {
            "name": self.name,
            "body": self.body,
            "place": list(self.place),
            "harm": list(self.harm),
            "channel": self.channel,
            "phone": self.phone or None,
            "address": self.address or None,
            "hours": [one.said for one in self.hours] or "always",
            "open": there.open,
            "open_until": there.until.isoformat() if there.until else None,
            "opens": there.opens.isoformat() if there.opens else None,
            "languages": list(self.languages),
            "legal_basis": self.legal_basis,
            "say_first": self.say_first,
            "least_data": list(self.least_data),
            "note": self.note,
            "verified_by": self.verified_by or None,
            "verified_on": self.verified_on.isoformat() if self.verified_on else None,
            "age_days": self.age(today),
            "stale": self.is_stale(today),
        }


Authorities = dict[str, Authority]


def place_of(text: str) -> str:
    """`us-ca` as US-CA, UK as GB; empty where it is no place."""
    code = text.strip().upper()
    country, hyphen, region = code.partition("-")
    code = ALIKE.get(country, country) + hyphen + region
    return code if re.fullmatch(PLACE, code) else ""


def named(known: Mapping[str, Authority], name: str, path: str) -> Authority:
    """Raises NotFound with the nearest name."""
    found = known.get(name.strip().lower())
    if found is not None:
        return found
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), known, n=1)
    there = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}." if known else ""
    nothing = "" if known else f"Nobody has written any down: they go into {path}."
    raise NotFound(f"There is no authority {name!r}.", hint=there or nothing)


def fitting(known: Iterable[Authority], places: Iterable[str], harms: Iterable[str]) -> list[Authority]:
    """Those for one of the places and one of the harms, the closest first; what is not asked does not matter."""
    places, harms = tuple(places), tuple(harms)
    ranked = []
    for order, one in enumerate(known):
        where = min((_place_fits(mine, asked) for mine in one.place for asked in places), default=0)
        what = min((_harm_fits(mine, asked) for mine in one.harm for asked in harms), default=0)
        if where < NOT and what < NOT:
            ranked.append((where + what, order, one))
    return [one for _rank, _order, one in sorted(ranked, key=lambda each: each[:2])]


NOT = 9


def _place_fits(mine: str, asked: str) -> int:
    """0 for the very place, 1 for the country around it, 2 for a region in it, 3 for any."""
    if mine == asked:
        return 0
    if asked.startswith(f"{mine}-"):
        return 1
    if mine.startswith(f"{asked}-"):
        return 2
    return 3 if mine == ANY else NOT


def _harm_fits(mine: str, asked: str) -> int:
    if mine == asked:
        return 0
    if asked.startswith(f"{mine}:"):
        return 1
    if mine.startswith(f"{asked}:"):
        return 2
    return 3 if mine == ANY else NOT


JURISDICTIONS = ("jurisdictions", "jurisdiction_guess")
"""Answers of assessments that say where it may be."""


def places_of(incident: Incident) -> list[str]:
    """Where an incident may be, by its assessments as they stand."""
    said = [
        word
        for one in incident.assessments.values()
        for field in JURISDICTIONS
        if isinstance(words := one["answers"].get(field), list)
        for word in words
        if isinstance(word, str)
    ]
    return list(dict.fromkeys(filter(None, map(place_of, said))))
