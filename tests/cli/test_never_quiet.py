"""A page must not go quiet because of when somebody looked, stopped or was killed."""

from __future__ import annotations

import pytest

from telling import kinds

LATER = """
[people.bob]
name = "Bob Okoro"
zone = "UTC"
[people.gus]
name = "Gus Poe"
zone = "UTC"
[policies.p]
[[policies.p.steps]]
wait = "1m"
targets = ["person:bob"]
[[policies.p.steps]]
wait = "1m"
targets = ["person:gus"]
"""


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(LATER)


def test_a_later_step_that_only_a_person_can_pass_on_is_shown_at_the_next_write(escalate, clock, incident):
    escalate("page policy:p")
    clock.advance(seconds=61)

    wrote = escalate("log 'a note'")

    assert "no channel reaches Gus Poe" in wrote.stderr
    assert wrote.exit_code == 9


def test_what_waits_in_another_incident_is_noticed(escalate, clock, incident, wiring):
    escalate("page policy:p")
    escalate("open 'Another' --severity SEV4 --quiet-open")
    clock.advance(seconds=61)

    wrote = escalate("log 'a note' -i 2")

    assert "NO COURIER IS RUNNING" in wrote.stderr
    assert "no channel reaches Gus Poe" in wrote.stderr
    assert kinds(wiring, incident).count("page.step_fired") == 2


def test_with_nothing_waiting_anywhere_a_note_is_only_a_note(escalate, incident):
    wrote = escalate("log 'a note'")

    assert (wrote.exit_code, wrote.stderr) == (0, "")


def test_a_message_that_is_being_sent_is_not_sent_a_second_time_by_asking(escalate, clock, incident, store, ledger):
    from datetime import timedelta

    escalate("page bob")
    with store.reading() as look:
        [message] = look.messages(incident=incident)
    with ledger.writing() as record:
        record.tx.update(message.but(state="unknown", leased_until=record.now + timedelta(seconds=30)))

    asked = escalate(f"messages retry {message.id[:8]}")

    assert asked.exit_code == 5
    assert "being sent now" in asked.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--severity SEV1", "no route of the roster fits it"),
        ("--imminent", "no route of the roster fits it"),
        ("--severity SEV0 --quiet-open", "it was opened quietly"),
    ],
)
def test_opening_something_grave_says_that_nobody_is_paged(escalate, words, why):
    assert f"NOBODY IS PAGED: {why}." in escalate(f"open 'Report of sign-ups' {words}").stdout


def test_opening_something_small_says_no_such_thing(escalate):
    assert "NOBODY IS PAGED" not in escalate("open 'Report of sign-ups' --severity SEV3").stdout
