"""What happens by itself when its moment has come: steps of pages, timers of incidents, news of subjects."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from escalate.app.paging import advance_due
from escalate.errors import Conflict, Misconfigured, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.ledger import Ledger

AGAIN = 60.0
"""Seconds until what could not be driven is tried again."""

BEHIND = 3.0
"""Seconds for which one that met with a conflict stands behind the others."""

AT_ONCE = 100
"""Pages driven between two looks at what is to be sent."""


class Driving:
    """One page or incident that cannot go on keeps no other from being told; `log` gets a line for it."""

    def __init__(self, ledger: Ledger, log: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._log = log
        self._stuck: dict[str, float] = {}

    def pages(self) -> bool:
        """Fire the steps of pages that are due. Whether more are due than were driven now."""
        with self._ledger.store.reading() as look:
            due = look.due_pages(self._ledger.clock.now())
        free = [(incident, page) for incident, page in due if self._is_free(page)]
        for incident, page in free[:AT_ONCE]:
            said = f"Page {page} of incident {incident} cannot go on"
            self._drive(page, said, advance_due, incident, page)
        return len(free) > AT_ONCE

    def timers(self) -> bool:
        """What happens to incidents by themselves: clocks that alert, reviews that fall due. Whether there is more."""
        with self._ledger.store.reading() as look:
            due = look.due_timers(self._ledger.clock.now())
            matches = look.due_matches(self._ledger.clock.now())
        self._tell_matches(matches)
        if not due:
            return False
        from escalate.app import timing

        free = [incident for incident in due if self._is_free(incident)]
        for incident in free[:AT_ONCE]:
            said = f"What is due in incident {incident} cannot happen"
            self._drive(incident, said, timing.pass_time, incident)
        return len(free) > AT_ONCE

    def _tell_matches(self, matches: list[dict[str, Any]]) -> None:
        """A subject of an incident was seen in another."""
        for one in matches:
            key = f"{one['entry']}/{one['incident']}"
            if self._is_free(key):
                from escalate.app.matching import tell_match

                said = f"What incident {one['incident']} is to be told of another cannot be"
                about = (one["entry"], one["incident"], one["handle"], one["seen_in"], one["by"])
                self._drive(key, said, tell_match, *about)

    def _is_free(self, key: str) -> bool:
        return self._stuck.get(key, 0.0) <= monotonic()

    def _drive(self, key: str, said: str, act: Callable[..., object], *about: str) -> None:
        try:
            act(self._ledger, *about)
        except Conflict:
            # Mostly the store is held, and nothing can be done; should it be this one alone, the others go first.
            self._stuck[key] = monotonic() + BEHIND
            raise
        except (Misconfigured, Unreachable):
            raise
        except Exception as error:  # noqa: BLE001  (as above)
            self._stuck[key] = monotonic() + AGAIN
            self._log(f"{said} ({type(error).__name__}): escalate verify")
