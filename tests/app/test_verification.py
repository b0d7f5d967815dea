"""Whatever is changed behind the program's back is found, and named."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from conftest import FrozenClock
from escalate.app.corrections import withdraw
from escalate.app.incidents import Opening, change, note, open_incident, state_fact
from escalate.app.ledger import Author
from escalate.app.verification import noted_head, verify_incident, verify_store
from escalate.domain.incident import rules
from escalate.domain.timeline import chain
from escalate.domain.timeline.entry import Draft, Entry
from escalate.domain.timeline.events import EntryEraseAsked, EntryErased, NoteAdded
from escalate.errors import Usage
from escalate.wiring import Wiring

ROSTER = '[people.bob]\nname = "Bob Roe"\nzone = "Europe/London"\n'


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The file of a record, and the id of its INC-1 with fourteen entries and a page; INC-2 and INC-3 have one each."""
    from escalate.adapters.roster_file import read
    from escalate.app.paging import page
    from escalate.app.roster import apply

    folder = tmp_path_factory.mktemp("built")
    (folder / "roster.toml").write_text(ROSTER)
    environ = {"ESCALATE_HOME": str(folder), "HOME": str(folder), "ESCALATE_COURIER": "off"}
    clock = FrozenClock()
    wiring = Wiring(environ, clock=clock, author=Author(actor="alice", person="alice", origin="desk"))
    wiring.store.create()
    ledger = wiring.ledger
    apply(ledger, read([folder / "roster.toml"]))
    incident = open_incident(ledger, Opening(title="first", severity="SEV2")).incident.id
    for number in range(8):
        clock.advance(seconds=7)
        note(ledger, incident, f"note number {number} é")
    state_fact(ledger, incident, "detected", at=clock.now(), why="alert")
    change(ledger, incident, lambda found: rules.mitigate(found, "stopped"))
    withdraw(ledger, incident, "3", "misfiled")
    page(ledger, incident, ["person:bob"])
    open_incident(ledger, Opening(title="second"))
    open_incident(ledger, Opening(title="third"))
    wiring.store.close()
    return wiring.store.path, incident


@pytest.fixture
def record(store, built):
    """The id of INC-1 in a copy of that record."""
    path, incident = built
    store.close()
    store.path.write_bytes(path.read_bytes())
    return incident


@pytest.fixture
def tamper(store, record):
    """Runs statements on the file itself, its guards taken away, as somebody with an editor would."""

    def change(*statements):
        with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
            raw.execute("PRAGMA ignore_check_constraints = ON")
            for [name] in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                raw.execute(statement, {"one": record})

    return change


def places(found):
    return [(fault.seq, fault.field) for fault in found.bad]


def test_a_record_nobody_touched_fits_together(store, record):
    found = verify_store(store)

    assert (found.sound, found.bad, found.erased) == (True, [], 0)
    assert found.entries == sum(len(page) for id_ in incidents(store) for page in store.pages_of(id_))


def incidents(store):
    with store.reading() as look:
        return [incident.id for incident in look.incidents()]


def test_no_entries_is_not_the_same_as_being_in_order(store):
    assert verify_store(store).sound is False


