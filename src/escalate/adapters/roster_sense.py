"""Whether a roster of well-formed parts makes sense as a whole: each name it uses is there, nobody left out.

Works on plain data with a place (file and key) for each part, so that a mistake can say where to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.roster import CONSOLE, Roster
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NOT_YET = "this version cannot yet page by schedule or rotation"
NOT_YET_HINT = "Name people or teams in the policy's steps, and keep your schedule where it is until then"

NEEDS_ADDRESS = ("slack", "email")
"""The kinds of channel that reach a person under an address of their own."""

SECTIONS = {"person": "people", "team": "teams", "policy": "policies"}


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

    `places` tells the file of a part, by its key as `people.alice` or `routes[0]`.
    """

    roster: dict[str, Any]
    known: Mapping[str, Mapping[str, Any]]
    places: Mapping[str, tuple[str, str]]


class Sense:
    """Collects what does not fit while names are resolved to `kind:name` in place."""

    def __init__(self, draft: Draft) -> None:
        self.roster = draft.roster
        self.problems: list[Problem] = []
        self._known = draft.known
        self._places = draft.places

    def resolve(self) -> list[Problem]:
        for slug, person in self.roster["people"].items():
            self._reach(slug, person)
        for slug, team in self.roster["teams"].items():
            self._team(slug, team)
        for slug, policy in self.roster["policies"].items():
            self._policy(slug, policy)
        for number, route in enumerate(self.roster["routes"]):
            self._route(f"routes[{number}]", route)
        self._logins()
        return self.problems

    def _reach(self, slug: str, person: dict[str, Any]) -> None:
        for number, way in enumerate(person["reach"]):
            via, inner = way["via"], f"reach[{number}].via"
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
        for number, name in enumerate(team["people"]):
            if not self._there("people", name):
                hint = near(name, self._known["people"])
                self._wrong(f"teams.{slug}", f"people[{number}]", f"there is no person {name!r}", hint)
        policy = team["policy"]
        if policy is not None and not self._there("policies", policy):
            hint = near(policy, self._known["policies"])
            self._wrong(f"teams.{slug}", "policy", f"there is no policy {policy!r}", hint)

    def _policy(self, slug: str, policy: dict[str, Any]) -> None:
        part = f"policies.{slug}"
        for number, step in enumerate(policy["steps"]):
            step["targets"] = self._targets(part, f"steps[{number}].targets", step["targets"], ("person", "team"))
        if policy["fallback"] is not None:
            policy["fallback"] = self._target(part, "fallback", policy["fallback"], ("person", "team"))

    def _route(self, part: str, route: dict[str, Any]) -> None:
        route["page"] = self._targets(part, "page", route["page"], ("person", "team", "policy"))
        pinged = self._targets(part, "ping", route["ping"], ("team",))
        route["ping"] = [name.partition(":")[2] for name in pinged]

    def _logins(self) -> None:
        owner: dict[str, str] = {}
        for slug, person in self.roster["people"].items():
            for login in person["logins"]:
                first = owner.setdefault(login, slug)
                if first != slug:
                    hint = "A login stands for one person; take it from one of them"
                    self._wrong(f"people.{slug}", "logins", f"{login!r} is a login of {first} too", hint)

    def _targets(self, part: str, inner: str, targets: list[str], kinds: tuple[str, ...]) -> list[str]:
        found = (self._target(part, f"{inner}[{number}]", text, kinds) for number, text in enumerate(targets))
        return list(dict.fromkeys(found))

    def _target(self, part: str, inner: str, text: str, kinds: tuple[str, ...]) -> str:
        kind, colon, name = text.partition(":")
        allowed = " or ".join(f"{kind}:NAME" for kind in kinds)
        if not colon:
            return self._bare(part, inner, text, kinds)
        if kind in {"schedule", "rotation"}:
            self._wrong(part, inner, f"{text!r}: {NOT_YET}", NOT_YET_HINT)
        elif kind not in kinds:
            self._wrong(part, inner, f"{text!r} cannot stand here", f"What can: {allowed}")
        elif not self._there(SECTIONS[kind], name):
            self._wrong(part, inner, f"there is no {kind} {name!r}", near(name, self._known[SECTIONS[kind]]))
        return text

    def _bare(self, part: str, inner: str, name: str, kinds: tuple[str, ...]) -> str:
        fits = [f"{kind}:{name}" for kind in kinds if self._there(SECTIONS[kind], name)]
        if len(fits) == 1:
            return fits[0]
        if fits:
            self._wrong(part, inner, f"{name!r} fits more than one", f"Say which: {' or '.join(fits)}")
        else:
            everybody = [known for kind in kinds for known in self._known[SECTIONS[kind]]]
            what = " or ".join(kinds)
            self._wrong(part, inner, f"there is no {what} {name!r}", near(name, everybody))
        return name

    def _there(self, section: str, name: str) -> bool:
        return name in self._known[section]

    def _wrong(self, part: str, inner: str, message: str, hint: str = "") -> None:
        file, key = self._places[part]
        self.problems.append(Problem(file=file, key=f"{key}.{inner}", message=message, hint=hint))


