"""Bare `escalate`."""

from __future__ import annotations

import pytest

from escalate.app import paging
from telling import roster


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster())


def test_before_there_is_a_record(escalate, environ, tmp_path):
    environ["ESCALATE_HOME"] = str(tmp_path / "empty")

    done = escalate("")

    assert done.exit_code == 0
    assert "escalate init" in done.stdout
    assert not (tmp_path / "empty").exists()


def test_what_is_open_who_has_not_answered_what_is_not_sent_and_what_to_do(escalate, ledger, incident):
    paging.page(ledger, incident, ("policy:critical",))

    done = escalate("")

    text = done.stdout
    assert done.exit_code == 0
    assert "INC-1" in text
    assert "INC-1/1  policy:critical  open; next: bob 21:05:00Z" in text
    assert "Alice Ng" in text
    assert "NO COURIER IS RUNNING" in text
    assert text.index("escalate work") < text.index("escalate ack INC-1/1")


def test_json(escalate, ledger, incident):
    paging.page(ledger, incident, ("policy:critical",))

    data = escalate("--json").data

    assert [one["ref"] for one in data["open"]] == ["INC-1"]
    assert data["unacknowledged"][0] == {
        "page": "INC-1/1", "target": "policy:critical", "state": "open", "due_at": "2026-11-21T21:05:00+00:00",
    }  # fmt: skip
    assert len(data["owed"]) == 2
    assert data["advice"][0]["command"] == "escalate work"


def test_nothing_is_open(escalate):
    assert "Nothing is open." in escalate("").stdout


@pytest.mark.parametrize(
    ("courier", "said"),
    [
        ("off", "No courier is running, and none is started by itself: couriers are switched off."),
        ("auto", "No courier is running; one is started when something is owed."),
    ],
)
def test_whether_a_courier_would_be_started_is_said_as_it_is(escalate, environ, courier, said):
    environ["ESCALATE_COURIER"] = courier

    assert said in escalate("").stdout