HERE = "incident = :one AND seq"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "first"),
    [
        pytest.param(f"SET body = replace(body, 'number 3', 'number 9') WHERE {HERE} = 5", (5, "body"), id="a word"),
        pytest.param(f"SET body = CAST(x'7b22ff' AS TEXT) WHERE {HERE} = 5", (5, "body"), id="bytes that are no text"),
        pytest.param(f"SET body = CAST(body AS BLOB) WHERE {HERE} = 5", (5, "body"), id="bytes instead of text"),
        pytest.param(f"SET body = NULL, salt = NULL WHERE {HERE} = 5", (5, "body"), id="erased without leave"),
        pytest.param(f"SET body = NULL WHERE {HERE} = 5", (5, "body"), id="a body without its salt"),
        pytest.param(f"SET salt = (SELECT salt FROM timeline WHERE {HERE} = 4) WHERE {HERE} = 5", (5, "body"), id="another's salt"),
        pytest.param(f"SET salt = 'text' WHERE {HERE} = 5", (5, "body"), id="a salt that is text"),
        pytest.param(f"SET salt = 99999999999999 WHERE {HERE} = 5", (5, "body"), id="a salt that is a number"),
        pytest.param(f"SET body_digest = 'x' WHERE {HERE} = 5", (5, "body"), id="a body's digest"),
        pytest.param(f"SET actor = 'mallory' WHERE {HERE} = 5", (5, "digest"), id="who"),
        pytest.param(f"SET actor = CAST(x'ff' AS TEXT) WHERE {HERE} = 5", (5, "digest"), id="who, in bytes that are no text"),
        pytest.param(f"SET origin = 'elsewhere' WHERE {HERE} = 5", (5, "digest"), id="where"),
        pytest.param(f"SET kind = 'fact.stated' WHERE {HERE} = 5", (5, "digest"), id="what kind"),
        pytest.param(f"SET kind = CAST(kind AS BLOB) WHERE {HERE} = 5", (5, "digest"), id="a kind in bytes"),
        pytest.param(f"SET id = 'another' WHERE {HERE} = 5", (5, "digest"), id="the id"),
        pytest.param(f"SET labels = labels || ' ' WHERE {HERE} = 5", (5, "digest"), id="a blank more"),
        pytest.param(f"SET precision = 'day' WHERE {HERE} = 5", (5, "digest"), id="how exactly"),
        pytest.param(f"SET occurred_at = replace(occurred_at, '21:', '20:') WHERE {HERE} = 5", (5, "digest"), id="when it happened"),
        pytest.param(f"SET recorded_at = replace(recorded_at, '21:', '20:') WHERE {HERE} = 5", (5, "digest"), id="when recorded"),
        pytest.param(f"SET written_at = replace(written_at, '21:', '20:') WHERE {HERE} = 5", (5, "digest"), id="when written"),
        pytest.param(f"SET prev = upper(prev) WHERE {HERE} = 5", (5, "prev"), id="what it follows"),
        pytest.param(f"SET digest = 'x' WHERE {HERE} = 5", (5, "digest"), id="its digest"),
        pytest.param(f"SET seq = 99 WHERE {HERE} = 5", (6, "seq"), id="moved to the end"),
        pytest.param(f"SET seq = -5 WHERE {HERE} = 5", (-5, "seq"), id="moved before the first"),
        pytest.param(f"SET seq = 'five' WHERE {HERE} = 5", (6, "seq"), id="a number that is a word"),
        pytest.param(f"SET incident = 'another' WHERE {HERE} = 5", (6, "seq"), id="moved to another incident"),
    ],
)  # fmt: skip
def test_a_changed_entry_is_found_and_named(store, tamper, record, statement, first):
    tamper(f"UPDATE timeline {statement}")

    found = verify_store(store)

    assert not found.sound
    assert first in places(found)
    assert min(fault.seq for fault in found.bad if fault.incident == record and fault.seq) == first[0]
    assert all(fault.what for fault in found.bad)


def test_a_digest_that_was_made_to_fit_breaks_the_next(store, tamper, record):
    with store.reading() as look:
        entry = look.entry(record, 5)
    forged = entry.but(actor="mallory")
    digest = chain.digest(getattr(forged, name) for name in chain.HASHED)

    tamper(f"UPDATE timeline SET actor = 'mallory', digest = '{digest}' WHERE {HERE} = 5")

    assert places(verify_incident(store, record)) == [(6, "prev")]


def test_entries_that_changed_places_are_found(store, tamper, record):
    tamper(
        f"UPDATE timeline SET seq = 100 WHERE {HERE} = 4",
        f"UPDATE timeline SET seq = 4 WHERE {HERE} = 5",
        f"UPDATE timeline SET seq = 5 WHERE {HERE} = 100",
    )

    assert places(verify_incident(store, record))[:3] == [(4, "prev"), (4, "digest"), (5, "prev")]


COLUMNS = ", ".join(Entry._fields)
COPY = COLUMNS.replace(" seq,", " {seq},").replace(" id,", " 'new',")


