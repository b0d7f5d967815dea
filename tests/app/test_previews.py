"""What a dry run shows is what would be said, and nothing else happens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from escalate.app import incidents, paging, previews
from escalate.app.incidents import Opening
from escalate.errors import NotFound
from telling import ROUTES, kinds, messages, roster


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster())


@pytest.fixture
def routed(apply_roster):
    apply_roster(roster(more=ROUTES))


def as_said(text):
    """Without the head of the record, which only the entry can know, and the codes, which only the page gives."""
    text = re.sub(r"(escalate (?:ack|decline)) [0-9A-Z]{4}\b", r"\1 CODE", text)
    return re.sub(r"record #\d+:\w+", "record", text)


def lines(found):
    return [(one["to"], one["via"], one["after"], as_said(one["text"])) for one in found]


def test_a_page_is_shown_as_it_would_be_sent(ledger, wiring, incident, clock):
    shown = previews.page(ledger, incident, ("policy:critical", "person:bob"))
    assert messages(wiring) == []
    assert kinds(wiring, incident) == ["incident.opened"]

    began = clock.now()
    _, pages = paging.page(ledger, incident, ("policy:critical", "person:bob"))
    for _ in range(2):
        clock.advance(minutes=5)
        for page in pages:
            paging.advance_due(ledger, incident, page.id)

    sent = [
        (m.to if m.to != "person:" else "person:", m.via, int((m.due_at - began).total_seconds()), as_said(m.text))
        for m in messages(wiring)
    ]
    assert sorted(lines(shown)) == sorted(sent)
    assert {one["when"] for one in shown} >= {
        "at once",
        "after 2 min without an answer",
        "after 10 min without an answer",
    }


TURNS = """
[policies.again]
repeat = 1
fallback = "person:carol"

[[policies.again.steps]]
wait = "5m"
targets = ["TARGETS"]
round_robin = true

[schedules.never]
zone = "UTC"
[[schedules.never.rules]]
days = []
from = "09:00"
to = "17:00"
target = "person:bob"
"""


@pytest.mark.parametrize(
    ("targets", "shown"),
    [
        pytest.param('"schedule:never"', [("person:carol", "exhausted", 0)], id="nobody is on call in any pass"),
        pytest.param(
            '"person:bob"', [("person:bob", "page", 0), ("person:carol", "exhausted", 600)], id="who is paged again stands once"
        ),
        pytest.param(
            '"person:bob", "person:dana"',
            [("person:bob", "page", 0), ("person:dana", "page", 300), ("person:carol", "exhausted", 600)],
            id="another's turn in the second pass",
        ),
    ],
)  # fmt: skip
def test_a_policy_that_begins_again_is_shown_to_its_end(ledger, wiring, incident, apply_roster, clock, targets, shown):
    apply_roster(roster(more=TURNS.replace('"TARGETS"', targets)))

    found = previews.page(ledger, incident, ("policy:again",))

    assert [(one["to"], one["purpose"], one["after"]) for one in found] == shown
    _, [page] = paging.page(ledger, incident, ("policy:again",))
    for _ in range(3):
        clock.advance(minutes=5)
        paging.advance_due(ledger, incident, page.id)
    assert {m.to for m in messages(wiring)} == {to for to, _purpose, _after in shown}


def test_a_ping_is_shown_as_it_would_be_sent(ledger, wiring, incident):
    shown = previews.ping(ledger, incident, ("legal", "crew"), "please join")
    assert messages(wiring) == []

    paging.ping(ledger, incident, ("legal", "crew"), "please join")

    assert [(to, via, text) for to, via, _after, text in lines(shown)] == [
        (m.to, m.via, as_said(m.text)) for m in messages(wiring)
    ]
    assert shown[0]["address"] == "C0LEGAL"


def test_an_opening_shows_what_its_routes_would_do(ledger, wiring, routed):
    shown = previews.opening(ledger, Opening(title="canary-title", severity="SEV1"))

    assert [one["purpose"] for one in shown] == ["page", "page", "page", "exhausted", "ping"]
    assert all("canary-title" not in one["text"] for one in shown)
    assert previews.opening(ledger, Opening(title="t", severity="SEV1", quiet=True)) == []
    assert previews.opening(ledger, Opening(title="t", severity="SEV4")) == []
    with wiring.store.reading() as look:
        assert look.incidents() == []


def test_the_purposes_of_an_opening_are_those_of_the_real_one(ledger, routed):
    shown = previews.opening(ledger, Opening(title="t", severity="SEV1"))
    written = incidents.open_incident(ledger, Opening(title="t", severity="SEV1"))

    assert [(one["to"], one["via"]) for one in shown if one["after"] in {0, 120}] == [
        (m.to, m.via) for m in sorted(written.queued, key=lambda m: (m.purpose != "page", m.seq, m.due_at))
    ]


def test_a_test_needs_no_incident_to_be_shown(ledger, wiring):
    shown = previews.test_page(ledger, ("person:bob",))

    assert "TEST PAGE" in shown[0]["text"]
    assert shown[0]["text"].startswith("DRILL TEST PAGE INC-… CODE NAME\n")
    assert all(no not in one["text"] for one in shown for no in ("ONCALL", "#0:", "(A CODE"))
    with wiring.store.reading() as look:
        assert look.incidents() == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(45, "45 s"), (60, "1 min"), (90, "1 min 30 s"), (3600, "1 h"), (3900, "1 h 05 min")],
)
def test_a_time_is_said_as_people_say_it(seconds, said):
    assert previews._length(timedelta(seconds=seconds)) == said


def test_whoever_is_not_there_is_said_as_in_earnest(ledger, incident):
    with pytest.raises(NotFound):
        previews.page(ledger, incident, ("person:eve",))
    with pytest.raises(NotFound):
        previews.ping(ledger, incident, ("eve",), "")
