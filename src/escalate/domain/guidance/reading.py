"""Reads the clauses of one file that somebody wrote, and gathers every mistake in it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

from escalate.domain.assessment.sheet import Sheet
from escalate.domain.guidance.clause import Clause, Element
from escalate.domain.text.visible import is_blank

KEYS = ("id", "version", "title", "text", "elements", "effective_from", "owner", "note")

ID = r"[a-z0-9][a-z0-9._-]{0,63}"
ELEMENT = r"[a-z0-9][a-z0-9_-]{0,63}"

LONGEST = {"title": 200, "text": 20_000, "owner": 120, "note": 2_000}
LONGEST_ELEMENT = 1_000
MOST_ELEMENTS = 50
LAST_VERSION = 999_999


def parse(data: dict[str, Any]) -> tuple[list[Clause], list[str]]:
    """The clauses that are right, and every mistake."""
    mistakes: list[str] = []
    sheet = Sheet(data, "", mistakes)
    sheet.only(("clauses",))
    tables = data.get("clauses", [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        sheet.wrong("clauses", "this is a list of tables.", "Each begins with [[clauses]].")
        tables = []
    elif not tables:
        sheet.wrong("clauses", "there is no clause.", "Each begins with [[clauses]].")
    found = [_clause(Sheet(one, _where(one, number), mistakes)) for number, one in enumerate(tables, 1)]
    return [one for one in found if one is not None], mistakes


def _where(table: dict[str, Any], number: int) -> str:
    """`har-3.2@4` where that is what it is, else `clauses[2]`."""
    id_, version = table.get("id"), table.get("version")
    fits = isinstance(id_, str) and re.fullmatch(ID, id_) and type(version) is int
    return f"{id_}@{version}" if fits else f"clauses[{number}]"


def _clause(sheet: Sheet) -> Clause | None:
    before = len(sheet.mistakes)
    sheet.only(KEYS)
    id_, version = sheet.text("id", needed=True), sheet.whole("version", needed=True)
    if id_ and not re.fullmatch(ID, id_):
        sheet.wrong("id", "an id is small letters, digits and . _ -", "As har-3.2; the version stands beside it.")
    if version is not None and not 1 <= version <= LAST_VERSION:
        sheet.wrong("version", "versions count from 1.")
    texts = {key: _text(sheet, key, longest, needed=key != "note") for key, longest in LONGEST.items()}
    for key in ("title", "owner"):
        if "\n" in texts[key]:
            sheet.wrong(key, "this is one line.")
    elements = _elements(sheet)
    effective = _effective(sheet)
    if len(sheet.mistakes) > before or effective is None or version is None:
        return None
    return Clause(id=id_, version=version, elements=elements, effective_from=effective, **texts)


def _text(sheet: Sheet, key: str, longest: int, *, needed: bool) -> str:
    text = sheet.text(key, needed=needed)
    if "\x00" in text or (text and is_blank(text)):
        sheet.wrong(key, "there is nothing to be seen in it, or U+0000.")
    if len(text) > longest:
        sheet.wrong(key, f"this is {len(text):,} characters long; {longest:,} fit.")
    return text


def _elements(sheet: Sheet) -> tuple[Element, ...]:
    tables = sheet.data.get("elements", [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        sheet.wrong("elements", "this is a list of tables.", 'As [[clauses.elements]] with id = "…" and text = "…".')
        return ()
    if not 1 <= len(tables) <= MOST_ELEMENTS:
        how_many = f"there are {len(tables)}; {MOST_ELEMENTS} fit." if tables else "there is no element."
        sheet.wrong("elements", how_many, "An element is one thing that must be so: [[clauses.elements]].")
    found: dict[str, Element] = {}
    for number, table in enumerate(tables, 1):
        one = Sheet(table, f"{sheet.where}.elements[{number}]", sheet.mistakes)
        one.only(("id", "text"))
        id_, text = one.text("id", needed=True), _text(one, "text", LONGEST_ELEMENT, needed=True)
        if id_ and not re.fullmatch(ELEMENT, id_):
            one.wrong("id", "an element's id is small letters, digits, _ and -")
        if id_.replace("_", "-") in found:
            one.wrong("id", f"there are two elements {id_}.")
        found[id_.replace("_", "-")] = Element(id=id_, text=text)
    return tuple(found.values())


def _effective(sheet: Sheet) -> datetime | None:
    """A date is that day's first instant in UTC; a moment says its zone."""
    value, do = sheet.data.get("effective_from"), "As 2026-03-01 or 2026-03-01T09:00:00+01:00, without quotes."
    if value is None:
        sheet.wrong("effective_from", "this is missing.", do)
        return None
    if not isinstance(value, date):
        sheet.wrong("effective_from", "this is a date, or a moment with its zone.", do)
        return None
    if not 1900 <= value.year < 9000:
        sheet.wrong("effective_from", f"this is in the year {value.year}.", do)
        return None
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    if value.tzinfo is None:
        sheet.wrong("effective_from", "this moment does not say its zone.", do)
        return None
    return value.astimezone(UTC)
