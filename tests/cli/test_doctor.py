"""`doctor`, with its harmless calls over real sockets."""

from __future__ import annotations

import pytest

from telling import TOKENS, Receivers, roster


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture(autouse=True)
def set_up(environ, httpserver, receivers, apply_roster):
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for("")))


def test_every_channel_is_called_and_nobody_is_told(escalate, receivers):
    done = escalate("doctor --json")

    found = {one["what"]: one["state"] for one in done.data}
    assert done.exit_code == 0
    assert {found[f"channel {name}"] for name in ("chat", "pager", "hook")} == {"ok"}
    assert [body["event_action"] for body in receivers.by("pager")] == ["acknowledge"]
    assert not any("text" in body or "subject" in body for _name, body, _headers in receivers.got if body)


def test_something_wrong_is_exit_6_with_what_to_do(escalate, environ):
    del environ["ESCALATE_SECRET_HOOK"]

    done = escalate("doctor")

    assert done.exit_code == 6
    assert "WRONG" in done.stdout
    assert "escalate login hook" in done.stdout


def test_offline_makes_no_call(escalate, receivers):
    assert escalate("doctor --offline").exit_code == 0
    assert receivers.got == []


def test_without_a_record(escalate, environ, tmp_path):
    environ["ESCALATE_HOME"] = str(tmp_path / "empty")

    done = escalate("doctor")

    assert done.exit_code == 6
    assert "escalate init" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("courier", "said"),
    [("off", "couriers are switched off: none is started by itself"), ("auto", "one is started when needed")],
)
def test_whether_a_courier_would_be_started_is_said_as_it_is(escalate, environ, courier, said):
    environ["ESCALATE_COURIER"] = courier

    found = {one["what"]: one["found"] for one in escalate("doctor --offline --json").data}

    assert said in found["courier"]
