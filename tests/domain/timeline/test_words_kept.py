"""What is indexed as an entry is written is what `db check` and `db rebuild` make of the entry as it is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.domain.timeline.codec import decode, encode, misshapen, notes_of
from escalate.domain.timeline.events import every_kind, shape_of
from escalate.domain.timeline.judgements import ApprovalAsked, DecisionMade
from escalate.domain.timeline.words import WRITTEN, indexed

TEXT = st.text(st.sampled_from("abc xyz\né#,:"), max_size=6)
KEYS = st.sampled_from(["z", "a", "B", "m", "under_score"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
MORNING = datetime(2026, 11, 22, 9, tzinfo=UTC)
PLAIN = {"str": TEXT, "int": st.integers(-9, 9), "bool": st.booleans(), "datetime": st.just(MORNING), "Any": ANYTHING}


def values(note):
    """What a field with that annotation may hold."""
    one, *more = note.split(" | ")
    outer, _, inner = one.removesuffix("]").partition("[")
    if outer == "list":
        found = st.lists(values(inner) if inner else ANYTHING, max_size=3)
    elif outer == "dict":
        found = st.dictionaries(KEYS, ANYTHING, max_size=4)
    else:
        found = PLAIN.get(outer, ANYTHING)
    return found | st.none() if "None" in more else found


def events(kind):
    shape = shape_of(kind)
    notes = notes_of(shape)
    return st.builds(shape, **{name: values(notes[name]) for name in shape._fields})


@given(event=st.sampled_from(sorted(every_kind())).flatmap(events))
@settings(max_examples=300)
def test_what_is_indexed_at_writing_is_what_the_stored_entry_says(event):
    kept = decode(event.kind, encode(event.plain()))

    assert not misshapen(event.kind, kept)
    assert indexed(event, frozenset(), sensitive=False) == indexed(kept, frozenset(), sensitive=False)


@pytest.mark.parametrize(
    "event",
    [
        ApprovalAsked(approval="P-1", act="decline-referral", why="because", due=MORNING,
                      what={"kind": "decision.made", "body": {"reasons": "because", "choice": "no", "asked": "Refer?"}}),
        DecisionMade(decision="D-1", question="Refer?", choice="no", reasons="because",
                     options=[{"option": "yes", "because": "harm"}]),
    ],
    ids=lambda event: event.kind,
)  # fmt: skip
def test_the_order_in_memory_does_not_matter(event):
    assert indexed(decode(event.kind, encode(event.plain())), frozenset(), sensitive=False) == indexed(
        event, frozenset(), sensitive=False
    )


def test_every_field_that_holds_words_is_one_of_its_kind():
    assert {
        (kind, name) for kind, names in WRITTEN.items() for name in names if name not in shape_of(kind)._fields
    } == set()
