"""Is every message that is kept the one its entry owed: to the same people, by the same way, at an address of theirs?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from escalate.app.kept import MISUNDERSTOOD
from escalate.domain.instants import from_text
from escalate.domain.messages.message import is_key
from escalate.domain.messages.owed import to_of
from escalate.domain.oncall.code import code
from escalate.domain.roster import CONSOLE, Roster
from escalate.domain.timeline.events import OWING, shape_of
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from escalate.domain.messages.message import Message

SUBJECT = 200
"""Characters of a subject, which is the first line of the text."""

WHOEVER = "whoever reads this"
"""The name of what is told to nobody in particular."""

PURPOSES = {
    "page.acknowledged": "status",
    "page.declined": "status",
    "page.escalated": "status",
    "page.unworked": "status",
    "page.cancelled": "status",
    "incident.resolved": "status",
    "incident.closed": "status",
    "handoff.offered": "handoff",
    "shift.announced": "shift",
    "clock.alerted": "clock",
    "access.alarmed": "broken",
    "assessment.expired": "reassess",
    "question.asked": "question",
    "question.late": "question",
    "approval.asked": "approval review",
    "approval.late": "approval review",
    "decision.reopened": "review",
    "subject.matched": "matched",
}
"""What messages may be for that an entry of that kind owes, where more than that does not stand in it."""


class Owed(Value):
    """A message as it is kept, with seq, digest, kind and body of the entry that it names."""

    id: str
    state: str
    text: str
    subject: str
    entry: str
    entry_seq: int
    entry_digest: str
    page: str | None
    purpose: str
    recipient: str
    name: str
    via: str
    address: str
    details: str
    due_at: str
    leased_until: str | None
    tried_at: str | None
    seq: int | None
    digest: str | None
    kind: str | None
    body: str | None


MOST_NAMED = 100
"""More gaps in a row are not named one by one."""


class Rosters:
    """Every version that is kept, in order; `logins` are those of the newest. What cannot be read, or is missing between
    others, is in `faults`.
    """

    def __init__(self, rows: Iterable[Any]) -> None:
        self.versions: dict[int, Roster] = {}
        self.faults: list[str] = []
        self.known: dict[tuple[str, str], set[tuple[str, str]]] = {}
        self.logins: set[tuple[str, str]] = set()
        for row in rows:
            self.versions[row["version"]] = self._read(row)
        before = 0
        for version in self.versions:
            missing = range(max(before, 0) + 1, min(version, before + MOST_NAMED))
            self.faults += [f"roster {one} is missing" for one in missing]
            before = version

    def _read(self, row: Any) -> Roster:
        try:
            one = Roster.from_plain(json.loads(row["roster"]))
            self.logins = {(login, slug) for slug, person in one.people.items() for login in person.logins}
        except MISUNDERSTOOD:
            self.faults.append(f"roster {row['version']} is not as escalate keeps one")
            self.logins = set()
            return Roster()
        return one

    def calls(self, to: str, via: str) -> set[tuple[str, str]]:
        """The names and addresses that any version gives them there."""
        if (to, via) not in self.known:
            every = (Roster(), *self.versions.values())
            self.known[to, via] = {(one.name_of(to), one.address(to, via)) for one in every}
        return self.known[to, via]


def redirected(rows: Iterable[tuple[Any, ...]], rosters: Rosters) -> Iterator[tuple[int, str]]:
    """The seq of the entry that owed it, 0 where there is none, and what does not fit. `rows` are the columns of `Owed`."""
    for row in rows:
        one = Owed(**dict(zip(Owed._fields, row, strict=True)))
        try:
            found = _faults(one, rosters)
        except MISUNDERSTOOD:
            found = ["it is not as escalate keeps one"]
        for what in found:
            yield one.seq or 0, f"message {str(one.id)[:8]}: {what}"


def _faults(one: Owed, rosters: Rosters) -> list[str]:
    if not all(
        isinstance(text, str) for text in (one.recipient, one.via, one.entry, one.text, one.subject, one.details)
    ):
        raise TypeError
    for instant in (one.due_at, one.leased_until or one.due_at, one.tried_at or one.due_at):
        from_text(instant)
    if one.seq is None:
        return ["the entry that owes it is not on this timeline"]
    found = []
    if (one.entry_seq, one.entry_digest) != (one.seq, one.digest):
        found.append("it names the entry that owes it otherwise")
    said = json.loads(one.body) if one.body else None
    if _owes_nothing(str(one.kind)):
        found.append(f"its entry owes nobody anything: it is {one.kind}")
    elif not is_key(one.id, one.entry, one.recipient, one.via) or (said is not None and not _owes(one, said)):
        found.append("it is not to whom its entry owes one, by that way, for that page and purpose")
    elif not _is_known(one, said or {}, rosters):
        found.append("no roster that is kept has that name and address for whom it goes to")
    if one.text.strip() and one.subject != one.text.splitlines()[0][:SUBJECT]:
        found.append("its subject is not the first line of its text")
    kind, _, person = one.recipient.partition(":")
    if given := json.loads(one.details).get("code"):
        wanted = code(one.page, person) if one.page and kind == "person" and person else ""
        if given != wanted:
            found.append("its code is not the one to answer it by")
    return found


def _owes_nothing(kind: str) -> bool:
    """Of what a newer escalate writes nobody here knows it."""
    return kind not in OWING and shape_of(kind) is not None


def _owes(one: Owed, said: dict[str, Any]) -> bool:
    """Whether an entry that says that owes such a message. What a newer escalate writes is let pass."""
    match one.kind:
        case "page.step_fired" | "page.exhausted":
            purpose = "page" if one.kind == "page.step_fired" else "exhausted"
            ways = said["ways"] or [{"person": None, "via": CONSOLE}]
            return (one.purpose, one.page) == (purpose, said["page"]) and _among(one, ways)
        case "message.failed" | "message.gave_up":
            alike = [way for way in said["instead"] if (way["purpose"], way.get("page")) == (one.purpose, one.page)]
            return _among(one, alike)
        case "team.pinged":
            return (one.purpose, one.page, one.recipient) == ("ping", None, f"team:{said['team']}")
        case "ticket.asked":
            return (one.purpose, one.page, one.recipient) == ("ticket", None, f"ticket:{said['via']}")
        case "handoff.offered":
            return (one.purpose, one.page, one.recipient) == ("handoff", None, f"person:{said['taker']}")
        case "shift.announced":
            return (one.purpose, one.page, one.recipient) == ("shift", None, f"person:{said['person']}")
    wanted = PURPOSES.get(str(one.kind))
    if wanted is None:
        return True
    # Of what ends an incident no page is named: it may be any of them.
    pages = {said.get("page", one.page)} if wanted == "status" else {None}
    return one.purpose in wanted.split() and one.page in pages


def _among(one: Owed, ways: list[dict[str, Any]]) -> bool:
    """Whether it goes one of these ways. One that is a console by its kind is the console by its name."""
    return any(to_of(way) == one.recipient and one.via in {way["via"], CONSOLE} for way in ways)


def _is_known(one: Owed, said: dict[str, Any], rosters: Rosters) -> bool:
    version = said.get("roster_version")
    if one.recipient == "person:":
        return (one.name, one.address) == (WHOEVER, "")
    if version and version not in rosters.versions:
        return False
    return (one.name, one.address) in rosters.calls(one.recipient, one.via)


def is_astray(
    messages: Iterable[Message],
    now: Roster,
    every: Callable[[], Iterable[tuple[object, Roster]]],
    kinds: Mapping[str, str],
) -> bool:
    """Whether one of them does not go to whom its entry owed it, as far as that is seen without reading the entry, or to an
    address that no roster gave. `now` is the roster in force; `every` reads them all, where it gives another address;
    `kinds` has the kind of each entry that may be read, by its id.
    """
    return any(
        not one.fits or _owes_nothing(kinds.get(one.entry, "")) or not _is_address(one, now, every) for one in messages
    )


def _is_address(one: Message, now: Roster, every: Callable[[], Iterable[tuple[object, Roster]]]) -> bool:
    if one.address == now.address(one.to, one.via):
        return True
    try:
        return any(one.address == other.address(one.to, one.via) for _at, other in every())
    except Exception:  # noqa: BLE001  (a damaged roster of before must not keep a page back)
        return True
