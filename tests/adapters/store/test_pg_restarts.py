"""A server that is stopped and started, killed, copied and promoted while it is written to."""

from __future__ import annotations

import threading
from collections import Counter
from uuid import uuid4

import pytest

from escalate.adapters.store import pg_outcome
from escalate.adapters.store.pg_clock import ServerClock
from escalate.adapters.store.postgres import PostgresStore
from escalate.app.incidents import note
from escalate.app.ledger import Author, Ledger
from escalate.app.verification import verify_store
from escalate.errors import Conflict, EscalateError, Misconfigured, Unreachable
from own_server import own_servers  # noqa: F401
from pg_stores import Wall, at, ledger_at, opened, texts  # noqa: F401
from tcp_line import line_to

pytestmark = pytest.mark.slow


@pytest.fixture
def primary(own_servers):
    return own_servers()


@pytest.fixture
def base(primary):
    return primary.base()


# ── it is restarted ─────────────────────────────────────────────────────────────────────────────────────────────────


class Writer(threading.Thread):
    """Writes on until it is over, each time on a store of its own as a command does, or on one as a courier does."""

    def __init__(self, url, incident, name, over, wiring, *, stays):
        super().__init__()
        self._url, self._incident, self._name, self._over = url, incident, name, over
        self._wiring, self._stays, self.ended = wiring, stays, {}

    def run(self):
        store, number = None, 0
        while not self._over.is_set():
            number += 1
            if store is None:
                store = PostgresStore(self._url, ServerClock(Wall()))
            self._write(store, f"{self._name} {number}")
            if not self._stays:
                store.close()
                store = None
        if store is not None:
            store.close()

    def _write(self, store, text):
        ledger = Ledger(store, Wall(), Author(actor="db:esc_alice", origin="desk"), self._wiring.texts)
        try:
            note(ledger, self._incident, text)
        except EscalateError as error:
            self.ended[text] = error
        else:
            self.ended[text] = None


def recorded(team):
    return sum(error is None for one in team for error in [*one.ended.values()])


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_what_was_recorded_while_it_was_restarted_is_there_once_and_nothing_else(
    primary, base, ledger_at, wiring, mode
):
    incident, over = opened(ledger_at(base.url("alice"))), threading.Event()
    team = [Writer(base.url("alice"), incident, f"w{n}", over, wiring, stays=n % 2 == 0) for n in range(4)]
    for one in team:
        one.start()
    for round_ in range(5):
        if round_:
            primary.restart(mode)
        done = recorded(team)
        while recorded(team) < done + 20:
            team[0].join(0.01)
    over.set()
    for one in team:
        one.join()

    there = ledger_at(base.url("alice"))
    found = Counter(texts(there, incident))
    ended = {text: error for one in team for text, error in one.ended.items()}
    for text, error in ended.items():
        assert isinstance(error, (type(None), Conflict, Unreachable)), (text, error)
        if not getattr(error, "unknown", False):
            assert found[text] == (error is None), (text, error)
    kinds = Counter("recorded" if error is None else type(error).__name__ for error in ended.values())
    print(f"\n{mode}: {dict(kinds)}, not known {sum(getattr(each, 'unknown', False) for each in ended.values())}")
    assert kinds["recorded"] >= 100
    assert set(found) <= set(ended)
    assert verify_store(there.store).sound


def test_a_number_that_a_crash_gave_back_is_not_believed(primary, base, at):
    """What never came to the disk took no number: the next transaction has it, and may be recorded."""
    store = at(base.url("alice"))
    store.connection()
    began, lost = store.greeting.began, base.connect()
    lost.execute("BEGIN")
    number = lost.execute("SELECT pg_current_xact_id()::text AS number").fetchone()["number"]
    primary.restart("immediate")
    assert number in used_up_to(base, number)

    for entry in (str(uuid4()), None):
        sent = pg_outcome.Sent(number=number, entry=entry, backend=1, began=began)
        with pytest.raises(Unreachable, match="is not known") as caught:
            pg_outcome.find_out(store._reconnected, sent, store.place)
        assert caught.value.unknown


def used_up_to(base, number):
    """The numbers of transactions that are done, up to that one."""
    raw, found = base.connect(), []
    while not found or int(found[-1]) < int(number):
        found.append(raw.execute("SELECT pg_current_xact_id()::text AS number").fetchone()["number"])
    return found


# ── another takes over ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def standby(own_servers, primary, base):
    return own_servers(of=primary)


