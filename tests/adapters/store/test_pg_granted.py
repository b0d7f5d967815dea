"""`db check` on a server: rights of the roles and constraints that somebody changed by hand."""

from __future__ import annotations

import psycopg
import pytest

from escalate.adapters.store import pg_upkeep
from pg_stores import at  # noqa: F401
from postgres import empty_pg  # noqa: F401


@pytest.fixture
def checked(empty_pg, at):
    """What `db check` says after a statement of the owner's."""
    at(empty_pg.url()).create()

    def run(statement=""):
        if statement:
            with psycopg.connect(empty_pg.url(), autocommit=True) as raw:
                raw.execute(statement)
        return pg_upkeep.check(at(empty_pg.url()))

    return run


def test_as_it_was_made_nothing_is_wrong(checked):
    assert checked() == []


CHANGED = {
    "a right on a table": (
        "GRANT UPDATE ON escalate.watches TO escalate_member",
        "the right of escalate_member to UPDATE watches is not escalate's to have",
    ),
    "a right on a column": (
        "GRANT SELECT (words) ON escalate.search TO escalate_member",
        "the right of escalate_member to SELECT search.words is not escalate's to have",
    ),
    "a right that another role has": (
        "GRANT INSERT ON escalate.couriers TO escalate_keeper",
        "the right of escalate_keeper to INSERT couriers is not escalate's to have",
    ),
    "a right that was taken away once": (
        "GRANT UPDATE (code_name) ON escalate.incidents TO escalate_courier",
        "the right of escalate_courier to UPDATE incidents.code_name is not escalate's to have",
    ),
    "a function": (
        "GRANT EXECUTE ON FUNCTION escalate.break_glass_head(bigint) TO escalate_courier",
        "the right of escalate_courier to EXECUTE break_glass_head is not escalate's to have",
    ),
    "a right that is gone": (
        "REVOKE INSERT ON escalate.timeline FROM escalate_courier",
        "the right of escalate_courier to INSERT timeline was taken away",
    ),
    "a right that may be handed on": (
        "GRANT INSERT ON escalate.timeline TO escalate_member WITH GRANT OPTION",
        "the right of escalate_member to INSERT timeline may be handed on",
    ),
    "a constraint": (
        "ALTER TABLE escalate.timeline DROP CONSTRAINT timeline_actor_check",
        "the table timeline has lost 1 of its 12 constraints CHECK",
    ),
    "a key": (
        "ALTER TABLE escalate.numbers DROP CONSTRAINT numbers_incident_key",
        "the table numbers has lost 1 of its 1 constraints UNIQUE",
    ),
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_was_changed_is_named(checked, what):
    statement, said = CHANGED[what]

    assert checked(statement) == [said]
