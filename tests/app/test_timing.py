"""What happens by itself must not keep pages from going out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import asking, paging, timing
from escalate.app.incidents import Opening, open_incident
from escalate.errors import Conflict
from many_pages import chat, rostered  # noqa: F401
from telling import courier, kinds, messages


@pytest.fixture
def late(ledger, clock):
    """Two incidents on each of which an answer is late."""
    found = []
    for title in ("one", "another"):
        found.append(open_incident(ledger, Opening(title=title, severity="SEV2")).incident.id)
        asking.ask(ledger, found[-1], "dana", "Go on?", due=clock.now() + timedelta(minutes=5))
    clock.advance(minutes=5)
    return found


@pytest.mark.parametrize(
    "error", [Conflict("this entry is there already."), ValueError("damaged")], ids=["taken", "damaged"]
)
def test_one_incident_to_which_nothing_can_happen_holds_up_neither_the_others_nor_a_page(
    ledger, wiring, late, monkeypatch, error
):
    first, second = late
    paging.page(ledger, second, ("person:alice",))
    real = timing.pass_time

    def stuck(ledger, incident):
        if incident == first:
            raise error
        return real(ledger, incident)

    monkeypatch.setattr(timing, "pass_time", stuck)
    at_work = courier(wiring, chat())
    for _ in range(2):
        try:
            at_work.run(1)
        except Conflict:
            continue

    assert kinds(wiring, second).count("question.late") == 1
    assert [m.state for m in messages(wiring, incident=second) if m.purpose == "page"] == ["sent"]
