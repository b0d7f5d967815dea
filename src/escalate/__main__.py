"""Where the program begins: `escalate`, or `python -m escalate`."""

from __future__ import annotations

import gc


def start() -> None:
    """Run the command line.

    Looking for garbage in cycles while modules load costs a short command a tenth of its time and finds none; what runs
    for hours still gets there.
    """
    gc.set_threshold(50_000, 20, 20)
    from escalate.cli.main import run

    run()


if __name__ == "__main__":
    start()
