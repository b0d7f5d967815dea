"""Getting to a record on PostgreSQL, or being told why not."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime

import pytest

import postgres
from escalate.errors import Misconfigured, Unreachable
from pg_stores import at, ledger_at, opened, texts  # noqa: F401
from postgres import empty_pg, pg  # noqa: F401

pytestmark = pytest.mark.slow

# ── getting there ───────────────────────────────────────────────────────────────────────────────────────────────────


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("postgresql://ann@127.0.0.1:{port}/esc", "refused", id="nobody listens"),
        pytest.param("postgresql://ann@nowhere.invalid/esc", "resolve", id="no such name"),
        pytest.param("postgresql://ann@/esc?host=/nowhere", "No such file", id="no such socket"),
    ],
)
def test_a_server_that_is_not_there_cannot_be_reached(at, url, says):
    with pytest.raises(Unreachable, match=f"cannot be reached: .*{says}") as caught:
        at(url.format(port=free_port())).connection()

    assert (caught.value.exit_code, caught.value.unknown) == (7, False)
    assert "Nothing was recorded" in caught.value.hint


@pytest.mark.slow
def test_a_server_that_does_not_answer_cannot_be_reached(at):
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(Unreachable, match="timeout"):
        at(f"postgresql://ann@127.0.0.1:{mute.getsockname()[1]}/esc?connect_timeout=2").connection()


def _hang_up(rude):
    client, _address = rude.accept()
    client.close()


def test_one_that_hangs_up_cannot_be_reached(at):
    with socket.create_server(("127.0.0.1", 0)) as rude:
        threading.Thread(target=lambda: _hang_up(rude), daemon=True).start()
        with pytest.raises(Unreachable):
            at(f"postgresql://ann@127.0.0.1:{rude.getsockname()[1]}/esc?sslmode=disable").connection()


@pytest.mark.parametrize(
    ("user", "database", "says"),
    [
        pytest.param("esc_alice", "esc_nowhere", "does not let you in: database .esc_nowhere. does not exist", id="no database"),
        pytest.param("nobody_knows", "postgres", "does not let you in: role .nobody_knows. does not exist", id="no such login"),
    ],
)  # fmt: skip
def test_what_somebody_must_put_right_is_no_matter_of_the_line(at, user, database, says):
    with pytest.raises(Misconfigured, match=says) as caught:
        at(postgres.server().url_of(database, user)).connection()

    assert "escalate config show" in caught.value.hint


@pytest.fixture
def locked(pg):
    if not postgres.server().ours:
        pytest.skip("the login that needs a password is on the server that the tests start")
    return pg.url("locked")


def test_without_a_password_it_is_said_how_to_give_one(at, locked):
    with pytest.raises(Misconfigured, match="it wants a password") as caught:
        at(locked).connection()

    assert "escalate login database" in caught.value.hint


def test_a_wrong_password_is_said_and_not_repeated(at, locked):
    with pytest.raises(Misconfigured, match="password authentication failed") as caught:
        at(locked, lambda: "canary-wrong").connection()

    assert "canary" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.exit_code == 6


def test_it_is_asked_for_only_where_the_server_wants_one(at, locked, pg):
    asked = []

    def give():
        asked.append(1)
        return postgres.PASSWORD

    at(pg.url("alice"), give).connection()
    assert asked == []
    at(locked, give).connection()
    assert asked == [1]


# ── what is there ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        pytest.param([], "There is no record at", id="nothing"),
        pytest.param(["CREATE SCHEMA escalate"], "belongs to another program", id="another program's schema"),
    ],
)
def test_what_is_no_record_is_neither_read_nor_made_one(at, empty_pg, statements, says):
    empty_pg.server.run(*statements, database=empty_pg.name)

    with pytest.raises(Misconfigured, match=says) as caught:
        at(empty_pg.url()).connection()
    assert caught.value.hint


def test_a_newer_record_is_left_alone(at, pg):
    pg.server.run("INSERT INTO escalate.schema_version VALUES (99)", database=pg.name)

    for attempt in (at(pg.url("alice")).connection, at(pg.url()).create):
        with pytest.raises(Misconfigured, match="newer escalate .schema 99"):
            attempt()


def test_a_database_that_is_not_utf8_is_refused(at, empty_pg):
    name = f"{empty_pg.name}_ascii"
    empty_pg.server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    try:
        with pytest.raises(Misconfigured, match="keeps text as SQL_ASCII"):
            at(empty_pg.server.url_of(name)).create()
    finally:
        empty_pg.server.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_who_was_granted_nothing_sees_nothing(at, pg):
    with pytest.raises(Misconfigured, match="esc_stranger may not see") as caught:
        at(pg.url("stranger")).connection()

    assert "escalate db grant-role esc_stranger member" in caught.value.hint


def test_a_right_that_is_missing_is_said(at, pg):
    missing = pytest.raises(Misconfigured, match="does not let you: permission denied")
    with missing as caught, at(pg.url("alice")).writing() as tx:
        tx.beat({"id": "c", "host": "h", "pid": 1, "socket": "", "started_at": "x", "beat_at": "x"})
        tx.couriers(datetime.now(UTC))

    assert "A courier's login sends, and may nothing else" in caught.value.hint


def test_many_can_make_it_at_once(at, empty_pg):
    made, start = [], threading.Barrier(4)

    def make():
        store = at(empty_pg.url())
        start.wait()
        made.append(store.create())

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == [False, False, False, True]
    assert at(empty_pg.url()).create() is False


@pytest.mark.parametrize(
    "said",
    [
        "the database system is starting up",
        "the database system is shutting down",
        "terminating connection due to administrator command",
        "terminating connection because of crash of another server process",
        "sorry, too many clients already",
    ],
)
def test_a_server_that_may_take_us_in_a_while_is_one_that_cannot_be_reached(said):
    """Also where it goes while it is being entered: what is to be recorded is kept on this machine then."""
    import psycopg

    from escalate.adapters.store.pg_failures import not_connected

    error = psycopg.OperationalError(
        f'connection failed: connection to server at "127.0.0.1", port 5432 failed: FATAL:  {said}'
    )

    assert isinstance(not_connected(error, "db.example.org"), Unreachable)
