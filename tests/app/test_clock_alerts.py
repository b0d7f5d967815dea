"""Whom a legal clock wakes and when, and where it is seen."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from escalate.app import clock_reading, handoff, incidents, paging
from escalate.app import running_clocks as ask
from escalate.app.clock_doubts import doubts
from escalate.app.doctor import examine
from escalate.app.incidents import Opening, open_incident
from escalate.app.judging import floors_of
from escalate.app.overview import overview
from escalate.app.running_clocks import Application
from escalate.app.timing import pass_time
from escalate.app.verification import verify_store
from escalate.wiring import Wiring
from escalate.wiring.patient import Patient
from legal import GDPR, HOUR, TIP, one, people, rostered, said, state  # noqa: F401
from on_call import roster as on_call_roster
from telling import Line, Lines, courier, events, messages

# ── waking somebody ────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_stage_pages_once_and_says_why(said, state, wiring, incident, clock):
    said(GDPR)
    state("awareness")
    told = []
    for hours in (35, 2, 20, 1, 10, 1, 2, 2, 50):
        clock.advance(hours=hours)
        pass_time(wiring.courier_ledger(), incident)
        told.append(len(events(wiring, incident, "clock.alerted")))

    assert told == [0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert [event.because for event in events(wiring, incident, "page.opened")] == [
        f"clock {GDPR}: 50% of the time is over",
        f"clock {GDPR}: 80% of the time is over",
        f"clock {GDPR}: 95% of the time is over",
        f"clock {GDPR}: its time is over",
    ]
    assert {message.to for message in messages(wiring) if message.purpose == "page"} == {"person:bob"}


def test_a_courier_that_was_down_tells_of_the_last_stage_alone(said, state, wiring, incident, clock):
    said(GDPR)
    state("awareness")
    clock.advance(hours=71)

    courier(wiring, Lines(hook=Line())).run(1)

    assert [event.stage for event in events(wiring, incident, "clock.alerted")] == ["95"]
    assert len(events(wiring, incident, "page.opened")) == 1


def test_two_couriers_tell_once(said, state, wiring, environ, incident, clock):
    said(GDPR)
    state("awareness")
    clock.advance(hours=40)
    together = threading.Barrier(3)

    def work():
        other = Wiring(environ, clock=clock)
        together.wait()
        pass_time(other.courier_ledger(), incident)
        other.store.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(events(wiring, incident, "clock.alerted")) == 1
    assert len(events(wiring, incident, "page.opened")) == 1


def test_the_page_says_when_the_next_deadline_is_and_not_what_it_is_about(said, state, wiring, incident, clock):
    said(GDPR)
    state("awareness")
    clock.advance(hours=40)
    pass_time(wiring.courier_ledger(), incident)

    [text] = [message.text for message in messages(wiring) if message.purpose == "page"]
    assert "Next legal deadline: 2026-11-24 21:00Z" in text
    assert GDPR not in text


def test_without_anybody_to_page_it_is_shown_at_the_console(apply_roster, said, state, wiring, incident, clock):
    apply_roster(people(""))
    said(GDPR)
    state("awareness")
    clock.advance(hours=60)
    pass_time(wiring.courier_ledger(), incident)

    [message] = messages(wiring)
    assert (message.purpose, message.via, message.page) == ("clock", "console", None)
    assert f"80% of the time of a legal clock is over: {GDPR}." in message.text
    assert "Strict deadline: Tue 2026-11-24 21:00Z" in message.text
    assert events(wiring, incident, "page.opened") == []


def test_of_a_sensitive_incident_no_message_names_the_clock(apply_roster, ledger, wiring, clock):
    apply_roster(people('[clocks]\ntargets = { us-2258a = "4h" }\n'))
    id_ = open_incident(ledger, Opening(title="t", severity="SEV1", harm=("cse",))).incident.id
    ask.applies(ledger, id_, wiring.clock_library, wiring.holidays, Application(clock=TIP, why="w"))
    incidents.state_fact(ledger, id_, "actual-knowledge", at=clock.now(), why="w")
    clock.advance(hours=5)
    pass_time(wiring.courier_ledger(), id_)

    [message] = messages(wiring)
    assert "The time to the internal target is over." in message.text
    assert "2258" not in message.text
    made = clock_reading.calendar(wiring.store, id_, clock.now())
    assert ["2258" in each.summary + each.description for each in made.appointments] == [False]


@pytest.mark.parametrize("do", ["submitted", "stopped", "dismissed"])
def test_what_ends_a_clock_calls_off_the_pages_it_opened_and_no_others(
    said, state, ledger, wiring, incident, clock, store, do
):
    said(GDPR)
    said("eu-nis2-23-notification")
    state("awareness")
    paging.page(ledger, incident, ("person:alice",))
    clock.advance(hours=40)
    pass_time(wiring.courier_ledger(), incident)
    match do:
        case "submitted":
            ask.submitted(ledger, incident, GDPR, "case 1")
        case "stopped":
            ask.stopped(ledger, incident, GDPR, "w")
        case "dismissed":
            ask.dismissed(ledger, incident, wiring.clock_library, GDPR, "w")

    with store.reading() as look:
        pages = look.incident(incident).pages.values()
    assert sorted((page.target, page.state) for page in pages) == [
        ("person:alice", "open"),
        ("policy:legal-on-call", "cancelled"),
        ("policy:legal-on-call", "open"),
    ]
    assert verify_store(store).sound


# ── looking ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_state_of_everything_shows_what_runs_out_first(said, state, store, clock):
    said(GDPR)
    said(TIP)
    said("eu-nis2-23-early-warning")
    state("awareness", 1)
    state("actual-knowledge", 1)

    seen = overview(store, clock.now(), 5)

    assert [found.id for _, found in seen.clocks] == [TIP, "eu-nis2-23-early-warning", GDPR]
    assert seen.public()["next_deadline"]["clock"] == "eu-nis2-23-early-warning"
    assert (f"escalate clock submitted {TIP} INC-1", "the time to an internal target runs out soon") in seen.advice


def test_a_short_clock_is_a_floor_of_severity(said, wiring, store, incident):
    def floors():
        with store.reading() as look:
            return [
                match.why
                for match in floors_of(wiring.scale, wiring.taxonomies.in_force(), look.incident(incident))
                if match.id == "F7"
            ]

    said(GDPR)
    said("eu-nis2-23-early-warning")
    assert floors() == []
    incidents.state_fact(wiring.ledger, incident, "awareness", at=wiring.clock.now(), why="w")
    assert floors() == ["clock eu-nis2-23-early-warning runs: 24 hours, without undue delay and in any event"]


def test_a_calendar_has_both_deadline_and_target(said, state, store, incident, clock):
    said(GDPR)
    state("awareness")

    made = clock_reading.calendar(store, incident, clock.now())

    assert [each.summary.rpartition(": ")[2] for each in made.appointments] == [
        f"{GDPR}, internal target, not law",
        f"{GDPR}, strict deadline",
    ]
    assert made.appointments[-1].end == clock.now() + 72 * HOUR


def test_a_hand_off_counts_what_runs(apply_roster, said, state, ledger):
    apply_roster(on_call_roster().replace('name = "Alice Ng"', 'name = "Alice Ng"\nlogins = ["alice"]'))
    said(GDPR)
    state("awareness")

    _, made = handoff.offer_handoff(ledger, schedule="ts", to="bob", note="")

    assert [(each["ref"], each["clock"], each["strict"][:16]) for each in made.items["clocks"]] == [
        ("INC-1", GDPR, "2026-11-24T21:00")
    ]


def test_doctor_looks_at_the_rows_in_use(apply_roster, said, state, wiring, store, clock, incident):
    apply_roster(people('[clocks]\ntargets = { us-9 = "4h", eu-gdpr-33-authority = "1h" }\n'))
    for id_ in ("us-circia-incident", "uk-gdpr-33-ico", "contract-card-brands"):
        said(id_)
    for name in ("reasonable-belief", "awareness", "suspicion"):
        state(name)
    clock.advance(days=181)

    found = [each.found for each in examine(Patient(wiring), clock.now(), calls=False) if each.what.startswith("clock")]

    assert any("3 in use were last looked at over 180 days ago" in text for text in found)
    assert any("1 run and are not in force: us-circia-incident" in text for text in found)
    assert any("2 in use were NOT CONFIRMED by anybody: uk-gdpr-33-ico, contract-card-brands" in text for text in found)
    assert any("nobody is paged before time is over" in text for text in found)
    assert any("anybody of the roster may say" in text for text in found)
    assert any("without any moment to alert on: contract-card-brands" in text for text in found)
    assert any("of no clock without a number: eu-gdpr-33-authority, us-9" in text for text in found)


def test_doctor_has_nothing_to_say_where_no_clock_is_used(wiring, store, clock, roster_now):
    assert list(doubts([], wiring.clock_library.all(), roster_now(), clock.now().date())) == []


@pytest.fixture
def roster_now(store):
    def now():
        with store.reading() as look:
            return look.roster()

    return now


def test_everything_comes_out_of_the_record_again(said, state, ledger, wiring, incident, clock, store):
    said(GDPR)
    said(TIP)
    state("awareness", 50)
    state("actual-knowledge", 3)
    pass_time(wiring.courier_ledger(), incident)
    ask.submitted(ledger, incident, TIP, "r")
    ask.delayed(ledger, incident, GDPR, "w", datetime(2026, 12, 1, tzinfo=UTC))
    with store.reading() as look:
        before = look.incident(incident)

    wiring.upkeep.rebuild(store)

    with store.reading() as look:
        assert look.incident(incident) == before
    assert verify_store(store).sound
