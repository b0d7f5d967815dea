"""Where a person may write but not send: what only they can pass on is shown, and couriers elsewhere do the rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from escalate.app.outbox import show_due
from escalate.domain.messages import message as states
from escalate.domain.roster import CONSOLE

if TYPE_CHECKING:
    from escalate.cli.session import Session

LOOK = 0.1
"""Seconds between two looks at what became of it."""


class Onlooker:
    """Stands where a courier of our own would."""

    def __init__(self, session: Session, incidents: list[str]) -> None:
        self._session, self._incidents = session, incidents

    told: frozenset[str] = frozenset()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is in our hand."""

    def run(self, seconds: float) -> int:
        """Until couriers elsewhere have sent what is due, for `seconds` at the most; none of them lives: not at all."""
        from escalate.cli.aftermath import show
        from escalate.cli.drivers import living

        session = self._session
        until = time.monotonic() + seconds
        shown = show_due(session.ledger, lambda message: show(session, message))
        while time.monotonic() < until and self._awaited() and living(session):
            time.sleep(LOOK)
        return shown

    def _awaited(self) -> bool:
        now = self._session.now()
        with self._session.store.reading() as look:
            said = [one for id_ in self._incidents for one in look.messages(incident=id_)]
        return any(one.state in states.WAITING and one.via != CONSOLE and one.due_at <= now for one in said)
