"""An incident with legal clocks: a roster that says who is woken, and fixtures by which a person says what applies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import clock_reading, incidents
from escalate.app import running_clocks as ask
from escalate.app.running_clocks import Application
from telling import roster

GDPR, DORA, TIP = "eu-gdpr-33-authority", "eu-dora-initial", "us-2258a-cybertip"
HOUR = timedelta(hours=1)

LEGAL = """
[policies.legal-on-call]
fallback = "person:carol"
[[policies.legal-on-call.steps]]
targets = ["person:bob"]

[clocks]
alert = "policy:legal-on-call"
targets = { us-2258a = "4h" }
"""

DECIDE = LEGAL.replace('alert = "policy', 'decide = ["crew"]\nalert = "policy')


def people(more=LEGAL):
    """Alice, who writes in these tests, and Bob have logins."""
    text = roster(more=more)
    return text.replace('name = "Alice Ng"', 'name = "Alice Ng"\nlogins = ["alice"]').replace(
        'name = "Bob Okoro"', 'name = "Bob Okoro"\nlogins = ["bob"]'
    )


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(people())


@pytest.fixture
def said(ledger, wiring, incident):
    def say(clock, **given):
        application = Application(clock=clock, **{"why": "counsel has looked at it", **given})
        return ask.applies(ledger, incident, wiring.clock_library, wiring.holidays, application)

    return say


@pytest.fixture
def state(ledger, incident, clock):
    """States a fact, so many hours ago."""

    def state(name, hours=0.0, why="w"):
        return incidents.state_fact(ledger, incident, name, at=clock.now() - hours * HOUR, why=why)[0]

    return state


@pytest.fixture
def one(store, incident):
    return lambda id_: clock_reading.one_of(store, incident, id_)[1]
