"""`page` as a responder types it: what it says, what it sends, what its exit code promises."""

from __future__ import annotations

import json
import socket
import time
from contextlib import closing
from datetime import timedelta

import pytest

from escalate.domain.instants import to_text
from telling import ROUTES, TOKENS, Receivers, events, kinds, messages, roster


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture(autouse=True)
def set_up(environ, httpserver, receivers, apply_roster, incident):
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for("")))


@pytest.fixture
def living(store, clock):
    """A courier that gave a sign of life three seconds ago."""
    at = to_text(clock.now() - timedelta(seconds=3))
    with store.writing() as tx:
        tx.beat({"id": "x", "host": "elsewhere", "pid": 1, "socket": "00", "started_at": at, "beat_at": at})


def test_a_page_goes_out_in_the_command_itself(escalate, receivers, wiring, living):
    done = escalate("page bob")

    assert done.exit_code == 0
    [(name, body, _)] = receivers.got
    assert (name, body["to"], body["ref"]) == ("hook", "person:bob", "INC-1")
    first, second, third, *_ = done.stdout.splitlines()
    assert first.startswith("INC-1 ")
    assert second == "page INC-1/1  person:bob  open"
    assert third == "  it runs out 21:05:00Z (courier on elsewhere, alive 3 s ago)"
    assert messages(wiring)[0].state == "sent"


def test_what_comes_next_names_who_drives_it(escalate, living):
    done = escalate("page policy:critical")

    assert "next: bob 21:05:00Z (courier on elsewhere, alive 3 s ago)" in done.stdout
    assert "Still to be sent: 1; held by the courier on elsewhere" in done.stderr
    assert done.exit_code == 0


def test_without_a_courier_it_says_who_will_not_be_woken(escalate, wiring, incident):
    done = escalate("page policy:critical")

    assert done.exit_code == 9
    assert "NO COURIER IS RUNNING" in done.stderr
    assert "not woken: Bob Okoro; no second way is tried to Alice Ng" in done.stderr
    assert "escalate work" in done.stderr
    [missing] = events(wiring, incident, "courier.missing")
    assert missing.waiting == ["Bob Okoro"]
    assert "NO COURIER: nobody drives it" in done.stdout


def test_json_has_everything_and_nothing_else_on_stdout(escalate, living):
    done = escalate("page policy:critical --json")

    document = json.loads(done.stdout)
    assert document["status"] == "ok"
    page = document["data"]
    assert (page["page"], page["state"], page["step"]) == ("INC-1/1", "open", 1)
    assert page["due_at"] == "2026-11-21T21:05:00+00:00"
    assert [(one["via"], one["state"]) for one in page["notifications"]] == [("hook", "sent"), ("pager", "queued")]


def test_who_cannot_be_reached_is_shown_and_stays_owed(escalate, wiring, living):
    done = escalate("page dana")

    assert done.exit_code == 9
    assert "no channel reaches Dana Weiss" in done.stderr
    assert "Acknowledge: escalate ack " in done.stderr
    assert "Dana Weiss must be told by you" in done.stderr
    assert messages(wiring)[0].state == "shown"


def test_a_refusal_is_said_and_the_next_way_goes_out_at_once(escalate, receivers, living):
    receivers.refuse["hook"] = 400

    done = escalate("page alice")

    assert "NOT SENT to Alice Ng via hook: hook answered 400: no" in done.stderr
    assert [body["event_action"] for body in receivers.by("pager")] == ["trigger"]
    assert done.exit_code == 0


def test_a_refusal_with_nothing_left_is_shown(escalate, receivers, wiring, living):
    receivers.refuse["hook"] = 400

    done = escalate("page bob")

    assert done.exit_code == 9
    assert "no channel reaches Bob Okoro" in done.stderr
    assert [(m.via, m.state) for m in messages(wiring)] == [("hook", "failed"), ("console", "shown")]
    assert done.stdout.count("Bob Okoro") == 2


def test_a_server_that_is_down_keeps_it_queued_for_the_courier(escalate, receivers, wiring, living):
    receivers.refuse["hook"] = 503

    done = escalate("page bob")

    assert done.exit_code == 0
    assert "Still to be sent: 1" in done.stderr
    assert (messages(wiring)[0].state, messages(wiring)[0].attempts) == ("queued", 1)


