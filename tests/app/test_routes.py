"""What happens by itself when an incident is opened or raised."""

from __future__ import annotations

import pytest

from escalate.app import incidents, paging
from escalate.app.incidents import Opening
from escalate.domain.timeline.events import NoteAdded
from telling import ROUTES, events, kinds, messages, roster


def opened(ledger, **more):
    return incidents.open_incident(ledger, Opening(title="Coordinated sign-ups", **more))


@pytest.mark.parametrize(
    ("severity", "purposes"),
    [
        ("SEV4", []),
        ("SEV3", []),
        ("SEV2", ["ping"]),
        ("SEV1", ["page", "page", "ping"]),
        ("SEV0", ["page", "page", "ping"]),
    ],
)
def test_routes_of_an_opening(ledger, wiring, apply_roster, severity, purposes):
    apply_roster(roster(more=ROUTES))

    opened(ledger, severity=severity)

    assert sorted(m.purpose for m in messages(wiring)) == purposes


def test_raising_does_only_what_fits_newly(ledger, wiring, apply_roster):
    apply_roster(roster(more=ROUTES))
    incident = opened(ledger, severity="SEV3").incident.id

    told = []
    for level in ("SEV2", "SEV1", "SEV0", "SEV3", "SEV1"):
        before = len(messages(wiring))
        incidents.change_severity(ledger, incident, level, "known by now")
        told.append([m.purpose for m in messages(wiring)[before:]])

    # Lowering SEV0 alone is done at once, and somebody is told to look at it.
    assert told[3] == ["review"]
    assert [len(one) for one in told] == [1, 2, 0, 1, 3]
    assert events(wiring, incident, "runbook.chosen")[0].runbook == "child-safety"


def test_a_quiet_opening_tells_nobody_and_says_so(ledger, wiring, apply_roster):
    apply_roster(roster(more=ROUTES))

    incident = opened(ledger, severity="SEV0", quiet=True).incident.id

    assert messages(wiring) == []
    assert kinds(wiring, incident) == ["incident.opened"]
    assert events(wiring, incident, "incident.opened")[0].quiet


def test_a_note_owes_nothing_whatever_is_going_on(ledger, wiring, incident, apply_roster):
    apply_roster(roster(more=ROUTES))
    paging.page(ledger, incident, ("person:alice",))
    before = len(messages(wiring))

    with ledger.writing() as record:
        written = record.append(record.incident(incident), NoteAdded(text="on it"))

    assert written.queued == []
    assert len(messages(wiring)) == before
