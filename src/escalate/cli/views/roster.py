"""How the roster looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.cli.views import Block, Cell, Table, View

if TYPE_CHECKING:
    from datetime import timedelta

    from escalate.domain.oncall.policy import Policy
    from escalate.domain.people import Person, Team
    from escalate.domain.roster import Roster, Route


def applied(answer: dict[str, Any]) -> View:
    version, changed = answer["roster_version"], answer["changed"]
    if version is None:
        said = "No mistakes. Nothing was applied."
    elif changed:
        said = f"Roster version {version} is in force."
    else:
        said = f"Nothing new: roster version {version} stays in force."
    return [said, *(warning(each) for each in answer["warnings"])]


def warning(each: dict[str, str]) -> Cell:
    hint = f" {each['hint']}." if each["hint"] else ""
    return (f"warning: {each['file']}:{each['key']}: {each['message']}.{hint}", "yellow")


def everything(roster: Roster) -> View:
    if not roster.version:
        return [
            "No roster is in force: nobody can be paged.",
            "Write one and apply it: escalate apply roster.toml",
        ]
    blocks: list[Block] = [(f"Roster version {roster.version}", "bold"), people(roster, list(roster.people))]
    if roster.teams:
        blocks += ["", teams(roster, list(roster.teams))]
    for policy in roster.policies.values():
        blocks += ["", *steps(policy)]
    if roster.routes:
        blocks += ["", ("By itself, when opened or raised", "bold"), *(route(each) for each in roster.routes)]
    if roster.channels:
        blocks += ["", channels(roster)]
    return blocks


def one(roster: Roster, target: str) -> View:
    kind, _, name = target.partition(":")
    if kind == "person":
        used = [slug for slug, team in roster.teams.items() if name in team.people]
        return [people(roster, [name]), *([f"In: {', '.join(used)}"] if used else [])]
    if kind == "team":
        return [teams(roster, [name])]
    return steps(roster.policies[name])


def people(roster: Roster, slugs: list[str]) -> Table:
    rows = [_person(roster, roster.people[slug]) for slug in slugs]
    return Table(columns=("person", "name", "zone", "reached by", "logins"), rows=rows, wide=3)


def _person(roster: Roster, person: Person) -> tuple[Cell, ...]:
    ways = [way.via + (f" after {length(way.after)}" if way.after else "") for way in roster.reach(person.slug)]
    return (person.slug, person.name, person.zone, ", then ".join(ways), " ".join(person.logins))


def teams(roster: Roster, slugs: list[str]) -> Table:
    rows = [_team(roster, roster.teams[slug]) for slug in slugs]
    return Table(columns=("team", "name", "pinged by", "people", "pages", "reads"), rows=rows, wide=3)


def _team(roster: Roster, team: Team) -> tuple[Cell, ...]:
    ways, reads = ", ".join(roster.team_ways(team.slug)), " ".join(sorted(team.reads))
    return (team.slug, team.name, ways, " ".join(team.people), team.policy or "", reads)


def steps(policy: Policy) -> View:
    times = f", {policy.repeat + 1} times over" if policy.repeat else ""
    last = f"when all has run out: {policy.fallback}" if policy.fallback else "when all has run out: nobody is told"
    lines: View = [(f"policy {policy.name}{times}", "bold")]
    for number, step in enumerate(policy.steps, start=1):
        every = " (each of them)" if step.multi_ack else ""
        lines.append(f"  {number}. {', '.join(step.targets)}{every}, then wait {length(step.wait)}")
    return [*lines, f"  {last}"]


def route(each: Route) -> str:
    harm = f"{' or '.join(sorted(each.harm))}, " if each.harm else ""
    worse = "" if each.severity == "SEV0" else " or worse"
    acts = [
        *([f"page {', '.join(each.page)}"] if each.page else []),
        *([f"ping {', '.join(each.ping)}"] if each.ping else []),
        *([f"runbook {each.runbook}"] if each.runbook else []),
    ]
    return f"  {harm}{each.severity}{worse}: {'; '.join(acts)}"


def channels(roster: Roster) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (channel.name, channel.kind, "may carry descriptions" if channel.details else "")
        for channel in roster.channels.values()
    ]
    return Table(columns=("channel", "kind", "details"), rows=rows)


def length(of: timedelta) -> str:
    """`1h30m`, as it is written in the file."""
    rest = int(of.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0m"


def identity(answer: dict[str, Any]) -> View:
    person = answer["person"]
    if person:
        return [f"{answer['actor']} (person:{person} in the roster; known by {answer['source']})"]
    return [
        f"{answer['actor']} (known by {answer['source']}; nobody in the roster has this login)",
        'To act as a person, add the login to them: logins = ["…"], then escalate apply',
    ]
