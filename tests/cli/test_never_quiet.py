"""A page must not go quiet because of when somebody looked, stopped or was killed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.adapters.store.writing import Look
from escalate.domain.instants import to_text
from telling import TOKENS, kinds, roster

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


NOBODY = "NO COURIER IS RUNNING: nothing more is sent"
ELSEWHERE = "NO COURIER IS RUNNING, and another incident has something to be sent"
PAST = "NO COURIER IS RUNNING, and something was due"
SOME_DAY = "NO COURIER IS RUNNING, and something falls due"


@pytest.mark.parametrize("as_json", ["", " --json"], ids=["", "json"])
@pytest.mark.parametrize(
    ("there", "here", "beside"),
    [
        ("nothing", (0, ""), (0, "")),
        ("a page with steps to come", (9, NOBODY), (9, ELSEWHERE)),
        ("a message that is tried again", (9, NOBODY), (9, ELSEWHERE)),
        ("a message that a courier holds", (0, ""), (0, "")),
        ("a clock that runs out some day", (0, SOME_DAY), (0, SOME_DAY)),
        ("a clock that has run out", (9, PAST), (9, PAST)),
    ],
)
def test_what_no_living_courier_holds_is_9_whichever_incident_is_written_on(
    escalate, environ, apply_roster, incident, store, clock, monkeypatch, there, here, beside, as_json
):
    environ |= TOKENS
    apply_roster(roster())
    escalate("open 'Another' --severity SEV4 --quiet-open")
    if there.startswith("a page"):
        escalate("page policy:critical -i 1")
    elif there.startswith("a message"):
        escalate("ping legal -i 1")
    elif there.startswith("a clock"):
        at = clock.now() + timedelta(days=30 if "some day" in there else 0)
        monkeypatch.setattr(Look, "next_due", lambda *_given, **_more: at)
    if "holds" in there:
        at = to_text(clock.now())
        with store.writing() as tx:
            tx.beat({"id": "x", "host": "elsewhere", "pid": 1, "socket": "00", "started_at": at, "beat_at": at})

    for number, (code, said) in enumerate((here, beside), 1):
        wrote = escalate(f"log 'a note' -i {number}{as_json}")
        assert (wrote.exit_code, said in wrote.stderr) == (code, True), wrote.stderr
        assert bool(wrote.stderr) == bool(said)


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


@pytest.fixture
def courier(store, clock):
    at = to_text(clock.now())
    with store.writing() as tx:
        tx.beat({"id": "x", "host": "elsewhere", "pid": 1, "socket": "00", "started_at": at, "beat_at": at})


@pytest.mark.parametrize(
    ("line", "exit_code", "said"),
    [
        ("log 'a note' -i 1", 0, ""),
        ("log 'a note' -i 2", 0, ""),
        ("ping crew -i 1", 0, "Still owed"),
        ("ping crew -i 2", 0, ""),
        ("page person:dana -i 1", 9, "Still owed: Dana Weiss"),
        ("page person:dana -i 2", 9, "Still owed: Dana Weiss"),
        ("messages told ID --how phone", 0, ""),
        ("ack --for dana INC-1", 0, ""),
    ],
)
def test_what_the_console_passes_on_is_9_for_the_command_that_made_it_and_no_other(
    escalate, environ, httpserver, apply_roster, incident, courier, clock, wiring, line, exit_code, said
):
    from telling import Receivers, messages

    Receivers(httpserver)
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for("")))
    escalate("log 'first'")
    escalate("open 'Another' --severity SEV4 --quiet-open")
    assert escalate("page person:dana -i 1").exit_code == 9
    [shown] = [message for message in messages(wiring) if message.state == "shown"]

    wrote = escalate(line.replace("ID", shown.id[:8]))

    assert (wrote.exit_code, said in wrote.stderr) == (exit_code, True), wrote.stderr
    assert ("Still owed" in wrote.stderr) == bool(said), wrote.stderr


def test_something_else_that_falls_due_does_not_change_what_was_shown_before(
    escalate, environ, httpserver, apply_roster, incident, courier, clock, wiring
):
    """A note is 0 whether or not a retry of another message has just fallen due, and a courier holds it."""
    from telling import Receivers

    receivers = Receivers(httpserver)
    receivers.refuse["hook"] = 503
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for("")))
    escalate("page person:dana -i 1")
    escalate("page person:bob -i 1")
    clock.advance(seconds=6)

    assert escalate("log 'a note' -i 1").exit_code == 0
