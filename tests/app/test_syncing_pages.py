"""Pages that were opened apart come together: each keeps a number of its own."""

import pytest

from escalate.app import paging
from escalate.app.incidents import Opening, note, open_incident
from escalate.app.reading import timeline
from escalate.cli.views.paging import following
from offline import Laptop, entries, faults, marks
from telling import roster

pytestmark = pytest.mark.slow


@pytest.fixture
def laptop(wiring, home, clock, apply_roster):
    apply_roster(roster())
    made = Laptop(wiring, home, clock).remember()
    yield made
    made.close()


def test_two_pages_that_got_one_number_are_told_apart(laptop, wiring, ledger, incident):
    laptop.remember()
    paging.page(laptop.ledger, laptop.id_of("INC-1"), ("person:bob",))
    paging.page(ledger, incident, ("person:alice",))
    laptop.sync()
    [(_mark, why, kind)] = marks(wiring, incident)
    assert kind == "page.opened"
    assert why == (
        "two pages were called INC-1/1. That is the one to person:alice of 2026-11-21 21:00Z; "
        "this one, to person:bob, is INC-1/2. See that both are answered: escalate show INC-1"
    )


def test_an_answer_by_number_goes_to_one_of_two_pages_that_got_one_number(laptop, wiring, ledger, incident):
    laptop.remember()
    paging.page(laptop.ledger, laptop.id_of("INC-1"), ("person:bob",))
    paging.page(ledger, incident, ("person:alice",))
    [came] = laptop.sync()
    assert (came.marked, came.marks[0][:29]) == (1, "two pages were called INC-1/1")
    paging.acknowledge(ledger, incident, "INC-1/2", by="bob")
    with wiring.store.reading() as look:
        found = look.incident(incident)
    assert [(page.number, page.target, page.state) for page in found.pages.values()] == [
        (1, "person:alice", "open"), (2, "person:bob", "acknowledged"),
    ]  # fmt: skip
    with laptop.spool.reading() as look:
        here = look.incident(laptop.id_of("INC-1"))
    assert sorted(page.number for page in here.pages.values()) == [1, 2]
    assert faults(wiring) == []


def test_the_mark_is_read_by_whoever_may_read_the_timeline_also_where_words_are_masked(laptop, wiring, ledger):
    grave = open_incident(ledger, Opening(title="A person at risk", severity="SEV1", harm=("life",))).incident
    laptop.remember()
    [mine] = paging.page(laptop.ledger, grave.id, ("person:bob",))[1]
    paging.page(ledger, grave.id, ("person:alice",))
    laptop.sync()

    [mark] = [line for line in timeline(wiring.store, grave.id).lines if line.kind == "entry.flagged"]

    [opened] = [e for e in entries(wiring, grave.id) if e.kind == "page.opened" and e.event.page == mine.id]
    assert f"MARK on #{opened.seq}: " in mark.text
    assert f"this one, to person:bob, is {grave.ref}/2" in mark.text


def test_what_was_known_stands_before_what_was_written(laptop, ledger, incident):
    laptop.remember()
    note(laptop.ledger, incident, "called them")

    assert [line.seq for line in timeline(laptop.spool, incident).lines] == [1, 2]


def test_the_steps_of_a_page_that_is_driven_elsewhere_are_not_called_done(laptop, ledger, incident):
    paging.page(ledger, incident, ("person:alice",))
    laptop.remember()
    with laptop.spool.reading() as look:
        [page] = look.incident(incident).pages.values()

    assert following(page) == "the record drives it"
