"""The words of the table `[clocks]`: percentages, internal targets, roles, places.

Each function returns what was given, or raises `Wrong`.
"""

from __future__ import annotations

import re

from escalate.adapters.roster_words import Wrong, seconds
from escalate.domain.clocks.suggest import roles_of
from escalate.errors import Usage

LONGEST_TARGET = 90 * 86_400


def percent(number: int) -> int:
    if not 1 <= number <= 99:
        raise Wrong("is no percentage of the time before", "From 1 to 99; that time is over is always told")
    return number


def clock(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", text):
        raise Wrong("is not the id of a clock, nor how one begins", 'As us-2258a = "4h"; see escalate clock library')
    return text


def target(text: str) -> str:
    if not 60 <= seconds(text) <= LONGEST_TARGET:
        raise Wrong("is no internal target", 'From "1m" to "90d", as "4h"')
    return text


def role(text: str) -> str:
    try:
        return roles_of([text])[0]
    except Usage as error:
        raise Wrong("is not a role that clocks know", error.hint.rstrip(".")) from error


def place(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,4})?", text):
        raise Wrong("is not a jurisdiction", 'As "EU", "DE", "UK", "US" or "US-CA"')
    return text.upper()


def calendar(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,4})?", text):
        raise Wrong(
            "is not the name of a holiday calendar", 'Two letters name a country, as "BE"; a part of it is "DE-BY"'
        )
    return text
