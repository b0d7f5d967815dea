"""When something that recurs happens again: RFC 5545's rules as far as shifts need them, in local wall time.

Written out, since a library's walk goes on to the year 9999 for a rule that never comes true, and nobody can stop it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PARTS = frozenset("FREQ INTERVAL COUNT BYDAY BYMONTHDAY BYMONTH BYHOUR BYMINUTE BYSETPOS WKST".split())
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")

MOST_STEPS = 4000
"""Days, weeks, months or years looked at for one rule: 11 years of days. Rules without a count are joined where one looks."""


class Recurrence(Value):
    """`days` are (n, weekday): the n-th such weekday of the month or year, from its end where n is negative, every one
    where it is 0; Monday is 0. `until` is the last wall time that counts.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    days: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def from_parts(given: dict[str, list[str]], until: datetime | None) -> Recurrence:
    """The rule of an RRULE's parts, but for UNTIL. Raises ValueError for what no shift does, and what is out of range."""
    frequency = given.get("FREQ", [""])[0]
    if strange := sorted(given.keys() - PARTS):
        raise ValueError(f"RRULE with {', '.join(strange)} cannot be followed")
    if frequency not in FREQUENCIES:
        raise ValueError(f"RRULE: a shift recurs {', '.join(FREQUENCIES)}, not {frequency or 'at all'}")
    days = tuple(_day(text.upper()) for text in given.get("BYDAY", ()))
    if frequency in {"DAILY", "WEEKLY"} and any(n for n, _ in days):
        raise ValueError("RRULE: the n-th weekday is one of a month or a year")
    hours, minutes = _numbers(given, "BYHOUR", 0, 23), _numbers(given, "BYMINUTE", 0, 59)
    if len(hours or [0]) * len(minutes or [0]) > 24:
        raise ValueError("RRULE: it recurs more than 24 times a day")
    return Recurrence(
        frequency=frequency,
        interval=(_numbers(given, "INTERVAL", 1, 1000) or (1,))[0],
        count=(_numbers(given, "COUNT", 1, 100_000) or (None,))[0],
        until=until,
        days=days,
        month_days=_numbers(given, "BYMONTHDAY", -31, 31),
        months=_numbers(given, "BYMONTH", 1, 12),
        hours=hours,
        minutes=minutes,
        positions=_numbers(given, "BYSETPOS", -366, 366),
        week_start=_day(given.get("WKST", ["MO"])[0].upper())[1],
    )


def _numbers(given: dict[str, list[str]], name: str, least: int, most: int) -> tuple[int, ...]:
    numbers = tuple(sorted({int(each) for each in given.get(name, ())}))
    if any(not least <= each <= most or (least < 0 and each == 0) for each in numbers):
        raise ValueError(f"RRULE: {name} is between {least} and {most}")
    return numbers


def _day(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text)
    if match is None or abs(n := int(match[1] or 0)) > 53:
        raise ValueError(f"RRULE: {text!r} is no day")
    return n, WEEKDAYS.index(match[2])


