"""What a courier takes in hand: what goes out now, what goes out together, what waits, and what says nothing new.

All of it is decided in the transaction that claims, so that no two couriers decide differently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.app.paging import receipt
from escalate.domain.incident.severity import at_least
from escalate.domain.messages import message as states
from escalate.domain.messages.pace import (
    HELD,
    NEVER_HELD,
    PACED,
    WINDOW,
    bundle_key,
    bundled,
    go_together,
    pace,
    repeated,
)
from escalate.domain.timeline.receipts import MessageBundled
from escalate.domain.value import Value
from escalate.errors import Conflict, Misconfigured, Unreachable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    from escalate.app.ledger import Record
    from escalate.app.ports import Reading
    from escalate.domain.messages.message import Message
    from escalate.domain.oncall.page import Page

WHY_HELD = "held: many pages at once; it goes out together with the others"


class Inseparable(Exception):
    """What was to be decided of these messages together failed: each of them goes alone."""

    def __init__(self, messages: list[Message], cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.messages = messages


class Parcel(Value):
    """What a channel is handed: one message, and the `members` that it speaks for, which are itself or its bundle's."""

    message: Message
    members: tuple[Message, ...]


def anything_due(look: Reading, now: datetime, *, console: bool, busy: Mapping[str, int], most: int) -> bool:
    """Whether something is due by a way that is not full."""
    return any(busy.get(via, 0) < most for via in look.ways_due(now, console=console))


def hand_out(
    record: Record,
    lease: timedelta,
    limit: int,
    *,
    console: bool = False,
    busy: Mapping[str, int] | None = None,
    most: int | None = None,
    alone: Collection[str] = (),
) -> list[Parcel] | None:
    """What goes out now, leased to the caller. What is held was moved to its moment, what is needless was put down. None
    where nothing could be taken: others have it in hand. Those of `alone`, by their ids, are neither.

    Raises Inseparable: once all is undone the caller asks again, with these `alone`.
    """
    until = record.now + lease
    claimed = record.tx.claim(record.now, until, limit, console=console, busy=busy, most=most)
    return _Sorting(record, until, claimed, alone).parcels() if claimed else None


