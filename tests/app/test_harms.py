"""Changing the kinds of harm of an incident, and what follows from it."""

from __future__ import annotations

import pytest

from escalate.app import incidents, reading
from escalate.app.harms import change
from escalate.app.incidents import Opening
from escalate.app.verification import verify_store as verify
from escalate.domain.timeline.words import mask
from telling import roster

ROUTES = """
[[routes]]
when = { harm = ["life"], severity = "SEV2" }
page = ["policy:critical"]

[[routes]]
when = { severity = "SEV2" }
ping = ["crew"]
"""


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster(more=ROUTES))


@pytest.fixture
def opened(ledger):
    opening = Opening(
        title="canaryword in the title", severity="SEV2", harm=("har",), primary="har", taxonomy="escalate-core@1"
    )
    id_ = incidents.open_incident(ledger, opening).incident.id
    incidents.note(ledger, id_, "canarynote was said")
    return id_


def to(ledger, incident, *harm, primary=None, why="a name was given"):
    return change(ledger, incident, harm, primary=primary, taxonomy="escalate-core@1", why=why)


def test_what_became_sensitive_is_masked_and_found_no_more(ledger, store, opened):
    assert len(reading.search(store, "canarynote")) == 1

    written = to(ledger, opened, "life", "har")

    assert (written.incident.sensitive, written.incident.marking) == (True, "TLP:RED")
    assert written.entries[0].label_set == {"sensitive"}
    for word in ("canaryword", "canarynote", "given"):
        assert reading.search(store, word) == []
    assert reading.timeline(store, opened).lines[0].text.endswith(mask("canaryword in the title"))
    assert verify(store).sound


def test_what_is_not_sensitive_stays_in_the_index(ledger, store, opened):
    to(ledger, opened, "frd", "har", primary="frd")

    assert len(reading.search(store, "canarynote")) == 1
    assert len(reading.search(store, "given")) == 1


def test_routes_that_fit_only_now_are_followed(ledger, opened):
    written = to(ledger, opened, "life", "har")

    assert [entry.kind for entry in written.entries] == ["harm.changed", "page.opened", "page.step_fired"]
    assert "life" not in written.entries[1].event.because


def test_of_what_is_resolved_nobody_is_paged(ledger, opened):
    incidents.change(ledger, opened, lambda incident: incidents.rules.resolve(incident, "done"))

    assert [entry.kind for entry in to(ledger, opened, "life").entries] == ["harm.changed"]


def test_said_again_it_is_nothing_new(ledger, opened):
    assert to(ledger, opened, "har").entries == []


def test_the_chain_and_the_kept_state_fit_together_after_all_that_targets_look_at(ledger, store, opened):
    from escalate.app import paging

    to(ledger, opened, "life", "har")
    paging.ping(ledger, opened, ("crew",), "words")
    incidents.judge(ledger, opened, "SEV1", "worse")

    assert verify(store).sound
