"""Who is on call, day by day: a row for each schedule, a column for each day. Readable without colour."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from escalate.cli.views import Line
from escalate.cli.views.signs import signs
from escalate.domain.oncall import wall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from escalate.app.rota import Sheet
    from escalate.cli.views import Cell, View
    from escalate.domain.oncall.duty import Override, Temporary

COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta")
GAP = "bold red"
HIGHEST = 4
"""Lines that a day takes at most; an hourly rotation would take twelve."""
MOST_NOTES = 20
COLUMN = 6
"""What a day takes at least: `AN▸BO*`."""
NARROWEST, WIDEST = 24, 200

Lines = list[list["Cell"]]
"""What stands in one day of one schedule: lines of cells."""


class Key:
    """Who has which sign and colour."""

    def __init__(self, sheets: list[Sheet]) -> None:
        self.names = {person: name for sheet in sheets for person, name in sheet.names.items()}
        on_call = dict.fromkeys(shift.person for sheet in sheets for shift in sheet.shifts)
        self.signs = signs({person: self.names[person] for person in on_call})
        self.styles = {person: COLOURS[number % len(COLOURS)] for number, person in enumerate(self.signs)}


def room() -> int:
    """Columns there are to draw in; a pipe has 80."""
    return max(NARROWEST, min(shutil.get_terminal_size((80, 24)).columns, WIDEST))


def drawn(sheets: list[Sheet], now: datetime, width: int) -> View:
    if not sheets:
        from escalate.cli.views.oncall import HOW

        return [*HOW]
    key = Key(sheets)
    days = {sheet.schedule: [_day(sheet, day, key) for day in _days(sheet)] for sheet in sheets}
    label = min(max(len(sheet.schedule) for sheet in sheets), max(8, width // 6)) + 1
    widest = max((_width(line) for cells in days.values() for cell in cells for line in _wrapped(cell, 99)), default=0)
    at_once, column = _laid(width - label, max(COLUMN, widest), sheets[0].days)
    today = now.astimezone(sheets[0].zone).date()
    view: View = []
    for begin in range(0, sheets[0].days, at_once):
        block = range(begin, min(begin + at_once, sheets[0].days))
        dates = [sheets[0].first + timedelta(days=number) for number in block]
        view += ["", *_head(dates, today, label, column)] if begin else [*_head(dates, today, label, column)]
        for sheet in sheets:
            view += _row(sheet.schedule, [days[sheet.schedule][number] for number in block], label, column)
    return [*view, "", *_legend(sheets, key, width)]


def _laid(free: int, widest: int, days: int) -> tuple[int, int]:
    """How many days stand beside each other, and the width of each: two weeks where nothing must be broken, else one."""
    for at_once in (14, 7):
        if free // at_once - 1 >= widest and at_once <= max(days, 7):
            return at_once, min(free // at_once - 1, widest + 1)
    return (7, free // 7 - 1) if free // 7 > COLUMN else (max(free // (COLUMN + 1), 1), COLUMN)


def _head(dates: list[date], today: date, label: int, column: int) -> View:
    first, last = dates[0], dates[-1]
    month = f"{first:%B %Y}" if (first.year, first.month) == (last.year, last.month) else f"{first:%B} to {last:%B %Y}"
    cells: list[Cell] = [" " * label]
    for day in dates:
        text = "today" if day == today else f"{day:%a}"[:2] + f" {day.day:>2}"
        cells.append((text.ljust(column + 1), "bold" if day == today else "dim"))
    return [(month, "bold"), Line(cells=tuple(cells))]


def _row(name: str, days: list[Lines], label: int, column: int) -> View:
    wrapped = [_wrapped(each, column) for each in days]
    height = max(len(each) for each in wrapped)
    long = len(name) >= label
    view: View = [name] if long else []
    for number in range(height):
        cells: list[Cell] = [("" if number or long else name).ljust(label)]
        for lines in wrapped:
            line = lines[number] if number < len(lines) else []
            cells += [*line, " " * max(column + 1 - _width(line), 1)]
        view.append(Line(cells=tuple(cells)))
    return view


def _day(sheet: Sheet, day: date, key: Key) -> Lines:
    """Who is on call in that day, one after the other, and how long nobody is."""
    start, end = _bounds(sheet, day)
    if start == end:
        return [["none"]]  # an island that crossed the date line
    people: list[tuple[tuple[str, ...], bool]] = []
    nobody, made = timedelta(0), False
    for begin, finish, on_call in _pieces(sheet, start, end):
        if not on_call:
            nobody, made = nobody + (finish - begin), made or _changed(sheet, begin, finish, on_call)
            continue
        here = (on_call, _changed(sheet, begin, finish, on_call))
        if not people or people[-1] != here:
            people.append(here)
    line: list[Cell] = []
    for number, (on_call, changed) in enumerate(people):
        for place, person in enumerate(on_call):
            before = "+" if place else "▸" if number else ""
            after = "*" if changed and place == len(on_call) - 1 else ""
            line.append((f"{before}{key.signs[person]}{after}", key.styles[person]))
    gap: list[Cell] = [(f"··{_short(nobody, 3)}*" if made else f"··{_short(nobody, 4)}", GAP)] if nobody else []
    return [each for each in (line, gap) if each]


def _pieces(sheet: Sheet, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, tuple[str, ...]]]:
    there = [each for each in sheet.shifts if each.start < end and each.end > start]
    edges = sorted({start, end, *(at for each in there for at in (each.start, each.end) if start < at < end)})
    for begin, finish in pairwise(edges):
        yield begin, finish, tuple(sorted(each.person for each in there if each.start <= begin < each.end))


def _changed(sheet: Sheet, start: datetime, end: datetime, people: tuple[str, ...]) -> bool:
    """Whether an override or a temporary schedule made it so."""
    changes: list[Override | Temporary] = [*sheet.temporaries]
    changes += [each for each in sheet.overrides if each.add is None or each.add in people]
    return any(each.begins < end and each.ends > start for each in changes)


def _wrapped(lines: Lines, column: int) -> Lines:
    """Broken between people where a day has more of them than fit beside each other."""
    found: Lines = []
    for line in lines:
        broken: Lines = [[]]
        for cell in line:
            if broken[-1] and _width(broken[-1]) + len(cell[0] if isinstance(cell, tuple) else cell) > column:
                broken.append([])
            broken[-1].append(cell)
        found += broken if len(broken) <= HIGHEST else [*broken[: HIGHEST - 1], ["▸…"]]
    return found


def _width(line: list[Cell]) -> int:
    return sum(len(cell if isinstance(cell, str) else cell[0]) for cell in line)


def _share(of: timedelta) -> str:
    hours, minutes = divmod(int(of / timedelta(minutes=1)), 60)
    return f"{hours}h{minutes:02}" if hours and minutes else f"{hours}h" if hours else f"{minutes}m"


def _short(of: timedelta, letters: int) -> str:
    said = _share(of)
    return said if len(said) <= letters else f"{said.partition('h')[0]}h+"[:letters]


def _days(sheet: Sheet) -> list[date]:
    return [sheet.first + timedelta(days=number) for number in range(sheet.days)]


def _bounds(sheet: Sheet, day: date) -> tuple[datetime, datetime]:
    return wall.first(day, time(0), sheet.zone), wall.first(day + timedelta(days=1), time(0), sheet.zone)


def _legend(sheets: list[Sheet], key: Key, width: int) -> View:
    view: View = [*_people(key, width)]
    view += [f"{sheet.schedule}: days of {sheet.zone}{_clocks(sheet)}" for sheet in sheets]
    notes = [note for sheet in sheets for note in _notes(sheet, key)]
    more = len(notes) - MOST_NOTES
    return [*view, *notes[:MOST_NOTES], *([f"… and {more} more: escalate oncall override list"] if more > 0 else [])]


def _people(key: Key, width: int) -> Iterator[Line]:
    line: list[Cell] = []
    for person, sign in key.signs.items():
        said = f" {key.names[person]}"
        if line and _width(line) + len(sign) + len(said) > width:
            yield Line(cells=tuple(line))
            line = []
        line += [(sign, key.styles[person]), f"{said}   "]
    if line:
        yield Line(cells=tuple(line))


def _clocks(sheet: Sheet) -> str:
    """At what times of day it is handed over, and on which days the clocks change."""
    changes: list[Override | Temporary] = [*sheet.overrides, *sheet.temporaries]
    changed = {at for each in changes for at in (each.begins, each.ends)}
    starts = [each.start for each in sheet.shifts if sheet.start < each.start and each.start not in changed]
    often = Counter(f"{wall.local(at, sheet.zone):%H:%M}" for at in starts).most_common(4)
    said = ", ".join(sorted(clock for clock, _ in often[:3]))
    clocks = f"; handed over at {said}{' and more' if len(often) > 3 else ''}" if said else ""
    lengths = ((day, _bounds(sheet, day)) for day in _days(sheet))
    odd = [(day, end - start) for day, (start, end) in lengths if end - start != timedelta(days=1)]
    return clocks + "".join(f"; {day:%a} {day.day} {day:%b} has {_share(long)}" for day, long in odd)


def _notes(sheet: Sheet, key: Key) -> Iterator[str]:
    def span(each: Override | Temporary) -> str:
        start, end = (wall.local(at, sheet.zone) for at in (each.begins, each.ends))
        return f"{start:%a %m-%d %H:%M} to {end:%a %m-%d %H:%M}"

    for each in sheet.overrides:
        add, remove = (key.names.get(one, one) if one else None for one in (each.add, each.remove))
        what = f"{add} for {remove}" if add and remove else f"{add} as well" if add else f"without {remove}"
        yield f"* {each.id} {sheet.schedule}: {what}, {span(each)}{' (swap)' if each.swap else ''}"
    for planned in sheet.temporaries:
        yield f"* {planned.id} {sheet.schedule}: a temporary schedule, {span(planned)}"