@pytest.mark.parametrize(
    ("seq", "first"),
    [(5.5, (6, "seq")), (0, (0, "seq")), (99, (99, "seq"))],
    ids=["in between", "before all", "after all"],
)
def test_an_entry_that_was_put_in_is_found(store, tamper, seq, first):
    tamper(f"INSERT INTO timeline ({COLUMNS}) SELECT {COPY.format(seq=seq)} FROM timeline WHERE {HERE} = 5")

    assert places(verify_store(store))[0] == first


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        pytest.param([f"DELETE FROM timeline WHERE {HERE} = 5"], (6, "seq"), id="from the middle"),
        pytest.param([f"DELETE FROM timeline WHERE {HERE} = 1"], (2, "seq"), id="the first"),
        pytest.param([f"DELETE FROM timeline WHERE {HERE} > 6"], (7, "seq"), id="the tail"),
        pytest.param([f"DELETE FROM timeline WHERE {HERE} > 0"], (1, "seq"), id="all of an incident"),
        pytest.param(["DELETE FROM heads WHERE incident = :one"], (0, "head"), id="a head"),
        pytest.param(["UPDATE heads SET seq = 3 WHERE incident = :one"], (14, "head"), id="a head set back"),
        pytest.param(["UPDATE heads SET digest = 'x' WHERE incident = :one"], (14, "head"), id="a head's digest"),
        pytest.param(["DELETE FROM numbers WHERE number = 2"], (0, "number"), id="a number in the middle"),
        pytest.param(["DELETE FROM numbers WHERE number = 3"], (0, "number"), id="the last number"),
        pytest.param(["UPDATE numbers SET number = 9 WHERE number = 3"], (0, "number"), id="another number"),
        pytest.param(["UPDATE numbers SET number = 99999999999999 WHERE number = 3"], (0, "number"), id="a very large number"),
        pytest.param(
            [f"DELETE FROM {table} WHERE incident = (SELECT incident FROM numbers WHERE number = 2)" for table in ("timeline", "heads")],
            (0, "incident"),
            id="an incident but for its number",
        ),
        pytest.param(
            [
                "CREATE TEMP TABLE gone AS SELECT incident FROM numbers WHERE number = 2",
                *(f"DELETE FROM {table} WHERE incident IN (SELECT * FROM gone)" for table in ("timeline", "heads", "numbers")),
                "DELETE FROM incidents WHERE id IN (SELECT * FROM gone)",
            ],
            (0, "number"),
            id="an incident with its number",
        ),
        pytest.param(
            [
                "CREATE TEMP TABLE gone AS SELECT incident FROM numbers WHERE number = 3",
                *(f"DELETE FROM {table} WHERE incident IN (SELECT * FROM gone)" for table in ("timeline", "heads", "numbers")),
            ],
            (0, "head"),
            id="the last incident but for its state",
        ),
    ],
)  # fmt: skip
def test_what_was_taken_out_is_missed(store, tamper, statements, found):
    tamper(*statements)

    assert found in places(verify_store(store))


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE incidents SET state = replace(state, 'SEV2', 'SEV4') WHERE id = :one", id="what is shown"),
        pytest.param("UPDATE incidents SET state = json_set(state, '$.head.recorded_at', '2030-01-01T00:00:00.000000Z')", id="a head"),
        pytest.param("UPDATE incidents SET status = 'closed' WHERE id = :one", id="what lists go by"),
        pytest.param("UPDATE incidents SET code_name = 'NEWT' WHERE id = :one", id="a name"),
        pytest.param("UPDATE incidents SET number = 70 WHERE id = :one", id="a number"),
        pytest.param("UPDATE incidents SET state = 'no json' WHERE id = :one", id="not JSON"),
        pytest.param("UPDATE incidents SET state = CAST(x'ff' AS TEXT) WHERE id = :one", id="not text"),
        pytest.param("UPDATE incidents SET seq = 3 WHERE id = :one", id="behind"),
        pytest.param("DELETE FROM incidents WHERE id = :one", id="gone"),
        pytest.param("UPDATE pages SET due_at = NULL WHERE incident = :one", id="a page that would never go on"),
        pytest.param("DELETE FROM pages WHERE incident = :one", id="a page"),
        pytest.param("UPDATE pages SET policy = 'other' WHERE incident = :one", id="by which policy turns are counted"),
        pytest.param("UPDATE incidents SET state = CAST(state AS BLOB) WHERE id = :one", id="bytes instead of text"),
        pytest.param("INSERT INTO timers VALUES (:one, x'61', 'x'), (:one, 'b', 'x')", id="moments of any kind"),
        pytest.param("INSERT INTO watches VALUES (x'61', :one), ('b', :one)", id="clauses of any kind"),
        pytest.param("INSERT INTO pages VALUES ('p', :one, 'open', '2020-01-01T00:00:00.000000Z', '')", id="a page nobody opened"),
    ],
)  # fmt: skip
def test_a_state_that_the_entries_do_not_make_is_found(store, tamper, record, statement):
    from escalate.adapters.store.upkeep import rebuild

    tamper(statement)

    assert {field for _, field in places(verify_incident(store, record))} == {"state"}

    rebuild(store)
    assert verify_store(store).sound


