"""The only module that knows who stands behind a port. What a command does not use is not imported."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from escalate import config
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

    from escalate.adapters.library import Library
    from escalate.adapters.roster_file import Checked
    from escalate.adapters.secrets import Secrets
    from escalate.adapters.store.sqlite import SqliteStore
    from escalate.adapters.templates import Texts
    from escalate.adapters.waking import Bell
    from escalate.app.drill import Ending, Scenario
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
    def folder(self) -> str:
        return config.folder(self.environ)

    @cached_property
    def home(self) -> Path:
        return config.home(self.environ)

    @cached_property
    def config(self) -> dict[str, config.Found]:
        return config.load(f"{self.folder}/config.toml", self.environ, self.given)

    @cached_property
    def clock(self) -> Clock:
        from escalate.adapters.clock import SystemClock

        return self._clock or SystemClock()

    @cached_property
    def file(self) -> str:
        """The path of the record. Raises Misconfigured for what this version cannot open."""
        given = self.config["database"].value
        if not given:
            return f"{self.folder}/record.db"
        if given.startswith(("postgresql://", "postgres://")):
            raise Misconfigured(
                "This version keeps its record in SQLite; it cannot open PostgreSQL.",
                hint="Leave --database out, or give the path of a file.",
            )
        return os.path.abspath(os.path.expanduser(given.removeprefix("sqlite://")))

    @cached_property
    def database(self) -> Path:
        from pathlib import Path

        return Path(self.file)

    @cached_property
    def store(self) -> SqliteStore:
        from escalate.adapters.store.sqlite import SqliteStore

        return SqliteStore(self.file, self.clock, wake=self._wake)

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
        if os.path.exists(self.file):
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

    def alive(self, courier: dict[str, Any]) -> bool:
        """Whether a courier that gave a sign of life lives: on this machine it is rung for, since one that was killed
        left its last sign behind. Of another machine the sign is all there is.
        """
        from escalate.adapters.waking import rings

        return courier["host"] != os.uname().nodename or rings(courier["socket"])

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

        # Room for more than a courier has threads, so that none of them waits for a connection.
        limits = httpx.Limits(max_connections=128, max_keepalive_connections=64)
        return httpx.Client(timeout=self.timeout, limits=limits, follow_redirects=False, trust_env=True)

    def channel(self, via: str, roster: Roster) -> Channel:
        """The way out called `via`. Raises Misconfigured where the roster has none, or it cannot be built."""
        from escalate.adapters.channels.registry import build

        key = (roster.version, via)
        if key not in self._channels:
            self._keep_secrets_out_of_logs()
            if via not in roster.channels:
                raise Misconfigured(f"The roster has no channel {via!r}.", hint="Look at it: escalate roster")
            self._channels[key] = build(roster.channels[via], self.secrets, lambda: self.http, self.timeout)
        return self._channels[key]

    _secretive: ClassVar[list[Secrets]] = []

    def _keep_secrets_out_of_logs(self) -> None:
        """Once for the process, before a client library can write its first line; for the secrets of all."""
        from escalate.adapters import redact

        if not Wiring._secretive:
            redact.install(lambda: [value for one in Wiring._secretive for value in one.seen()])
        if self.secrets not in Wiring._secretive:
            Wiring._secretive.append(self.secrets)

    @cached_property
    def stage(self) -> Stage:
        return Stage(self)

    def patient(self) -> Patient:
        """What `doctor` looks at. Its calls to channels are short."""
        return Patient(self)


class Stage:
    """Drills: each has a folder, a record, a roster and receivers of its own."""

    def __init__(self, wiring: Wiring) -> None:
        from escalate.resources import bundled

        self._wiring = wiring
        self._scenarios = bundled("templates") / "drills"

    def all(self) -> list[Scenario]:
        from escalate.adapters.drill import stage

        return [stage.scenario(self._scenarios, name) for name in stage.scenarios(self._scenarios)]

    def perform(self, name: str, *, speed: float, patience: float, say: Callable[[str], None]) -> Ending:
        from escalate.adapters.clock import ScaledClock
        from escalate.adapters.drill import stage
        from escalate.app.delivery import Courier
        from escalate.app.drill import Drill
        from escalate.app.ledger import Author
        from escalate.app.roster import apply

        scenario = stage.scenario(self._scenarios, name)
        folder = self._wiring.home / "drills" / f"{self._wiring.clock.now():%Y%m%dT%H%M%S%fZ}-{name}"
        say(f"DRILL {scenario.title}. {scenario.summary}")
        with stage.Stage(
            folder,
            lambda got: say(f"      {got['by']} received, for {got['to']}: {got['text'].partition(chr(10))[0]}"),
        ) as set_:
            say(
                f"Receivers on this machine: http 127.0.0.1:{set_.ports['http']}, smtp 127.0.0.1:{set_.ports['smtp']} (pid {set_.pid})"
            )
            author = Author(actor="dana", person="dana", source="drill", origin=_machine())
            inner = Wiring(set_.environ(self._wiring.environ), clock=ScaledClock(speed), author=author)
            inner.store.create()
            apply(inner.ledger, inner.read_roster([set_.roster(self._scenarios / "roster.toml")]))
            courier = Courier(inner.courier_ledger(), inner.channel, threads=8)
            drill = Drill(
                inner.ledger,
                courier,
                inner.library,
                inner.texts,
                _into(folder, inner),
                say,
                patience=patience,
            )
            try:
                return drill.run(scenario)
            finally:
                inner.store.close()


def _into(folder: Path, wiring: Wiring) -> Callable[[str, str], Path]:
    def put(name: str, text: str) -> Path:
        wiring.documents.write(folder / name, text)
        return folder / name

    return put


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

    def alive(self, courier: dict[str, Any]) -> bool:
        return self._wiring.alive(courier)


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
