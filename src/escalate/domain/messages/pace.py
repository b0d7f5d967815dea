"""How often one person is told by one way: many pages at once become one message, and none of them is lost. Pure.

A policy paces itself, so what belongs to one page alone is never held; pace is about many pages.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalate.domain.incident.severity import at_least, worst
from escalate.domain.messages.message import SENDING, Message
from escalate.domain.timeline.chain import uuid_parts
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

LIMITS = (
    (1, timedelta(minutes=1)),
    (5, timedelta(minutes=15)),
    (11, timedelta(hours=1)),
    (21, timedelta(hours=3)),
)
"""So many messages in so long a time, to one person by one way: what GoAlert allows for texts."""

WINDOW = LIMITS[-1][1]
"""How far back it matters what was said."""

SKEW = timedelta(minutes=1)
"""By how much clocks may differ."""

MOST = 40
"""Pages that one message names: with a line for each it is under the 4,000 characters that Slack shows whole."""

NEVER_HELD = "SEV1"
"""A page of this severity or worse goes at once."""

PACED = frozenset({"slack", "email"})
"""Kinds of channels that a person reads. Machines take what comes."""

LONGEST = 80
"""Characters of a name, a code or a reference."""

HELD = ""
"""What stands in `Message.bundle` while a message waits to go out in one that is not made yet."""

BUNDLES = "b0f0c1de-5a0f-5c0e-9d2b-7d7f1c3b5a64"
"""The namespace of their keys."""


class Paced(Value):
    """What goes out now, each list as one message, and what waits until `until`."""

    go: list[list[Message]] = []
    hold: list[Message] = []
    until: datetime | None = None


def pace(
    fresh: Sequence[Message], before: Sequence[Message], now: datetime, worse: frozenset[str] = frozenset()
) -> Paced:
    """`fresh` are pages that fell due, or were held, for one person by one way, none of them tried yet; `before` are those
    handed over within the last `WINDOW`. `worse` are the ids of those whose incident got so bad since that they are not
    held.
    """
    waiting = sorted(in_order(fresh), key=lambda message: message.id not in worse)
    if len({message.page for message in (*waiting, *before)}) <= 1:
        return Paced(go=[[message] for message in waiting])
    said = _moments(before, now)
    go: list[list[Message]] = []
    while waiting and (allowed(said, now) <= now or waiting[0].id in worse or _urgent(waiting[0])):
        go.append(waiting[:MOST])
        waiting = waiting[MOST:]
        said.append(now)
    return Paced(go=go, hold=waiting, until=allowed(said, now) if waiting else None)


def allowed(said: Sequence[datetime], now: datetime) -> datetime:
    """The first moment from `now` on at which the limits let one more message out. `said` is in order of time."""
    waits = [said[-most] + span for most, span in LIMITS if len(said) >= most]
    return max([now, *waits])


def _moments(before: Iterable[Message], now: datetime) -> list[datetime]:
    """When something was said; the members of a bundle were said at once. What the future says is a clock set back: it
    counts as now, and not at all where it would go on doing so for long.
    """
    last: dict[str, datetime] = {}
    for message in before:
        if message.tried_at is not None:
            key = key_of(message)
            last[key] = max(last.get(key, message.tried_at), message.tried_at)
    return sorted(min(at, now) for at in last.values() if at - now <= SKEW)


def _urgent(message: Message) -> bool:
    return at_least(_severity(message), NEVER_HELD)


def _severity(message: Message) -> str:
    return _said(message, "severity") or NEVER_HELD


def _said(message: Message, name: str) -> str:
    """What is kept under that name, on one line and no longer than escalate writes it: one message that says too much must
    not keep the others of its bundle from being taken.
    """
    text = str(message.details.get(name) or "").encode("utf-8", "replace").decode()
    return " ".join(text[:LONGEST].split())


def in_order(messages: Iterable[Message]) -> list[Message]:
    """The worst first, then the oldest: by what never changes about a message, so that every courier finds the same."""

    def place(message: Message) -> tuple[str, int, str, int, str]:
        digits = "".join(filter(str.isdecimal, _said(message, "ref"))).lstrip("0")
        return _severity(message), len(digits), digits, message.seq, message.id

    return sorted(messages, key=place)


def repeated(waiting: Iterable[Message]) -> list[tuple[Message, Message]]:
    """Those that say nothing new, each with the newer one that says it: of one page, to one person, by one way."""
    newest: dict[str, Message] = {}
    found = []
    for message in sorted(waiting, key=lambda one: (one.seq, one.due_at, one.id), reverse=True):
        kept = newest.setdefault(message.page or message.id, message)
        if kept is not message:
            found.append((message, kept))
    return found


def key_of(message: Message) -> str:
    """The key under which a message goes out: its bundle's, where it has one."""
    return message.bundle or message.id


def bundle_key(members: Iterable[Message]) -> str:
    return uuid_parts(BUNDLES, *sorted(message.id for message in members))


def go_together(members: Iterable[Message]) -> bool:
    """Whether these may go out as one: to one by one way. Not all that a courier put together need be here: of what was
    sent while the line was down, incidents come in one by one.
    """
    return len({(one.to, one.via, one.address) for one in members}) == 1


def bundled(key: str, members: Sequence[Message]) -> Message:
    """The one message that `members` go out as: the same words for the same members, whatever became of some of them.

    It names its members' pages and nothing else, never what harm they are about, and has no code of its own: no answer
    to it can answer what came later.
    """
    ordered = in_order(members)
    first = ordered[0]
    text = _text(ordered)
    return Message(
        id=key,
        incident=first.incident,
        entry=first.entry,
        seq=first.seq,
        digest=first.digest,
        purpose=first.purpose,
        to=first.to,
        name=first.name,
        via=first.via,
        address=first.address,
        subject=text.splitlines()[0],
        text=text,
        details={
            "severity": worst(*map(_severity, ordered)),
            "drill": all(message.details.get("drill") for message in ordered),
            "action": "trigger",
            "dedup": key,
            "labels": [_label(message) for message in ordered],
            "members": [message.id for message in ordered],
        },
        state=SENDING,
        attempts=max(message.attempts for message in ordered),
        due_at=min(message.due_at for message in ordered),
        bundle=key,
    )


def _text(ordered: list[Message]) -> str:
    drills = sum(bool(message.details.get("drill")) for message in ordered)
    whole = "DRILL " if drills == len(ordered) else ""
    some = f" ({drills} of them a DRILL)" if drills and not whole else ""
    lines = [f"{whole}PAGES for {ordered[0].name}: {len(ordered)} wait for your answer{some}."]
    for message in ordered:
        drill = "DRILL " if message.details.get("drill") else ""
        named = f"{_label(message)} {_said(message, 'code_name')} {_said(message, 'severity')}".rstrip()
        lines.append(f"{drill}{named}: escalate ack {_answer(message)}")
    lines.append(f"All of these: escalate ack {' '.join(_answer(message) for message in ordered)}")
    lines.append("Cannot take one: escalate decline and its code. Without an answer each goes on to whoever is next.")
    heads = dict.fromkeys(f"{_said(message, 'ref')} {_said(message, 'head')}" for message in ordered)
    lines.append(f"record {', '.join(heads)}")
    return "\n".join(lines)


def _label(message: Message) -> str:
    return _said(message, "label") or _said(message, "ref")


def _answer(message: Message) -> str:
    """The code by which the person answers that page, or else the page itself."""
    return _said(message, "code") or _label(message)
