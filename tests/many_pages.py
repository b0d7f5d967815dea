"""A roster whose people are reached by chat, mail and machines, and many pages for them."""

from __future__ import annotations

import pytest

from escalate.app import paging
from escalate.app.incidents import Opening, open_incident
from telling import Line, Lines, courier, messages

ROSTER = """
[channels.chat]
kind = "slack"
token = "secret:chat"
url = "{http}/api/"
[channels.mail]
kind = "email"
host = "127.0.0.1:9"
from = "escalate@example.org"
tls = "none"
[channels.hook]
kind = "webhook"
url = "{http}/hook"
secret = "secret:hook"
[channels.pager]
kind = "pagerduty"
routing_key = "secret:pager"

[people.alice]
name = "Alice Ng"
zone = "Europe/London"
slack = "U0ALICE"
reach = [{{ via = "chat", after = "0m" }}]
[people.bob]
name = "Bob Okoro"
zone = "Europe/Berlin"
slack = "U0BOB"
email = "bob@example.org"
reach = [{{ via = "chat", after = "0m" }}, {{ via = "mail", after = "5m" }}]
[people.carol]
name = "Carol Reyes"
zone = "America/Los_Angeles"
reach = [{{ via = "pager", after = "0m" }}, {{ via = "hook", after = "0m" }}]
[people.dana]
name = "Dana Weiss"
zone = "Europe/London"

[policies.again]
repeat = 2
[[policies.again.steps]]
wait = "1m"
targets = ["person:alice", "person:carol"]
"""


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(ROSTER.format(http="http://127.0.0.1:9"))


@pytest.fixture
def page(ledger):
    """Opens incidents that page somebody; returns their ids."""

    def pages(number=1, *, severity="SEV2", target="person:alice"):
        found = []
        for _ in range(number):
            found.append(open_incident(ledger, Opening(title="Sign-ups", severity=severity)).incident.id)
            paging.page(ledger, found[-1], (target,))
        return found

    return pages


@pytest.fixture
def run(wiring):
    def once(lines, seconds=1, **more):
        return courier(wiring, lines, **more).run(seconds)

    return once


def chat(*script, **more):
    return Lines(chat=Line(*script), mail=Line(), hook=Line(), pager=Line(), **more)


def labels(line):
    return [message.details.get("labels") or message.details["label"] for message in line.sent]


def of(wiring, incident):
    [message] = messages(wiring, incident=incident)
    return message
