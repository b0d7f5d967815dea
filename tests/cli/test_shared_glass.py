"""Breaking the glass on a shared record is loud, also where whoever broke it knows SQL."""

from __future__ import annotations

import json

import pytest

from escalate.domain.timeline.access import AccessBroken, AccessRevoked
from escalate.domain.timeline.events import NoteAdded
from postgres_entries import Writer, refused
from shared import as_, put_roster, said, shared_pg  # noqa: F401
from telling import TOKENS

pytestmark = pytest.mark.slow


@pytest.fixture
def environ(environ):
    return {**environ, **TOKENS}


@pytest.fixture
def closed(said, put_roster):
    """Alice leads INC-1, of which Bob may know nothing."""
    put_roster()
    said("alice", "open 'words of its own' --severity SEV2 --restricted --quiet-open")
    said("alice", "assign lead alice 1", code=None)


@pytest.fixture
def bob(shared_pg):
    return Writer(shared_pg.connect("bob"), "bob")


def breaks(bob, **more):
    [head] = bob.run("SELECT * FROM escalate.break_glass_head(1)")
    entry = bob.entry(head["incident"], head["seq"] + 1, head["digest"], AccessBroken(why="nobody answers"), **more)
    bob.put(entry)
    return entry


def kinds(said):
    return [one["kind"] for one in said("alice", "timeline 1 --all --json").data]


@pytest.mark.parametrize(
    "body", ["{}", '{"why":5}', '{"why":null}', '{"why":["x"]}', '{"why":" "}', '{"why":"x","more":1}'], ids=str
)
def test_why_is_said_as_everybody_reads_it(closed, bob, said, body):
    with refused("says why"):
        breaks(bob, body=body)

    assert "access.broken" not in kinds(said)


def test_whom_it_is_told_follows_from_the_entries_alone(closed, bob, said):
    """Whoever was let in may write what is derived, next to an entry, as everybody may who reads an incident."""
    incident = breaks(bob)["incident"]
    [kept] = bob.run("SELECT state FROM escalate.incidents WHERE id = %s", incident)
    state = json.loads(kept["state"])
    state["roles"], state["opened_by"] = {"lead": "bob"}, "bob"
    with bob.transaction():
        entry = bob.append(incident, NoteAdded(text="by psql"))
        state["head"] |= {"seq": entry["seq"], "digest": entry["digest"]}
        changed = bob.run(
            "UPDATE escalate.incidents SET state = %s, seq = %s, digest = %s WHERE id = %s",
            json.dumps(state), entry["seq"], entry["digest"], incident,
        )  # fmt: skip
    assert changed == 1

    said("courier", "work --once", code=None)

    assert "access.alarmed" in kinds(said)
    assert "person:alice" in str(said("alice", "messages 1 --json", code=None).data)
    assert said("alice", "verify").exit_code == 0


def test_whoever_broke_it_shuts_nobody_out_before_it_is_told(closed, bob, said):
    entry = breaks(bob)

    with refused("nobody has been told"):
        bob.append(entry["incident"], AccessRevoked(to="person:alice"))
    assert said("bob", "revoke person:alice 1", code=None).exit_code == 4
    said("courier", "work --once", code=None)

    assert said("alice", "show 1").exit_code == 0
    assert "page.step_fired" in kinds(said)


def test_a_kept_state_that_is_behind_what_it_says_of_itself_stops_nobody(said, put_roster, bob):
    put_roster()
    said("alice", "open 'reports of sign-ups' --severity SEV2 --quiet-open")
    [incident] = [row["id"] for row in bob.run("SELECT id FROM escalate.incidents")]
    with refused("not all of one state"), bob.transaction():
        entry = bob.append(incident, NoteAdded(text="by psql"))
        bob.run(
            "UPDATE escalate.incidents SET seq = %s, digest = %s WHERE id = %s", entry["seq"], entry["digest"], incident
        )
    bob.append(incident, NoteAdded(text="by psql"))

    said("alice", "log 'and on' -i 1")

    assert said("alice", "verify").exit_code == 0


def test_nobody_stops_a_page_or_hides_words_without_a_word(said, put_roster, bob):
    put_roster()
    said("alice", "open 'reports of sign-ups' --severity SEV2 --quiet-open")
    said("alice", "page person:carol -i 1", code=None)

    for statement in (
        "UPDATE escalate.pages SET due_at = NULL",
        "UPDATE escalate.pages SET state = 'acknowledged'",
        "DELETE FROM escalate.search",
    ):
        with refused("an entry that says so"):
            bob.run(statement)
    said("bob", "ack -i 1", code=None)
    assert said("alice", "verify").exit_code == 0
