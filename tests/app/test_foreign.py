"""What others wrote, brought in as notes: all lines or none."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from escalate.app import transfer
from escalate.errors import Refused

AT = "2026-11-21T20:55:00Z"


def read_time(text):
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("it has no zone")
    return found.astimezone(UTC)


def line(text="called", at=AT, **more):
    return json.dumps({"at": at, "text": text, **more})


@pytest.fixture
def bring_in(ledger):
    return lambda *lines: transfer.bring_in(
        ledger, list(lines), title="Brought in", source="notes.jsonl", read_time=read_time
    )


def count(store):
    with store.reading() as look:
        return len(look.incidents()), look.messages()


def test_every_line_becomes_a_note_with_what_it_bore(bring_in):
    brought = bring_in(
        line(
            "  byte for byte \n",
            kind="observation",
            actor="carol",
            approximate=True,
            precision="hour",
            labels=["tlp:red"],
        ),
        "",
        line("second", at="2026-11-21T19:00:00+02:00", mood="calm", size=[1, None, True]),
    )

    opened, first, second = brought.written.entries
    assert brought.count == 2
    assert (opened.event.title, opened.event.imported_from, opened.event.severity) == (
        "Brought in",
        "notes.jsonl",
        "SEV2",
    )
    assert opened.occurred_at == second.occurred_at == "2026-11-21T17:00:00.000000Z"
    assert (first.event.text, first.event.tag, first.event.author) == ("  byte for byte \n", "observation", "carol")
    assert (first.event.approximate, first.precision, first.labels, first.actor) == (True, "hour", "tlp:red", "alice")
    assert second.event.extra == {"mood": "calm", "size": [1, None, True]}


def test_no_fact_is_inferred_and_nobody_is_told(bring_in, store):
    brought = bring_in(line(kind="resolved"), line("mitigated"))

    assert (brought.written.incident.status, brought.written.incident.facts) == ("open", {})
    assert count(store) == (1, [])


def test_numbers_that_a_body_cannot_hold_are_kept_as_text(bring_in):
    huge = "9" * 5000
    raw = f'{{"at": "{AT}", "text": "t", "ratio": 0.10, "id": 12345678901234567890, "small": -7, "huge": {huge}}}'

    [_, entry] = bring_in(raw).written.entries

    assert entry.event.extra == {"ratio": "0.10", "id": "12345678901234567890", "small": -7, "huge": huge}


def test_a_null_character_is_made_visible_and_that_is_said(bring_in):
    brought = bring_in(
        line("fine"), line("a\x00b", note="\x00"), line("a \\u0000 that was typed"), line("x", actor="c\x00")
    )

    texts = [entry.event.text for entry in brought.written.entries[1:]]
    assert texts == ["fine", "a␀b", "a \\u0000 that was typed", "x"]
    assert brought.written.entries[2].event.extra == {"note": "␀"}
    assert brought.remarks == ["U+0000 cannot be kept and stands as ␀ now, in line 2, 4."]


DEEP = '{"at": "%s", "text": "t", "x": %s1%s}'


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        pytest.param('{"at": "2026-11-21T20:55:00Z", "te', "it is not JSON", id="a torn line"),
        pytest.param("[1]", "not a JSON object", id="a list"),
        pytest.param("null", "not a JSON object", id="nothing"),
        pytest.param('{"text": "t"}', "`at` and `text` are needed", id="no time"),
        pytest.param(line(at=5), "both as text", id="a time that is a number"),
        pytest.param(line(""), "The text is empty", id="no words"),
        pytest.param(line("\u200b"), "The text is empty", id="nothing to see"),
        pytest.param(line("x" * 100_001), "100,001 characters", id="too many words"),
        pytest.param(line("x", more="y" * 1_000_001), "longer than 1,000,000", id="too long a line"),
        pytest.param(line("a\ud800"), "not text", id="half a character"),
        pytest.param(line(at="2026-11-21T20:55:00"), "no zone", id="no zone"),
        pytest.param(line(at="yesterday"), "Invalid isoformat", id="no time at all"),
        pytest.param(line(at="2026-11-21T21:03:00Z"), "is in the future", id="the future"),
        pytest.param(line(at="0001-01-01T00:00:00+14:00"), "outside the calendar", id="before the calendar"),
        pytest.param(f'{{"at": "{AT}", "text": "t", "x": NaN}}', "NaN is not a number", id="NaN"),
        pytest.param(f'{{"at": "{AT}", "text": "a", "text": "b"}}', "'text' stands in it twice", id="a key twice"),
        pytest.param(f'{{"at": "{AT}", "text": "a", "x": {{"y": 1, "y": 1}}}}', "'y' stands in it twice", id="a key twice, inside"),
        pytest.param(DEEP % (AT, "[" * 50, "]" * 50), "nested too deeply", id="50 levels"),
        pytest.param(DEEP % (AT, "[" * 100_000, "]" * 100_000), "nested too deeply", id="100,000 levels"),
        pytest.param(line(größe=1), "not plain ASCII", id="a key that is not ASCII"),
        pytest.param(line(x="\ud800"), "lone surrogates", id="half a character, unread"),
        pytest.param(line(kind=1), "`kind` is not text", id="a kind that is a number"),
        pytest.param(line(actor=["a"]), "`actor` is not text", id="an actor that is a list"),
        pytest.param(line(precision="about noon"), "`precision` is not a word", id="a precision in words"),
        pytest.param(line(labels=["TLP:RED"]), "`labels` is not a list of labels", id="labels in capitals"),
        pytest.param(line(labels={"a": 1}), "`labels` is not a list", id="labels in an object"),
        pytest.param(line(labels=["privileged"]), "only Legal marks", id="privileged, by somebody else"),
    ],
)  # fmt: skip
def test_all_lines_or_none_and_each_bad_one_is_named(bring_in, store, bad, says):
    with pytest.raises(Refused) as caught:
        bring_in(line(), bad, line("last"), "{")

    assert caught.value.message.startswith("Nothing was imported. line 2: ")
    assert says in caught.value.message
    assert "line 4: it is not JSON" in caught.value.message
    assert count(store) == (0, [])


def test_many_bad_lines_are_counted(bring_in):
    with pytest.raises(Refused, match=r"line 20: .* … and 30 more"):
        bring_in(*["{"] * 50)


@pytest.mark.parametrize("lines", [[], [""], ["  ", "\r"]])
def test_a_file_without_lines_is_said(bring_in, lines):
    with pytest.raises(Refused, match="nothing to import"):
        bring_in(*lines)


def test_legal_may_bring_in_what_is_privileged(bring_in, apply_roster):
    apply_roster(
        '[people.alice]\nname = "Alice Ng"\nzone = "Europe/London"\n'
        '[teams.legal]\nname = "Legal"\npeople = ["alice"]\nreads = ["privileged"]\n'
    )

    assert bring_in(line(labels="privileged")).written.entries[1].labels == "privileged"


@pytest.mark.slow
def test_ten_thousand_lines_take_no_time(bring_in, store):
    lines = [
        line(f"line {number}", at=f"2026-11-21T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z")
        for number in range(10_000)
    ]
    begun = time.monotonic()

    brought = bring_in(*lines)

    assert (brought.count, brought.written.incident.head.seq) == (10_000, 10_001)
    assert time.monotonic() - begun < 5
