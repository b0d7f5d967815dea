"""What the database itself refuses of entries, whoever writes to it."""

from __future__ import annotations

import threading
from uuid import uuid4

import psycopg
import pytest

from escalate.domain.timeline import chain
from escalate.domain.timeline.duties import OncallOpened
from escalate.domain.timeline.events import (
    EntryEraseAsked,
    EntryErased,
    IncidentNumbered,
    IncidentOpened,
    NoteAdded,
    PageAcknowledged,
)  # fmt: skip
from postgres_entries import Writer, refused

NOTE = NoteAdded(text="called the desk back")


def kept(owner):
    return owner.run("SELECT * FROM escalate.timeline ORDER BY incident, seq"), owner.run(
        "SELECT * FROM escalate.heads"
    )


# ── what is taken ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_moves_the_head(alice, incident):
    entry = alice.append(incident)

    assert alice.run("SELECT seq, digest FROM escalate.heads") == [{"seq": 4, "digest": entry["digest"]}]


def test_an_opening_gets_its_number(alice, incident):
    other = alice.open()

    assert [(row["number"], row["incident"]) for row in alice.run("SELECT * FROM escalate.numbers_seen()")] == [
        (1, incident),
        (2, other),
    ]


def test_what_was_opened_without_a_number_gets_one_later(alice, incident):
    other = alice.open(number=0)
    alice.append(other, IncidentNumbered(number=2))

    assert alice.run("SELECT number, head FROM escalate.numbers_seen()") == [
        {"number": 1, "head": 3},
        {"number": 2, "head": 2},
    ]


def test_who_has_no_name_in_the_roster_is_called_by_the_login(as_, incident):
    assert as_("copier").one("SELECT escalate.whoami()") == "db:esc_copier"
    as_("keeper").append(incident)  # as db:esc_keeper


def test_several_entries_of_one_transaction_may_bear_one_moment(alice, incident):
    with alice.transaction():
        now = alice.now()
        for _ in range(3):
            alice.put(alice.next(incident, NOTE, recorded_at=now))


def test_a_moment_that_is_the_heads_may_lie_ahead_of_the_clock(alice, incident, owner):
    try:
        owner.run("SET session_replication_role = replica")
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip("who runs these tests is no superuser")
    owner.run("UPDATE escalate.timeline SET recorded_at = '2999-01-01T00:00:00.000000Z' WHERE seq = 3")

    alice.append(incident, recorded_at="2999-01-01T00:00:00.000000Z")


# ── what is forged ──────────────────────────────────────────────────────────────────────────────────────────────────


FORGED = {
    "another person": ({"actor": "bob"}, "this is not you", "ES002"),
    "the login instead of the person": ({"actor": "db:esc_alice"}, "this is not you", "ES002"),
    "a courier": ({"actor": "courier:desk"}, "this is not you", "ES002"),
    "long ago": ({"recorded_at": "2020-01-01T00:00:00.000000Z"}, "for this server", "ES002"),
    "far ahead": ({"recorded_at": "2999-01-01T00:00:00.000000Z"}, "for this server", "ES002"),
    "another digest": ({"digest": "0" * 64}, "digests", "ES002"),
    "another body's digest": ({"body_digest": "0" * 64}, "digests", "ES002"),
    "little salt": ({"salt": b"short"}, "digests", "ES002"),
    "letters that are not ASCII": ({"body": '{"text":"\u00fc"}'}, "digests", "ES002"),
    "no body": ({"body": None, "salt": None}, "digests", "ES002"),
    "a body that is a list": ({"body": "[]"}, "an object", "ES002"),
    "a gap": ({"seq": 6}, "not the next", "ES001"),
    "a place that is taken": ({"seq": 3}, "there already", "ES001"),
    "another chain": ({"prev": "0" * 64}, "not the next", "ES001"),
    "opened twice": ({"kind": "incident.opened"}, "begins with its opening", "ES002"),
    "that somebody was told": ({"kind": "access.alarmed"}, "for a courier", "ES002"),
    "that a subject was seen elsewhere": ({"kind": "subject.matched"}, "for a courier", "ES002"),
}


def test_a_member_cannot_forge(alice, incident, owner):
    before = kept(owner)

    for what, (changed, says, code) in FORGED.items():
        with refused(says, code, what):
            alice.append(incident, **changed)

    assert kept(owner) == before


