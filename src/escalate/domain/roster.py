"""The roster in force: who there is, how they are reached, who is asked in which order, what happens by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.clocks.settings import ClockRules
from escalate.domain.incident.severity import at_least
from escalate.domain.oncall.policy import Policy
from escalate.domain.people import Person, Reach, Team
from escalate.domain.value import Value
from escalate.errors import NotFound, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from escalate.domain.oncall.duty import Duty
    from escalate.domain.oncall.plan import Plan
    from escalate.domain.oncall.rotation import Rotation
    from escalate.domain.oncall.schedule import Schedule

CONSOLE = "console"
"""The way that is always there: the terminal of whoever is at work, who passes it on."""

MANY_NAMES = 20
"""More than that are not listed where one was not found."""

KINDS = ("person", "team", "schedule", "rotation", "policy")


class Channel(Value):
    """A configured way out. `settings` never holds a secret, only the names of secrets as `secret:NAME`."""

    name: str
    kind: str
    settings: dict[str, Any] = {}
    details: bool = False


class Route(Value):
    """What happens when an incident is opened, or raised, to `severity` or worse with one of `harm` (empty: any)."""

    harm: frozenset[str] = frozenset()
    severity: str = "SEV4"
    page: tuple[str, ...] = ()
    ping: tuple[str, ...] = ()
    runbook: str | None = None

    def fits(self, harm: list[str] | tuple[str, ...], severity: str) -> bool:
        first = {slug.partition(":")[0] for slug in harm}
        return at_least(severity, self.severity) and (not self.harm or bool(self.harm & (first | set(harm))))


class Roster(Value):
    """Keyed by name. `version` is 0 while no roster has been applied.

    `duty` is what was changed since in the store and not in a file: overrides, temporary schedules, preferences.
    `reveals` is after how many texts revealed within a day a person is offered the next in turn; 0: never.
    """

    version: int = 0
    channels: dict[str, Channel] = {}
    people: dict[str, Person] = {}
    teams: dict[str, Team] = {}
    rotations: dict[str, Rotation] = {}
    schedules: dict[str, Schedule] = {}
    policies: dict[str, Policy] = {}
    routes: tuple[Route, ...] = ()
    reveals: int = 0
    clocks: ClockRules = ClockRules()
    duty: Duty | None = None

    @property
    def named(self) -> dict[str, dict[str, Any]]:
        """What can be a target, by its kind."""
        return {
            "person": self.people,
            "team": self.teams,
            "schedule": self.schedules,
            "rotation": self.rotations,
            "policy": self.policies,
        }

    def _known(self, names: list[str], meant: str) -> str:
        if len(names) > MANY_NAMES:
            from difflib import get_close_matches

            near = get_close_matches(meant.casefold(), names, n=3)
            return (f"Did you mean {' or '.join(near)}? " if near else "") + "See them all: escalate roster"
        if names:
            return f"Known: {', '.join(sorted(names))}."
        return "The roster in force has none." if self.version else "Apply a roster first: escalate apply roster.toml"

    def target(self, text: str) -> str:
        """The target as `kind:name`. Raises NotFound for an unknown one and Usage where a bare name fits two kinds."""
        kind, colon, name = text.partition(":")
        of = {kind: [*names] for kind, names in self.named.items()}
        if colon:
            if kind not in of:
                raise Usage(f"{text}: there is no kind of target {kind!r}.", hint=f"Kinds: {', '.join(KINDS)}.")
            fits = [f"{kind}:{one}" for one in _spelt(name, of[kind])]
            if not fits:
                raise NotFound(f"The roster has no {kind} {name!r}.", hint=self._known(of[kind], name))
            return fits[0]
        fits = [f"{kind}:{one}" for kind, known in of.items() for one in _spelt(text, known)]
        if not fits:
            everybody = [name for names in of.values() for name in names]
            if not self.version and not everybody:
                raise NotFound(
                    f"There is no roster yet, so nobody is known as {text!r}, and nobody can be paged.",
                    hint="Phone whoever has to know now. Then: escalate apply roster.toml",
                )
            raise NotFound(f"The roster has nobody and nothing called {text!r}.", hint=self._known(everybody, text))
        if len(fits) > 1:
            raise Usage(f"{text!r} fits more than one.", hint=f"Say which: {' or '.join(fits)}.")
        return fits[0]

    def policy_for(self, target: str) -> Policy:
        """The policy that a page of `target` (as from `target()`) goes by."""
        from escalate.domain.oncall.policy import direct

        kind, _, name = target.partition(":")
        if kind == "policy":
            return self.policies[name]
        if kind == "team" and (policy := self.teams[name].policy):
            return self.policies[policy]
        return direct(target)

    def people_behind(self, target: str, at: datetime) -> list[str]:
        """The people a step's target stands for at `at`; empty where it names nobody the roster knows."""
        kind, _, name = target.partition(":")
        if kind == "person":
            return [name] if name in self.people else []
        if kind == "team" and name in self.teams:
            return [person for person in self.teams[name].people if person in self.people]
        if kind in {"schedule", "rotation"}:
            return [person for person in self.plan.on_call(target, at) if person in self.people]
        return []

    def can_reach(self, target: str) -> bool:
        """Whether a target stands for anybody at any time, overrides left aside."""
        kind, _, name = target.partition(":")
        if kind == "rotation":
            return name in self.rotations and any(person in self.people for person in self.rotations[name].people)
        if kind == "schedule":
            rules = self.schedules[name].rules if name in self.schedules else ()
            return any(rule.days != () and self.can_reach(rule.target) for rule in rules)
        members = self.teams[name].people if kind == "team" and name in self.teams else [name]
        return kind in {"person", "team"} and any(person in self.people for person in members)

    @property
    def plan(self) -> Plan:
        """Who is on call when: rotations and schedules with all that was changed since."""
        from escalate.domain.oncall.plan import Plan

        duty = self.duty
        return Plan(
            self.rotations,
            self.schedules,
            duty.overrides if duty else (),
            duty.temporaries if duty else (),
        )

    def not_for(self, person: str) -> frozenset[str]:
        """The kinds of harm a person asks not to be given, by the roster or by themselves."""
        someone = self.people.get(person)
        said = self.duty.not_for.get(person, ()) if self.duty else ()
        return frozenset(said) | (someone.not_for if someone else frozenset())

    def may_be_given(self, person: str, harm: Iterable[str]) -> bool:
        """Whether a person has not asked to be left out of incidents of such harm."""
        no = self.not_for(person)
        return not no or no.isdisjoint(part for slug in harm for part in (slug, slug.partition(":")[0]))

    def reach(self, person: str) -> list[Reach]:
        """The ways to a person, in order; the console where no other is set up."""
        someone = self.people.get(person)
        ways = list(someone.reach) if someone else []
        if not ways and someone:
            ways = [
                Reach(via=channel.name, after=timedelta(0))
                for channel in self.channels.values()
                if channel.kind in someone.addresses
            ]
        return ways or [Reach(via=CONSOLE, after=timedelta(0))]

    def team_ways(self, team: str) -> list[str]:
        """The channels by which a team itself is reached; the console where there is none."""
        addresses = self.teams[team].addresses
        return [channel.name for channel in self.channels.values() if channel.kind in addresses] or [CONSOLE]

    def address(self, to: str, via: str) -> str:
        """Where `person:x` or `team:x` is on channel `via`; empty where the channel needs none (a pager, the console)."""
        kind, _, name = to.partition(":")
        someone = self.people.get(name) if kind == "person" else self.teams.get(name)
        channel = self.channels.get(via)
        return someone.addresses.get(channel.kind, "") if someone and channel else ""

    def name_of(self, to: str) -> str:
        """What a person would call `person:x` or `team:x`."""
        kind, _, name = to.partition(":")
        someone = self.people.get(name) if kind == "person" else self.teams.get(name)
        return someone.name if someone else name or to

    def person_of(self, login: str) -> str | None:
        return next((slug for slug, person in self.people.items() if login in person.logins), None)

    @property
    def clock_alert(self) -> str | None:
        """Who is paged when a clock alerts; None where nobody is set, or is there any more."""
        kind, _, name = (self.clocks.alert or "").partition(":")
        return self.clocks.alert if name in self.named.get(kind, {}) else None

    @property
    def clock_deciders(self) -> list[str]:
        """The people who may say that a clock applies or not."""
        if not self.clocks.decide:
            return [slug for slug, person in self.people.items() if person.logins]
        return [
            *dict.fromkeys(one for team in self.clocks.decide if team in self.teams for one in self.teams[team].people)
        ]

    def reads(self, person: str | None) -> frozenset[str]:
        """The labels a person may read, and set, through the teams they are in."""
        labels = (team.reads for team in self.teams.values() if person in team.people)
        return frozenset().union(*labels)

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Roster:
        return Roster(
            version=data.get("version", 0),
            channels={name: Channel(**channel) for name, channel in data.get("channels", {}).items()},
            people={name: _person(person) for name, person in data.get("people", {}).items()},
            teams={name: _team(team) for name, team in data.get("teams", {}).items()},
            rotations=_rotations(data.get("rotations", {})),
            schedules=_schedules(data.get("schedules", {})),
            reveals=data.get("reveals", 0),
            clocks=ClockRules.from_plain(data.get("clocks") or {}),
            policies={name: Policy.from_plain(policy) for name, policy in data.get("policies", {}).items()},
            routes=tuple(_route(route) for route in data.get("routes", [])),
        )


