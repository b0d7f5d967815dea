"""A record that a team shares, on a PostgreSQL server of the tests, and by the clock on the wall: fixtures."""

from __future__ import annotations

import time

import pytest

from escalate.adapters.store.pg_clock import ServerClock
from escalate.adapters.store.postgres import PostgresStore
from escalate.app.ledger import Author, Ledger
from escalate.app.paging import ping
from escalate.wiring import Wiring
from pg_stores import Wall
from postgres import database
from telling import TOKENS, Receivers, roster

LOGINS = {"alice": "esc_alice", "bob": "esc_bob", "carol": "esc_carol", "dana": "esc_sender"}


class Punctual(Receivers):
    """Keeps when each message came."""

    def __init__(self, server):
        self.came = []
        super().__init__(server)

    def _reply(self, request):
        self.came.append((time.monotonic(), request.get_data(as_text=True)))
        return super()._reply(request)

    def seconds_to(self, url, word, texts):
        """From when a ping with that word is being recorded until it comes. Nobody rings for couriers of this machine, as
        commands do: only the database tells them.
        """
        store = PostgresStore(url, ServerClock(Wall()))
        try:
            with store.reading() as look:
                [incident] = look.incidents(statuses=("open",))
            ledger = Ledger(store, Wall(), Author(actor=store.greeting.actor, origin="desk"), texts)
            began = time.monotonic()
            ping(ledger, incident.id, ("legal",), word)
        finally:
            store.close()
        while time.monotonic() < began + 15:
            if found := [at for at, body in self.came if word in body]:
                return found[0] - began
            time.sleep(0.01)
        raise AssertionError(f"{word} did not come in 15 seconds")


@pytest.fixture
def shared_pg():
    """A database with the tables, in which the roster's people have logins."""
    made = database()
    yield made
    made.close()


@pytest.fixture
def as_(shared_pg, environ):
    """Everything wired up for one who logs in so: `as_("alice")`; closed with the test."""
    made = []

    def wired(user, **more):
        wiring = Wiring({**environ, **TOKENS, "ESCALATE_DATABASE": shared_pg.url(user), **more})
        made.append(wiring)
        return wiring

    yield wired
    for wiring in made:
        wiring.store.close()


@pytest.fixture
def put_roster(as_, tmp_path):
    """Puts a roster in force, as the one who may; its people log in as in LOGINS. Waits of policies may be given in
    seconds: shorter than a file may say.
    """

    def put(http="http://127.0.0.1:9", text="", **seconds):
        from escalate.app.roster import apply

        path = tmp_path / "roster.toml"
        given = text or roster(http)
        for person, login in LOGINS.items():
            given = given.replace(f"[people.{person}]\n", f'[people.{person}]\nlogins = ["{login}"]\n')
        path.write_text(given)
        keeper = as_("keeper")
        checked = keeper.read_roster([path])
        for name, wait in seconds.items():
            for step in checked.roster["policies"][name]["steps"]:
                step["wait"] = wait
        return apply(keeper.ledger, checked)

    return put


@pytest.fixture
def said(environ, shared_pg, escalate, tmp_path, monkeypatch):
    """Runs a command as one of the logins: `said("alice", "log x")`. With `code=None` it may end as it likes."""
    from escalate.wiring import Wiring

    monkeypatch.chdir(tmp_path)

    def run(user, line, *, code=0, stdin="", **more):
        home = f"{environ['ESCALATE_HOME']}-{user}"
        wiring = Wiring({**environ, "ESCALATE_HOME": home, "ESCALATE_DATABASE": shared_pg.url(user), **more})
        try:
            result = escalate(line, wired=wiring, stdin=stdin)
        finally:
            wiring.shared.store.close()
        assert code is None or result.exit_code == code, (line, result.exit_code, result.stdout, result.stderr)
        return result

    return run
