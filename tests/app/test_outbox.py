"""What people do about messages."""

from __future__ import annotations

import pytest

from escalate.app import outbox, paging
from escalate.errors import NotFound, Refused, Rejected, Unreachable, Usage
from telling import Line, Lines, courier, events, everything, messages, roster


@pytest.fixture(autouse=True)
def rostered(apply_roster, ledger, incident):
    apply_roster(roster())
    paging.page(ledger, incident, ("person:bob",))


def first(wiring):
    return messages(wiring)[0]


def test_what_failed_is_tried_again_under_the_same_key(wiring, ledger, incident):
    line = Line(Rejected("key revoked"))
    courier(wiring, Lines(hook=line)).run(1)

    written = outbox.retry(ledger, (first(wiring).id,))
    courier(wiring, Lines(hook=line)).run(1)

    assert [entry.kind for entry in written.entries] == ["message.retried"]
    assert line.keys == [first(wiring).id] * 2
    assert line.sent[-1].attempts == 2, "a channel looks first whether the one before arrived"
    assert first(wiring).state == "sent"


def test_what_waits_for_a_pause_goes_out_now(wiring, ledger, clock):
    line = Line(Unreachable("refused", retry_after=900))
    courier(wiring, Lines(hook=line)).run(1)

    outbox.retry(ledger, (first(wiring).id[:8],))

    assert courier(wiring, Lines(hook=line)).run(1) == 1


def test_what_was_passed_on_by_phone_is_owed_no_more(wiring, ledger, incident):
    outbox.told(ledger, (first(wiring).id,), "phone")

    assert first(wiring).state == "told"
    assert events(wiring, incident, "message.told")[0].how == "phone"
    assert courier(wiring, everything()).run(1) == 0


@pytest.mark.parametrize("verb", ["retry", "told"])
def test_what_is_sent_is_left_alone(wiring, ledger, verb):
    courier(wiring, everything()).run(1)

    with pytest.raises(Refused, match="sent"):
        getattr(outbox, verb)(ledger, (first(wiring).id,), *(["phone"] if verb == "told" else []))


@pytest.mark.parametrize("key", ["zzzz", "abc", "", "0" * 36, "%", "' OR 1=1 --"])
def test_an_id_that_is_none_finds_nothing(ledger, key):
    with pytest.raises(NotFound):
        outbox.retry(ledger, (key,))


def test_the_beginning_of_several_ids_is_not_an_id(wiring, ledger):
    with ledger.writing() as record:
        for end in "12":
            record.tx.queue(first(wiring).but(id=f"feedfeed-0000-5000-8000-00000000000{end}"))

    with pytest.raises(Usage):
        outbox.retry(ledger, ("feedfeed",))


def test_one_that_cannot_be_retried_leaves_the_others_as_they_were(wiring, ledger):
    with pytest.raises(NotFound):
        outbox.told(ledger, (first(wiring).id, "00000000-1111"), "phone")

    assert first(wiring).state == "queued"
