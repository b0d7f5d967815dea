from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app.corrections import correct, move, withdraw
from escalate.app.incidents import Opening, note, open_incident, state_fact
from escalate.app.ledger import Author, Ledger
from escalate.app.reading import search, timeline
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.events import EntryEraseAsked, EntryErased, EntryLabelled
from escalate.errors import NotFound, Refused


@pytest.fixture
def other(ledger):
    """The id of a second incident, INC-2."""
    return open_incident(ledger, Opening(title="The right one")).incident.id


@pytest.fixture
def said(ledger, incident, clock):
    """Entry 2, a note of twenty minutes ago."""
    return note(
        ledger, incident, "the desk called", at=clock.now() - timedelta(minutes=20), precision="minute"
    ).entries[0]


@pytest.fixture
def bob(wiring):
    return Ledger(wiring.store, wiring.clock, Author(actor="bob", person="bob", origin="laptop"), wiring.texts)


def texts(store, incident, **given):
    return [line.text for line in timeline(store, incident, **given).lines]


def entries(store, incident):
    with store.reading() as look:
        return look.entries(incident)


# ── correcting and withdrawing ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ref", ["2", "#2", " 2 ", "id"])
def test_a_note_is_corrected_by_number_or_id(ledger, store, incident, said, ref):
    correct(ledger, incident, said.id if ref == "id" else ref, text="the desk wrote", at=None, why="misread")

    assert texts(store, incident)[0] == "the desk wrote"
    assert entries(store, incident)[1].event.text == "the desk called"


def test_a_time_is_corrected_with_how_exactly_it_is_known(ledger, store, incident, said, clock):
    correct(
        ledger, incident, "2", text=None, at=clock.now() - timedelta(hours=1), precision="hour", why="the log says so"
    )

    line = timeline(store, incident).lines[0]
    assert (line.text, line.at, line.precision) == ("the desk called", clock.now() - timedelta(hours=1), "hour")


def test_a_fact_is_corrected_in_the_state_too(ledger, store, incident, clock):
    state_fact(ledger, incident, "detected", at=clock.now(), why="alert")

    written = correct(ledger, incident, "2", text="the log", at=clock.now() - timedelta(minutes=3), why="w")

    [fact] = written.incident.facts["detected"]
    assert (fact.at, fact.why) == (clock.now() - timedelta(minutes=3), "the log")


def test_a_correction_bears_the_labels_of_what_it_corrects(ledger, incident):
    note(ledger, incident, "a name", labels=frozenset({"sensitive"}))

    written = correct(ledger, incident, "2", text="another name", at=None, why="w")

    assert written.entries[0].labels == "sensitive"


def test_what_was_withdrawn_is_gone_but_for_who_looks_at_everything(ledger, store, incident, said):
    withdraw(ledger, incident, "2", "another case")

    assert "the desk called" not in texts(store, incident)
    assert "the desk called" in texts(store, incident, everything=True)


@pytest.mark.parametrize(
    ("ref", "error", "says"),
    [
        ("1", Refused, "what the program did"),
        ("9", NotFound, "no entry '9'"),
        ("0", NotFound, "no entry"),
        ("two", NotFound, "no entry"),
        ("\udcff", NotFound, "no entry"),
        ("9" * 30, NotFound, "no entry"),
        ("of another", NotFound, "no entry"),
    ],
)
def test_what_can_not_be_corrected_or_withdrawn(ledger, store, incident, other, said, ref, error, says):
    ref = note(ledger, other, "there").entries[0].id if ref == "of another" else ref
    before = entries(store, incident)

    with pytest.raises(error, match=says):
        correct(ledger, incident, ref, text="x", at=None, why="w")
    with pytest.raises(error, match=says):
        withdraw(ledger, incident, ref, "w")

    assert entries(store, incident) == before


def test_what_was_withdrawn_is_neither_withdrawn_nor_corrected_nor_moved(ledger, incident, other, said):
    withdraw(ledger, incident, "2", "w")

    for attempt in (
        lambda: withdraw(ledger, incident, "2", "w"),
        lambda: correct(ledger, incident, "2", text="x", at=None, why="w"),
        lambda: move(ledger, incident, ["2"], other),
    ):
        with pytest.raises(Refused, match="was withdrawn already, by entry 3"):
            attempt()


