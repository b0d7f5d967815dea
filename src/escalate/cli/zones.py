"""Time zones by the names people and machines have for them."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

from escalate.errors import Misconfigured, Usage

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class Unreadable(tzinfo):
    """The machine's zone where TZ says nothing that can be read: times are shown in UTC, and none is read in it."""

    def __init__(self, rule: str) -> None:
        self._rule = rule

    def utcoffset(self, _at: datetime | None) -> timedelta:
        return timedelta(0)

    def dst(self, _at: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _at: datetime | None) -> str:
        return "UTC"

    @property
    def refusal(self) -> Misconfigured:
        return Misconfigured(
            f"This machine's time zone cannot be read: TZ is {self._rule!a}.",
            hint="Set TZ, or escalate's zone, to a name such as Europe/London.",
        )


def zone(name: str) -> tzinfo:
    """The zone called `name`: `Europe/London`, `UTC`, `+05:30`; `local` or nothing is the machine's own."""
    name = name.strip()
    if name.lower() in ("", "local"):
        return machine_zone()
    if name.upper() in ("UTC", "Z"):
        return UTC
    if name[0] in "+-":
        return fixed(name)
    try:
        return _of_key(name)
    except (LookupError, ValueError, OSError):
        raise Usage(f"There is no time zone {name[:60]!a}.", hint=_like(name)) from None


def fixed(offset: str) -> timezone:
    """`+05:30`, `-0800`, `+01`."""
    match = re.fullmatch(r"([+-])([0-9]{2})(?::?([0-5][0-9])(?::?([0-5][0-9]))?)?", offset)
    if match:
        sign, hours, minutes, seconds = match.groups(default="0")
        ahead = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
        if ahead <= timedelta(hours=16):
            return timezone(-ahead if sign == "-" else ahead)
    raise Usage(f"No zone is {offset[:60]!a} away from UTC.", hint="Offsets are written +05:30 or -08:00.")


def machine_zone() -> tzinfo:
    """What TZ says (a zone, a file, a POSIX rule), else what /etc/localtime is, else UTC; `Unreadable` for nonsense."""
    import os

    given = os.environ.get("TZ", "/etc/localtime").removeprefix(":")
    try:
        return _of_file(given) if given.startswith("/") else _of_key(given or "UTC")
    except FileNotFoundError:
        return UTC
    except (LookupError, ValueError, OSError):
        return _of_rule(given)


def _of_key(key: str) -> tzinfo:
    if key in ("UTC", "Etc/UTC"):
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(key)


def _of_file(name: str) -> tzinfo:
    """By the name that the file has among the zones, which can be shown; a copy is only the machine's."""
    from pathlib import Path

    key = str(Path(name).resolve()).rpartition("/zoneinfo/")[2].removeprefix("posix/")
    return _in_file(Path(name)) if key.startswith("/") else _of_key(key)


def _in_file(path: Path) -> tzinfo:
    from zoneinfo import ZoneInfo

    with path.open("rb") as file:
        return ZoneInfo.from_file(file, key="local")


def _of_rule(rule: str) -> tzinfo:
    """A POSIX rule, `CET-1CEST,M3.5.0,M10.5.0/3`: the last line of an empty zone file (RFC 9636)."""
    from io import BytesIO
    from struct import pack
    from zoneinfo import ZoneInfo

    nothing = b"TZif2" + bytes(15) + pack(">6l", 0, 0, 0, 0, 1, 1) + pack(">lbb", 0, 0, 0) + b"\0"
    try:
        return ZoneInfo.from_file(BytesIO(nothing + nothing + b"\n" + rule.encode("ascii") + b"\n"), key=rule)
    except ValueError:
        return Unreadable(rule)


def _like(name: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    wanted = name.lower().replace(" ", "_")[:60]
    known = {key.lower(): key for key in sorted(available_timezones()) if "/" in key}
    cities = [key for lower, key in known.items() if lower.rpartition("/")[2] == wanted or lower == wanted]
    close = cities or [known[lower] for lower in get_close_matches(wanted, known, n=3)]
    return f"Did you mean {', '.join(close[:3])}?" if close else "Zones are named as Europe/London or UTC."
