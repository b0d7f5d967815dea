"""What was shown at a terminal can be read again by whoever must pass it on; what somebody typed, for a reason on record."""

from __future__ import annotations

import pytest

from escalate.app.incidents import Opening, open_incident
from telling import TOKENS, Receivers, kinds, messages, roster

ROSTER = """
[people.carol]
name = "Carol Reyes"
zone = "UTC"
[teams.legal]
name = "Legal"
people = ["carol"]
[policies.night]
[[policies.night.steps]]
wait = "1m"
targets = ["person:carol"]
"""
TITLE = "what was reported of them"
WORDS = "please look at what she wrote"


@pytest.fixture(autouse=True)
def guarded(apply_roster, ledger):
    apply_roster(ROSTER)
    return open_incident(ledger, Opening(title=TITLE, severity="SEV1", harm=("life",), quiet=True)).incident.id


@pytest.fixture
def page(escalate, wiring):
    escalate("page person:carol -i 1")
    [message] = messages(wiring)
    return message


@pytest.fixture
def ping(escalate, wiring):
    escalate(["ping", "legal", "-m", WORDS, "-i", "1"])
    return next(message for message in messages(wiring) if message.purpose == "ping")


@pytest.mark.parametrize("line", ["messages -i 1 --json", "messages --all --json", "--json", "messages ID --json"])
def test_the_words_of_a_page_are_ours_and_are_not_masked(escalate, page, line):
    shown = escalate(line.replace("ID", page.id[:8]))

    assert "please respond now" in shown.stdout
    owed = shown.data["owed"] if isinstance(shown.data, dict) else shown.data
    assert not any(one["text"].startswith("[masked") or one["subject"].startswith("[masked") for one in owed)


def test_what_has_to_be_passed_on_is_read_again(escalate, page, wiring, guarded):
    shown = escalate(f"messages {page.id[:8]}")

    assert shown.exit_code == 0
    assert "Carol Reyes: please respond now." in shown.stdout
    assert f"escalate messages told {page.id[:8]} --how phone" in shown.stdout
    assert "text.revealed" not in kinds(wiring, guarded)


def test_bare_escalate_names_the_command_that_reads_it(escalate, page):
    assert f"escalate messages {page.id[:8]} " in escalate("").stdout


def test_what_somebody_typed_stays_masked_until_a_reason_is_on_record(escalate, ping, wiring, guarded):
    masked = escalate(f"messages {ping.id[:8]}")
    without = escalate(f"messages {ping.id[:8]} --reveal --no-input")
    assert WORDS not in masked.stdout + without.stdout
    assert f"escalate messages {ping.id[:8]} --reveal --why TEXT" in masked.stdout
    assert without.exit_code == 2
    assert "text.revealed" not in kinds(wiring, guarded)

    shown = escalate(["messages", ping.id[:8], "--reveal", "--why", "to tell Legal"])

    assert WORDS in shown.stdout
    assert kinds(wiring, guarded)[-1] == "text.revealed"
    [entry] = [one for one in escalate("timeline INC-1 --all --json").data if one["kind"] == "text.revealed"]
    assert entry["body"]["entries"] == [ping.seq]


def test_nothing_is_put_down_where_nothing_is_masked(escalate, page, wiring, guarded):
    shown = escalate(["messages", page.id[:8], "--reveal", "--why", "to tell Carol"])

    assert "please respond now" in shown.stdout
    assert "text.revealed" not in kinds(wiring, guarded)


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [("messages INC-1 --reveal --why x", 2), ("messages --reveal --why x", 2), ("messages 12ab", 3)],
)
def test_a_message_is_revealed_one_by_one(escalate, page, line, exit_code):
    assert escalate(line).exit_code == exit_code


def test_a_title_in_a_message_from_before_it_was_sensitive_stays_masked(
    escalate, environ, httpserver, apply_roster, ledger, wiring
):
    Receivers(httpserver)
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for(""), details=True))
    open_incident(ledger, Opening(title=TITLE, severity="SEV3", quiet=True))
    escalate("page person:bob -i 2")
    [message] = messages(wiring)
    assert TITLE in message.text, "its channel may carry descriptions"
    escalate(["harm", "set", "life", "INC-2", "--why", "it is now"])

    listed = escalate("messages INC-2 --json")

    assert TITLE not in listed.stdout
    assert listed.data[0]["text"].startswith("[masked: ")


def test_words_for_a_clock_of_nobody(escalate, ledger, wiring, guarded):
    from escalate.domain.timeline.judgements import ClockAlerted

    with ledger.writing() as record:
        event = ClockAlerted(clock="some-clock", stage="late")
        record.append(record.incident(guarded), event)
    [message] = messages(wiring)

    said = escalate("").stdout

    assert "whoever reads this must be told" not in said
    assert f"escalate messages {message.id[:8]} " in said
    assert "whoever sees to the clock" in said


def test_a_short_title_that_stands_in_our_own_words_masks_nothing(escalate, ledger, wiring):
    open_incident(ledger, Opening(title="a", severity="SEV1", harm=("life",), quiet=True))
    escalate("page person:carol -i 2")

    assert "Carol Reyes: please respond now." in escalate("messages INC-2 --json").stdout
