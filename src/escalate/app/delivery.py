"""The courier: claims what is owed, hands it to channels, and puts what became of it on the timeline.

Claim in one transaction, send in none, settle in another. A crash between sending and settling sends again, with the
same key; nothing is lost. Only the thread that calls `Courier.run` touches the store. What is claimed, and what of it
goes out together, is decided in `handing_out`.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from queue import Empty, Queue
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from escalate.app.attempts import Outcome, judged
from escalate.app.crew import Crew
from escalate.app.handing_out import anything_due, hand_out
from escalate.app.paging import advance_due
from escalate.domain.messages import message as states
from escalate.domain.roster import CONSOLE
from escalate.errors import Conflict, EscalateError, Misconfigured, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from escalate.app.handing_out import Parcel
    from escalate.app.ledger import Ledger, Record
    from escalate.app.ports import Channel
    from escalate.domain.messages.message import Message
    from escalate.domain.roster import Roster

LEASE = timedelta(seconds=60)
"""Longer than any channel waits for an answer, so that no two couriers send one message at once."""

LONGEST_WAIT = 20.0
"""Seconds that what was claimed ahead waits for a thread; after that too little is left of the lease to begin with it."""

LOOK = 0.2
"""Seconds between looks at what else is due while answers are awaited."""

AGAIN = 60.0
"""Seconds until a page that could not be driven is tried again."""

BEHIND = 3.0
"""Seconds for which one that met with a conflict stands behind the others."""

AT_ONCE = 100
"""Pages driven between two looks at what is to be sent."""

PAUSES = (0.02, 0.1)
"""Seconds before what others were in the way of is recorded once more, where several write at once."""

KEPT_FREE = 4
"""Threads that one way out leaves to the others, however many of its messages hang."""


class Courier:
    """`channel` gives the way out of that name; `show` prints what a person must pass on, where a person is there.
    `log` gets a line for what is wrong with one page or message, while the others go on.
    """

    def __init__(
        self,
        ledger: Ledger,
        channel: Callable[[str, Roster], Channel],
        *,
        threads: int = 16,
        show: Callable[[Message], None] | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._ledger = ledger
        self._channel = channel
        most = max(1, threads - KEPT_FREE)
        # As many again are claimed ahead, so that no thread waits while what came back is recorded.
        self._room = threads + most
        self._show = show
        self._log = log or (lambda _line: None)
        self._most = 2 * most
        self._crew = Crew(self._send, threads, most)
        self._done: Queue[Outcome] = Queue()
        self._under_way: dict[str, Parcel] = {}
        self._claimed: dict[str, float] = {}
        self._stuck: dict[str, float] = {}
        self._unrecorded: dict[str, Outcome] = {}

    def run(self, seconds: float) -> int:
        """Fire due steps and send due messages until nothing is due or `seconds` have really passed. Returns how many
        outcomes were settled. What is still under way then keeps its lease, and is settled by a later call.
        """
        until = monotonic() + seconds
        settled = 0
        while True:
            more = self._advance()
            more = self._pass_time() or more
            self._hand_out()
            if not self._under_way and not more:
                return settled
            # One that hangs holds up neither the others nor the steps of pages.
            settled += self._settle(min(LOOK, max(0.0, until - monotonic()))) if self._under_way else 0
            if monotonic() >= until:
                return settled

    @property
    def busy(self) -> bool:
        """Whether something was handed to a channel and has not come back."""
        return bool(self._under_way)

    def let_go(self, seconds: float) -> None:
        """Before the process ends: wait so long for what is under way, then put it down as not answered, so that the
        next courier need not wait for the lease to run out. It may have arrived: it is sent again with the same key.
        """
        until = monotonic() + seconds
        self._put_back(self._crew.withdraw())
        while self._under_way and monotonic() < until:
            self._settle(max(0.0, until - monotonic()))
        for parcel in list(self._under_way.values()):
            error = Unreachable(f"{parcel.message.via} had not answered when the sender ended.", unknown=True)
            self._done.put(Outcome(**parcel.__dict__, error=error))
        while self._under_way:
            self._settle(0.0)

    def _put_back(self, parcels: Sequence[Parcel | Outcome]) -> None:
        """What was claimed ahead and never handed over is as it was before; where that cannot be written its lease ends."""
        if not parcels:
            return
        leases = {member.id: member.leased_until for parcel in parcels for member in parcel.members}
        with suppress(Conflict, Misconfigured, Unreachable), self._ledger.writing() as record:
            for one in record.tx.current(leases).values():
                if one.state not in states.WAITING or one.leased_until != leases[one.id]:
                    continue  # it was called off, or another courier has it in hand by now
                tries = one.attempts - 1
                state = one.state if one.state == states.UNKNOWN else states.QUEUED
                kept = one.tried_at if tries else None
                record.tx.update(one.but(state=state, attempts=tries, leased_until=None, tried_at=kept))
        for parcel in parcels:
            self._under_way.pop(parcel.message.id, None)

    def _advance(self) -> bool:
        """Fire the steps of pages that are due. Whether more are due than were driven now."""
        with self._ledger.store.reading() as look:
            due = look.due_pages(self._ledger.clock.now())
        free = [(incident, page) for incident, page in due if self._is_free(page)]
        for incident, page in free[:AT_ONCE]:
            said = f"Page {page} of incident {incident} cannot go on"
            self._drive(page, said, advance_due, incident, page)
        return len(free) > AT_ONCE

    def _pass_time(self) -> bool:
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
        """One page or incident that cannot go on must not keep the others from being told."""
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

    def _hand_out(self) -> None:
        """Again while there is room: what was claimed may all have been held."""
        while (free := self._room - len(self._under_way)) > 0:
            busy = Counter(parcel.message.via for parcel in self._under_way.values())
            if not self._anything_due(busy):
                return
            with self._ledger.writing() as record:
                parcels = hand_out(record, LEASE, free, console=self._show is not None, busy=busy, most=self._most)
                roster = record.roster
            if parcels is None:
                return  # other couriers are at it
            for parcel in parcels:
                if parcel.message.id in self._under_way:
                    continue  # it takes longer than its lease: the claim was renewed, it is not sent twice at once
                self._under_way[parcel.message.id] = parcel
                if known := self._unrecorded.pop(parcel.message.id, None):
                    self._done.put(known)
                elif parcel.message.via == CONSOLE:
                    self._done.put(self._shown(parcel.message))
                else:
                    self._claimed[parcel.message.id] = monotonic()
                    self._crew.take(parcel, roster)

    def _shown(self, message: Message) -> Outcome:
        """Shown before it is said to be: a closed terminal shows nothing, and the message stays owed."""
        try:
            if self._show is not None:
                self._show(message)
        except OSError as error:
            said = Unreachable(f"nobody could see it: {error.strerror or error}.")
            return Outcome(message=message, error=said)
        return Outcome(message=message)

    def _anything_due(self, busy: Counter[str]) -> bool:
        now, console = self._ledger.clock.now(), self._show is not None
        with self._ledger.store.reading() as look:
            return anything_due(look, now, console=console, busy=busy, most=self._most)

    def _send(self, parcel: Parcel, roster: Roster) -> None:
        """By one of the crew's threads."""
        via = parcel.message.via
        if self._claimed.pop(parcel.message.id) + LONGEST_WAIT < monotonic():
            self._done.put(Outcome(**parcel.__dict__, begun=False))
            return
        try:
            taken = self._channel(via, roster).send(parcel.message)
            self._done.put(Outcome(**parcel.__dict__, taken=taken))
        except EscalateError as error:
            self._done.put(Outcome(**parcel.__dict__, error=error))
        except BaseException as error:  # noqa: BLE001  (a defect in a channel must not lose the message)
            # Its words are left out: nobody knows what is in them.
            said = Unreachable(f"channel {via} failed ({type(error).__name__}).", unknown=True)
            self._done.put(Outcome(**parcel.__dict__, error=said))

    def _settle(self, patience: float) -> int:
        """Wait for an outcome, take all that are there, and record them in one transaction."""
        try:
            outcomes = [self._done.get(timeout=patience)]
        except Empty:
            return 0
        while not self._done.empty():
            outcomes.append(self._done.get())
        self._put_back([one for one in outcomes if not one.begun])
        outcomes = [one for one in outcomes if one.begun]
        if not outcomes:
            return 0
        try:
            self._settled_patiently(outcomes)
        except (Conflict, Misconfigured, Unreachable):
            # Nothing was recorded: what came of it is known all the same, and is recorded when the store can be had.
            for outcome in outcomes:
                self._done.put(outcome)
            raise
        except Exception:  # noqa: BLE001
            for outcome in outcomes:
                self._settled_alone(outcome)
        for outcome in outcomes:
            self._under_way.pop(outcome.message.id, None)
        return len(outcomes)

    def _settled_patiently(self, outcomes: list[Outcome]) -> None:
        """Again where others write at the same time: what came of a message is not to wait for the next round."""
        for pause in PAUSES if self._ledger.store.shared else ():
            try:
                self._settled(outcomes)
            except Conflict:
                sleep(pause)
            else:
                return
        self._settled(outcomes)

    def _settled(self, outcomes: list[Outcome]) -> None:
        with self._ledger.writing() as record:
            members = [member for outcome in outcomes for member in outcome.members or (outcome.message,)]
            record.tx.hold({member.incident for member in members})
            known = record.tx.current(dict.fromkeys(member.id for member in members))
            for outcome in outcomes:
                self._record(record, outcome, known)

    def _settled_alone(self, outcome: Outcome) -> None:
        """One that cannot be recorded keeps its lease; it must not take the others of its group with it. What was taken is
        not sent again once the lease is over, as long as we live: it is tried again to write that down.
        """
        for member in outcome.members or (outcome.message,):
            try:
                self._settled([outcome.but(message=member, members=())])
            except Exception as error:  # noqa: BLE001
                self._log(f"What came of message {member.id} cannot be recorded ({type(error).__name__}).")
                if outcome.error is None:
                    self._unrecorded[outcome.message.id] = outcome

    def _record(self, record: Record, outcome: Outcome, known: dict[str, Message]) -> None:
        """`known` are messages as they are now; one that was written on since is not there any more."""
        for member in outcome.members or (outcome.message,):
            current = known.pop(member.id, None) or record.tx.current([member.id])[member.id]
            self._record_one(record, outcome.but(message=member, members=()), current)

    def _record_one(self, record: Record, outcome: Outcome, current: Message) -> None:
        message = outcome.message
        late = outcome.taken is not None and current.state in {states.CANCELLED, states.TOLD, states.BUNDLED}
        if current.state not in states.WAITING and not late:
            return  # another courier settled it, or it was cancelled in time; what was sent all the same is recorded
        event, after = judged(outcome, record)
        record.tx.update(after)
        if event is not None:
            record.append(record.incident(message.incident), event)
