"""What is kept of an incident: nobody changes it silently, nor to what its timeline does not say."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from escalate.domain.timeline.events import (
    EntryEraseAsked,
    EntryErased,
    IncidentClosed,
    IncidentMitigated,
    IncidentReopened,
    NoteAdded,
    PageStepSkipped,
    SeverityChanged,
)  # fmt: skip
from postgres_entries import kept_state, refused

NOTE = NoteAdded(text="called the desk back")
NEXT_TO_IT = "AMBER BADGER 1"
SAVED = """
INSERT INTO escalate.incidents (id, number, code_name, status, severity, seq, digest, state)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET number = excluded.number, status = excluded.status, severity = excluded.severity,
                               seq = excluded.seq, digest = excluded.digest, state = excluded.state"""


def head_of(writer, incident):
    [row] = writer.run("SELECT seq, digest FROM escalate.heads WHERE incident = %s", incident)
    return row


def save(writer, incident, head=None, inside=None, **said):
    """As the program saves it; `inside` changes what the state says and its columns do not."""
    head = head or head_of(writer, incident)
    row = {"number": 1, "code_name": NEXT_TO_IT, "status": "open", "severity": "SEV2", **said}
    state = kept_state(incident, head, **{**row, **(inside or {})})
    return writer.run(SAVED, incident, *row.values(), head["seq"], head["digest"], state)


def row_of(writer, incident):
    """What is kept of it: status, severity, code name, and up to which entry."""
    statement = "SELECT status, severity, code_name, seq FROM escalate.incidents WHERE id = %s"
    [row] = writer.run(statement, incident)
    return tuple(row.values())


def write(writer, incident, *events, inside=None, **said):
    with writer.transaction():
        for event in events:
            writer.append(incident, event)
        save(writer, incident, inside=inside, **said)


@pytest.fixture
def kept(alice, incident):
    """INC-1 as the program leaves it: open, SEV2."""
    write(alice, incident, NOTE)
    return incident


def as_kept(owner):
    return owner.run("SELECT * FROM escalate.incidents ORDER BY id")


SILENT = {
    "what is shown": "UPDATE escalate.incidents SET state = replace(state, 'SEV2', 'SEV4')",
    "what lists go by": "UPDATE escalate.incidents SET status = 'closed'",
    "how grave it is": "UPDATE escalate.incidents SET severity = 'SEV4'",
    "all of it": "UPDATE escalate.incidents SET status = 'closed', state = replace(state, 'open', 'closed')",
    "how far it goes": "UPDATE escalate.incidents SET seq = seq - 1",
    "the same, said again": "UPDATE escalate.incidents SET state = state",
}


@pytest.mark.parametrize("who", ["alice", "sender", "courier", "keeper"])
def test_nobody_changes_it_without_an_entry(as_, kept, owner, who):
    before = as_kept(owner)

    for what, statement in SILENT.items():
        with refused("with an entry that says so", what=what):
            as_(who).run(statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_(who).run("UPDATE escalate.incidents SET code_name = 'NEWT'")

    assert as_kept(owner) == before


def test_an_entry_of_before_or_of_another_incident_does_not_count(alice, kept):
    other = alice.open()
    alice.append(kept)

    with refused("with an entry that says so"):
        save(alice, kept)
    with refused("with an entry that says so"), alice.transaction():
        alice.append(other)
        save(alice, kept)


def test_a_state_is_kept_of_the_head_and_under_its_number(alice, incident):
    alice.append(incident)
    head = head_of(alice, incident)
    wrong = [
        ({"head": {**head, "seq": head["seq"]}}, "with an entry"),
        ({"head": {**head, "digest": "0" * 64}}, "with an entry"),
        ({"number": 2}, "does not follow"),
    ]
    for said, says in wrong:
        with refused(says), alice.transaction():
            alice.append(incident)
            save(alice, incident, **said)

    with refused("with an entry"):
        save(alice, str(uuid4()), head={"seq": 1, "digest": "0" * 64}, number=0)
    write(alice, incident, NOTE)


TOLD = {
    "a note closes nothing": ((NOTE,), {"status": "closed"}, "not closed"),
    "a note lowers nothing": ((NOTE,), {"severity": "SEV4"}, "not SEV4"),
    "raised, and kept as it was": ((SeverityChanged(severity="SEV0", was="SEV2", why="w"),), {}, "not SEV2"),
    "raised to another": ((SeverityChanged(severity="SEV0", was="SEV2", why="w"),), {"severity": "SEV1"}, "not SEV1"),
    "closed, and open still": ((IncidentClosed(disposition="incident", worst="SEV2"),), {}, "not open"),
    "reopened, and closed still": (
        (IncidentClosed(disposition="incident", worst="SEV2"), IncidentReopened(why="w")), {"status": "closed"}, "not closed",
    ),
    "the state says otherwise": ((NOTE,), {"inside": {"status": "closed"}}, "not all of one state"),
    "the state is as grave as it likes": ((NOTE,), {"inside": {"severity": "SEV4"}}, "not all of one state"),
    "the state is of another moment": ((NOTE,), {"inside": {"head": {"seq": 9, "digest": "0" * 64}}}, "not all of one"),
    "the state is of another": ((NOTE,), {"inside": {"id": str(uuid4())}}, "not all of one state"),
    "the state is called otherwise": ((NOTE,), {"inside": {"code_name": "NEWT"}}, "called otherwise"),
}  # fmt: skip


@pytest.mark.parametrize("what", TOLD)
def test_nor_to_what_no_entry_says(alice, kept, owner, what):
    events, said, says = TOLD[what]
    before = as_kept(owner)

    with refused(says):
        write(alice, kept, *events, **said)

    assert as_kept(owner) == before


def test_nor_is_what_an_entry_of_before_said_left_out(alice, kept):
    alice.append(kept, IncidentMitigated(summary="stopped"))

    with refused("not open"):
        write(alice, kept, NOTE)
    write(alice, kept, NOTE, status="mitigated")


def test_nor_is_there_a_first_state_that_the_opening_does_not_make(alice, incident):
    for said, says in (
        ({"severity": "SEV4"}, "not SEV4"),
        ({"status": "closed"}, "not closed"),
        ({"code_name": "NEWT"}, "called otherwise"),
    ):
        with refused(says):
            write(alice, incident, NOTE, **said)


def test_a_state_that_is_none_is_refused(alice, kept):
    with pytest.raises(psycopg.Error), alice.transaction():
        alice.append(kept)
        alice.run("UPDATE escalate.incidents SET state = 'no state'")


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([NOTE], {}, id="a note"),
        pytest.param([SeverityChanged(severity="SEV0", was="SEV2", why="w")], {"severity": "SEV0"}, id="raised"),
        pytest.param(
            [SeverityChanged(severity="SEV0", was="SEV2", why="w"), SeverityChanged(severity="SEV3", was="SEV0", why="w")],
            {"severity": "SEV3"}, id="raised and lowered",
        ),
        pytest.param([IncidentMitigated(summary="s"), NOTE], {"status": "mitigated"}, id="mitigated, and a note"),
        pytest.param([IncidentClosed(disposition="incident", worst="SEV2")], {"status": "closed"}, id="closed"),
        pytest.param(
            [IncidentClosed(disposition="incident", worst="SEV2"), IncidentReopened(why="w")], {}, id="closed and reopened",
        ),
    ],
)  # fmt: skip
def test_what_entries_say_is_kept(alice, kept, events, said):
    write(alice, kept, *events, **said)
    write(alice, kept, NOTE, **said)

    wanted = {"status": "open", "severity": "SEV2", **said}
    assert row_of(alice, kept) == (wanted["status"], wanted["severity"], NEXT_TO_IT, head_of(alice, kept)["seq"])


def test_a_courier_keeps_it_with_what_it_writes(courier, kept):
    write(courier, kept, PageStepSkipped(page="p", pass_=1, step=1, targets=["person:bob"]))

    assert row_of(courier, kept) == ("open", "SEV2", NEXT_TO_IT, head_of(courier, kept)["seq"])


def test_what_was_made_wrong_past_the_guards_is_put_right_by_whoever_writes_next(alice, kept, owner):
    owner.run("UPDATE escalate.incidents SET status = 'closed', severity = 'SEV4', code_name = 'NEWT'")
    assert row_of(alice, kept)[:3] == ("closed", "SEV4", "NEWT")

    write(alice, kept, NOTE)

    # Its name nobody but the owner may change, and so not put right either: `verify` finds it, `db rebuild` mends it.
    assert row_of(alice, kept) == ("open", "SEV2", "NEWT", head_of(alice, kept)["seq"])


@pytest.mark.parametrize(
    "body", [r'{"severity":"SEV1","why":"\u0000"}', r'{"severity":"\ud800","why":"w"}', '{"why":"w"}', "{}"]
)
def test_what_somebody_wrote_that_cannot_be_read_keeps_nobody_from_writing(alice, bob, kept, body):
    alice.append(kept, NOTE, kind="severity.changed", body=body)

    write(bob, kept, NOTE)

    assert row_of(bob, kept) == ("open", "SEV2", NEXT_TO_IT, head_of(bob, kept)["seq"])


def test_how_grave_it_is_is_known_also_where_the_words_were_erased(alice, bob, kept, owner):
    told = alice.append(kept, SeverityChanged(severity="SEV0", was="SEV2", why="words"))
    alice.append(kept, EntryEraseAsked(entry=told["id"], why="w"))
    bob.append(kept, EntryErased(entry=told["id"], why="w", kept={"severity": "SEV0", "was": "SEV2"}))
    bob.run("UPDATE escalate.timeline SET body = NULL, salt = NULL WHERE id = %s", told["id"])

    with refused("not SEV2"):
        write(alice, kept, NOTE)
    write(alice, kept, NOTE, severity="SEV0")


def test_whoever_owns_the_record_makes_it_again(copier, kept):
    before = row_of(copier, kept)

    assert copier.run("UPDATE escalate.incidents SET state = state, code_name = code_name") == 1

    assert row_of(copier, kept) == before


# ── what decisions wait for ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("INSERT INTO escalate.watches VALUES ('har-3.2', %s)", "DELETE FROM escalate.watches"),
        ("INSERT INTO escalate.timers VALUES (%s, 'k', '2020-01-01T00:00:00.000000Z')", "DELETE FROM escalate.timers"),
    ],
    ids=["a clause", "a timer"],
)
def test_what_is_waited_for_begins_and_ends_with_an_entry_alone(alice, kept, begin, end):
    for incident in (kept, str(uuid4())):
        with refused("with an entry that says so"):
            alice.run(begin, incident)
    with alice.transaction():
        alice.append(kept)
        alice.run(begin, kept)

    with refused("with an entry that says so"):
        alice.run(end)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        alice.run("UPDATE escalate.watches SET clause = 'other'")
    with alice.transaction():
        alice.append(kept)
        assert alice.run(end) == 1
