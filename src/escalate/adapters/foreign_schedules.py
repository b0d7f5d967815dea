"""PagerDuty's schedules (REST API v2), written anew as a part of a roster file.

Source: https://developer.pagerduty.com/api-reference/ (GET /schedules/{id}). An answer lists the top layer first, the
opposite of what is sent: https://github.com/PagerDuty/public-support-scripts/pull/60.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from escalate.adapters import foreign_words as words
from escalate.domain.oncall.duty import minute
from escalate.domain.oncall.layers import ALWAYS, Layer, rules, seen
from escalate.domain.oncall.plan import Plan
from escalate.domain.oncall.rotation import Rotation
from escalate.domain.oncall.schedule import Schedule
from escalate.domain.text.many import many
from escalate.domain.text.visible import one_line
from escalate.domain.value import Value
from escalate.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_RULES, MOST_PEOPLE, MOST_OVERRIDES = 100, 200, 100
"""Of a schedule and of a rotation in a roster file; overrides that are written out."""

A_YEAR = timedelta(days=366)

HEAD = """\
# From PagerDuty: {what}, as of {now:%Y-%m-%d %H:%M}Z.
# Read it over, complete the people, then look at it and put it in force with your other files:
#   escalate apply --check roster.toml THIS-FILE
"""


class Foreign(Value):
    """`toml` is the part of a roster; the others are the names in it. `notes` say what cannot be in it."""

    toml: str
    people: tuple[str, ...]
    rotations: tuple[str, ...]
    schedules: tuple[str, ...]
    notes: tuple[str, ...]


def read(text: str, said: Mapping[str, str], now: datetime, *, bottom_first: bool = False) -> Foreign:
    """`said` are people whom the roster has already, by their name, e-mail address or id in PagerDuty.

    Raises Refused with everything that cannot be written as rotations and rules.
    """
    return Reader(said, now, bottom_first=bottom_first).read(_schedules(text))


def _schedules(text: str) -> list[dict[str, Any]]:
    try:
        data = json.loads(text)
    except RecursionError:
        raise _not_it("it is nested too deeply") from None
    except ValueError as error:
        raise _not_it(f"it is not JSON ({one_line(str(error), 80)})") from error
    found = data.get("schedules", [data.get("schedule")]) if isinstance(data, dict) else None
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise _not_it("there is no `schedule` in it")
    if not all(isinstance(each.get("schedule_layers"), list) for each in found):
        raise _not_it("a schedule in it comes without its layers; lists of schedules do")
    return found


def _not_it(why: str) -> Refused:
    return Refused(
        f"It cannot be read as a schedule of PagerDuty: {why}.",
        hint="Save what GET /schedules/ID answers, once for each schedule.",
    )


class Reader:
    def __init__(self, said: Mapping[str, str], now: datetime, *, bottom_first: bool) -> None:
        self._said = {spelt.casefold(): person for spelt, person in said.items()}
        self._used: set[str] = set()
        self._now = now
        self._bottom_first = bottom_first
        self._wrong: list[str] = []
        self._notes: list[str] = []
        self._people: dict[str, str] = {}
        self._rotations: dict[str, Rotation] = {}
        self._schedules: dict[str, Schedule] = {}
        self._tables: list[str] = []
        self._overridden = 0

    def read(self, schedules: list[dict[str, Any]]) -> Foreign:
        written = [part for each in schedules if (part := self._schedule(each))]
        if strangers := sorted(self._said.keys() - self._used):
            raise NotFound(
                f"Nobody in it is called {'; '.join(one_line(each, 80) for each in strangers[:20])}.",
                hint="--person takes a name, e-mail address or id as PagerDuty has it.",
            )
        if self._wrong:
            more = [f"… and {len(self._wrong) - 20} more"] if len(self._wrong) > 20 else []
            lines = "\n".join(f"  {each}" for each in [*self._wrong[:20], *more])
            raise Refused(
                f"Nothing was written: {len(self._wrong)} parts of it cannot be.\n{lines}",
                hint="Change them in PagerDuty, or write these schedules by hand.",
            )
        what = many(len(schedules), "schedule")
        return Foreign(
            toml="\n".join([HEAD.format(what=what, now=self._now.astimezone(UTC)), *self._tables, *written]),
            people=tuple(self._people.values()),
            rotations=tuple(self._rotations),
            schedules=tuple(self._schedules),
            notes=tuple(self._notes),
        )

    def _schedule(self, data: dict[str, Any]) -> str:
        label = words.text(data.get("name") or data.get("summary")) or "(no name)"
        zone = words.zone(data.get("time_zone"))
        if zone is None:
            self._wrong.append(f"{label}: there is no time zone {one_line(str(data.get('time_zone')), 40)!r}")
            return ""
        name = words.free(words.slug(label, "schedule"), self._schedules)
        given = list(data["schedule_layers"])
        layers, notes = self._layers(reversed(given) if self._bottom_first else given, zone, label)
        self._notes += [f"{label}: {note}" for note in notes]
        rules_ = self._rules(name, layers, zone, label)
        self._schedules[name] = Schedule.from_plain({"name": name, "zone": zone.key, "rules": rules_})
        order = " > ".join(layer.name for layer in layers)
        lines = [
            f"# {label}" + (f". Layers, from the top, each hiding those after it: {order}" if len(layers) > 1 else ""),
            *(f"# {note}" for note in notes),
            f"[schedules.{name}]",
            f"zone = {words.quoted(zone.key)}",
            *(line for rule in rules_ for line in _rule_lines(name, rule)),
            *self._overrides(name, data, label, zone),
        ]
        return "\n".join(lines) + "\n"

    def _layers(self, given: Iterable[Any], zone: ZoneInfo, label: str) -> tuple[list[Layer], list[str]]:
        """Those that count now, and what is to be said of them and the others."""
        layers, notes = [], []
        for number, data in enumerate(given, start=1):
            name = (words.text(data.get("name")) if isinstance(data, dict) else "") or str(number)
            try:
                layer, left_out = self._layer(data, name, zone)
            except ValueError as error:
                self._wrong.append(f"{label}, layer {name}: {error}")
                continue
            if left_out:
                notes.append(f"Layer {name} {left_out}.")
                continue
            layers.append(layer)
            if layer.ends:
                notes.append(
                    f"Layer {name} ends at {words.utc(layer.ends)}, which a roster cannot say: take it out then."
                )
        return layers, notes

    def _layer(self, data: Any, name: str, zone: ZoneInfo) -> tuple[Layer, str]:
        """The layer, and why it is left out if it is."""
        if not isinstance(data, dict):
            raise ValueError("it is no object")  # noqa: TRY004
        users, restrictions = data.get("users") or [], data.get("restrictions") or []
        if not isinstance(users, list) or len(users) > MOST_PEOPLE:
            raise ValueError(f"`users` is no list of at most {MOST_PEOPLE}")
        if not isinstance(restrictions, list):
            raise ValueError("`restrictions` is no list")  # noqa: TRY004
        start = words.instant(data.get("start"), "start", zone)
        virtual = data.get("rotation_virtual_start")
        layer = Layer(
            name=name,
            people=(),
            begun=words.instant(virtual, "rotation_virtual_start", zone) if virtual else start,
            turn=words.whole(data, "rotation_turn_length_seconds", 1, 31_536_000),
            week=reduce(or_, map(words.window, restrictions)) if restrictions else ALWAYS,
            ends=words.instant(data["end"], "end", zone) if data.get("end") else None,
        )
        if layer.ends and layer.ends <= self._now:
            return layer, f"ended at {words.utc(layer.ends)} and is left out"
        if start > self._now:
            return layer, f"starts at {words.utc(start)} and is left out: add it then"
        if not users:
            return layer, "has nobody in it and is left out"
        layer = layer.but(people=tuple(self._person(each, zone) for each in users))
        if not layer.only and not layer.every:
            raise ValueError(f"a turn of {layer.turn} seconds is not of whole weeks, days or hours")
        return layer, ""

    def _rules(self, name: str, layers: list[Layer], zone: ZoneInfo, label: str) -> list[dict[str, Any]]:
        """What is left of each layer under those above it."""
        found: list[dict[str, Any]] = []
        for layer, week in seen(layers):
            target = self._target(name, layer, zone)
            found += [{**rule, "target": target} for rule in rules(week)]
        if len(found) > MOST_RULES:
            self._wrong.append(f"{label}: it comes to {len(found)} rules; a schedule has at most {MOST_RULES}")
        return found

    def _target(self, schedule: str, layer: Layer, zone: ZoneInfo) -> str:
        if layer.only:
            return f"person:{layer.only}"
        name = words.free(words.slug(f"{schedule[:30]}-{layer.name}", "layer"), self._rotations)
        every, unit = layer.every or (1, "weeks")
        start, people = layer.anchored(zone, self._now)
        plain = {"name": name, "zone": zone.key, "every": every, "unit": unit, "people": list(people)}
        self._rotations[name] = Rotation.from_plain({**plain, "start": start.isoformat(timespec="minutes")})
        self._tables.append(
            f"[rotations.{name}]\nzone = {words.quoted(zone.key)}\nstart = {start.isoformat()}\n"
            f'every = "{every} {unit if every > 1 else unit[:-1]}"\npeople = [{", ".join(map(words.quoted, people))}]\n'
        )
        return f"rotation:{name}"

    def _person(self, data: Any, zone: ZoneInfo) -> str:
        """The person's name in the roster; the first time, their table is written too."""
        user = data.get("user", data) if isinstance(data, dict) else None
        if not isinstance(user, dict):
            raise ValueError("a user in it is no object")  # noqa: TRY004
        name = words.text(user.get("name") or user.get("summary"))
        mail, id_ = words.text(user.get("email")), words.text(user.get("id"))
        key = id_ or mail or name
        if not key:
            raise ValueError("a user in it has neither an id nor a name")
        for spelt in (id_, mail, name):
            if spelt.casefold() in self._said:
                self._used.add(spelt.casefold())
                return self._said[spelt.casefold()]
        if key not in self._people:
            slug = words.free(words.slug(name or key, "person"), {*self._people.values(), *self._said.values()})
            own = words.zone(user.get("time_zone"))
            where = "PagerDuty has it" if own else "of the schedule: say where they live"
            lines = [f"[people.{slug}]  # {key}", f"name = {words.quoted(name or key)}"]
            lines += [f"zone = {words.quoted((own or zone).key)}  # {where}"]
            lines += (
                [f"email = {words.quoted(mail)}"] if re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", mail, re.ASCII) else []
            )
            lines += ["# complete: logins, slack, email, reach", ""]
            self._people[key] = slug
            self._tables.insert(len(self._people) - 1, "\n".join(lines))
        return self._people[key]

    def _overrides(self, name: str, data: dict[str, Any], label: str, zone: ZoneInfo) -> list[str]:
        """Those that are not over, as commands: for each whom they replace, since somebody takes all of a schedule."""
        given, rendered = data.get("overrides"), data.get("overrides_subschedule")
        if not given and isinstance(rendered, dict):
            given = rendered.get("rendered_schedule_entries")
        given = given or []
        if not isinstance(given, list):
            self._wrong.append(f"{label}: its overrides are no list")
            return []
        plan = Plan(self._rotations, {name: self._schedules[name]}, (), ())
        lines: list[str] = []
        for each in given:
            try:
                start, end = (words.instant(each.get(key), key, zone) for key in ("start", "end"))
                if end <= self._now or start >= end:
                    continue
                self._overridden += 1
                lines += self._override(plan, name, self._person(each, zone), max(start, self._now), end)
            except (ValueError, AttributeError) as error:
                self._wrong.append(f"{label}, an override: {one_line(str(error), 80)}")
            if len(lines) > MOST_OVERRIDES or self._overridden > 2 * MOST_OVERRIDES:
                self._notes.append(f"{label}: overrides after the first {MOST_OVERRIDES} commands")
                lines = [*lines[:MOST_OVERRIDES], "# … and more; look at them in PagerDuty"]
                break
        return ["", "# Its overrides, once this roster is in force:", *lines] if lines else []

    def _override(self, plan: Plan, name: str, person: str, start: datetime, end: datetime) -> list[str]:
        if end - start > A_YEAR:
            raise ValueError("it lasts longer than a year")
        start, end = minute(start), minute(end)
        lines, covered = [], start
        command = f"# escalate oncall override add {name}"
        for shift in plan.shifts(f"schedule:{name}", start, end):
            begins, ends = max(shift.start, start), min(shift.end, end)
            if begins > covered:
                lines.append(f"{command} --add {person} --from {words.utc(covered)} --to {words.utc(begins)}")
            if shift.person != person:
                whom = f"--replace {shift.person} --with {person}"
                lines.append(f"{command} {whom} --from {words.utc(begins)} --to {words.utc(ends)}")
            covered = max(covered, ends)
        if covered < end:
            lines.append(f"{command} --add {person} --from {words.utc(covered)} --to {words.utc(end)}")
        return lines


def _rule_lines(name: str, rule: dict[str, Any]) -> list[str]:
    days = [] if rule["days"] is None else [f"days = [{', '.join(words.quoted(DAYS[day]) for day in rule['days'])}]"]
    clocks = [f'from = "{rule["begin"]}"', f'to = "{rule["end"]}"']
    return ["", f"[[schedules.{name}.rules]]", *days, *clocks, f"target = {words.quoted(rule['target'])}"]
