"""Short commands against floors measured in the same run, and against what people would use instead."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from pairs import HERE, environment, in_turn, median, once, ourselves, ratio

FLOORS = {"--version": "click", "log": "row", "list": "table", "show": "table"}
ON_CALL = {"oncall": 0, "oncall, 500": 500}
"""On records of their own, with ten schedules and so many overrides; the floor is the table."""


def commands(folder):
    floor, file = str(HERE / "floor.py"), str(folder / "floor.db")
    return {
        "bare Python": [sys.executable, "-c", "pass"],
        "click": [sys.executable, "-c", "import click; click.Group('x')"],
        "row": [sys.executable, floor, "write", file, "a line"],
        "table": [sys.executable, floor, "table", file],
        "--version": ourselves("--version"),
        "log": ourselves("log", "a line"),
        "list": ourselves("list"),
        "show": ourselves("show"),
    }


def peers(folder):
    """Those that are here, each with an empty store of its own."""
    found = {}
    if jrnl := shutil.which("jrnl"):
        config = folder / "jrnl.yaml"
        config.write_text(
            f"journals:\n  default:\n    journal: {folder / 'jrnl.txt'}\nversion: v4.2\neditor: ''\nencrypt: false\n"
        )
        found["jrnl append"] = [jrnl, "--config-file", str(config), "a line."]
    if task := shutil.which("task"):
        (folder / "taskrc").write_text(f"data.location={folder}\nconfirmation=off\n")
        found["task add"] = [task, f"rc:{folder / 'taskrc'}", "add", "a line"]
    if pd := shutil.which("pd"):
        found["pd --version"] = [pd, "--version"]
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=25)
    options.add_argument("--peers", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environ = environment(folder)
        once([sys.executable, str(HERE / "floor.py"), "make", str(folder / "floor.db")], environ)
        once(ourselves("init"), environ)
        once(ourselves("open", "Bench", "--severity", "SEV4", "--quiet-open"), environ)
        found = in_turn({**commands(folder), **(peers(folder) if given.peers else {})}, given.runs, environ)
        for name, overrides in ON_CALL.items():
            turns = {f"table, {name}": commands(folder)["table"], name: ourselves("oncall")}
            environ = environment(folder / name)
            make = ["--record", str(folder / name), "--overrides", str(overrides)]
            once([sys.executable, str(HERE / "oncall.py"), *make], environ)
            found |= in_turn(turns, given.runs, environ)
    print(f"{'command':<20}{'ms':>8}{'cpu ms':>9}{'MiB':>7}   against its floor")
    for what, rows in found.items():
        floor = FLOORS.get(what, f"table, {what}" if what in ON_CALL else None)
        beside = f"{ratio(rows, found[floor]):.2f} x {floor.partition(',')[0]}" if floor else ""
        print(f"{what:<20}{median(rows):>8.1f}{median(rows, 1):>9.1f}{median(rows, 2):>7.1f}   {beside}")


if __name__ == "__main__":
    main()
