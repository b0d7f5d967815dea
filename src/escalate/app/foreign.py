"""What others wrote, one JSON object to a line, read as notes: every line that cannot be taken is named."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from escalate.domain.incident import rules
from escalate.domain.instants import to_text
from escalate.domain.timeline.codec import LARGEST, encode
from escalate.domain.timeline.entry import EXACT, Draft
from escalate.domain.timeline.events import NoteAdded
from escalate.domain.value import Value
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LONGEST_LINE = 1_000_000
KNOWN = frozenset({"at", "text", "kind", "precision", "actor", "approximate", "labels"})

NULL, NULL_SHOWN = "\x00", "␀"
"""U+0000 cannot be kept; it is made visible, and that is said."""


class Line(Value):
    """`is_altered`: it held U+0000."""

    number: int
    draft: Draft
    at: datetime
    is_altered: bool = False


def read(
    lines: list[str], read_time: Callable[[str], datetime], latest: datetime, may_mark: Callable[[frozenset[str]], bool]
) -> tuple[list[Line], list[str]]:
    """The lines, and what is wrong with those that cannot be taken. Nothing has happened after `latest`; `may_mark` says
    whether the reader may set such labels.
    """
    found, wrong = [], []
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            line = _line(number, raw, read_time)
            if line.at > latest:
                raise ValueError(f"{to_text(line.at)} is in the future")  # noqa: TRY301  (named with its line below)
            if not may_mark(line.draft.labels):
                raise ValueError("only Legal marks something privileged")  # noqa: TRY301
            found.append(line)
        except (Usage, ValueError) as error:
            wrong.append(f"line {number}: {error.args[0]}")
        except OverflowError:
            wrong.append(f"line {number}: its time is outside the calendar")
        except RecursionError:
            wrong.append(f"line {number}: it is nested too deeply")
    return found, wrong


def _line(number: int, raw: str, read_time: Callable[[str], datetime]) -> Line:
    if len(raw) > LONGEST_LINE:
        raise ValueError(f"it is longer than {LONGEST_LINE:,} characters")
    given = _object(raw)
    data = _shown(given)
    text, at = data.get("text"), data.get("at")
    if not isinstance(text, str) or not isinstance(at, str):
        raise ValueError("`at` and `text` are needed, both as text")  # noqa: TRY004
    event = NoteAdded(
        text=rules.said(text),
        tag=_optional(data, "kind"),
        author=_optional(data, "actor"),
        approximate=data.get("approximate") is True,
        extra={key: value for key, value in data.items() if key not in KNOWN} or None,
    )
    encode(event.plain())
    instant = read_time(at)
    draft = Draft(
        event=event,
        at=instant,
        precision=_precision(data.get("precision")),
        labels=_labels(data.get("labels")),
    )
    to_text(instant)
    return Line(number=number, draft=draft, at=instant, is_altered=data != given)


def _object(raw: str) -> dict[str, Any]:
    try:
        data = json.loads(
            raw, parse_constant=_no_constant, parse_float=str, parse_int=_whole, object_pairs_hook=_without_doubles
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg} at column {error.colno})") from error
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004
    return data


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _whole(text: str) -> int | str:
    """Fractions and very large numbers cannot stand in a body; where nobody reads them they are kept as text."""
    return int(text) if len(text) < 17 and abs(int(text)) < LARGEST else text


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{doubled!r} stands in it twice")
    return found


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(NULL, NULL_SHOWN)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return value


def _optional(data: dict[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"`{key}` is not text")
    return value


def _precision(value: object) -> str:
    if value is None:
        return EXACT
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", value):
        raise ValueError("`precision` is not a word such as day, hour or minute")
    return value


def _labels(value: object) -> frozenset[str]:
    names = value.split() if isinstance(value, str) else value
    if names is None:
        return frozenset()
    if not isinstance(names, list) or not all(isinstance(n, str) and re.fullmatch(r"[a-z0-9+:._-]+", n) for n in names):
        raise ValueError("`labels` is not a list of labels such as sensitive")
    return frozenset(names)
