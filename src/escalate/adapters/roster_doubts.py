"""What a roster may say and what will still surprise somebody at three in the morning.

Judged by what is written, not by a moment: who is on call on a day, and the gaps, are `oncall check`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.adapters.roster_sense import Problem
from escalate.domain.roster import CONSOLE, Roster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escalate.adapters.roster_sense import Draft


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
    for slug in _idle_rotations(roster):
        doubt(f"rotations.{slug}", "no schedule, policy or route uses it", f'Name it: target = "rotation:{slug}"')
    for slug, schedule in roster.schedules.items():
        if not schedule.rules:
            hint = f"Add [[schedules.{slug}.rules]] with days, from, to and target"
            doubt(f"schedules.{slug}", "it has no rules: nobody is on call but by an override", hint)
        elif not _is_ever(roster, f"schedule:{slug}"):
            hint = "Name days; a rule without the key days is for every day"
            doubt(f"schedules.{slug}", "nobody is ever on call: none of its rules has a day", hint)
    for slug, policy in roster.policies.items():
        for number, step in enumerate(policy.steps):
            if not any(_is_ever(roster, target) for target in step.targets):
                last = ", and it is the last one" if number == len(policy.steps) - 1 else ""
                shown = f"step {number + 1} has nobody behind it and will be skipped{last}"
                hint = "Name a person, or give the team people and the schedule rules"
                doubt(f"policies.{slug}", shown, hint, f".steps[{number}]")
            if step.round_robin and len(step.targets) == 1:
                shown = "round_robin has one target, which is asked every time"
                doubt(f"policies.{slug}", shown, "Name several targets: each page asks the next", f".steps[{number}]")
        if policy.fallback is None:
            shown = "nobody is told when every step has run out"
            doubt(f"policies.{slug}", shown, 'Add fallback = "person:NAME"')
        elif not _is_ever(roster, policy.fallback):
            kind = policy.fallback.partition(":")[0]
            shown = f"the fallback is a {kind} that nobody is ever in"
            if kind == "team":
                shown = "the fallback is a team without people; only its own address is told"
            doubt(f"policies.{slug}", shown, f"Put people in the {kind}, or name a person", ".fallback")
    if "clocks" in draft.places:
        for inner, shown, hint in _clocks(roster):
            doubt("clocks", shown, hint, inner)
    for name in _unused(roster):
        doubt(f"channels.{name}", "nobody is reached by it", f'Name it in somebody\'s reach: via = "{name}"')
    return found


def _clocks(roster: Roster) -> Iterator[tuple[str, str, str]]:
    rules = roster.clocks
    if rules.alert is None:
        shown = "nobody is paged when a legal clock alerts: it is shown on the console"
        yield "", shown, 'Add alert = "policy:NAME"'
    elif not _is_ever(roster, rules.alert):
        yield ".alert", "nobody is ever behind it", "Put people in it, or name a person"
    if rules.decide and not any(roster.people[one].logins for one in roster.clock_deciders if one in roster.people):
        shown = "nobody of these teams has a login: nobody can say that a clock applies"
        yield ".decide", shown, 'Give their people logins = ["…"]'


def _is_ever(roster: Roster, target: str) -> bool:
    """Whether a target can ever stand for somebody, as the roster is written."""
    kind, _, name = target.partition(":")
    match kind:
        case "team":
            return bool(roster.teams[name].people)
        case "schedule":
            return any(rule.days != () for rule in roster.schedules[name].rules)
    return True


def _idle_rotations(roster: Roster) -> list[str]:
    used = {rule.target for schedule in roster.schedules.values() for rule in schedule.rules}
    used |= {target for route in roster.routes for target in route.page}
    for policy in roster.policies.values():
        used |= {policy.fallback or "", *(target for step in policy.steps for target in step.targets)}
    return [slug for slug in roster.rotations if f"rotation:{slug}" not in used]


def _only_console(roster: Roster, person: str) -> bool:
    return not roster.people[person].reach and [way.via for way in roster.reach(person)] == [CONSOLE]


def _unused(roster: Roster) -> list[str]:
    used = {way.via for person in roster.people for way in roster.reach(person)}
    used |= {via for team in roster.teams for via in roster.team_ways(team)}
    # Tickets go out by a jira channel, which is nobody's way.
    return [name for name, channel in roster.channels.items() if name not in used and channel.kind != "jira"]
