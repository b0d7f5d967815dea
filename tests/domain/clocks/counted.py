"""Periods, written as a person would."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from escalate.domain.clocks.calendar import Calendar, Dates
from escalate.domain.clocks.counting import count
from escalate.domain.clocks.rules import rule


def local(text, zone):
    """`2026-11-20 14:20` on the clocks of a zone, or an instant that says its offset."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def calendar(zone, holidays=()):
    days = {date.fromisoformat(day): "named" for day in holidays}
    return Calendar(zone=ZoneInfo(zone), holidays=(Dates(days=days),) if days else ())


def counted(text, n, unit, start, zone, holidays=(), aware=None):
    return count(
        rule(text, n, unit), n, local(start, zone), calendar(zone, holidays), aware=aware and local(aware, zone)
    )


def ends(text, n, unit, start, zone, holidays=(), aware=None):
    """(strict, outer) on the clocks of the zone."""
    found = counted(text, n, unit, start, zone, holidays, aware)
    return tuple(f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}" for at in (found.strict, found.outer))
