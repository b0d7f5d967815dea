"""The only module that knows who stands behind a port. What a command does not use is not imported."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalate import config
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    from escalate.adapters.library import Library
    from escalate.adapters.roster_file import Checked
    from escalate.adapters.secrets import Secrets
    from escalate.adapters.store.sqlite import SqliteStore
    from escalate.adapters.templates import Texts
    from escalate.adapters.waking import Bell
    from escalate.app.ledger import Author, Ledger
    from escalate.app.ports import Channel, Clock
    from escalate.domain.roster import Roster

SEND_TIMEOUT = 10.0
"""Seconds a courier waits for a channel's answer."""


class Wiring:
    """`given` are settings from the command line. `clock` and `author` are handed in by drills and tests."""

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        given: Mapping[str, str] | None = None,
        *,
        clock: Clock | None = None,
        author: Author | None = None,
    ) -> None:
        self.environ = os.environ if environ is None else environ
        self.given: dict[str, str] = dict(given or {})
        self._clock = clock
        self._author = author
        self._channels: dict[tuple[int, str], Channel] = {}
        self.timeout = SEND_TIMEOUT

    @cached_property
    def home(self) -> Path:
        return config.home(self.environ)

    @cached_property
    def config(self) -> dict[str, config.Found]:
        return config.load(self.home / "config.toml", self.environ, self.given)

    @cached_property
    def clock(self) -> Clock:
        from escalate.adapters.clock import SystemClock

        return self._clock or SystemClock()

    @cached_property
    def database(self) -> Path:
        """The path of the record. Raises Misconfigured for what this version cannot open."""
        given = self.config["database"].value
        if not given:
            return self.home / "record.db"
        if given.startswith(("postgresql://", "postgres://")):
            raise Misconfigured(
                "This version keeps its record in SQLite; it cannot open PostgreSQL.",
                hint="Leave --database out, or give the path of a file.",
            )
        return Path(given.removeprefix("sqlite://")).expanduser()

    @cached_property
    def store(self) -> SqliteStore:
        from escalate.adapters.store.sqlite import SqliteStore

        return SqliteStore(self.database, self.clock, wake=self._wake)

    def _wake(self) -> None:
        from escalate.adapters.waking import wake

        wake(self.store)

    @cached_property
    def texts(self) -> Texts:
        from escalate.adapters.templates import Texts
        from escalate.resources import bundled

        return Texts(self.home / "templates", bundled("templates"))

    def read_roster(self, files: Sequence[Path]) -> Checked:
        """What the files say, all mistakes at once."""
        from escalate.adapters.roster_file import read

        return read(files)

    @property
    def documents(self) -> ModuleType:
        from escalate.adapters import documents

        return documents

    @property
    def upkeep(self) -> ModuleType:
        from escalate.adapters.store import upkeep

        return upkeep

    @cached_property
    def library(self) -> Library:
        from escalate.adapters.library import Library
        from escalate.resources import bundled

        return Library(own=self.home, bundled=bundled("templates").parent)

    @cached_property
    def author(self) -> Author:
        """Who writes: the operating system's user, as the person of the roster who has that login."""
        from escalate.app.ledger import Author

        if self._author is not None:
            return self._author
        login = _login()
        person = None
        if self.database.exists():
            with self.store.reading() as look:
                person = look.person_of(login)
        return Author(
            actor=person or f"os:{login}",
            person=person,
            source=f"operating system user {login}",
            origin=_machine(),
        )

    @cached_property
    def ledger(self) -> Ledger:
        from escalate.app.ledger import Ledger

        return Ledger(self.store, self.clock, LazyAuthor(lambda: self.author), LazyTexts(lambda: self.texts))  # type: ignore[arg-type]

    def courier_ledger(self) -> Ledger:
        """What a courier writes as."""
        from escalate.app.ledger import Author, Ledger

        author = Author(actor=f"courier:{_machine()}", origin=_machine())
        return Ledger(self.store, self.clock, author, self.texts)

    def bell(self) -> Bell:
        from escalate.adapters.waking import Bell

        return Bell(str(self.home))

    def install_unit(self) -> Path:
        from escalate.adapters.unit import write

        return write(self.environ, self.database, self.home)

    @cached_property
    def secrets(self) -> Secrets:
        from escalate.adapters.secrets import Secrets

        return Secrets(self.environ)

    @cached_property
    def http(self) -> Any:
        """One client for all: connections are shared and TLS is set up once."""
        import httpx

        return httpx.Client(timeout=httpx.Timeout(self.timeout), follow_redirects=False, trust_env=True)

    def channel(self, via: str, roster: Roster) -> Channel:
        """The way out called `via`. Raises Misconfigured where the roster has none, or it cannot be built."""
        from escalate.adapters.channels.registry import build

        key = (roster.version, via)
        if key not in self._channels:
            if via not in roster.channels:
                raise Misconfigured(f"The roster has no channel {via!r}.", hint="Look at it: escalate roster")
            self._channels[key] = build(roster.channels[via], self.secrets, lambda: self.http, self.timeout)
        return self._channels[key]


    def patient(self) -> Patient:
        """What `doctor` looks at. Its calls to channels are short."""
        return Patient(self)


class Patient:
    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        wiring.timeout = 5.0

    @property
    def store(self) -> SqliteStore:
        return self._wiring.store

    def file_problems(self) -> list[str]:
        problems: list[str] = self._wiring.upkeep.check(self._wiring.store)
        for name in ("config.toml", "courier.log"):
            path = self._wiring.home / name
            if path.exists() and path.stat().st_mode & 0o077:
                problems.append(f"{path} may be opened by others: chmod 600 {path}")
        return problems

    def keyring(self) -> str:
        return self._wiring.secrets.backend()

    def secret(self, name: str) -> str | None:
        return self._wiring.secrets.source(name)

    def channel(self, via: str, roster: Roster) -> Channel:
        return self._wiring.channel(via, roster)


class LazyAuthor:
    """Looked up when something is written: a read needs no author."""

    def __init__(self, find: Callable[[], Author]) -> None:
        self._find = find

    def __getattr__(self, name: str) -> Any:
        return getattr(self._find(), name)


class LazyTexts:
    """The template engine costs more than all the rest of a short command."""

    def __init__(self, find: Callable[[], Texts]) -> None:
        self._find = find

    def render(self, template: str, values: dict[str, Any]) -> str:
        return self._find().render(template, values)


def _login() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def _machine() -> str:
    name = os.uname().nodename
    return "".join(letter if letter.isprintable() and not letter.isspace() else "-" for letter in name) or "unknown"
