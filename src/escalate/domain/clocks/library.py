"""The clocks that are known: what starts each, how long it runs, who is told, and how sure anybody is of it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from escalate.domain.assessment.sheet import Sheet, near
from escalate.domain.clocks.rules import UNITS, Rule, rule
from escalate.domain.clocks.trace import many
from escalate.domain.value import Value
from escalate.errors import Misconfigured, Usage

IN_FORCE, NOT_IN_FORCE, FROM, UNCLEAR, TEMPLATE = "in_force", "not_in_force", "from", "unclear", "template"
STATUSES = (IN_FORCE, NOT_IN_FORCE, FROM, UNCLEAR, TEMPLATE)

CONFIDENCE = {
    "P": "the wording was read",
    "S": "NOT CONFIRMED: from secondary sources, the wording was not seen",
    "M": "NOT CONFIRMED: from memory",
}

STALE = timedelta(days=180)
"""After so long a row is looked at again before anybody relies on it."""

KEYS = (
    "id", "regime", "jurisdiction", "who", "start", "trigger", "n", "unit", "rule", "qualifier", "recipient", "follow",
    "cite", "status", "status_note", "in_force_from", "conf", "verified_on",
)  # fmt: skip


class LegalClock(Value):
    """A duty to tell `recipient`. `start` is the fact it runs from; `n` and `rule` are None where the law says no number
    (`qualifier` then is all it says). `origin` says whether it came with escalate or is the team's own.
    """

    id: str
    regime: str
    jurisdiction: str
    who: str
    start: str
    trigger: str
    n: int | None = None
    unit: str
    rule: Rule | None = None
    rule_text: str = "none"
    qualifier: str
    recipient: str
    follow: str = ""
    cite: str
    status: str
    status_note: str = ""
    in_force_from: date | None = None
    conf: str
    verified_on: date
    origin: str = ""

    @property
    def starts(self) -> tuple[str, ...]:
        """The facts it may run from: of `determination-or-reasonable-belief` either, the earlier one counts."""
        if ":" in self.start:  # it follows another clock, whatever that is called
            return (self.start,)
        parts = self.start.split("-or-")
        return (self.start, *parts) if len(parts) > 1 else (self.start,)

    @property
    def period(self) -> str:
        """`72 hours`, or that there is no number."""
        return many(self.n, self.unit) if self.n is not None else "no number in law"

    @property
    def is_confirmed(self) -> bool:
        return self.conf == "P"

    @property
    def confidence(self) -> str:
        return CONFIDENCE[self.conf]

    def age(self, today: date) -> timedelta:
        return today - self.verified_on

    def is_stale(self, today: date) -> bool:
        return self.age(today) > STALE

    def is_in_force(self, today: date) -> bool | None:
        """None where that is unclear, or for a contract to say."""
        if self.status in (UNCLEAR, TEMPLATE):
            return None
        if self.status == NOT_IN_FORCE:
            return False
        return self.in_force_from is None or self.in_force_from <= today

    def standing(self, today: date) -> str:
        """Whether it is in force, in words."""
        since = f" since {self.in_force_from}" if self.in_force_from else ""
        words = {
            UNCLEAR: "UNCLEAR whether it is in force",
            TEMPLATE: "an example: set your own",
            NOT_IN_FORCE: "NOT in force",
        }
        said = words.get(self.status)
        if said is None:
            said = f"in force{since}" if self.is_in_force(today) else f"NOT YET in force, from {self.in_force_from}"
        return said


def parse(data: dict[str, Any], name: str, origin: str = "") -> list[LegalClock]:
    """The clocks of a file. Raises Misconfigured that names every mistake in it."""
    mistakes: list[str] = []
    sheet = Sheet(data, "", mistakes)
    sheet.only(("schema", "clocks"))
    if data.get("schema") != 1:
        sheet.wrong("schema", "this must be 1.")
    rows = data.get("clocks")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        sheet.wrong("clocks", "this must be a list of tables: [[clocks]].")
        rows = []
    found: dict[str, LegalClock] = {}
    for number, row in enumerate(rows, 1):
        known = row.get("id")
        clock = _clock(Sheet(row, known if isinstance(known, str) and known else f"clocks[{number}]", mistakes), origin)
        if clock is not None and clock.id in found:
            mistakes.append(f"{clock.id}: there are two clocks of that id.")
        if clock is not None:
            found[clock.id] = clock
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise Misconfigured(
            "\n".join((f"The clocks in {name} have {count}:", *(f"  {mistake}" for mistake in mistakes))),
            hint="Mend the file, then: escalate clock library",
        )
    return list(found.values())


def _clock(sheet: Sheet, origin: str) -> LegalClock | None:
    before = len(sheet.mistakes)
    sheet.only(KEYS)
    needed = ("id", "regime", "jurisdiction", "who", "start", "trigger", "qualifier", "recipient", "cite", "unit")
    texts = {key: sheet.text(key, needed=True) for key in needed}
    optional = {key: sheet.text(key) for key in ("follow", "status_note")}
    texts["start"] = texts["start"].lower().replace("_", "-")
    if texts["id"] and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", texts["id"]):
        sheet.wrong("id", "an id is small letters, digits and hyphens.")
    if texts["start"] and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(:[a-z0-9-]+)?", texts["start"]):
        sheet.wrong("start", "this must be the name of a fact, as awareness or submitted:ID.")
    status, conf = _one_of(sheet, "status", STATUSES), _one_of(sheet, "conf", tuple(CONFIDENCE))
    verified, since = _day(sheet, "verified_on", needed=True), _day(sheet, "in_force_from")
    if status == FROM and since is None:
        sheet.wrong("in_force_from", "this is missing: from which day on?")
    n, counted, text = _counted(sheet, texts["unit"])
    if len(sheet.mistakes) > before or verified is None:
        return None
    return LegalClock(
        **texts, **optional, n=n, rule=counted, rule_text=text, status=status, in_force_from=since, conf=conf,
        verified_on=verified, origin=origin,
    )  # fmt: skip


def _counted(sheet: Sheet, unit: str) -> tuple[int | None, Rule | None, str]:
    """How many, by which rule; and how that is written."""
    text = sheet.text("rule", needed=True)
    if text == "none" or unit == "qualitative":
        if text != "none" or unit != "qualitative" or "n" in sheet.data:
            sheet.wrong("rule", 'without a number it takes unit = "qualitative", rule = "none" and no n.')
        return None, None, text
    n = sheet.whole("n", needed=True)
    if unit not in UNITS:
        sheet.wrong("unit", f"there is no unit {unit!r}.", near(unit, (*UNITS, "qualitative"), all_of_them="Units"))
    elif n is not None and text:
        try:
            return n, rule(text, n, unit), text
        except Usage as error:
            sheet.wrong("rule", error.message, error.hint)
    return n, None, text


def _one_of(sheet: Sheet, key: str, known: tuple[str, ...]) -> str:
    word = sheet.text(key, needed=True)
    if word and word not in known:
        sheet.wrong(key, f"this cannot be {word!r}.", near(word, known))
    return word


def _day(sheet: Sheet, key: str, *, needed: bool = False) -> date | None:
    value = sheet.data.get(key)
    if value is None and not needed:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        sheet.wrong(key, "this must be a date: 2026-11-21." if key in sheet.data else "this is missing.")
        return None
    return value