def test_a_number_that_another_incident_had_is_found(store, tamper, record):
    tamper(
        "UPDATE numbers SET number = 77 WHERE number = 1",
        "UPDATE numbers SET number = 1 WHERE number = 2",
        "UPDATE numbers SET number = 2 WHERE number = 77",
    )

    assert {field for _, field in places(verify_store(store))} == {"number"}


def test_messages_and_the_index_are_no_part_of_the_chain(store, tamper):
    tamper("UPDATE messages SET subject = 'other words', text = 'other words'", "DELETE FROM search")

    assert verify_store(store).sound


def test_a_body_that_fits_its_digests_but_makes_no_sense_is_named(store, tamper, record):
    """Somebody who can forge digests, too: the last entry, so that nothing after it breaks."""
    with store.reading() as look:
        last = look.last_entries(record, 1)[0]
    body = '{"severity":5,"was":"SEV2","why":"w"}'
    forged = last.but(kind="severity.changed", body=body, body_digest=chain.body_digest(last.salt, body))
    digest = chain.digest(getattr(forged, name) for name in chain.HASHED)

    tamper(
        f"UPDATE timeline SET kind = 'severity.changed', body = '{body}', body_digest = '{forged.body_digest}',"
        f" digest = '{digest}' WHERE {HERE} = {last.seq}",
        f"UPDATE heads SET digest = '{digest}' WHERE incident = :one",
    )

    assert places(verify_incident(store, record)) == [(last.seq, "body")]


# ── erasing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("second", "bad"), [("bob", []), ("alice", [(5, "body")])], ids=["by two", "by one"])
def test_a_body_may_be_missing_where_two_people_erased_it(store, ledger, tamper, record, second, bad):
    with store.reading() as look:
        target = look.entry(record, 5).id
    with ledger.writing() as writing:
        events = [(EntryEraseAsked, "alice"), (EntryErased, second)]
        drafts = [Draft(event=event(entry=target, why="w"), actor=actor) for event, actor in events]
        writing.append(writing.incident(record), *drafts)

    tamper(f"UPDATE timeline SET body = NULL, salt = NULL WHERE {HERE} = 5")

    found = verify_incident(store, record)
    assert (places(found), found.erased) == (bad, 1)


# ── heads noted elsewhere ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_head_that_was_noted_is_found_again_also_when_the_timeline_has_grown(store, ledger, record):
    with store.reading() as look:
        head = look.incident(record).head

    note(ledger, record, "later")

    assert verify_incident(store, record, noted_head(head.short)).sound
    assert verify_incident(store, record, (head.seq, head.digest)).sound


@pytest.mark.parametrize(
    ("head", "says"),
    [((14, "0" * 12), "not the one that was noted"), ((99, "0" * 12), "the chain ends at 1")],
    ids=["a rewritten history", "one that was cut"],
)
def test_another_head_is_found(store, record, head, says):
    [fault] = verify_incident(store, record, head).bad

    assert (fault.seq, fault.field) == (head[0], "head")
    assert says in fault.what


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("#14:3fa9c1d2b7e0", (14, "3fa9c1d2b7e0")),
        ("14:3FA9C1D2", (14, "3fa9c1d2")),
        ("14", None),
        ("14:3fa9c1", None),
        ("x:3fa9c1d2b7e0", None),
        ("14:3fa9c1d2b7eg", None),
        ("٣:3fa9c1d2b7e0", None),
    ],
)  # fmt: skip
def test_how_a_head_is_written(text, head):
    if head:
        assert noted_head(text) == head
    else:
        with pytest.raises(Usage, match="is not a head"):
            noted_head(text)


# ── while others write ──────────────────────────────────────────────────────────────────────────────────────────────


class Busy:
    """The store, with somebody who appends between any two looks at it."""

    def __init__(self, store, ledger, incident):
        self._store, self._ledger, self._incident = store, ledger, incident
        self.shared = store.shared

    def _meanwhile(self):
        with self._ledger.writing() as record:
            incident = record.incident(self._incident)
            person = f"person-{incident.head.seq}"
            record.append(incident, NoteAdded(text="meanwhile"), *rules.assign(incident, "lead", person))

    def reading(self):
        self._meanwhile()
        return self._store.reading()

    def unspoilt(self):
        self._meanwhile()
        return self._store.unspoilt()

    def rows(self, query, **values):
        self._meanwhile()
        return self._store.rows(query, **values)


def test_what_is_written_meanwhile_is_no_fault(store, ledger, record):
    found = verify_store(Busy(store, ledger, record))

    assert found.bad == []