def _spelt(name: str, known: list[str]) -> list[str]:
    """The name as the roster has it, exactly or but for capitals."""
    return [name] if name in known else [one for one in known if one.casefold() == name.casefold()]


def _person(data: dict[str, Any]) -> Person:
    reach = tuple(Reach(via=way["via"], after=timedelta(seconds=way["after"])) for way in data.get("reach", []))
    more = {"logins": tuple(data.get("logins", ())), "not_for": frozenset(data.get("not_for", ()))}
    return Person(**{**data, **more, "reach": reach})


def _team(data: dict[str, Any]) -> Team:
    return Team(**{**data, "people": tuple(data.get("people", ())), "reads": frozenset(data.get("reads", ()))})


def _rotations(data: dict[str, Any]) -> dict[str, Rotation]:
    """Most records have a roster without any; they need not know what one is."""
    if not data:
        return {}
    from escalate.domain.oncall.rotation import Rotation

    return {name: Rotation.from_plain(each) for name, each in data.items()}


def _schedules(data: dict[str, Any]) -> dict[str, Schedule]:
    if not data:
        return {}
    from escalate.domain.oncall.schedule import Schedule

    return {name: Schedule.from_plain(each) for name, each in data.items()}


def _route(data: dict[str, Any]) -> Route:
    return Route(
        harm=frozenset(data.get("harm", ())),
        severity=data.get("severity", "SEV4"),
        page=tuple(data.get("page", ())),
        ping=tuple(data.get("ping", ())),
        runbook=data.get("runbook"),
    )
