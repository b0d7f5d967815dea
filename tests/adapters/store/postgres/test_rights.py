"""What somebody could try to become, and what everybody may do: nothing."""

from __future__ import annotations

import psycopg
import pytest

from postgres_entries import Writer, refused

pytestmark = pytest.mark.slow

SELF_MADE = [
        "SET ROLE escalate_owner", "SET ROLE esc_bob", "SET SESSION AUTHORIZATION esc_bob",
        "SET session_replication_role = replica", "ALTER TABLE escalate.timeline DISABLE TRIGGER ALL",
        "DROP TRIGGER timeline_takes_only_the_next ON escalate.timeline",
        "ALTER TABLE escalate.timeline DISABLE ROW LEVEL SECURITY", "DROP POLICY known ON escalate.timeline",
        "CREATE TABLE escalate.mine (x text)", "CREATE VIEW escalate.mine AS SELECT 1",
        "CREATE TRIGGER mine BEFORE INSERT ON escalate.timeline FOR EACH ROW EXECUTE FUNCTION escalate.refuse('x')",
        "CREATE FUNCTION escalate.may_read(x name) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE OR REPLACE FUNCTION escalate.whoami() RETURNS text LANGUAGE sql AS $$SELECT 'bob'$$",
        "CREATE RULE mine AS ON INSERT TO escalate.timeline DO INSTEAD NOTHING",
        "GRANT escalate_owner TO esc_alice", "GRANT escalate_courier TO esc_alice", "ALTER ROLE escalate_member LOGIN",
        "ALTER ROLE esc_alice BYPASSRLS", "INSERT INTO escalate.schema_version VALUES (4)",
        "INSERT INTO escalate.logins VALUES ('esc_alice', 'bob')", "UPDATE escalate.logins SET person = 'bob'",
        "INSERT INTO escalate.couriers VALUES ('x', 'h', 1, '', '', '')",
        "CREATE TABLE mine (x text REFERENCES escalate.timeline (id))",
        "SELECT escalate.mark('x', false)", "SELECT escalate.keep_access(NULL, NULL)", "SELECT escalate.refuse_author(NULL)",
        "SELECT * FROM escalate.turns FOR UPDATE", "SELECT pg_read_file('PG_VERSION')",
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["alice", "courier"])
def test_nobody_makes_themselves_somebody_else(as_, incident, who):
    for statement in SELF_MADE:
        if who == "alice" or "INTO escalate.couriers" not in statement:
            with pytest.raises(psycopg.Error) as caught:
                as_(who).run(statement)
            assert caught.value.sqlstate == "42501", statement


def test_settings_and_roles_do_not_change_who_writes(alice, incident):
    alice.run("SET application_name = 'esc_bob'")
    alice.run("SET ROLE escalate_member")

    assert alice.one("SELECT escalate.whoami()") == "alice"
    with refused("not you"):
        alice.append(incident, actor="bob")


def test_what_somebody_plants_on_the_path_is_not_found(alice, bob, incident):
    alice.run("CREATE TEMP TABLE logins (login text, person text)")
    alice.run("INSERT INTO pg_temp.logins VALUES ('esc_alice', 'bob')")
    alice.run("CREATE FUNCTION pg_temp.whoami() RETURNS text LANGUAGE sql AS $$SELECT 'bob'$$")
    alice.run("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$SELECT ''::bytea$$")
    alice.run("CREATE FUNCTION pg_temp.pg_has_role(name, text, text) RETURNS boolean LANGUAGE sql AS $$SELECT true$$")
    alice.run("SET search_path = pg_temp, escalate, pg_catalog")

    assert alice.one("SELECT escalate.whoami()") == "alice"
    assert alice.one("SELECT escalate.is_courier()") is False
    with refused("not you"):
        alice.append(incident, actor="bob")
    with refused("digests"):
        alice.append(incident, digest="")


def test_a_stranger_has_no_right_at_all(as_, incident, pg):
    stranger = Writer(pg.connect("stranger"), "db:esc_stranger")
    names = [row["relname"] for row in as_(None).run(
        "SELECT relname FROM pg_class WHERE relnamespace = 'escalate'::regnamespace AND relkind = 'r'")]  # fmt: skip

    assert len(names) > 20
    for name in names:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stranger.run(f"SELECT 1 FROM escalate.{name}")
    for call in ("whoami()", "numbers_seen()", "may_read('x')", "find('x')", "break_glass_head(1)", "handle_of('x')"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stranger.run(f"SELECT escalate.{call}")


def test_nothing_may_be_done_by_everybody(owner):
    assert not owner.run(
        """SELECT p.proname FROM pg_proc AS p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
            WHERE p.pronamespace = 'escalate'::regnamespace AND a.grantee = 0"""
    )
    assert not owner.run("SELECT viewname FROM pg_views WHERE schemaname = 'escalate'")
    assert not owner.run("SELECT relname FROM pg_class WHERE relnamespace = 'escalate'::regnamespace AND relkind = 'S'")


def test_every_function_that_may_more_than_its_caller_has_a_path_of_its_own(owner):
    loose = """SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'escalate'::regnamespace
                  AND (proconfig IS NULL OR NOT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'])"""

    assert owner.run(loose) == []