def walls(rule: Recurrence, start: datetime, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The wall times in [begin, end) at which something that first happens at `start` happens, in order.

    `start` itself always counts, also where it does not fit the rule: every calendar shows it. Raises ValueError where
    there is too much to walk through.
    """
    left = rule.count if rule.count is not None else -1
    for steps, at in enumerate(_all(rule, start, start if rule.count is not None else begin, end)):
        if left == 0 or at >= end or (rule.until and at > rule.until and at != start):
            return
        if steps > MOST_STEPS:
            raise ValueError("it recurs too often to be followed")
        left -= 1
        if at >= begin:
            yield at


def _all(rule: Recurrence, start: datetime, begin: datetime, end: datetime) -> Iterator[datetime]:
    """`start`, then what follows it, from about `begin` on."""
    yield start
    for steps, days in enumerate(_periods(rule, start, begin, end)):
        if steps > MOST_STEPS:
            raise ValueError("it recurs too often to be followed")
        fitting = sorted({datetime.combine(day, clock) for day in days for clock in _clocks(rule, start)})
        if rule.positions:
            chosen = {n - 1 if n > 0 else n + len(fitting) for n in rule.positions}
            fitting = [at for place, at in enumerate(fitting) if place in chosen]
        yield from (at for at in fitting if at > start)


def _clocks(rule: Recurrence, start: datetime) -> list[time]:
    hours, minutes = rule.hours or (start.hour,), rule.minutes or (start.minute,)
    return [time(hour, minute, start.second) for hour in hours for minute in minutes]


def _periods(rule: Recurrence, start: datetime, begin: datetime, end: datetime) -> Iterator[Iterable[date]]:
    """The days that fit, of one day, week, month or year after another, until one begins at or after `end`."""
    first, ahead = start.date(), max(begin, start).date()
    match rule.frequency:
        case "DAILY" | "WEEKLY":
            length = 1 if rule.frequency == "DAILY" else 7
            if length == 7:
                first -= timedelta(days=(first.weekday() - rule.week_start) % 7)
            stride = length * rule.interval
            day = first + timedelta(days=(ahead - first).days // stride * stride)
            while day <= end.date():
                fitting = (day + timedelta(days=n) for n in range(length))
                yield [each for each in fitting if _fits(rule, each, start)]
                day += timedelta(days=stride)
        case "MONTHLY":
            begun = first.year * 12 + first.month - 1
            month = begun + (ahead.year * 12 + ahead.month - 1 - begun) // rule.interval * rule.interval
            while month <= end.year * 12 + end.month - 1:
                year, number = month // 12, month % 12 + 1
                yield _in_month(rule, year, number, start) if number in (rule.months or (number,)) else ()
                month += rule.interval
        case _:
            year = first.year + (ahead.year - first.year) // rule.interval * rule.interval
            while year <= end.year:
                yield _in_year(rule, year, start)
                year += rule.interval


def _fits(rule: Recurrence, day: date, start: datetime) -> bool:
    """Whether a day of a daily or weekly rule is one of its days."""
    weekdays = {weekday for _n, weekday in rule.days}
    if rule.frequency == "WEEKLY":
        weekdays = weekdays or {start.weekday()}
    counted = {day.day, day.day - _length(day.year, day.month) - 1}
    return (
        (not weekdays or day.weekday() in weekdays)
        and (not rule.months or day.month in rule.months)
        and (not rule.month_days or not counted.isdisjoint(rule.month_days))
    )


def _in_year(rule: Recurrence, year: int, start: datetime) -> list[date]:
    if rule.months or rule.month_days:
        months = rule.months or range(1, 13)
        return [day for month in sorted(set(months)) for day in _in_month(rule, year, month, start)]
    if rule.days:
        return _weekdays(rule, date(year, 1, 1), (date(year, 12, 31) - date(year, 1, 1)).days + 1)
    return [date(year, start.month, start.day)] if start.day <= _length(year, start.month) else []


def _in_month(rule: Recurrence, year: int, month: int, start: datetime) -> list[date]:
    length = _length(year, month)
    if not rule.days and not rule.month_days:
        return [date(year, month, start.day)] if start.day <= length else []
    fitting = _weekdays(rule, date(year, month, 1), length) if rule.days else []
    if not rule.month_days:
        return fitting
    numbers = {n if n > 0 else n + length + 1 for n in rule.month_days}
    chosen = [date(year, month, n) for n in sorted(numbers) if 1 <= n <= length]
    return [day for day in chosen if day in fitting] if rule.days else chosen


def _weekdays(rule: Recurrence, first: date, length: int) -> list[date]:
    """The days of the rule among `length` days from `first` on."""
    found = set()
    for n, weekday in rule.days:
        all_ = [first + timedelta(days=d) for d in range((weekday - first.weekday()) % 7, length, 7)]
        place = n - 1 if n > 0 else n + len(all_)
        found |= set(all_ if n == 0 else all_[place : place + 1] if place >= 0 else [])
    return sorted(found)


def _length(year: int, month: int) -> int:
    return monthrange(year, month)[1]
