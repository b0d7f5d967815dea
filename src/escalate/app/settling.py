"""What came of attempts, put on record: together where that goes, and alone where one of them cannot be."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

from escalate.app.attempts import Astray, Outcome, judged
from escalate.domain.messages import message as states
from escalate.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.handing_out import Parcel
    from escalate.app.ledger import Ledger, Record
    from escalate.domain.messages.message import Message

PAUSES = (0.02, 0.1)
"""Seconds before what others were in the way of is recorded once more, where several write at once."""


class Settling:
    """A courier's part that writes. What it could not write down of what was taken it keeps in mind."""

    def __init__(self, ledger: Ledger, log: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._log = log
        self._unrecorded: dict[str, Outcome] = {}

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

    def _stopped(self, parcel: Parcel) -> Outcome:
        """Not handed over: it goes to whom its entry names instead."""
        message = parcel.message
        why = Astray("to whom it goes was changed in the record: escalate verify")
        self._log(f"Message {message.id[:8]} is not sent to {message.name} by {message.via}: {why}")
        return Outcome(**parcel.__dict__, error=why)

    def _put_back(self, outcomes: list[Outcome]) -> None:
        """What was claimed ahead and never handed over is as it was before; where that is not allowed its lease ends."""
        if not outcomes:
            return
        leases = {member.id: member.leased_until for outcome in outcomes for member in outcome.members}
        with self._ledger.writing() as record:
            for one in record.tx.current(leases).values():
                if one.state not in states.WAITING or one.leased_until != leases[one.id]:
                    continue  # it was called off, or another courier has it in hand by now
                tries = one.attempts - 1
                state = one.state if one.state == states.UNKNOWN else states.QUEUED
                kept = one.tried_at if tries else None
                record.tx.update(one.but(state=state, attempts=tries, leased_until=None, tried_at=kept))