def test_what_was_erased_stays_so(ledger, store, incident, other, said, raw_erase):
    raw_erase(incident, 2)

    for attempt in (
        lambda: withdraw(ledger, incident, "2", "w"),
        lambda: correct(ledger, incident, "2", text="x", at=None, why="w"),
        lambda: move(ledger, incident, ["2"], other),
    ):
        with pytest.raises(Refused, match="Entry 2 was erased"):
            attempt()
    assert "[erased]" in texts(store, incident)


@pytest.fixture
def raw_erase(ledger, store):
    def erase(incident, seq):
        with ledger.writing() as record:
            target = record.tx.entry(incident, seq).id
            asked = Draft(event=EntryEraseAsked(entry=target, why="w"), actor="alice")
            done = Draft(event=EntryErased(entry=target, why="w"), actor="bob")
            record.append(record.incident(incident), asked, done)
        store.connection().execute(
            "UPDATE timeline SET body = NULL, salt = NULL WHERE incident = ? AND seq = ?", (incident, seq)
        )

    return erase


def test_a_correction_to_a_time_that_has_not_come_is_refused(ledger, incident, said, clock):
    with pytest.raises(Refused, match="in the future"):
        correct(ledger, incident, "2", text=None, at=clock.now() + timedelta(minutes=3), why="w")


# ── moving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_moved_note_keeps_its_time_its_words_and_its_author(bob, store, incident, other, said):
    here, there = move(bob, incident, ["2"], other)

    [moved] = there.entries
    assert (moved.incident, moved.event.text, moved.occurred_at, moved.precision) == (
        other,
        "the desk called",
        said.occurred_at,
        "minute",
    )
    assert (moved.event.author, moved.event.moved_from, moved.actor) == ("alice", said.id, "bob")
    [gone] = here.entries
    assert (gone.kind, gone.event.entry, gone.event.moved_to) == ("entry.withdrawn", said.id, "INC-2")
    assert "misfiled" in gone.event.why
    assert "the desk called" not in texts(store, incident)
    assert "the desk called" in texts(store, other)


def test_it_moves_as_it_stands_now(ledger, store, incident, other, said, clock):
    correct(
        ledger, incident, "2", text="the desk wrote", at=clock.now() - timedelta(hours=2), precision="hour", why="w"
    )
    with ledger.writing() as record:
        labelled = EntryLabelled(entry=said.id, labels=["tlp:red"], why="w")
        record.append(record.incident(incident), labelled)

    [moved] = move(ledger, incident, ["2"], other)[1].entries

    assert (moved.event.text, moved.at, moved.precision) == ("the desk wrote", clock.now() - timedelta(hours=2), "hour")
    assert moved.labels == "tlp:red"


def test_several_move_together_each_once(ledger, store, incident, other, said):
    note(ledger, incident, "second")

    _, there = move(ledger, incident, ["3", "2", "#3", said.id], other)

    assert [entry.event.text for entry in there.entries] == ["second", "the desk called"]
    assert len([entry for entry in entries(store, incident) if entry.kind == "entry.withdrawn"]) == 2


def test_all_move_or_none(ledger, store, incident, other, said):
    before = entries(store, incident), entries(store, other)

    for refs in (["2", "1"], ["2", "9"]):
        with pytest.raises((Refused, NotFound)):
            move(ledger, incident, refs, other)

    assert (entries(store, incident), entries(store, other)) == before


def test_nothing_moves_to_where_it_is(ledger, incident, said):
    with pytest.raises(Refused, match="on that incident already"):
        move(ledger, incident, ["2"], incident)


def test_what_moves_to_a_sensitive_incident_becomes_sensitive(ledger, store, incident, said):
    life = open_incident(ledger, Opening(title="t", harm=("life",))).incident.id

    [moved] = move(ledger, incident, ["2"], life)[1].entries

    assert moved.labels == "sensitive"
    assert search(store, "desk") == []


def test_what_is_moved_is_found_once(ledger, store, incident, other, said):
    move(ledger, incident, ["2"], other)

    assert [told.incident.ref for told in search(store, "desk")] == ["INC-2"]
