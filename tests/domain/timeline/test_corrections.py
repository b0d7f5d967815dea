from __future__ import annotations

import json

import pytest

from domain.report.record import Record, minute, opened
from escalate.domain.timeline.corrections import Corrections, lines
from escalate.domain.timeline.events import (
    EntryCorrected,
    EntryErased,
    EntryLabelled,
    EntryWithdrawn,
    FactStated,
    NoteAdded,
    RoleAssigned,
)


@pytest.fixture
def record():
    found = Record()
    found.add(opened())
    return found


def texts(record, **given):
    return [line.text for line in lines(record.entries, **given)][1:]


def test_a_corrected_line_stands_once_with_its_last_words(record):
    note = record.add(NoteAdded(text="first"), 1)
    record.add(EntryCorrected(entry=note.id, text="second", why="w"), 2)
    record.add(EntryCorrected(entry=note.id, text="third", why="w"), 3)

    [_, line] = lines(record.entries)

    assert (line.text, line.seq, line.corrected_by) == ("third", 2, 4)
    assert line.at == minute(1)


def test_a_corrected_time_moves_the_line(record):
    note = record.add(NoteAdded(text="early, it turned out"), 30)
    record.add(NoteAdded(text="in between"), 10)
    record.add(EntryCorrected(entry=note.id, at=minute(5), why="the log says so"), 40)

    assert texts(record) == ["early, it turned out", "in between"]


def test_all_shows_both_the_line_and_what_corrected_it(record):
    note = record.add(NoteAdded(text="first"), 1)
    record.add(EntryCorrected(entry=note.id, text="second", why="w"), 2)

    assert texts(record, show_all=True) == ["first", "Corrected #2: it reads second: w"]


def test_a_withdrawn_line_is_gone_but_from_all(record):
    note = record.add(NoteAdded(text="misfiled"), 1)
    record.add(EntryWithdrawn(entry=note.id, why="w", moved_to="INC-2"), 2)

    assert texts(record) == []
    [_, line, _] = lines(record.entries, show_all=True)
    assert (line.text, line.withdrawn, line.moved_to) == ("misfiled", True, "INC-2")


def test_a_fact_keeps_its_name_when_its_why_is_corrected(record):
    fact = record.add(FactStated(name="detected", why="a guess"), 1)
    record.add(EntryCorrected(entry=fact.id, text="the report", why="w"), 2)

    assert texts(record) == ["Fact detected: the report"]


def test_what_the_program_did_is_not_corrected(record):
    role = record.add(RoleAssigned(role="lead", person="alice"), 1)
    record.add(EntryWithdrawn(entry=role.id, why="no"), 2)

    assert texts(record) == ["lead is alice"]


def test_later_labels_count_and_the_correcting_entry_bears_them_too(record):
    note = record.add(NoteAdded(text="first"), 1)
    record.add(EntryLabelled(entry=note.id, labels=["privileged"], why="w"), 2)
    fix = record.add(EntryCorrected(entry=note.id, text="second", why="w"), 3)
    found = Corrections.of(record.entries)

    assert found.current(note).labels == {"privileged"}
    assert found.as_written(fix).labels == {"privileged"}


def test_a_correction_that_is_sensitive_makes_the_line_so(record):
    note = record.add(NoteAdded(text="first"), 1)
    record.add(EntryCorrected(entry=note.id, text="second", why="w"), 2, labels="sensitive")

    assert Corrections.of(record.entries).current(note).labels == {"sensitive"}


def test_entries_that_name_each_other_do_not_hang(record):
    one = record.add(EntryLabelled(entry="00000000-0000-0000-0000-000000000003", labels=["a"], why="w"), 1)
    record.add(EntryLabelled(entry=one.id, labels=["b"], why="w"), 2)

    assert len(lines(record.entries, show_all=True)) == 3


def test_an_erased_line_says_so(record):
    note = record.add(NoteAdded(text="gone"), 1).but(body=None, salt=None)
    record.entries[-1] = note
    record.add(EntryErased(entry=note.id, why="asked for"), 2)

    [_, line, _] = lines(record.entries)

    assert line.text == "[erased]"
    assert line.public()["body"] is None
    assert line.masked().text == "[erased]"


def test_the_json_of_a_line_has_the_contracts_shape(record):
    note = record.add(NoteAdded(text=" as it\nwas "), 1, labels="tlp:red", precision="minute", recorded=3)

    public = Corrections.of(record.entries).current(note).public()

    assert json.loads(json.dumps(public)) == {
        "seq": 2,
        "id": note.id,
        "kind": "note.added",
        "occurred_at": "2026-11-21T21:01:00+00:00",
        "precision": "minute",
        "recorded_at": "2026-11-21T21:03:00+00:00",
        "actor": "alice",
        "text": " as it\nwas ",
        "body": json.loads(note.body),
        "labels": ["tlp:red"],
        "digest": note.digest,
        "corrected_by": None,
        "withdrawn": False,
    }


def test_a_masked_line_hides_its_words_in_text_and_body(record):
    note = record.add(NoteAdded(text="secret"), 1)
    record.add(EntryCorrected(entry=note.id, text="another secret", why="w"), 2)

    public = Corrections.of(record.entries).current(note).masked().public()

    assert "secret" not in json.dumps(public)
    assert public["text"] == "[masked: 14 characters]"
    assert public["digest"] == note.digest
