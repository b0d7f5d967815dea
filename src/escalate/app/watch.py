"""A courier for what this machine keeps while the shared record cannot be reached; it ends when all of that is in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.app.work import Badge, Bell, Round
from escalate.errors import EscalateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.delivery import Courier
    from escalate.app.ledger import Ledger
    from escalate.app.spool import Spool
    from escalate.app.syncing import CameIn

AGAIN = timedelta(seconds=10)
"""How often it is tried to reach the record."""

ANSWERS = 12.0
"""Seconds for which what is being sent is waited for once the record can be reached: longer than a channel waits for each
answer. What drips even longer counts as not answered.
"""


class Watch(Round):
    """`reach` raises EscalateError while the record cannot be reached; `bring_in` brings in what waits."""

    def __init__(
        self,
        ledger: Ledger,
        courier: Courier,
        bell: Bell,
        badge: Badge,
        *,
        stopped: Callable[[], bool],
        log: Callable[[str], None],
        spool: Spool,
        reach: Callable[[], None],
        bring_in: Callable[[], list[CameIn]],
    ) -> None:
        super().__init__(ledger, courier, bell, badge, stopped=lambda: stopped() or self.done, log=log)
        self._spool, self._reach, self._bring_in = spool, reach, bring_in
        self._tried: datetime | None = None
        self._said = ""
        self.done = False
        self.came_in: list[CameIn] = []

    def _once(self) -> tuple[int, datetime | None]:
        now = self._ledger.clock.now()
        if self._tried is None or not timedelta(0) <= now - self._tried < AGAIN:
            self._tried = now
            self._try()
        return (0, None) if self.done else super()._once()

    def _try(self) -> None:
        try:
            self._reach()
            self._courier.let_go(ANSWERS)
            for one in self._bring_in():
                self._log(one.said)
                self.came_in.append(one)
            self.done = self._left_behind()
        except EscalateError as error:
            if error.message != self._said:
                self._said = error.message
                self._log(f"{error.message} It is tried again.")

    def _left_behind(self) -> bool:
        """Sign off where nothing waits: whoever writes from now on sees that nobody watches."""
        with self._spool.writing() as pen:
            if pen.waiting().any:
                return False
            pen.leave(self._badge.id)
        return True

    def _announce(self) -> None:
        """News of shifts are the shared record's."""
