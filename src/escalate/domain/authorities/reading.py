"""What authorities.toml says: read as a whole, every mistake at once."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.sheet import Sheet, near
from escalate.domain.authorities.authority import ANY, CHANNELS, Authorities, Authority, place_of
from escalate.domain.authorities.hours import DAYS, Hours
from escalate.domain.incident.harm import harm
from escalate.domain.oncall import wall
from escalate.domain.text.visible import visible
from escalate.errors import Misconfigured, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = r"[a-z0-9][a-z0-9-]{0,63}"

TAKEN = ("list", "sent", "answered", "draft")
"""Words that follow `refer`, and so are no names."""

KEYS = (
    "body", "place", "harm", "channel", "phone", "address", "hours", "languages", "legal_basis", "say_first", "least_data",
    "note", "verified_by", "verified_on",
)  # fmt: skip

LONGEST = 2_000
"""Characters of one text."""

SHOWN_MISTAKES = 100


def parse(path: str, data: dict[str, Any], today: date, below: Mapping[str, tuple[str, ...]]) -> Authorities:
    """All entries by name. `below` are the second levels of harm that may be named. Raises Misconfigured naming every
    mistake.
    """
    mistakes: list[str] = []
    sheet = Sheet(data, "", mistakes)
    sheet.only(("authorities",))
    found = {name: _authority(name, one, today, below) for name, one in sheet.below("authorities").items()}
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        lines = [f"  {mistake}" for mistake in mistakes[:SHOWN_MISTAKES]]
        if len(mistakes) > SHOWN_MISTAKES:
            lines.append(f"  and {len(mistakes) - SHOWN_MISTAKES} more.")
        raise Misconfigured(
            "\n".join((f"{path} has {count}:", *lines)), hint=f"Mend it: escalate authority check {path}"
        )
    return found


def _authority(name: str, sheet: Sheet, today: date, below: Mapping[str, tuple[str, ...]]) -> Authority:
    sheet.only(KEYS)
    if not re.fullmatch(NAME, name):
        sheet.wrong("", "a name is small letters, digits and hyphens, 64 at most.")
    elif name in TAKEN:
        sheet.wrong("", "this is a word of the command `refer`.", f"Call it {name}-desk, or otherwise.")
    by, on = _text(sheet, "verified_by"), _verified(sheet, today)
    if bool(by) != bool(on) and isinstance(sheet.data.get("verified_on"), date | None):
        sheet.wrong("verified_on", "who verified it, and when, belong together.", "Give both, or none if nobody has.")
    channel = sheet.text("channel", needed=True)
    phone, address = _phone(sheet), _text(sheet, "address")
    if channel and channel not in CHANNELS:
        sheet.wrong("channel", f"there is no channel {channel!r}.", near(channel, CHANNELS, all_of_them="Channels"))
    elif channel == "phone" and "phone" not in sheet.data:
        sheet.wrong("phone", "this is missing: the channel is phone.")
    elif channel in {"portal", "email"} and not address and isinstance(sheet.data.get("address", ""), str):
        sheet.wrong("address", f"this is missing: the channel is {channel}.")
    _address(sheet, channel, address)
    return Authority(
        name=name,
        body=_text(sheet, "body", needed=True),
        place=_places(sheet),
        harm=_harms(sheet, below),
        channel=channel,
        phone=phone,
        address=address,
        hours=_hours(sheet),
        languages=tuple(visible(word) for word in sheet.words("languages")),
        legal_basis=_text(sheet, "legal_basis", needed=True),
        say_first=_text(sheet, "say_first"),
        least_data=tuple(visible(word) for word in sheet.words("least_data")),
        note=_text(sheet, "note"),
        verified_by=by,
        verified_on=on,
    )


def _text(sheet: Sheet, key: str, *, needed: bool = False) -> str:
    text = sheet.text(key, needed=needed)
    if len(text) > LONGEST:
        sheet.wrong(key, f"this has {len(text):,} characters; {LONGEST:,} are enough.")
    elif visible(text, lines=True) != text:
        sheet.wrong(key, "this holds characters that cannot be seen.")
    return text


def _phone(sheet: Sheet) -> str:
    """A number as it is dialled. Short ones are taken: they are what one calls in an emergency."""
    phone = _text(sheet, "phone")
    if (
        "phone" in sheet.data
        and isinstance(sheet.data["phone"], str)
        and not re.fullmatch(r"\+?[0-9][0-9 ()./-]{1,30}", phone)
    ):
        sheet.wrong("phone", "this is no number.", 'With its country, as "+00 000 0000".')
    return phone


def _address(sheet: Sheet, channel: str, address: str) -> None:
    if channel == "email" and address and not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        sheet.wrong("address", "this is no address of mail.", 'As "desk@example.org".')
    if channel == "portal" and address and not re.fullmatch(r"https://\S+", address):
        sheet.wrong("address", "a portal's address begins with https://.")


def _places(sheet: Sheet) -> tuple[str, ...]:
    words = sheet.words("place")
    if not words and sheet.data.get("place", []) == []:
        sheet.wrong("place", "this is missing.", 'As ["GB", "US-CA"], or ["any"].')
    for word in words:
        if word.lower() != ANY and not place_of(word):
            sheet.wrong("place", f"{word!r} is no place.", "A country's two letters, a region behind a hyphen, or any.")
    return tuple(ANY if word.lower() == ANY else place_of(word) for word in words)


def _harms(sheet: Sheet, below: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    words = sheet.words("harm")
    if not words and sheet.data.get("harm", []) == []:
        sheet.wrong("harm", "this is missing.", 'As ["life", "cse"], or ["any"].')
    found = []
    for word in words:
        try:
            found.append(ANY if word.lower() == ANY else harm(word, below))
        except Usage as error:
            sheet.wrong("harm", error.message, error.hint)
    return tuple(found)


def _verified(sheet: Sheet, today: date) -> date | None:
    value = sheet.data.get("verified_on")
    if value is None:
        return None
    if isinstance(value, datetime) or not isinstance(value, date):
        sheet.wrong("verified_on", "this is a day.", "Without quotes: 2026-11-01")
        return None
    if value > today:
        sheet.wrong("verified_on", f"{value} has not come yet.")
    return value


def _hours(sheet: Sheet) -> tuple[Hours, ...]:
    """Empty for always."""
    given = sheet.data.get("hours")
    how = 'As "always", or [{ days = ["mon", "tue"], from = "09:00", to = "17:00", zone = "Europe/London" }].'
    if given is None:
        sheet.wrong("hours", "this is missing.", how)
    elif isinstance(given, str):
        if given.strip().lower() != "always":
            sheet.wrong("hours", f"these are no hours: {given[:40]!r}.", how)
    elif not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        sheet.wrong("hours", "this is a list of tables.", how)
    else:
        read = [_rule(Sheet(one, f"{sheet.where}.hours[{number}]", sheet.mistakes)) for number, one in enumerate(given)]
        return tuple(one for one in read if one is not None)
    return ()


def _rule(sheet: Sheet) -> Hours | None:
    before = len(sheet.mistakes)
    sheet.only(("days", "from", "to", "zone"))
    days = sheet.words("days") if "days" in sheet.data else DAYS
    for day in days:
        if day not in DAYS:
            sheet.wrong("days", f"{day!r} is no day.", f"Days: {', '.join(DAYS)}.")
    if not days and sheet.data.get("days") == []:
        sheet.wrong("days", "on no day at all nobody can be reached.", "Leave it out for every day.")
    start, end, zone = _clock(sheet, "from"), _clock(sheet, "to"), sheet.text("zone", needed=True)
    if zone and not _is_zone(zone):
        sheet.wrong("zone", f"there is no zone {zone!r}.", "As Europe/London.")
    if start is None or end is None or len(sheet.mistakes) > before:
        return None
    return Hours(days=tuple(sorted({DAYS.index(day) for day in days})), start=start, end=end, zone=zone)


def _clock(sheet: Sheet, key: str) -> time | None:
    text = sheet.text(key, needed=True)
    if not text:
        return None
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        sheet.wrong(key, f"{text!r} is no clock time.", 'From "00:00" to "23:59"; 00:00 as an end is midnight.')
        return None
    return time.fromisoformat(text)


def _is_zone(name: str) -> bool:
    try:
        wall.zone_named(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
