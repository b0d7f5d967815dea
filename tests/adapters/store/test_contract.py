"""What every store promises, each database the same: by the clock on the wall, which PostgreSQL goes by."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from both_stores import Wall, every, incident, ledger, ledger_of, opened, state, store  # noqa: F401
from escalate.app import decisions
from escalate.app.incidents import Opening, change, note, open_incident, state_fact
from escalate.app.ledger import Record
from escalate.app.ports import Tally
from escalate.app.verification import verify_store
from escalate.domain.decision.rules import Deciding
from escalate.domain.incident import rules
from escalate.domain.incident.fold import fold
from escalate.domain.messages.message import OWED, Message
from escalate.domain.timeline import chain
from escalate.domain.timeline.events import NoteAdded
from escalate.domain.timeline.judgements import DecisionReopened
from escalate.errors import Conflict, NotFound, Refused

# ── appending ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_making_it_again_changes_nothing(opened, store, incident):
    assert (opened().create() if not store.shared else opened().exists()) is store.shared
    assert state(store, incident).ref == "INC-1"


def test_entries_are_numbered_chained_and_headed(store, ledger, incident, opened):
    for number in range(5):
        note(ledger, incident, f"note number {number}")
    entries = every(store, incident)

    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert [entry.prev for entry in entries] == ["0" * 64, *(entry.digest for entry in entries[:-1])]
    assert opened.spoil("SELECT incident, seq, digest FROM heads") == [(incident, 6, entries[-1].digest)]
    assert len({entry.salt for entry in entries}) == 6
    assert verify_store(store).sound


def test_what_was_written_is_read_as_it_was(store, ledger, incident):
    at = datetime(1999, 12, 31, 23, 59, 59, 123456, tzinfo=UTC)
    written = note(
        ledger, incident, 'ünï "quoted"  \ttabbed\nsecond line 100% :now %(x)s', at=at, labels=frozenset({"tlp:red"})
    )

    assert every(store, incident)[-1] == written.entries[-1]
    assert written.entries[-1].occurred_at == "1999-12-31T23:59:59.123456Z"


def test_numbers_are_dense_also_after_something_went_wrong(ledger):
    def opening(title):
        return open_incident(ledger, Opening(title=title)).incident

    first = opening("one")
    with pytest.raises(RuntimeError), ledger.writing() as record:
        event = rules.open_(Opening(title="half done"), number=record.tx.next_number(), code_name="HALF DONE")
        record.append(None, event, id_="11111111-1111-4111-8111-111111111111")
        raise RuntimeError

    assert [first.number, opening("two").number] == [1, 2]


def test_what_goes_wrong_leaves_nothing_behind(ledger, store, incident, opened):
    with pytest.raises(Refused), ledger.writing() as record:
        written = record.append(record.incident(incident), *rules.assign(record.incident(incident), "lead", "bob"))
        rules.mitigate(written.incident.but(status="closed"), "")

    assert len(every(store, incident)) == 1
    assert state(store, incident).roles == {}
    assert opened.spoil("SELECT count(*) FROM search") == [(1,)]


def test_within_a_transaction_one_sees_what_one_wrote(ledger, store, incident):
    with ledger.writing() as record:
        record.append(record.incident(incident), *rules.assign(record.incident(incident), "lead", "bob"))

        assert record.incident(incident).roles == {"lead": "bob"}
        assert record.tx.entries(incident)[-1].kind == "role.assigned"
        with store.reading() as look:
            assert look.incident(incident).roles == {"lead": "bob"}


def test_an_entry_that_is_there_is_a_conflict_and_changes_nothing(store, ledger, incident):
    [first] = every(store, incident)

    with pytest.raises(Conflict) as caught, ledger.writing() as record:
        record.tx.insert(first, None)
    assert "Nothing was recorded" in caught.value.hint
    assert every(store, incident) == [first]


def test_recorded_at_is_the_stores_own_time(store, ledger, incident):
    before = datetime.now(UTC)
    note(ledger, incident, "t")
    recorded = [entry.recorded for entry in every(store, incident)]

    assert recorded == sorted(recorded)
    assert before - timedelta(seconds=1) < recorded[-1] < datetime.now(UTC) + timedelta(seconds=1)


def test_what_has_not_happened_is_not_recorded(ledger, store, incident):
    with pytest.raises(Refused, match="in the future"):
        note(ledger, incident, "t", at=datetime.now(UTC) + timedelta(minutes=3))

    assert len(every(store, incident)) == 1


def test_an_unknown_incident_is_not_written_on(ledger):
    with pytest.raises(NotFound, match="There is no incident"):
        note(ledger, "11111111-1111-4111-8111-111111111111", "t")


def test_a_long_timeline_is_read_in_pages(store, ledger, incident, monkeypatch):
    monkeypatch.setattr(f"{type(store).__module__}.PAGE", 2)
    for number in range(4):
        note(ledger, incident, f"{number}")

    assert [len(page) for page in store.pages_of(incident)] == [2, 2, 1]


def test_writers_in_threads_of_their_own_lose_nothing(opened, store, wiring, incident):
    def write(name):
        mine = opened()
        for number in range(10):
            note(ledger_of(mine, wiring.texts), incident, f"{name} {number}")
        mine.close()

    threads = [threading.Thread(target=write, args=(f"writer-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = every(store, incident)
    assert [entry.seq for entry in entries] == list(range(1, 42))
    wanted = sorted(f"writer-{w} {n}" for w in range(4) for n in range(10))
    assert sorted(entry.event.text for entry in entries[1:]) == wanted


def test_numbers_are_dense_also_where_many_open_at_once(opened, store, wiring):
    def write():
        mine = opened()
        for number in range(5):
            open_incident(ledger_of(mine, wiring.texts), Opening(title=f"t{number}"))
        mine.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.reading() as look:
        assert [one.number for one in look.incidents()] == list(range(20, 0, -1))
    assert verify_store(store).sound


# ── the state that is kept ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def eventful(ledger, incident):
    """An incident with some of everything that is folded."""
    note(ledger, incident, "t")
    state_fact(ledger, incident, "detected", at=datetime.now(UTC) - timedelta(minutes=9), why="alert")
    change(ledger, incident, lambda found: rules.mitigate(found, "stopped"))
    change(ledger, incident, lambda found: rules.assign(found, "lead", "bob"))
    return incident


SPOILT = {
    "a digest that does not match": "UPDATE incidents SET digest = 'x'",
    "behind": "UPDATE incidents SET seq = 1",
    "not a state": "UPDATE incidents SET state = '{}'",
    "not JSON": "UPDATE incidents SET state = 'no json'",
    "a newer version's": """UPDATE incidents SET state = '{"mood":"calm",' || substr(state, 2)""",
    "of another history": "UPDATE incidents SET state = replace(state, digest, 'x'), digest = 'x'",
    "gone": "DELETE FROM incidents",
}


def test_a_state_that_cannot_be_trusted_is_folded_again(store, ledger, eventful, opened):
    for what, statement in SPOILT.items():
        right, count = state(store, eventful), len(every(store, eventful))
        opened.spoil(statement)

        assert state(store, eventful) == right == fold(every(store, eventful)), what
        note(ledger, eventful, "and the next command works")
        assert len(every(store, eventful)) == count + 1, what
        assert verify_store(store).sound, what


def test_a_state_that_is_behind_is_brought_up_to_date(store, ledger, eventful, opened):
    [old] = opened.spoil("SELECT seq, digest, state FROM incidents")
    change(ledger, eventful, lambda found: rules.assign(found, "legal", "carol"))
    opened.spoil("UPDATE incidents SET seq = %s, digest = %s, state = %s", *old)

    assert state(store, eventful).roles == {"lead": "bob", "legal": "carol"}
    with store.reading() as look:
        assert [one.roles for one in look.incidents()] == [{"lead": "bob"}]  # a list reads what is kept


def test_what_is_kept_reads_back_as_it_was_folded(store, eventful, opened):
    [[kept]] = opened.spoil("SELECT state FROM incidents")

    assert json.loads(kept) == fold(every(store, eventful)).plain()


TAMPERED = {
    "digest": ("timeline", "UPDATE timeline SET actor = 'mallory' WHERE seq = 3"),
    "body": ("timeline", "UPDATE timeline SET body = replace(body, 't', 'T') WHERE seq = 2"),
    "seq": ("timeline", "DELETE FROM timeline WHERE seq = 5"),
    "head": ("heads", "UPDATE heads SET digest = 'x'"),
    "state": ("incidents", "UPDATE incidents SET status = 'closed'"),
}


def test_what_was_tampered_with_is_found(store, eventful, opened):
    for field, (table, statement) in TAMPERED.items():
        opened.spoil(f"CREATE TABLE kept_{field} AS SELECT * FROM {table} ")
        opened.spoil(statement)

        assert field in {fault.field for fault in verify_store(store).bad}
        opened.spoil(f"DELETE FROM {table} ")
        opened.spoil(f"INSERT INTO {table} SELECT * FROM kept_{field}")
        assert verify_store(store).sound


# ── what is found without folding ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def judged(ledger, incident):
    """An incident with a decision that is looked at again, on a day and when guidance changes."""
    wish = Deciding(
        question="Refer?", choose="no", why="w", review_at=datetime.now(UTC) + timedelta(days=9),
        review_on=("clause:har-3.2", "clause:har-1", "a note"),
    )  # fmt: skip
    decisions.decide(ledger, incident, wish)
    return incident


def waiting_for(store, *clauses):
    with store.reading() as look:
        return look.watching(clauses)


def test_what_waits_for_a_clause_is_found_by_it(store, ledger, judged):
    other = open_incident(ledger, Opening(title="second")).incident.id
    decisions.decide(ledger, other, Deciding(question="q", choose="no", why="w", review_on=("clause:har-1",)))
    note(ledger, other, "t")

    assert waiting_for(store, "har-3.2") == waiting_for(store, "har-3.2", "no-such") == [judged]
    assert waiting_for(store, "har-1", "har-3.2") == sorted([judged, other])
    assert waiting_for(store) == waiting_for(store, "har") == []


def test_and_no_more_when_it_does_not_wait_any_longer(store, ledger, judged):
    change(ledger, judged, lambda found: rules.close(found, "incident", "SEV2", None, ""))
    assert waiting_for(store, "har-3.2") == [judged], "closed incidents are looked at again, too"

    with ledger.writing() as record:
        record.append(record.incident(judged), DecisionReopened(decision="D-1", because="date"))
    assert waiting_for(store, "har-1", "har-3.2") == []


def test_what_no_clause_can_be_called_is_not_looked_for(store, ledger, incident):
    wish = Deciding(question="q", choose="no", why="w", review_on=(f"clause:{'x' * 65}", f"clause:{'y' * 5000}"))
    decisions.decide(ledger, incident, wish)

    assert waiting_for(store, "x" * 65, "y" * 5000) == []
    assert verify_store(store).sound


def test_an_entry_costs_nothing_for_it_where_nothing_was_decided(opened, ledger, incident):
    asked = []
    with opened().writing() as pen:
        run = pen.run
        pen.run = lambda query, **values: (asked.append(query), run(query, **values))[1]
        Record(pen, ledger.author, ledger.texts).append(pen.incident(incident), NoteAdded(text="t"))

    assert "save_state" in asked
    assert not [query for query in asked if "watch" in query or "timer" in query]


DERIVED = {
    "a timer that never comes": "DELETE FROM timers",
    "a timer put off": "UPDATE timers SET due_at = '2999-01-01T00:00:00.000000Z'",
    "a timer nobody set": "INSERT INTO timers (incident, key, due_at) SELECT incident, 'k', due_at FROM timers",
    "a clause that is not waited for": "DELETE FROM watches WHERE clause = 'har-1'",
    "another clause": "UPDATE watches SET clause = 'har-9' WHERE clause = 'har-1'",
    "one more": "INSERT INTO watches (clause, incident) SELECT 'har-9', id FROM incidents",
}


def test_timers_and_watches_that_the_entries_do_not_make_are_found(store, judged, opened):
    assert verify_store(store).sound
    for name in ("timers", "watches"):
        opened.spoil(f"CREATE TABLE kept_{name} AS SELECT * FROM {name}")

    for what, statement in DERIVED.items():
        opened.spoil(statement)
        assert [(fault.incident, fault.field) for fault in verify_store(store).bad] == [(judged, "state")], what
        for name in ("timers", "watches"):
            opened.spoil(f"DELETE FROM {name}")
            opened.spoil(f"INSERT INTO {name} SELECT * FROM kept_{name}")

    assert verify_store(store).sound


# ── what is owed ────────────────────────────────────────────────────────────────────────────────────────────────────


def owe(ledger, incident, many, due=-60, **more):
    """As many messages, a second between two, the first so many seconds from now."""
    with ledger.writing() as record:
        written = record.append(record.incident(incident), NoteAdded(text="owes"))
        [entry] = written.entries
        known = {"incident": incident, "entry": entry.id, "seq": entry.seq, "digest": entry.digest}
        to = {
            "to": "person:bob",
            "name": "Bob",
            "address": "bob",
            "via": "desk",
            "purpose": "page",
            "subject": "",
            **more,
        }
        for number in range(many):
            id_ = chain.uuid_parts(entry.id, to["to"], to["via"], str(number))
            at = record.now + timedelta(seconds=due + number)
            record.tx.queue(Message(id=id_, **known, **to, text=f"word {number}", due_at=at))


def test_all_messages_are_read_however_many_there_are(store, ledger, incident):
    owe(ledger, incident, 510, due=-600)

    with store.reading() as look:
        assert look.tally(Wall().now()) == Tally(messages=510, moving=510, due=510)
        for found in (look.messages(), look.messages(incident=incident), look.messages(states=OWED)):
            assert [one.text for one in found] == [f"word {number}" for number in range(510)]
        assert [one.text for one in look.messages(states=OWED, limit=2)] == ["word 0", "word 1"]
        assert [one.text for one in look.messages(incident=incident, states=OWED, limit=2)] == ["word 0", "word 1"]
        assert look.messages(states=("sent",), limit=2) == []


def test_what_is_owed_is_counted_without_being_read(store, ledger, incident, opened):
    owe(ledger, incident, 1, subject="cancelled")
    owe(ledger, incident, 2, subject="unknown")
    owe(ledger, incident, 1, due=3600)
    owe(ledger, incident, 1, due=-90, via="console")
    owe(ledger, incident, 1, due=3600, via="console")
    owe(ledger, incident, 1, due=-30, via="console", subject="shown")
    opened.spoil("UPDATE messages SET state = subject WHERE subject <> ''")

    with store.reading() as look:
        assert look.tally(Wall().now()) == Tally(messages=6, moving=3, due=3, at_hand=3, to_show=1)
        assert [one.state for one in look.by_hand(Wall().now(), 5)] == ["queued", "shown"]
        assert [one.state for one in look.by_hand(Wall().now(), 1)] == ["queued"]
