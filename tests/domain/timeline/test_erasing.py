"""What is left of an entry whose words were erased: never a word, and always enough to fold by."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from escalate.domain.incident.fold import fold
from escalate.domain.timeline.codec import decode, encode
from escalate.domain.timeline.entry import Entry
from escalate.domain.timeline.erasing import NEVER, kept, restored, whole, words_in
from escalate.domain.timeline.event import Unrecognised
from escalate.domain.timeline.events import EntryErased, IncidentOpened, NoteAdded
from escalate.domain.timeline.words import WRITTEN


def every():
    """An event of each kind, as the test of their sentences has them."""
    spec = spec_from_file_location("words_of_all", Path(__file__).with_name("test_words.py"))
    spec.loader.exec_module(found := module_from_spec(spec))
    return [event for event, _said in found.EVERY]


FORMS = [event for event in every() if event.kind in WRITTEN and event.kind not in NEVER]


def entry(event, seq=1, id_="e1"):
    fields = dict.fromkeys(Entry._fields, "x")
    at = "2026-11-22T09:00:00.000000Z"
    when = {"occurred_at": at, "written_at": at, "recorded_at": at}
    return Entry(**{**fields, **when, "seq": seq, "id": id_, "labels": "", "kind": event.kind,
                    "body": encode(event.plain()), "salt": b"s" * 16})  # fmt: skip


def erased(of):
    return of.but(body=None, salt=None)


@pytest.mark.parametrize("event", FORMS, ids=lambda event: event.kind)
def test_of_every_kind_no_word_is_left_and_its_shape_is(event):
    before = entry(event)
    left = kept(before)

    said = encode(left)
    for text in words_in(before):
        assert json.dumps(text) not in said, "a word is left"
    again = whole(erased(before), left)
    assert not isinstance(decode(again.kind, again.body), Unrecognised)


def test_a_state_survives_the_words_of_its_first_entry():
    opened = entry(IncidentOpened(number=7, code_name="SLATE OTTER", title="a name", severity="SEV1", harm=["har"]))
    gone = entry(EntryErased(entry="e1", why="w", kept=kept(opened)), seq=2, id_="e2")

    incident = fold([erased(opened), gone])

    assert (incident.number, incident.code_name, incident.severity, incident.harm) == (
        7,
        "SLATE OTTER",
        "SEV1",
        ("har",),
    )
    assert incident.title == "[erased]"


def test_what_was_withheld_and_not_erased_is_left_as_it_is():
    opened = entry(IncidentOpened(number=7, code_name="SLATE OTTER", title="t", severity="SEV1"))
    note = erased(entry(NoteAdded(text="words"), seq=2, id_="e2"))

    assert [one.body is None for one in restored([opened, note])] == [False, True]
    assert fold([opened, note]).head.seq == 2


def test_who_wrote_a_line_elsewhere_goes_with_it():
    assert kept(entry(NoteAdded(text="words", author="Somebody", tag="call", approximate=True))) == {
        "approximate": True, "moved_from": None, "extra": None,
    }  # fmt: skip
