"""The only module that knows who stands behind a port. What a command does not use is not imported."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from escalate import config
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import ModuleType

    from escalate.adapters.authority_file import AuthorityFile
    from escalate.adapters.channels.clients import Clients
    from escalate.adapters.clock_file import ClockFiles
    from escalate.adapters.holiday_calendar import PublicHolidays
    from escalate.adapters.library import Library
    from escalate.adapters.roster_file import Checked
    from escalate.adapters.secrets import Secrets
    from escalate.adapters.store.postgres import PostgresStore
    from escalate.adapters.store.sqlite import SqliteStore
    from escalate.adapters.subject_keys import SubjectKeys
    from escalate.adapters.taxonomy_file import Taxonomies
    from escalate.adapters.templates import Texts
    from escalate.adapters.waking import Bell
    from escalate.app.ledger import Author, Ledger
    from escalate.app.ports import Channel, Clock, Store
    from escalate.domain.guidance.clause import Clause
    from escalate.domain.incident.scoring import Scale
    from escalate.domain.incident.targets import Targets
    from escalate.domain.roster import Roster
    from escalate.wiring.offline import Line
    from escalate.wiring.patient import Patient
    from escalate.wiring.shared import Shared
    from escalate.wiring.stage import Stage

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
        self.verb = "init"
        self.say: Callable[[str], None] = lambda _line: None
        self.doubt: Callable[[str], None] = lambda _line: None

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
        return self.shared.store.clock if self.shared is not None else self.own_clock

    @cached_property
    def own_clock(self) -> Clock:
        from escalate.adapters.clock import SystemClock

        return self._clock or SystemClock()

    @cached_property
    def shared(self) -> Shared | None:
        """What goes with a record on PostgreSQL; None where the record is a file."""
        found = self.config["database"]
        if not config.names_a_server(found.value):
            return None
        from escalate.wiring.shared import Shared

        return Shared(found, self.own_clock, self.secrets, machine())

    @cached_property
    def file(self) -> str:
        """The path of the record, or its address without any secret."""
        given = self.config["database"].value
        if not given:
            return f"{self.folder}/record.db"
        if self.shared is not None:
            return self.shared.address
        return os.path.abspath(os.path.expanduser(given.removeprefix("sqlite://")))

    @cached_property
    def database(self) -> Path:
        """The file of the record. Raises Refused where it has none."""
        from pathlib import Path

        if self.shared is not None:
            from escalate.wiring.shared import no_file

            raise no_file()
        return Path(self.file)

    @property
    def has_record(self) -> bool:
        return self.line.exists() if self.shared is not None else os.path.exists(self.file)

    @property
    def sends(self) -> bool:
        """Whether who asks may send what is owed; on a shared record not everybody may."""
        return self.shared is None or self.line.sends

    @property
    def courier_arguments(self) -> list[str]:
        """How a courier that is started from here is told where the record is."""
        return self.shared.arguments if self.shared is not None else ["--database", os.path.realpath(self.file)]

    @cached_property
    def store(self) -> SqliteStore | PostgresStore:
        if self.shared is not None:
            return self.line  # type: ignore[return-value]
        from escalate.adapters.store.sqlite import SqliteStore

        return SqliteStore(self.file, self.clock, wake=self._wake, doubt=self.doubt)

    @cached_property
    def line(self) -> Line:
        """To a shared record, and what goes on without it."""
        from escalate.wiring.offline import Line

        return Line(self)

    @cached_property
    def shown(self) -> Store:
        """The record as far as whoever asks may read it. Couriers, `verify` and what looks after the file see the whole."""
        if self.shared is not None:
            return self.store
        from escalate.adapters.store.discreet import Discreet

        return Discreet(self.store, lambda: self.author)

    def _wake(self) -> None:
        from escalate.adapters.waking import wake

        wake(self.store)

    def rehearsal(self, clock: Clock) -> AbstractContextManager[SqliteStore]:
        """An empty record that goes away with the block, for finding out what would happen."""
        from escalate.adapters.store.rehearsal import room

        return room(clock)

    def roster_in_force(self) -> dict[str, Any]:
        """As it was applied, to be applied elsewhere."""
        import json

        rows = self.store.rows("roster")
        roster: dict[str, Any] = json.loads(rows[0]["roster"]) if rows else {}
        return roster

    @cached_property
    def texts(self) -> Texts:
        from escalate.adapters.templates import Texts
        from escalate.resources import bundled

        return Texts(self.home / "templates", bundled("templates"))

    def read_roster(self, files: Sequence[Path]) -> Checked:
        """What the files say, all mistakes at once."""
        from escalate.adapters.roster_file import read

        return read(files)

    def read_guidance(self, files: Sequence[Path]) -> list[tuple[Clause, str]]:
        """The clauses in files, each with its file's name; all mistakes at once."""
        from escalate.adapters.guidance_file import read

        return read(files, self.library.text_at)

    @property
    def calendars(self) -> ModuleType:
        """What reads and writes calendar files."""
        from escalate.adapters import calendars

        return calendars

    @property
    def foreign_schedules(self) -> ModuleType:
        """Schedules of other tools."""
        from escalate.adapters import foreign_schedules

        return foreign_schedules

    @property
    def documents(self) -> ModuleType:
        from escalate.adapters import documents

        return documents

    @property
    def upkeep(self) -> ModuleType:
        if self.shared is not None:
            from escalate.adapters.store import pg_upkeep

            return pg_upkeep
        from escalate.adapters.store import upkeep

        return upkeep

    @cached_property
    def library(self) -> Library:
        from escalate.adapters.library import Library
        from escalate.resources import bundled

        return Library(own=self.home, bundled=bundled("templates").parent)

    @cached_property
    def clock_library(self) -> ClockFiles:
        from escalate.adapters.clock_file import ClockFiles
        from escalate.resources import bundled

        return ClockFiles(bundled=bundled("templates").parent, own=self.home)

    @property
    def holidays(self) -> PublicHolidays:
        from escalate.adapters.holiday_calendar import PublicHolidays

        return PublicHolidays()

    @property
    def scale(self) -> Scale:
        """How severity is counted: by the team's own file, else by ours."""
        from escalate.adapters.severity_file import read

        return read(self.home, self.library.text_at)

    @property
    def targets(self) -> Targets:
        """How soon the team wants to have answered. Where it has no scale of its own, no file is read."""
        from escalate.domain.incident.targets import SHIPPED

        own = os.path.exists(f"{self.folder}/templates/severity/core.toml")
        return self.scale.targets if own else SHIPPED

    @property
    def authorities(self) -> AuthorityFile:
        """Whom a person turns to outside, as the team wrote it down."""
        from escalate.adapters.authority_file import AuthorityFile

        today = self.clock.now().date()
        return AuthorityFile(self.home, self.library.text_at, today, lambda: self.taxonomies.in_force().below)

    @property
    def taxonomies(self) -> Taxonomies:
        from escalate.adapters.taxonomy_file import Taxonomies

        return Taxonomies(self.home, self.library.text_at)

    @cached_property
    def author(self) -> Author:
        """Who writes: the operating system's user, as the person of the roster who has that login."""
        from escalate.app.ledger import Author

        if self._author is not None:
            return self._author
        if self.shared is not None:
            return self.line.author
        login = _login()
        person = None
        if os.path.exists(self.file):
            with self.store.reading() as look:
                person = look.person_of(login)
        return Author(
            actor=person or f"os:{login}",
            person=person,
            source=f"operating system user {login}",
            origin=machine(),
        )

    @cached_property
    def ledger(self) -> Ledger:
        from escalate.app.ledger import Ledger

        return Ledger(self.shown, self.clock, Lazy(lambda: self.author), Lazy(lambda: self.texts))  # type: ignore[arg-type]

    def courier_ledger(self) -> Ledger:
        """What a courier writes as."""
        from escalate.app.ledger import Author, Ledger

        offline = self.shared is not None and self.line.is_down
        author = self.author if offline else Author(actor=f"courier:{machine()}", origin=machine())
        return Ledger(self.store, self.clock, author, self.texts)

    def alive(self, courier: dict[str, Any]) -> bool:
        """Whether a courier that gave a sign of life lives: on this machine it is rung for, since one that was killed
        left its last sign behind. Of another machine the sign is all there is.
        """
        from escalate.adapters.waking import rings

        return courier["host"] != os.uname().nodename or rings(courier["socket"])

    def bell(self) -> Bell:
        from escalate.adapters.waking import Bell

        return Bell(str(self.home), self.line.ear() if self.shared is not None else None)

    def install_unit(self) -> Path:
        from escalate.adapters.unit import write

        return write(self.environ, self.file, self.home)

    @cached_property
    def secrets(self) -> Secrets:
        from escalate.adapters.secrets import Secrets

        return Secrets(self.environ)

    @property
    def subject_keys(self) -> SubjectKeys:
        from escalate.adapters.subject_keys import SubjectKeys

        return SubjectKeys(self.secrets)

    @cached_property
    def clients(self) -> Clients:
        from escalate.adapters.channels.clients import Clients

        return Clients(self.timeout)

    def channel(self, via: str, roster: Roster) -> Channel:
        """The way out called `via`. Raises Misconfigured where the roster has none, or it cannot be built."""
        from escalate.adapters import redact
        from escalate.adapters.channels.registry import build

        key = (roster.version, via)
        if key not in self._channels:
            redact.keep_out(self.secrets)  # before a client library can write its first line
            if via not in roster.channels:
                raise Misconfigured(f"The roster has no channel {via!r}.", hint="Look at it: escalate roster")
            self._channels[key] = build(roster.channels[via], self.secrets, self.clients.one, self.timeout)
        return self._channels[key]

    @cached_property
    def stage(self) -> Stage:
        from escalate.wiring.stage import Stage

        return Stage(self)

    def patient(self) -> Patient:
        """What `doctor` looks at. Its calls to channels are short."""
        from escalate.wiring.patient import Patient

        return Patient(self)


class Lazy:
    """Looked up when it is asked for something: a read needs no author, and the template engine costs more than all the
    rest of a short command.
    """

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find

    def __getattr__(self, name: str) -> Any:
        return getattr(self._find(), name)


def _login() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def machine() -> str:
    name = os.uname().nodename
    return "".join(letter if letter.isprintable() and not letter.isspace() else "-" for letter in name) or "unknown"
