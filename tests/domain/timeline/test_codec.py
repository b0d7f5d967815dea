from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.domain.timeline.codec import LARGEST, decode, encode
from escalate.domain.timeline.event import Unrecognised
from escalate.domain.timeline.events import FactStated, IncidentOpened, NoteAdded, every_kind

GOLDEN = [
    pytest.param({}, "{}", id="nothing"),
    pytest.param({"b": 1, "a": 2, "C": 3}, '{"C":3,"a":2,"b":1}', id="keys are sorted by their bytes"),
    pytest.param({"text": "é \u2028 😀"}, '{"text":"\\u00e9 \\u2028 \\ud83d\\ude00"}', id="all is ASCII"),
    pytest.param({"text": '"\\\n\t\x7f/'}, '{"text":"\\"\\\\\\n\\t\\u007f/"}', id="escapes are the short ones"),
    pytest.param({"text": "\x01\x1f"}, '{"text":"\\u0001\\u001f"}', id="hex digits are lower case"),
    pytest.param(
        {"list": [1, [True, None], {}], "on": False}, '{"list":[1,[true,null],{}],"on":false}', id="no spaces"
    ),
    pytest.param(
        {"n": [2**53 - 1, -(2**53) + 1, 0]}, '{"n":[9007199254740991,-9007199254740991,0]}', id="the largest numbers"
    ),
]

BY_KIND = every_kind()


@pytest.mark.parametrize(("body", "written"), GOLDEN)
def test_the_bytes_of_a_body_are_for_ever(body, written):
    assert encode(body) == written


NESTED = {"a": {}}
for _ in range(40):
    NESTED = {"a": NESTED}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param({"n": 1.0}, "body.n: float cannot be kept", id="a whole float"),
        pytest.param({"n": [0, float("nan")]}, r"body.n\[1\]: float", id="NaN"),
        pytest.param({"n": float("inf")}, "float", id="infinity"),
        pytest.param({"text": "\ud800"}, "body.text: U.0000 and lone surrogates", id="a lone surrogate"),
        pytest.param({"text": "a\x00b"}, "U.0000", id="U+0000"),
        pytest.param({"n": LARGEST}, "too large", id="2**53"),
        pytest.param({"n": -LARGEST}, "too large", id="minus 2**53"),
        pytest.param({"größe": 1}, "not plain ASCII", id="a key that is not ASCII"),
        pytest.param({"a\x00": 1}, "not plain ASCII", id="a key with U+0000"),
        pytest.param({"x": {1: 1}}, "not plain ASCII", id="a key that is a number"),
        pytest.param(NESTED, "nested too deeply", id="41 levels"),
        pytest.param({"b": b"raw"}, "bytes cannot be kept", id="bytes"),
    ],
)
def test_what_may_not_stand_in_a_body_is_refused_by_name(body, says):
    with pytest.raises(ValueError, match=says):
        encode(body)


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST + 1, LARGEST - 1) | TEXTS,
    lambda inside: st.lists(inside) | st.dictionaries(st.text("abcXYZ_-09"), inside),
    max_leaves=10,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text("abcXYZ_-09"), JSON))
def test_what_was_encoded_is_ascii_reads_back_and_encodes_the_same(body):
    text = encode(body)

    assert text.isascii()
    assert json.loads(text) == body
    assert encode(json.loads(text)) == text


def test_a_known_event_comes_back_as_it_was():
    event = IncidentOpened(number=1, code_name="SLATE OTTER", title="t", severity="SEV1", harm=["cse"])

    assert decode("incident.opened", encode(event.plain())) == event


def test_what_a_newer_version_added_is_left_out():
    assert decode("note.added", '{"mood":"calm","text":"t"}') == NoteAdded(text="t")


@pytest.mark.parametrize(
    ("kind", "body", "as_read"),
    [
        pytest.param("moon.landed", '{"x":[1]}', {"x": [1]}, id="a kind nobody here knows"),
        pytest.param("fact.stated", '{"why":"w"}', {"why": "w"}, id="a known kind without what it needs"),
        pytest.param("note.added", None, {}, id="an erased body"),
        pytest.param("note.added", "[1]", {}, id="a body that is a list"),
        pytest.param("note.added", '{"text":5}', {"text": 5}, id="a text that is a number"),
        pytest.param("incident.numbered", '{"number":true}', {"number": True}, id="a number that is a truth"),
        pytest.param(
            "text.revealed", '{"entries":["1"],"why":"w"}', {"entries": ["1"], "why": "w"}, id="a list of others"
        ),
        pytest.param(
            "entry.corrected", '{"at":5,"entry":"e","why":"w"}', {"at": 5, "entry": "e", "why": "w"}, id="no time"
        ),
        pytest.param(
            "entry.erased", '{"entry":"e","kept":[],"why":"w"}', {"entry": "e", "kept": [], "why": "w"}, id="no object"
        ),
    ],
)
def test_what_cannot_be_understood_is_kept_as_it_is(kind, body, as_read):
    assert decode(kind, body) == Unrecognised(of=kind, body=as_read)


def test_optional_fields_that_an_older_version_did_not_know_take_their_default():
    assert decode("fact.stated", '{"name":"detected","why":"w"}') == FactStated(
        name="detected", why="w", supersedes=None
    )


def test_every_kind_is_a_permanent_dotted_name_of_one_event():
    assert all(kind == of.kind and "." in kind and kind.islower() for kind, of in BY_KIND.items())


@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_every_event_comes_back_whatever_stands_in_its_fields(kind):
    made = {
        "int": 3,
        "str": "s",
        "bool": True,
        "list[str]": ["a"],
        "list[int]": [1],
        "list[dict[str, Any]]": [{"a": 1}],
    }
    made |= {"dict[str, Any]": {"a": [1]}, "datetime": datetime(2026, 11, 21, tzinfo=UTC)}
    notes = {
        name: note
        for of in reversed(BY_KIND[kind].__mro__)
        for name, note in of.__dict__.get("__annotations__", {}).items()
    }
    full = {name: made[note.removesuffix(" | None")] for name, note in notes.items() if name in BY_KIND[kind]._fields}
    sparse = {name: None if note.endswith("| None") else full[name] for name, note in notes.items() if name in full}

    for values in (full, sparse):
        event = BY_KIND[kind](**values)
        assert decode(kind, encode(event.plain())) == event
