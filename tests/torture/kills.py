"""Part one: a storm of commands and couriers that are killed, and what it left."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import NamedTuple

from torture.invariants import Ran, findings
from torture.receiver import BAD_DAY, Receiver
from torture.record import Place, quietly
from torture.storm import INCIDENTS


class Report(NamedTuple):
    findings: list
    figures: dict


def has(found, wanted):
    """Whether one of the findings is what a pattern says."""
    return wanted is not None and any(re.search(wanted, one) for one in found)


def storm(folder, *, seconds, seed, plant=None, pages=0.25, database="", keeper=""):
    """Blow for so many seconds, let everything be delivered, and hold what is there against what was said. `pages` is the
    part of the commands that page somebody.
    """
    with Receiver(BAD_DAY, seed) as receiver:
        place = Place(folder / "home", database, keeper).make(receiver.url, wait=1)
        for number in range(INCIDENTS):
            quietly(place, "open", f"Incident {number}", "--quiet-open")
        orders = {"seconds": seconds, "seed": seed, "plant": plant, "pages": pages, "scratch": str(folder / "scratch")}
        ran = [Ran(*(one[name] for name in Ran._fields)) for one in _blown(place, receiver, orders)]
        found = findings(place.facts(), ran, receiver.got, ended=True)
        return Report(found, _figures(ran, receiver))


def _blown(place, receiver, orders):
    process = subprocess.Popen(
        [sys.executable, "-m", "torture.storm"],
        env=place.environ, cwd=place.home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        try:
            process.stdin.write(json.dumps(orders) + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == "ready\n"
            receiver.got.clear()
            process.stdin.close()
            assert process.stdout.readline() == "calm\n"
            receiver.behave()
            return json.loads(process.stdout.read())
        finally:
            process.kill()


def _figures(ran, receiver):
    commands = [one for one in ran if one.kind != "work"]
    return {
        "commands": len(commands),
        "commands killed": sum(one.code is None for one in commands),
        "couriers killed": sum(one.code is None for one in ran if one.kind == "work"),
        "said done": sum(one.done for one in commands),
        "killed after saying so": sum(one.done and one.code is None for one in commands),
        "requests": len(receiver.got),
        "sent more than once": len(receiver.got) - len(set(receiver.keys)),
    }
