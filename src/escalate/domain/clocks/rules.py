"""The rules that legal clocks are counted by, and how they are written: `eu_days`, `elapsed_hours; dora_noon`."""

from __future__ import annotations

import re

from escalate.domain.value import Value
from escalate.errors import Usage

HOURS, DAYS, MONTHS, YEARS, BUSINESS_DAYS = "hours", "days", "months", "years", "business_days"
UNITS = (HOURS, DAYS, MONTHS, BUSINESS_DAYS, YEARS)

EU = "Reg. (EEC, Euratom) 1182/71"
DORA = "Del. Reg. (EU) 2025/301"

RULES = {
    "elapsed_hours": HOURS,
    "eu_hours": HOURS,
    "eu_days": DAYS,
    "eu_months": MONTHS,
    "dora_min": HOURS,
    "us_sec_business_days": BUSINESS_DAYS,
    "calendar_days": DAYS,
    "business_days_after": BUSINESS_DAYS,
    "keep_until": YEARS,
}
"""Each rule and what it counts."""

NOON = "dora_noon"
"""Stands after another rule and moves its outer deadline. By itself it goes with the rule that counts its unit."""

MOST = {HOURS: 10_000, DAYS: 10_000, BUSINESS_DAYS: 1_000, MONTHS: 1_200, YEARS: 100}
"""More than any law says: a slip, not a period."""

BY_UNIT = {HOURS: "elapsed_hours", DAYS: "eu_days", MONTHS: "eu_months"}

CAP = 24
"""Hours from awareness within which a major incident that was classified by then is reported: Art. 5(1)(a)."""


class Rule(Value):
    """`is_noon`: a deadline on a weekend or holiday may be met by noon of the next working day. `cap`: hours from
    awareness, for `dora_min` only.
    """

    name: str
    is_noon: bool = False
    cap: int = CAP

    @property
    def unit(self) -> str:
        return RULES[self.name]

    @property
    def text(self) -> str:
        return f"{self.name}; {NOON}" if self.is_noon else self.name

    @property
    def needs_awareness(self) -> bool:
        return self.name == "dora_min"

    @property
    def needs_holidays(self) -> bool:
        """Whether a holiday can change what it comes to."""
        return self.is_noon or self.unit in (MONTHS, BUSINESS_DAYS) or self.name == "eu_days"

    @property
    def country(self) -> str | None:
        """Whose holidays it counts by itself."""
        return "US" if self.name == "us_sec_business_days" else None


def is_rule(text: str) -> bool:
    """Whether it begins with the name of a rule; it may still be written wrongly."""
    word = re.split(r"[;(]", text, maxsplit=1)[0].strip().lower().replace("-", "_")
    return word in RULES or word == NOON


def rule(text: str, n: int, unit: str) -> Rule:
    """The rule written as `text`. Raises Usage where there is none such, or it does not count `n` of that unit."""
    found, is_noon, cap = "", False, CAP
    for part in filter(None, (part.strip() for part in text.lower().replace("-", "_").split(";"))):
        word, _, inside = part.partition("(")
        word = word.strip()
        if part == NOON:
            is_noon = True
        elif found == "dora_min" and part.startswith("if classified"):
            _late(part, n, cap, text)
        elif word not in RULES or found or (inside and word != "dora_min"):
            raise _unknown(word if not found else part, text)
        else:
            found = word
            cap = _cap(part, n, text) if inside else CAP
    if not found and is_noon:
        found = BY_UNIT.get(unit, "")
    if not found:
        raise _unknown(text.strip(), text)
    if RULES[found] != unit:
        raise Usage(
            f"{found} counts {RULES[found].replace('_', ' ')}, not {unit.replace('_', ' ')}.",
            hint=f"Say --unit {RULES[found]}, or another rule.",
        )
    if not 1 <= n <= MOST[unit]:
        raise Usage(f"{n} {unit.replace('_', ' ')} is no period.", hint=f"Between 1 and {MOST[unit]}.")
    return Rule(name=found, is_noon=is_noon, cap=cap)


def _cap(part: str, n: int, text: str) -> int:
    """What is in the brackets of `dora_min(classification+4h, awareness+24h)`."""
    match = re.fullmatch(r"dora_min\(classification ?\+ ?(\d{1,4}) ?h, ?awareness ?\+ ?(\d{1,4}) ?h\)", part)
    if match is None or int(match[1]) != n:
        raise Usage(
            f"{text!r} cannot be read for {n} hours.", hint=f"Write: dora_min(classification+{n}h, awareness+{CAP}h)"
        )
    return int(match[2])


def _late(part: str, n: int, cap: int, text: str) -> None:
    """What `dora_min` does anyway may be written behind it; something else may not."""
    match = re.fullmatch(r"if classified after (\d{1,4}) ?h: classification ?\+ ?(\d{1,4}) ?h", part)
    if match is None or (int(match[1]), int(match[2])) != (cap, n):
        raise Usage(f"{text!r} cannot be read.", hint=f"Write: if classified after {cap} h: classification+{n}h")


def _unknown(word: str, text: str) -> Usage:
    from difflib import get_close_matches

    known = [*RULES, NOON]
    close = get_close_matches(word, known, n=1)
    where = "" if word == text.strip() else f" in {text[:80]!r}"
    return Usage(
        f"There is no rule {word[:60]!r}{where}.",
        hint=f"{f'Did you mean {close[0]}? ' if close else ''}Rules: {', '.join(known)}.",
    )
