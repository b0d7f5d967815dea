"""`db grant-role`, `revoke-role` and `roles`; and `init` on PostgreSQL by who may and who may not."""

from __future__ import annotations

from uuid import uuid4

import pytest

from escalate.wiring import Wiring
from postgres import empty_pg, pg  # noqa: F401

pytestmark = pytest.mark.slow


@pytest.fixture
def base(pg):
    return pg


@pytest.fixture
def run(environ, escalate, base):
    """A command as a login, the superuser for None, on the shared record."""

    def as_(user, line):
        wiring = Wiring({**environ, "ESCALATE_DATABASE": base.url() if user is None else login_url(base, user)})
        try:
            return escalate(line, wired=wiring)
        finally:
            wiring.shared.store.close()

    return as_


def login_url(base, user):
    return base.server.url_of(base.name, user)


@pytest.fixture
def login(base):
    """A new login of the server, which goes with the test; `login("CREATEROLE")` makes another."""
    made = []

    def make(more="LOGIN", name=None):
        made.append(name or f"esc_t{uuid4().hex[:10]}")
        if more:
            base.connect().execute(f'CREATE ROLE "{made[-1]}" {more}')
        return made[-1]

    yield make
    from psycopg.sql import SQL, Identifier

    raw = base.connect()
    for name in made:
        for statement in ("DROP OWNED BY {}", "DROP ROLE {}"):
            raw.execute(SQL(statement).format(Identifier(name)))


def test_a_member_reads_and_writes(run, login):
    dana = login()
    assert run(dana, "list").exit_code == 6

    done = run(None, ["db", "grant-role", dana, "--json"])

    assert (done.exit_code, done.data) == (
        0,
        {"login": dana, "person": None, "roles": ["member"], "sees_all": None, "created": False},
    )
    assert run(dana, "open 'A title' --quiet-open").exit_code == 0


def test_the_login_is_made_without_a_password(run, login, base):
    name = login("", name='esc_odd "one"; DROP')

    done = run(None, ["db", "grant-role", name, "--create"])

    assert done.exit_code == 0, done.stderr
    assert "It has no password yet" in done.stdout
    row = base.connect().execute("SELECT rolpassword AS p, rolcanlogin AS l FROM pg_authid WHERE rolname = %s", [name])
    assert row.fetchone() == {"p": None, "l": True}
    assert run(name, "list").exit_code == 0


@pytest.mark.parametrize(
    ("words", "roles"),
    [
        (["--courier"], ["courier"]),
        (["--keeper"], ["member", "keeper"]),
        (["--member", "--courier"], ["member", "courier"]),
        (["member", "courier"], ["member", "courier"]),
    ],
    ids=" ".join,
)
def test_each_role(run, login, words, roles):
    done = run(None, ["db", "grant-role", login(), *words, "--json"])

    assert (done.exit_code, done.data["roles"]) == (0, roles)


def test_a_courier_alone_is_a_machine_and_that_is_said(run, login):
    name = login()
    done = run(None, ["db", "grant-role", name, "--courier"])

    assert "It reads every incident, also restricted ones" in done.stdout
    assert run(name, "work --once").exit_code == 0


@pytest.mark.parametrize(("first", "then"), [("--member", "--courier"), ("--courier", "--keeper")])
def test_a_person_who_would_also_be_a_courier_is_warned_of(run, login, first, then):
    dana = login()
    one = run(None, ["db", "grant-role", dana, first])
    assert "courier now" not in one.stderr

    both = run(None, ["db", "grant-role", dana, then])

    assert both.exit_code == 0
    assert f"{dana} is a member and a courier now." in both.stderr
    assert "Couriers should be machines" in both.stderr
    [found] = [one for one in run(dana, "doctor --offline --json").data if one["what"] == "login"]
    assert found["state"] == "warning"
    assert f"escalate db revoke-role {dana} courier" in found["hint"]
    assert run(None, ["db", "revoke-role", dana, "courier"]).exit_code == 0
    assert not [one for one in run(dana, "doctor --offline --json").data if one["what"] == "login"]


def test_what_was_given_is_taken_back(run, login):
    dana = login()
    run(None, ["db", "grant-role", dana, "--keeper", "--courier"])

    assert run(None, ["db", "revoke-role", dana, "--courier", "--json"]).data["roles"] == ["member", "keeper"]
    assert run(None, ["db", "revoke-role", dana, "--json"]).data["roles"] == []
    assert run(dana, "list").exit_code == 6
    assert run(None, ["db", "revoke-role", dana]).exit_code == 0