UNCLEAR = [
        {"origin": "a\nb"}, {"origin": ""}, {"origin": "x" * 256}, {"origin": "a\u0085b"}, {"labels": "Two  Words"},
        {"kind": "no-kind"}, {"kind": "note.added\n"}, {"precision": "Exact"}, {"occurred_at": "2026-11-21"}, {"written_at": ""},
        {"id": "x"}, {"id": "ABCDEF00-0000-0000-0000-000000000000"},
    ]  # fmt: skip


def test_nothing_is_hashed_that_could_be_read_in_two_ways(alice, incident):
    for changed in UNCLEAR:
        with pytest.raises(psycopg.errors.CheckViolation):
            alice.append(incident, **changed)


def test_nothing_that_is_hashed_is_missing(alice, incident):
    for name in chain.HASHED:
        with pytest.raises(psycopg.Error):
            alice.append(incident, **{name: None})


def test_an_id_is_there_once_in_all_incidents(alice, incident):
    known = alice.append(incident)["id"]
    other = alice.open()

    with refused("there already", "ES001"):
        alice.append(other, id=known)


def test_a_timeline_begins_with_its_opening(alice):
    with refused("begins with its opening"):
        alice.put(alice.entry(str(uuid4()), 1, chain.START, NOTE))


def test_nothing_is_recorded_before_the_entry_it_follows(alice, incident):
    with alice.transaction():
        earlier = alice.now()
        alice.append(incident)
        with refused("for this server"):
            alice.append(incident, recorded_at=earlier)


