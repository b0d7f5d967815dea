"""When the shared record cannot be reached: which commands go on, on what this machine keeps, and how it comes in."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from escalate.errors import EscalateError, Misconfigured, Unreachable
from escalate.wiring import older

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from escalate.adapters.store.known import Known
    from escalate.adapters.store.spool import SpoolStore
    from escalate.app.ledger import Author, Ledger
    from escalate.app.ports import Clock
    from escalate.app.spool import Waiting
    from escalate.app.syncing import CameIn
    from escalate.wiring import Wiring

KEEPING = frozenset({"open", "log", "fact", "page", "ack", "ping", "messages"})
"""Commands whose words are kept until the record can be reached."""

SPOOLING = KEEPING | {"", "list", "show", "timeline", "sync", "work"}
"""Commands that go on: those, and looking at what is here. The empty one is bare `escalate`."""

MEANWHILE = "Meanwhile these go on: escalate open, log, fact, page, ack, ping. What waits to come in: escalate"

AGAIN = "It is tried again with every command."

HANGS = 30.0
"""Seconds after which a server that does not answer while something comes in is given up."""

EACH = 0.5
"""Seconds more for each entry: a line that is slow is no server that hangs."""

MOST = 500
"""Open incidents that are remembered."""


class Offline:
    """`address` is the record's, without secrets; `user` who we are there, `origin` this machine."""

    def __init__(self, folder: str, address: str, environ: Mapping[str, str], clock: Clock, origin: str) -> None:
        from escalate.domain.digest import sha256

        self.user = user_of(address, environ)
        key = sha256(f"{address}\n{self.user}".encode())[:16]
        self.path = f"{folder}/spool/{key}.db"
        self._clock, self._origin = clock, origin
        self.doubt: Callable[[str], None] = lambda _sentence: None

    @property
    def known_path(self) -> str:
        return f"{self.path.removesuffix('.db')}.known.json"

    @property
    def known(self) -> Known | None:
        from escalate.adapters.store.known import read

        return read(self.known_path)

    @property
    def is_there(self) -> bool:
        return os.path.exists(self.path)

    @cached_property
    def spool(self) -> SpoolStore:
        """Opened, and made where there is none."""
        from escalate.adapters.store.spool import SpoolStore

        store = SpoolStore(self.path, self._clock, self.known, self._origin, self._wake)
        store.doubt = self.doubt
        store.create()
        return store

    def close(self) -> None:
        if "spool" in self.__dict__:
            self.spool.close()

    def _wake(self) -> None:
        from escalate.adapters.waking import wake

        wake(self.spool)

    @property
    def waiting(self) -> Waiting:
        from escalate.app.spool import Waiting

        return self.spool.waiting() if self.is_there else Waiting()

    @property
    def author(self) -> Author:
        from escalate.app.ledger import Author

        known = self.spool.known
        if known is None:
            raise Misconfigured(
                f"{self.known_path} is gone: nobody knows as whom to write, nor whom to tell.",
                hint="What waits here is not lost. Once the record can be reached it comes in: escalate sync",
            )
        source = f"database user {known.user}, as of {known.at:%Y-%m-%d %H:%MZ}"
        return Author(actor=known.actor, person=known.person, source=source, origin=self._origin)

    def sync(self, shared: Ledger, login: str) -> list[CameIn]:
        """Bring in what waits. What another user of the database wrote is not here: each has a spool of their own."""
        from escalate.app.syncing import sync

        known = self.spool.known
        if known is not None and known.user != login:
            raise Unreachable(
                f"What waits here was written by {known.user}, and the database knows you as {login}.",
                hint=f"Connect as {known.user}, and it comes in: escalate sync",
            )
        return sync(self.spool, shared)

    def remember(self, store: Any, author: Author, login: str) -> None:
        """What is to be known of the record while it cannot be reached, written down where it changed."""
        import json

        from escalate.adapters.store.known import Known, stamp, write
        from escalate.app.spool import remembered

        with store.reading() as look:
            version, found = look.first("roster_version")["version"], look.first("on_call_record")
            duty = look.first("head", incident=found["incident"]) if found else None
            open_ = [(row["id"], row["seq"]) for row in look.run("open_heads", limit=MOST)]
            now = stamp(version, duty["seq"] if duty else 0, open_)
            before = self.known
            if before is not None and (before.stamp, before.actor, before.user) == (now, author.actor, login):
                return
            incidents = look.incidents(statuses=("open",), limit=MOST)
            row, on_call = look.first("roster"), look.on_call_record()
        known = Known(
            user=login,
            actor=author.actor,
            person=author.person,
            at=self._clock.now(),
            stamp=now,
            roster={**json.loads(row["roster"]), "version": version} if row else {},
            duty=on_call.duty.plain() if on_call and on_call.duty else None,
            incidents={incident.id: remembered(incident) for incident in incidents},
        )
        write(self.known_path, known)


