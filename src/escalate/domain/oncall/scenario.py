"""A case as people write it down: a policy, who is on call when, and what happens, in minutes from a beginning.

Names may be anything; where one could not stand in a roster another stands for it, and `names` leads back.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from escalate.domain.oncall.policy import Policy, Step
from escalate.domain.oncall.shapes import LONGEST, SOMETIME, Shapes
from escalate.domain.oncall.staffing import people_at, spans_of, staffed
from escalate.domain.value import Value
from escalate.errors import Usage

MOST = 10_000
"""Steps that one case may take."""

MOST_EVENTS = 1_000
"""And moments at which somebody else is on call."""

MISTAKES = 40
"""That many are named; the rest is counted."""

OF_AN_ALERT = frozenset({"ack", "decline", "manual_escalate", "close"})
OF_A_SCHEDULE = frozenset({"set_temporary_schedule", "clear_temporary_schedules"})
EVENTS = ("alert_created", "ack", "decline", "manual_escalate", "close", *sorted(OF_A_SCHEDULE))
KEYS = frozenset({"t", "at", "event", "alert", "by", "as_of_t", "schedule", "user"})


class Happening(Value):
    """`place` is where it stands in the file. `as_of`: it counts only if no step has fired since."""

    at: datetime
    event: str
    place: str
    alert: str = ""
    by: str | None = None
    person: str | None = None
    schedule: str = ""
    as_of: datetime | None = None


class Scenario(Value):
    """`rosters` are the rosters in force, each with the moment from which it is. `policy` None: it has no steps.

    `notes` is what a reader should know of how it was read.
    """

    start: datetime
    until: datetime | None
    policy: Policy | None
    rosters: list[tuple[datetime, dict[str, Any]]]
    happenings: list[Happening]
    names: dict[str, str]
    notes: list[str]


def scenario(data: object, file: str) -> Scenario:
    """The case in `data`, as it was read from JSON. Raises Usage with all its mistakes and where they are."""
    case = _Case()
    found = case.read(data)
    if not case.wrong:
        return found
    named = [f"  {line}" for line in case.wrong[:MISTAKES]]
    named += [f"  and {len(case.wrong) - MISTAKES} more"] if len(case.wrong) > MISTAKES else []
    count = "1 mistake" if len(case.wrong) == 1 else f"{len(case.wrong)} mistakes"
    raise Usage("\n".join([f"{file} cannot be run: {count}.", *named]), hint="Mend them, then run it again.")


class _Names:
    """Names as they are written, and what stands for them."""

    def __init__(self) -> None:
        self.back: dict[str, str] = {}
        self._known: dict[str, str] = {}

    def slug(self, name: str) -> str:
        if name not in self._known:
            plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}", name) and name != "console"
            slug = name if plain else f"_{len(self._known)}"
            self._known[name], self.back[slug] = slug, name
        return self._known[name]


class _Case(Shapes):
    """Reads one case."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []
        self.names = _Names()
        self.start = SOMETIME
        self.users: dict[str, list[dict[str, Any]]] = {}
        self.on_call: dict[str, list[tuple[datetime, list[str]]]] = {}

    def read(self, data: object) -> Scenario:
        top = self.dict_at(data, "the file")
        self.start = self.instant_at(top.get("t0"), "t0")
        until = self.start + self.minutes_at(top["until_t"], "until_t") if top.get("until_t") is not None else None
        self._read_users(top.get("users"))
        self._read_on_call(top.get("on_call"))
        happenings = self._happenings(top.get("events"))
        policy = self._policy(top.get("policy"), until, len(happenings))
        if policy is None:
            self.notes.append("The policy has no steps: nobody would be told.")
        elif not any(one.event == "alert_created" for one in happenings):
            self.notes.append("There is no alert_created among the events: nothing happens.")
        if until is not None and (late := [one.place for one in happenings if one.at > until]):
            self.notes.append(f"After until_t, and so left out: {', '.join(late)}.")
        return Scenario(
            start=self.start,
            until=until,
            policy=policy,
            rosters=self._rosters(),
            happenings=[one for one in happenings if until is None or one.at <= until],
            names=self.names.back,
            notes=self.notes,
        )

    # ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _read_users(self, data: object) -> None:
        for name, rules in self.dict_at(data, "users").items():
            place, ways = f"users.{name}", {}
            for number, rule in enumerate(self.list_at(rules, place)):
                one = self.dict_at(rule, f"{place}[{number}]")
                via = self.text_at(one.get("via"), f"{place}[{number}].via")
                after = self.minutes_at(one.get("delay_minutes"), f"{place}[{number}].delay_minutes", whole=True)
                way = {"via": self.names.slug(via), "after": int(after.total_seconds())}
                ways[way["via"], way["after"]] = way
            self.users[self.names.slug(name)] = sorted(ways.values(), key=lambda way: int(way["after"]))
            if not ways:
                self.notes.append(f"{name} has no way to be reached and is told nothing.")

    def _read_on_call(self, data: object) -> None:
        for name, listed in self.dict_at(data, "on_call").items():
            place = f"on_call.{name}"
            entries = self.list_at(listed, place)
            if not any(isinstance(entry, dict) for entry in entries):
                self.on_call[self._schedule(name)] = [(self.start, self._people(entries, place))]
                continue
            found: list[tuple[datetime, datetime | None, list[str]]] = []
            for number, entry in enumerate(entries):
                one, here = self.dict_at(entry, f"{place}[{number}]"), f"{place}[{number}]"
                begins, ends = self._moment(one.get("t_from"), f"{here}.t_from"), None
                if one.get("t_to") is not None:
                    ends = self._moment(one["t_to"], f"{here}.t_to")
                if found and begins < found[-1][0]:
                    self.wrong.append(f"{here}.t_from: it goes back behind the one before.")
                if ends is not None and ends < begins:
                    self.wrong.append(f"{here}.t_to: it ends before it begins.")
                people = self._people(self.list_at(one.get("users"), f"{here}.users"), f"{here}.users")
                found.append((begins, ends, people))
            self.on_call[self._schedule(name)] = spans_of(found)

    def _moment(self, minutes: object, place: str) -> datetime:
        return self.start + self.minutes_at(minutes, place, least=-LONGEST)

    def _people(self, listed: list[Any], place: str) -> list[str]:
        return [self._person(name, f"{place}[{number}]") for number, name in enumerate(listed)]

    def _person(self, name: object, place: str) -> str:
        slug = self.names.slug(self.text_at(name, place)) if isinstance(name, str) else self.text_at(name, place)
        if isinstance(name, str) and slug not in self.users:
            known = ", ".join(self.names.back[user] for user in self.users) or "none"
            self.wrong.append(f"{place}: there is no user {name!r}. Users: {known}.")
        return slug

    def _answerer(self, name: object, place: str, event: str) -> str:
        """Whoever acknowledges need not have been told."""
        if event == "ack" and isinstance(name, str) and name and (slug := self.names.slug(name)) not in self.users:
            self.users[slug] = []
            self.notes.append(f"{place}: {name} is not among the users: somebody who is told nothing.")
        return self._person(name, place)

    def _schedule(self, name: str) -> str:
        return self.names.slug(name.removeprefix("schedule:").removeprefix("rotation:"))

    def _rosters(self) -> list[tuple[datetime, dict[str, Any]]]:
        """One for every moment at which somebody else is on call, from the beginning on."""
        people = {slug: _person(slug, ways) for slug, ways in self.users.items()}
        vias = dict.fromkeys(way["via"] for ways in self.users.values() for way in ways)
        fixed = {"people": people, "channels": {via: {"name": via, "kind": "slack"} for via in vias}}
        moments = {begins for spans in self.on_call.values() for begins, _people in spans if begins > self.start}
        if len(moments) > MOST_EVENTS:
            self.wrong.append(f"on_call: it changes at more than {MOST_EVENTS:,} moments.")
            moments = set()
        return [
            (moment, {**fixed, "schedules": {name: staffed(name, people_at(spans, moment)) for name, spans in self.on_call.items()}})
            for moment in (self.start, *sorted(moments))
        ]  # fmt: skip

    # ── the policy ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _policy(self, data: object, until: datetime | None, events: int) -> Policy | None:
        given = self.dict_at(data, "policy")
        steps = [
            self._step(step, f"policy.steps[{n}]")
            for n, step in enumerate(self.list_at(given.get("steps"), "policy.steps"))
        ]
        fallback = self._target(given["fallback"], "policy.fallback") if given.get("fallback") is not None else None
        repeat = given.get("repeat") or 0
        if not isinstance(repeat, int) or isinstance(repeat, bool) or repeat < -1:
            self.wrong.append("policy.repeat: it is a whole number of extra passes, or -1 for ever.")
        elif steps:
            repeat = self._passes(repeat, steps, until, events) - 1
            return Policy(name="scenario", steps=tuple(steps), repeat=repeat, fallback=fallback)
        return None

    def _passes(self, repeat: int, steps: list[Step], until: datetime | None, events: int) -> int:
        """No more than can begin before the end, each event beginning one more at most."""
        once = _shortest(steps)
        if repeat == -1 and until is None:
            self.wrong.append("policy.repeat: -1 never ends. Say where to stop: until_t.")
        passes = repeat + 1 if repeat >= 0 else MOST + 1
        if until is not None and once:
            passes = min(passes, max(until - self.start, timedelta(0)) // once + 2 + events)
        if passes * len(steps) > MOST and not self.wrong:
            self.wrong.append(f"policy.repeat: it would take more than {MOST:,} steps.")
        return max(passes, 1)

    def _step(self, data: object, place: str) -> Step:
        given = self.dict_at(data, place)
        targets = self.list_at(given.get("targets"), f"{place}.targets")
        return Step(
            targets=tuple(self._target(target, f"{place}.targets[{n}]") for n, target in enumerate(targets)),
            wait=self.minutes_at(given.get("delay_minutes"), f"{place}.delay_minutes", whole=True),
            multi_ack=self.flag_at(given.get("multi_ack"), f"{place}.multi_ack"),
            round_robin=self.flag_at(given.get("round_robin"), f"{place}.round_robin") and bool(targets),
        )

    def _target(self, data: object, place: str) -> str:
        name = self.text_at(data, place)
        if name not in self._users:
            name = name.removeprefix("user:").removeprefix("person:")
        if name.startswith(("schedule:", "rotation:")) or (
            name not in self._users and self._schedule(name) in self.on_call
        ):
            schedule = self._schedule(name)
            if schedule not in self.on_call:
                self.on_call[schedule] = []
                self.notes.append(f"{name} is not in on_call: nobody is.")
            return f"schedule:{schedule}"
        return f"person:{self._person(name, place)}" if name else ""

    @property
    def _users(self) -> set[str]:
        return {self.names.back[slug] for slug in self.users}

    # ── what happens ────────────────────────────────────────────────────────────────────────────────────────────────

    def _happenings(self, data: object) -> list[Happening]:
        found: list[Happening] = []
        created: set[str] = set()
        if isinstance(data, list) and len(data) > MOST_EVENTS:
            self.wrong.append(f"events: there are more than {MOST_EVENTS:,}.")
            return []
        for number, entry in enumerate(self.list_at(data, "events")):
            one = self._happening(self.dict_at(entry, f"events[{number}]"), f"events[{number}]")
            if found and one.at < found[-1].at:
                self.wrong.append(f"{one.place}.t: it goes back behind the event before.")
            if one.event == "alert_created":
                created.add(one.alert)
            elif one.event in OF_AN_ALERT and not one.alert and len(created) == 1:
                one = one.but(alert=next(iter(created)))
            if one.event in OF_AN_ALERT and one.alert not in created:
                which = f"alert {one.alert}" if one.alert else "one alert that is meant"
                self.wrong.append(f"{one.place}: there is not {which} before it: alert_created.")
            found.append(one)
        return found

    def _happening(self, given: dict[str, Any], place: str) -> Happening:
        at = self.start + self.minutes_at(given.get("t"), f"{place}.t")
        if "at" in given and abs(self.instant_at(given["at"], f"{place}.at") - at) > timedelta(minutes=1):
            self.wrong.append(f"{place}.at: it is another moment than t.")
        event = self.text_at(given.get("event"), f"{place}.event")
        if event and event not in EVENTS:
            self.wrong.append(f"{place}.event: there is no event {event!r}. Events: {', '.join(EVENTS)}.")
        if unread := sorted(given.keys() - KEYS):
            self.notes.append(f"{place}: {', '.join(unread)} means nothing here and was left out.")
        answers = event == "decline" or (event == "ack" and given.get("by") is not None)
        known = event in OF_A_SCHEDULE
        schedule = self._schedule(self.text_at(given.get("schedule"), f"{place}.schedule")) if known else ""
        if schedule and schedule not in self.on_call:
            self.wrong.append(f"{place}.schedule: there is no schedule {given['schedule']!r} in on_call.")
        temporary = event == "set_temporary_schedule" and given.get("user") is not None
        as_of = given.get("as_of_t")
        return Happening(
            at=at,
            event=event,
            place=place,
            alert="" if given.get("alert") is None else str(given["alert"]),
            by=self._answerer(given.get("by"), f"{place}.by", event) if answers else None,
            person=self._person(given["user"], f"{place}.user") if temporary else None,
            schedule=schedule,
            as_of=self.start + self.minutes_at(as_of, f"{place}.as_of_t", least=-LONGEST)
            if as_of is not None
            else None,
        )


def _shortest(steps: list[Step]) -> timedelta:
    """How long a pass takes at least: a step at which nobody is on call is skipped and takes no time."""
    certain = [step.wait for step in steps if any(target.startswith("person:") for target in step.targets)]
    perhaps = [step.wait for step in steps if step.targets]
    return sum(certain, timedelta(0)) if certain else min(perhaps, default=timedelta(0))


def _person(slug: str, ways: list[dict[str, Any]]) -> dict[str, Any]:
    return {"slug": slug, "name": slug, "zone": "UTC", "reach": ways}
