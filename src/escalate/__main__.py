"""Where the program begins: `escalate`, or `python -m escalate`."""

from __future__ import annotations

import gc
import os
import sys


def start() -> None:
    """Run the command line.

    Looking for garbage in cycles while modules load costs a short command a tenth of its time and finds none; what runs
    for hours still gets there.
    """
    gc.set_threshold(50_000, 20, 20)
    seen = sys.stderr is not None
    _open_what_is_closed()
    from escalate.cli.main import run

    run(seen=seen)


def _open_what_is_closed() -> None:
    """Standard streams that the caller has closed lead nowhere. Left closed, the next file that is opened, the record
    itself, would take their place, and words meant for a person would be written into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


if __name__ == "__main__":
    start()
