"""The command line on a shared record: who may do what, what is never shown, and couriers elsewhere."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import escalate as package
import postgres
from postgres import empty_pg  # noqa: F401
from shared import Punctual, as_, put_roster, shared_pg  # noqa: F401
from telling import TOKENS

pytestmark = pytest.mark.slow

SOURCE = str(Path(package.__file__).parents[1])


@pytest.fixture
def said(environ, shared_pg, escalate):
    """Runs a command as one of the logins: `said("alice", "log x")`."""
    from escalate.wiring import Wiring

    def run(user, line, **more):
        home = f"{environ['ESCALATE_HOME']}-{user}"
        given = {**environ, "ESCALATE_HOME": home, "ESCALATE_DATABASE": shared_pg.url(user), **more}
        return closed(escalate, line, Wiring(given))

    return run


def closed(escalate, line, wiring):
    try:
        return escalate(line, wired=wiring)
    finally:
        wiring.shared.store.close()


@pytest.fixture
def environ(environ):
    return {**environ, **TOKENS}


def test_a_record_is_made_once_by_who_may(empty_pg, environ, escalate):
    from escalate.wiring import Wiring

    def run(line, user=None):
        return closed(escalate, line, Wiring({**environ, "ESCALATE_DATABASE": empty_pg.url(user)}))

    assert "There is no record here yet." in run("").stdout
    early = run("log x", "alice")
    assert (early.exit_code, "escalate init" in early.stderr) == (6, True)
    assert [run("init --json").data["created"] for _ in range(2)] == [True, False]
    assert run("list", "alice").exit_code == 0


def test_who_writes_is_who_logged_in(said, put_roster):
    put_roster()

    assert said("alice", "whoami --json").data["actor"] == "alice"
    assert said("alice", "open 'Reports of coordinated sign-ups' --json").exit_code == 0
    assert said("bob", "log 'called the desk' --json").data["actor"] == "bob"
    assert said("carol", "timeline --json").exit_code == 0
    assert said("alice", "verify").exit_code == 0
    stranger = said("stranger", "list")
    assert (stranger.exit_code, "db grant-role esc_stranger member" in stranger.stderr) == (6, True)


def test_a_password_is_not_taken_from_where_others_read_it(environ, escalate, home):
    from escalate.wiring import Wiring

    address = "postgresql://ann:canary-pass@127.0.0.1:1/esc"
    home.mkdir()
    (home / "config.toml").write_text(f'database = "{address}"\n')

    for result in (escalate(["--database", address, "list"]), escalate("list")):
        assert result.exit_code == 6
        assert "escalate login database" in result.stderr
        assert "canary" not in result.stdout + result.stderr
    away = escalate("verify", wired=Wiring({**environ, "ESCALATE_DATABASE": address}))
    assert away.exit_code == 7
    assert "canary" not in away.stdout + away.stderr


def test_the_password_comes_from_where_secrets_are(said, shared_pg):
    if not postgres.server().ours:
        pytest.skip("the login that needs a password is on the server that the tests start")

    assert said("locked", "list").exit_code == 6
    assert said("locked", "list", ESCALATE_SECRET_DATABASE=postgres.PASSWORD).exit_code == 0
    wrong = said("locked", "list", ESCALATE_SECRET_DATABASE="canary-wrong")
    assert (wrong.exit_code, "canary" in wrong.stderr) == (6, False)


def test_what_is_done_with_files_is_refused(said):
    for line in ("db backup copy.db", "db restore copy.db --yes"):
        result = said("alice", line)
        assert (result.exit_code, "pg_dump" in result.stderr) == (4, True)


def test_guards_are_looked_at_and_projections_made_again(said, shared_pg, put_roster):
    put_roster()
    said("alice", "open 'Reports of coordinated sign-ups'")
    said("alice", "log 'called the desk'")

    assert said("alice", "db check").exit_code == 0
    assert said("alice", "db rebuild").exit_code == 6
    raw = shared_pg.connect()
    raw.execute("SET session_replication_role = replica")
    raw.execute("DELETE FROM escalate.search")
    raw.execute("UPDATE escalate.incidents SET status = 'closed'")
    assert said("alice", "verify").exit_code == 4
    rebuilt = said(None, "db rebuild --json")
    assert rebuilt.data == {"incidents": 1, "entries": 2}
    assert said("alice", "verify").exit_code == 0
    assert len(said("alice", "search desk --json").data) == 1

    raw.execute("ALTER TABLE escalate.timeline DISABLE TRIGGER timeline_only_erases")
    raw.execute("ALTER TABLE escalate.messages DISABLE ROW LEVEL SECURITY")
    found = said("alice", "db check --json")
    assert found.exit_code == 4
    assert "timeline_only_erases on timeline is switched off" in found.stdout
    assert "everybody may read all of messages" in found.stdout


def test_rules_that_let_more_in_are_named(said, shared_pg):
    raw = shared_pg.connect()
    raw.execute("ALTER POLICY known ON escalate.timeline USING (true)")
    raw.execute("DROP POLICY erased ON escalate.timeline")
    raw.execute("CREATE POLICY mine ON escalate.heads USING (true)")
    raw.execute("GRANT SELECT (number) ON escalate.incidents TO esc_stranger")
    raw.execute("GRANT EXECUTE ON FUNCTION escalate.granted() TO PUBLIC")

    assert said("alice", "db check --json").data["problems"] == [
        "the policy erased on timeline is missing",
        "the policy mine on heads is not escalate's",
        "the policy known on timeline is not as escalate makes it",
        "everybody was given rights on granted, past the roles of escalate",
        "esc_stranger was given rights on incidents, past the roles of escalate",
    ]


def test_who_may_not_send_is_told_so(said, put_roster):
    put_roster()
    work = said("alice", "work --once")

    assert (work.exit_code, "db grant-role esc_alice courier" in work.stderr) == (6, True)
    assert said("courier", "work --once").exit_code == 0


def test_without_a_courier_what_is_owed_is_said(said, put_roster):
    put_roster()
    said("alice", "open 'Reports of coordinated sign-ups'")
    result = said("alice", "ping legal board -m 'please look'")

    assert result.exit_code == 9
    assert "no channel reaches" in result.stderr
    assert "You may not send from here" in result.stderr


@pytest.fixture
def at_work(environ, shared_pg, tmp_path):
    """A courier in a process of its own, on a login of a machine; told to end with the test."""
    started = []

    def start(user="courier"):
        given = {**environ, "PYTHONPATH": SOURCE, "ESCALATE_HOME": str(tmp_path / f"machine-{len(started)}"),
                 "ESCALATE_DATABASE": shared_pg.url(user), "PYTHONWARNINGS": "ignore"}  # fmt: skip
        words = [sys.executable, "-m", "escalate", "work"]
        started.append(subprocess.Popen(words, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.communicate(timeout=20)


def test_a_courier_elsewhere_sends_within_a_second(said, as_, at_work, put_roster, httpserver, shared_pg):
    receivers = Punctual(httpserver)
    put_roster(httpserver.url_for(""))
    at_work()
    wiring, end = as_("alice"), time.monotonic() + 15
    while time.monotonic() < end:
        with wiring.store.reading() as look:
            if look.couriers(wiring.clock.now().replace(year=2000)):
                break
        time.sleep(0.05)
    time.sleep(0.5)  # past its first round, and waiting
    said("alice", "open 'Reports of coordinated sign-ups' --quiet-open")

    waited = [receivers.seconds_to(shared_pg.url("alice"), f"word-{number}", wiring.texts) for number in range(6)]
    print("\nseconds from being recorded to the channel:", *(f"{one:.2f}" for one in waited))
    assert max(waited) < 1


WRITE = """
import sys, time
from escalate.app.incidents import note
from escalate.wiring import Wiring
wiring, worst = Wiring(), 0.0
for number in range(10):
    began = time.monotonic()
    note(wiring.ledger, sys.argv[1], f"{sys.argv[2]} {number}")
    worst = max(worst, time.monotonic() - began)
