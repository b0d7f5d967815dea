"""`db copy`: a record goes to PostgreSQL and back."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from escalate.wiring import Wiring
from forged import PAGE, forge
from moved import KEY, fill, held
from postgres import empty_pg, pg  # noqa: F401
from telling import TOKENS
from two_people import BOB, ROSTER, ledger_of

pytestmark = pytest.mark.slow


@pytest.fixture
def environ(environ):
    return {**environ, **TOKENS, "ESCALATE_SECRET_SUBJECTS": KEY}


@pytest.fixture
def record(escalate, tmp_path):
    fill(escalate, tmp_path)
    return escalate


@pytest.fixture
def there(environ, escalate, pg):
    """Runs a command on the shared record: `there("copier", "list")`."""

    def run(user, line, **more):
        wiring = Wiring(
            {**environ, "ESCALATE_HOME": f"{environ['ESCALATE_HOME']}-{user}", "ESCALATE_DATABASE": pg.url(user)}
        )
        try:
            return escalate(line, wired=wiring, **more)
        finally:
            wiring.shared.store.close()

    return run


def rows_at(url):
    from escalate.adapters.store.pg_clock import ServerClock
    from escalate.adapters.store.postgres import PostgresStore
    from pg_stores import Wall

    store = PostgresStore(url, ServerClock(Wall()))
    try:
        return held(store)
    finally:
        store.close()


def test_there_and_back_is_the_same_to_the_byte(record, wiring, there, pg, tmp_path):
    before = held(wiring.store)
    assert all(before.values()), [table for table, rows in before.items() if not rows]

    out = record(["db", "copy", "--to", pg.url("copier"), "--json"])

    assert out.exit_code == 0, out.stderr
    assert (out.data["same"], out.data["incidents"], out.data["differing"]) == (True, 3, [])
    assert rows_at(pg.url("copier")) == before
    back = there("copier", ["db", "copy", "--to", str(tmp_path / "back.db")])
    assert back.exit_code == 0, back.stderr
    wiring.store.close()
    again = Wiring({**wiring.environ, "ESCALATE_DATABASE": str(tmp_path / "back.db")})
    assert held(again.store) == before
    again.store.close()


def test_one_incident_that_cannot_be_read_keeps_no_other_from_being_copied(record, wiring, there, pg, tmp_path):
    with closing(sqlite3.connect(wiring.store.file, isolation_level=None)) as raw:
        [damaged] = raw.execute("SELECT incident FROM numbers WHERE number = 1").fetchone()
        for [name] in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        forge(raw, damaged, PAGE)
    before = held(wiring.store)

    out = record(["db", "copy", "--to", pg.url("copier")])
    back = there("copier", ["db", "copy", "--to", str(tmp_path / "back.db")])

    for done in (out, back):
        assert done.exit_code == 4
        assert "INC-1" in done.stdout
        assert "it cannot be understood" in done.stdout
    assert rows_at(pg.url("copier")) == before
    assert "INC-2" in {one["ref"] for one in there("alice", "list --json").data}


def test_what_is_derived_is_there_as_well(record, there, pg):
    assert record(["db", "copy", "--to", pg.url("copier")]).exit_code == 0

    assert [one["ref"] for one in there("alice", "list --json").data] == ["INC-3", "INC-2", "INC-1"]
    assert there("copier", "verify").exit_code == 0
    assert len(there("alice", "search desk --json").data) == 1
    counted = {
        table: pg.connect().execute(f"SELECT count(*) AS n FROM escalate.{table}").fetchone()["n"]
        for table in ("incidents", "pages", "codes", "timers", "search", "sightings", "logins", "team_people")
    }
    assert all(counted.values()), counted


def test_what_was_restricted_is_restricted_there(record, there, pg):
    assert record(["db", "copy", "--to", pg.url("copier")]).exit_code == 0

    assert [one["ref"] for one in there("bob", "list --json").data] == ["INC-3"]
    assert there("bob", "show INC-2").exit_code == 3


def test_what_was_restricted_by_an_entry_that_was_erased_is_restricted_there(
    wiring, ledger, apply_roster, pg, there, escalate
):
    from escalate.app import access, erasing, incidents

    apply_roster(ROSTER.replace('"bo"', '"bo", "esc_bob"').replace('"ang"', '"ang", "esc_alice"'))
    id_ = incidents.open_incident(ledger, incidents.Opening(title="a name", restricted=True, quiet=True)).incident.id
    access.grant(ledger, id_, "person:bob", "runs the interview")
    bobs = ledger_of(wiring, BOB)
    erasing.ask(ledger, id_, "1", "it names somebody")
    erasing.confirm(bobs, id_, "1", "agreed")

    out = escalate(["db", "copy", "--to", pg.url("copier")])

    assert out.exit_code == 0, out.stderr
    assert there("carol", "list --json").data == []
    assert there("carol", "show INC-1").exit_code == 3
    assert there("bob", "show INC-1").exit_code == 0
    assert there("alice", "show INC-1").exit_code == 0
    seen = pg.connect("carol").execute("SELECT count(*) AS n FROM escalate.timeline").fetchone()
    assert seen == {"n": 0}


def test_it_is_compared_again_and_says_what_differs(record, there, pg):
    record(["db", "copy", "--to", pg.url("copier")])
    assert record(["db", "copy", "--to", pg.url("copier"), "--check"]).exit_code == 0

    record("log 'written too late' -i INC-3")
    checked = record(["db", "copy", "--to", pg.url("copier"), "--check", "--json"])

    assert checked.exit_code == 4
    assert checked.data["differing"] == ["INC-3: entry 2 is only here"]
    assert checked.data["copied"] is False


CHANGED = {
    "UPDATE escalate.timeline SET actor = 'mallory' WHERE seq = 2": "entry 2, digest",
    "UPDATE escalate.messages SET state = 'sent'": "queued here, sent there",
    "UPDATE escalate.rosters SET source = 'x'": "roster 1: not the same",
    "UPDATE escalate.heads SET seq = seq + 1": "its head differs",
    "DELETE FROM escalate.numbers WHERE number = 3": "number 3: only here",
    "UPDATE escalate.restricted SET active = false": "lets others read it than its timeline says",
    "DELETE FROM escalate.clauses": "clause har-3.2 4: only here",
    "UPDATE escalate.incidents SET status = 'closed'": "INC-2",
}


def test_what_was_changed_there_is_found_also_in_what_is_restricted(record, pg):
    record(["db", "copy", "--to", pg.url("copier")])
    raw = pg.connect()
    raw.execute("SET session_replication_role = replica")
    for statement in CHANGED:
        raw.execute(statement)

    checked = record(["db", "copy", "--to", pg.url("copier"), "--check", "--json"])

    assert checked.exit_code == 4
    for said in CHANGED.values():
        assert any(said in one for one in checked.data["differing"]), (said, checked.data["differing"])


def test_a_record_that_is_not_there_is_made(record, empty_pg):
    out = record(["db", "copy", "--to", empty_pg.url(), "--json"])

    assert (out.exit_code, out.data["same"]) == (0, True)


def test_what_holds_something_already_is_left_alone(record, there, pg):
    assert record(["db", "copy", "--to", pg.url("copier")]).exit_code == 0
    before = rows_at(pg.url("copier"))

    again = record(["db", "copy", "--to", pg.url("copier")])

    assert again.exit_code == 4
    assert "holds incidents already" in again.stderr
    assert rows_at(pg.url("copier")) == before


@pytest.mark.parametrize("user", ["alice", "keeper", "courier"])
def test_who_does_not_own_it_is_told_what_to_ask_for(record, there, pg, tmp_path, user):
    for result in (
        record(["db", "copy", "--to", pg.url(user)]),
        there(user, ["db", "copy", "--to", str(tmp_path / "b.db")]),
    ):
        assert result.exit_code == 4
        assert f"GRANT escalate_owner TO esc_{user};" in result.stderr
        assert f"REVOKE escalate_owner FROM esc_{user};" in result.stderr
    assert not (tmp_path / "b.db").exists()


def test_a_record_that_does_not_verify_is_not_copied(record, wiring, pg):
    import sqlite3

    wiring.store.close()
    with sqlite3.connect(wiring.file) as raw:
        raw.execute("DROP TRIGGER timeline_only_erases")
        raw.execute("UPDATE timeline SET actor = 'mallory' WHERE seq = 2")
    raw.close()

    out = record(["db", "copy", "--to", pg.url("copier")])

    assert (out.exit_code, "does not verify" in out.stderr) == (4, True)
    assert not any(rows_at(pg.url("copier")).values())


def test_while_a_courier_sends_from_it_it_stays(record, wiring, pg, clock):
    from escalate.domain.instants import to_text

    now = to_text(clock.now())
    with wiring.store.writing() as pen:
        pen.beat({"id": "c1", "host": "elsewhere", "pid": 7, "socket": "", "started_at": now, "beat_at": now})

    refused = record(["db", "copy", "--to", pg.url("copier")])
    assert (refused.exit_code, "elsewhere (process 7)" in refused.stderr) == (4, True)
    assert record(["db", "copy", "--to", pg.url("copier"), "--force"]).exit_code == 0


def test_what_is_owed_goes_along_and_is_said(record, pg):
    out = record(["db", "copy", "--to", pg.url("copier")])

    assert out.exit_code == 0
    assert "still owed" in out.stdout
    assert "The old record stays as it is." in out.stdout


@pytest.mark.parametrize(
    ("to", "exit_code", "said"),
    [
        pytest.param("other.db", 4, "escalate db backup", id="a file to a file"),
        pytest.param("postgresql://ann:canary-pass@127.0.0.1:1/esc", 6, "PGPASSFILE", id="a password"),
        pytest.param("postgresql://127.0.0.1:1/esc", 7, "cannot be reached", id="nobody there"),
    ],
)
def test_where_it_cannot_go(escalate, to, exit_code, said):
    escalate("init")
    result = escalate(["db", "copy", "--to", to])

    assert (result.exit_code, said in result.stderr) == (exit_code, True), result.stderr
    assert "canary" not in result.stdout + result.stderr


def test_without_a_record_there_is_nothing_to_copy(escalate, pg):
    assert escalate(["db", "copy", "--to", pg.url("copier")]).exit_code == 6
