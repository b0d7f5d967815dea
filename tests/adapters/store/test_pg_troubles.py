"""PostgreSQL on a bad day: the right failure, nothing half, nothing twice."""

from __future__ import annotations

import select
import threading

import pytest

from escalate.adapters.store import pg_outcome
from escalate.app.incidents import note
from escalate.errors import Conflict, Misconfigured, Unreachable
from pg_stores import at, ledger_at, opened, texts  # noqa: F401
from postgres import empty_pg, pg  # noqa: F401
from tcp_line import line_to

pytestmark = pytest.mark.slow


@pytest.fixture
def line(pg):
    made, url = line_to(pg.url("sender"))
    yield made, url
    made.close()


# ── others ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_waits_too_long_for_an_incident_is_told(ledger_at, pg):
    one, other = ledger_at(pg.url("alice")), ledger_at(pg.url("bob"))
    incident = opened(one)
    other.store.connection().execute("SET lock_timeout = '50ms'")

    with one.writing() as record:
        record.incident(incident)
        with pytest.raises(Conflict, match="Somebody else is writing on it") as caught:
            note(other, incident, "t")
        with other.writing() as theirs:
            assert theirs.tx.free(incident) is None
            assert theirs.tx.glance(incident).ref == "INC-1"
    assert "Nothing was recorded" in caught.value.hint

    note(other, incident, "t")
    assert texts(one, incident) == ["t"]


def test_different_incidents_do_not_wait_for_each_other(ledger_at, pg):
    one, other = ledger_at(pg.url("alice")), ledger_at(pg.url("bob"))
    first, second = opened(one), opened(one)
    other.store.connection().execute("SET lock_timeout = '50ms'")

    with one.writing() as record:
        record.incident(first)
        note(other, second, "t")

    assert texts(one, second) == ["t"]


@pytest.mark.slow
def test_two_who_wait_for_each_other_are_told_apart(ledger_at, pg):
    one, other = ledger_at(pg.url("alice")), ledger_at(pg.url("bob"))
    ids, met, said = (opened(one), opened(one)), threading.Barrier(2), []

    def both(ledger, order):
        try:
            with ledger.writing() as record:
                record.incident(order[0])
                met.wait()
                record.incident(order[1])
        except Conflict as error:
            said.append(error.message)

    thread = threading.Thread(target=both, args=(other, ids[::-1]))
    thread.start()
    both(one, ids)
    thread.join()

    assert said == ["Somebody else was writing at the same moment."]


def test_those_who_say_what_they_need_first_do_not(ledger_at, pg):
    one, other = ledger_at(pg.url("alice")), ledger_at(pg.url("bob"))
    ids = [opened(one) for _ in range(4)]

    def all_of(ledger, order):
        for _ in range(10):
            with ledger.writing() as record:
                record.tx.hold(order)
                assert [record.incident(id_).id for id_ in order] == order

    thread = threading.Thread(target=all_of, args=(other, ids[::-1]))
    thread.start()
    all_of(one, ids)
    thread.join()


def test_what_failed_inside_is_not_taken_for_done(ledger_at, pg):
    ledger = ledger_at(pg.url("alice"))
    incident = opened(ledger)

    with pytest.raises(Conflict, match="did not take all of it"), ledger.writing() as record:
        record.append(record.incident(incident), *_mitigated(record, incident))
        with pytest.raises(Exception, match="nowhere"):
            record.tx._server.execute("SELECT * FROM nowhere")
    assert len(texts(ledger, incident)) == 0


def _mitigated(record, incident):
    from escalate.domain.incident import rules

    return rules.mitigate(record.incident(incident), "stopped")


def test_what_is_wrong_with_one_of_many_writes_is_said(ledger_at, pg):
    ledger = ledger_at(pg.url("alice"))
    incident = opened(ledger)

    with pytest.raises(Conflict, match="record changed"), ledger.writing() as record:
        [known] = record.tx.entries(incident)
        record.append(record.incident(incident), *_mitigated(record, incident))
        record.tx.insert(known, None)
        record.append(record.incident(incident), *_mitigated(record, incident))
    assert len(texts(ledger, incident)) == 0


# ── the line goes ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_to_commit_that_was_lost_is_looked_for(ledger_at, line):
    wire, url = line
    ledger = ledger_at(url)
    incident = opened(ledger)

    wire.cut(b"COMMIT\0", forwarded=True)
    note(ledger, incident, "there once")

    assert wire.cuts == 1
    assert texts(ledger, incident) == ["there once"]


