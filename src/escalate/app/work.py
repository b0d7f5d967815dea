"""The loop of a courier: deliver, give a sign of life, wait until something falls due or somebody rings."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from escalate.app.delivery import LOOK
from escalate.domain.instants import to_text
from escalate.domain.value import Value
from escalate.errors import Conflict, EscalateError, Misconfigured, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.delivery import Courier
    from escalate.app.ledger import Ledger

BEAT = timedelta(seconds=10)
"""How often a courier gives a sign of life; one without any for 60 seconds counts as dead."""

LONGEST_SLEEP = 5.0
"""Seconds: a ring that was lost costs no more."""

SOON = timedelta(seconds=1)
"""After which a record that others held is tried again."""

ENDING = 3.0
"""Seconds that a courier who is told to stop waits for answers."""

NEWS = timedelta(minutes=1)
"""How often it is looked for news of shifts."""

BURST = 2.0
"""Seconds of delivering between two looks at the clock and at who wants us to stop."""


class Bell(Protocol):
    @property
    def address(self) -> str: ...
    def wait(self, seconds: float) -> bool:
        """Whether somebody rang within `seconds`."""

    def close(self) -> None: ...


class Badge(Value):
    """Who a courier is, as others see it."""

    id: str
    host: str
    pid: int


class Round:
    """`stopped` is asked between steps; `log` gets a line when something cannot go on."""

    def __init__(
        self,
        ledger: Ledger,
        courier: Courier,
        bell: Bell,
        badge: Badge,
        *,
        stopped: Callable[[], bool],
        log: Callable[[str], None],
    ) -> None:
        self._ledger, self._courier, self._bell, self._badge = ledger, courier, bell, badge
        self._stopped, self._log = stopped, log
        self._started = ledger.clock.now()
        self._beaten: datetime | None = None
        self._announced: datetime | None = None
        self._complained: dict[str, str] = {}

    def run(self, idle: timedelta | None) -> int:
        """Until stopped, or until nothing has been owed for `idle`. Returns how many outcomes were settled."""
        settled, last_busy = 0, self._ledger.clock.now()
        try:
            while not self._stopped():
                self._refuse_newer()
                done, due = self._once()
                settled += done
                now = self._ledger.clock.now()
                if done or due is not None or self._courier.busy:
                    last_busy = now
                elif idle is not None and now - last_busy >= idle and self._left_in_peace():
                    break
                self._bell.wait(self._pause(due, now, idle, done=done))
        finally:
            self._leave()
        return settled

    def _refuse_newer(self) -> None:
        """Raises Misconfigured where the record was brought up to date for a newer escalate while we were at work: we know
        neither all that is owed there, nor how it is written down.
        """
        now = self._ledger.clock.now()
        if self._beaten is not None and timedelta(0) <= now - self._beaten < BEAT:
            return
        try:
            outgrown = self._ledger.store.outgrown()
        except Exception:  # noqa: BLE001  (the round says what is wrong)
            return
        if outgrown is not None:
            raise outgrown

    def _once(self) -> tuple[int, datetime | None]:
        """Outcomes settled, and when the next thing falls due. A busy or full record is waited out: what is owed stays
        owed, and nothing was lost.
        """
        try:
            self._beat()
            self._announce()
            done = self._courier.run(BURST)
            with self._ledger.store.reading() as look:
                due = look.next_due(self._ledger.clock.now())
        except Conflict as error:
            self._log(f"{error.message} Trying again.")
            return 0, self._ledger.clock.now() + SOON
        except Unreachable as error:
            self._log(f"{error.message} Trying again in {LONGEST_SLEEP:.0f} seconds.")
            return 0, self._ledger.clock.now() + timedelta(seconds=LONGEST_SLEEP)
        except Misconfigured as error:
            self._log(f"{error.message} {error.hint} Trying again in {LONGEST_SLEEP:.0f} seconds.")
        except EscalateError as error:
            self._log_once("round", f"{error.message} {error.hint} The courier goes on.")
        except Exception as error:  # noqa: BLE001  (somebody depends on it: it ends for no defect)
            self._log_once("round", f"A defect of escalate ({_told(error)}). The courier goes on.")
        else:
            self._complained.pop("round", None)
            return done, due
        return 0, self._still_due()

    def _still_due(self) -> datetime | None:
        """When to try again what cannot be written now. None where the record cannot even be read: then this courier
        is of no use to anybody.
        """
        try:
            with self._ledger.store.reading() as look:
                due = look.next_due(self._ledger.clock.now())
        except Exception:  # noqa: BLE001
            return None
        return max(due, self._ledger.clock.now() + timedelta(seconds=LONGEST_SLEEP)) if due else None

    def _pause(self, due: datetime | None, now: datetime, idle: timedelta | None, *, done: int) -> float:
        seconds = min(LONGEST_SLEEP, BEAT.total_seconds())
        if self._courier.busy:
            seconds = LOOK
        if due is not None:
            # What is due and could not be done is not asked for without a break.
            seconds = min(seconds, max((due - now).total_seconds(), 0.05 if done else LOOK))
        if idle is not None:
            seconds = min(seconds, max(idle.total_seconds(), 0.05))
        return self._ledger.clock.real(seconds)

    def _beat(self) -> None:
        now = self._ledger.clock.now()
        if self._beaten is not None and timedelta(0) <= now - self._beaten < BEAT:
            return
        with self._ledger.store.writing() as tx:
            tx.beat({
                **self._badge.plain(),
                "socket": self._bell.address,
                "started_at": to_text(self._started),
                "beat_at": to_text(now),
            })  # fmt: skip
        self._beaten = now

    def _announce(self) -> None:
        """News of shifts, and of guidance that has taken effect. Whatever is wrong with it, pages go on."""
        from escalate.app.notices import announce
        from escalate.app.reviews import look_again

        now = self._ledger.clock.now()
        if self._announced is not None and timedelta(0) <= now - self._announced < NEWS:
            return
        self._announced = now
        self._tell("News of shifts cannot be told", "escalate oncall check", lambda: announce(self._ledger, now))
        self._tell(
            "What was judged before cannot be looked at again",
            "escalate doctor",
            lambda: look_again(self._ledger, log=self._log_new),
        )

    def _tell(self, said: str, see: str, act: Callable[[], object]) -> None:
        """What is wrong is said when it begins, and when it becomes something else."""
        try:
            act()
        except EscalateError as error:
            self._log_once(said, f"{said}: {error.message} {error.hint or see}")
        except Exception as error:  # noqa: BLE001
            self._log_once(said, f"{said} ({type(error).__name__}): {see}")
        else:
            self._complained.pop(said, None)

    def _log_new(self, line: str) -> None:
        self._log_once(line, line)

    def _log_once(self, about: str, line: str) -> None:
        if self._complained.get(about) != line:
            self._complained[about] = line
            self._log(line)

    def _left_in_peace(self) -> bool:
        """Sign off, unless something has become owed since it was looked for."""
        try:
            with self._ledger.store.writing() as tx:
                if tx.next_due(self._ledger.clock.now()) is not None:
                    return False
                tx.leave(self._badge.id)
        except Conflict:
            return False
        except EscalateError as error:
            self._log(f"{error.message} The courier ends without signing off.")
        return True

    def _leave(self) -> None:
        """Whoever asks from now on hears that nobody is there; what came back is recorded, whether that could be said or
        not.
        """
        try:
            refused = self._sign_off()
            try:
                self._courier.let_go(ENDING)
            except EscalateError as error:
                self._log(f"{error.message} What was under way is tried again by the next courier.")
            if refused and (refused := self._sign_off()):
                self._log(f"{refused.message} The courier ends without signing off.")
        finally:
            self._bell.close()

    def _sign_off(self) -> EscalateError | None:
        try:
            with self._ledger.store.writing() as tx:
                tx.leave(self._badge.id)
        except EscalateError as error:
            return error
        return None


def _told(error: Exception) -> str:
    """Without its words: nobody knows what is in them."""
    from traceback import extract_tb

    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, line {last.lineno}"