def test_nothing_is_dated_back_to_before_its_transaction(alice, incident, owner):
    with alice.transaction():
        early = alice.one(
            """SELECT to_char((now() - interval '2 s') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        )
        with refused("for this server"):
            alice.append(alice.open(), recorded_at=early)


def test_numbers_are_dense(alice, incident):
    for number in (1, 3, -1):
        with refused("not the next one", "ES001"):
            alice.open(number=number)

    assert alice.one("SELECT count(*) FROM escalate.heads") == 1


def test_a_number_is_given_once(alice, incident):
    with refused("given once"):
        alice.append(incident, IncidentNumbered(number=2))


def test_two_who_open_at_once_get_two_numbers(pg, as_):
    as_("alice")
    wrong = []

    def opens():
        try:
            writer = Writer(pg.connect("bob"), "bob")
            for _ in range(10):
                writer.open()
        except psycopg.Error as error:
            wrong.append(error)

    threads = [threading.Thread(target=opens) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong
    assert [row["number"] for row in as_("alice").run("SELECT number FROM escalate.numbers_seen()")] == [*range(1, 41)]


def test_a_record_has_one_timeline_of_who_is_on_call(alice, bob):
    alice.put(alice.entry(str(uuid4()), 1, chain.START, OncallOpened()))

    with refused("there already", "ES001"):
        bob.put(bob.entry(str(uuid4()), 1, chain.START, OncallOpened()))


# ── what was written stays ──────────────────────────────────────────────────────────────────────────────────────────

CHANGES = [
    "UPDATE escalate.timeline SET actor = 'mallory'",
    "UPDATE escalate.timeline SET body = '{}', salt = '0123456789abcdef' WHERE seq = 2",
    "UPDATE escalate.timeline SET xid = pg_current_xact_id()",
    "DELETE FROM escalate.timeline WHERE seq = 3",
    "DELETE FROM escalate.timeline WHERE false",
    "TRUNCATE escalate.timeline",
    "TRUNCATE escalate.heads",
    "UPDATE escalate.heads SET seq = 2",
    "UPDATE escalate.heads SET seq = 4",
    "UPDATE escalate.heads SET digest = 'x'",
    "DELETE FROM escalate.heads",
    "INSERT INTO escalate.heads VALUES ('x', 1, 'x')",
    "INSERT INTO escalate.numbers VALUES (2, 'x')",
    "INSERT INTO escalate.numbers SELECT 5, incident FROM escalate.heads",
    "UPDATE escalate.numbers SET number = 2",
    "DELETE FROM escalate.numbers",
    "TRUNCATE escalate.numbers",
    "UPDATE escalate.rosters SET roster = '{}'",
    "DELETE FROM escalate.rosters",
    "TRUNCATE escalate.rosters",
    "INSERT INTO escalate.rosters VALUES (9, '', 'db:postgres', '{}', '')",
    "INSERT INTO escalate.rosters VALUES (2, '', 'alice', '{}', '')",
    "DELETE FROM escalate.clauses",
    "TRUNCATE escalate.subject_keys",
    "DELETE FROM escalate.messages",
    "TRUNCATE escalate.messages",
]


def test_guards_stop_also_who_has_every_right(owner, incident):
    before = kept(owner)

    for statement in CHANGES:
        with pytest.raises(psycopg.Error, match="escalate: ") as caught:
            owner.run(statement)
        assert caught.value.sqlstate in {"ES001", "ES002"}, statement

    assert kept(owner) == before


@pytest.mark.parametrize("who", ["alice", "courier", "keeper", "sender"])
def test_the_others_have_not_even_the_right(as_, incident, who):
    for statement in CHANGES:
        with pytest.raises(psycopg.Error) as caught:
            as_(who).run(statement)
        may_try = ("SET body" in statement and who != "courier") or (
            "INTO escalate.rosters" in statement and who == "keeper"
        )
        assert caught.value.sqlstate == ("ES002" if may_try else "42501"), statement


ERASE = "UPDATE escalate.timeline SET body = NULL, salt = NULL WHERE seq = 2"


def test_two_people_can_erase_what_was_written(alice, bob, incident):
    target = alice.one("SELECT id FROM escalate.timeline WHERE seq = 2")
    alice.append(incident, EntryEraseAsked(entry=target, why="asked for by law"))
    bob.append(incident, EntryErased(entry=target, why="asked for by law"))

    bob.run(ERASE)

    assert alice.run("SELECT body, salt FROM escalate.timeline WHERE seq = 2") == [{"body": None, "salt": None}]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([], id="nobody"),
        pytest.param([(EntryEraseAsked, "alice")], id="only asked"),
        pytest.param([(EntryErased, "bob")], id="never asked"),
        pytest.param([(EntryEraseAsked, "alice"), (EntryErased, "alice")], id="both by one person"),
        pytest.param([(EntryErased, "bob"), (EntryEraseAsked, "alice")], id="asked afterwards"),
    ],
)
def test_one_person_cannot(as_, incident, said):
    target = as_("alice").one("SELECT id FROM escalate.timeline WHERE seq = 2")
    for event, who in said:
        as_(who).append(incident, event(entry=target, why="w"))

    for who in ("alice", None):
        with refused("append-only"):
            as_(who).run(ERASE)


# ── couriers and who copies ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_courier_says_what_couriers_say_and_no_more(courier, incident):
    courier.append(incident, PageAcknowledged(page="p", by="carol", heard="slack"))

    for kind in ("note.added", "decision.made", "access.granted", "access.broken", "entry.erased", "role.assigned"):
        with refused("not you|not yours"):
            courier.append(incident, NOTE, kind=kind)
    for actor in ("alice", "db:esc_courier", "courier:", "courier:a b"):
        with refused("not you"):
            courier.append(incident, PageAcknowledged(page="p", by="carol"), actor=actor)


def test_who_is_both_writes_as_either(as_, incident):
    sender = as_("sender")
    sender.append(incident)
    sender.append(incident, PageAcknowledged(page="p", by="carol"), actor="courier:desk")

    with refused("not you"):
        sender.append(incident, NOTE, actor="courier:desk")


COPYING = "SELECT set_config('escalate.copying', 'on', {local})"


def test_copying_keeps_who_wrote_and_when(copier):
    copier.run(COPYING.format(local="false"))
    old = {"actor": "os:ang", "recorded_at": "2020-01-01T00:00:00.000000Z"}
    opened = copier.entry(
        str(uuid4()), 1, chain.START, IncidentOpened(number=7, code_name="A B", title="t", severity="SEV2"), **old
    )
    copier.put(opened)
    noted = copier.append(opened["incident"], **old)
    copier.append(opened["incident"], body=None, salt=None, **old)  # erased where it comes from
    copier.run("INSERT INTO escalate.numbers VALUES (1, %s)", opened["incident"])

    for changed, says in (
        ({"digest": "0" * 64}, "digests"),
        ({"body_digest": "0" * 64}, "digests"),
        ({"seq": 9}, "not the next"),
        ({"prev": "0" * 64}, "not the next"),
        ({"id": noted["id"]}, "there already"),
    ):
        with pytest.raises(psycopg.Error, match=says):
            copier.append(opened["incident"], **old, **changed)


def test_copying_is_for_the_owners_own(as_, incident):
    for who in ("alice", "keeper", "sender"):
        as_(who).run(COPYING.format(local="false"))
        with refused("not you"):
            as_(who).append(incident, actor="os:ang")
        assert as_(who).one("SELECT escalate.copying()") is False
    with refused("not you"):
        as_("copier").append(incident, actor="os:ang")  # who may, and did not say so
