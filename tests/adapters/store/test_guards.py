"""What the database itself refuses, whoever writes to it."""

from __future__ import annotations

import sqlite3

import pytest

from escalate.domain.timeline.codec import encode
from escalate.domain.timeline.entry import Entry
from escalate.domain.timeline.events import EntryEraseAsked, EntryErased

COLUMNS = ", ".join(Entry._fields)
NEXT = f"INSERT INTO timeline ({COLUMNS}) SELECT {COLUMNS.replace(', seq,', ', seq + 1,')} FROM timeline"


def refused(raw, statement, says="escalate: "):
    before = list(map(tuple, raw.execute("SELECT * FROM timeline ORDER BY incident, seq")))
    with pytest.raises(sqlite3.IntegrityError, match=says):
        raw.execute(statement)
    assert list(map(tuple, raw.execute("SELECT * FROM timeline ORDER BY incident, seq"))) == before


@pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"])
def test_an_entry_that_is_there_is_not_written_again(raw, noted, verb):
    same = f"{verb} INTO timeline ({COLUMNS}) SELECT {COLUMNS} FROM timeline WHERE seq = 3"

    if verb == "INSERT OR IGNORE":
        with pytest.raises(sqlite3.IntegrityError):
            raw.execute(same)
    else:
        refused(raw, same, "there already")


def insert(seq, id_, prev):
    changed = {"seq": str(seq), "id": f"'{id_}'", "prev": prev, "incident": "incident"}
    values = ", ".join(changed.get(name, name) for name in Entry._fields)
    return f"INSERT OR REPLACE INTO timeline ({COLUMNS}) SELECT {values} FROM timeline WHERE seq = 6"


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        pytest.param(insert(8, "new", "digest"), "not the next one", id="a gap"),
        pytest.param(insert(0, "new", "prev"), "not the next one", id="before the first"),
        pytest.param(insert(3, "new", "prev"), "there already", id="in the middle"),
        pytest.param(insert(7, "new", "prev"), "not the next one", id="a wrong prev"),
        pytest.param(insert(7, "new", "NULL"), "not the next one", id="no prev"),
        pytest.param("UPDATE timeline SET actor = 'mallory' WHERE seq = 3", "append-only", id="another actor"),
        pytest.param("UPDATE OR REPLACE timeline SET seq = 2 WHERE seq = 3", "append-only", id="another place"),
        pytest.param("UPDATE timeline SET body = '{}' WHERE seq = 3", "append-only", id="another body"),
        pytest.param("UPDATE timeline SET body = NULL, salt = NULL WHERE seq = 3", "append-only", id="erasing without leave"),
        pytest.param("DELETE FROM timeline WHERE seq = 6", "append-only", id="the last"),
        pytest.param("DELETE FROM timeline", "append-only", id="all"),
        pytest.param("UPDATE heads SET seq = 5", "heads follow", id="a head set back"),
        pytest.param("UPDATE heads SET seq = 7", "heads follow", id="a head ahead"),
        pytest.param("UPDATE heads SET digest = 'x'", "heads follow", id="a head's digest"),
        pytest.param("DELETE FROM heads", "heads follow", id="a head removed"),
        pytest.param("INSERT INTO heads SELECT 'other', 1, 'x'", "heads follow", id="a head of nothing"),
        pytest.param("INSERT OR REPLACE INTO heads SELECT incident, 1, digest FROM heads", "heads follow", id="a head replaced"),
        pytest.param("INSERT INTO numbers VALUES (3, 'other')", "not the next", id="a number skipped"),
        pytest.param("INSERT OR REPLACE INTO numbers VALUES (1, 'other')", "not the next", id="a number taken away"),
        pytest.param("UPDATE numbers SET number = 2", "given once", id="a number changed"),
        pytest.param("DELETE FROM numbers", "given once", id="a number removed"),
    ],
)  # fmt: skip
def test_the_record_only_grows_at_its_end(raw, noted, statement, says):
    refused(raw, statement, says)


def test_rosters_are_kept_as_they_were(raw, apply_roster):
    apply_roster('[people.alice]\nname = "Alice Ng"\nzone = "Europe/London"\n')

    for statement in ("UPDATE rosters SET roster = '{}'", "DELETE FROM rosters"):
        with pytest.raises(sqlite3.IntegrityError, match="rosters"):
            raw.execute(statement)


@pytest.mark.parametrize("event", [EntryEraseAsked, EntryErased])
def test_the_guard_finds_the_entry_at_the_beginning_of_the_body(event):
    assert encode(event(entry="an-id", why="w").plain()).startswith('{"entry":"an-id",')


# ── erasing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ERASE = "UPDATE timeline SET body = NULL, salt = NULL WHERE seq = 3"


@pytest.fixture
def says(ledger, store, noted):
    """Appends an event about entry 3 as some person."""
    with store.reading() as look:
        target = look.entry(noted, 3).id

    def append(event, actor):
        from escalate.domain.timeline.entry import Draft

        with ledger.writing() as record:
            record.append(record.incident(noted), Draft(event=event(entry=target, why="asked for by law"), actor=actor))

    return append


@pytest.mark.parametrize("through", ["the program", "another"])
def test_two_people_can_erase_what_was_written(raw, store, says, through):
    says(EntryEraseAsked, "alice")
    says(EntryErased, "bob")

    (store.connection() if through == "the program" else raw).execute(ERASE)

    assert tuple(raw.execute("SELECT body, salt FROM timeline WHERE seq = 3").fetchone()) == (None, None)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([(EntryEraseAsked, "alice")], id="only asked"),
        pytest.param([(EntryErased, "bob")], id="never asked"),
        pytest.param([(EntryEraseAsked, "alice"), (EntryErased, "alice")], id="both by one person"),
        pytest.param([(EntryErased, "bob"), (EntryEraseAsked, "alice")], id="asked afterwards"),
    ],
)
def test_one_person_cannot(raw, says, said):
    for event, actor in said:
        says(event, actor)

    refused(raw, ERASE, "append-only")


@pytest.mark.parametrize(
    "more",
    [
        "body = NULL",
        "salt = NULL",
        "body = NULL, salt = NULL, actor = 'mallory'",
        "body = NULL, salt = NULL, seq = 30",
        "body = NULL, salt = NULL, digest = 'x'",
        "body = '{}', salt = x'00'",
    ],
)
def test_only_body_and_salt_go_and_only_together(raw, says, more):
    says(EntryEraseAsked, "alice")
    says(EntryErased, "bob")

    refused(raw, f"UPDATE timeline SET {more} WHERE seq = 3", "append-only|CHECK")


def test_only_the_entry_that_was_named(raw, says):
    says(EntryEraseAsked, "alice")
    says(EntryErased, "bob")

    refused(raw, "UPDATE timeline SET body = NULL, salt = NULL WHERE seq = 4", "append-only")
