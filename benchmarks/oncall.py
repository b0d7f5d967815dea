"""Who is on call: at an instant, over a year, and what is wrong with that year, with ten schedules, five years of weekly
rotations and 500 overrides.
"""

import argparse
import random
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pairs import SOURCE, environment

sys.path.insert(0, str(SOURCE))

from escalate.app.coverage import findings
from escalate.app.ledger import Author
from escalate.domain.oncall import overrides as changed
from escalate.domain.oncall.duty import Duty, Override
from escalate.domain.oncall.plan import Plan
from escalate.domain.oncall.rotation import Rotation
from escalate.domain.oncall.schedule import Schedule
from escalate.domain.roster import Roster
from escalate.domain.timeline.duties import OverrideAdded
from escalate.wiring import Wiring

BEGAN = datetime(2021, 11, 22, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 21, tzinfo=UTC)
DAY = timedelta(days=1)
ZONES = ("America/Los_Angeles", "Europe/London", "Asia/Singapore", "Australia/Sydney", "Europe/Berlin")
PEOPLE = tuple(f"person{number}" for number in range(12))


def rotation(name, zone):
    start = BEGAN.replace(tzinfo=None).isoformat(timespec="minutes")
    return Rotation.from_plain(
        {"name": name, "zone": zone, "start": start, "every": 1, "unit": "weeks", "people": [*PEOPLE]}
    )


def rule(days, begin, end, target, zone=None):
    return {"days": days, "begin": begin, "end": end, "target": target, "zone": zone}


def parts_of_plan(overrides_on):
    """Half of the schedules have office hours, nights and weekends, half follow the sun over three zones."""
    rotations, schedules = {}, {}
    for number in range(10):
        name, zone = f"s{number}", ZONES[number % 5]
        parts = [f"{name}-{part}" for part in ("a", "b", "c")]
        if number % 2:
            zones = ("Asia/Singapore", "Europe/London", "America/Los_Angeles")
            rules = [rule(None, "08:00", "16:00", f"rotation:{one}", at) for one, at in zip(parts, zones, strict=True)]
        else:
            week, weekend = [0, 1, 2, 3, 4], [5, 6]
            rules = [
                rule(week, "09:00", "17:00", f"rotation:{parts[0]}"),
                rule(week, "17:00", "09:00", f"rotation:{parts[1]}"),
                rule(weekend, "09:00", "09:00", f"rotation:{parts[2]}"),
            ]
        rotations |= {one: rotation(one, zone) for one in parts}
        schedules[name] = Schedule.from_plain({"name": name, "zone": zone, "rules": rules, "notice": None})
    rng = random.Random(4)
    made = []
    for number in range(500):
        start = BEGAN + timedelta(hours=rng.randrange(6 * 365 * 24))
        remove, add = rng.sample(PEOPLE, 2)
        span = {"start": start, "end": start + timedelta(hours=rng.choice((4, 12, 24, 168))), "since": BEGAN}
        schedule = rng.choice(overrides_on)
        made.append(Override(id=f"O-{number}", schedule=schedule, add=add, remove=remove, by="alice", **span))
    return rotations, schedules, made, ()


def roster_of(rotations, schedules):
    """As a record keeps it: those schedules, everybody who is in them, and a policy of two steps for each."""
    policies = {
        name: {"name": name, "steps": [{"wait": 300, "targets": [f"schedule:{one}"]} for one in (name, other)]}
        for name, other in zip(schedules, [*schedules][1:] + [*schedules][:1], strict=True)
    }
    return {
        "people": {person: {"slug": person, "name": person.title(), "zone": "UTC"} for person in PEOPLE},
        "rotations": {name: each.plain() for name, each in rotations.items()},
        "schedules": {name: each.plain() for name, each in schedules.items()},
        "policies": {name: {**each, "repeat": 1, "fallback": "person:person1"} for name, each in policies.items()},
    }


def record(folder, overrides):
    """A record with this roster in force and so many of the overrides, made through the store itself."""
    wiring = Wiring(environment(folder), author=Author(actor="alice", person="alice", origin="bench"))
    wiring.store.create()
    rotations, schedules, made, _ = parts_of_plan([f"s{number}" for number in range(10)])
    with wiring.ledger.writing() as writing:
        writing.tx.apply_roster(roster_of(rotations, schedules), "", "alice")
        parts = ("schedule", "add", "remove", "start", "end")
        events = [
            OverrideAdded(override=each.id, **{part: getattr(each, part) for part in parts})
            for each in made[:overrides]
        ]
        if events:
            writing.append(writing.on_call(), *events)
    wiring.store.close()


class OneRoster:
    """A record in which no roster was ever in force before."""

    def rosters(self):
        return []


def at_an_instant(one, target, runs):
    """Median microseconds, over as many different instants as there are runs: no answer can be had from before."""
    rng = random.Random(5)
    instants = [BEGAN + timedelta(minutes=rng.randrange(5 * 365 * 1440)) for _ in range(runs)]
    one.on_call(target, NOW)
    took = []
    for at in instants:
        began = time.perf_counter_ns()
        one.on_call(target, at)
        took.append(time.perf_counter_ns() - began)
    took.sort()
    return statistics.median(took) / 1000, took[int(len(took) * 0.99)] / 1000


def once(question):
    began = time.perf_counter()
    question()
    return (time.perf_counter() - began) * 1000


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5000)
    options.add_argument("--record", type=Path, help="Make a record in this folder instead, and measure nothing.")
    options.add_argument("--overrides", type=int, default=500, help="So many are in it.")
    given = options.parse_args()
    if given.record:
        record(given.record, given.overrides)
        return
    everywhere = [f"s{number}" for number in range(10)]
    print(f"{'on call at an instant, µs':<58}{'median':>9}{'99 %':>9}   asked for: 50")
    handful = changed.HANDFUL
    for index in (True, False):
        changed.HANDFUL = handful if index else 10**9
        for where, on in (("over all schedules", everywhere), ("on this schedule", ["s0"])):
            for target, what in (("schedule:s0", "3 rules"), ("schedule:s1", "3 zones")):
                if on == ["s0"] and target != "schedule:s0":
                    continue
                name = f"{what}, 500 overrides {where}{'' if index else ', no index'}"
                middle, rare = at_an_instant(Plan(*parts_of_plan(on)), target, given.runs)
                print(f"{name:<58}{middle:>9.1f}{rare:>9.1f}")
    changed.HANDFUL = handful
    print(f"\n{'once, ms':<58}{'fastest of 3':>18}   asked for: 500")
    one, crowded = Plan(*parts_of_plan(everywhere)), parts_of_plan(["s0"])
    rotations, schedules, made, _ = parts_of_plan(everywhere)
    roster = Roster.from_plain(roster_of(rotations, schedules)).but(duty=Duty(overrides=tuple(made)))
    rows = {
        "a year of 10 schedules": lambda: [one.shifts(f"schedule:{s}", NOW, NOW + 365 * DAY) for s in everywhere],
        "a new plan, 500 overrides on the schedule, one question": lambda: Plan(*crowded).on_call("schedule:s0", NOW),
        "a year's coverage check of 10 schedules": lambda: findings(OneRoster(), roster, NOW, 365),
    }
    for name, question in rows.items():
        print(f"{name:<58}{min(once(question) for _ in range(3)):>18.1f}")


if __name__ == "__main__":
    main()
