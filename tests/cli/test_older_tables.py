"""A new installation on a shared record that nobody has brought up to date yet: at 03:00 that is no reason to lose a word."""

from __future__ import annotations

import psycopg
import pytest

from escalate.adapters.store import queries
from shared import as_, put_roster, said, shared_pg  # noqa: F401


@pytest.fixture
def tables(shared_pg):
    """Sets the version that the tables say they have."""

    def put(version):
        with psycopg.connect(shared_pg.url(), autocommit=True) as raw:
            raw.execute("DELETE FROM escalate.schema_version")
            raw.execute("INSERT INTO escalate.schema_version VALUES (%s)", [version])

    return put


@pytest.fixture
def earlier(said, put_roster, tables):
    """INC-1 was opened before the installation became newer than the tables."""
    put_roster()
    said("alice", "open 'Seen from a train' --quiet-open")
    tables(queries.LATEST - 1)


@pytest.mark.parametrize(
    "line", ["log 'called the desk'", "fact detected --at 1m", "open Another --quiet-open", "ping crew -m look"]
)
def test_it_is_kept_on_this_machine_and_said_who_must_do_what(said, earlier, tables, line):
    done = said("alice", line.replace("1m", "'1m ago' --why seen"), code=None)

    assert done.exit_code in {0, 9}, done.stderr
    assert "has tables of an older escalate" in done.stderr
    assert "Who looks after it brings them up to date: escalate init" in done.stderr
    assert "Kept on this machine" in done.stderr

    tables(queries.LATEST)
    after = said("alice", "sync --json").data
    assert after["waiting"] is None
    assert said("alice", "verify").exit_code == 0


def test_a_page_goes_out_from_this_machine(said, earlier):
    paged = said("alice", "page person:bob -i INC-1 --json", code=None)

    assert paged.exit_code in {0, 9}
    assert paged.data["notifications"]


@pytest.mark.parametrize(
    "line", ["close --why done --disposition near-miss --worst SEV2", "verify", "oncall who person:bob"]
)
def test_what_needs_the_record_is_refused_as_it_is(said, earlier, line):
    done = said("alice", line, code=None)

    assert done.exit_code == 6, done.stderr
    assert "escalate init" in done.stderr


def test_who_never_reached_the_record_is_refused(said, earlier):
    assert "escalate init" in said("bob", "log 'not kept'", code=6).stderr
