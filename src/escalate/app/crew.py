"""The threads of a courier. What wakes somebody goes first, and no way out takes all of them, however long it hangs."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.handing_out import Parcel
    from escalate.domain.roster import Roster

    Job = tuple[Parcel, Roster]

URGENT = frozenset({"page", "exhausted"})


class Crew:
    """Up to `threads` of them, started as they are needed; by one way no more than `most` at once. `send` must not raise.
    Of those that never come back as many are replaced, and no more.
    """

    def __init__(self, send: Callable[[Parcel, Roster], None], threads: int, most: int) -> None:
        self._send = send
        self._threads = threads
        self._most = most
        self._waiting: list[Job] = []
        self._running: Counter[str] = Counter()
        self._idle = 0
        self._started = 0
        self._busy: set[int] = set()
        self._lost: set[int] = set()
        self._changed = threading.Condition()

    def take(self, parcel: Parcel, roster: Roster) -> None:
        with self._changed:
            self._waiting.append((parcel, roster))
            self._reinforce()
            self._changed.notify()

    def withdraw(self, only: Callable[[Parcel], bool] = lambda _parcel: True) -> list[Parcel]:
        """What no thread has begun with; none will."""
        gone: list[Job] = []
        kept: list[Job] = []
        with self._changed:
            for job in self._waiting:
                (gone if only(job[0]) else kept).append(job)
            self._waiting = kept
        return [parcel for parcel, _roster in gone]

    def give_up_on(self, parcel: Parcel) -> None:
        """The thread that is at it counts no more, and ends should it come back; another takes its place."""
        with self._changed:
            if id(parcel) in self._busy and len(self._lost) < self._threads:
                self._busy.discard(id(parcel))
                self._lost.add(id(parcel))
                self._running[parcel.message.via] -= 1
                self._started -= 1
                self._reinforce()
                self._changed.notify()

    def _reinforce(self) -> None:
        if self._waiting and not self._idle and self._started < self._threads:
            # Daemon threads: a hanging server must not keep a command from ending; the lease sees to the message.
            threading.Thread(target=self._work, daemon=True).start()
            self._started += 1

    def _work(self) -> None:
        while True:
            with self._changed:
                self._idle += 1
                while (job := self._next()) is None:
                    self._changed.wait()
                self._idle -= 1
                parcel = job[0]
                self._running[parcel.message.via] += 1
                self._busy.add(id(parcel))
            try:
                self._send(*job)
            finally:
                with self._changed:
                    replaced = id(parcel) in self._lost
                    self._lost.discard(id(parcel))
                    if not replaced:
                        self._busy.discard(id(parcel))
                        self._running[parcel.message.via] -= 1
                        self._changed.notify()
            if replaced:
                return

    def _next(self) -> Job | None:
        """The first that wakes somebody, else the first, by a way that is not full."""
        free = [n for n, (one, _) in enumerate(self._waiting) if self._running[one.message.via] < self._most]
        if not free:
            return None
        urgent = (n for n in free if self._waiting[n][0].message.purpose in URGENT)
        return self._waiting.pop(next(urgent, free[0]))
