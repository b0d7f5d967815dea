"""`ping` and `ticket`."""

from __future__ import annotations

import json

import pytest

from telling import TOKENS, TRACKER, Receivers, kinds, messages, roster


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture(autouse=True)
def set_up(environ, httpserver, receivers, apply_roster, incident):
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for("")))


def test_a_ping_that_was_sent_owes_nothing(escalate, receivers):
    done = escalate("ping legal -m 'please join by 22:00'")

    assert (done.exit_code, done.stderr) == (0, "")
    [posted] = receivers.by("chat")
    assert posted["channel"] == "C0LEGAL"
    assert "Legal is needed" in posted["text"]
    assert "please join by 22:00" in posted["text"]


@pytest.mark.parametrize("line", ["ping nobody -m 'please look'", "page team:nobody"])
def test_who_has_a_roster_without_teams_is_not_told_to_apply_one(escalate, apply_roster, line):
    apply_roster('[people.dana]\nname = "Dana Weiss"\nzone = "Europe/London"\n')

    done = escalate(line)

    assert (done.exit_code, "apply a roster first" in done.stderr.lower()) == (3, False)
    assert "The roster in force has none." in done.stderr


def test_json_is_the_messages(escalate):
    [message] = escalate("ping legal --json").data

    assert (message["to"], message["via"], message["state"], message["attempts"]) == ("team:legal", "chat", "sent", 1)
    assert message["remote"] == "C0/1.0"
    assert set(message) >= {"id", "due_at", "last_error"}


def test_the_same_team_named_twice_is_pinged_once(escalate, receivers):
    escalate("ping legal legal")

    assert len(receivers.got) == 1


def test_a_team_without_an_address_is_shown(escalate, wiring):
    done = escalate("ping board")

    assert done.exit_code == 9
    assert "no channel reaches Board" in done.stderr
    assert messages(wiring)[0].state == "shown"


def test_a_refused_ping_is_shown_instead(escalate, receivers, wiring):
    receivers.refuse["chat"] = 404

    done = escalate("ping legal")

    assert done.exit_code == 9
    assert "NOT SENT to Legal via chat" in done.stderr
    assert [(m.via, m.state) for m in messages(wiring)] == [("chat", "failed"), ("console", "shown")]


def test_a_ping_that_is_not_through_yet_and_nobody_holds_is_exit_9(escalate, receivers, wiring, incident):
    receivers.refuse["chat"] = 503

    done = escalate("ping legal")

    assert done.exit_code == 9
    assert "not woken: Legal" in done.stderr
    assert kinds(wiring, incident)[-1] == "courier.missing"


def test_a_dry_run_sends_nothing(escalate, receivers, wiring, incident):
    done = escalate("ping legal -m 'please join' --dry-run")

    assert "to Legal via chat C0LEGAL, at once" in done.stdout
    assert "  please join" in done.stdout
    assert receivers.got == []
    assert kinds(wiring, incident) == ["incident.opened"]


def test_an_unknown_team(escalate):
    done = escalate("ping legal lgeal")

    assert done.exit_code == 3
    assert "board, crew, legal" in done.stderr.replace("legal, crew, board", "board, crew, legal")


# ── ticket ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tracked(apply_roster, httpserver):
    apply_roster(roster(httpserver.url_for(""), more=TRACKER))


def test_asking_twice_opens_one_ticket(escalate, receivers, tracked):
    first = escalate("ticket --json")
    second = escalate("ticket INC-1 --json")

    assert first.exit_code == second.exit_code == 0
    assert first.data["ticket"] == second.data["ticket"] == "TS-1"
    assert len(receivers.issues) == 1
    assert "Reports of coordinated sign-ups" not in json.dumps(receivers.issues)


def test_a_ticket_that_was_opened_though_nobody_heard_is_found_again(
    escalate, receivers, tracked, wiring, incident, ledger
):
    """The answer was lost: the same label is looked for before another is made."""
    escalate("ticket")
    with ledger.writing() as record:
        record.tx.update(messages(wiring)[0].but(state="unknown", due_at=record.now))

    escalate("messages retry " + messages(wiring)[0].id)

    assert len(receivers.issues) == 1


def test_a_refused_ticket_is_exit_9_and_may_be_asked_for_again(escalate, receivers, tracked):
    receivers.refuse["tracker"] = 400
    refused = escalate("ticket")
    del receivers.refuse["tracker"]
    again = escalate("ticket")

    assert refused.exit_code == 9
    assert "NOT SENT to tracker via tracker" in refused.stderr
    assert "escalate messages retry" in refused.stderr
    assert again.exit_code == 0
    assert again.stdout.splitlines()[-1].startswith("ticket TS-1 ")


def test_without_a_tracker_there_is_none(escalate):
    done = escalate("ticket")

    assert done.exit_code == 6
    assert "[channels.tracker]" in done.stderr
