"""Instants as they are stored: text of fixed width in UTC, so that the order of the bytes is the order of time."""

from __future__ import annotations

from datetime import UTC, datetime


def to_text(instant: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ`. A datetime without a zone is a defect and raises ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> datetime:
    """The instant written by `to_text`; other shapes raise ValueError."""
    # `fromisoformat` reads many shapes, offsets among them; those would not sort by their bytes.
    signs = text[4:8:3] + text[10:20:3] + text[26:]
    if signs != "--T::.Z" or not (text.isascii() and text[20:26].isdigit()):
        raise ValueError(f"not a stored instant: {text!r}")
    return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