def test_who_may_not_gets_the_lines_to_hand_on(run, login):
    alice, dana, new = login(), login(), f"esc_t{uuid4().hex[:10]}"
    run(None, ["db", "grant-role", alice])

    for line, wanted in (
        (["db", "grant-role", dana, "--keeper"], [f'GRANT escalate_keeper TO "{dana}";']),
        (["db", "grant-role", new, "--create"], [f'CREATE ROLE "{new}" LOGIN;', f'GRANT escalate_member TO "{new}";']),
        (["db", "revoke-role", alice], [f'REVOKE escalate_member FROM "{alice}";']),
    ):
        refused = run(alice, line)
        assert refused.exit_code == 4, refused.stderr
        assert all(one in refused.stderr for one in wanted), refused.stderr
    assert run(None, ["db", "grant-role", new]).exit_code == 3


def test_who_has_admin_of_a_role_gives_it(run, login, base):
    chief, dana = login(), login()
    base.connect().execute(f'GRANT escalate_member TO "{chief}" WITH ADMIN OPTION')

    assert run(chief, ["db", "grant-role", dana]).exit_code == 0
    assert run(chief, ["db", "grant-role", dana, "--courier"]).exit_code == 4
    assert run(chief, ["db", "revoke-role", dana, "--json"]).data["roles"] == []


@pytest.mark.parametrize("more", ["SUPERUSER LOGIN", "BYPASSRLS LOGIN", "NOLOGIN"])
def test_whom_no_role_would_bind_gets_none(run, login, more):
    mighty = login(more)

    refused = run(None, ["db", "grant-role", mighty])

    assert refused.exit_code == 4
    assert mighty in refused.stderr


@pytest.mark.parametrize(
    ("name", "exit_code"), [("nobody_here", 3), ("escalate_owner", 4), ("pg_monitor", 4), ("x" * 64, 2), ("a\nb", 2)]
)
def test_what_is_no_login(run, name, exit_code):
    assert run(None, ["db", "grant-role", name]).exit_code == exit_code
    assert run(None, ["db", "revoke-role", name]).exit_code == exit_code


def test_who_has_what(run, login):
    machine = login()
    run(None, ["db", "grant-role", machine, "--courier"])
    found = {one["login"]: one for one in run("esc_alice", "db roles --json").data}

    assert found["esc_alice"] == {"login": "esc_alice", "person": None, "roles": ["member"], "sees_all": None}
    assert found[machine]["sees_all"] == "courier without a person"
    assert found["esc_copier"]["sees_all"] == "owner"
    assert "esc_stranger" not in found
    assert "superuser" in {one["sees_all"] for one in found.values()}
    assert run("esc_alice", "db roles").exit_code == 0


@pytest.mark.parametrize("line", ["db grant-role dana", "db revoke-role dana", "db roles"])
def test_a_file_has_no_logins(escalate, line):
    escalate("init")
    result = escalate(line)

    assert (result.exit_code, "A file has no logins" in result.stderr) == (4, True)


class TestMakingIt:
    @pytest.fixture
    def base(self, empty_pg):
        return empty_pg

    def test_by_a_superuser(self, run):
        assert run(None, "init --json").data["created"] is True
        assert run("esc_alice", "list").exit_code == 0

    def test_by_whoever_may_hand_the_owner_on(self, run, login, base):
        maker = login("LOGIN CREATEROLE")
        raw = base.connect()
        raw.execute(f'GRANT escalate_owner TO "{maker}" WITH ADMIN OPTION')
        raw.execute(f'GRANT CREATE ON DATABASE "{base.name}" TO "{maker}"')

        assert run(maker, "init --json").data["created"] is True
        assert run("esc_alice", "list").exit_code == 0

    def test_whoever_may_not_gets_the_lines_with_which_they_may(self, run, login, base):
        dana = login()
        refused = run(dana, "init")

        assert refused.exit_code == 6
        lines = [line.strip() for line in refused.stderr.splitlines() if line.startswith("  ")]
        assert lines == [f"GRANT escalate_owner TO {dana};", f"GRANT CREATE ON DATABASE {base.name} TO {dana};"]
        raw = base.connect()
        for line in lines:
            raw.execute(line)
        assert run(dana, "init --json").data["created"] is True
        assert run("esc_alice", "list").exit_code == 0
