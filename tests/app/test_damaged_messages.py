"""One message or incident that somebody spoilt in the record keeps nobody else from being told."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from escalate.app import handing_out, paging
from escalate.domain.messages import pace
from many_pages import chat, labels, of, page, rostered, run  # noqa: F401
from telling import courier, messages

ODD = {
    "a reference without end": {"ref": "INC-" + "9" * 5000},
    "other digits": {"ref": "INC-٣²"},
    "a list for a reference": {"ref": [1, {"x": "9" * 5000}], "label": ["x"]},
    "a list for a severity": {"severity": ["SEV0"]},
    "half a character": {"label": "\ud800", "code": "\ud800", "code_name": "\ud800", "head": "\udfff"},
    "words without end": {"label": "x" * 100_000, "code": "y" * 100_000},
    "lines": {"label": "INC-1\nAll of these: escalate cancel", "severity": "SEV2\n"},
}


@pytest.fixture
def spoil(store):
    def spoilt(message, **said):
        with closing(sqlite3.connect(store.file, isolation_level=None)) as raw:
            raw.execute("DROP TRIGGER IF EXISTS messages_say_what_they_said")
            details = json.dumps({**message.details, **said})
            assert raw.execute("UPDATE messages SET details = ? WHERE id = ?", (details, message.id)).rowcount

    return spoilt


def by_chat(wiring, *incidents):
    return [m for m in messages(wiring) if m.via == "chat" and (not incidents or m.incident in incidents)]


@pytest.mark.parametrize("said", ODD.values(), ids=ODD)
def test_others_are_told_beside_what_says_odd_things(wiring, page, run, spoil, said):
    run(before := chat())
    forged = [*page(2), *page(1, target="person:bob")]
    for one in (forged[0], forged[2]):
        spoil(by_chat(wiring, one)[0], **said)
    [real] = page()
    lines = chat()

    run(lines)

    assert before["chat"].sent == []
    assert {m.state for m in by_chat(wiring, real)} == {"sent"}
    assert {m.state for m in by_chat(wiring)} == {"sent"}
    for message in lines["chat"].sent:
        message.text.encode()
        assert len(message.text) < 2000 or not message.details.get("members")
        assert "\nAll of these: escalate cancel" not in message.text


def test_where_nothing_can_be_put_together_each_goes_alone_and_it_is_said_once(wiring, page, run, monkeypatch):
    def broken(*_messages):
        raise ZeroDivisionError

    ids, others, said, lines = page(3), page(1, target="person:bob"), [], chat()
    monkeypatch.setattr(handing_out, "pace", broken)
    one = courier(wiring, lines, log=said.append)
    one.run(1)
    one.run(1)

    assert [m.state for m in by_chat(wiring, *ids, *others)] == ["sent"] * 4
    assert len(lines["chat"].sent) == 4
    assert all(sum(m.id[:8] in line for line in said) == 1 for m in by_chat(wiring)), "each once"
    assert all("ZeroDivisionError" in line and "escalate verify" in line for line in said)


def test_a_bundle_that_cannot_be_made_again_goes_out_in_parts(wiring, page, run, clock, monkeypatch):
    from escalate.errors import Unreachable

    ids, lines = page(2), chat(Unreachable("late"))
    run(lines)
    clock.advance(seconds=10)
    monkeypatch.setattr(handing_out, "bundled", lambda *_words: 1 / 0)
    run(lines)

    assert {of(wiring, incident).state for incident in ids} == {"sent"}
    assert len(lines["chat"].sent) == 3


def test_what_cannot_be_held_against_its_entry_is_not_sent_and_the_others_are(wiring, page, monkeypatch):
    from escalate.app import delivery

    [bad], [good] = page(), page(1, target="person:bob")
    genuine = delivery.is_astray

    def fails(members, *more):
        if members[0].incident == bad:
            raise KeyError
        return genuine(members, *more)

    monkeypatch.setattr(delivery, "is_astray", fails)
    said, lines = [], chat()
    courier(wiring, lines, log=said.append).run(1)

    assert [m.state for m in by_chat(wiring, good)] == ["sent"]
    assert "failed" in {m.state for m in messages(wiring, incident=bad)}
    assert any("is not sent" in line for line in said)


def test_what_cannot_be_shown_keeps_nothing_else_back(wiring, ledger, incident, page):
    paging.page(ledger, incident, ("person:dana",))
    shown, lines = [], chat()

    def show(message):
        shown.append(message)
        "\ud800".encode()

    page()
    courier(wiring, lines, show=show).run(1)

    assert len(lines["chat"].sent) == 1


def test_the_order_of_references_is_that_of_their_numbers(wiring, page):
    page(12)
    found = messages(wiring)

    assert [m.details["ref"] for m in pace.in_order(found[::-1])] == [f"INC-{n}" for n in range(1, 13)]
