"""What is recorded is not called lost because of what comes after it: whoever believed that would write it twice."""

from __future__ import annotations

import pytest

from shared import as_, put_roster, said, shared_pg  # noqa: F401
from telling import TOKENS

pytestmark = pytest.mark.slow


@pytest.fixture
def environ(environ):
    return {**environ, **TOKENS}


@pytest.mark.parametrize("more", ["", " --json"])
def test_that_nobody_knows_who_is_told_is_no_reason_to_write_it_again(said, shared_pg, put_roster, more):
    put_roster()
    said("alice", "open 'reports of sign-ups' --severity SEV2 --quiet-open")
    shared_pg.connect().execute("REVOKE SELECT ON escalate.messages FROM escalate_member")

    result = said("alice", f"log 'called the desk back' -i 1{more}", code=9)

    assert "It is recorded: do not do it again." in result.stderr
    assert "Nothing was recorded" not in result.stdout + result.stderr
    assert said("alice", "timeline 1 --all").stdout.count("called the desk back") == 1


def test_who_may_not_send_is_not_told_that_a_courier_is_started_by_itself(said, put_roster):
    put_roster()

    assert "None is started from here: your login may not send." in said("alice", "").stdout
    assert "None is started from here" not in said("sender", "").stdout


def test_who_may_not_send_is_not_advised_to_send_but_to_ask_who_may(said, put_roster):
    put_roster()
    said("alice", "open 'reports of sign-ups' --severity SEV2 --quiet-open")
    said("alice", "page bob -i 1", code=9)

    assert "ask somebody whose login may send" in said("alice", "").stdout
    assert "ask somebody whose login may send" not in said("sender", "").stdout
