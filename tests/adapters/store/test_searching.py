"""Whether the search index is what the entries make of it, on each database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from both_stores import incident, ledger, opened, store  # noqa: F401
from escalate.adapters.store import pg_upkeep, searching, upkeep
from escalate.adapters.store.postgres import PostgresStore
from escalate.app.corrections import correct, withdraw
from escalate.app.incidents import Opening, note, open_incident
from escalate.app.ledger import Blind
from escalate.domain.timeline.access import AccessBroken
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.events import EntryEraseAsked, EntryErased, NoteAdded
from escalate.domain.timeline.judgements import ApprovalAsked, HarmChanged

HERE = "incident = %s AND seq"


@pytest.fixture
def record(ledger, incident):
    """INC-1 with everything that is found by searching, or no more; INC-2 is sensitive, INC-3 became so."""
    for number in range(3):
        note(ledger, incident, f"note number {number} é")
    correct(ledger, incident, "2", text="corrected words", at=None, why="misheard")
    withdraw(ledger, incident, "3", "misfiled")
    with ledger.writing() as writing:
        found = writing.incident(incident)
        writing.append(found, Draft(event=NoteAdded(text="for few eyes"), labels=frozenset({"sensitive"})))
    open_incident(ledger, Opening(title="sensitive from the first", harm=("life",), quiet=True))
    third = open_incident(ledger, Opening(title="became so")).incident.id
    note(ledger, third, "before")
    with ledger.writing() as writing:
        writing.append(
            writing.incident(third), HarmChanged(harm=["life"], primary="life", was=[], taxonomy="t", why="w")
        )
    note(ledger, third, "afterwards")
    return incident


@pytest.fixture
def unlike(store):
    """What does not fit, as whoever looks after the record sees it."""
    if not store.shared:
        yield lambda: upkeep.unfound(store)
        return
    owners = PostgresStore(store.url.replace("esc_sender", "esc_copier"), store.clock)
    yield lambda: pg_upkeep.unfound(owners)
    owners.close()


def entry(*seqs):
    return [f"the search index has not what INC-1 entry {seq} says: escalate db rebuild" for seq in seqs]


def test_an_index_nobody_touched_is_what_the_entries_make(record, unlike, ledger):
    assert unlike() == []
    note(ledger, record, "and another")
    assert unlike() == []


APPROVAL = {"kind": "decision.made", "body": {"question": "Refer?", "choice": "no", "because": "w", "asked": "by whom"}}


def test_words_are_indexed_in_the_order_in_which_they_are_kept(unlike, ledger, incident):
    asked = ApprovalAsked(approval="P-1", act="decline-referral", why="because", due=datetime(2026, 11, 22, tzinfo=UTC),
                          what=APPROVAL)  # fmt: skip
    with ledger.writing() as writing:
        writing.append(writing.incident(incident), asked)

    assert unlike() == []


def test_an_index_of_before_in_another_order_is_no_alarm(unlike, opened, ledger, incident):
    note(ledger, incident, "as it lay")
    opened.spoil(f"UPDATE search SET words = 'lay it as' WHERE {HERE} = 2", incident)

    assert unlike() == []


def test_also_where_entries_were_erased(record, unlike, store, ledger):
    if store.shared:
        pytest.skip("the database asks for two people with a login each")
    with store.reading() as look:
        target = look.entry(record, 4)
    events = [(EntryEraseAsked, "alice"), (EntryErased, "bob")]
    with ledger.writing() as writing:
        drafts = [Draft(event=event(entry=target.id, why="by law"), actor=actor) for event, actor in events]
        writing.append(writing.incident(record), *drafts)
        writing.tx.erase(target, [])

    assert unlike() == []
    upkeep.rebuild(store)
    assert unlike() == []


@pytest.mark.parametrize("again", [False, True], ids=["as written", "rebuilt"])
def test_why_somebody_broke_the_glass_is_not_searched_for(record, unlike, store, ledger, again):
    with ledger.writing() as writing:
        head = writing.incident(record).head
        writing.append_blind(Blind(id=record, head=head), AccessBroken(why="nobody answers"))
    if again and not store.shared:
        upkeep.rebuild(store)

    assert unlike() == []
    with store.reading() as look:
        assert look.search('"nobody answers"') == []


SPOILT = {
    "words that are not found": (f"DELETE FROM search WHERE {HERE} = 4", [4]),
    "other words": (f"UPDATE search SET words = 'other words' WHERE {HERE} = 4", [4]),
    "words that were corrected": ("INSERT INTO search (words, incident, seq) VALUES ('note number 0', %s, 2)", [2]),
    "words for few eyes": ("INSERT INTO search (words, incident, seq) VALUES ('for few eyes', %s, 7)", [7]),
    "words of nothing": ("INSERT INTO search (words, incident, seq) VALUES ('made up', %s, 99)", [99]),
    "all of it": ("DELETE FROM search WHERE incident = %s", [1, 4, 5, 6]),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_the_entries_do_not_make_is_named(record, unlike, opened, what):
    statement, seqs = SPOILT[what]
    opened.spoil(statement, record)

    assert unlike() == entry(*seqs)


def test_words_that_are_there_twice_are_named(record, unlike, store, opened):
    if store.shared:
        pytest.skip("the key allows it once")
    opened.spoil("INSERT INTO search (words, incident, seq) SELECT words, incident, seq FROM search WHERE seq = 4")

    assert unlike() == entry(4)


def test_who_may_not_read_the_index_sees_that_something_is_missing(record, store, opened):
    if not store.shared:
        pytest.skip("who can open the file reads all of it")
    assert pg_upkeep.unfound(store) == []

    opened.spoil(f"UPDATE search SET words = 'other words' WHERE {HERE} = 4", record)
    assert pg_upkeep.unfound(store) == []
    opened.spoil(f"DELETE FROM search WHERE {HERE} = 4", record)
    assert pg_upkeep.unfound(store) == entry(4)


def test_of_many_only_some_are_named(store, ledger, unlike, opened, monkeypatch):
    if store.shared:
        pytest.skip("there they are looked at one by one")
    for number in range(4):
        open_incident(ledger, Opening(title=f"number {number}", quiet=True))
    opened.spoil("DELETE FROM search")
    monkeypatch.setattr(searching, "MOST", 3)

    assert len(unlike()) == 4
    assert unlike()[-1] == "1 more incidents may not be found either"
