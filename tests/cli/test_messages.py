"""`messages`: everything that was to be said, and what people do about it."""

from __future__ import annotations

import pytest

from escalate.app import paging
from escalate.app.incidents import Opening, open_incident
from telling import TOKENS, Receivers, messages, roster


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture(autouse=True)
def set_up(environ, httpserver, receivers, apply_roster, incident):
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for("")))


def test_all_are_shown_with_state_attempts_and_last_error(escalate, receivers):
    receivers.refuse["chat"] = 503
    escalate("ping legal")

    done = escalate("messages INC-1 --json")
    shown = escalate("messages INC-1")

    [one] = done.data
    assert (one["to"], one["state"], one["attempts"]) == ("team:legal", "queued", 1)
    assert "503" in one["last_error"]
    assert one["due_at"] == "2026-11-21T21:00:05+00:00"
    assert one["id"][:8] in shown.stdout
    assert "503" in shown.stdout


def test_none_is_said_too(escalate):
    assert "No message" in escalate("messages").stdout
    assert escalate("messages --json").data == []


WORDS = "please look at what she wrote"


@pytest.mark.parametrize(
    "line", ["messages INC-2 --json", "messages --all --json", "--json", "messages retry ID --json"]
)
def test_the_words_of_what_is_sensitive_are_listed_masked(escalate, receivers, ledger, wiring, line):
    receivers.refuse["chat"] = 503
    open_incident(ledger, Opening(title="t", severity="SEV3", harm=("cse",), quiet=True))
    sent = escalate(["ping", "legal", "-m", WORDS, "-i", "INC-2", "--json"])
    plain = escalate(["ping", "legal", "-m", "plain words", "-i", "INC-1", "--json"])
    assert WORDS in sent.data[0]["text"], "whoever wrote it sees it"
    assert "plain words" in plain.data[0]["text"]

    [ours] = [message.id for message in messages(wiring) if WORDS in message.text]
    shown = escalate(line.replace("ID", ours))

    assert WORDS not in shown.stdout
    assert "[masked: " in shown.stdout
    assert ("plain words" in shown.stdout) == (line in {"messages --all --json", "--json"})
    assert any(WORDS in message.text for message in messages(wiring)), "what is sent stays"


def test_the_words_of_an_entry_that_is_sensitive_are_listed_masked(escalate, ledger, incident):
    from escalate.domain.timeline.entry import Draft
    from escalate.domain.timeline.events import TeamPinged

    with ledger.writing() as record:
        pinged = Draft(event=TeamPinged(team="legal", text=WORDS), labels=frozenset({"sensitive"}))
        record.append(record.incident(incident), pinged)

    assert WORDS not in escalate("messages INC-1 --json").stdout


def test_those_of_every_incident(escalate, ledger, incident):
    other = open_incident(ledger, Opening(title="another", severity="SEV3")).incident.id
    for one in (incident, other):
        paging.ping(ledger, one, ("legal",), "")

    assert len(escalate("messages --all --json").data) == 2
    assert len(escalate("messages INC-2 --json").data) == 1
    assert escalate("messages").exit_code == 2
    assert escalate("messages INC-1 INC-2").exit_code == 2


def test_retry_sends_now(escalate, receivers, wiring):
    receivers.refuse["chat"] = 404
    escalate("ping legal")
    receivers.refuse.clear()

    done = escalate(f"messages retry {messages(wiring)[0].id[:8]}")

    assert messages(wiring)[0].state == "sent"
    assert len(receivers.got) == 1
    assert done.exit_code == 0, "it was sent; what the console was shown before is not of this command"
    assert "Still owed: Legal must be told, as was shown before." in done.stderr
    assert escalate(f"messages told {messages(wiring)[1].id[:8]} --how phone").exit_code == 0


def test_retry_over_several_incidents_answers_for_all_of_them(escalate, receivers, ledger, wiring, incident):
    receivers.refuse["chat"] = 503
    other = open_incident(ledger, Opening(title="another", severity="SEV3")).incident.id
    for one in (incident, other):
        paging.ping(ledger, one, ("legal",), "")
    keys = " ".join(m.id for m in messages(wiring))

    held = escalate(f"messages retry {keys}")
    receivers.refuse.clear()
    sent = escalate(f"messages retry {keys} --json")

    assert held.exit_code == 9
    assert sent.exit_code == 0
    assert sorted(one["state"] for one in sent.data) == ["sent", "sent"]


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("messages retry", 2),
        ("messages told", 2),
        ("messages retry 00000000", 3),
        ("messages retry nothing", 3),
        ("messages INC-9", 3),
    ],
)
def test_what_is_not_there(escalate, line, exit_code):
    done = escalate(line)

    assert done.exit_code == exit_code
    assert done.stderr.count("\n") >= 2, "an error says what to do next"


def test_retrying_what_was_sent_is_refused(escalate, wiring):
    escalate("ping legal")

    assert escalate(f"messages retry {messages(wiring)[0].id}").exit_code == 4
