"""What stands in schedules of other tools, read one by one, and the words of a roster file. Each raises ValueError."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from escalate.domain.oncall.layers import DAY, span
from escalate.domain.text.visible import is_blank, one_line

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo


def window(data: Any) -> int:
    """A restriction as a week; seconds are rounded so that it is never shorter."""
    if not isinstance(data, dict):
        raise ValueError("a restriction in it is no object")  # noqa: TRY004
    clock = re.fullmatch(r"(\d\d):(\d\d)(?::(\d\d))?", str(data.get("start_time_of_day", "")), re.ASCII)
    if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59 or int(clock[3] or 0) > 59:
        raise ValueError("`start_time_of_day` is no time such as 09:00:00")
    start, seconds = int(clock[1]) * 60 + int(clock[2]), int(clock[3] or 0)
    length = -(-(seconds + whole(data, "duration_seconds", 1, 604_800)) // 60)
    match data.get("type"):
        case "daily_restriction":
            starts = [day * DAY + start for day in range(7)]
        case "weekly_restriction":
            starts = [(whole(data, "start_day_of_week", 1, 7) - 1) * DAY + start]
        case _:
            raise ValueError("a restriction in it is neither daily_restriction nor weekly_restriction")
    return reduce(or_, (span(each, length) for each in starts))


def instant(value: Any, key: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        at = None
    if at is None or at.year not in range(1970, 3000):
        raise ValueError(f"`{key}` is no time such as 2026-01-05T09:00:00Z")
    return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)


def whole(data: dict[str, Any], key: str, least: int, most: int) -> int:
    value = data.get(key)
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"`{key}` is no whole number between {least} and {most}")
    return value


def zone(name: Any) -> ZoneInfo | None:
    from zoneinfo import ZoneInfo

    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown, a folder of the database
        return None


def text(value: Any) -> str:
    """On one line, safe in a comment and in quotes."""
    return "" if not isinstance(value, str) or is_blank(value) else one_line(value, 200)


def slug(text: str, otherwise: str) -> str:
    from unicodedata import normalize

    plain = normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:58].strip("-") or otherwise


def free(slug: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken."""
    names = (slug, *(f"{slug}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def quoted(text: str) -> str:
    """As a string of TOML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
