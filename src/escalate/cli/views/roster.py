"""How the roster looks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.cli.views import Block, Cell, Table, View
from escalate.domain.clocks.settings import ClockRules
from escalate.domain.text.many import many

if TYPE_CHECKING:
    from escalate.domain.oncall.policy import Policy, Step
    from escalate.domain.oncall.rotation import Rotation
    from escalate.domain.oncall.schedule import Rule, Schedule
    from escalate.domain.people import Person, Team
    from escalate.domain.roster import Roster, Route

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def document(roster: Roster, target: str | None = None) -> dict[str, Any]:
    """The roster, or one of it, as a document. What changed since on the on-call record is told by `oncall` itself."""
    if target is None:
        members = {name: value for name, value in roster.but(duty=None).plain().items() if name != "duty"}
        return {**members, "people": {slug: document(roster, f"person:{slug}") for slug in roster.people}}
    kind, _, name = target.partition(":")
    one: dict[str, Any] = roster.named[kind][name].plain()
    return {**one, "not_for": sorted(roster.not_for(name))} if kind == "person" else one


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
    for rotation in roster.rotations.values():
        blocks += ["", *turns(rotation)]
    for schedule in roster.schedules.values():
        blocks += ["", *rules(schedule)]
    for policy in roster.policies.values():
        blocks += ["", *steps(policy)]
    if roster.reveals:
        blocks += ["", f"After {many(roster.reveals, 'text')} revealed in a day, the next in turn is offered."]
    if roster.clocks != ClockRules():
        blocks += ["", ("Legal clocks", "bold"), *clocks(roster.clocks)]
    if roster.routes:
        blocks += ["", ("By itself, when opened or raised", "bold"), *(route(each) for each in roster.routes)]
    if roster.channels:
        blocks += ["", channels(roster)]
    return blocks


def clocks(rules: ClockRules) -> View:
    told = rules.alert or "whoever is at the console"
    at = ", ".join(f"{percent}%" for percent in rules.at)
    deciders = f"people of {', '.join(rules.decide)}" if rules.decide else "anybody of the roster"
    lines: View = [
        f"  Who may say that one applies: {deciders}",
        f"  When {f'{at}, and ' if at else ''}all of the time is over, {told} is told.",
    ]
    lines += [
        f"  {name}: internal target {length(timedelta(seconds=sought))}" for name, sought in rules.targets.items()
    ]
    known = {"Roles": rules.roles, "Jurisdictions": rules.jurisdictions}
    lines += [f"  {what}: {', '.join(words)}" for what, words in known.items() if words]
    return [*lines, *(f"  {place}: holidays of {calendar}" for place, calendar in rules.calendars.items())]


def one(roster: Roster, target: str) -> View:
    kind, _, name = target.partition(":")
    match kind:
        case "person":
            return [people(roster, [name]), *_told("In", _places(roster, target))]
        case "team":
            return [teams(roster, [name])]
        case "rotation":
            return [*turns(roster.rotations[name]), *_told("Used by", _places(roster, target))]
        case "schedule":
            return [*rules(roster.schedules[name]), *_told("Used by", _places(roster, target))]
    return steps(roster.policies[name])


def _told(how: str, where: list[str]) -> View:
    return [f"{how}: {', '.join(where)}"] if where else []


def _places(roster: Roster, target: str) -> list[str]:
    """What names a person, a rotation or a schedule itself."""
    name = target.partition(":")[2]
    member = target.startswith("person:")
    found = [f"team:{slug}" for slug, team in roster.teams.items() if member and name in team.people]
    found += [f"rotation:{slug}" for slug, rotation in roster.rotations.items() if member and name in rotation.people]
    for slug, schedule in roster.schedules.items():
        if any(rule.target == target for rule in schedule.rules):
            found.append(f"schedule:{slug}")
    for slug, policy in roster.policies.items():
        if target == policy.fallback or any(target in step.targets for step in policy.steps):
            found.append(f"policy:{slug}")
    return found


def people(roster: Roster, slugs: list[str]) -> Table:
    rows = [_person(roster, roster.people[slug]) for slug in slugs]
    columns: tuple[str, ...] = ("person", "name", "zone", "reached by", "logins")
    kept = [" ".join(sorted(roster.not_for(slug))) for slug in slugs]
    if any(kept):
        columns = (*columns, "not given")
        rows = [(*row, harm) for row, harm in zip(rows, kept, strict=True)]
    return Table(columns=columns, rows=rows, wide=3)


def _person(roster: Roster, person: Person) -> tuple[Cell, ...]:
    ways = [way.via + (f" after {length(way.after)}" if way.after else "") for way in roster.reach(person.slug)]
    return (person.slug, person.name, person.zone, ", then ".join(ways), " ".join(person.logins))


def teams(roster: Roster, slugs: list[str]) -> Table:
    rows = [_team(roster, roster.teams[slug]) for slug in slugs]
    return Table(columns=("team", "name", "pinged by", "people", "pages", "reads"), rows=rows, wide=3)


def _team(roster: Roster, team: Team) -> tuple[Cell, ...]:
    ways, reads = ", ".join(roster.team_ways(team.slug)), " ".join(sorted(team.reads))
    return (team.slug, team.name, ways, " ".join(team.people), team.policy or "", reads)


def turns(rotation: Rotation) -> View:
    every = f"every {rotation.unit[:-1]}" if rotation.every == 1 else f"every {rotation.every} {rotation.unit}"
    began = f"from {rotation.start:%Y-%m-%d %H:%M} on ({rotation.zone})"
    return [(f"rotation {rotation.name}: {every}, {began}", "bold"), f"  {', then '.join(rotation.people)}"]


def rules(schedule: Schedule) -> View:
    notice = f", told {length(schedule.notice)} before" if schedule.notice else ""
    lines: View = [(f"schedule {schedule.name} ({schedule.zone}){notice}", "bold")]
    lines += [f"  {number}. {_rule(rule)}" for number, rule in enumerate(schedule.rules, start=1)]
    return lines if schedule.rules else [*lines, "  no rules: nobody is on call but by an override"]


def _rule(rule: Rule) -> str:
    begin, end = f"{rule.begin:%H:%M}", f"{rule.end:%H:%M}"
    if rule.begin < rule.end:
        hours = f"{begin} to {end}"
    elif rule.begin > rule.end:
        hours = f"{begin} to {end} the next day"
    else:
        hours = "all day" if begin == "00:00" else f"24 hours from {begin}"
    zone = f" ({rule.zone})" if rule.zone else ""
    return f"{_days(rule.days)}, {hours}{zone}: {rule.target}"


def _days(days: tuple[int, ...] | None) -> str:
    if days is None or len(set(days)) == 7:
        return "every day"
    if not days:
        return "never"
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]} to {DAYS[days[-1]]}"
    return " ".join(DAYS[day] for day in days)


def steps(policy: Policy) -> View:
    times = f", {policy.repeat + 1} times over" if policy.repeat else ""
    last = f"when all has run out: {policy.fallback}" if policy.fallback else "when all has run out: nobody is told"
    lines: View = [(f"policy {policy.name}{times}", "bold")]
    lines += [f"  {number}. {_step(step)}" for number, step in enumerate(policy.steps, start=1)]
    if policy.unworked:
        lines.append(f"  when nobody has worked on it for {length(policy.unworked)}: again from 1.")
    return [*lines, f"  {last}"]


def _step(step: Step) -> str:
    each = ", each until they answer" if step.multi_ack else ""
    targets = f"one of {', '.join(step.targets)} in turn" if step.round_robin else ", ".join(step.targets)
    return f"{targets}{each}, then wait {length(step.wait)}"


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
    hint = 'To act as a person, add the login to them: logins = ["…"], then escalate apply'
    if answer["actor"].startswith("db:"):
        login = answer["actor"].removeprefix("db:")
        hint = f'To act as a person: a keeper adds logins = ["{login}"] to them in the roster, then: escalate apply'
    return [f"{answer['actor']} (known by {answer['source']}; nobody in the roster has this login)", hint]
