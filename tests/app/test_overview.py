"""Bare `escalate`: nothing that matters hides."""

from __future__ import annotations

import pytest

from escalate.app import incidents, paging
from escalate.app.incidents import Opening
from escalate.app.overview import overview
from escalate.cli.views.now import drawn
from escalate.domain.instants import to_text
from telling import courier, everything, roster


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster())


@pytest.fixture
def seen(store, clock):
    return lambda most=20: overview(store, clock.now(), most)


def opened(ledger, severity):
    return incidents.open_incident(ledger, Opening(title="t", severity=severity)).incident.id


def test_nothing_is_open(seen):
    found = seen()

    assert (found.open, found.waiting, found.owed, found.advice) == ([], [], [], [])
    assert found.more_owed == 0
    assert found.public()["open"] == []


def test_the_worst_comes_first(seen, ledger):
    for severity in ("SEV3", "SEV1", "SEV4", "SEV1"):
        opened(ledger, severity)

    assert [(one.severity, one.number) for one in seen().open] == [("SEV1", 4), ("SEV1", 2), ("SEV3", 1), ("SEV4", 3)]


def test_an_old_page_does_not_hide_behind_new_incidents(seen, ledger):
    paging.page(ledger, opened(ledger, "SEV3"), ("person:alice", "person:bob"))
    for _ in range(5):
        opened(ledger, "SEV1")

    found = seen(2)

    assert [one.number for one in found.open] == [6, 5]
    assert found.more == 4
    assert [(one.ref, page.number) for one, page in found.waiting] == [("INC-1", 1), ("INC-1", 2)]
    assert [command for command, _why in found.advice][:2] == ["escalate work", "escalate ack INC-1/1"]


def test_what_only_a_person_can_pass_on_is_advised_once_it_is_due(seen, ledger, incident, wiring):
    paging.page(ledger, incident, ("person:dana",))
    assert any("Dana Weiss must be told by you" in why for _command, why in seen().advice)

    courier(wiring, everything(), show=lambda _message: None).run(1)

    [message] = seen().owed
    told = f"Dana Weiss must be told by you; read it out; then: escalate messages told {message.id[:8]}"
    assert (f"escalate messages {message.id[:8]}", told) in seen().advice


def test_with_a_courier_alive_nobody_is_told_to_start_one(seen, ledger, incident, store, clock):
    paging.page(ledger, incident, ("policy:critical",))
    at = to_text(clock.now())
    with store.writing() as tx:
        tx.beat({"id": "c", "host": "h", "pid": 1, "socket": "00", "started_at": at, "beat_at": at})
    assert "escalate work" not in [command for command, _why in seen().advice]

    clock.advance(seconds=61)

    assert seen().advice[0][0] == "escalate work"


def test_a_page_that_ran_out_is_said(seen, ledger, incident, clock):
    _, [page] = paging.page(ledger, incident, ("person:bob",))
    clock.advance(minutes=5)
    paging.advance_due(ledger, incident, page.id)

    assert ("escalate ack INC-1/1", "every step has run out, nobody answered") in seen().advice


def test_what_is_owed_is_counted_where_it_is_too_much_to_show(seen, ledger, incident, clock):
    for number in range(30):
        paging.ping(ledger, incident, ("legal",), f"word {number}")

    found = seen()

    assert (len(found.owed), found.more_owed, found.tally.messages) == (20, 10, 30)
    assert any(f"… and {found.more_owed} more" in str(line) for line in drawn(found, clock.now(), starts=True))
