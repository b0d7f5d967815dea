"""What couriers take up for everybody can be read, and only they put it together."""

from __future__ import annotations

import psycopg
import pytest

from escalate.domain.timeline.events import NoteAdded, TeamPinged
from postgres_entries import refused

pytestmark = pytest.mark.slow

LONG_AGO = "2020-01-01T00:00:00.000000Z"
FAR_AHEAD = "2999-01-01T00:00:00.000000Z"
PAGE = "0d1c5e0c-6a53-4d2b-9a40-6c0f6f3d5a11"


@pytest.fixture
def owe(alice, incident):
    """A message that Alice's ping owes."""

    def owed(**changed):
        with alice.transaction():
            return alice.owe(alice.append(incident, TeamPinged(team="legal")), **changed)

    return owed


def change(writer, message, **to):
    places = ", ".join(f"{name} = %s" for name in to)
    assert writer.run(f"UPDATE escalate.messages SET {places} WHERE id = %s", *to.values(), message["id"]) == 1


@pytest.mark.parametrize(
    "spoilt",
    [
        {"details": "{"},
        {"details": "[]"},
        {"details": '"words"'},
        {"due_at": ""},
        {"due_at": "soon"},
        {"due_at": "2026-13-45T25:61:00.000000Z"},
        {"due_at": "infinity"},
        {"tried_at": "never"},
        {"attempts": -1},
        {"state": "lost"},
    ],
    ids=str,
)
def test_a_message_that_no_courier_could_read_is_not_taken(alice, incident, owe, spoilt):
    with pytest.raises(psycopg.Error):
        owe(**spoilt)
    assert alice.one("SELECT count(*) FROM escalate.messages") == 0
    owe()


@pytest.mark.parametrize("due", ["", "soon", "2026-02-30T00:00:00.000000Z"])
def test_a_moment_that_no_courier_could_read_is_not_taken(alice, incident, due):
    def begin(statement, *values):
        with alice.transaction():
            alice.append(incident, NoteAdded(text="x"))
            alice.run(statement, incident, *values, due)

    with pytest.raises(psycopg.Error):
        begin("INSERT INTO escalate.timers (incident, key, due_at) VALUES (%s, 'clock/x', %s)")
    with pytest.raises(psycopg.Error):
        begin("INSERT INTO escalate.pages (incident, id, state, due_at) VALUES (%s, %s, 'open', %s)", PAGE)


def test_only_couriers_put_messages_together(alice, bob, incident, owe):
    first, second = owe(), owe()

    for message in (first, second):
        with refused("for a courier to say"):
            change(bob, message, bundle=PAGE)
    with refused("for a courier to say"):
        change(bob, first, last_error="line busy")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO escalate.pages (id, incident, state) VALUES ('x', %s, 'open')",
        "INSERT INTO escalate.codes VALUES ('7F2K', %s, 'x', 'alice')",
        "INSERT INTO escalate.search VALUES ('words', %s, 1)",
    ],
)
def test_nothing_is_derived_in_silence(alice, incident, statement):
    with refused("with an entry that says so"):
        alice.run(statement, incident)


def test_a_message_of_before_that_cannot_be_read_is_taken_in_hand_all_the_same(pg, alice, courier, incident, owe):
    message = owe()
    with pg.connect() as owner:
        owner.execute("ALTER TABLE escalate.messages DISABLE TRIGGER USER")
        owner.execute("UPDATE escalate.messages SET details = '[]', due_at = '1', tried_at = 'zzz', attempts = -5")
        owner.execute("ALTER TABLE escalate.messages ENABLE TRIGGER USER")

    change(courier, message, state="sending", leased_until=FAR_AHEAD, attempts=-4, tried_at=LONG_AGO)
