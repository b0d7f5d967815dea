"""How it looks who is on call, and what is wrong with it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from escalate.cli.views import Table
from escalate.domain.text.many import many

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from escalate.app.coverage import Checked
    from escalate.app.coverage_findings import Finding
    from escalate.app.rota import Behind, Desk, Laid, Standing
    from escalate.cli.views import Cell, View

NOBODY: Cell = ("nobody", "bold red")

HOW = (
    "No schedule is in force: nobody is on call. Write one into the roster, and apply it: escalate apply roster.toml",
    "",
    "  [rotations.primary]",
    '  zone = "Europe/London"',
    "  start = 2026-01-05T09:00:00",
    '  every = "1 week"',
    '  people = ["alice", "bob"]',
    "",
    "  [schedules.desk]",
    '  zone = "Europe/London"',
    "  [[schedules.desk.rules]]",
    '  from = "09:00"',
    '  to = "09:00"',
    '  target = "rotation:primary"',
)


def when(at: datetime, zone: tzinfo) -> str:
    """`Mon 2026-11-23 17:00Z (09:00 PST)`: to the minute, in UTC and in `zone`."""
    utc, local = at.astimezone(UTC), at.astimezone(zone)
    text = f"{utc:%a %Y-%m-%d %H:%M}Z"
    if not local.utcoffset():
        return text
    day = "" if local.date() == utc.date() else f"{local:%a %m-%d} "
    return f"{text} ({day}{local:%H:%M} {local.tzname()})"


def desks(found: list[Desk], zone: tzinfo) -> View:
    if not found:
        return [*HOW]
    rows: list[tuple[Cell, ...]] = []
    for desk in found:
        following = _following(desk, zone)
        for number, each in enumerate(desk.on_call):
            name, until = _standing(each, zone)
            rows.append((desk.schedule if not number else "", name, until, following if not number else ""))
        if not desk.on_call:
            rows.append((desk.schedule, NOBODY, "", following))
    return [Table(columns=("schedule", "on call", "until", "next"), rows=rows, wide=3)]


def _following(desk: Desk, zone: tzinfo) -> Cell:
    """Who is next and from when, in words that need no heading: a narrow terminal has none."""
    if desk.next is None:
        return "then nobody else" if desk.on_call else "nobody within a year"
    names, at = " and ".join(desk.next.names), when(desk.next.at, zone)
    ends = [each.until for each in desk.on_call]
    if ends and all(end is not None and end < desk.next.at for end in ends):
        return f"then NOBODY until {at}: {names}", "bold red"
    return f"then {names}, from {at}"


def who(found: Behind, at: datetime, zone: tzinfo) -> View:
    said = f"{found.target} at {when(at, zone)}"
    if not found.people:
        return [(f"Nobody is behind {said}.", "bold red")]
    if not found.steps:
        rows = [(each.person, *_standing(each, zone)) for each in found.people]
        return [said, Table(columns=("person", "name", "until"), rows=[*rows], wide=2)]
    steps: list[tuple[Cell, ...]] = []
    for number in range(1, found.steps + 1):
        behind = [each for each in found.people if each.step == number]
        steps += [(str(number), each.person, *_standing(each, zone)) for each in behind] or [
            (str(number), NOBODY, "", "")
        ]
    return [said, Table(columns=("step", "person", "name", "until"), rows=steps, wide=3)]


def _standing(each: Standing, zone: tzinfo) -> tuple[Cell, Cell]:
    return each.name, when(each.until, zone) if each.until else "no end within a year"


def shifts(laid: Laid, zone: tzinfo) -> View:
    if not laid.shifts:
        return [
            (f"Nobody is on call in {laid.target} from {when(laid.start, zone)} to {when(laid.end, zone)}.", "bold red")
        ]
    rows: list[tuple[Cell, ...]] = [
        (
            laid.names.get(each.person, each.person),
            when(each.start, zone),
            when(each.end, zone),
            "goes on" if each.truncated else "",
        )
        for each in laid.shifts
    ]
    return [Table(columns=(laid.target, "from", "to", ""), rows=rows, wide=3)]


def handoffs(found: list[datetime], takers: list[str], zone: tzinfo) -> View:
    return [f"{when(at, zone)}  to {names or 'nobody'}" for at, names in zip(found, takers, strict=True)]


HEADS = {
    "nobody": ("No step reaches anybody", "bold red"),
    "last-step": ("The last step reaches nobody", "bold red"),
    "gap": ("Nobody is on call", "bold red"),
    "not-for": ("Nobody may be given it", "bold red"),
    "unreachable": ("Only the console reaches them", "bold yellow"),
    "override": ("Overrides that do not do what was meant", "bold yellow"),
    "clock-change": ("Clocks change; nothing to do", "bold"),
}
MOST = 8
"""Stretches of one kind in one place that are listed; a desk of working hours has a gap every night."""


def checked(found: Checked, days: int, zone: tzinfo) -> View:
    span = f"from {when(found.start, zone)} to {when(found.end, zone)}"
    if not found.looked_at:
        return [
            ("There is nothing to check: no policy, and nothing that is paged.", "bold red"),
            "See what there is: escalate roster",
        ]
    view: View = []
    wrong = [each for each in found.findings if each.kind != "clock-change"]
    if not wrong:
        said = f"All is covered for {many(days, 'day')}, {span}: somebody who can be reached is on call throughout."
        view.append((said, "green"))
    if found.passed_over:
        view.append(f"Not looked at, since no policy and no route pages them: {', '.join(found.passed_over)}.")
    for kind, head in HEADS.items():
        of_kind = [each for each in found.findings if each.kind == kind]
        if of_kind:
            view += ["", head] if view else [head]
        for place in dict.fromkeys((each.where, each.text) for each in of_kind):
            view += _place([each for each in of_kind if (each.where, each.text) == place], zone)
    if wrong:
        view += ["", f"{len(wrong)} found {span}."]
    return view


def _place(found: list[Finding], zone: tzinfo) -> View:
    view: View = [f"  {found[0].where}: {found[0].text}"]
    view += [f"    {when(each.start, zone)} to {when(each.end, zone)}" for each in found[:MOST]]
    if len(found) > MOST:
        view.append(f"    … and {len(found) - MOST} more: --json has them all")
    return [*view, *([f"    → {found[0].hint}"] if found[0].hint else [])]