def near(name: str, known: Iterable[str]) -> str:
    """`Did you mean alice`, else what there is, else nothing."""
    from difflib import get_close_matches

    names = sorted(known)
    if found := get_close_matches(name, names, n=1):
        return f"Did you mean {found[0]}"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"There are: {shown}" if names else ""


def doubts(draft: Draft) -> list[Problem]:
    """What is allowed and will surprise somebody at three in the morning."""
    roster = Roster.from_plain(draft.roster)
    found: list[Problem] = []

    def doubt(part: str, message: str, hint: str, inner: str = "") -> None:
        file, key = draft.places[part]
        found.append(Problem(file=file, key=key + inner, message=message, hint=hint))

    for slug in roster.people:
        if _only_console(roster, slug):
            shown = f"no way to reach {slug}: pages to {slug} are shown on the console"
            doubt(f"people.{slug}", shown, 'Add a way: reach = [ { via = "CHANNEL", after = "0m" } ]')
    for slug in roster.teams:
        if roster.team_ways(slug) == [CONSOLE]:
            shown = f"no way to reach {slug}: pings to it are shown on the console"
            doubt(f"teams.{slug}", shown, 'Add its slack = "…" or email = "…", and a channel of that kind')
    for slug, policy in roster.policies.items():
        for number, step in enumerate(policy.steps):
            if not any(roster.people_behind(target) for target in step.targets):
                last = ", and it is the last one" if number == len(policy.steps) - 1 else ""
                shown = f"step {number + 1} has nobody behind it and will be skipped{last}"
                doubt(f"policies.{slug}", shown, "Name a person, or give the team people", f".steps[{number}]")
        if policy.fallback is None:
            shown = "nobody is told when every step has run out"
            doubt(f"policies.{slug}", shown, 'Add fallback = "person:NAME"')
        elif not roster.people_behind(policy.fallback) and policy.fallback.startswith("team:"):
            shown = "the fallback is a team without people; only its own address is told"
            doubt(f"policies.{slug}", shown, "Give the team people, or name a person", ".fallback")
    for name in _unused(roster):
        doubt(f"channels.{name}", "nobody is reached by it", f'Name it in somebody\'s reach: via = "{name}"')
    return found


def _only_console(roster: Roster, person: str) -> bool:
    return not roster.people[person].reach and [way.via for way in roster.reach(person)] == [CONSOLE]


def _unused(roster: Roster) -> list[str]:
    used = {way.via for person in roster.people for way in roster.reach(person)}
    used |= {via for team in roster.teams for via in roster.team_ways(team)}
    # Tickets go out by a jira channel, which is nobody's way.
    return [name for name, channel in roster.channels.items() if name not in used and channel.kind != "jira"]