class _Sorting:
    """Of what was claimed in one transaction."""

    def __init__(self, record: Record, until: datetime, claimed: list[Message], alone: Collection[str]) -> None:
        self._record, self._until, self._claimed, self._alone = record, until, claimed, alone
        self._outbox = record.tx
        self._in_hand = {message.id for message in claimed}

    def parcels(self) -> list[Parcel]:
        found: list[Parcel] = []
        sorted_: set[str] = set()
        for message in self._claimed:
            if message.id in sorted_:
                continue
            if message.id in self._alone:
                found.append(_alone(message.but(bundle=None)))
            elif message.bundle:
                found.append(self._again(message))
                sorted_ |= {member.id for member in found[-1].members}
            elif not (_wakes_somebody(message) and message.fits):
                found.append(_alone(message))
            else:
                alike = [one for one in self._claimed if self._goes_with(one, message)]
                found += self._to_one(alike)
                sorted_ |= {one.id for one in alike}
        return found

    def _goes_with(self, one: Message, other: Message) -> bool:
        return _alike(one, other) and one.fits and one.id not in self._alone

    def _again(self, message: Message) -> Parcel:
        try:
            return self._bundle(message, message.bundle or "")
        except (Conflict, Misconfigured, Unreachable):
            raise
        except Exception as error:  # one damaged message must not keep the others from going out
            raise Inseparable([message], error) from error

    def _bundle(self, message: Message, key: str) -> Parcel:
        """A bundle that was handed over before: the same members, key and words, also of those answered meanwhile. What no
        courier put together goes out by itself.
        """
        members = {member.id: member for member in self._outbox.bundle(key)}
        if not go_together(members.values()):
            return _alone(message.but(bundle=None))
        missing = [id_ for id_, one in members.items() if one.state in states.WAITING and id_ not in self._in_hand]
        members |= {one.id: one for one in self._take(missing)}
        found = tuple(members.values())
        return _alone(found[0]) if [*members] == [key] else Parcel(message=bundled(key, found), members=found)

    def _to_one(self, alike: list[Message]) -> list[Parcel]:
        try:
            return self._sorted(alike)
        except (Conflict, Misconfigured, Unreachable):
            raise
        except Exception as error:  # as above
            raise Inseparable(alike, error) from error

    def _sorted(self, alike: list[Message]) -> list[Parcel]:
        """Pages to one person by one way."""
        first = alike[0]
        found = self._outbox.beside(first.to, first.via, self._record.now)
        beside = [one for one in found if self._goes_with(one, first)]
        replaced = [pair for pair in repeated([*alike, *beside]) if self._put_down(*pair)]
        gone = {old.id for old, _newer in replaced}
        wanted = self._in_hand | {newer.id for old, newer in replaced if old.id in self._in_hand}
        kept = [one for one in (*alike, *beside) if one.id not in gone]
        fresh = [one for one in kept if not self._tried(one)]
        # What was tried is tried again by itself: under its own key, in its own words, at its own time.
        alone = [one for one in kept if self._tried(one) and one.id in wanted]
        if not self._is_paced(first):
            alone += [one for one in fresh if one.id in wanted]
            fresh = []
        return [*(_alone(one) for one in self._held_in_hand(alone)), *self._paced(fresh, wanted)]

    def _paced(self, fresh: list[Message], wanted: set[str]) -> list[Parcel]:
        if not fresh:
            return []
        first, now = fresh[0], self._record.now
        mine = {one.id for one in fresh}
        before = [one for one in self._outbox.tried(first.to, first.via, now - WINDOW) if one.id not in mine]
        tests: list[Message] = []
        if len({one.page for one in (*fresh, *before)}) > 1:
            tests = [one for one in fresh if self._is_test(one)]
            before = [one for one in before if not self._is_test(one)]
        tested = {one.id for one in tests}
        untested = [one for one in fresh if one.id not in tested]
        found = pace(untested, before, now)
        latest = {one.id: self._latest(one) for one in found.hold}
        if worse := frozenset(one.id for one in found.hold if latest[one.id] <= now or self._got_worse(one)):
            found = pace(untested, before, now, worse)
        for one in found.hold:
            assert found.until is not None
            self._hold(one, min(found.until, latest[one.id]))
        # A test says that it is one, which it could not do among others.
        tests = self._held_in_hand([one for one in tests if one.id in wanted])
        return [*map(_alone, tests), *(self._together(group) for group in found.go)]

    def _together(self, group: list[Message]) -> Parcel:
        members = self._held_in_hand(group)
        if len(members) == 1:
            return _alone(members[0])
        key = bundle_key(members)
        members = [one.but(bundle=key) for one in members]
        for one in members:
            self._outbox.update(one)
        return Parcel(message=bundled(key, members), members=tuple(members))

    def _held_in_hand(self, chosen: list[Message]) -> list[Message]:
        """The same, all of them leased to us and held no more."""
        taken = {one.id: one for one in self._take(one.id for one in chosen if one.id not in self._in_hand)}
        found = [taken.get(one.id, one) for one in chosen]
        for place, one in enumerate(found):
            if one.bundle == HELD:
                found[place] = one.but(bundle=None, last_error="")
                self._outbox.update(found[place])
        return found

    def _take(self, ids: Iterable[str]) -> list[Message]:
        taken = self._outbox.take(ids, self._record.now, self._until)
        self._in_hand |= {one.id for one in taken}
        return taken

    def _hold(self, message: Message, until: datetime) -> None:
        self._outbox.update(
            message.but(
                state=states.QUEUED,
                attempts=0,
                due_at=until,
                leased_until=None,
                tried_at=None,
                bundle=HELD,
                last_error=WHY_HELD,
            )
        )

    def _put_down(self, message: Message, newer: Message) -> bool:
        """`newer` says all that `message` does. Where that cannot be recorded both go out."""
        tries = message.attempts - (message.id in self._in_hand)
        before = message.but(attempts=tries, tried_at=message.tried_at if tries else None)
        try:
            incident = self._outbox.free(message.incident)
        except Exception:  # noqa: BLE001  (one damaged incident must not keep the others from being paged)
            return False
        if incident is None:
            return False
        self._outbox.update(before.but(state=states.BUNDLED, leased_until=None, bundle=None, last_error=""))
        self._record.append(incident, receipt(MessageBundled, before, into=newer.id))
        return True

    def _tried(self, message: Message) -> bool:
        return message.attempts > (message.id in self._in_hand)

    def _is_paced(self, message: Message) -> bool:
        channel = self._record.roster.channels.get(message.via)
        return channel is not None and channel.kind in PACED

    def _latest(self, message: Message) -> datetime:
        """Until when it may be held: half of the time its step gives is left then to answer. Nobody is passed over who was
        not told.
        """
        now = self._record.now
        try:
            page = self._page(message)
        except Exception:  # noqa: BLE001  (one damaged incident must not keep the others from being paged)
            return now + WINDOW
        if page is None or page.due_at is None or not page.waiting or not page.step:
            return now + WINDOW
        return page.due_at - page.policy.steps[page.step - 1].wait / 2

    def _got_worse(self, message: Message) -> bool:
        """Whether its incident is by now of those whose pages are not held."""
        try:
            incident = self._outbox.glance(message.incident)
        except Exception:  # noqa: BLE001  (one damaged incident must not keep the others from being paged)
            return False
        return incident is not None and at_least(incident.severity, NEVER_HELD)

    def _is_test(self, message: Message) -> bool:
        try:
            page = self._page(message)
        except Exception:  # noqa: BLE001  (as above)
            return False
        return page is not None and page.test

    def _page(self, message: Message) -> Page | None:
        """Only looked at: whoever holds messages waits for no incident."""
        incident = self._outbox.glance(message.incident)
        return incident.pages.get(message.page or "") if incident is not None else None


def _alone(message: Message) -> Parcel:
    return Parcel(message=message, members=(message,))


def _wakes_somebody(message: Message) -> bool:
    return message.purpose == "page" and message.to.startswith("person:") and message.to != "person:"


def _alike(one: Message, other: Message) -> bool:
    """Whether they go to the same place and are in no bundle yet."""
    same = (one.to, one.via, one.address, one.purpose) == (other.to, other.via, other.address, other.purpose)
    return same and not one.bundle