@pytest.mark.parametrize("quietly", [False, True], ids=["the server notices", "the server does not notice"])
def test_a_commit_that_never_arrived_is_a_conflict(ledger_at, line, monkeypatch, quietly):
    monkeypatch.setattr(pg_outcome, "LINGERS", 0.2)
    wire, url = line
    ledger = ledger_at(url)
    incident = opened(ledger)

    wire.cut(b"COMMIT\0", forwarded=False, quietly=quietly)
    with pytest.raises(Conflict, match="lost before it was recorded") as caught:
        note(ledger, incident, "t")

    assert "Nothing was recorded" in caught.value.hint
    assert texts(ledger, incident) == []
    note(ledger, incident, "and the next one works")
    assert texts(ledger, incident) == ["and the next one works"]


def test_a_server_that_took_over_and_never_had_the_commit_is_a_conflict(at, pg):
    store = at(pg.url("alice"))
    store.connection()

    with pytest.raises(Conflict, match="never took it"):
        pg_outcome.find_out(
            store._reconnected,
            pg_outcome.Sent(number=str(2**40 + 7), entry=None, backend=store.greeting.backend, began=""),
            store.place,
        )


@pytest.mark.parametrize("forwarded", [True, False])
def test_where_nobody_can_be_asked_it_is_said_that_it_is_not_known(ledger_at, line, pg, monkeypatch, forwarded):
    monkeypatch.setattr(pg_outcome, "PATIENCE", 0.5)
    wire, url = line
    ledger = ledger_at(url)
    incident = opened(ledger)

    wire.cut(b"COMMIT\0", forwarded=forwarded)
    wire.stop_listening()
    with pytest.raises(Unreachable, match="whether it was is not known") as caught:
        note(ledger, incident, "t")

    assert caught.value.unknown
    assert "escalate timeline" in caught.value.hint
    assert texts(ledger_at(pg.url("sender")), incident) == (["t"] if forwarded else [])


@pytest.mark.parametrize("word", [b"BEGIN", b"lock_head", b"INSERT INTO timeline"])
def test_a_line_that_goes_in_the_middle_leaves_nothing_half(ledger_at, line, word):
    wire, url = line
    ledger = ledger_at(url)
    incident = opened(ledger)

    wire.cut(word, forwarded=False)
    if word == b"BEGIN":
        note(ledger, incident, "t")  # nothing had begun: it is begun again
    else:
        with pytest.raises(Unreachable, match="the connection was lost") as caught:
            note(ledger, incident, "t")
        assert not caught.value.unknown

    assert texts(ledger, incident) == (["t"] if word == b"BEGIN" else [])
    note(ledger, incident, "the next one works")


def end(pg, backend):
    """As an administrator does; PostgreSQL 13 does not wait until it has."""
    raw = pg.connect()
    raw.execute("SELECT pg_terminate_backend(%s)", [backend])
    while raw.execute("SELECT pg_sleep(0.01) FROM pg_stat_activity WHERE pid = %s", [backend]).fetchone():
        pass


def test_a_session_that_was_ended_while_idle_is_begun_again(ledger_at, pg):
    ledger = ledger_at(pg.url("alice"))
    incident = opened(ledger)
    backend = ledger.store.greeting.backend

    end(pg, backend)
    assert texts(ledger, incident) == []

    end(pg, ledger.store.greeting.backend)
    note(ledger, incident, "t")
    assert texts(ledger, incident) == ["t"]


def test_a_session_that_was_ended_at_work_is_said(ledger_at, pg):
    ledger = ledger_at(pg.url("alice"))
    incident = opened(ledger)

    with pytest.raises(Unreachable, match="connection was lost"), ledger.writing() as record:
        record.append(record.incident(incident), *_mitigated(record, incident))
        record.tx.flush()
        end(pg, ledger.store.greeting.backend)
        record.incident(opened(ledger_at(pg.url("bob"))))

    assert texts(ledger, incident) == []


def test_a_database_that_was_set_to_be_read_is_read_and_not_written(ledger_at, pg):
    incident = opened(ledger_at(pg.url("alice")))
    pg.connect().execute(f'ALTER DATABASE "{pg.name}" SET default_transaction_read_only = on')
    ledger = ledger_at(pg.url("alice"))

    with pytest.raises(Misconfigured, match="can only be read"):
        note(ledger, incident, "t")
    assert texts(ledger, incident) == []


# ── who listens ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_said_before_anybody_listened_may_be_news(ledger_at, pg):
    """Also after the line was lost: whoever waits looks at once."""
    ear = ledger_at(pg.url("sender")).store.ear()
    raw = pg.connect()
    try:
        assert not ear.heard()
        for _ in range(2):
            assert ear.fileno() is not None
            assert [ear.heard(), ear.heard()] == [True, False]
            raw.execute("NOTIFY escalate")
            assert select.select([ear.fileno()], [], [], 5)[0]
            assert ear.heard()
            [row] = raw.execute(
                "SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN escalate' AND datname = %s", [pg.name]
            )
            end(pg, row["pid"])
            while not ear.heard():  # first the server's last words, then that it hung up
                assert select.select([ear.fileno()], [], [], 5)[0]
    finally:
        ear.close()
