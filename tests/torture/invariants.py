"""What must hold whatever was cut off where."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from escalate.app.settled import AFTER
from escalate.domain.messages import message as states
from escalate.domain.roster import CONSOLE
from torture.receiver import TAKEN

STAMP = re.compile(r"^((?:INC|OFF)-\w+) .*#(\d+) \d\d:\d\d:\d\dZ.*\n", re.MULTILINE)
PAGE = re.compile(r"^page ((?:INC|OFF)-\w+/\d+) .*\n", re.MULTILINE)

DONE = frozenset({0, 9})
BUSY = frozenset({5})
FAILED = frozenset({5, 6, 7})
UNLUCKY = {"ack": frozenset({2, 3, 4})}
"""Exit codes of commands that may come at a moment when there is nothing for them to do."""

HUNG = "(hung)"

CALLED_OFF = frozenset({states.CANCELLED, states.TOLD, states.ACKNOWLEDGED})
ARRIVED = frozenset({states.SENT, states.DELIVERED})


class Ran(NamedTuple):
    """A command: `code` is None where it was killed. `marker` stands in the text of its entry, if it has a text."""

    kind: str
    marker: str
    code: int | None
    out: str
    err: str

    @property
    def done(self):
        """Whether it said so, by its exit code or in a whole line."""
        return self.code in DONE or bool(STAMP.search(self.out))


def findings(facts, ran, got, *, ended, may=BUSY):
    """What does not hold, in sentences. `ended`: couriers had time enough to deliver everything; `may` are the exit codes
    of a command that says it could not do it.
    """
    return [
        *(fault for one in facts.places for fault in one.faults),
        *commands(facts, ran, may),
        *(odd_one for one in facts.places for odd_one in outbox(one)),
        *sendings(facts, got),
        *(endings(facts, got) if ended else unearned(facts, got)),
    ]


def commands(facts, ran, may):
    texts = Counter(mark for entry in facts.all_entries for mark in re.findall(r"mark-[\w-]+", entry.body or ""))
    stamped = facts.stamps
    opened = {
        f"{one.numbers[entry.incident]}/{entry.event.number}"
        for one in facts.places
        for entry in one.entries
        if entry.kind == "page.opened"
    }
    labels = Counter()
    for one in ran:
        who = f"{one.kind} {one.marker}"
        there = texts[one.marker] if one.marker else None
        if there is not None and there > 1:
            yield f"doubled: {who} is there {there} times"
        if one.done and there == 0:
            yield f"lost: {who} said that it was done (exit {one.code})"
        for ref, seq in STAMP.findall(one.out):
            if (ref, int(seq)) not in stamped:
                yield f"lost: {who} printed {ref} #{seq}, which is not there"
        labels.update(PAGE.findall(one.out) if one.kind == "page" else ())
        yield from odd(one, may, there or 0)
    yield from (f"lost: page {label} was printed and is not there" for label in labels if label not in opened)
    yield from (f"doubled: page {label} was given {many} times" for label, many in labels.items() if many > 1)


def odd(one, may, there=0):
    """What a command may not end with or say."""
    who = f"{one.kind} {one.marker}"
    if one.kind.endswith(HUNG):
        yield f"hung: {who} had to be ended"
    if "Traceback" in one.err:
        yield f"a defect: {who} left a traceback: {one.err.strip().splitlines()[-1]}"
    if "escalate verify" in one.err:
        yield f"a defect: {who} said {one.err.strip()[-200:]!r}"
    if "The record changed" in one.err:
        yield f"refused: {who} was overtaken, although it held the lock"
    if "Nothing was recorded" in one.err and there:
        yield f"untrue: {who} said that nothing was recorded, and it is there"
    if one.code is not None and one.code not in DONE | may | UNLUCKY.get(one.kind, frozenset()):
        yield f"odd: {who} ended with {one.code}: {one.err.strip()[-200:]!r}"


def outbox(facts):
    """What an entry owes came with it, and nothing is owed by no entry."""
    owed = {message.entry for message in facts.messages}
    entries = {entry.id: entry for entry in facts.entries}
    for entry in facts.entries:
        if entry.kind == "page.step_fired" and entry.event.ways and entry.id not in owed:
            yield f"owes nothing: {facts.numbers[entry.incident]} #{entry.seq} fired a step, and no message is there"
    for message in facts.messages:
        entry = entries.get(message.entry)
        if entry is None or (entry.seq, entry.digest) != (message.seq, message.digest):
            yield f"owed by nothing: message {message.id[:8]} has no entry"


def sendings(facts, got):
    """Whatever arrived was owed, under the key and in the words in which it was owed."""
    known = facts.all_messages
    for key in dict.fromkeys(one.key for one in got):
        if key not in known:
            yield f"a key of nothing: {key[:8]} arrived, and no message has it"
    for one in got:
        message = known.get(one.key)
        if message is not None and (one.body["id"], one.body["to"], one.body["text"]) != (
            one.key,
            message.to,
            message.text,
        ):
            yield f"other words: {one.key[:8]} arrived in words that were not owed"


def unearned(facts, got):
    taken = {one.key for one in got if one.answer == TAKEN}
    for message in facts.all_messages.values():
        if message.state in ARRIVED and message.id not in taken:
            yield f"never sent: message {message.id[:8]} is {message.state}, and nobody took it"


def endings(facts, got):
    yield from unearned(facts, got)
    if facts.waiting:
        yield f"not come in: {facts.waiting}"
    by_id = {message.id: message for message in facts.messages}
    into = {e.event.message: e.event.into for e in facts.entries if e.kind == "message.bundled"}
    receipts = Counter(entry.event.message for entry in facts.entries if entry.kind in AFTER)
    for message in facts.messages:
        if message.via == CONSOLE:
            continue  # owed to whoever is at a terminal: no courier can do it
        if message.state in states.WAITING:
            yield f"not delivered: message {message.id[:8]} is still {message.state} after {message.attempts} attempts"
        elif message.state == states.BUNDLED and _last(message.id, into, by_id).state not in ARRIVED | CALLED_OFF:
            yield f"not delivered: message {message.id[:8]} went into one that did not arrive"
        elif message.state in {states.FAILED, states.GAVE_UP, states.SHOWN}:
            yield f"not delivered: message {message.id[:8]} is {message.state}: {message.last_error}"
        elif not receipts[message.id]:
            yield f"no receipt: message {message.id[:8]} is {message.state}, and no entry says so"


def _last(id_, into, by_id):
    seen = set()
    while id_ in into and id_ not in seen:
        seen.add(id_)
        id_ = into[id_]
    return by_id[id_]
