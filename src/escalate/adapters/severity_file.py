"""Reads how severity is counted: the team's own scale where there is one, else the one that comes with escalate."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.sheet import Sheet, near
from escalate.domain.incident.harm import HARMS
from escalate.domain.incident.rules import SOURCES
from escalate.domain.incident.scoring import CONFIDENCE, HIGHEST, Axis, Floor, Follows, Scale, Term
from escalate.domain.incident.severity import LEVELS
from escalate.domain.incident.targets import NAMES, length
from escalate.domain.text.visible import visible
from escalate.errors import Misconfigured
from escalate.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

FOLDER, FILE = "severity", "core.toml"

SIGNS = ("imminent", "child", "ongoing")
"""What an incident may be marked as when it is opened."""

LARGEST = Decimal(1000)
SHOWN_MISTAKES = 100


def read(home: Path, text_at: Callable[[str], str]) -> Scale:
    """The scale in force. The bundled one never stands in for a team's own that cannot be used.

    Raises Misconfigured with every mistake.
    """
    own = home / "templates" / FOLDER
    names = _names(own)
    if FILE in names:
        return at(own / FILE, text_at)
    if strange := [name for name in names if name.endswith(".toml")]:
        raise Misconfigured(
            f"{own} holds {', '.join(strange)}, which nothing reads.",
            hint=f"The team's own scale is called {FILE}. Rename it, or move it away.",
        )
    return at(bundled("templates") / FOLDER / FILE, text_at)


def at(path: Path, text_at: Callable[[str], str]) -> Scale:
    """The scale in a file anywhere."""
    import tomllib

    text = text_at(str(path))
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Misconfigured(f"{path} is not TOML: {error}.", hint=_hint(path)) from error
    mistakes: list[str] = []
    scale = _scale(Sheet(data, "", mistakes))
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        lines = [f"  {mistake}" for mistake in mistakes[:SHOWN_MISTAKES]]
        if len(mistakes) > SHOWN_MISTAKES:
            lines.append(f"  and {len(mistakes) - SHOWN_MISTAKES} more.")
        raise Misconfigured("\n".join((f"The severity scale {path} has {count}:", *lines)), hint=_hint(path))
    return scale


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be read: {error.strerror}.", hint="May you read it?") from error


def _hint(path: Path) -> str:
    return f"Mend it. The scale that comes with escalate is used again once {path} is moved away."


def _scale(sheet: Sheet) -> Scale:
    sheet.only(("id", "version", "title", "bands", "axes", "terms", "verify", "floors", "targets"))
    id_, version = sheet.text("id", needed=True), sheet.whole("version", needed=True)
    if id_ and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", id_):
        sheet.wrong("id", "this is small letters, digits and hyphens.")
    if version is not None and version < 1:
        sheet.wrong("version", "versions count from 1.")
    sheet.text("title")
    axes = {key: _axis(key, table) for key, table in sheet.below("axes").items()}
    if not axes:
        sheet.wrong("axes", "there is no axis.", 'As [axes.H] with label = "…" and anchors = ["…"].')
    return Scale(
        id=id_,
        version=version or 0,
        axes=axes,
        terms=_terms(sheet, axes),
        bands=_bands(sheet),
        floors={key: _floor(key, table) for key, table in sheet.below("floors").items()},
        verify=_verify(sheet, axes),
        targets={level: _targets(level, table) for level, table in sheet.below("targets").items()},
    )


def _axis(key: str, sheet: Sheet) -> Axis:
    sheet.only(("label", "anchors"))
    if not re.fullmatch("[A-Z]", key) or key == CONFIDENCE:
        sheet.wrong("", f"an axis is one capital letter, and {CONFIDENCE} is confidence.")
    anchors = sheet.words("anchors")
    if len(anchors) != HIGHEST + 1:
        sheet.wrong("anchors", f"there are {len(anchors)}; one is needed for each value from 0 to {HIGHEST}.")
    return Axis(key=key, label=_words(sheet, "label"), anchors=tuple(visible(anchor) for anchor in anchors))


def _words(sheet: Sheet, key: str) -> str:
    return visible(sheet.text(key, needed=True))


def _terms(sheet: Sheet, axes: dict[str, Axis]) -> tuple[Term, ...]:
    rows = sheet.data.get("terms")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        sheet.wrong("terms", "this is a list of tables.", 'As [[terms]] with weight = 5 and axes = ["H"].')
        return ()
    terms, used = [], set()
    for count, row in enumerate(rows):
        one = Sheet(row, f"terms[{count}]", sheet.mistakes)
        one.only(("weight", "axes"))
        names = one.words("axes")
        if not names and "axes" not in one.data:
            one.wrong("axes", "this is missing.")
        for name in (name for name in names if name not in axes):
            one.wrong("axes", f"there is no axis {name!r}.", near(name, axes, all_of_them="Axes"))
        used |= set(names)
        terms.append(Term(weight=_number(one, "weight"), axes=names))
    for key in (key for key in axes if key not in used):
        sheet.wrong(f"axes.{key}", "no term counts it.", f'Add [[terms]] with axes = ["{key}"].')
    return tuple(terms)


def _bands(sheet: Sheet) -> dict[str, Decimal]:
    table = Sheet(_table(sheet, "bands"), "bands", sheet.mistakes)
    table.only(LEVELS[:-1])
    bands = {level: _number(table, level) for level in LEVELS[:-1]}
    if not table.mistakes and list(bands.values()) != sorted(set(bands.values()), reverse=True):
        sheet.wrong("bands", "each level begins below the one before it.", f"The worst is {LEVELS[0]}.")
    return bands


def _table(sheet: Sheet, key: str) -> dict[str, Any]:
    value = sheet.data.get(key, {})
    if isinstance(value, dict):
        return value
    sheet.wrong(key, "this must be a table.")
    return {}


def _number(sheet: Sheet, key: str) -> Decimal:
    """From 0 to 1,000 with six decimals at most, so that every sum of products is exact."""
    value = sheet.data.get(key)
    if value is None:
        sheet.wrong(key, "this is missing.")
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        sheet.wrong(key, "this must be a number.")
        return Decimal(0)
    given = Decimal(value)
    exponent = given.as_tuple().exponent
    if not given.is_finite() or not 0 <= given <= LARGEST or not isinstance(exponent, int) or exponent < -6:
        sheet.wrong(key, f"this must be a number from 0 to {LARGEST:,}, with six decimals at most.")
        return Decimal(0)
    return given


def _floor(key: str, sheet: Sheet) -> Floor:
    sheet.only(("condition", "severity", "follows"))
    if not re.fullmatch(r"F[1-9][0-9]?", key):
        sheet.wrong("", "a floor is F and a number, as F4.")
    level = sheet.text("severity", needed=True)
    if level and level not in LEVELS:
        sheet.wrong("severity", f"there is no severity {level!r}.", f"Severities: {', '.join(LEVELS)}.")
    rows = sheet.data.get("follows", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        sheet.wrong("follows", "this is a list of tables.", 'As [{ harm = ["life"], signs = ["imminent"] }].')
        rows = []
    follows = tuple(_follows(Sheet(row, f"{sheet.where}.follows[{n}]", sheet.mistakes)) for n, row in enumerate(rows))
    return Floor(id=key, condition=_words(sheet, "condition"), severity=level, follows=follows)


def _follows(sheet: Sheet) -> Follows:
    sheet.only(("harm", "signs", "source"))
    found = Follows(harm=sheet.words("harm"), signs=sheet.words("signs"), source=sheet.words("source"))
    if not (found.harm or found.signs or found.source):
        sheet.wrong("", "nothing is asked here, so it would always be true.", "Say harm, signs or source.")
    known: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
        ("harm", found.harm, tuple(HARMS)),
        ("signs", found.signs, SIGNS),
        ("source", found.source, SOURCES),
    )
    for key, words, all_ in known:
        for word in words:
            if (word.partition(":")[0] if key == "harm" else word) not in all_:
                sheet.wrong(key, f"there is no {word!r}.", near(word, all_, all_of_them="There are"))
    return found


def _targets(level: str, sheet: Sheet) -> dict[str, timedelta]:
    """Left out, a level or a name has none: nothing of it is ever late."""
    if level not in LEVELS:
        sheet.wrong("", f"there is no severity {level!r}.", f"Severities: {', '.join(LEVELS)}.")
    sheet.only(NAMES)
    found = {}
    for name in (name for name in NAMES if name in sheet.data):
        within = length(sheet.text(name, needed=True))
        if within is None and isinstance(sheet.data[name], str):
            sheet.wrong(name, "this is a time from 1 minute to 90 days.", 'As "5m", "1h30m", "24h" or "3d".')
        elif within is not None:
            found[name] = within
    return found


def _verify(sheet: Sheet, axes: dict[str, Axis]) -> tuple[str, int] | None:
    if "verify" not in sheet.data:
        return None
    table = Sheet(_table(sheet, "verify"), "verify", sheet.mistakes)
    table.only(("axis", "from"))
    axis, least = table.text("axis", needed=True), table.whole("from", needed=True)
    if axis and axis not in axes:
        table.wrong("axis", f"there is no axis {axis!r}.", near(axis, axes, all_of_them="Axes"))
    if least is not None and not 0 <= least <= HIGHEST:
        table.wrong("from", f"a value is from 0 to {HIGHEST}.")
    return (axis, least) if axis and least is not None else None
