"""Who may know: what a restricted incident shows to those who were not let in, which is nothing."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from escalate.domain.timeline.access import (
    AccessAlarmed,
    AccessBroken,
    AccessGranted,
    AccessLifted,
    AccessRestricted,
    AccessRevoked,
    SubjectSeen,
)  # fmt: skip
from escalate.domain.timeline.duties import OncallOpened
from escalate.domain.timeline.events import NoteAdded, PageStepFired, RoleAssigned
from postgres_entries import ROSTER, apply_roster, refused

TABLES = ["timeline", "heads", "incidents", "pages", "codes", "timers", "messages", "watches"]
ASKED = {
    "find": "SELECT * FROM escalate.find('{word} | note')",
    "incident_named": "SELECT * FROM escalate.incident_named('{word} BADGER')",
    "incidents_not_closed": "SELECT * FROM escalate.incidents_not_closed(100, 100)",
    "coded": "SELECT * FROM escalate.coded('C{word}')",
    "messages_tried": "SELECT * FROM escalate.messages_tried('person:{word}', 'via-{word}', '')",
    "messages_by_prefix": "SELECT * FROM escalate.messages_by_prefix('')",
    "sightings_of": "SELECT * FROM escalate.sightings_of('h-{word}')",
    "links_of": "SELECT * FROM escalate.links_of('o-{word}')",
    "watching": "SELECT * FROM escalate.watching(ARRAY['clause-{word}'])",
    "handles_like": "SELECT * FROM escalate.handles_like('h-')",
    "numbers_seen": "SELECT * FROM escalate.numbers_seen() WHERE incident IS NOT NULL OR head IS NOT NULL",
}


def seen(writer, case):
    """Where anything of an incident shows."""
    found = [
        name
        for name in TABLES
        if writer.run(
            f"SELECT 1 FROM escalate.{name} WHERE {'id' if name == 'incidents' else 'incident'} = %s", case.id
        )
    ]
    everything = {name: str(writer.run(f"SELECT * FROM escalate.{name}")) for name in TABLES}
    everything |= {name: str(writer.run(query.format(word=case.word))) for name, query in ASKED.items()}
    found += [name for name, text in everything.items() if any(one in text for one in (case.id, case.word, case.entry))]
    found += ["next_chain"] if case.id in chains(writer) else []
    found += ["lock_head"] if writer.run("SELECT * FROM escalate.lock_head(%s)", case.id) else []
    found += ["try_head"] if writer.run("SELECT * FROM escalate.try_head(%s)", case.id) else []
    return found


def chains(writer):
    found, after = [], ""
    while (after := writer.one("SELECT escalate.next_chain(%s)", after)) is not None:
        found.append(after)
    return found


ALL = [*TABLES, *TABLES, *ASKED, "next_chain", "lock_head", "try_head"]


def reads(writer, case):
    """Whether somebody sees all of it; never only a part."""
    found = [name for name in seen(writer, case) if name != "messages_tried"]
    assert found in ([], [name for name in ALL if name != "messages_tried"])
    return bool(found)


# ── what is hidden ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_opened_it_sees_it_and_nobody_else_sees_anything(as_, known, hidden):
    assert {who: reads(as_(who), hidden) for who in ("alice", "bob", "carol", "keeper", "sender")} == {
        "alice": True, "bob": False, "carol": False, "keeper": False, "sender": False,
    }  # fmt: skip
    assert all(reads(as_(who), known) for who in ("alice", "bob", "carol", "keeper", "sender"))


def test_a_machine_that_sends_sees_it(courier, hidden):
    assert [row["word"] for row in courier.run("SELECT recipient AS word FROM escalate.messages")] == [
        "person:OPEN",
        "person:SECRET",
    ]
    assert courier.run("SELECT * FROM escalate.lock_head(%s)", hidden.id)


def test_that_somebody_also_sends_opens_nothing_to_them(as_, hidden):
    sender = as_("sender")
    for statement in ("SET ROLE escalate_courier", "SET ROLE escalate_member", "SET row_security = on", "RESET ROLE"):
        sender.run(statement)
        assert not reads(sender, hidden)


def test_the_numbers_show_that_there_is_one_and_not_what(bob, known, hidden):
    assert bob.run("SELECT number FROM escalate.numbers ORDER BY number") == [{"number": 1}, {"number": 2}]
    assert bob.run("SELECT * FROM escalate.numbers_seen()")[1] == {"number": 2, "incident": None, "head": None}
    assert [bob.one("SELECT escalate.number_of(%s)", case.id) for case in (known, hidden)] == [1, None]


@pytest.mark.parametrize("who", ["bob", "sender", "keeper"])
def test_nothing_of_it_can_be_read_otherwise(as_, hidden, who):
    for statement in (
        "SELECT incident FROM escalate.numbers", "SELECT * FROM escalate.restricted", "SELECT * FROM escalate.grants",
        "SELECT * FROM escalate.team_people", "SELECT words FROM escalate.search", "SELECT handle FROM escalate.sightings",
        "SELECT other FROM escalate.links", "SELECT * FROM pg_catalog.pg_statistic", "COPY escalate.search TO STDOUT",
        "COPY escalate.timeline TO '/tmp/x'", "SELECT pg_relation_filepath('escalate.timeline'), pg_read_file('PG_VERSION')",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_(who).run(statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        as_(who).run("SET row_security = off; SELECT * FROM escalate.timeline")


def test_copying_out_follows_the_same_rule(bob, known, hidden):
    with bob.connection.cursor().copy("COPY escalate.timeline TO STDOUT") as copy:
        text = b"".join(bytes(part) for part in copy).decode()

    assert known.id in text
    assert hidden.id not in text


# ── what cannot be written ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["bob", "sender", "keeper"])
def test_nobody_writes_on_what_they_may_not_read(as_, hidden, alice, owner, who):
    writer = as_(who)
    head = alice.run("SELECT seq, digest FROM escalate.heads WHERE incident = %s", hidden.id)[0]
    before = owner.run("SELECT * FROM escalate.timeline WHERE incident = %s ORDER BY seq", hidden.id)

    for event in (
        NoteAdded(text="t"),
        AccessGranted(to="person:bob"),
        AccessLifted(why="w"),
        AccessRestricted(why="w"),
        RoleAssigned(role="lead", person="bob"),
    ):
        with refused("not yours to write on"):
            writer.put(writer.entry(hidden.id, head["seq"] + 1, head["digest"], event))
    for statement in (
        "INSERT INTO escalate.pages VALUES ('x', %s, 'waiting', NULL, '')",
        "INSERT INTO escalate.codes VALUES ('X', %s, 'p', 'bob')",
        "INSERT INTO escalate.timers VALUES (%s, 'k', '2020')",
        "INSERT INTO escalate.search VALUES ('w', %s, 1)",
        "INSERT INTO escalate.watches VALUES ('c', %s)",
        "INSERT INTO escalate.messages SELECT * FROM escalate.messages WHERE incident = %s",
    ):
        assert_nothing_done(writer, statement, hidden.id)
    for name in ("timers", "search", "watches"):
        assert writer.run(f"DELETE FROM escalate.{name} WHERE incident = %s", hidden.id) == 0
    assert writer.run("DELETE FROM escalate.sightings WHERE entry = %s", hidden.entry) == 0
    assert writer.run("UPDATE escalate.messages SET state = 'cancelled' WHERE id = %s", hidden.message["id"]) == 0
    assert writer.run("UPDATE escalate.pages SET due_at = NULL WHERE id = %s", hidden.page) == 0
    assert writer.run("UPDATE escalate.timeline SET body = NULL, salt = NULL WHERE incident = %s", hidden.id) == 0
    assert owner.run("SELECT * FROM escalate.timeline WHERE incident = %s ORDER BY seq", hidden.id) == before


def assert_nothing_done(writer, statement, *values):
    code = ""
    try:
        done = writer.run(statement, *values)
    except psycopg.Error as error:
        done, code = 0, error.sqlstate
    assert (done, code in {"", "42501", "ES002"}) == (0, True)


def test_what_is_restricted_stays_so_whatever_is_written_into_the_mark(alice, bob, hidden):
    with alice.transaction():
        alice.append(hidden.id)
        alice.run(
            "INSERT INTO escalate.pages (id, incident, state, limited) VALUES ('x', %s, 'waiting', false)", hidden.id
        )

    assert not bob.run("SELECT 1 FROM escalate.pages WHERE id = 'x'")
    for statement in ("UPDATE escalate.timeline SET limited = false", "UPDATE escalate.messages SET limited = false",
                      "UPDATE escalate.pages SET limited = false", "UPDATE escalate.incidents SET limited = false"):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            alice.run(statement)


# ── letting in ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "who"),
    [
        (AccessGranted(to="person:carol"), "carol"),
        (AccessGranted(to="team:legal"), "carol"),
        (AccessGranted(to="esc_keeper"), "keeper"),
        (RoleAssigned(role="legal", person="carol"), "carol"),
        (PageStepFired(page="p", pass_=1, step=1, people=["bob", "carol"], ways=[], roster_version=1), "carol"),
    ],
    ids=["a person", "a team", "a login", "a role", "a page"],
)
def test_who_is_let_in_sees_it_and_nobody_else(as_, alice, hidden, event, who):
    hidden.append(event)

    assert reads(as_(who), hidden)
    assert not reads(as_("sender"), hidden)


def test_a_grant_is_taken_back(alice, carol, hidden):
    alice.append(hidden.id, AccessGranted(to="person:carol"))
    alice.append(hidden.id, AccessRevoked(to="person:carol"))

    assert not reads(carol, hidden)


def test_a_grant_of_this_transaction_shows_nothing_yet(alice, carol, hidden):
    alice.append(hidden.id, AccessGranted(to="person:bob"))
    alice.append(hidden.id, AccessRevoked(to="person:alice"))
    with alice.transaction():
        assert not reads(alice, hidden)


def test_an_open_incident_is_closed_to_others_and_opened_again(alice, bob, carol, known):
    known.writer = alice
    known.append(AccessRestricted(why="names a minor"))
    assert (reads(alice, known), reads(bob, known), reads(carol, known)) == (True, False, False)

    known.append(AccessLifted(why="w"))
    assert (reads(alice, known), reads(bob, known), reads(carol, known)) == (True, True, True)


def test_who_restricts_goes_on_writing_in_the_same_transaction(alice, bob, known):
    with alice.transaction():
        alice.append(known.id, AccessRestricted(why="w"))
        alice.append(known.id)
        with pytest.raises(psycopg.errors.LockNotAvailable), bob.transaction():
            bob.run("SET LOCAL lock_timeout = '50ms'")
            bob.append(known.id)

    with refused("not yours to write on"):
        bob.append(known.id)


def test_an_incident_that_was_restricted_and_taken_back_stays_open(alice, bob, known):
    with alice.taken_back():
        alice.append(known.id, AccessRestricted(why="w"))

    assert reads(bob, known)


def test_who_was_let_out_of_the_roster_is_let_out(alice, carol, keeper, hidden):
    alice.append(hidden.id, AccessGranted(to="team:legal"))
    assert reads(carol, hidden)

    apply_roster(keeper, {**ROSTER, "teams": {"legal": {"people": []}}})
    assert not reads(carol, hidden)


def test_who_is_on_call_cannot_be_hidden(alice):
    id_ = str(uuid4())
    alice.put(alice.entry(id_, 1, "0" * 64, OncallOpened()))

    with refused("for all to know"):
        alice.append(id_, AccessRestricted(why="w"))


# ── breaking the glass ──────────────────────────────────────────────────────────────────────────────────────────────


def breaks(bob, number=2):
    [head] = bob.run("SELECT * FROM escalate.break_glass_head(%s)", number)
    entry = bob.entry(head["incident"], head["seq"] + 1, head["digest"], AccessBroken(why="nobody answers"))
    bob.put(entry)
    return entry


def test_whoever_breaks_the_glass_says_so_first_and_reads_afterwards(bob, carol, alice, hidden):
    with bob.transaction():
        entry = breaks(bob)
        assert not reads(bob, hidden)
    hidden.append()  # the chain goes on

    assert reads(bob, hidden)
    assert not reads(carol, hidden)
    assert alice.run("SELECT actor FROM escalate.timeline WHERE id = %s", entry["id"]) == [{"actor": "bob"}]


def test_looking_and_rolling_back_shows_nothing(bob, hidden):
    with bob.taken_back():
        breaks(bob)
        assert not reads(bob, hidden)
        with bob.transaction():  # nor in a part of it
            assert not reads(bob, hidden)

    assert not reads(bob, hidden)


def test_what_is_told_before_is_only_where_the_chain_goes_on(bob, known, hidden):
    assert bob.run("SELECT * FROM escalate.break_glass_head(1)") == []  # nothing to break
    assert bob.run("SELECT * FROM escalate.break_glass_head(3)") == []
    [head] = bob.run("SELECT * FROM escalate.break_glass_head(2)")
    assert set(head) == {"incident", "seq", "digest", "recorded_at"}


def test_nothing_else_is_written_through_the_glass(bob, hidden, courier, known):
    [head] = bob.run("SELECT * FROM escalate.break_glass_head(2)")
    for event in (NoteAdded(text="t"), AccessGranted(to="person:bob"), AccessAlarmed(broken="x", by="bob")):
        with refused("not yours to write on"):
            bob.put(bob.entry(hidden.id, head["seq"] + 1, head["digest"], event))
    with bob.taken_back():
        entry = breaks(bob)
        with refused("not yours to write on"):
            bob.put(bob.entry(hidden.id, entry["seq"] + 1, entry["digest"], NoteAdded(text="t")))
    with bob.taken_back():
        entry = breaks(bob)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bob.owe(entry)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        courier.run("SELECT * FROM escalate.break_glass_head(2)")


def test_nobody_keeps_the_lead_from_being_told(bob, courier, hidden):
    with bob.transaction():
        entry = breaks(bob)
    key = f"broken/{entry['id']}"
    assert courier.run("SELECT due_at FROM escalate.timers WHERE key = %s", key) == [{"due_at": entry["recorded_at"]}]

    for statement in (
        "DELETE FROM escalate.timers",
        "UPDATE escalate.timers SET due_at = '2999-01-01T00:00:00.000000Z'",
    ):
        with refused("nobody has been told"):
            bob.run(f"{statement} WHERE key = %s", key)
    with refused("for a courier to say"):
        bob.append(hidden.id, AccessAlarmed(broken=entry["id"], by="bob"))

    courier.append(hidden.id, AccessAlarmed(broken=entry["id"], by="bob"))
    assert courier.run("DELETE FROM escalate.timers WHERE key = %s", key) == 1


# ── subjects of several incidents ───────────────────────────────────────────────────────────────────────────────────


def sees_subject(writer, incident, word):
    event = SubjectSeen(subject=f"h-{word}", type="account", relation="actor", digest=f"d-{word}", key="k", rule=1)
    with writer.transaction():
        entry = writer.append(incident, event)
        writer.run(
            "INSERT INTO escalate.sightings VALUES (%s, %s, %s, %s, %s, 'account', 'actor') ON CONFLICT DO NOTHING",
            entry["id"], incident, entry["seq"], event.subject, event.digest,
        )  # fmt: skip
    return entry


def test_an_incident_is_told_of_its_subject_elsewhere_and_who_asked_is_not(bob, courier, known, hidden):
    entry = sees_subject(bob, known.id, "SECRET")

    [told] = courier.run("SELECT entry, incident, seen_in, by, told_at FROM escalate.matches")
    assert told == {"entry": entry["id"], "incident": hidden.id, "seen_in": known.id, "by": "bob", "told_at": None}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bob.run("SELECT * FROM escalate.matches")
    assert {row["incident"] for row in bob.run("SELECT * FROM escalate.sightings_of('h-SECRET')")} == {known.id}
    assert courier.run("UPDATE escalate.matches SET told_at = 'now' WHERE told_at IS NULL") == 1


def test_that_somebody_asked_is_told_to_those_who_may_know_and_not_to_them(bob, alice, courier, known, hidden):
    for _ in range(2):
        for digest in ("d-SECRET", "d-OPEN", "d-NONE"):
            assert bob.run("SELECT * FROM escalate.ask_about(%s)", digest) == []
    alice.run("SELECT * FROM escalate.ask_about('d-SECRET')")  # who may read it was shown

    assert courier.run("SELECT incident, handle, seen_in, by FROM escalate.matches") == [
        {"incident": hidden.id, "handle": "h-SECRET", "seen_in": "", "by": "bob"}
    ]


def test_no_sighting_is_made_up(bob, known):
    for row in (
        ("x", known.id, 1, "h", "d"), (known.entry, known.id, 3, "h-SECRET", "d-SECRET"), (known.entry, known.id, 2, "h-OPEN", "d-OPEN"),
    ):  # fmt: skip
        with refused("does not follow"):
            bob.run("INSERT INTO escalate.sightings VALUES (%s, %s, %s, %s, %s, 'account', 'actor')", *row)


def test_handles_are_the_same_everywhere(bob, hidden):
    assert bob.one("SELECT escalate.handle_of('d-SECRET')") == "h-SECRET"
    assert bob.one("SELECT escalate.handle_of('d-NONE')") is None
    assert bob.one("SELECT escalate.handle_taken('h-SECRET', 'd-OTHER')") is True
    assert bob.one("SELECT escalate.handle_taken('h-SECRET', 'd-SECRET')") is False
