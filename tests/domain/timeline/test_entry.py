from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.report.record import Record, opened
from escalate.domain.timeline.chain import HASHED
from escalate.domain.timeline.entry import Draft, Entry, misfit
from escalate.domain.timeline.events import NoteAdded


@pytest.fixture
def entry():
    record = Record()
    record.add(opened())
    return record.add(NoteAdded(text="called"), 5)


def test_an_entry_is_its_columns_in_the_order_of_the_table():
    assert Entry._fields == (
        "incident", "seq", "id", "kind", "occurred_at", "precision", "written_at", "recorded_at", "origin", "actor", "labels",
        "body", "salt", "body_digest", "prev", "digest",
    )  # fmt: skip
    assert set(HASHED) == set(Entry._fields) - {"body", "salt", "digest"}


def test_an_entry_reads_its_own_text(entry):
    assert entry.event == NoteAdded(text="called")
    assert entry.at == datetime(2026, 11, 21, 21, 5, tzinfo=UTC)
    assert entry.but(recorded_at="2026-11-21T21:07:00.000001Z").recorded.microsecond == 1
    assert entry.but(labels="a b").label_set == {"a", "b"}
    assert entry.but(labels="").label_set == frozenset()


def test_a_draft_needs_only_its_event():
    draft = Draft(event=NoteAdded(text="t"))

    assert (draft.at, draft.precision, draft.labels, draft.id, draft.actor) == (None, "exact", frozenset(), None, None)


def test_what_escalate_wrote_has_the_shape_of_an_entry(entry):
    assert misfit(entry) is None
    assert misfit(entry.but(body=None, salt=None)) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("incident", "1"),
        ("incident", "11111111-1111-4111-8111-11111111111A"),
        ("seq", 0),
        ("seq", True),
        ("seq", 1.0),
        ("seq", 2**53),
        ("id", ""),
        ("kind", "note.added\nx"),
        ("kind", "Note"),
        ("occurred_at", "2026-11-21T21:00:00Z"),
        ("written_at", None),
        ("recorded_at", "2026-11-21T21:00:00.000+05Z"),
        ("precision", "about noon"),
        ("actor", "alice\nbob"),
        ("actor", ""),
        ("actor", "\udcff"),
        ("origin", "desk\x9b"),
        ("labels", "b a"),
        ("labels", "a a"),
        ("labels", "a  b"),
        ("labels", "Secret"),
        ("body", '{"text": "a"}'),
        ("body", '{"b":1,"a":1}'),
        ("body", '{"text":"é"}'),
        ("body", '{"n":1.5}'),
        ("body", '{"n":NaN}'),
        ("body", "[]"),
        ("body", "[" * 100_000),
        ("body", "no json"),
        ("body", None),
        ("salt", None),
        ("salt", b"short"),
        ("body_digest", "A" * 64),
        ("prev", "0" * 63),
        ("digest", 5),
    ],
)  # fmt: skip
def test_what_escalate_cannot_have_written_is_named(entry, field, value):
    found = misfit(entry.but(**{field: value}))

    assert found == ("body" if field == "salt" else field)