class Line:
    """The shared record as long as it can be reached; else, where the command may, what this machine keeps.

    Only as long as nothing was written there: what a command began it does not go on with elsewhere.
    """

    shared = True

    def __init__(self, wiring: Wiring) -> None:
        assert wiring.shared is not None
        self._wiring, self._there = wiring, wiring.shared
        self._record: Any = wiring.shared.store
        self._looked = self._wrote = self._said = False
        self.is_down = False
        self.reached = False
        self.came_in: list[CameIn] = []

    @cached_property
    def offline(self) -> Offline:
        wiring = self._wiring
        made = Offline(wiring.folder, self._there.address, wiring.environ, wiring.own_clock, self._there.origin)
        made.doubt = wiring.doubt
        return made

    @property
    def current(self) -> Any:
        return self.offline.spool if self.is_down else self._record

    @contextmanager
    def reading(self) -> Iterator[Any]:
        with self._within("reading") as look:
            yield look

    @contextmanager
    def writing(self) -> Iterator[Any]:
        with self._within("writing") as tx:
            yield tx
        if not self.is_down:
            self._wrote = True
        elif not self._said and self._wiring.verb in KEEPING:
            self._said = True
            self._wiring.say("Kept on this machine; it goes in by itself: escalate sync")

    @contextmanager
    def _within(self, what: str) -> Iterator[Any]:
        block = self._entered(what)
        try:
            yield block[1]
        except BaseException:
            if not block[0].__exit__(*sys.exc_info()):
                raise
        else:
            block[0].__exit__(None, None, None)

    def _entered(self, what: str) -> tuple[Any, Any]:
        """The block that was begun, and what it gave: anything before that may be done again elsewhere."""
        try:
            if not self.is_down:
                self.reach()
            block = getattr(self.current, what)()
            begun = block, block.__enter__()
        except Unreachable as error:
            self._go_down(error)
        else:
            self._looked = self._looked or not self.is_down
            return begun
        block = getattr(self.current, what)()
        return block, block.__enter__()

    def reach(self) -> None:
        """Connect, once; then what waits here comes in first. Raises Unreachable."""
        if self.reached:
            return
        older.connect(self._record)
        self.reached = True
        if self.offline.is_there and self._wiring.verb != "sync":
            self._sync_first()

    def _go_down(self, error: Unreachable) -> None:
        verb = self._wiring.verb
        if isinstance(error, older.Older) and (verb not in SPOOLING or self.offline.known is None):
            raise error.cause
        if self.is_down or self._wrote or error.unknown or (self._looked and verb not in KEEPING):
            raise error
        if verb not in SPOOLING:
            raise Unreachable(error.message, hint=f"Nothing was recorded. {MEANWHILE}") from error
        if self.offline.known is None:
            raise Unreachable(
                error.message,
                hint="Nothing was recorded: this machine never reached that record, and knows nobody to tell. Write it "
                "into a record of its own meanwhile: escalate --database FILE init",
            ) from error
        self.offline.spool.takes_names = verb in KEEPING
        self.is_down = True
        here = "" if verb in KEEPING else " This is what is here."
        is_older = isinstance(error, older.Older)
        said = error.message if is_older else f"The record cannot be reached ({_why(error)})."
        self._wiring.say(f"{said}{here}{f' {error.hint}' if is_older else ''}")

    def connect(self) -> None:
        """To the record itself, whatever is kept here meanwhile. Raises Unreachable."""
        self._record.connection()

    def sends_from_here(self) -> bool:
        """Whether a courier has to go on with what this machine keeps. Raises Unreachable where it keeps nothing. Once a
        courier has reached the record it waits for it.
        """
        try:
            self.reach()
            self._wrote = True
        except Unreachable as error:
            if not self.offline.is_there or not self.waiting.any:
                raise older.plainly(error) from None
            self._go_down(error)
        return self.is_down

    def stay_here(self) -> None:
        """Go on with what this machine keeps, whether the record can be reached or not."""
        self.is_down = True

    def go_back(self, done: bool) -> None:
        """To the record, once all that was kept here is in."""
        self.is_down = not done

    def exists(self) -> bool:
        return bool(self._asked("exists"))

    @property
    def sends(self) -> bool:
        return bool(self._asked("sends"))

    def _asked(self, name: str) -> Any:
        try:
            found = getattr(self.current, name)
            return found() if callable(found) else found
        except Unreachable as error:
            self._go_down(error)
        found = getattr(self.current, name)
        return found() if callable(found) else found

    def close(self) -> None:
        self._record.close()
        if "offline" in self.__dict__:
            self.offline.close()

    def ear(self) -> Any:
        """What hears that something is to be done there; nothing does here."""
        return None if self.is_down else self._record.ear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.current, name)

    # ── who writes, and what comes in ───────────────────────────────────────────────────────────────────────────────

    @property
    def author(self) -> Author:
        try:
            if not self.is_down:
                self.reach()
                return self._there.author
        except Unreachable as error:
            self._go_down(error)
        return self.offline.author

    @property
    def waiting(self) -> Waiting:
        return self.offline.waiting

    def sync(self) -> list[CameIn]:
        """Bring in what waits on this machine. Raises Unreachable."""
        from escalate.app.ledger import Ledger
        from escalate.wiring import Lazy

        self.connect()
        self.reached = True
        wiring = self._wiring
        ledger = Ledger(self._record, wiring.clock, self._there.author, Lazy(lambda: wiring.texts))
        with self._bounded():
            found = self.offline.sync(ledger, self._record.greeting.login)
        self.came_in += found
        return found

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """A server that hangs is hung up on: nobody can write on this machine while something comes in."""
        from threading import Timer

        timer = Timer(HANGS + EACH * self.waiting.entries, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        import socket

        # It is another thread's, and may be closed by now.
        with suppress(Exception), socket.socket(fileno=os.dup(self._record.connection().fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    def _sync_first(self) -> None:
        """Before a command: that it fails does not stop the command."""
        try:
            found = self.sync()
        except EscalateError as error:
            # What is then said to be unrecorded is what waits, and not what the command is about to do.
            hint = AGAIN if error.hint.startswith("Nothing was recorded") else error.hint
            self._wiring.say(f"What waits on this machine has not come in: {error.message} {hint}")
            return
        for line in (line for one in found for line in one.lines):
            self._wiring.say(line)

    def remember(self) -> None:
        """At the end of a command that did well: what to know of the record when it cannot be reached. What nobody asked
        for fails without a word.
        """
        if self.reached and not self.is_down:
            with suppress(EscalateError, OSError):
                self.offline.remember(self._record, self._there.author, self._record.greeting.login)


def _why(error: Unreachable) -> str:
    return error.message.partition(" cannot be reached: ")[2].rstrip(".") or error.message.rstrip(".")


def user_of(address: str, environ: Mapping[str, str]) -> str:
    """Whom the database is asked to take us for, as its own library finds it out."""
    from urllib.parse import parse_qsl, unquote, urlsplit

    parts = urlsplit(address)
    given = unquote(parts.username or "") or dict(parse_qsl(parts.query)).get("user")
    if found := given or environ.get("PGUSER"):
        return found
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid-{os.geteuid()}"
