"""The shared record's own time, which every machine that writes on it goes by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.ports import Clock


class ServerClock:
    """This machine's clock, put right by what the server said when it was last reached."""

    def __init__(self, here: Clock) -> None:
        self._here = here
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return self._here.now() + self._ahead

    def real(self, seconds: float) -> float:
        return self._here.real(seconds)

    def put_right(self, before: datetime, server: datetime, after: datetime) -> None:
        """The server read its clock between two looks at ours: what lies between them is not known better."""
        here = before + (after - before) / 2
        self._ahead = server - here if abs(server - here) > (after - before) / 2 else timedelta(0)

    def here(self) -> datetime:
        """What this machine itself says."""
        return self._here.now()
