"""Whether a roster of well-formed parts makes sense as a whole: each name it uses is there, nobody left out.

Works on plain data with a place (file and key) for each part, so that a mistake can say where to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.roster import CONSOLE
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NEEDS_ADDRESS = ("slack", "email")
"""The kinds of channel that reach a person under an address of their own."""

SECTIONS = {
    "person": "people",
    "team": "teams",
    "schedule": "schedules",
    "rotation": "rotations",
    "policy": "policies",
}

ASKED = ("person", "team", "schedule", "rotation")
"""What a policy can ask; a route can name a policy as well."""

IN_RULE = ("person", "rotation")
NO_LOOPS = "A rule names a person or a rotation, so that schedules cannot go round in circles"


class Problem(Value):
    """What is wrong at a key of a file, and what to do about it."""

    file: str
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.key}: {self.message}." + (f" {self.hint}." if self.hint else "")


class Draft(Value):
    """A roster before its names are looked up. `known` holds each name, also of parts with mistakes.

    `broken` are the names that those parts use, keyed as in `roster`, routes by their key. `places` tells file and key
    of a part by its key as `people.alice` or `routes[0]`.
    """

    roster: dict[str, Any]
    broken: Mapping[str, Mapping[str, Any]]
    known: Mapping[str, Mapping[str, Any]]
    places: Mapping[str, tuple[str, str]]


class Sense:
    """Collects what does not fit while names are resolved to `kind:name` in place."""

    def __init__(self, draft: Draft) -> None:
        self.roster = draft.roster
        self.problems: list[Problem] = []
        self._broken = draft.broken
        self._known = draft.known
        self._places = draft.places

    def resolve(self) -> list[Problem]:
        for slug, person in self._all("people"):
            self._reach(slug, person)
        for slug, team in self._all("teams"):
            self._team(slug, team)
        for slug, rotation in self._all("rotations"):
            self._members(f"rotations.{slug}", rotation["people"])
        for slug, schedule in self._all("schedules"):
            self._schedule(slug, schedule)
        for slug, policy in self._all("policies"):
            self._policy(slug, policy)
        for number, route in enumerate(self.roster["routes"]):
            self._route(f"routes[{number}]", route)
        for key, route in self._broken["routes"].items():
            self._route(key, route)
        for rules in (self.roster.get("clocks"), *self._broken["clocks"].values()):
            if rules:
                self._clocks(rules)
        self._one_spelling()
        self._logins()
        return self.problems

    def _all(self, section: str) -> Iterable[tuple[str, dict[str, Any]]]:
        yield from self.roster[section].items()
        yield from self._broken[section].items()

    def _reach(self, slug: str, person: dict[str, Any]) -> None:
        for number, way in enumerate(person["reach"]):
            via, inner = way["via"], f"reach[{number}].via"
            if via is None:
                continue
            if via != CONSOLE and not self._there("channels", via):
                self._wrong(
                    f"people.{slug}",
                    inner,
                    f"there is no channel {via!r}",
                    near(via, self._known["channels"]),
                )
                continue
            kind = self.roster["channels"].get(via, {}).get("kind")
            if kind in NEEDS_ADDRESS and kind not in person["addresses"]:
                hint = f'Give the address: {kind} = "…", or take the way out'
                self._wrong(f"people.{slug}", inner, f"{slug} has no {kind} address", hint)

    def _team(self, slug: str, team: dict[str, Any]) -> None:
        self._members(f"teams.{slug}", team["people"])
        policy = team["policy"]
        if policy is not None and not self._there("policies", policy):
            hint = near(policy, self._known["policies"])
            self._wrong(f"teams.{slug}", "policy", f"there is no policy {policy!r}", hint)

    def _members(self, part: str, people: list[str | None]) -> None:
        for number, name in enumerate(people):
            if name is None or self._there("people", name):
                continue
            kind, colon, rest = name.partition(":")
            hint = near(rest if kind == "person" else name, self._known["people"])
            if colon:
                hint = f"Write {rest}" if kind == "person" and self._there("people", rest) else "Name people only"
            self._wrong(part, f"people[{number}]", f"there is no person {name!r}", hint)

    def _schedule(self, slug: str, schedule: dict[str, Any]) -> None:
        for number, rule in enumerate(schedule["rules"]):
            if rule["target"] is not None:
                inner = f"rules[{number}].target"
                rule["target"] = self._target(f"schedules.{slug}", inner, rule["target"], IN_RULE)

    def _policy(self, slug: str, policy: dict[str, Any]) -> None:
        part = f"policies.{slug}"
        for number, step in enumerate(policy["steps"]):
            step["targets"] = self._targets(part, f"steps[{number}].targets", step["targets"], ASKED)
        if policy["fallback"] is not None:
            policy["fallback"] = self._target(part, "fallback", policy["fallback"], ASKED)

    def _route(self, part: str, route: dict[str, Any]) -> None:
        route["page"] = self._targets(part, "page", route["page"], (*ASKED, "policy"))
        pinged = self._targets(part, "ping", route["ping"], ("team",))
        route["ping"] = [name.partition(":")[2] for name in pinged]

    def _clocks(self, rules: dict[str, Any]) -> None:
        teams = self._targets("clocks", "decide", rules["decide"], ("team",))
        rules["decide"] = [name.partition(":")[2] for name in teams]
        if rules["alert"] is not None:
            rules["alert"] = self._target("clocks", "alert", rules["alert"], (*ASKED, "policy"))

    def _one_spelling(self) -> None:
        """Names are found whatever their capitals, so that two may not differ by those alone."""
        first: dict[str, str] = {}
        for name in self._known["people"]:
            other = first.setdefault(name.casefold(), name)
            if other != name:
                file, key = self._places[f"people.{name}"]
                message = f"differs from {other} by capitals only"
                self.problems.append(
                    Problem(file=file, key=key, message=message, hint="Call one of them something else")
                )

    def _logins(self) -> None:
        owner: dict[str, str] = {}
        for slug, person in self._all("people"):
            for login in person["logins"]:
                first = owner.setdefault(login, slug)
                if first != slug:
                    hint = "A login stands for one person; take it from one of them"
                    self._wrong(f"people.{slug}", "logins", f"{login!r} is a login of {first} too", hint)

    def _targets(self, part: str, inner: str, targets: list[str | None], kinds: tuple[str, ...]) -> list[str]:
        found = [
            self._target(part, f"{inner}[{number}]", text, kinds)
            for number, text in enumerate(targets)
            if text is not None
        ]
        return list(dict.fromkeys(found))

    def _target(self, part: str, inner: str, text: str, kinds: tuple[str, ...]) -> str:
        kind, colon, name = text.partition(":")
        if not colon:
            return self._bare(part, inner, text, kinds)
        if kind not in kinds:
            self._wrong(part, inner, f"{text!r} cannot stand here", _what_can(kinds))
        elif not self._there(SECTIONS[kind], name):
            self._wrong(part, inner, f"there is no {kind} {name!r}", near(name, self._known[SECTIONS[kind]]))
        return text

    def _bare(self, part: str, inner: str, name: str, kinds: tuple[str, ...]) -> str:
        fits = [f"{kind}:{name}" for kind in kinds if self._there(SECTIONS[kind], name)]
        others = [kind for kind in SECTIONS if kind not in kinds and self._there(SECTIONS[kind], name)]
        if len(fits) == 1:
            return fits[0]
        if fits:
            self._wrong(part, inner, f"{name!r} fits more than one", f"Say which: {_listed(fits)}")
        elif others:
            self._wrong(part, inner, f"{name!r} is a {others[0]} and cannot stand here", _what_can(kinds))
        else:
            everybody = [known for kind in kinds for known in self._known[SECTIONS[kind]]]
            self._wrong(part, inner, f"there is no {_listed(kinds)} {name!r}", near(name, everybody))
        return name

    def _there(self, section: str, name: str) -> bool:
        return name in self._known[section]

    def _wrong(self, part: str, inner: str, message: str, hint: str = "") -> None:
        file, key = self._places[part]
        self.problems.append(Problem(file=file, key=f"{key}.{inner}", message=message, hint=hint))


def _what_can(kinds: Sequence[str]) -> str:
    return NO_LOOPS if kinds == IN_RULE else f"What can: {_listed([f'{kind}:NAME' for kind in kinds])}"


def _listed(words: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def near(name: str, known: Iterable[str]) -> str:
    """`Did you mean alice`, else what there is, else nothing."""
    from difflib import get_close_matches

    names = sorted(known)
    if found := get_close_matches(name, names, n=1):
        return f"Did you mean {found[0]}"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"There are: {shown}" if names else ""
