"""The courier: claims what is owed, hands it to channels, and puts what became of it on the timeline.

Claim in one transaction, send in none, settle in another. A crash between sending and settling sends again, with the
same key; nothing is lost. Only the thread that calls `Courier.run` touches the store. What is claimed, and what of it
goes out together, is decided in `handing_out`.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from queue import Empty, Queue
from time import monotonic, sleep
from typing import TYPE_CHECKING, Self

from escalate.app.attempts import Outcome
from escalate.app.crew import Crew
from escalate.app.driving import Driving
from escalate.app.handing_out import Inseparable, anything_due, hand_out
from escalate.app.redirected import is_astray
from escalate.app.settling import PAUSES, Settling
from escalate.domain.roster import CONSOLE
from escalate.errors import Conflict, EscalateError, Misconfigured, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from escalate.app.handing_out import Parcel
    from escalate.app.ledger import Ledger, Record
    from escalate.app.ports import Channel
    from escalate.domain.messages.message import Message
    from escalate.domain.roster import Roster

LEASE = timedelta(seconds=60)
"""Longer than what was claimed ahead waits, and then lasts, so that no two couriers send one message at once."""

LONGEST_WAIT = 20.0
"""Seconds that what was claimed ahead waits for a thread; after that too little is left of the lease to begin with it."""

OVERDUE = 30.0
"""Seconds after which an attempt counts as not answered, whatever holds its thread. Channels end theirs before."""

LOOK = 0.2
"""Seconds between looks at what else is due while answers are awaited."""

RECORDING = 8.0
"""Seconds for which a courier that ends tries to record what came back, where others hold the record."""

KEPT_FREE = 4
"""Threads that one way out leaves to the others, however many of its messages hang."""


class Courier(Settling):
    """`channel` gives the way out of that name; `show` prints what a person must pass on, where a person is there.
    `log` gets a line for what is wrong with one page or message, while the others go on.

    As a context: whatever ends it, it lets go, and what is under way is waited for `patience` seconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        channel: Callable[[str, Roster], Channel],
        *,
        threads: int = 16,
        show: Callable[[Message], None] | None = None,
        log: Callable[[str], None] | None = None,
        patience: float = 0.0,
    ) -> None:
        super().__init__(ledger, log or (lambda _line: None))
        self._channel = channel
        most = max(1, threads - KEPT_FREE)
        # As many again are claimed ahead, so that no thread waits while what came back is recorded.
        self._room = threads + most
        self._show = show
        self._patience = patience
        self._most = 2 * most
        self._crew = Crew(self._send, threads, most)
        self._driving = Driving(ledger, self._log)
        self._alone: set[str] = set()
        self._done: Queue[Outcome] = Queue()
        self._came_back: list[Outcome] = []
        self._under_way: dict[str, Parcel] = {}
        self._claimed: dict[str, float] = {}
        self._begun: dict[int, tuple[Parcel, float]] = {}
        self._looked = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        try:
            self.let_go(self._patience if kind is None or issubclass(kind, Exception) else 0.0)
        except EscalateError as error:
            if kind is None:
                raise
            self._log(error.message)

    def run(self, seconds: float) -> int:
        """Fire due steps and send due messages until nothing is due or `seconds` have really passed. Returns how many
        outcomes were settled. What is still under way then keeps its lease, and is settled by a later call.
        """
        until = monotonic() + seconds
        settled = 0
        while True:
            more = self._advance()
            more = self._driving.timers() or more
            self._give_up_what_hangs()
            self._hand_out()
            if not self._under_way and not more and self._done.empty():
                return settled
            # One that hangs holds up neither the others nor the steps of pages.
            settled += self._settle(min(LOOK, max(0.0, until - monotonic())) if self._under_way else 0.0)
            if monotonic() >= until:
                return settled

    @property
    def busy(self) -> bool:
        """Whether something was handed to a channel and has not come back."""
        return bool(self._under_way)

    @property
    def told(self) -> frozenset[str]:
        """To whom something was taken, which could not be recorded."""
        return frozenset(m.to for one in self._taken_unrecorded() for m in one.members or (one.message,))

    def let_go(self, seconds: float) -> None:
        """Before the process ends: wait so long for what is under way, then put it down as not answered, so that the
        next courier need not wait for the lease to run out. It may have arrived: it is sent again with the same key.

        Where others hold the record it is tried for `RECORDING` seconds more to write down what came back.
        """
        until = monotonic() + seconds
        for parcel in self._crew.withdraw():
            self._done.put(Outcome(**parcel.__dict__, begun=False))
        while self._under_way:
            left = until - monotonic()
            if left <= 0:
                self._count_as_unanswered()
            try:
                self._settle(max(0.0, left))
            except (Conflict, Unreachable):
                if monotonic() >= until + RECORDING:
                    self._say_what_is_lost()
                    raise
                sleep(PAUSES[-1])
            except EscalateError:
                self._say_what_is_lost()
                raise

    def _count_as_unanswered(self) -> None:
        self._collect(0.0)
        back = {outcome.message.id for outcome in self._came_back}
        for parcel in [one for id_, one in self._under_way.items() if id_ not in back]:
            error = Unreachable(f"{parcel.message.via} had not answered when the sender ended.", unknown=True)
            self._came_back.append(Outcome(**parcel.__dict__, error=error))

    def _taken_unrecorded(self) -> list[Outcome]:
        return [one for one in (*self._came_back, *self._unrecorded.values()) if one.taken is not None]

    def _say_what_is_lost(self) -> None:
        for outcome in self._taken_unrecorded():
            message = outcome.message
            self._log(
                f"{message.via} took the message to {message.name}, which could not be recorded: "
                "it is sent again, with the same key."
            )

    def _give_up_what_hangs(self) -> None:
        """Beyond every deadline of its channel: it counts as not answered, and another thread takes the place of its own.
        What no thread begins with goes back, for another courier may have one.
        """
        now = monotonic()
        if now < self._looked + LOOK:
            return
        self._looked = now
        for parcel, begun in list(self._begun.values()):
            if begun + OVERDUE < now and self._begun.pop(id(parcel), None) is not None:
                self._crew.give_up_on(parcel)
                error = Unreachable(f"{parcel.message.via} had not answered after {OVERDUE:g} seconds.", unknown=True)
                self._done.put(Outcome(**parcel.__dict__, error=error))
        for parcel in self._crew.withdraw(lambda one: self._has_waited_too_long(one, now)):
            self._claimed.pop(parcel.message.id, None)
            self._done.put(Outcome(**parcel.__dict__, begun=False))

    def _has_waited_too_long(self, parcel: Parcel, now: float) -> bool:
        return self._claimed[parcel.message.id] + LONGEST_WAIT < now

    def _advance(self) -> bool:
        return self._driving.pages()

    def _hand_out(self) -> None:
        """Again while there is room: what was claimed may all have been held."""
        while (free := self._room - len(self._under_way)) > 0:
            busy = Counter(parcel.message.via for parcel in self._under_way.values())
            if not self._anything_due(busy):
                return
            try:
                parcels, roster, astray = self._claim(free, busy)
            except Inseparable as error:
                self._take_apart(error)
                continue
            if parcels is None:
                return  # other couriers are at it
            for parcel in parcels:
                if parcel.message.id in self._under_way:
                    continue  # it takes longer than its lease: the claim was renewed, it is not sent twice at once
                self._under_way[parcel.message.id] = parcel
                if known := self._unrecorded.pop(parcel.message.id, None):
                    self._done.put(known)
                elif parcel.message.id in astray:
                    self._done.put(self._stopped(parcel))
                elif parcel.message.via == CONSOLE:
                    self._done.put(self._shown(parcel.message))
                else:
                    self._claimed[parcel.message.id] = monotonic()
                    self._crew.take(parcel, roster)

    def _claim(self, free: int, busy: Counter[str]) -> tuple[list[Parcel] | None, Roster, set[str]]:
        """What goes out now, and the ids of what was sent elsewhere in the record."""
        console = self._show is not None
        with self._ledger.writing() as record:
            parcels = hand_out(
                record, LEASE, free, console=console, busy=busy, most=self._most, alone=self._alone
            )  # fmt: skip
            roster = record.roster
            owing = {str(member.entry) for one in parcels or () for member in one.members}
            kinds = record.tx.kinds_there(owing) if owing else {}
            astray = {one.message.id for one in parcels or () if _is_astray(one, record, kinds)}
        return parcels, roster, astray

    def _take_apart(self, error: Inseparable) -> None:
        """From now on each of them goes alone: at least one is spoilt, and the others must not wait for it."""
        self._alone |= {message.id for message in error.messages}
        named = ", ".join(message.id[:8] for message in error.messages)
        self._log(f"What is to go out cannot be put together ({error}); each alone: {named}: escalate verify")

    def _shown(self, message: Message) -> Outcome:
        """Shown before it is said to be: a closed terminal shows nothing, and the message stays owed."""
        try:
            if self._show is not None:
                self._show(message)
        except OSError as error:
            said = Unreachable(f"nobody could see it: {error.strerror or error}.")
            return Outcome(message=message, error=said)
        except Exception as error:  # noqa: BLE001  (one that cannot be shown must not keep the others back)
            return Outcome(message=message, error=Unreachable(f"it cannot be shown ({type(error).__name__})."))
        return Outcome(message=message)

    def _anything_due(self, busy: Counter[str]) -> bool:
        now, console = self._ledger.clock.now(), self._show is not None
        with self._ledger.store.reading() as look:
            return anything_due(look, now, console=console, busy=busy, most=self._most)

    def _send(self, parcel: Parcel, roster: Roster) -> None:
        """By one of the crew's threads."""
        via, now = parcel.message.via, monotonic()
        if self._claimed.pop(parcel.message.id) + LONGEST_WAIT < now:
            self._done.put(Outcome(**parcel.__dict__, begun=False))
            return
        self._begun[id(parcel)] = (parcel, now)
        try:
            taken = self._channel(via, roster).send(parcel.message)
            self._done.put(Outcome(**parcel.__dict__, taken=taken))
        except EscalateError as error:
            self._done.put(Outcome(**parcel.__dict__, error=error))
        except ImportError as error:  # libraries are imported before they send: nothing has left
            what = f"the library {error.name.partition('.')[0]}" if error.name else "a library"
            missing = Misconfigured(f"channel {via} needs {what}, which is not installed here.")
            self._done.put(Outcome(**parcel.__dict__, error=missing))
        except BaseException as error:  # noqa: BLE001  (a defect in a channel must not lose the message)
            # Its words are left out: nobody knows what is in them.
            said = Unreachable(f"channel {via} failed ({type(error).__name__}).", unknown=True)
            self._done.put(Outcome(**parcel.__dict__, error=said))
        finally:
            self._begun.pop(id(parcel), None)

    def _settle(self, patience: float) -> int:
        """Wait for an outcome, take all that are there, and record them in one transaction. Where nothing can be recorded
        what came of it is known all the same, and is recorded when the store can be had.
        """
        self._collect(patience)
        outcomes = [one for one in self._came_back if one.begun]
        if outcomes:
            try:
                self._settled_patiently(outcomes)
            except (Conflict, Misconfigured, Unreachable):
                raise
            except Exception:  # noqa: BLE001
                for outcome in outcomes:
                    self._settled_alone(outcome)
            for outcome in outcomes:
                self._under_way.pop(outcome.message.id, None)
        self._came_back = [one for one in self._came_back if not one.begun]
        try:
            self._put_back(self._came_back)
        except (Conflict, Misconfigured, Unreachable):
            raise
        except Exception as error:  # noqa: BLE001
            self._log(
                f"What was claimed ahead cannot be given back ({type(error).__name__}); its lease ends by itself."
            )
        for outcome in self._came_back:
            self._under_way.pop(outcome.message.id, None)
        self._came_back = []
        return len(outcomes)

    def _collect(self, patience: float) -> None:
        for outcome in self._arrived(0.0 if self._came_back else patience):
            if self._is_of_now(outcome):
                self._came_back.append(outcome)

    def _arrived(self, patience: float) -> Iterator[Outcome]:
        try:
            yield self._done.get(timeout=patience)
            while True:
                yield self._done.get_nowait()
        except Empty:
            return

    def _is_of_now(self, outcome: Outcome) -> bool:
        """Of an attempt that was given up before, only that it was taken all the same is worth anything."""
        id_ = outcome.message.id
        if outcome.error is None:
            return True
        attempt = self._under_way.get(id_)
        if attempt is None or attempt.message.attempts != outcome.message.attempts:
            return False
        return all(one.message.id != id_ for one in self._came_back)


def _is_astray(parcel: Parcel, record: Record, kinds: Mapping[str, str]) -> bool:
    try:
        return is_astray(parcel.members, record.roster, record.tx.rosters, kinds)
    except (Conflict, Misconfigured, Unreachable):
        raise
    except Exception:  # noqa: BLE001  (what cannot be read is not as escalate wrote it)
        return True