@pytest.fixture
def wire(base):
    """A line to the primary, and a URL over it; `wire.leads_to(server)` is where the next connection goes."""
    made, url = line_to(base.url("sender"))
    made.url = url
    made.leads_to = lambda server: setattr(made, "_target", f"{server.folder}/.s.PGSQL.5432")
    yield made
    made.close()


def hears_no_more(standby):
    standby.run("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
    raw = standby.base("postgres").connect()
    while raw.execute("SELECT pg_sleep(0.01) FROM pg_stat_wal_receiver").fetchone():
        pass


def caught_up(standby, base):
    [row] = base.connect().execute("SELECT pg_current_wal_lsn() AS at")
    raw = standby.base("postgres").connect()
    while raw.execute("SELECT pg_sleep(0.01) WHERE pg_last_wal_replay_lsn() < %s::pg_lsn", [row["at"]]).fetchone():
        pass


@pytest.mark.parametrize("gave_it_again", [True, False], ids=["and gave its number again", "and did not come so far"])
def test_a_standby_that_took_over_without_the_last_is_not_asked_about_its_number(
    primary, base, standby, wire, ledger_at, gave_it_again
):
    ledger = ledger_at(wire.url)
    incident = opened(ledger)
    caught_up(standby, base)
    hears_no_more(standby)
    standby.promote()
    if gave_it_again:
        [row] = base.connect().execute("SELECT pg_current_xact_id()::text AS number")
        used_up_to(standby.base(), int(row["number"]) + 20)

    wire.leads_to(standby)
    wire.cut(b"COMMIT\0", forwarded=True)
    with pytest.raises(Unreachable if gave_it_again else Conflict) as caught:
        note(ledger, incident, "t")

    assert wire.cuts == 1
    assert getattr(caught.value, "unknown", False) is gave_it_again
    assert texts(ledger, incident) == []
    note(ledger, incident, "and the next one works")


def test_a_standby_that_has_it_says_so(base, standby, wire, ledger_at):
    ledger = ledger_at(wire.url)
    incident = opened(ledger)

    wire.leads_to(standby)
    wire.cut(b"COMMIT\0", forwarded=True)
    note(ledger, incident, "there once")

    assert wire.cuts == 1
    assert ledger.store.greeting.standby
    assert texts(ledger_at(base.url("alice")), incident) == ["there once"]


def test_a_standby_that_does_not_have_it_yet_is_no_witness(primary, base, standby, wire, ledger_at):
    ledger = ledger_at(wire.url)
    incident = opened(ledger)
    caught_up(standby, base)
    hears_no_more(standby)

    wire.leads_to(standby)
    wire.cut(b"COMMIT\0", forwarded=True)
    back = threading.Timer(1.0, wire.leads_to, [primary])
    back.start()
    note(ledger, incident, "there once")

    back.join()
    assert wire.cuts == 1
    assert texts(ledger, incident) == ["there once"]


def test_who_waits_at_a_standby_goes_on_when_it_takes_over(base, standby, ledger_at):
    incident = opened(ledger_at(base.url("alice")))
    caught_up(standby, base)
    ledger = ledger_at(standby.base().url("alice"))

    assert texts(ledger, incident) == []
    with pytest.raises(Misconfigured, match="can only be read"):
        note(ledger, incident, "t")
    standby.promote()
    note(ledger, incident, "on the same store")

    assert texts(ledger, incident) == ["on the same store"]


def test_what_is_recorded_is_on_the_disk_whatever_the_server_does_for_others(base, at):
    base.connect().execute("ALTER DATABASE team SET synchronous_commit = off")

    assert (
        at(base.url("alice")).connection().execute("SHOW synchronous_commit").fetchone()["synchronous_commit"] == "on"
    )


@pytest.mark.parametrize("ours", [True, False], ids=["the primary first", "the standby first"])
def test_of_several_addresses_the_one_that_is_written_to_is_found(base, primary, standby, ledger_at, ours):
    places = [primary, standby] if ours else [standby, primary]
    hosts = ",".join(str(one.folder) for one in places)
    ledger = ledger_at(f"postgresql://esc_alice@/team?host={hosts}&port=5432&target_session_attrs=read-write")

    incident = opened(ledger)
    note(ledger, incident, "t")

    assert texts(ledger_at(base.url("alice")), incident) == ["t"]
    caught_up(standby, base)
    primary.stop()
    with pytest.raises(Unreachable):
        note(ledger, incident, "nobody takes it")
    standby.promote()
    note(ledger, incident, "u")
    assert texts(ledger, incident) == ["t", "u"]
