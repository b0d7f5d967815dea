"""Subjects where a team shares one record: the database holds everybody to what they may read."""

from __future__ import annotations

import pytest

from escalate.app import access, matching, subject_keys, subjects
from escalate.app.incidents import Opening, open_incident
from escalate.app.overview import overview
from escalate.app.subjects import Secret
from shared import as_, put_roster, shared_pg  # noqa: F401
from telling import kinds

MAIL = Secret(type="email", value="canary@example.org")
NOBODY = Secret(type="email", value="nobody@example.org")
pytestmark = pytest.mark.slow


@pytest.fixture
def environ(environ):
    return {**environ, "ESCALATE_SECRET_SUBJECTS": bytes(range(32)).hex()}


def unseen(wired):
    """The matches that bare `escalate` shows."""
    return [one for one in overview(wired.shown, wired.clock.now(), most=20).judged if one.kind == "match"]


def test_who_may_not_read_a_match_learns_nothing_and_the_lead_all(as_, put_roster):
    put_roster()
    keeper, alice, bob, courier = (as_(name) for name in ("keeper", "alice", "bob", "courier"))
    subject_keys.make(keeper.ledger, keeper.subject_keys)
    theirs = open_incident(alice.ledger, Opening(title="Theirs", severity="SEV2", restricted=True)).incident.id
    handle = subjects.add(alice.ledger, alice.subject_keys, theirs, MAIL, "actor")[1]["handle"]
    mine = open_incident(bob.ledger, Opening(title="Mine", severity="SEV3")).incident.id

    assert subjects.seen(bob.ledger, bob.subject_keys, MAIL) == subjects.seen(bob.ledger, bob.subject_keys, NOBODY)
    match = subjects.add(bob.ledger, bob.subject_keys, mine, MAIL, "target")[1]
    assert (match["handle"], match["sightings"]) == (handle, [])
    assert subjects.seen(alice.ledger, alice.subject_keys, MAIL)["seen"]

    matching.tell_matches(courier.courier_ledger())
    matching.tell_matches(courier.courier_ledger())

    assert kinds(alice, theirs).count("subject.matched") == 2
    with alice.store.reading() as look:
        asked_and_seen = [(one["seen_in"], one["by"]) for one in look.incident(theirs).case.matched]
    assert asked_and_seen == [("", "bob"), ("INC-2", "bob")]
    assert [(one.ref, one.id) for one in unseen(alice)] == [("INC-1", handle)]
    assert unseen(bob) == []


def test_access_that_is_restricted_later_counts(as_, put_roster):
    put_roster()
    keeper, alice, bob = (as_(name) for name in ("keeper", "alice", "bob"))
    subject_keys.make(keeper.ledger, keeper.subject_keys)
    theirs = open_incident(alice.ledger, Opening(title="Theirs", severity="SEV2")).incident.id
    subjects.add(alice.ledger, alice.subject_keys, theirs, MAIL, "actor")
    assert subjects.seen(bob.ledger, bob.subject_keys, MAIL)["seen"]

    access.restrict(alice.ledger, theirs, "need to know")

    assert not subjects.seen(bob.ledger, bob.subject_keys, MAIL)["seen"]
