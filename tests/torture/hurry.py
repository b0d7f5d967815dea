"""The waits of the program, shortened alike, so that leases, pauses and silences run out within a test."""

from __future__ import annotations

from datetime import timedelta

LEASE = 1.5


def hurry():
    """Longer than any of them is the lease, as it is in the program; nothing else about it is changed."""
    from escalate import wiring
    from escalate.app import attempts, couriers, delivery, driving, work
    from escalate.cli import aftermath

    wiring.SEND_TIMEOUT = 0.4
    delivery.LEASE = timedelta(seconds=LEASE)
    attempts.FIRST_PAUSE, attempts.LONGEST_PAUSE, delivery.LOOK = 0.05, 0.5, 0.05
    attempts.MOST_ATTEMPTS = {"page": 1000, "exhausted": 1000}
    driving.AGAIN, driving.BEHIND = 1.0, 0.2
    delivery.LONGEST_WAIT, delivery.OVERDUE, delivery.RECORDING = 0.5, 0.9, 1.0
    work.BEAT, work.LONGEST_SLEEP, work.SOON = timedelta(seconds=0.5), 0.3, timedelta(seconds=0.05)
    work.ENDING, work.BURST = 0.5, 0.5
    aftermath.IN_COMMAND, aftermath.GRACE = 0.25, 0.05
    couriers.ALIVE = timedelta(seconds=3)


def give_up_soon():
    """Asking what became of a COMMIT, once the line has gone for good."""
    from escalate.adapters.store import pg_outcome

    pg_outcome.PATIENCE = 1.0


if __name__ == "__main__":
    from escalate.__main__ import start

    give_up_soon()
    start()