print(worst)
"""


@pytest.mark.slow
def test_eight_processes_lose_and_double_nothing(environ, as_, shared_pg, put_roster, tmp_path):
    from escalate.app.incidents import Opening, open_incident
    from escalate.app.verification import verify_store

    put_roster()
    alice = as_("alice")
    incident = open_incident(alice.ledger, Opening(title="t")).incident.id
    given = {**environ, "PYTHONPATH": SOURCE, "ESCALATE_DATABASE": shared_pg.url("alice")}
    code = WRITE
    started = [
        subprocess.Popen([sys.executable, "-c", code, incident, f"writer-{number}"], env=given, stdout=subprocess.PIPE)
        for number in range(8)
    ]
    for process in started:
        out, _err = process.communicate(timeout=60)
        assert process.returncode == 0, out

    with alice.store.reading() as look:
        texts = [entry.event.text for entry in look.entries(incident)[1:]]
    assert sorted(texts) == sorted(f"writer-{one} {number}" for one in range(8) for number in range(10))
    assert verify_store(alice.store).sound


def test_what_one_may_not_see_is_not_called_missing(said, put_roster):
    put_roster()
    said("alice", "open 'Open to all'")
    said("alice", "open 'For a few' --restricted")

    assert said("alice", "verify").exit_code == 0
    result = said("bob", "verify")
    assert (result.exit_code, "not visible to you: 1 incident." in result.stdout) == (0, True)
    assert said("bob", "log x -i 2").exit_code == 3


def test_a_record_is_sound_while_a_break_glass_is_still_to_be_told(said, put_roster, shared_pg):
    put_roster()
    said("alice", "open 'For a few' --restricted")
    said("alice", "log 'called the desk'")
    assert said("bob", "break-glass INC-1 --why 'nobody answers'").exit_code in {0, 9}
    assert said("carol", "break-glass INC-1 --why 'nobody answers'").exit_code in {0, 9}

    for who in ("alice", "bob", None):
        assert (said(who, "verify").exit_code, said(who, "verify --json").data["entries"]) == (0, 4)
    raw = shared_pg.connect()
    raw.execute("DELETE FROM escalate.timers")
    assert said("alice", "verify").exit_code == 4
    assert said(None, "db rebuild").exit_code == 0
    assert said("alice", "verify").exit_code == 0
    said("alice", "log 'and goes on'")
    assert said("alice", "verify").exit_code == 0


def test_the_owners_own_verify_every_chain(said, put_roster, shared_pg):
    put_roster()
    said("alice", "open 'For a few' --restricted")
    result = said("copier", "verify --json")

    assert (result.exit_code, result.data["entries"]) == (0, 1)
    with shared_pg.connect() as raw:
        raw.execute("ALTER TABLE escalate.timeline DISABLE TRIGGER USER")
        raw.execute("UPDATE escalate.timeline SET actor = 'somebody'")
    assert said("copier", "verify").exit_code == 4
