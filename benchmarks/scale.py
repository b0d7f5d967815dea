"""The same commands on small and large records, and verifying a large one. Records are made through the store itself."""

import argparse
import sys
import tempfile
from pathlib import Path

from pairs import SOURCE, environment, in_turn, median, once, ourselves, ratio

sys.path.insert(0, str(SOURCE))

from escalate.app.incidents import Opening, open_incident
from escalate.app.ledger import Author
from escalate.domain.timeline.events import NoteAdded
from escalate.wiring import Wiring

PER_INCIDENT = 1000
WORDS = (
    "queue",
    "desk",
    "called",
    "report",
    "account",
    "reviewed",
    "handed",
    "over",
    "authority",
    "case",
    "number",
    "again",
)


def fill(environ, entries):
    """A record of so many entries, most of them notes, a thousand to an incident; all but three incidents are closed."""
    from escalate.app.incidents import change
    from escalate.domain.incident import rules

    wiring = Wiring(environ, author=Author(actor="alice", person="alice", origin="bench"))
    wiring.store.create()
    made, batch = 0, min(PER_INCIDENT, entries)
    while made < entries:
        written = open_incident(wiring.ledger, Opening(title=f"Bench {made}", severity="SEV4", quiet=True))
        with wiring.ledger.writing() as record:
            notes = [
                NoteAdded(text=" ".join(WORDS[(made + n * k) % len(WORDS)] for k in range(1, 7)) + f" {made + n}")
                for n in range(batch - 2)
            ]
            record.append(record.incident(written.incident.id), *notes)
        made += batch
        if made < entries - 2 * PER_INCIDENT:
            change(
                wiring.ledger, written.incident.id, lambda incident: rules.close(incident, "incident", "SEV4", None, "")
            )
    wiring.store.close()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, nargs="+", default=[100, 100_000, 1_000_000])
    options.add_argument("--runs", type=int, default=15)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        environs = {}
        for size in given.entries:
            environs[size] = environment(Path(name) / str(size))
            fill(environs[size], size)
        verbs = {
            "log": ("log", "a line", "-i", "INC-1"),
            "list": ("list",),
            "show": ("show", "INC-1"),
            "search": ("search", "authority", "handed"),
            "search, few": ("search", "99"),
        }
        print(f"{'command':<12}" + "".join(f"{size:>12,}" for size in given.entries) + "   largest : smallest")
        once(ourselves("reopen", "INC-1", "--why", "bench"), environs[given.entries[-1]])
        for verb, words in verbs.items():
            rows = in_turn_over(words, given.runs, environs)
            line = "".join(f"{median(rows[size]):>12.1f}" for size in given.entries)
            print(f"{verb:<12}{line}   {ratio(rows[given.entries[-1]], rows[given.entries[0]]):.2f}", flush=True)
        for size in given.entries:
            rows = in_turn({"verify": ourselves("verify")}, 3, environs[size], warm=0)["verify"]
            print(f"verify {size:>9,}: {median(rows) / 1000:.2f} s, {median(rows, 2):.0f} MiB", flush=True)


def in_turn_over(words, runs, environs):
    found = {size: [] for size in environs}
    for number in range(runs + 2):
        for size, environ in environs.items():
            took = once(ourselves(*words), environ)
            if number > 1:
                found[size].append(took)
    return found


if __name__ == "__main__":
    main()