def test_a_server_that_hangs_does_not_hold_the_command(escalate, wiring, apply_roster, living, monkeypatch):
    from escalate.cli import aftermath

    monkeypatch.setattr(aftermath, "IN_COMMAND", 0.4)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        apply_roster(roster(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        began = time.monotonic()
        done = escalate("page bob")

    assert time.monotonic() - began < 2
    assert done.exit_code == 0
    [message] = messages(wiring)
    assert message.state == "unknown"
    assert message.leased_until is None


@pytest.mark.parametrize(
    ("line", "exit_code", "said"),
    [
        ("page", 2, "Whom is to be paged?"),
        ("page bob-and-alice", 3, "bob-and-alice"),
        ("page person:eve", 3, "eve"),
        ("page quick --for 5m", 2, "--wait"),
        ("page quick --wait --for soon", 2, "soon"),
        ("page boss:bob", 2, "boss"),
        ("page cancel 7", 3, "no page '7'"),
        ("page escalate INC-9/1", 3, "INC-9"),
        ("page alice -i INC-9 --test", 3, "INC-9"),
    ],
)
def test_what_cannot_be_understood_sends_nothing(escalate, receivers, wiring, incident, line, exit_code, said):
    done = escalate(line)

    assert done.exit_code == exit_code
    assert said in done.stderr
    assert receivers.got == []
    assert kinds(wiring, incident) == ["incident.opened"]


def test_a_bare_name_that_fits_two_kinds_is_asked_back(escalate, apply_roster, httpserver, receivers):
    apply_roster(roster(httpserver.url_for("")).replace("[teams.crew]", "[teams.alice]"))

    done = escalate("page alice")

    assert done.exit_code == 2
    assert "person:alice" in done.stderr
    assert "team:alice" in done.stderr
    assert receivers.got == []


def test_a_page_is_escalated_and_cancelled_by_hand(escalate, receivers, wiring, living):
    escalate("page policy:critical")

    up = escalate("page escalate INC-1/1 --why 'she is on a flight'")
    off = escalate("page cancel 1 --why 'wrong policy' --json")

    assert up.exit_code == off.exit_code == 0
    assert [body["to"] for body in receivers.by("hook")] == ["person:alice", "person:bob"]
    assert off.data["state"] == "cancelled"
    assert [body["event_action"] for body in receivers.by("pager")] == ["resolve"]


# ── looking first, and trying out ───────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_shows_whom_when_and_the_exact_words(escalate, wiring, incident, store):
    done = escalate("page bob --dry-run")
    with store.reading() as look:
        state = look.incident(incident)

    assert done.exit_code == 0
    assert done.stdout == (
        "Nothing was sent and nothing was recorded. This would be said:\n"
        "\n"
        "to Bob Okoro via hook, at once\n"
        f"  PAGE INC-1 {state.code_name} SEV2\n"
        "  Bob Okoro: please respond now.\n"
        "  Acknowledge: escalate ack CODE   Cannot take it: escalate decline CODE\n"
        "  Step 1 of 1. Without an answer nobody else is paged.\n"
        f"  record {state.head.short}\n"
        "\n"
        "to whoever reads this via console, after 5 min without an answer\n"
        f"  NOBODY ANSWERED INC-1 {state.code_name} SEV2\n"
        "  Every step of the page has run out. Tried: Bob Okoro.\n"
        "  Take it, or find somebody: escalate ack INC-1/1\n"
        f"  record {state.head.short}\n"
    )
    assert kinds(wiring, incident) == ["incident.opened"]


def test_a_test_needs_no_incident(escalate, receivers, living):
    escalate(["close", "INC-1", "--disposition", "not-an-incident", "--worst", "SEV4", "--why", "over"])

    shown = escalate("page --test bob --dry-run")
    done = escalate("page --test bob")

    assert shown.exit_code == done.exit_code == 0
    assert "TEST PAGE" in shown.stdout
    assert len(receivers.got) == 1
    assert "TEST PAGE" in receivers.by("hook")[0]["text"]
    assert "Nothing has happened" in receivers.by("hook")[0]["text"]
    assert done.stdout.startswith("INC-2 DRILL ")

    assert escalate("ack INC-2/1").exit_code == 0
    assert escalate("list --json").data == []


def test_a_dry_run_of_a_test_opens_nothing(escalate, store):
    escalate(["close", "INC-1", "--disposition", "not-an-incident", "--worst", "SEV4", "--why", "over"])

    escalate("page --test bob --dry-run")

    with store.reading() as look:
        assert len(look.incidents(limit=9)) == 1


# ── what other commands owe to a page ───────────────────────────────────────────────────────────────────────────────


def test_a_note_on_a_paging_incident_only_looks_that_somebody_drives_it(
    escalate, receivers, wiring, living, monkeypatch
):
    escalate("page policy:critical")
    from escalate.app import delivery

    monkeypatch.setattr(delivery.Courier, "run", lambda *_given: pytest.fail("a note delivers nothing"))

    done = escalate("log 'called her desk'")

    assert (done.exit_code, done.stderr) == (0, "")


def test_a_note_says_when_nobody_drives_it_and_records_that_once(escalate, wiring, incident):
    escalate("page policy:critical")
    before = kinds(wiring, incident).count("courier.missing")

    done = [escalate(f"log 'note {number}'") for number in range(3)]

    assert [one.exit_code for one in done] == [9, 9, 9]
    assert all("NO COURIER IS RUNNING" in one.stderr for one in done)
    assert kinds(wiring, incident).count("courier.missing") == before == 1


def test_a_note_after_a_step_fell_due_does_the_step(escalate, receivers, clock):
    escalate("page policy:critical")
    clock.advance(minutes=5)

    escalate("log 'still nothing'")

    assert [body["to"] for body in receivers.by("hook")] == ["person:alice", "person:bob"]
    assert len(receivers.by("pager")) == 1


def test_routes_page_and_ping_on_opening(escalate, apply_roster, httpserver, receivers, living):
    apply_roster(roster(httpserver.url_for(""), more=ROUTES))

    shown = escalate("open 'canary-title' --severity SEV1 --dry-run")
    assert receivers.got == []
    assert "canary-title" not in shown.stdout
    done = escalate("open 'canary-title' --severity SEV1")

    assert done.exit_code == 0
    assert sorted((name, body.get("to") or body.get("channel")) for name, body, _ in receivers.got) == [
        ("chat", "C0LEGAL"), ("hook", "person:alice"),
    ]  # fmt: skip
    assert "canary-title" not in json.dumps(receivers.got)


def test_a_quiet_opening_tells_nobody(escalate, apply_roster, httpserver, receivers):
    apply_roster(roster(httpserver.url_for(""), more=ROUTES))

    done = escalate("open quietly --severity SEV0 --quiet-open")

    assert done.exit_code == 0
    assert receivers.got == []
